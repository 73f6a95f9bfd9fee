/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef P2P_MEAS_LANE_H
#define P2P_MEAS_LANE_H

/*
 * A lane: what one posting thread works through. Everything is prepared before the start: per QP a ring
 * of work requests with addresses, chains and signal flags fixed. The drivers below are the only loops
 * that post and poll while time is taken; bench/ops/ instantiates them.
 *
 * Flow control is by completion. A *group* is max(batch, signal_every) messages, posted as chains of
 * `batch` and reported by group/signal_every completions. wr_id of the group's last completion is the
 * address of the group to post next on that QP, so a completion tells the loop all it has to do: each QP
 * always has the same number of groups in flight, none can be overfilled, and there are no ring indices
 * or credits to keep.
 *
 * Phases (warm-up, window, end) do not exist here: the controlling thread samples `done` and swaps
 * `hist` (meas/window.c).
 */

#include <errno.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include <infiniband/verbs.h>

#include "base/clock.h"
#include "mem/pattern.h"
#include "meas/op.h"
#include "stats/hist.h"

struct err;

enum {
	LANE_POLL = 16,	  /* most completions taken per poll */
	LANE_RING = 1024, /* WRs prepared per lane, unless the depth needs more */
	LANE_SLOT = 64,	  /* slots start on cache lines */
	LANE_MID = 1,	  /* bit of wr_id: not the last completion of its group */
};

/**
 * struct lane_group - what a completion leads to
 * @wr: first WR of its first chain; the next chain starts lane->chain_bytes behind it
 * @posts: times it was posted; only its lane's thread writes it
 */
struct lane_group {
	struct ibv_qp *qp;
	struct ibv_send_wr *wr;
	uint64_t posts;
	uint64_t pad;
};

/* One queue pair's part of the lane: @n groups from @first, and where its messages lie. */
struct lane_qp {
	struct lane_group *first;
	uint32_t n;
	struct pattern_slots slots;
};

/**
 * struct lane_fault - the first thing that went wrong
 * @status: IBV_WC_*, or -errno of a post (@posting); of a poll always -EIO, with what it returned in @raw
 */
struct lane_fault {
	int status;
	bool posting;
	int raw;
	uint32_t qp_num;
	uint32_t vendor_err;
};

/**
 * struct lane - see above; one owner thread while it runs
 * @depth: groups each QP keeps in flight
 * @chains: chains per group; @chain_bytes: from one chain's first WR to the next one's
 * @poll: completions taken per poll; fewer of large messages, so that `done` moves in small steps
 * @per_cqe: messages per completion; @mid: some completions are not the last of their group
 * @group, @wr, @sge: all QPs' parts, owned
 * @group_msgs: messages of a group
 */
struct lane {
	/* Constant while running. */
	struct ibv_cq *cq;
	struct lane_qp *qp;
	uint32_t n_qp;
	uint32_t depth;
	uint32_t chains;
	uint32_t per_cqe;
	int poll;
	size_t chain_bytes;
	bool mid;
	bool clock_raw;
	uint32_t group_msgs;
	struct lane_group *group;
	struct ibv_send_wr *wr;
	struct ibv_sge *sge;
	/* Written by the owner only. */
	struct lane_fault fault __attribute__((aligned(128)));
	uint32_t in_flight; /* groups posted and not yet seen complete, valid when the loop has returned */
	/* Shared with the controlling thread. */
	_Atomic uint64_t done __attribute__((aligned(128))); /* messages completed; one writer */
	_Atomic(struct hist *) hist;			     /* where latencies go at this moment */
};

/**
 * struct lane_shape - one point's load, in plain numbers
 * @qd: messages in flight per QP, a multiple of max(batch, signal_every) is used, rounded down
 */
struct lane_shape {
	uint64_t size;
	uint32_t qd;
	uint32_t batch;
	uint32_t signal_every;
};

/**
 * struct lane_bed - what a lane lies on; borrowed
 * @qp, @n_qp, @cq: connected queue pairs and their one CQ
 * @local_addr, @lkey, @remote_addr, @rkey: both buffers; @bytes: length of the shorter one
 *
 * Each QP gets its own slice; a slot has the same offset in both buffers.
 */
struct lane_bed {
	struct ibv_qp *const *qp;
	uint32_t n_qp;
	struct ibv_cq *cq;
	uint64_t local_addr;
	uint64_t remote_addr;
	uint64_t bytes;
	uint32_t lkey;
	uint32_t rkey;
};

/**
 * lane_open() - prepare rings for @shape and @op on @bed
 *
 * Return: 0; -EINVAL when a slice cannot hold one message; -ENOMEM. lane_close() accepts a zeroed lane.
 */
int lane_open(struct lane *l, const struct lane_bed *bed, const struct lane_shape *shape, const struct op *op,
	      bool clock_raw, struct err *e);
void lane_close(struct lane *l);

