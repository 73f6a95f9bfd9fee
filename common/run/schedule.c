// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * What comes when. Each NIC of the plan has at most one setup at a time; it is made anew every four
 * rounds and after every fault. A round takes the cells that are still open in a fresh random order, the
 * members of a cell one after the other in a random order of their own. After each round of the list some
 * cells stop (cells.h); when the budget does not last for another whole round, what is left of it goes to
 * those that are the least precise.
 */
#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "base/err.h"
#include "base/rng.h"
#include "run/looks.h"
#include "run/schedule_parts.h"

/* Room for one round's order: cells, and the members of the largest cell. */
struct order {
	uint32_t *cell, *member;
	bool *left_out; /* by cell: the budget does not last for it */
};

static void order_close(struct order *o)
{
	free(o->cell);
	free(o->member);
	free(o->left_out);
}

static int order_open(struct order *o, const struct cells *c)
{
	size_t most = 1;

	for (size_t k = 0; k < c->n; k++) {
		size_t n;

		plan_cell(c->plan, k, &n);
		most = n > most ? n : most;
	}
	o->cell = calloc(c->n + 1, sizeof(*o->cell));
	o->member = calloc(most, sizeof(*o->member));
	o->left_out = calloc(c->n + 1, sizeof(*o->left_out));
	return o->cell && o->member && o->left_out ? 0 : -ENOMEM;
}

static uint64_t round_seed(const struct sweep *w, int64_t round)
{
	return rng_mix(w->r->in.config->seed ^ rng_mix((uint64_t)round));
}

/* From the seed and the round alone: cells that have stopped change nothing for the others. */
static void shuffle_cells(const struct sweep *w, int64_t round, struct order *o)
{
	struct rng rng = {.state = round_seed(w, round)};

	for (size_t k = 0; k < w->done->cells.n; k++)
		o->cell[k] = (uint32_t)k;
	rng_shuffle(&rng, o->cell, w->done->cells.n);
}

static size_t shuffle_members(const struct sweep *w, int64_t round, size_t k, struct order *o)
{
	size_t n;
	const uint32_t *member = plan_cell(w->r->in.plan, k, &n);
	struct rng rng = {.state = rng_mix(round_seed(w, round) ^ rng_mix(k + 1))};

	for (size_t i = 0; i < n; i++)
		o->member[i] = member[i];
	rng_shuffle(&rng, o->member, n);
	return n;
}

/* Windows the cell still takes in @round. */
static double cost(const struct sweep *w, size_t k, int64_t round)
{
	size_t n, left = 0;
	const uint32_t *member = plan_cell(w->r->in.plan, k, &n);

	for (size_t i = 0; i < n; i++)
		left += !cells_lost(&w->done->cells, member[i]) &&
			!resume_done(w->done, member[i], (uint64_t)round);
	return (double)left;
}

/*
 * Which cells @round does without. Time is judged by what windows have taken so far in this run.
 * @all: no cell is left out. Return: 0, -ENOMEM.
 */
static int share_budget(const struct sweep *w, int64_t round, struct order *o, bool *all)
{
	const struct cells *c = &w->done->cells;
	double budget = (double)w->r->in.config->budget_time_ns / 1e9, spent = sweep_seconds(w), room;
	uint64_t windows = w->done->windows + w->visit;
	struct budget_claim *claim;
	size_t n = 0;

	*all = true;
	if (budget <= 0 || !windows)
		return 0;
	claim = calloc(c->n + 1, sizeof(*claim));
	if (!claim)
		return -ENOMEM;
	room = (budget - spent) / (spent / (double)windows);
	for (size_t k = 0; k < c->n; k++) {
		const struct cell *cell = &c->cell[k];
		double windows_left = cell->stop == CELL_OPEN ? cost(w, k, round) : 0;

		if (windows_left <= 0)
			continue;
		claim[n++] = (struct budget_claim){
			.cell = (uint32_t)k,
			.windows = windows_left,
			.need = round <= cell->lo ? BUDGET_FIRST : cell->worst,
		};
	}
	budget_share(claim, n, room);
	for (size_t i = 0; i < n; i++) {
		o->left_out[claim[i].cell] = !claim[i].granted;
		*all &= claim[i].granted;
	}
	free(claim);
	return 0;
}

