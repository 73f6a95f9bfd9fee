// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* One point in one round: its setup, its window, its second window after a drift, its rows. */
#include "run/schedule_parts.h"

#include <errno.h>
#include <stdio.h>
#include <time.h>

#include "base/err.h"
#include "base/rng.h"
#include "run/visit.h"

double sweep_seconds(const struct sweep *w)
{
	return w->done->t_mono_s + (double)(clock_raw_ns() - w->start_ns) / 1e9;
}

/* Key columns hold what was asked; @pt is as in the plan. */
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
	row_int(row, COL_SEQ, ++w->done->seq);
	row_text(row, COL_T_UTC, utc);
	row_num(row, COL_T_MONO_S, sweep_seconds(w));
	row_text(row, COL_POINT_ID, plan_point_id(id, pt->id));
	row_text(row, COL_CELL_ID, plan_point_id(id, pt->cell));
	for (int a = 0; a < AX_COUNT; a++)
		row_text(row, COL_KEY + a, config_value_csv(w->r->in.config, a, pt->v[a], buf));
	row_text(row, COL_TOOL, "p2pbench");
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

	if (cells_lost(&w->done->cells, i))
		return 0;
	cells_lose(&w->done->cells, i, round);
	row_identity(w, pt, round, &row);
	row_text(&row, COL_REASON, why);
	return write_row(w, &row, ST_SKIPPED, e);
}

int sweep_ensure_setup(struct sweep *w, struct station *s, struct err *e)
{
	int rc = s->open ? 0 : station_setup(w->r, s, e);

	if (!rc && !s->setup_id)
		s->setup_id = ++w->done->setup_id;
	return rc;
}

void sweep_drop_setup(struct station *s)
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
		.visits = w->visits > w->visit ? w->visits : w->visit,
		.round = round,
		.rounds = w->done->cells.rounds,
		.point = pt,
		.row = row,
	};

	if (w->r->in.progress)
		w->r->in.progress(w->r->in.arg, &p);
}

static bool measured(enum status s)
{
	return s == ST_OK || s == ST_OVERLOAD;
}

static int write_visit(struct sweep *w, const struct visit *v, size_t i, int64_t round, struct row *row,
		       struct err *e)
{
	char id[PLAN_POINT_ID];
	int rc = 0;

	/* A row without its histogram would be taken as done by a resume; one without its row is ignored. */
	if (measured(v->status) && round > 0 && v->tick_ns > 0)
		rc = rounds_append_hist(w->rounds, w->done->seq, plan_point_id(id, v->point->id), round,
					v->hist, v->tick_ns, e);
	if (!rc)
		rc = write_row(w, row, v->status == ST_OK && !round ? ST_WARMUP : v->status, e);
	if (!rc && measured(v->status) && cells_add(&w->done->cells, i, round, row))
		rc = err_set(e, -ENOMEM, "out of memory for the windows of a point");
	return rc;
}

/* A setup that cannot be built is the point's fault, not the run's. */
static void fail_setup(struct visit *v, struct row *row, int rc, const struct err *fault)
{
	v->status = ST_ERROR;
	v->again = false;
	v->broken = true;
	row_text(row, COL_REASON, "setup failed");
	row_int(row, COL_ERR_CODE, -rc);
	row_text(row, COL_ERR_TEXT, fault->text);
}

/* Has the setup of @s the target of @pt. Return: 0, -ENODEV. */
static int lost_target(const struct station *s, const struct point *pt, struct err *e)
{
	const char *lost = s->way[pt->v[AX_TARGET]].lost;
	const char *lacks = lost[0] ? lost : setup_lacks(&s->setup, pt);

	return lacks ? err_set(e, -ENODEV, "%s", lacks) : 0;
}

/* One window and its row, left in @row. */
static int take_window(struct sweep *w, struct visit *v, const struct chosen *use, size_t i, int64_t round,
		       struct row *row, struct err *e)
{
	struct station *s = run_station(w->r, v->point);
	struct err fault = {0};
	struct point asked;
	int rc = sweep_ensure_setup(w, s, &fault);