/**
 * lane_drain() - take the completions still in flight after a loop returned 0
 * @deadline_ns: CLOCK_MONOTONIC_RAW
 *
 * Return: 0; -ETIMEDOUT; -EIO with the fault recorded.
 */
int lane_drain(struct lane *l, int64_t deadline_ns);

/**
 * lane_fence() - after a drain: one READ of a byte on every QP, behind all that was written
 *
 * A WRITE's completion says the responder took the data; the READ comes back after the data is in the
 * target, where the CPU may then look at it. The byte lands where it was written from.
 * Return: as lane_drain().
 */
int lane_fence(struct lane *l, int64_t deadline_ns);

/* Slots of QP @i that were written or read at least once, for verification after a drain. */
struct pattern_slots lane_touched(const struct lane *l, uint32_t i);

/* Record the first fault. Return: -EIO. */
#define LANE_COLD __attribute__((cold, noinline))
LANE_COLD int lane_fail_wc(struct lane *l, const struct ibv_wc *wc);
LANE_COLD int lane_fail_post(struct lane *l, const struct ibv_qp *qp, int err);
LANE_COLD int lane_fail_poll(struct lane *l, int err);

#define LANE_INLINE static inline __attribute__((always_inline))

/* Post one group. @single: it is one chain, known at compile time. */
LANE_INLINE int lane_post(struct lane *l, struct lane_group *g, const bool single)
{
	struct ibv_send_wr *wr = g->wr, *bad;
	uint32_t chains = single ? 1 : l->chains;

	do {
		int rc = ibv_post_send(g->qp, wr, &bad);

		if (__builtin_expect(rc, 0))
			return lane_fail_post(l, g->qp, rc);
		if (!single)
			wr = (struct ibv_send_wr *)((char *)wr + l->chain_bytes);
	} while (--chains);
	g->posts++;
	return 0;
}

/* Fill every QP to its depth, one group per QP in turn. */
LANE_INLINE int lane_prime(struct lane *l, const atomic_bool *stop, const bool single)
{
	for (uint32_t k = 0; k < l->depth; k++) {
		for (uint32_t i = 0; i < l->n_qp; i++) {
			if (atomic_load_explicit(stop, memory_order_relaxed))
				return 0;
			if (lane_post(l, &l->qp[i].first[k], single))
				return -EIO;
			l->in_flight++;
		}
	}
	return 0;
}

/* Keep every QP at its depth and count completions. No clock. The compiler folds @single and @mid. */
LANE_INLINE int lane_loop_bw(struct lane *l, const atomic_bool *stop, const bool single, const bool mid)
{
	struct ibv_wc wc[LANE_POLL];
	uint64_t done = 0;
	uint32_t per_cqe = l->per_cqe;

	if (lane_prime(l, stop, single))
		return -EIO;
	while (!atomic_load_explicit(stop, memory_order_relaxed)) {
		int n = ibv_poll_cq(l->cq, l->poll, wc);

		if (__builtin_expect(n < 0, 0))
			return lane_fail_poll(l, n);
		for (const struct ibv_wc *w = wc, *end = wc + n; w != end; w++) {
			if (__builtin_expect(w->status != IBV_WC_SUCCESS, 0))
				return lane_fail_wc(l, w);
			if (mid && w->wr_id & LANE_MID)
				continue;
			if (__builtin_expect(lane_post(l, (struct lane_group *)(uintptr_t)w->wr_id, single),
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

/* Bandwidth: one loop for each way a group can look. */
LANE_INLINE int lane_drive_bw(struct lane *l, const atomic_bool *stop)
{
	if (l->mid)
		return lane_loop_bw(l, stop, true, true);
	if (l->chains == 1)
		return lane_loop_bw(l, stop, true, false);
	return lane_loop_bw(l, stop, false, false);
}

/* One message at a time on one QP: post, wait for its completion, record how long that took. */
LANE_INLINE int lane_loop_lat(struct lane *l, const atomic_bool *stop, const bool raw)
{
	struct lane_group *g = l->qp[0].first;
	struct ibv_wc wc;
	uint64_t done = 0;

	while (!atomic_load_explicit(stop, memory_order_relaxed)) {
		uint64_t t0 = clock_start(raw);
		int n;

		if (__builtin_expect(lane_post(l, g, true), 0))
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
			return lane_fail_wc(l, &wc);
		hist_record(atomic_load_explicit(&l->hist, memory_order_relaxed), t0);
		atomic_store_explicit(&l->done, ++done, memory_order_relaxed);
		g = (struct lane_group *)(uintptr_t)wc.wr_id;
	}
	return 0;
}

/* Latency: by the CPU's counter, or by the system clock where the counter cannot be trusted. */
LANE_INLINE int lane_drive_lat(struct lane *l, const atomic_bool *stop)
{
	return l->clock_raw ? lane_loop_lat(l, stop, true) : lane_loop_lat(l, stop, false);
}

#endif
