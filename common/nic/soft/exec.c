// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * One work request: the checks of both ends in the order their adapters make them, then the copy.
 * For a WRITE the requester reads local memory before anything leaves, so its own faults come first; a
 * READ touches local memory when the response arrives, so the responder's faults come first. SEND is in
 * recv.c.
 */
#include "nic/soft/access.h"

static inline bool needs_resources(int remote_need)
{
	return remote_need & (IBV_ACCESS_REMOTE_READ | IBV_ACCESS_REMOTE_ATOMIC);
}

/* IBA 11.6.2: what the responder's queue does not support is an invalid request, not an access error. */
static inline __attribute__((always_inline)) struct soft_done
reach_remote(struct soft_qp *qp, const struct range *r, int need, const bool far, union responder *peer,
	     unsigned char **host)
{
	enum soft_syndrome syn;

	*peer = find_responder(qp, &syn, far);
	if (!peer->near)
		return done_with(IBV_WC_RETRY_EXC_ERR, syn);
	if (!(responder_access(peer, far) & need))
		return refuse(peer, IBV_WC_REM_INV_REQ_ERR, SOFT_SYN_QP_RIGHTS, far);
	if (needs_resources(need) && (!responder_rd_atomic(peer, far) || !qp->max_rd_atomic))
		return refuse(peer, IBV_WC_REM_INV_REQ_ERR, SOFT_SYN_RD_ATOMIC, far);
	syn = r->bytes ? reach_there(qp, peer, r, need | SOFT_ALIVE, host, far) : SOFT_SYN_NONE;
	if (syn)
		return refuse(peer, IBV_WC_REM_ACCESS_ERR, syn, far);
	return done_with(IBV_WC_SUCCESS, SOFT_SYN_NONE);
}

static inline struct range remote_range(const struct ibv_send_wr *wr)
{
	return (struct range){wr->wr.rdma.remote_addr, sge_bytes(wr->sg_list, wr->num_sge), wr->wr.rdma.rkey};
}

/* ---- WRITE ---- */

static inline void gather(struct soft_qp *qp, const struct ibv_send_wr *wr, unsigned char *remote,
			  unsigned char *const *local)
{
	for (int i = 0; i < wr->num_sge; i++) {
		const struct ibv_sge *s = &wr->sg_list[i];

		if (!s->length)
			continue;
		move_in_order(remote, local[i], s->length);
		remote += s->length;
		if (!(wr->send_flags & IBV_SEND_INLINE))
			count(qp, &qp->local, s->lkey, SOFT_READ, s->length);
	}
}

/* @imm: with immediate data, which ends a receive at the other end. The compiler folds all flags. */
static inline __attribute__((always_inline)) struct soft_done
exec_write(struct soft_qp *qp, const struct ibv_send_wr *wr, const bool imm, const bool far, const bool spoil)
{
	const struct range r = remote_range(wr);
	unsigned char *local[SOFT_MAX_SGE];
	unsigned char *remote = NULL;
	const struct soft_rqe *e = NULL;
	union responder peer;
	struct soft_done done;

	if (r.bytes > SOFT_MAX_MSG_BYTES)
		return done_with(IBV_WC_LOC_LEN_ERR, SOFT_SYN_LENGTH);
	done = reach_local(qp, wr, SOFT_ALIVE, local);
	if (!done.status)
		done = reach_remote(qp, &r, IBV_ACCESS_REMOTE_WRITE, far, &peer, &remote);
	if (done.status)
		return done;
	if (imm) {
		e = begin_receive(qp, &peer, &done, far);
		if (!e)
			return done;
	}
	if (r.bytes) {
		gather(qp, wr, remote, local);
		count_there(qp, r.key, SOFT_WRITE, r.bytes, far);
		if (spoil)
			invert_byte(remote);
	}
	done.bytes = (uint32_t)r.bytes;
	if (imm)
		end_receive(qp, &peer, e,
			    &(struct soft_received){
				    .opcode = IBV_WC_RECV_RDMA_WITH_IMM, .bytes = done.bytes, .imm = wr},
			    far);
	return done;
}

/* ---- READ ---- */

static inline void scatter(struct soft_qp *qp, const struct ibv_send_wr *wr, const unsigned char *remote,
			   unsigned char *const *local)
{
	for (int i = 0; i < wr->num_sge; i++) {
		const struct ibv_sge *s = &wr->sg_list[i];

		if (!s->length)
			continue;
		/* NOLINTNEXTLINE(clang-analyzer-*): reach_local() has set what has bytes */
		move_bytes(local[i], remote, s->length);
		remote += s->length;
		count(qp, &qp->local, s->lkey, SOFT_WRITE, s->length);
	}
}

static inline void spoil_local(const struct ibv_send_wr *wr, unsigned char *const *local)
{
	int i = 0;

	while (!wr->sg_list[i].length)
		i++;
	/* NOLINTNEXTLINE(clang-analyzer-*): as in scatter() */
	invert_byte(local[i]);
}

