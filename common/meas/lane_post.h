/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef P2P_MEAS_LANE_POST_H
#define P2P_MEAS_LANE_POST_H

/* Posting one group of a lane, in each of the ways of enum lane_kind. Templates for the loops. */

#include <errno.h>

#include "config/keys.h"
#include "meas/lane.h"

#define LANE_INLINE static inline __attribute__((always_inline))

LANE_INLINE bool lane_walks(const enum lane_kind kind)
{
	return kind == LANE_CLASSIC_WALK || kind == LANE_WR_WALK;
}

LANE_INLINE bool lane_by_wr(const enum lane_kind kind)
{
	return kind == LANE_WR || kind == LANE_WR_WALK;
}

/* The group that comes next on @q, not for the loop itself. */
static inline struct lane_group *lane_next(const struct lane_qp *q)
{
	return &q->first[lane_posts(q) % q->n];
}

/*
 * Give the message at @wr the next slot. The order is a property of the prepared queue pair: its branch
 * always goes the same way.
 */
LANE_INLINE void lane_aim(struct lane_qp *q, struct ibv_send_wr *wr, const struct op *op)
{
	const struct slots *s = &q->slots;
	uint64_t slot = s->pattern == PATTERN_RAND ? slots_rand(q->at, s->count, s->shift) : q->at;
	uint64_t offset = slot * s->stride;

	wr->sg_list->addr = q->source + offset;
	if (op->opcode == IBV_WR_ATOMIC_CMP_AND_SWP) {
		wr->wr.atomic.remote_addr = q->remote + offset;
		wr->wr.atomic.compare_add = q->lap ? LANE_SWAP : 0;
		wr->wr.atomic.swap = q->lap ? 0 : LANE_SWAP;
	} else if (op->opcode == IBV_WR_ATOMIC_FETCH_AND_ADD) {
		wr->wr.atomic.remote_addr = q->remote + offset;
	} else {
		wr->wr.rdma.remote_addr = q->remote + offset;
	}
	if (op->fence) { /* reads the last byte back to where it came from */
		wr[1].sg_list->addr = q->local + offset + s->size - 1;
		wr[1].wr.rdma.remote_addr = q->remote + offset + s->size - 1;
	}
	if (++q->at == s->count) {
		q->at = 0;
		q->lap = !q->lap;
	}
}

LANE_INLINE void lane_aim_group(struct lane_group *g, uint32_t messages, const struct op *op)
{
	const size_t wrs = op->fence ? 2 : 1;
	struct ibv_send_wr *wr = g->wr;

	do {
		lane_aim(g->owner, wr, op);
		wr += wrs;
	} while (--messages);
}

/* Translate one prepared request. Besides its own opcode an op posts only READs, or WRITEs the other way. */
LANE_INLINE void lane_put_wr(struct ibv_qp_ex *x, const struct ibv_send_wr *wr, const struct op *op)
{
	const struct ibv_sge *sge = wr->sg_list;

	x->wr_id = wr->wr_id;
	x->wr_flags = wr->send_flags & ~(unsigned int)IBV_SEND_INLINE;
	if (wr->opcode == IBV_WR_RDMA_READ)
		ibv_wr_rdma_read(x, wr->wr.rdma.rkey, wr->wr.rdma.remote_addr);
	else if (op->opcode == IBV_WR_RDMA_WRITE_WITH_IMM)
		ibv_wr_rdma_write_imm(x, wr->wr.rdma.rkey, wr->wr.rdma.remote_addr, wr->imm_data);
	else if (op->opcode == IBV_WR_SEND)
		ibv_wr_send(x);
	else if (op->opcode == IBV_WR_ATOMIC_FETCH_AND_ADD)
		ibv_wr_atomic_fetch_add(x, wr->wr.atomic.rkey, wr->wr.atomic.remote_addr,
					wr->wr.atomic.compare_add);
	else if (op->opcode == IBV_WR_ATOMIC_CMP_AND_SWP)
		ibv_wr_atomic_cmp_swp(x, wr->wr.atomic.rkey, wr->wr.atomic.remote_addr,
				      wr->wr.atomic.compare_add, wr->wr.atomic.swap);
	else
		ibv_wr_rdma_write(x, wr->wr.rdma.rkey, wr->wr.rdma.remote_addr);
	if (wr->send_flags & IBV_SEND_INLINE)
		ibv_wr_set_inline_data(x, (void *)(uintptr_t)sge->addr, sge->length);
	else
		ibv_wr_set_sge(x, sge->lkey, sge->addr, sge->length);
}

/* One chain. Return: 0 or what the provider said, and then @bad is the request it refused. */
LANE_INLINE int lane_post_chain(struct ibv_qp *qp, struct ibv_send_wr *wr, const struct op *op,
				const enum lane_kind kind, struct ibv_send_wr **bad)
{
	struct ibv_qp_ex *x;

	if (!lane_by_wr(kind))
		return ibv_post_send(qp, wr, bad);
	x = (struct ibv_qp_ex *)qp; /* qp_base is its first member */
	*bad = wr;
	ibv_wr_start(x);
	do
		lane_put_wr(x, wr, op);
	while ((wr = wr->next));
	return ibv_wr_complete(x);
}

/* Make one group ready for lane_hand_over(). @single: it is one chain; when it walks, one message. */
LANE_INLINE void lane_ready(struct lane *l, struct lane_group *g, const struct op *op,
			    const enum lane_kind kind, const bool single)
{
	if (lane_walks(kind))
		lane_aim_group(g, single ? 1 : l->group_msgs, op);
}

/* Hand a group that is ready to the provider. @single: it is one chain, known at compile time. */
LANE_INLINE int lane_hand_over(struct lane *l, struct lane_group *g, const struct op *op,
			       const enum lane_kind kind, const bool single)
{
	struct ibv_send_wr *wr = g->wr, *bad;
	uint32_t chains = single ? 1 : l->chains;

	do {
		int rc = lane_post_chain(g->qp, wr, op, kind, &bad);

		if (__builtin_expect(rc, 0))
			return lane_fail_post(l, g, bad, rc);
		if (!single)
			wr = (struct ibv_send_wr *)((char *)wr + l->chain_bytes);
	} while (--chains);
	g->posts++;
	return 0;
}

/* Post one group. */
LANE_INLINE int lane_post(struct lane *l, struct lane_group *g, const struct op *op,
			  const enum lane_kind kind, const bool single)
{
	lane_ready(l, g, op, kind, single);
	return lane_hand_over(l, g, op, kind, single);
}

/* Fill every QP to its depth, one group per QP in turn, going on where the ring was left. */
LANE_INLINE int lane_prime(struct lane *l, const atomic_bool *stop, const struct op *op,
			   const enum lane_kind kind, const bool single)
{
	for (uint32_t k = 0; k < l->depth; k++) {
		for (uint32_t i = 0; i < l->n_qp; i++) {
			if (atomic_load_explicit(stop, memory_order_relaxed))
				return 0;
			if (lane_post(l, lane_next(&l->qp[i]), op, kind, single))
				return -EIO;
			l->in_flight++;
		}
	}
	return 0;
}

#endif
