// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The estimate of a plan's time and the windows that fit it; see budget.h. */
#include "run/budget.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>

#include "base/err.h"
#include "mem/mem.h"
#include "mem/mem.h"
#include "run/run.h"
#include "run/support.h"

/* Nanoseconds, no more than can be counted. */
static int64_t bounded(double ns)
{
	return ns < 9e18 ? (int64_t)ns : INT64_MAX;
}

/* What is to be visited once a round of one sweep, and how long it warms up in all. */
struct load {
	uint64_t points;
	double warm_ns;
};

/* Warm-up lasts until 64 MiB are written, within bounds (visit.c): many small messages take their time. */
static double warm_ns(const struct point *pt, const struct op *op)
{
	double each = op->measure == MEASURE_LAT ? BUDGET_LAT_NS : BUDGET_MESSAGE_NS;
	double ns = op->check == OP_CHECK_TARGET ? each * BUDGET_WARM_BYTES / (double)pt->v[AX_SIZE] : 0;

	return ns < BUDGET_WARM_NS ? BUDGET_WARM_NS : ns > BUDGET_WARM_MAX_NS ? BUDGET_WARM_MAX_NS : ns;
}

/* With the fewest or the most rounds, no window longer than @cap. @load: one a sweep. */
static int64_t total(const struct config *c, const struct load *load, bool most, int64_t cap)
{
	double ns = 0, rounds = 0;

	for (size_t i = 0; i < c->n_sweeps; i++) {
		const struct config_settings *set = &c->sweeps[i].set;
		bool revokes = set->revoke != MEM_REVOKE_NONE;
		double r = (double)(most && !revokes ? set->rounds_max : set->rounds_min) + 1;
		int64_t window = set->window_ns < cap ? set->window_ns : cap;

		if (!load[i].points)
			continue;
		ns += r * ((double)load[i].points * (double)(BUDGET_SWITCH_NS + window) + load[i].warm_ns);
		/* Each of them ends its setup. */
		ns += revokes ? r * (double)load[i].points * BUDGET_SETUP_NS : 0;
		rounds = r > rounds ? r : rounds;
	}
	if (c->canary)
		ns += rounds * (double)c->n_nics * BUDGET_CANARY_NS;
	return bounded(ns + (rounds + SETUP_ROUNDS - 1) / SETUP_ROUNDS * BUDGET_SETUP_NS);
}

/* The longest window, from the shortest on, with which the fewest rounds fit. */
static int64_t window_to_fit(const struct config *c, const struct load *load)
{
	int64_t lo = BUDGET_WINDOW_NS, hi = BUDGET_WINDOW_NS;

	for (size_t i = 0; i < c->n_sweeps; i++)
		hi = c->sweeps[i].set.window_ns > hi ? c->sweeps[i].set.window_ns : hi;
	while (lo < hi) {
		int64_t mid = lo + (hi - lo + 1) / 2;

		if (total(c, load, false, mid) <= c->budget_time_ns)
			lo = mid;
		else
			hi = mid - 1;
	}
	return lo;
}

struct budget_need budget_need(const struct config *c, const struct plan *p, const struct op *const *ops)
{
	struct load *load = calloc(c->n_sweeps + 1, sizeof(*load));
	struct budget_need need = {0};
	struct point pt;
	char why[128];

	for (size_t i = 0; load && i < plan_points(p); i++) {
		plan_point(p, i, &pt);
		if (run_unsupported(c, ops, &pt, why, sizeof(why))) {
			need.skipped++;
			continue;
		}
		load[pt.sweep].points++;
		load[pt.sweep].warm_ns += warm_ns(&pt, run_find_op(ops, &pt));
	}
	if (!load)
		return need;
	need.points = plan_points(p) - need.skipped;
	need.least_ns = total(c, load, false, INT64_MAX);
	need.most_ns = total(c, load, true, INT64_MAX);
	need.short_ns = total(c, load, false, BUDGET_WINDOW_NS);
	if (c->budget_time_ns && need.least_ns > c->budget_time_ns && need.short_ns < need.least_ns)
		need.window_ns = window_to_fit(c, load);
	free(load);
	return need;
}

static int by_need(const void *a, const void *b)
{
	const struct budget_claim *x = a, *y = b;

	if (x->need < y->need || x->need > y->need)
		return x->need > y->need ? -1 : 1;
	return x->cell < y->cell ? -1 : x->cell > y->cell;
}

void budget_share(struct budget_claim *claim, size_t n, double room)
{
	bool time_left = room >= 0;

	qsort(claim, n, sizeof(*claim), by_need);
	for (size_t i = 0; i < n; i++) {
		room -= claim[i].windows;
		claim[i].granted = isinf(claim[i].need) ? time_left : room >= 0;
	}
}

int budget_check(const struct config *c, const struct budget_need *need, struct err *e)
{
	if (!c->budget_refuse || !c->budget_time_ns || need->short_ns <= c->budget_time_ns)
		return 0;
	err_set(e, -EINVAL,
		"budget.time is %.0f s: the fewest rounds of %" PRIu64
		" points take %.0f s with windows of 10 ms, %.0f s as asked",
		(double)c->budget_time_ns / 1e9, need->points, (double)need->short_ns / 1e9,
		(double)need->least_ns / 1e9);
	return err_hint(e, -EINVAL,
			"raise budget.time, plan fewer points or rounds, or set budget.when_over: stop");
}
