/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef P2P_MEAS_LANE_LOOP_H
#define P2P_MEAS_LANE_LOOP_H

/*
 * The closed loops: bandwidth and latency. Everything marked LANE_INLINE is a template: @op and the const
 * arguments are known where bench/ops/ instantiates a driver, the compiler folds them, and the loop that is
 * left tests no option.
 */

#include <errno.h>

#include "config/keys.h"
#include "meas/lane.h"
#include "meas/lane_pace.h"
#include "meas/lane_post.h"

/* Count completions and post what each leads to. @single: groups are one chain; @mid as in the lane. */
LANE_INLINE int lane_loop_bw(struct lane *l, const atomic_bool *stop, const struct op *op,
			     const enum lane_kind kind, const bool single, const bool mid)
{
	struct ibv_wc wc[LANE_POLL];
	uint64_t done = 0;
	uint32_t per_cqe = l->per_cqe;

	if (lane_prime(l, stop, op, kind, single))
		return -EIO;
	while (!atomic_load_explicit(stop, memory_order_relaxed)) {
		int n = ibv_poll_cq(l->cq, l->poll, wc);

		if (__builtin_expect(n < 0, 0))
			return lane_fail_poll(l, n);
		for (const struct ibv_wc *w = wc, *end = wc + n; w != end; w++) {
			if (__builtin_expect(w->status != IBV_WC_SUCCESS, 0))
				return lane_fail_wc(l, w, (int)(end - w));
			if (mid && w->wr_id & LANE_MID)
				continue;
			if (__builtin_expect(
				    lane_post(l, (struct lane_group *)(uintptr_t)w->wr_id, op, kind, single),
				    0))
				return -EIO;
		}
		if (!n) /* leave the line to the controlling thread */
			continue;
		done += (uint64_t)n * per_cqe;
		atomic_store_explicit(&l->done, done, memory_order_release);
	}
	return 0;
}

/*
 * Bandwidth: classic posts of prepared requests have a loop for each way a group can look; the others handle
 * each request anyway and have one that fits all.
 */
LANE_INLINE int lane_drive_bw(struct lane *l, const atomic_bool *stop, const struct op *op)
{
	if (l->interval)
		return lane_drive_paced(l, stop, op);
	switch (l->kind) {
	case LANE_CLASSIC_WALK:
		return lane_loop_bw(l, stop, op, LANE_CLASSIC_WALK, false, true);
	case LANE_WR:
		return lane_loop_bw(l, stop, op, LANE_WR, false, true);
	case LANE_WR_WALK:
		return lane_loop_bw(l, stop, op, LANE_WR_WALK, false, true);
	case LANE_CLASSIC:
		break;
	}
	if (l->mid)
		return lane_loop_bw(l, stop, op, LANE_CLASSIC, true, true);
	if (l->chains == 1)
		return lane_loop_bw(l, stop, op, LANE_CLASSIC, true, false);
	return lane_loop_bw(l, stop, op, LANE_CLASSIC, false, false);
}

/* One message at a time on one QP: post, wait for its completion, record how long that took. */
LANE_INLINE int lane_loop_lat(struct lane *l, const atomic_bool *stop, const struct op *op,
			      const enum lane_kind kind, const bool raw)
{
	struct lane_group *g = lane_next(&l->qp[0]);
	struct ibv_wc wc;
	uint64_t done = 0;

	while (!atomic_load_explicit(stop, memory_order_relaxed)) {
		uint64_t t0;
		int n;

		lane_ready(l, g, op, kind, true); /* not what is timed */
		t0 = clock_start(raw);
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
		t0 = clock_stop(raw) - t0;
		if (__builtin_expect(wc.status != IBV_WC_SUCCESS, 0))
			return lane_fail_wc(l, &wc, 1);
		hist_record(atomic_load_explicit(&l->hist, memory_order_relaxed), t0);
		atomic_store_explicit(&l->done, ++done, memory_order_relaxed);
		g = (struct lane_group *)(uintptr_t)wc.wr_id;
	}
	return 0;
}

/* Latency: by the CPU's counter, or by the system clock where the counter cannot be trusted. */
LANE_INLINE int lane_drive_lat(struct lane *l, const atomic_bool *stop, const struct op *op)
{
	if (l->interval)
		return lane_drive_paced(l, stop, op);
	switch (l->kind) {
	case LANE_CLASSIC_WALK:
		return l->clock_raw ? lane_loop_lat(l, stop, op, LANE_CLASSIC_WALK, true)
				    : lane_loop_lat(l, stop, op, LANE_CLASSIC_WALK, false);
	case LANE_WR:
		return l->clock_raw ? lane_loop_lat(l, stop, op, LANE_WR, true)
				    : lane_loop_lat(l, stop, op, LANE_WR, false);
	case LANE_WR_WALK:
		return l->clock_raw ? lane_loop_lat(l, stop, op, LANE_WR_WALK, true)
				    : lane_loop_lat(l, stop, op, LANE_WR_WALK, false);
	case LANE_CLASSIC:
		break;
	}
	return l->clock_raw ? lane_loop_lat(l, stop, op, LANE_CLASSIC, true)
			    : lane_loop_lat(l, stop, op, LANE_CLASSIC, false);
}

#endif
