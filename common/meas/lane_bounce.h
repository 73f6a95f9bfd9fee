/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef P2P_MEAS_LANE_BOUNCE_H
#define P2P_MEAS_LANE_BOUNCE_H

/*
 * The loops of a bounce and the state they share with the thread that copies. Templates as in lane_loop.h.
 *
 * Messages are numbered from 0 on each queue pair, and a slot follows from the number, so copies and work
 * requests have nothing in common. The lane always walks: its slots come in laps of all, so that messages
 * less than a lap apart never share one.
 */

#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "meas/lane.h"
#include "meas/lane_post.h"
#include "peer/peer.h"

/**
 * struct bounce_qp - how far one queue pair's messages are
 * @slots: where they lie; @at: place in the lap of the next copy; @last: offset of the last one
 * @posted, @in_flight, @next: of the lane's thread: messages; groups; group to post next
 * @completed: messages whose transfer is over; the lane's thread writes it
 * @copied: messages whose copy is done; the thread that copies writes it
 */
struct bounce_qp {
	struct slots slots;
	uint64_t at, last;
	uint64_t posted;
	uint32_t in_flight, next;
	_Atomic uint64_t completed __attribute__((aligned(128)));
	_Atomic uint64_t copied __attribute__((aligned(128)));
};

/**
 * struct bounce - of one lane
 * @ahead: messages that one stage may be ahead of the other on a queue pair: a lap, or one group of messages
 *	that share slots; @turn: groups of a queue pair that are posted in one turn: as many, but not beyond
 *the depth
 * @reads: target to staging, before the transfer
 * @go, @parked, @pause, @quit: overlap: between loops the copier waits for @go; told to @pause it answers
 *with
 *	@parked
 */
struct bounce {
	struct peer_bounce at;
	struct bounce_qp *qp;
	uint32_t n_qp;
	uint64_t ahead;
	uint32_t turn;
	bool reads, overlap;
	pthread_t copier;
	sem_t go, parked;
	atomic_bool pause, quit;
};

/* For lane_open(), when all else of @l is there; nothing is left on failure. */
int bounce_open(struct lane *l, const struct lane_bed *bed, const struct lane_shape *s, const struct op *op,
		struct err *e);
void bounce_close(struct bounce *b); /* NULL is fine */

/* Before and after a loop: everything stands where the lane does and the copier sets out; it is back. */
void bounce_start(struct lane *l);
void bounce_stop(struct lane *l);

/* Copy the next message of queue pair @i. */
void bounce_copy(struct bounce *b, uint32_t i);

/* Return when the message last copied to a device is there: a read may not pass the CPU's stores. */
void bounce_flush(const struct bounce *b, uint32_t i);

/* Copy what is posted in one turn, of each queue pair, until *stop. Return: all were copied. */
bool bounce_turn(struct lane *l, const atomic_bool *stop);

/* After a drain: copy WRITEs that have not been, and see them placed. */
void bounce_settle(struct lane *l);

LANE_INLINE bool lane_bounce_reads(const struct op *op)
{
	return op->opcode == IBV_WR_RDMA_READ;
}

LANE_INLINE int lane_bounce_post(struct lane *l, uint32_t i, const struct op *op, const enum lane_kind kind)
{
	struct bounce_qp *bq = &l->bounce->qp[i];
	struct lane_qp *q = &l->qp[i];

	if (__builtin_expect(lane_post(l, &q->first[bq->next], op, kind, false), 0))
		return -EIO;
	bq->next = bq->next + 1 == q->n ? 0 : bq->next + 1;
	bq->posted += l->group_msgs;
	bq->in_flight++;
	l->in_flight++;
	return 0;
}

/* Poll once. Return: groups that completed, -EIO. */
LANE_INLINE int lane_bounce_reap(struct lane *l)
{
	struct ibv_wc wc[LANE_POLL];
	int n = ibv_poll_cq(l->cq, l->poll, wc), groups = 0;

	if (__builtin_expect(n < 0, 0))
		return lane_fail_poll(l, n);
	for (const struct ibv_wc *w = wc, *end = wc + n; w != end; w++) {
		const struct lane_group *g = (const struct lane_group *)(uintptr_t)w->wr_id;
		struct bounce_qp *bq;

		if (__builtin_expect(w->status != IBV_WC_SUCCESS, 0))
			return lane_fail_wc(l, w, (int)(end - w));
		if (w->wr_id & LANE_MID)
			continue;
		bq = &l->bounce->qp[g->owner - l->qp];
		bq->in_flight--;
		atomic_store_explicit(&bq->completed,
				      atomic_load_explicit(&bq->completed, memory_order_relaxed) +
					      l->group_msgs,
				      memory_order_release);
		groups++;
	}
	l->in_flight -= (uint32_t)groups;
	return groups;
}

/* Post a turn: as many groups of each queue pair. */
LANE_INLINE int lane_bounce_post_turn(struct lane *l, const struct op *op, const enum lane_kind kind)
{
	for (uint32_t k = 0; k < l->bounce->turn; k++)
		for (uint32_t i = 0; i < l->n_qp; i++)
			if (lane_bounce_post(l, i, op, kind))
				return -EIO;
	return 0;
}

/* Wait for all of it. Return: 0, also when *stop comes before; -EIO. */
LANE_INLINE int lane_bounce_await(struct lane *l, const atomic_bool *stop)
{
	while (l->in_flight && !atomic_load_explicit(stop, memory_order_relaxed))
		if (lane_bounce_reap(l) < 0)
			return -EIO;
	return 0;
}

