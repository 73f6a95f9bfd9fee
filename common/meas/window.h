/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef P2P_MEAS_WINDOW_H
#define P2P_MEAS_WINDOW_H

/*
 * One timed window: start each lane on its own pinned thread, let them warm up, take one timed
 * window by sampling their counters, stop them, drain them. The controlling thread keeps off their CPUs.
 */

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "meas/lane.h"

struct err;

/**
 * struct window_rule - how long things last
 * @warm_min_ns: warm-up lasts at least this and @warm_done completions, but at most @warm_max_ns; in any case
 *     until every lane has completed something
 * @window_ns, @window_done: the window lasts at least this time and this many completions, but at most
 *     @window_max_ns (then it is `coarse`)
 * @timeout_ns: no completion for this long: timeout
 * @cpu: CPU of each lane's thread, -1 = wherever the kernel puts it
 * @copier_cpu: likewise of the thread that copies beside each lane, NULL = none: this thread keeps off these
 * @watch: asked every 200 us while waiting (NULL = no): nonzero ends the window as WINDOW_FAULT (async
 * events)
 */
struct window_rule {
	int64_t warm_min_ns, warm_max_ns;
	uint64_t warm_done;
	int64_t window_ns, window_max_ns;
	uint64_t window_done;
	int64_t timeout_ns;
	const int *cpu, *copier_cpu;
	int (*watch)(void *arg);
	void *watch_arg;
};

enum window_end { WINDOW_OK, WINDOW_TIMEOUT, WINDOW_FAULT };

/**
 * struct window - what one visit gave
 * @ops: messages completed between the edges of all lanes; each lane has edges of its own on its completions
 * @window_ns: @ops over the sum of the lanes' rates: with one lane the time between its edges
 * @warmup_ns: time before the window
 * @slope_pct: Theil-Sen slope over ten slices, over the whole window, in percent of the median slice;
 *     NaN with fewer than 1000 completions, or none in most slices; @first_pct: first slice against the
 * median slice, likewise
 * @outliers: slices beyond median +- 3*1.4826*MAD
 * @drain_ns: placement of the last writes after their completions: first fence READ less the median of five
 *     idle ones, least 0; NaN where nothing is accepted only
 * @sends, @late: open loop: messages sent in the window, and those later than one interval
 * @coarse: fewer than @window_done completions in window_max_ns
 * @unaligned: an edge does not lie on a completion: a lane has no CPU of its own, or is very slow
 * @migrated: a lane that has a CPU of its own was found on another
 * @nivcsw, @faults: involuntary context switches and page faults of the lanes' threads over the visit
 * @end: WINDOW_FAULT: lane @lane has the fault, or the watch said so (@lane = UINT32_MAX);
 *     WINDOW_TIMEOUT: lane @lane stood still
 */
struct window {
	enum window_end end;
	uint32_t lane;
	uint64_t ops;
	int64_t window_ns;
	int64_t warmup_ns;
	double slope_pct, first_pct;
	uint32_t outliers;
	double drain_ns;
	uint64_t sends, late;
	bool coarse;
	bool unaligned;
	bool migrated;
	long nivcsw;
	long faults;
};

/**
 * window_run() - one visit
 * @lanes: @n of them, opened for @op; n >= 1
 * @lat: receives the latencies of the window, in ticks, all lanes; NULL for operations that record none. A
 *	message belongs to the window in which it completes, in an open loop too: what a stall at the end
 *still holds up then is not in it, and what one before it held up is
 * @lag: receives how late messages were sent, in ticks; NULL in a closed loop
 *
 * Whatever the end, all threads have been joined. Only after WINDOW_OK are the lanes drained and
 * may be run again; otherwise their queue pairs must be rebuilt.
 * Return: 0 (see @out->end), -EAGAIN or -ENOMEM when no thread could be started.
 */
int window_run(struct lane *lanes, uint32_t n, const struct op *op, const struct window_rule *rule,
	       struct hist *lat, struct hist *lag, struct window *out, struct err *e);

/**
 * window_cpus() - the CPUs @n lanes should run on: the highest of this process's affinity mask first
 *
 * Low CPUs take more of the kernel's own work. One CPU is left for the controlling thread: a lane that gets
 * none of its own has -1. Return: lanes that have a CPU of their own.
 */
uint32_t window_cpus(int *cpu, uint32_t n);

#endif
