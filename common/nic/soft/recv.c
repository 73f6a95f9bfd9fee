// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The receive queue: posted by the thread of its CQ, taken by the one that sends. What is taken completes in
 * order; what is left when the QP is in ERR is flushed by its own thread. Both hold rq_busy while they do it,
 * and neither waits for the other: a sender that finds it held has a peer in ERR.
 */
#include "nic/soft/access.h"
#include "nic/soft/far.h"

#include <errno.h>

/* Verbs take receives from INIT on. In ERR they are flushed. */
static int refused(const struct soft_qp *qp, const struct ibv_recv_wr *wr, int state)
{
	uint32_t head = atomic_load_explicit(&qp->rq_head, memory_order_relaxed);

	if (state == IBV_QPS_RESET)
		return EINVAL;
	if (head - qp->tail[SOFT_RQ] >= qp->max_recv_wr)
		return ENOMEM;
	if ((uint32_t)wr->num_sge > qp->max_recv_sge)
		return EINVAL;
	return 0;
}

int soft_post_recv(struct ibv_qp *ibv, struct ibv_recv_wr *wr, struct ibv_recv_wr **bad)
{
	struct soft_qp *qp = (struct soft_qp *)ibv;
	int state = atomic_load_explicit(&qp->state, memory_order_relaxed);

	for (; wr; wr = wr->next) {
		uint32_t head = atomic_load_explicit(&qp->rq_head, memory_order_relaxed);
		int rc = refused(qp, wr, state);
		struct soft_rqe *e;

		if (rc) {
			*bad = wr;
			return rc;
		}
		e = soft_rqe(qp, head);
		e->wr_id = wr->wr_id;
		e->num_sge = wr->num_sge;
		for (int i = 0; i < wr->num_sge; i++)
			e->sge[i] = wr->sg_list[i];
		atomic_store_explicit(&qp->rq_head, head + 1, memory_order_release);
	}
	if (atomic_load_explicit(&qp->state, memory_order_relaxed) == IBV_QPS_ERR)
		soft_cq_see((struct soft_cq *)ibv->recv_cq, SOFT_SEE_FLUSH);
	return 0;
}

static bool lock(struct soft_qp *qp)
{
	return !atomic_flag_test_and_set_explicit(&qp->rq_busy, memory_order_acquire);
}

static void unlock(struct soft_qp *qp)
{
	atomic_flag_clear_explicit(&qp->rq_busy, memory_order_release);
}

static struct soft_cqe receive_cqe(struct soft_qp *qp, const struct soft_rqe *e,
				   const struct soft_received *how)
{
	return (struct soft_cqe){
		.wr_id = e->wr_id,
		.qp = qp,
		.next = ++qp->rq_taken,
		.byte_len = how->bytes,
		.imm_data = how->imm ? how->imm->imm_data : 0,
		.status = (uint8_t)how->status,
		.opcode = (uint8_t)how->opcode,
		.syndrome = (uint8_t)how->syndrome,
		.flags = how->imm ? IBV_WC_WITH_IMM : 0,
	};
}

void soft_rq_flush_all(struct soft_qp *qp)
{
	static const struct soft_received flushed = {.status = IBV_WC_WR_FLUSH_ERR, .opcode = IBV_WC_RECV};
	struct soft_cq *cq = (struct soft_cq *)qp->ibv.recv_cq;

	while (qp->rq_taken != atomic_load_explicit(&qp->rq_head, memory_order_relaxed)) {
		struct soft_cqe c = receive_cqe(qp, soft_rqe(qp, qp->rq_taken), &flushed);
		struct soft_cqe *to = soft_cq_push(cq);

		if (to)
			*to = c;
	}
}