static int one_cell(struct sweep *w, size_t k, int64_t round, struct order *o, struct err *e)
{
	size_t n = shuffle_members(w, round, k, o);
	int rc = 0;

	for (size_t i = 0; !rc && i < n && !atomic_load(w->r->in.interrupt); i++)
		rc = sweep_take_point(w, o->member[i], round, e);
	return rc;
}

/* @all: every open cell has had its part. */
static int one_round(struct sweep *w, int64_t round, struct order *o, bool *all, struct err *e)
{
	const struct cells *c = &w->done->cells;
	struct run *r = w->r;
	int rc = share_budget(w, round, o, all);

	if (rc)
		return err_set(e, rc, "out of memory for %zu cells", c->n);
	if (round > 1 && (round - 1) % SETUP_ROUNDS == 0)
		for (size_t i = 0; i < r->stations; i++)
			sweep_drop_setup(r->station[i]);
	shuffle_cells(w, round, o);
	for (size_t i = 0; !rc && i < c->n && !atomic_load(r->in.interrupt); i++)
		if (c->cell[o->cell[i]].stop == CELL_OPEN && !o->left_out[o->cell[i]])
			rc = one_cell(w, o->cell[i], round, o, e);
	return rc ? rc : rounds_sync(w->rounds, e);
}

/* Windows up to the next looks, for the progress display; more when cells stay open there. */
static void expect_visits(struct sweep *w, int64_t round)
{
	const struct cells *c = &w->done->cells;

	for (size_t i = 0; i < w->r->points; i++) {
		const struct cell *cell = &c->cell[c->of[i]];
		struct chosen use;
		struct point pt;

		if (cell->stop != CELL_OPEN || cells_lost(c, i) ||
		    (round && !looks_at(cell->lo, cell->hi, round)))
			continue;
		plan_point(w->r->in.plan, i, &pt);
		if (run_takes(w->r, &pt, &use))
			continue;
		for (int64_t k = round ? round + 1 : 0; k <= looks_next(cell->lo, cell->hi, round); k++)
			w->visits += !resume_done(w->done, i, (uint64_t)k);
	}
}

static int all_rounds(struct sweep *w, struct order *o, struct err *e)
{
	struct cells *c = &w->done->cells;
	int rc = 0;

	expect_visits(w, 0);
	for (int64_t round = 0; !rc && c->open; round++) {
		bool all;

		rc = one_round(w, round, o, &all, e);
		if (rc || atomic_load(w->r->in.interrupt)) {
			w->out->stop = RUN_INTERRUPTED;
			break;
		}
		if (!all) {
			w->out->stop = RUN_BUDGET;
			break;
		}
		cells_look(c, round);
		if (round)
			expect_visits(w, round);
	}
	return rc;
}

int run_sweep(struct run *r, struct rounds *rounds, const char *run_id, struct resume *done,
	      struct run_outcome *out, struct err *e)
{
	struct budget_need need = budget_need(r->in.config, r->in.plan, r->in.ops);
	struct sweep w = {
		.r = r,
		.rounds = rounds,
		.run_id = run_id,
		.done = done,
		.out = out,
		.start_ns = clock_raw_ns(),
		.window_ns = need.window_ns,
	};
	struct order o = {0};
	int rc = order_open(&o, &done->cells);

	*out = (struct run_outcome){.stop = RUN_COMPLETE, .window_ns = need.window_ns};
	r->done = done;
	if (rc)
		err_set(e, rc, "out of memory for %zu points", r->points);
	else
		rc = canary_open(r, rounds_dir(rounds), &w.canary, e);
	if (!rc)
		rc = all_rounds(&w, &o, e);
	r->stop = out->stop;
	canary_close(w.canary);
	canary_judge(r, rounds_dir(rounds), out);
	order_close(&o);
	return rc;
}

const char *run_stop_reason(const struct run *r, const char *point_id)
{
	static const char *const words[] = {
		[CELL_PRECISION] = "precision",
		[CELL_MAX_ROUNDS] = "max_rounds",
		[CELL_ERROR] = "error",
	};
	size_t i = r->done ? resume_find(r->done, point_id) : SIZE_MAX;
	const struct cells *c;
	enum cell_stop stop;

	if (i == SIZE_MAX)
		return NULL;
	c = &r->done->cells;
	stop = c->cell[c->of[i]].stop;
	if (cells_lost(c, i))
		return "error";
	if (stop != CELL_OPEN)
		return words[stop];
	return r->stop == RUN_BUDGET ? "budget" : "interrupted";
}
