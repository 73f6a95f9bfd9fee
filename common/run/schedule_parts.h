/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef P2P_RUN_SCHEDULE_PARTS_H
#define P2P_RUN_SCHEDULE_PARTS_H

/* Between schedule.c, which says what comes when, and schedule_visit.c, which does it and writes the rows. */

#include "run/budget.h"
#include "run/canary.h"
#include "run/station.h"
#include "stats/hist.h"

enum { MAX_FAULTS = 3 };

/**
 * struct sweep - the one in progress
 * @visit: windows of this process so far; @visits: as many as the next looks will need
 * @window_ns: longest window the budget leaves, 0 = as asked
 */
struct sweep {
	struct run *r;
	struct rounds *rounds;
	const char *run_id;
	struct resume *done;
	struct run_outcome *out;
	struct canary *canary;
	struct hist hist;
	int64_t start_ns;
	uint64_t visit, visits;
	int64_t window_ns;
};

/* Seconds this run has taken, earlier processes included. */
double sweep_seconds(const struct sweep *w);

/* Visit point @i in @round unless there is a reason not to. Return: 0, -errno when results cannot be written.
 */
int sweep_take_point(struct sweep *w, size_t i, int64_t round, struct err *e);

/* A fresh setup for @s unless it has one. */
int sweep_ensure_setup(struct sweep *w, struct station *s, struct err *e);
void sweep_drop_setup(struct station *s);

#endif
