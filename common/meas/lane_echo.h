/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef P2P_MEAS_LANE_ECHO_H
#define P2P_MEAS_LANE_ECHO_H

/*
 * Ping-pong: write a message whose last byte is its number, wait in memory for the answer that carries the
 * same number. The interval is the whole way there and back. It ends before the WRITE's own completion is
 * taken, which is not part of it.
 */

#include <errno.h>

#include "meas/lane.h"
#include "meas/lane_post.h"

enum { LANE_SPINS = 1024 }; /* looks at memory between two at the CQ for a failed completion */

/* Number of message @m, counted from 0: 1, 2, ... 255, 1, ... */
static inline uint8_t lane_echo_number(uint64_t m)
{
	return (uint8_t)(m % 255 + 1);
}

static inline bool lane_echo_seen(const struct lane *l, uint8_t number)
{
	return __atomic_load_n(l->echo_in, __ATOMIC_ACQUIRE) == number;
}

/* Poll once. Return: completions taken (0 or 1), -EIO. */
LANE_INLINE int lane_echo_reap(struct lane *l)
{
	struct ibv_wc wc;
	int n = ibv_poll_cq(l->cq, 1, &wc);

	if (__builtin_expect(n < 0, 0))
		return lane_fail_poll(l, n);
	if (n && __builtin_expect(wc.status != IBV_WC_SUCCESS, 0))
		return lane_fail_wc(l, &wc, 1);
	l->in_flight -= (uint32_t)n;
	return n;
}

/* Wait for the answer, seldom looking whether the message failed. Return: 1 it came, 0 *stop, -EIO. */
LANE_INLINE int lane_echo_wait(struct lane *l, const atomic_bool *stop, uint8_t number)
{
	for (;;) {
		for (int i = 0; i < LANE_SPINS; i++)
			if (lane_echo_seen(l, number))
				return 1;
		if (atomic_load_explicit(stop, memory_order_relaxed))
			return 0;
		if (lane_echo_reap(l) < 0)
			return -EIO;
	}
}

LANE_INLINE int lane_loop_echo(struct lane *l, const atomic_bool *stop, const struct op *op,
			       const enum lane_kind kind, const bool raw)
{
	struct lane_qp *q = &l->qp[0];
	uint64_t m = lane_posts(q), done = 0;
	int rc;

	if (!m) /* what lies there from earlier is no answer, though it may be its number */
		__atomic_store_n(l->echo_in, 0, __ATOMIC_RELAXED);
	while (!atomic_load_explicit(stop, memory_order_relaxed)) {
		struct lane_group *g = &q->first[m % q->n];
		uint8_t number = lane_echo_number(m++);
		uint64_t t0 = clock_start(raw);

		__atomic_store_n(l->echo_out, number, __ATOMIC_RELEASE);
		if (__builtin_expect(lane_post(l, g, op, kind, true), 0))
			return -EIO;
		l->in_flight++;
		rc = lane_echo_wait(l, stop, number);
		t0 = clock_stop(raw) - t0;
		if (rc <= 0)
			return rc;
		hist_record(atomic_load_explicit(&l->hist, memory_order_relaxed), t0);
		while (l->in_flight && !atomic_load_explicit(stop, memory_order_relaxed))
			if (lane_echo_reap(l) < 0)
				return -EIO;
		atomic_store_explicit(&l->done, ++done, memory_order_relaxed);
	}
	return 0;
}

LANE_INLINE int lane_drive_echo(struct lane *l, const atomic_bool *stop, const struct op *op)
{
	if (l->kind == LANE_WR)
		return l->clock_raw ? lane_loop_echo(l, stop, op, LANE_WR, true)
				    : lane_loop_echo(l, stop, op, LANE_WR, false);
	return l->clock_raw ? lane_loop_echo(l, stop, op, LANE_CLASSIC, true)
			    : lane_loop_echo(l, stop, op, LANE_CLASSIC, false);
}

#endif