/* Those taken earlier must have been polled, or their completions would come after the flushed ones. */
bool soft_rq_flush(struct soft_qp *qp)
{
	bool ready;

	if (qp->far)
		return soft_far_rq_flush(qp);
	if (!lock(qp))
		return false;
	ready = soft_cq_in_empty((struct soft_cq *)qp->ibv.recv_cq);
	if (ready)
		soft_rq_flush_all(qp);
	unlock(qp);
	return ready;
}

static bool any_posted(struct soft_qp *peer)
{
	if (peer->rq_head_seen == peer->rq_taken)
		peer->rq_head_seen = atomic_load_explicit(&peer->rq_head, memory_order_acquire);
	return peer->rq_head_seen != peer->rq_taken;
}

const struct soft_rqe *soft_recv_begin(struct soft_qp *peer, struct soft_done *done)
{
	if (!lock(peer)) {
		*done = done_with(IBV_WC_RETRY_EXC_ERR, SOFT_SYN_NO_PEER);
		return NULL;
	}
	if (atomic_load_explicit(&peer->state, memory_order_relaxed) == IBV_QPS_ERR)
		*done = done_with(IBV_WC_RETRY_EXC_ERR, SOFT_SYN_NO_PEER);
	else if (!any_posted(peer))
		*done = done_with(IBV_WC_RNR_RETRY_EXC_ERR, SOFT_SYN_RNR);
	else
		return soft_rqe(peer, peer->rq_taken);
	unlock(peer);
	return NULL;
}

void soft_recv_end(struct soft_qp *peer, const struct soft_rqe *e, const struct soft_received *how)
{
	struct soft_cqe c = receive_cqe(peer, e, how);

	soft_cq_push_in((struct soft_cq *)peer->ibv.recv_cq, &c);
	if (how->status)
		soft_qp_fail(peer);
	unlock(peer);
}

struct soft_mr *soft_recv_target(struct soft_qp *qp)
{
	struct soft_mr *mr = NULL;
	struct soft_done done;
	enum soft_syndrome syn;
	struct soft_qp *peer = find_peer(qp, &syn);
	const struct soft_rqe *e = peer ? soft_recv_begin(peer, &done) : NULL;

	if (!e)
		return NULL;
	if (e->num_sge)
		mr = soft_table_find(&soft_dev(qp->ibv.context)->mrs, e->sge[0].lkey);
	unlock(peer);
	return mr;
}

/* ---- SEND ---- */

/* Pieces that @bytes fill; memory behind them is not looked at. */
static inline __attribute__((always_inline)) enum soft_syndrome
reach_receive(struct soft_qp *qp, const union responder *peer, const struct soft_rqe *e, uint64_t bytes,
	      unsigned char **host, const bool far)
{
	enum soft_syndrome syn = SOFT_SYN_NONE;

	for (int i = 0; bytes && !syn; i++) {
		struct range r = sge_range(&e->sge[i]);

		r.bytes = r.bytes < bytes ? r.bytes : bytes;
		bytes -= r.bytes;
		if (r.bytes)
			syn = reach_there(qp, peer, &r, IBV_ACCESS_LOCAL_WRITE | SOFT_ALIVE, &host[i], far);
	}
	return syn;
}

/* From the pieces of one list to those of the other. */
static inline __attribute__((always_inline)) void deliver(const struct ibv_send_wr *wr,
							  unsigned char *const *from,
							  const struct soft_rqe *e, unsigned char *const *to)
{
	uint32_t at = 0;
	int k = 0;

	for (int i = 0; i < wr->num_sge; i++) {
		for (uint32_t off = 0, n; off < wr->sg_list[i].length; off += n, at += n) {
			uint32_t left = wr->sg_list[i].length - off;

			while (at == e->sge[k].length) {
				k++;
				at = 0;
			}
			n = left < e->sge[k].length - at ? left : e->sge[k].length - at;
			/* NOLINTNEXTLINE(clang-analyzer-*): reach_receive() has set what the message fills */
			move_bytes(to[k] + at, from[i] + off, n);
		}
	}
}

