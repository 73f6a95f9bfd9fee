// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Both programs' figures as a table and as a document. */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "crosscheck.h"

const char *crosscheck_unit(const struct point *pt)
{
	if (pt->v[AX_MEASURE] == MEASURE_BW)
		return "GB/s";
	return pt->v[AX_MEASURE] == MEASURE_LAT ? "us" : "Mops";
}

static void name_of(const struct crosscheck *x, size_t i, struct point *pt, char *buf, size_t len)
{
	plan_point(x->s.loaded.plan, i, pt);
	plan_point_text(x->s.loaded.config, pt, buf, len);
}

/* Columns the names of what was compared need. */
static int names_width(const struct crosscheck *x)
{
	size_t width = sizeof("point") - 1;

	for (size_t i = 0; i < x->n; i++) {
		char name[160];
		struct point pt;

		name_of(x, i, &pt, name, sizeof(name));
		if (x->point[i].judged.n && strlen(name) > width)
			width = strlen(name);
	}
	return (int)width;
}

static void print_point(const struct crosscheck *x, size_t i, int width, FILE *out)
{
	const struct check_point *p = &x->point[i];
	const struct judgement *j = &p->judged;
	char name[160], range[48] = "";
	struct point pt;

	name_of(x, i, &pt, name, sizeof(name));
	if (isfinite(j->lo))
		snprintf(range, sizeof(range), "[%.3f, %.3f]", j->lo, j->hi);
	fprintf(out, "%-*s %9.4g %9.4g %-5s %6.3f  %-16s %3zu  %s\n", width, name, j->ours, j->theirs,
		crosscheck_unit(&pt), j->ratio, range, j->n, judge_word_text(j->word));
}

/* @of: 0 differences of compared points, 1 faults, 2 points that are not compared. Equal ones in one line. */
static const char *note_of(const struct check_point *p, int of)
{
	if (of == 2)
		return p->judged.n ? "" : p->why;
	if (of == 1)
		return p->fault;
	return p->judged.n ? p->differs : "";
}

static void print_notes(const struct crosscheck *x, int of, const char *title, FILE *out)
{
	bool titled = false;

	for (size_t i = 0; i < x->n; i++) {
		const char *text = note_of(&x->point[i], of);
		bool seen = !*text;
		size_t same = 0;
		char name[160];
		struct point pt;

		for (size_t k = 0; !seen && k < i; k++)
			seen = !strcmp(note_of(&x->point[k], of), text);
		if (seen)
			continue;
		for (size_t k = i; k < x->n; k++)
			same += !strcmp(note_of(&x->point[k], of), text);
		name_of(x, i, &pt, name, sizeof(name));
		if (!titled)
			fprintf(out, "\n%s\n", title);
		titled = true;
		if (same > 1)
			fprintf(out, "  %s and %zu more: %s\n", name, same - 1, text);
		else
			fprintf(out, "  %s: %s\n", name, text);
	}
}

void crosscheck_table(const struct crosscheck *x, FILE *out)
{
	int width = names_width(x);

	fprintf(out,
		"perftest %s (release %s) beside p2pbench, seed %" PRIu64
		"; ratio: perftest over p2pbench\n\n",
		x->version->reported, x->version->released, x->s.loaded.config->seed);
	fprintf(out, "%-*s %9s %9s %-5s %6s  %-16s %3s  %s\n", width, "point", "p2pbench", "perftest", "",
		"ratio", "95 %", "n", "verdict");
	for (size_t i = 0; i < x->n; i++)
		if (x->point[i].judged.n)
			print_point(x, i, width, out);
	print_notes(x, 0, "not alike on both sides", out);
	print_notes(x, 1, "perftest failed", out);
	print_notes(x, 2, "not compared", out);
}

static void add_number(json_t *o, const char *name, double v)
{
	if (isfinite(v))
		json_object_set_new(o, name, json_real(v));
}

static void add_text(json_t *o, const char *name, const char *text)
{
	if (*text)
		json_object_set_new(o, name, json_string(text));
}

static json_t *point_json(const struct crosscheck *x, size_t i)
{
	const struct check_point *p = &x->point[i];
	const struct judgement *j = &p->judged;
	char id[PLAN_POINT_ID], name[160];
	struct point pt;
	json_t *o = json_object();

	name_of(x, i, &pt, name, sizeof(name));
	json_object_set_new(o, "point_id", json_string(plan_point_id(id, pt.id)));
	json_object_set_new(o, "point", json_string(name));
	add_text(o, "perftest_point_id", p->id);
	json_object_set_new(o, "compared", json_boolean(j->n));
	add_text(o, "fault", p->fault);
	if (!j->n) {
		add_text(o, "why", p->why);
		return o;
	}
	json_object_set_new(o, "unit", json_string(crosscheck_unit(&pt)));
	add_number(o, "p2pbench", j->ours);
	add_number(o, "perftest", j->theirs);
	add_number(o, "ratio", j->ratio);
	add_number(o, "ratio_lo", j->lo);
	add_number(o, "ratio_hi", j->hi);
	add_number(o, "margin_pct", 100 * j->margin);
	json_object_set_new(o, "n", json_integer((json_int_t)j->n));
	json_object_set_new(o, "verdict", json_string(judge_word_text(j->word)));
	add_text(o, "differs_in", p->differs);
	return o;
}

json_t *crosscheck_json(const struct crosscheck *x)
{
	json_t *points = json_array();

	for (size_t i = 0; i < x->n; i++)
		json_array_append_new(points, point_json(x, i));
	return json_pack("{s:i, s:{s:s, s:s, s:s}, s:s, s:s, s:I, s:o}", "schema", 1, "tool", "name",
			 "perftest", "version", x->version->reported, "release", x->version->released,
			 "run_id", x->s.run_id, "results", x->s.dir, "seed",
			 (json_int_t)x->s.loaded.config->seed, "points", points);
}
