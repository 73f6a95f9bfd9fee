// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* What of a run becomes which event. */
#include "run_events.h"

#include "base/cleanup.h"
#include "base/clock.h"
#include "result/runjson.h"
#include "result/summary.h"
#include "run_json.h"
#include "version.h"

_Static_assert(GATES_MAX <= 32, "bits of gates_told");

static void warn_places(struct session *s)
{
	for (size_t i = 0; i < run_pairs(s->run); i++) {
		struct run_pair p;

		run_pair(s->run, i, &p);
		if (p.spilled)
			events_put(&s->events, "warning",
				   json_pack("{s:s, s:s, s:s}", "about", "place", "name",
					     s->loaded.config->nics[p.nic].name, "value", p.cpus));
	}
}

/* Each gate once, when it first is not ok. */
static void warn_gates(struct session *s)
{
	const struct gates *g = &s->gates.gates;

	for (size_t i = 0; i < g->n; i++) {
		const struct gate *gate = &g->gate[i];

		if (gate->verdict < GATE_WARN || s->gates_told & 1u << i)
			continue;
		s->gates_told |= 1u << i;
		events_put(&s->events, "warning",
			   json_pack("{s:s, s:s, s:s, s:o, s:s, s:o}", "about", "gate", "name", gate->name,
				     "verdict", gate_verdict_name(gate->verdict), "value",
				     runjson_text(gate->value), "why", gate->why, "fix",
				     runjson_text(gate->fix)));
	}
}

void run_events_start(struct session *s)
{
	const struct config *c = s->loaded.config;

	if (!s->events.on)
		return;
	events_put(&s->events, "start",
		   json_pack("{s:s, s:s, s:s, s:o, s:o, s:o, s:I, s:I, s:f, s:f, s:b}", "tool", "p2pbench",
			     "version", P2P_VERSION, "run_id", s->run_id, "name", runjson_text(c->name),
			     "dir", runjson_text(s->dir), "started_utc", json_string(s->started_utc),
			     "points", (json_int_t)plan_points(s->loaded.plan), "rows_before",
			     (json_int_t)s->done.rows, "least_s", (double)s->need.least_ns / 1e9, "most_s",
			     (double)s->need.most_ns / 1e9, "resumed", s->opt->resume != NULL));
	warn_places(s);
	warn_gates(s);
}

void run_events_window(struct session *s, const struct run_progress *now)
{
	static const enum column text[] = {COL_POINT_ID, COL_STATUS, COL_REASON, COL_EVIDENCE};
	static const enum column number[] = {COL_BW_GBYTE_S, COL_MSG_MOPS, COL_LAT_P50_US, COL_LAT_P99_US,
					     COL_PCT_LIMIT};
	double spent = (double)(clock_raw_ns() - s->progress.start_ns) / 1e9;
	char point[160];
	json_t *o;

	if (!s->events.on)
		return;
	plan_point_text(s->loaded.config, now->point, point, sizeof(point));
	o = json_pack("{s:I, s:I, s:I, s:I, s:o}", "visit", (json_int_t)now->visit, "visits",
		      (json_int_t)now->visits, "round", (json_int_t)now->round, "rounds",
		      (json_int_t)now->rounds, "point", runjson_text(point));
	if (now->visit)
		json_object_set_new(
			o, "eta_s",
			json_real(spent / (double)now->visit * (double)(now->visits - now->visit)));
	for (size_t i = 0; i < ARRAY_LEN(text); i++)
		if (*row_get(now->row, text[i]))
			json_object_set_new(o, column_name(text[i]),
					    runjson_text(row_get(now->row, text[i])));
	for (size_t i = 0; i < ARRAY_LEN(number); i++)
		if (*row_get(now->row, number[i]))
			json_object_set_new(o, column_name(number[i]),
					    json_real(row_get_num(now->row, number[i])));
	events_put(&s->events, "progress", o);
}

void run_events_points(struct session *s, const struct summary *sum)
{
	if (!s->events.on)
		return;
	warn_gates(s);
	for (size_t i = 0; i < sum->n; i++) {
		const char *id = row_get(sum->point[i].key, COL_POINT_ID);
		const char *why = run_stop_reason(s->run, id);
		json_t *o = summary_point_json(&sum->point[i]);

		json_object_set_new(o, "stop_reason", why ? json_string(why) : json_null());
		events_put(&s->events, "point", o);
	}
}

void run_events_end(struct session *s, int status)
{
	const char *stop = s->swept ? run_json_stop(s->out.stop) : "error";
	json_t *rows;

	if (!s->events.on)
		return;
	rows = json_object();
	for (int i = 0; s->swept && i < ST_COUNT; i++)
		if (s->out.rows[i])
			json_object_set_new(rows, status_name(i), json_integer((json_int_t)s->out.rows[i]));
	events_put(&s->events, "end",
		   json_pack("{s:b, s:s, s:i, s:o, s:o}", "complete", s->swept && s->out.stop == RUN_COMPLETE,
			     "stop_reason", stop, "exit", status, "dir",
			     s->rounds ? runjson_text(s->dir) : json_null(), "rows", rows));
}