static inline __attribute__((always_inline)) void count_send(struct soft_qp *qp, const struct ibv_send_wr *wr,
							     const struct soft_rqe *e, uint64_t bytes,
							     const bool far)
{
	for (int i = 0; i < wr->num_sge && !(wr->send_flags & IBV_SEND_INLINE); i++) {
		if (wr->sg_list[i].length)
			count(qp, &qp->local, wr->sg_list[i].lkey, SOFT_READ, wr->sg_list[i].length);
	}
	for (int i = 0; bytes; i++) {
		uint64_t n = e->sge[i].length < bytes ? e->sge[i].length : bytes;

		if (n)
			count_there(qp, e->sge[i].lkey, SOFT_WRITE, n, far);
		bytes -= n;
	}
}

static void spoil_receive(const struct soft_rqe *e, unsigned char *const *to)
{
	int i = 0;

	while (!e->sge[i].length)
		i++;
	invert_byte(to[i]);
}

/* The responder's own faults, told to both ends in their words (IBA 9.9.6). */
static inline __attribute__((always_inline)) struct soft_done
check_receive(struct soft_qp *qp, const union responder *peer, const struct soft_rqe *e, uint64_t bytes,
	      unsigned char **to, const bool far)
{
	struct soft_received how = {.status = IBV_WC_LOC_LEN_ERR, .syndrome = SOFT_SYN_LENGTH};
	enum ibv_wc_status status = IBV_WC_REM_INV_REQ_ERR;

	how.opcode = IBV_WC_RECV;
	if (bytes <= sge_bytes(e->sge, e->num_sge)) {
		how.syndrome = reach_receive(qp, peer, e, bytes, to, far);
		how.status = IBV_WC_LOC_PROT_ERR;
		status = IBV_WC_REM_OP_ERR;
	}
	if (!how.syndrome)
		return done_with(IBV_WC_SUCCESS, SOFT_SYN_NONE);
	end_receive(qp, peer, e, &how, far);
	return done_with(status, how.syndrome);
}

static inline __attribute__((always_inline)) struct soft_done
exec_send(struct soft_qp *qp, const struct ibv_send_wr *wr, bool spoil, const bool far)
{
	const uint64_t bytes = sge_bytes(wr->sg_list, wr->num_sge);
	unsigned char *from[SOFT_MAX_SGE], *to[SOFT_MAX_SGE];
	enum soft_syndrome syn;
	const struct soft_rqe *e;
	union responder peer;
	struct soft_done done;

	if (bytes > SOFT_MAX_MSG_BYTES)
		return done_with(IBV_WC_LOC_LEN_ERR, SOFT_SYN_LENGTH);
	done = reach_local(qp, wr, SOFT_ALIVE, from);
	if (done.status)
		return done;
	peer = find_responder(qp, &syn, far);
	if (!peer.near)
		return done_with(IBV_WC_RETRY_EXC_ERR, syn);
	e = begin_receive(qp, &peer, &done, far);
	if (!e)
		return done;
	done = check_receive(qp, &peer, e, bytes, to, far);
	if (done.status)
		return done;
	deliver(wr, from, e, to);
	count_send(qp, wr, e, bytes, far);
	if (spoil && bytes)
		spoil_receive(e, to);
	done.bytes = (uint32_t)bytes;
	end_receive(qp, &peer, e,
		    &(struct soft_received){
			    .opcode = IBV_WC_RECV,
			    .bytes = done.bytes,
			    .imm = wr->opcode == IBV_WR_SEND_WITH_IMM ? wr : NULL,
		    },
		    far);
	return done;
}

struct soft_done soft_exec_send(struct soft_qp *qp, const struct ibv_send_wr *wr, bool spoil)
{
	return exec_send(qp, wr, spoil, false);
}

struct soft_done soft_exec_send_far(struct soft_qp *qp, const struct ibv_send_wr *wr, bool spoil)
{
	return exec_send(qp, wr, spoil, true);
}
