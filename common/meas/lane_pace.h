/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef P2P_MEAS_LANE_PACE_H
#define P2P_MEAS_LANE_PACE_H

/*
 * The open loop: message i is due at start + phase + i * interval, fixed in advance. A message that cannot be
 * sent when due, because its queue pair is full or this CPU was away, is sent as soon as possible and its
 * latency still counts from the moment it was due; none is skipped, none is moved. So a stall is paid for by
 * every message it held up (a closed loop would have sent none and seen nothing).
 *
 * Between two messages the loop only looks at the clock and the CQ, so which clock that is may be asked anew
 * each time: the branch always goes the same way and there are half as many loops.
 */

#include <errno.h>

#include "meas/lane.h"
#include "meas/lane_post.h"

/**
 * struct lane_pace - where the open loop stands
 * @t0: ticks of message 0's due time
 * @due: of the next message, after @t0, in ticks of 2^-16: 2^48 ticks are a day
 * @next: QP of the next message; QPs take turns
 */
struct lane_pace {
	uint64_t t0;
	uint64_t due;
	uint32_t next;
	uint64_t sends, late, done;
};

LANE_INLINE uint64_t lane_ticks(bool raw)
{
#if defined(__x86_64__)
	if (!raw)
		return __rdtsc();
#endif
	return clock_start(raw);
}

/* A message's due time waits for its completion in the group that its wr_id leads to. */
static inline struct lane_group *lane_leads_to(const struct lane *l, const struct lane_group *g)
{
	const struct lane_qp *q = g->owner;
	size_t i = (size_t)(g - q->first) + l->depth;

	return &q->first[i >= q->n ? i - q->n : i];
}

/* Send the next message if it is due and its queue pair has room. Return: 0 or -EIO. */
LANE_INLINE int lane_pace_send(struct lane *l, struct lane_pace *p, const struct op *op,
			       const enum lane_kind kind, bool raw)
{
	uint64_t due = p->t0 + (p->due >> 16), now = lane_ticks(raw);
	struct lane_qp *q = &l->qp[p->next];
	struct lane_group *g;

	if ((int64_t)(now - due) < 0 || q->in_flight == l->depth)
		return 0;
	g = &q->first[q->at_group];
	lane_leads_to(l, g)->due = due;
	if (__builtin_expect(lane_post(l, g, op, kind, true), 0))
		return -EIO;
	q->at_group = q->at_group + 1 == q->n ? 0 : q->at_group + 1;
	q->in_flight++;
	hist_record(atomic_load_explicit(&l->lag, memory_order_relaxed), now - due);
	if ((now - due) << 16 > l->interval)
		atomic_store_explicit(&l->late, ++p->late, memory_order_relaxed);
	atomic_store_explicit(&l->sends, ++p->sends, memory_order_relaxed);
	p->due += l->interval;
	p->next = p->next + 1 == l->n_qp ? 0 : p->next + 1;
	return 0;
}

/* Take completions; the time of each counts from when its message was due. Return: 0 or -EIO. */
LANE_INLINE int lane_pace_reap(struct lane *l, struct lane_pace *p, bool raw)
{
	struct ibv_wc wc[LANE_POLL];
	int n = ibv_poll_cq(l->cq, l->poll, wc);
	uint64_t now;

	if (__builtin_expect(n < 0, 0))
		return lane_fail_poll(l, n);
	if (!n)
		return 0;
	now = clock_stop(raw);
	for (const struct ibv_wc *w = wc, *end = wc + n; w != end; w++) {
		struct lane_group *g = (struct lane_group *)(uintptr_t)w->wr_id;

		if (__builtin_expect(w->status != IBV_WC_SUCCESS, 0))
			return lane_fail_wc(l, w, (int)(end - w));
		hist_record(atomic_load_explicit(&l->hist, memory_order_relaxed), now - g->due);
		g->owner->in_flight--;
	}
	p->done += (uint64_t)n;
	atomic_store_explicit(&l->done, p->done, memory_order_release);
	return 0;
}

LANE_INLINE int lane_loop_paced(struct lane *l, const atomic_bool *stop, const struct op *op,
				const enum lane_kind kind)
{
	const bool raw = l->clock_raw;
	struct lane_pace p = {.t0 = clock_start(raw), .due = l->phase};
	int rc = 0;

	for (uint32_t i = 0; i < l->n_qp; i++)
		l->qp[i].at_group = (uint32_t)(lane_posts(&l->qp[i]) % l->qp[i].n);
	while (!rc && !atomic_load_explicit(stop, memory_order_relaxed)) {
		rc = lane_pace_send(l, &p, op, kind, raw);
		if (!rc)
			rc = lane_pace_reap(l, &p, raw);
	}
	for (uint32_t i = 0; i < l->n_qp; i++) {
		l->in_flight += l->qp[i].in_flight;
		l->qp[i].in_flight = 0;
	}
	return rc;
}

LANE_INLINE int lane_drive_paced(struct lane *l, const atomic_bool *stop, const struct op *op)
{
	switch (l->kind) {
	case LANE_CLASSIC_WALK:
		return lane_loop_paced(l, stop, op, LANE_CLASSIC_WALK);
	case LANE_WR:
		return lane_loop_paced(l, stop, op, LANE_WR);
	case LANE_WR_WALK:
		return lane_loop_paced(l, stop, op, LANE_WR_WALK);
	case LANE_CLASSIC:
		break;
	}
	return lane_loop_paced(l, stop, op, LANE_CLASSIC);
}

#endif