/*
 * Transfer and copy in turns. A turn counts when it is over, all at once: an edge of a window then lies
 * between two turns, and what is between two edges holds as much of the transfers as of the copies. A stop
 * that comes while some are in flight or not copied leaves them to the drain.
 */
LANE_INLINE int lane_loop_bounce_turns(struct lane *l, const atomic_bool *stop, const struct op *op,
				       const enum lane_kind kind)
{
	const bool reads = lane_bounce_reads(op);
	uint64_t done = 0;

	while (!atomic_load_explicit(stop, memory_order_relaxed)) {
		if (reads && !bounce_turn(l, stop))
			return 0;
		if (lane_bounce_post_turn(l, op, kind) || lane_bounce_await(l, stop))
			return -EIO;
		if (l->in_flight || (!reads && !bounce_turn(l, stop)))
			return 0;
		atomic_store_explicit(&l->done, done += l->step, memory_order_release);
	}
	return 0;
}

/* May the next group of @bq be posted; @copied: as the copier says. */
LANE_INLINE bool lane_bounce_may_post(const struct lane *l, const struct bounce_qp *bq, uint64_t copied,
				      const bool reads)
{
	uint64_t then = bq->posted + l->group_msgs;

	return bq->in_flight < l->depth && (reads ? then <= copied : then - copied <= l->bounce->ahead);
}

/* Transfer while the copier copies. */
LANE_INLINE int lane_loop_bounce_beside(struct lane *l, const atomic_bool *stop, const struct op *op,
					const enum lane_kind kind)
{
	const bool reads = lane_bounce_reads(op);
	uint64_t before = 0, done = 0;

	for (uint32_t i = 0; i < l->n_qp; i++)
		before += l->bounce->qp[i].posted;
	while (!atomic_load_explicit(stop, memory_order_relaxed)) {
		uint64_t through = 0;

		for (uint32_t i = 0; i < l->n_qp; i++) {
			struct bounce_qp *bq = &l->bounce->qp[i];
			uint64_t copied = atomic_load_explicit(&bq->copied, memory_order_acquire);

			while (lane_bounce_may_post(l, bq, copied, reads))
				if (lane_bounce_post(l, i, op, kind))
					return -EIO;
			through +=
				reads ? atomic_load_explicit(&bq->completed, memory_order_relaxed) : copied;
		}
		if (through - before != done) {
			done = through - before;
			atomic_store_explicit(&l->done, done, memory_order_release);
		}
		if (lane_bounce_reap(l) < 0)
			return -EIO;
	}
	return 0;
}

LANE_INLINE int lane_drive_bounce_bw(struct lane *l, const atomic_bool *stop, const struct op *op)
{
	int rc;

	bounce_start(l);
	if (l->bounce->overlap)
		rc = l->kind == LANE_WR_WALK ? lane_loop_bounce_beside(l, stop, op, LANE_WR_WALK)
					     : lane_loop_bounce_beside(l, stop, op, LANE_CLASSIC_WALK);
	else
		rc = l->kind == LANE_WR_WALK ? lane_loop_bounce_turns(l, stop, op, LANE_WR_WALK)
					     : lane_loop_bounce_turns(l, stop, op, LANE_CLASSIC_WALK);
	bounce_stop(l);
	return rc;
}

/* One message at a time on one QP: its transfer and its copy, by this thread. */
LANE_INLINE int lane_loop_bounce_lat(struct lane *l, const atomic_bool *stop, const struct op *op,
				     const enum lane_kind kind, const bool raw)
{
	const bool reads = lane_bounce_reads(op);
	struct lane_group *g = l->qp[0].first;
	struct ibv_wc wc;
	uint64_t done = 0;

	while (!atomic_load_explicit(stop, memory_order_relaxed)) {
		uint64_t t0;
		int n;

		lane_ready(l, g, op, kind, true); /* not what is timed */
		t0 = clock_start(raw);
		if (reads)
			bounce_copy(l->bounce, 0);
		if (__builtin_expect(lane_hand_over(l, g, op, kind, true), 0))
			return -EIO;
		while ((n = ibv_poll_cq(l->cq, 1, &wc)) != 1) {
			if (n < 0)
				return lane_fail_poll(l, n);
			if (atomic_load_explicit(stop, memory_order_relaxed)) {
				l->in_flight = 1;
				return 0;
			}
		}
		if (__builtin_expect(wc.status != IBV_WC_SUCCESS, 0))
			return lane_fail_wc(l, &wc, 1);
		if (!reads)
			bounce_copy(l->bounce, 0);
		if (op->fence)
			bounce_flush(l->bounce, 0);
		t0 = clock_stop(raw) - t0;
		hist_record(atomic_load_explicit(&l->hist, memory_order_relaxed), t0);
		atomic_store_explicit(&l->done, ++done, memory_order_relaxed);
		g = (struct lane_group *)(uintptr_t)wc.wr_id;
	}
	return 0;
}

LANE_INLINE int lane_drive_bounce_lat(struct lane *l, const atomic_bool *stop, const struct op *op)
{
	int rc;

	bounce_start(l);
	if (l->kind == LANE_WR_WALK)
		rc = l->clock_raw ? lane_loop_bounce_lat(l, stop, op, LANE_WR_WALK, true)
				  : lane_loop_bounce_lat(l, stop, op, LANE_WR_WALK, false);
	else
		rc = l->clock_raw ? lane_loop_bounce_lat(l, stop, op, LANE_CLASSIC_WALK, true)
				  : lane_loop_bounce_lat(l, stop, op, LANE_CLASSIC_WALK, false);
	bounce_stop(l);
	return rc;
}

#endif
