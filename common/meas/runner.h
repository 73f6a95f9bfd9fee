/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef P2P_MEAS_RUNNER_H
#define P2P_MEAS_RUNNER_H

/* The lanes' threads: private to meas/. */

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>

#include "meas/window.h"

struct crew;

struct sample {
	int64_t t_ns;
	uint64_t done;
};

/**
 * struct track - a lane as the controlling thread sees it
 * @seen: its last progress; @from, @to: the edges of its window
 * @sends, @late: at the first edge, then their growth
 */
struct track {
	struct sample seen, from, to;
	uint64_t sends, late;
};

/**
 * struct runner - one lane's thread and what it reports back
 * @ended: its loop returned by itself: a fault
 * @rc: of the loop or what came after it; -ETIMEDOUT: what was in flight did not come back
 * @track: not the thread's
 * @hist: three: latencies and lags inside the window, and whatever is recorded outside it
 */
struct runner {
	struct crew *crew;
	struct lane *lane;
	int cpu;
	pthread_t thread;
	atomic_bool ended;
	int rc;
	bool migrated;
	long nivcsw, faults;
	double drain_ns;
	struct hist *hist;
	struct track track;
};

enum { RUNNER_LAT, RUNNER_LAG, RUNNER_REST, RUNNER_HISTS };

/**
 * struct crew - all of them
 * @started: threads to be joined; @ready: waiting for the start
 * @start: 0 wait, 1 run, -1 go home; under @lock
 * @stop: for the loops; @settle: after it drain, so that the lanes can be used again (set before @stop)
 * @quiet: threads with nothing in flight any more, or that gave up
 */
struct crew {
	const struct op *op;
	const struct window_rule *rule;
	struct runner *runner;
	uint32_t n, started, ready;
	int start;
	pthread_mutex_t lock;
	pthread_cond_t change;
	atomic_bool stop;
	atomic_uint quiet;
	bool settle;
};

/* Make all threads, pinned, and wait until each is there. Return: 0, -EAGAIN, -ENOMEM; then none is left. */
int crew_open(struct crew *c, struct lane *lanes, uint32_t n, const struct op *op,
	      const struct window_rule *rule, struct err *e);
/* Let them go, all at once. */
void crew_start(struct crew *c);
/* Stop, drain if @settle, join. */
void crew_stop(struct crew *c, bool settle);
void crew_close(struct crew *c);

/* Warm up and take the window on a running crew; fills @out. */
void crew_time(struct crew *c, struct window *out);

#endif
