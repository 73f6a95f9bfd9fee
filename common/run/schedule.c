// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Rounds over points. Each NIC of the plan has at most one setup at a time; it is made anew every four
 * rounds and after every fault. All visits of a round use the same setups in one shuffled order.
 */
#include "run/run.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "run/station.h"
#include "run/visit.h"
#include "base/err.h"
#include "base/rng.h"

enum { SETUP_ROUNDS = 4, MAX_FAULTS = 3 };

/* The sweep in progress. */
struct sweep {
	struct run *r;
	struct rounds *rounds;
	const char *run_id;
	struct resume *done;
	struct run_outcome *out;
	struct hist hist;
	int64_t start_ns;
	uint64_t visit, visits;
};

static void row_identity(const struct sweep *w, const struct point *pt, int64_t round, struct row *row)
{
	char id[PLAN_POINT_ID], buf[32], utc[32];
	struct timespec now;
	struct tm tm;

	clock_gettime(CLOCK_REALTIME, &now);
	gmtime_r(&now.tv_sec, &tm);
	strftime(utc, sizeof(utc), "%Y-%m-%dT%H:%M:%SZ", &tm);
	row_clear(row);
	row_int(row, COL_SCHEMA, RESULT_SCHEMA);
	row_text(row, COL_RUN_ID, w->run_id);
	row_int(row, COL_ROUND, round);
	row_int(row, COL_SEQ, w->done->seq);
	row_text(row, COL_T_UTC, utc);
	row_num(row, COL_T_MONO_S, w->done->t_mono_s + (double)(clock_raw_ns() - w->start_ns) / 1e9);
	row_text(row, COL_POINT_ID, plan_point_id(id, pt->id));
	row_text(row, COL_CELL_ID, plan_point_id(id, pt->cell));
	for (int a = 0; a < AX_COUNT; a++)
		row_text(row, COL_KEY + a, config_value_csv(w->r->in.config, a, pt->v[a], buf));
}

static int write_row(struct sweep *w, struct row *row, enum status status, struct err *e)
{
	row_text(row, COL_STATUS, status_name(status));
	w->out->rows[status]++;
	return rounds_append(w->rounds, row, e);
}

static int write_skipped(struct sweep *w, size_t i, const struct point *pt, int64_t round, const char *why,
			 struct err *e)
{
	struct row row;

	if (resume_skipped(w->done, i))
		return 0;
	resume_skip(w->done, i);
	w->done->seq++;
	row_identity(w, pt, round, &row);
	row_text(&row, COL_TOOL, "p2pbench");
	row_text(&row, COL_REASON, why);
	return write_row(w, &row, ST_SKIPPED, e);
}

/* A fresh setup for @s unless it has one. A failure is the row's: the point is charged, not the run. */
static int ensure_setup(struct sweep *w, struct station *s, struct err *e)
{
	int rc = s->open ? 0 : station_setup(w->r, s, e);

	if (!rc && !s->setup_id)
		s->setup_id = ++w->done->setup_id;
	return rc;
}

static void drop_setup(struct station *s)
{
	if (s->open)
		setup_close(&s->setup);
	s->open = false;
	s->setup_id = 0;
}

static void report(const struct sweep *w, int64_t round, const struct point *pt, const struct row *row)
{
	struct run_progress p = {
		.visit = w->visit,
		.visits = w->visits,
		.round = round,
		.rounds = w->r->rounds,
		.point = pt,
		.row = row,
	};

	if (w->r->in.progress)
		w->r->in.progress(w->r->in.arg, &p);
}

static int write_visit(struct sweep *w, const struct visit *v, int64_t round, struct row *row, struct err *e)
{
	char id[PLAN_POINT_ID];
	bool keep = v->status == ST_OK && round > 0;
	int rc = 0;

	/* A row without its histogram would be taken as done by a resume; one without its row is ignored. */
	if (keep && v->op->measure == MEASURE_LAT)
		rc = rounds_append_hist(w->rounds, w->done->seq, plan_point_id(id, v->point->id), round,
					v->hist, v->clock->ns_per_tick, e);
	return rc ? rc : write_row(w, row, v->status == ST_OK && !round ? ST_WARMUP : v->status, e);
}