static inline __attribute__((always_inline)) struct soft_done
exec_read(struct soft_qp *qp, const struct ibv_send_wr *wr, const bool far, const bool spoil)
{
	const struct range r = remote_range(wr);
	unsigned char *local[SOFT_MAX_SGE];
	unsigned char *remote = NULL;
	union responder peer;
	struct soft_done done;

	if (r.bytes > SOFT_MAX_MSG_BYTES)
		return done_with(IBV_WC_LOC_LEN_ERR, SOFT_SYN_LENGTH);
	done = reach_remote(qp, &r, IBV_ACCESS_REMOTE_READ, far, &peer, &remote);
	if (!done.status)
		done = reach_local(qp, wr, IBV_ACCESS_LOCAL_WRITE | SOFT_ALIVE, local);
	if (done.status || !r.bytes)
		return done;
	scatter(qp, wr, remote, local);
	count_there(qp, r.key, SOFT_READ, r.bytes, far);
	if (spoil)
		spoil_local(wr, local);
	done.bytes = (uint32_t)r.bytes;
	return done;
}

/* ---- atomics ---- */

/* Several QPs and the host may work on one word, as with an adapter that has global atomics. */
/* NOLINTNEXTLINE(readability-non-const-parameter): the builtins write */
static uint64_t atomic_op(uint64_t *word, const struct ibv_send_wr *wr)
{
	uint64_t old = wr->wr.atomic.compare_add;

	if (wr->opcode == IBV_WR_ATOMIC_FETCH_AND_ADD)
		return __atomic_fetch_add(word, old, __ATOMIC_ACQ_REL);
	__atomic_compare_exchange_n(word, &old, wr->wr.atomic.swap, false, __ATOMIC_ACQ_REL,
				    __ATOMIC_ACQUIRE);
	return old; /* what was there, whether it was exchanged or not */
}

/* The value before comes back in host byte order (IBV_ATOMIC_HCA as mlx5 has it). */
static inline __attribute__((always_inline)) struct soft_done
exec_atomic(struct soft_qp *qp, const struct ibv_send_wr *wr, const bool far, const bool spoil)
{
	const struct range r = {wr->wr.atomic.remote_addr, sizeof(uint64_t), wr->wr.atomic.rkey};
	unsigned char *local[SOFT_MAX_SGE];
	unsigned char *remote = NULL;
	union responder peer;
	struct soft_done done;
	uint64_t old;

	if (sge_bytes(wr->sg_list, wr->num_sge) != r.bytes)
		return done_with(IBV_WC_LOC_LEN_ERR, SOFT_SYN_LENGTH);
	done = reach_remote(qp, &r, IBV_ACCESS_REMOTE_ATOMIC, far, &peer, &remote);
	if (!done.status && (r.addr & (sizeof(old) - 1)))
		done = refuse(&peer, IBV_WC_REM_INV_REQ_ERR, SOFT_SYN_ALIGN, far);
	if (!done.status)
		done = reach_local(qp, wr, IBV_ACCESS_LOCAL_WRITE | SOFT_ALIVE, local);
	if (done.status)
		return done;
	old = atomic_op((uint64_t *)(void *)remote, wr);
	scatter(qp, wr, (const unsigned char *)&old, local);
	count_there(qp, r.key, SOFT_WRITE, r.bytes, far);
	if (spoil)
		invert_byte(remote);
	done.bytes = sizeof(old);
	return done;
}

static inline __attribute__((always_inline)) struct soft_done
exec(struct soft_qp *qp, const struct ibv_send_wr *wr, const bool far, const bool spoil)
{
	switch (wr->opcode) {
	case IBV_WR_RDMA_WRITE:
		return exec_write(qp, wr, false, far, spoil);
	case IBV_WR_RDMA_READ:
		return exec_read(qp, wr, far, spoil);
	case IBV_WR_RDMA_WRITE_WITH_IMM:
		return exec_write(qp, wr, true, far, spoil);
	case IBV_WR_SEND:
	case IBV_WR_SEND_WITH_IMM:
		return far ? soft_exec_send_far(qp, wr, spoil) : soft_exec_send(qp, wr, spoil);
	default:
		return exec_atomic(qp, wr, far, spoil);
	}
}

struct soft_done soft_exec(struct soft_qp *qp, const struct ibv_send_wr *wr)
{
	return exec(qp, wr, false, false);
}

struct soft_done soft_exec_any(struct soft_qp *qp, const struct ibv_send_wr *wr)
{
	return qp->far ? exec(qp, wr, true, false) : soft_exec(qp, wr);
}

struct soft_done soft_exec_spoiled(struct soft_qp *qp, const struct ibv_send_wr *wr)
{
	return qp->far ? exec(qp, wr, true, true) : exec(qp, wr, false, true);
}

struct soft_mr *soft_exec_target(struct soft_qp *qp, const struct ibv_send_wr *wr)
{
	const struct soft_table *mrs = &soft_dev(qp->ibv.context)->mrs;

	switch (wr->opcode) {
	case IBV_WR_SEND:
	case IBV_WR_SEND_WITH_IMM:
		return soft_recv_target(qp);
	case IBV_WR_ATOMIC_FETCH_AND_ADD:
	case IBV_WR_ATOMIC_CMP_AND_SWP:
		return soft_table_find(mrs, wr->wr.atomic.rkey);
	default:
		return soft_table_find(mrs, wr->wr.rdma.rkey);
	}
}
