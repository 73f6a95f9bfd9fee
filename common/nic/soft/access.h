/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef P2P_NIC_SOFT_ACCESS_H
#define P2P_NIC_SOFT_ACCESS_H

/* What the operations of exec.c and recv.c share: keys to host addresses, who answers, the copy, counting. */

#include <string.h>

#include "nic/soft/far.h"

static inline struct soft_rqe *soft_rqe(const struct soft_qp *qp, uint32_t index)
{
	return (struct soft_rqe *)(void *)(qp->rq + (index & qp->rq_mask) * qp->rq_stride);
}

struct range {
	uint64_t addr;
	uint64_t bytes;
	uint32_t key;
};

/*
 * The CPU as DMA engine. Threads may hit the same bytes on purpose, as adapters may: that is no race of
 * the program, hence invisible to TSan, whose memcpy interceptor would see it from an exempt function
 * too. memmove, because source and target may overlap (which verbs leaves undefined, not forbidden).
 */
#if defined(__SANITIZE_THREAD__)
#define UNCHECKED_COPY 1
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define UNCHECKED_COPY 1
#endif
#endif

__attribute__((no_sanitize("thread"))) static inline void move_bytes(unsigned char *to,
								     const unsigned char *from, size_t n)
{
#if defined(UNCHECKED_COPY)
	volatile unsigned char *t = to;

	for (size_t i = 0; i < n; i++)
		t[i] = from[i];
#else
	memmove(to, from, n); /* NOLINT(clang-analyzer-*): reach() has set what has bytes */
#endif
}

__attribute__((no_sanitize("thread"))) static inline unsigned char read_byte(const volatile unsigned char *p)
{
	return *p; /* NOLINT(clang-analyzer-*): as above */
}

/* After everything stored before. */
/* NOLINTNEXTLINE(readability-non-const-parameter): the builtin writes */
__attribute__((no_sanitize("thread"))) static inline void write_byte(unsigned char *p, unsigned char v)
{
	__atomic_store_n(p, v, __ATOMIC_RELEASE);
}

static inline void invert_byte(unsigned char *p)
{
	write_byte(p, (unsigned char)~read_byte(p));
}

/*
 * Something may wait for the last byte by polling it, so that one is stored after all others. It is read
 * first, because the two ranges may overlap.
 */
static inline void move_in_order(unsigned char *to, const unsigned char *from, size_t n)
{
	const unsigned char last = read_byte(&from[n - 1]);

	move_bytes(to, from, n - 1);
	write_byte(&to[n - 1], last);
}

/* @need includes SOFT_ALIVE. Registration guarantees iova + length does not wrap, so one subtraction serves
 * both bounds. */
static inline enum soft_syndrome reach(const struct ibv_pd *pd, const struct range *r, int need,
				       unsigned char **host)
{
	const struct soft_mr *mr = soft_table_find(&soft_dev(pd->context)->mrs, r->key);
	uint64_t at;
	int access;

	if (!mr)
		return SOFT_SYN_KEY;
	if (mr->ibv.pd != pd)
		return SOFT_SYN_PD;
	access = atomic_load_explicit(&mr->access, memory_order_relaxed);
	if ((access & need) != need)
		return access & SOFT_ALIVE ? SOFT_SYN_RIGHTS : SOFT_SYN_REVOKED;
	at = r->addr - mr->iova;
	if (at > mr->ibv.length || r->bytes > mr->ibv.length - at)
		return SOFT_SYN_BOUNDS;
	*host = mr->host + at;
	return SOFT_SYN_NONE;
}

static inline struct range sge_range(const struct ibv_sge *s)
{
	return (struct range){.addr = s->addr, .bytes = s->length, .key = s->lkey};
}

static inline uint64_t sge_bytes(const struct ibv_sge *s, int n)
{
	uint64_t sum = 0;

	for (int i = 0; i < n; i++)
		sum += s[i].length;
	return sum;
}

static inline struct soft_done done_with(enum ibv_wc_status status, enum soft_syndrome syn)
{
	return (struct soft_done){.status = status, .syndrome = syn};
}

/* An empty SGE is not looked at (providers drop it), so its key need not exist; inline data has none. */
static inline __attribute__((always_inline)) struct soft_done
reach_local(const struct soft_qp *qp, const struct ibv_send_wr *wr, int need, unsigned char **host)
{
	for (int i = 0; i < wr->num_sge; i++) {
		struct range r = sge_range(&wr->sg_list[i]);
		enum soft_syndrome syn = SOFT_SYN_NONE;

		if (wr->send_flags & IBV_SEND_INLINE)
			host[i] = (unsigned char *)(uintptr_t)r.addr;
		else if (r.bytes)
			syn = reach(qp->ibv.pd, &r, need, &host[i]);
		if (syn)
			return done_with(IBV_WC_LOC_PROT_ERR, syn);
	}
	return done_with(IBV_WC_SUCCESS, SOFT_SYN_NONE);
}

