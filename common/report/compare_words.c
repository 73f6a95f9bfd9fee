// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Around the table of a comparison: what was read and what differs above, what the figures mean below. */
#include <math.h>
#include <string.h>

#include "base/cleanup.h"
#include "report/compare_view.h"
#include "report/table_group.h"

static void print_ignored(const struct compare_run *r, FILE *out)
{
	const struct run_ignored *i = &r->points->ignored;
	const struct {
		uint64_t n;
		const char *why;
	} row[] = {
		{i->malformed, "malformed"},
		{i->value, "ok without a number >= 0 (nan, inf, a decimal comma?)"},
		{i->twice, "a second time in one round"},
		{i->key, "with other key columns than their point_id's first row"},
		{i->measure, "of an unknown measure"},
	};
	const char *sep = "";

	if (!run_ignored_sum(i))
		return;
	fprintf(out, "     ignored rows:");
	for (size_t k = 0; k < ARRAY_LEN(row); k++) {
		if (!row[k].n)
			continue;
		fprintf(out, "%s %llu %s", sep, (unsigned long long)row[k].n, row[k].why);
		sep = ",";
	}
	fputc('\n', out);
}

static void print_side(const struct compare_side *s, const char *letter, FILE *out)
{
	for (size_t i = 0; i < s->n; i++) {
		const struct compare_run *r = &s->run[i];

		fprintf(out, "%-3s  %s: %zu point%s, %llu rows\n", i ? "" : letter, r->name, r->points->n,
			r->points->n == 1 ? "" : "s", (unsigned long long)r->points->rows);
		if (!r->facts)
			fputs("     no run.json: machine, program and noise floor are unknown\n", out);
		print_ignored(r, out);
	}
}

/* A pair too long for a line is broken at the arrow. */
static void print_facts(const struct compare_view *v, FILE *out)
{
	static const char head[] = "differs  ";
	const struct compare *c = v->outcome;
	int width = 0;

	for (size_t i = 0; i < c->n_fact; i++) {
		int len = (int)strlen(c->fact[i].about.name);

		width = len > width ? len : width;
	}
	for (size_t i = 0; i < c->n_fact; i++) {
		const struct compare_fact *f = &c->fact[i];
		int at = fprintf(out, "%-*s%-*s  %s", (int)strlen(head), i ? "" : head, width, f->about.name,
				 f->a);

		if (v->width && at + 4 + (int)strlen(f->b) > v->width)
			fprintf(out, "\n%*s", (int)strlen(head) + width + 1, "");
		fprintf(out, " -> %s\n", f->b);
	}
}

/* Smallest and largest margin of the points judged. */
static void print_margins(const struct compare_view *v, FILE *out)
{
	const struct compare *c = v->outcome;

	for (int f = 0; f < FIGURE_COUNT; f++) {
		double least = HUGE_VAL, most = 0;

		for (size_t i = 0; i < c->n; i++) {
			if ((int)c->point[i].figure != f)
				continue;
			least = fmin(least, c->point[i].margin);
			most = fmax(most, c->point[i].margin);
		}
		if (most <= 0)
			continue;
		fprintf(out, "  margin of %s: %.3g %%", figure_word((enum figure_of)f), 100 * expm1(least));
		if (most > least)
			fprintf(out, " to %.3g %%", 100 * expm1(most));
		fputs(most > v->rule->margin[f] ? ", the noise floor of the device\n" : "\n", out);
	}
}

static void say_units(const struct compare_view *v, FILE *out)
{
	const struct compare *c = v->outcome;

	if (c->within)
		table_say(out, v->width,
			  "gain: how much better B is than A (%s %s), the median over the rounds both were "
			  "measured in, with its 95 %% interval (times: A/B); q: sign test, then "
			  "Benjamini-Hochberg",
			  v->axis, v->base);
	else
		table_say(out, v->width,
			  "gain: how much better B is, Hodges-Lehmann ratio of the %s with its 95 %% "
			  "interval (times: A/B); q: Mann-Whitney, then Benjamini-Hochberg",
			  c->runs_are_units ? "runs' medians" : "rounds");
	if (!c->within && !c->runs_are_units)
		table_say(out, v->width,
			  "fewer than %d runs a side: how far runs of the same thing differ is covered by "
			  "%s",
			  COMPARE_RUNS_MIN,
			  v->rule->within_run_only ? "nothing: this is about these runs only"
						   : "the noise floor alone");
	if (c->noise_unknown)
		table_say(out, v->width,
			  "no noise floor: run `p2pbench selftest -d DEVICE` before the runs, make %d runs "
			  "a side, or take --within-run-only",
			  COMPARE_RUNS_MIN);
}

static void say_controls(const struct compare_view *v, FILE *out)
{
	const struct compare *c = v->outcome;
	size_t n = 0, differ = 0;

	for (size_t i = 0; i < c->n; i++) {
		n += c->point[i].control;
		differ += c->point[i].control && c->point[i].p <= 0.05;
	}
	if (!c->within)
		return;
	if (n)
		table_say(out, v->width,
			  "A/A: the base measured twice; %zu of %zu differ at p 0.05 (chance: 1 in 20)",
			  differ, n);
	else
		table_say(out, v->width,
			  "no A/A control was measured: nothing shows how far equals differ here");
}

void compare_preface(const struct compare_view *v, FILE *out)
{
	print_side(&v->side[0], v->outcome->within ? "run" : "A", out);
	print_side(&v->side[1], "B", out);
	print_facts(v, out);
	fputc('\n', out);
}

void compare_legend(const struct compare_view *v, FILE *out)
{
	print_margins(v, out);
	say_units(v, out);
	say_controls(v, out);
}