	if (!rc)
		rc = lost_target(s, v->point, &fault);
	plan_point(w->r->in.plan, i, &asked);
	row_identity(w, &asked, round, row);
	v->key = rng_mix(w->r->in.config->seed ^ rng_mix(v->point->id ^ (uint64_t)w->done->seq));
	if (rc) {
		fail_setup(v, row, rc, &fault);
	} else {
		row_int(row, COL_SETUP_ID, s->setup_id);
		v->fresh = s->fresh;
		s->fresh = false;
		visit_run(v, row);
	}
	if (v->broken) {
		rc = run_peer_alive(w->r, e);
		if (rc)
			return rc;
	}
	if (use->fell_back)
		row_flag(row, "fallback");
	if (resume_is_fault(v->status))
		w->done->faults[i]++;
	if (v->broken)
		sweep_drop_setup(s);
	rc = write_visit(w, v, i, round, row, e);
	w->visit++;
	report(w, round, v->point, row);
	return rc;
}

/* The other program's turn. @own: our row of this round, NULL = it comes first. */
static int take_beside(struct sweep *w, size_t i, const struct chosen *use, int64_t round,
		       const struct row *own, struct err *e)
{
	struct run_turn turn = {.index = i, .point = &use->pt, .round = round, .own = own};
	struct point asked;
	struct row row;
	int status;

	plan_point(w->r->in.plan, i, &asked);
	row_identity(w, &asked, round, &row);
	status = w->r->in.beside(w->r->in.beside_arg, &turn, &row);
	if (status < 0) {
		w->done->seq--;
		return 0;
	}
	return write_row(w, &row, status == ST_OK && !round ? ST_WARMUP : (enum status)status, e);
}

/* Who begins: a coin of the seed for each round and point. */
static bool beside_first(const struct sweep *w, const struct point *pt, int64_t round)
{
	return round > 0 && rng_mix(rng_mix(w->r->in.config->seed ^ rng_mix((uint64_t)round)) ^ pt->id) & 1;
}

static int visit_own(struct sweep *w, size_t i, const struct chosen *use, int64_t round, struct row *row,
		     struct err *e)
{
	const struct point *pt = &use->pt;
	struct run *r = w->r;
	struct station *s = run_station(r, pt);
	struct config_settings set = r->in.config->sweeps[pt->sweep].set;
	struct visit v = {
		.setup = &s->setup,
		.point = pt,
		.op = run_find_op(r->in.ops, pt),
		.set = &set,
		.clock = r->in.clock,
		.once = round == 0,
		.places = &s->here.places,
		.there = &s->there.places,
		.net = &s->net,
		.copies = &s->setup.copies,
		.hist = &w->hist,
	};
	int rc = canary_take(w, s, round, e);

	if (w->window_ns && set.window_ns > w->window_ns)
		set.window_ns = w->window_ns;
	if (!rc)
		rc = take_window(w, &v, use, i, round, row, e);
	if (rc || !v.again)
		return rc;
	v.repeat = v.once = true;
	return take_window(w, &v, use, i, round, row, e);
}

static int visit_point(struct sweep *w, size_t i, const struct chosen *use, int64_t round, struct err *e)
{
	bool beside = w->r->in.beside, first = beside && beside_first(w, &use->pt, round);
	struct row row;
	int rc = first ? take_beside(w, i, use, round, NULL, e) : 0;

	if (!rc)
		rc = visit_own(w, i, use, round, &row, e);
	if (!rc && beside && !first && !atomic_load(w->r->in.interrupt))
		rc = take_beside(w, i, use, round, &row, e);
	return rc;
}

/* Faults that are asked for end nothing. */
static bool revokes(const struct sweep *w, const struct point *pt)
{
	return w->r->in.config->sweeps[pt->sweep].set.revoke != MEM_REVOKE_NONE;
}

int sweep_take_point(struct sweep *w, size_t i, int64_t round, struct err *e)
{
	struct station *s;
	struct chosen use;
	struct point pt;
	const char *reason;

	if (cells_lost(&w->done->cells, i) || resume_done(w->done, i, (uint64_t)round))
		return 0;
	plan_point(w->r->in.plan, i, &pt);
	s = run_station(w->r, &pt);
	/* It knows which targets cannot be had, and a failure to open it is the visit's to tell. */
	if (s)
		sweep_ensure_setup(w, s, NULL);
	reason = run_takes(w->r, &pt, &use);
	if (!reason && w->r->in.leave_out)
		reason = w->r->in.leave_out(w->r->in.beside_arg, &use.pt, use.why, sizeof(use.why));
	if (!reason && w->done->faults[i] >= MAX_FAULTS && !revokes(w, &pt)) {
		snprintf(use.why, sizeof(use.why), "given up after %d faults", MAX_FAULTS);
		reason = use.why;
	}
	return reason ? write_skipped(w, i, &pt, round, reason, e) : visit_point(w, i, &use, round, e);
}