/*
 * Who answers. Nobody does when the QP number is not alive or not ready; a responder connected to
 * another QP acknowledges elsewhere, and one that expects another PSN drops the packet: all the same to
 * the requester, whose retries run out.
 */
static inline struct soft_qp *find_peer(const struct soft_qp *qp, enum soft_syndrome *syn)
{
	struct soft_qp *peer = soft_table_find(&soft_dev(qp->ibv.context)->qps, qp->dest_qp_num);
	int state = peer ? atomic_load_explicit(&peer->state, memory_order_relaxed) : IBV_QPS_UNKNOWN;

	*syn = SOFT_SYN_NO_PEER;
	if (state != IBV_QPS_RTS && state != IBV_QPS_RTR)
		return NULL;
	*syn = SOFT_SYN_NOT_OURS;
	return peer->dest_qp_num == qp->ibv.qp_num && peer->rq_psn == qp->sq_psn ? peer : NULL;
}

/*
 * The other end: a queue pair of this device, or (far.h) one of another. All that comes here knows which when
 * it is compiled, so operations within a device carry no code for the others.
 */
union responder {
	struct soft_qp *near;
	struct share_qp *far;
};

static inline union responder find_responder(struct soft_qp *qp, enum soft_syndrome *syn, const bool far)
{
	return far ? (union responder){.far = soft_far_peer(qp, syn)}
		   : (union responder){.near = find_peer(qp, syn)};
}

static inline int responder_access(const union responder *p, const bool far)
{
	return far ? p->far->access : p->near->access;
}

static inline int responder_rd_atomic(const union responder *p, const bool far)
{
	return far ? p->far->max_dest_rd_atomic : p->near->max_dest_rd_atomic;
}

/* The responder answers with a NAK that moves it to ERR as well (IBA 9.9.3: a class C responder fault). */
static inline struct soft_done refuse(const union responder *p, enum ibv_wc_status status,
				      enum soft_syndrome syn, const bool far)
{
	if (far)
		share_qp_fail(p->far);
	else
		soft_qp_fail(p->near);
	return done_with(status, syn);
}

/* Memory of the responder, by the rules of its protection domain. */
static inline enum soft_syndrome reach_there(struct soft_qp *qp, const union responder *p,
					     const struct range *r, int need, unsigned char **host,
					     const bool far)
{
	return far ? soft_far_reach(qp, r, need, host) : reach(p->near->ibv.pd, r, need, host);
}

static inline void count(struct soft_qp *qp, struct soft_tally *t, uint32_t key, enum soft_dir dir,
			 uint64_t bytes)
{
	if (t->key != key) {
		soft_tally_flush(soft_dev(qp->ibv.context), t);
		t->key = key;
	}
	t->n.ops[dir]++;
	t->n.bytes[dir] += bytes;
}

static inline void count_there(struct soft_qp *qp, uint32_t key, enum soft_dir dir, uint64_t bytes,
			       const bool far)
{
	if (far)
		soft_far_count(qp, key, dir, bytes);
	else
		count(qp, &qp->remote, key, dir, bytes);
}

/* ---- recv.c ---- */

/*
 * Begins the oldest receive of @peer. NULL: @done says why; else soft_recv_end() must follow, and until then
 * nobody else touches its receives.
 */
const struct soft_rqe *soft_recv_begin(struct soft_qp *peer, struct soft_done *done);

/* What the completion of a receive says. */
struct soft_received {
	enum ibv_wc_status status;
	enum soft_syndrome syndrome;
	enum ibv_wc_opcode opcode;
	uint32_t bytes;
	const struct ibv_send_wr *imm; /* carries immediate data; NULL: there is none */
};

void soft_recv_end(struct soft_qp *peer, const struct soft_rqe *e, const struct soft_received *how);

static inline const struct soft_rqe *begin_receive(struct soft_qp *qp, const union responder *p,
						   struct soft_done *done, const bool far)
{
	return far ? soft_far_recv_begin(qp, done) : soft_recv_begin(p->near, done);
}

static inline void end_receive(struct soft_qp *qp, const union responder *p, const struct soft_rqe *e,
			       const struct soft_received *how, const bool far)
{
	if (far)
		soft_far_recv_end(qp, how);
	else
		soft_recv_end(p->near, e, how);
}

/* The MR that the next receive of @qp's peer begins in; NULL when there is none. */
struct soft_mr *soft_recv_target(struct soft_qp *qp);

/* SEND, with or without immediate data. */
struct soft_done soft_exec_send(struct soft_qp *qp, const struct ibv_send_wr *wr, bool spoil);
struct soft_done soft_exec_send_far(struct soft_qp *qp, const struct ibv_send_wr *wr, bool spoil);

#endif
