/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef P2P_RUN_BUDGET_H
#define P2P_RUN_BUDGET_H

/*
 * How long a plan takes: T = R * (P * (t_switch + t_warm + t_win) + t_canary) + ceil(R/4) * t_setup, with the
 * warm-up round in R. Writes of small messages warm up for longer. Points of a sweep with `revoke` take the
 * fewest rounds and a setup each. From text alone, so before anything is opened, and the same for a resumed
 * run.
 */

#include <math.h>
#include <stdbool.h>

#include "meas/op.h"
#include "plan/plan.h"

struct err;

enum { SETUP_ROUNDS = 4 }; /* a new setup comes so often */

/* What is assumed of a machine: windows may last longer to reach their completions. */
enum {
	BUDGET_SWITCH_NS = 1000000,
	BUDGET_WARM_NS = 5000000,      /* of what is read, and of large messages */
	BUDGET_WARM_MAX_NS = 20000000, /* of small ones that are written, of which 64 MiB take long */
	BUDGET_WARM_BYTES = 64 << 20,
	BUDGET_MESSAGE_NS = 50,	     /* time of one then, one after the other, */
	BUDGET_LAT_NS = 1000,	     /* or one at a time */
	BUDGET_CANARY_NS = 32000000, /* two windows, for each nic */
	BUDGET_SETUP_NS = 50000000,
	BUDGET_WINDOW_NS = 10000000, /* windows are not made shorter */
};

/**
 * struct budget_need - nanoseconds
 * @points: that run; @skipped: that this version does not run
 * @least_ns, @most_ns: with the fewest and the most rounds of every point
 * @window_ns: windows are shortened to this so that the fewest rounds fit, 0 = as asked
 * @short_ns: the fewest rounds with windows as short as they get
 */
struct budget_need {
	uint64_t points, skipped;
	int64_t least_ns, most_ns, short_ns;
	int64_t window_ns;
};

/* Before all others: the cell has not had its fewest rounds, or has no interval yet. */
#define BUDGET_FIRST HUGE_VAL

/**
 * struct budget_claim - what a cell asks of a round
 * @need: how far it is from the precision asked: largest half width as a multiple of the target
 * @granted: the answer
 */
struct budget_claim {
	uint32_t cell;
	double windows;
	double need;
	bool granted;
};

/**
 * budget_share() - who takes part in a round when there is time for @room windows
 * @claim: is sorted, the neediest first
 *
 * Claims of BUDGET_FIRST are granted as long as @room is not negative to begin with;
 * the others as many as fit, whole, in order of need.
 */
void budget_share(struct budget_claim *claim, size_t n, double room);

/* @ops: table of what can be measured, as of struct run_input. */
struct budget_need budget_need(const struct config *c, const struct plan *p, const struct op *const *ops);

/**
 * budget_check() - with `when_over: refuse`, is there time for the fewest rounds
 *
 * Return: 0, or -EINVAL with the time needed.
 */
int budget_check(const struct config *c, const struct budget_need *need, struct err *e);

#endif
