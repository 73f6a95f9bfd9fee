// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * One work request: the checks of both ends in the order their adapters make them, then the copy.
 * For a WRITE the requester reads local memory before anything leaves, so its own faults come first; a
 * READ touches local memory when the response arrives, so the responder's faults come first.
 */
#include "nic/soft/soft.h"

#include <string.h>

struct range {
	uint64_t addr;
	uint64_t bytes;
	uint32_t key;
};

/* What of a WRITE and a READ differs. */
struct op_kind {
	int local_need;	 /* IBV_ACCESS_* of the local MR */
	int remote_need; /* of the remote MR and of the responder QP */
	enum soft_dir local_dir;
	enum soft_dir remote_dir;
};

static const struct op_kind kind_write = {0, IBV_ACCESS_REMOTE_WRITE, SOFT_READ, SOFT_WRITE};
static const struct op_kind kind_read = {IBV_ACCESS_LOCAL_WRITE, IBV_ACCESS_REMOTE_READ, SOFT_WRITE,
					 SOFT_READ};

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

__attribute__((no_sanitize("thread"))) static void move_bytes(unsigned char *to, const unsigned char *from,
							      size_t n)
{
#if defined(UNCHECKED_COPY)
	volatile unsigned char *t = to;

	for (size_t i = 0; i < n; i++)
		t[i] = from[i];
#else
	memmove(to, from, n);
#endif
}

__attribute__((no_sanitize("thread"))) static void invert_byte(volatile unsigned char *p)
{
	*p = (unsigned char)~*p;
}

/* Registration guarantees iova + length does not wrap, so one subtraction serves both bounds. */
static inline enum soft_syndrome reach(const struct ibv_pd *pd, const struct range *r, int need,
				       unsigned char **host)
{
	const struct soft_mr *mr = soft_table_find(&soft_dev(pd->context)->mrs, r->key);
	uint64_t at;

	if (!mr)
		return SOFT_SYN_KEY;
	if (mr->ibv.pd != pd)
		return SOFT_SYN_PD;
	if ((mr->access & need) != need)
		return SOFT_SYN_RIGHTS;
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

/* An empty SGE is not looked at (providers drop it), so its key need not exist. */
static inline struct soft_done reach_local(const struct soft_qp *qp, const struct ibv_send_wr *wr, int need,
					   unsigned char **host)
{
	for (int i = 0; i < wr->num_sge; i++) {
		struct range r = sge_range(&wr->sg_list[i]);
		enum soft_syndrome syn = r.bytes ? reach(qp->ibv.pd, &r, need, &host[i]) : SOFT_SYN_NONE;

		if (syn)
			return (struct soft_done){.status = IBV_WC_LOC_PROT_ERR, .syndrome = syn};
	}
	return (struct soft_done){.status = IBV_WC_SUCCESS};
}

/* The responder answers with a NAK that moves it to ERR as well (IBA 9.9.3: a class C responder fault). */
static struct soft_done refuse(struct soft_qp *peer, enum ibv_wc_status status, enum soft_syndrome syn)
{
	atomic_store_explicit(&peer->state, IBV_QPS_ERR, memory_order_relaxed);
	return (struct soft_done){.status = status, .syndrome = syn};
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

/* IBA 11.6.2: what the responder's queue does not support is an invalid request, not an access error. */
static inline struct soft_done reach_remote(const struct soft_qp *qp, const struct range *r,
					    const struct op_kind *k, unsigned char **host)
{
	enum soft_syndrome syn;
	struct soft_qp *peer = find_peer(qp, &syn);

	if (!peer)
		return (struct soft_done){.status = IBV_WC_RETRY_EXC_ERR, .syndrome = syn};
	if (!(peer->access & k->remote_need))
		return refuse(peer, IBV_WC_REM_INV_REQ_ERR, SOFT_SYN_QP_RIGHTS);
	if (k == &kind_read && (!peer->max_dest_rd_atomic || !qp->max_rd_atomic))
		return refuse(peer, IBV_WC_REM_INV_REQ_ERR, SOFT_SYN_RD_ATOMIC);
	syn = r->bytes ? reach(peer->ibv.pd, r, k->remote_need, host) : SOFT_SYN_NONE;
	if (syn)
		return refuse(peer, IBV_WC_REM_ACCESS_ERR, syn);
	return (struct soft_done){.status = IBV_WC_SUCCESS};
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

static inline void move_all(struct soft_qp *qp, const struct ibv_send_wr *wr, const struct op_kind *k,
			    unsigned char *remote, unsigned char *const *local)
{
	for (int i = 0; i < wr->num_sge; i++) {
		const struct ibv_sge *s = &wr->sg_list[i];

		if (!s->length)
			continue;
		if (k == &kind_write)
			move_bytes(remote, local[i], s->length);
		else
			move_bytes(local[i], remote, s->length);
		remote += s->length;
		count(qp, &qp->local, s->lkey, k->local_dir, s->length);
	}
}

static inline struct range remote_range(const struct ibv_send_wr *wr)
{
	struct range r = {.addr = wr->wr.rdma.remote_addr, .key = wr->wr.rdma.rkey};

	for (int i = 0; i < wr->num_sge; i++)
		r.bytes += wr->sg_list[i].length;
	return r;
}

static inline __attribute__((always_inline)) struct soft_done
exec_kind(struct soft_qp *qp, const struct ibv_send_wr *wr, const struct op_kind *k)
{
	const struct range r = remote_range(wr);
	unsigned char *local[SOFT_MAX_SGE];
	unsigned char *remote = NULL;
	struct soft_done done;

	if (r.bytes > SOFT_MAX_MSG_BYTES)
		return (struct soft_done){.status = IBV_WC_LOC_LEN_ERR, .syndrome = SOFT_SYN_LENGTH};
	if (k == &kind_write) {
		done = reach_local(qp, wr, k->local_need, local);
		if (!done.status)
			done = reach_remote(qp, &r, k, &remote);
	} else {
		done = reach_remote(qp, &r, k, &remote);
		if (!done.status)
			done = reach_local(qp, wr, k->local_need, local);
	}
	if (done.status || !r.bytes)
		return done;
	move_all(qp, wr, k, remote, local);
	count(qp, &qp->remote, r.key, k->remote_dir, r.bytes);
	done.bytes = (uint32_t)r.bytes;
	return done;
}

struct soft_done soft_exec(struct soft_qp *qp, const struct ibv_send_wr *wr)
{
	if (wr->opcode == IBV_WR_RDMA_WRITE)
		return exec_kind(qp, wr, &kind_write);
	return exec_kind(qp, wr, &kind_read);
}

void soft_exec_spoil(struct soft_qp *qp, const struct ibv_send_wr *wr)
{
	struct range r = remote_range(wr);
	const struct ibv_sge *s = wr->sg_list;
	const struct soft_mr *mr;

	if (wr->opcode == IBV_WR_RDMA_READ) {
		while (!s->length)
			s++;
		r = sge_range(s);
	}
	mr = soft_table_find(&soft_dev(qp->ibv.context)->mrs, r.key);
	invert_byte(mr->host + (r.addr - mr->iova));
}