static int visit_point(struct sweep *w, size_t i, const struct point *pt, int64_t round, struct err *e)
{
	struct run *r = w->r;
	struct station *s = &r->station[pt->v[AX_NIC]];
	struct err fault = {0};
	int setup_rc = ensure_setup(w, s, &fault), rc;
	struct row row;
	struct visit v = {
		.setup = &s->setup,
		.point = pt,
		.op = run_find_op(r->in.ops, pt),
		.set = &r->in.config->sweeps[pt->sweep].set,
		.clock = r->in.clock,
		.cpu = r->cpu,
		.key = rng_mix(r->in.config->seed ^ rng_mix(pt->id ^ (uint64_t)round)),
		.hist = &w->hist,
		.status = ST_ERROR,
	};

	w->done->seq++;
	row_identity(w, pt, round, &row);
	if (setup_rc) {
		row_text(&row, COL_TOOL, "p2pbench");
		row_text(&row, COL_REASON, "setup failed");
		row_int(&row, COL_ERR_CODE, -setup_rc);
		row_text(&row, COL_ERR_TEXT, fault.text);
	} else {
		row_int(&row, COL_SETUP_ID, s->setup_id);
		visit_run(&v, &row);
	}
	if (v.status != ST_OK) {
		w->done->faults[i]++;
		drop_setup(s);
	}
	rc = write_visit(w, &v, round, &row, e);
	w->visit++;
	report(w, round, pt, &row);
	return rc;
}

static bool over_budget(const struct sweep *w)
{
	int64_t budget = w->r->in.config->budget_time_ns;
	double spent = w->done->t_mono_s * 1e9 + (double)(clock_raw_ns() - w->start_ns);

	return budget && spent > (double)budget;
}

/* Visit point @i in @round unless there is a reason not to. */
static int take_point(struct sweep *w, size_t i, int64_t round, struct err *e)
{
	const struct config *c = w->r->in.config;
	struct point pt;
	char why[128];

	plan_point(w->r->in.plan, i, &pt);
	if (run_unsupported(c, w->r->in.ops, &pt, why, sizeof(why)))
		return write_skipped(w, i, &pt, round, why, e);
	if (round > c->sweeps[pt.sweep].set.rounds_min || resume_done(w->done, i, (uint64_t)round))
		return 0;
	if (w->done->faults[i] >= MAX_FAULTS) {
		snprintf(why, sizeof(why), "given up after %d faults", MAX_FAULTS);
		return write_skipped(w, i, &pt, round, why, e);
	}
	return visit_point(w, i, &pt, round, e);
}

static void shuffled(const struct run *r, int64_t round, uint32_t *order)
{
	struct rng rng = {.state = rng_mix(r->in.config->seed ^ rng_mix((uint64_t)round))};

	for (size_t i = 0; i < r->points; i++)
		order[i] = (uint32_t)i;
	rng_shuffle(&rng, order, r->points);
}

static int one_round(struct sweep *w, int64_t round, uint32_t *order, struct err *e)
{
	struct run *r = w->r;
	int rc = 0;

	if (round > 1 && (round - 1) % SETUP_ROUNDS == 0)
		for (size_t i = 0; i < r->in.config->n_nics; i++)
			drop_setup(&r->station[i]);
	shuffled(r, round, order);
	for (size_t i = 0; !rc && i < r->points && !atomic_load(r->in.interrupt); i++)
		rc = take_point(w, order[i], round, e);
	return rc ? rc : rounds_sync(w->rounds, e);
}

/* Windows still to be taken, for the progress display. */
static uint64_t count_visits(const struct sweep *w)
{
	uint64_t n = 0;
	struct point pt;
	char why[128];

	for (size_t i = 0; i < w->r->points; i++) {
		int64_t rounds;

		plan_point(w->r->in.plan, i, &pt);
		if (run_unsupported(w->r->in.config, w->r->in.ops, &pt, why, sizeof(why)))
			continue;
		rounds = w->r->in.config->sweeps[pt.sweep].set.rounds_min;
		for (int64_t k = 0; k <= rounds; k++)
			n += !resume_done(w->done, i, (uint64_t)k);
	}
	return n;
}

int run_sweep(struct run *r, struct rounds *rounds, const char *run_id, struct resume *done,
	      struct run_outcome *out, struct err *e)
{
	struct sweep w = {
		.r = r,
		.rounds = rounds,
		.run_id = run_id,
		.done = done,
		.out = out,
		.start_ns = clock_raw_ns(),
	};
	uint32_t *order = calloc(r->points, sizeof(*order));
	int rc = 0;

	*out = (struct run_outcome){.stop = RUN_COMPLETE};
	if (!order)
		return err_set(e, -ENOMEM, "out of memory for %zu points", r->points);
	w.visits = count_visits(&w);
	for (int64_t round = 0; !rc && round <= r->rounds && out->stop == RUN_COMPLETE; round++) {
		rc = one_round(&w, round, order, e);
		if (atomic_load(r->in.interrupt))
			out->stop = RUN_INTERRUPTED;
		else if (round < r->rounds && over_budget(&w))
			out->stop = RUN_BUDGET;
	}
	free(order);
	return rc;
}
