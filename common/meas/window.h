/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef P2P_MEAS_WINDOW_H
#define P2P_MEAS_WINDOW_H

/*
 * One visit to a point: start the lane on its own pinned thread, let it warm up, take one timed
 * window by sampling its counter, stop it, drain it. The controlling thread keeps off the lane's CPU.
 */

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "meas/lane.h"

struct err;

/**
 * struct window_rule - how long things last
 * @warm_min_ns: warm-up lasts at least this and @warm_done completions, but at most @warm_max_ns
 * @window_ns, @window_done: the window lasts at least this time and this many completions, but at most
 *     @window_max_ns (then it is `coarse`)
 * @timeout_ns: no completion for this long: timeout
 * @cpu: CPU of the lane's thread, -1 = wherever the kernel puts it
 */
struct window_rule {
	int64_t warm_min_ns, warm_max_ns;
	uint64_t warm_done;
	int64_t window_ns, window_max_ns;
	uint64_t window_done;
	int64_t timeout_ns;
	int cpu;
};

enum window_end { WINDOW_OK, WINDOW_TIMEOUT, WINDOW_FAULT };

/**
 * struct window - what one visit gave
 * @ops: messages completed between the window's two edges; @window_ns: time between them
 * @warmup_ns: time before the window
 * @slope_pct: Theil-Sen slope over ten slices, over the whole window, in percent of the median slice;
 *     NaN with fewer than 1000 completions
 * @coarse: fewer than @window_done completions in window_max_ns
 * @unaligned: an edge does not lie on a completion: the lane has no CPU of its own, or is very slow
 * @nivcsw, @faults: involuntary context switches and page faults of the lane's thread over the visit
 * @end: WINDOW_FAULT: lane->fault says what
 */
struct window {
	enum window_end end;
	uint64_t ops;
	int64_t window_ns;
	int64_t warmup_ns;
	double slope_pct;
	bool coarse;
	bool unaligned;
	long nivcsw;
	long faults;
};

/**
 * window_run() - one visit
 * @hist: receives the latencies of the window; NULL for operations that record none
 *
 * Whatever the end, the lane's thread has been joined. Only after WINDOW_OK is the lane drained and
 * may be run again; otherwise its queue pairs must be rebuilt.
 * Return: 0 (see @out->end), -EAGAIN or -ENOMEM when no thread could be started.
 */
int window_run(struct lane *l, const struct op *op, const struct window_rule *rule, struct hist *hist,
	       struct window *out, struct err *e);

/**
 * window_cpu() - the CPU a single lane should run on: the highest of this process's affinity mask
 *
 * Low CPUs take more of the kernel's own work. Return: CPU number, -1 when only one CPU is allowed.
 */
int window_cpu(void);

#endif
