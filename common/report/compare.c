// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Two sides of runs: points paired by id, units taken, tested; the verdicts are compare_judge.c's. */
#include "report/compare.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "report/compare_priv.h"

/* ln of a value of 0: below that of every number, and its differences are numbers. */
static const double LN_ZERO = -1e6;

/* One side of one point. @row, @point: of each run that has it. */
struct half {
	const struct run_point **point;
	const struct row **row;
	size_t n;
	double *unit; /* ln */
	size_t n_unit, room;
	size_t other; /* rows that are not ok */
	const char *status;
};

struct work {
	const struct compare_side *side[2];
	const struct compare_rule *rule;
	struct compare *out;
	struct mwu *mwu;
	struct half half[2];
};

static double logarithm(double v)
{
	return v > 0 ? log(v) : LN_ZERO;
}

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/* Median of the values whose logarithms @ln are; sorts them. */
static double median(double *ln, size_t n)
{
	qsort(ln, n, sizeof(*ln), by_value);
	return n % 2 ? exp(ln[n / 2]) : (exp(ln[n / 2 - 1]) + exp(ln[n / 2])) / 2;
}

static int reserve(struct half *h, size_t n)
{
	double *unit;

	if (n <= h->room)
		return 0;
	unit = reallocarray(h->unit, n, sizeof(*unit));
	if (!unit)
		return -ENOMEM;
	h->unit = unit;
	h->room = n;
	return 0;
}

static void append_values(struct half *h, const struct run_point *p)
{
	for (size_t i = 0; i < p->n; i++)
		h->unit[h->n_unit++] = logarithm(p->value[i].v);
}

/* Rounds, or the median of each run's. */
static int take_units(struct half *h, bool runs_are_units)
{
	size_t all = 0;

	for (size_t r = 0; r < h->n; r++)
		all += h->point[r]->n;
	if (reserve(h, all))
		return -ENOMEM;
	h->n_unit = 0;
	for (size_t r = 0; r < h->n; r++) {
		size_t first = h->n_unit;

		append_values(h, h->point[r]);
		if (!runs_are_units || h->n_unit == first)
			continue;
		h->unit[first] = logarithm(median(h->unit + first, h->n_unit - first));
		h->n_unit = first + 1;
	}
	return 0;
}

static int find_half(struct work *w, int s, const char *id)
{
	struct half *h = &w->half[s];

	h->n = 0;
	h->other = 0;
	h->status = "";
	for (size_t r = 0; r < w->side[s]->n; r++) {
		const struct run_point *p = run_points_find(w->side[s]->run[r].points, id);

		if (!p)
			continue;
		h->point[h->n] = p;
		h->row[h->n++] = p->key;
		h->other += p->n_other;
		if (!*h->status)
			h->status = p->status;
	}
	return take_units(h, w->out->runs_are_units);
}

/* Every known value of @c on both sides. */
static struct words all_words(const struct work *w, enum column c)
{
	struct words words = {.n = 0};

	for (int s = 0; s < 2; s++) {
		for (size_t r = 0; r < w->half[s].n; r++)
			words_add(&words, row_get(w->half[s].row[r], c));
	}
	return words;
}

static bool keys_differ(const struct work *w)
{
	const struct half *first = w->half[0].n ? &w->half[0] : &w->half[1];

	for (int s = 0; s < 2; s++) {
		for (size_t r = 0; r < w->half[s].n; r++) {
			if (w->half[s].point[r]->key_hash != first->point[0]->key_hash)
				return true;
		}
	}
	return false;
}

/* The first fact that forbids a verdict, or NULL. */
static const struct compare_fact *blocking(const struct work *w, const struct compare_point *p)
{
	for (size_t i = 0; i < w->out->n_fact; i++) {
		const struct compare_fact *f = &w->out->fact[i];

		if (f->blocks && !(w->rule->waive & 1u << f->about.block) && compare_fact_applies(f, p))
			return f;
	}
	return NULL;
}

static bool is_incomparable(const struct work *w, struct compare_point *p)
{
	struct words evidence = all_words(w, COL_EVIDENCE);
	const struct compare_fact *f = blocking(w, p);
	char text[64];

	if (keys_differ(w)) {
		snprintf(p->why, sizeof(p->why), "the key columns differ under one point_id");
		return true;
	}
	if (evidence.n > 1 && !w->rule->mixed) {
		words_text(&evidence, text, sizeof(text));
		snprintf(p->why, sizeof(p->why), "evidence classes differ: %s", text);
		return true;
	}
	if (f)
		snprintf(p->why, sizeof(p->why), "%.48s: %.32s -> %.32s", f->about.name, f->a, f->b);
	return f != NULL;
}

/* What a side lacks. */
static bool is_short(const struct work *w, int s, struct compare_point *p)
{
	const struct half *h = &w->half[s];
	bool runs = w->out->runs_are_units;
	size_t least = runs ? COMPARE_RUNS_MIN : COMPARE_ROUNDS_MIN;

	if (h->n_unit >= least)
		return false;
	if (!h->n)
		snprintf(p->why, sizeof(p->why), "not in %c", 'A' + s);
	else
		snprintf(p->why, sizeof(p->why), "%c has %zu usable %s%s, %zu are needed%s%s%s", 'A' + s,
			 h->n_unit, runs ? "run" : "round", h->n_unit == 1 ? "" : "s", least,
			 *h->status ? " (" : "", h->status, *h->status ? ")" : "");
	return true;
}

/* Widest noise floor of any run; unknown as soon as one run has none. */
static double noise_of(const struct work *w, const struct compare_point *p)
{
	const char *nic = row_get(p->a ? p->a : p->b, COL_KEY + AX_NIC);
	double most = 0;

	for (int s = 0; s < 2; s++) {
		for (size_t r = 0; r < w->side[s]->n; r++) {
			const struct facts *f = w->side[s]->run[r].facts;
			double noise = f ? facts_noise(f, nic, compare_is_time(p->figure)) : nan("");

			if (isnan(noise) || isnan(most))
				most = nan("");
			else
				most = fmax(most, noise);
		}
	}
	return most;
}

/* Hodges-Lehmann and Mann-Whitney; units come as logarithms and leave sorted. */
static int test(struct work *w, struct compare_point *p)
{
	struct half *a = &w->half[0], *b = &w->half[1];
	double sign = figure_more_is_better(p->figure) ? 1 : -1;
	struct mwu_shift s;
	int rc = mwu_test(w->mwu, a->unit, a->n_unit, b->unit, b->n_unit, &s);

	if (rc)
		return rc;
	p->effect = sign * s.shift;
	p->lo = sign > 0 ? s.lo : -s.hi;
	p->hi = sign > 0 ? s.hi : -s.lo;
	p->p = s.p;
	p->medians = sign * (logarithm(p->median_b) - logarithm(p->median_a));
	p->shape_change = p->medians < p->lo || p->medians > p->hi;
	return 0;
}

static double unit_median(struct half *h)
{
	return h->n_unit ? median(h->unit, h->n_unit) : nan("");
}

static bool mixes_evidence(const struct work *w)
{
	struct words evidence = all_words(w, COL_EVIDENCE);

	return evidence.n > 1;
}

static int compare_point(struct work *w, const char *id, struct compare_point *p)
{
	struct half *a = &w->half[0], *b = &w->half[1];
	int rc = find_half(w, 0, id);

	if (!rc)
		rc = find_half(w, 1, id);
	if (!rc && a->n && b->n)
		rc = compare_states(a->row, a->n, b->row, b->n, &p->differs);
	if (rc)
		return rc;
	p->a = a->n ? a->row[0] : NULL;
	p->b = b->n ? b->row[0] : NULL;
	p->figure = (a->n ? a : b)->point[0]->figure;
	p->n_a = a->n_unit;
	p->n_b = b->n_unit;
	p->median_a = unit_median(a);
	p->median_b = unit_median(b);
	p->effect = p->lo = p->hi = p->medians = p->p = p->q = nan("");
	p->noise = noise_of(w, p);
	/* With runs as units the interval has what differs between runs; fmax() passes over NaN. */
	p->margin = w->rule->margin[p->figure];
	if (!w->out->runs_are_units)
		p->margin = fmax(p->margin, p->noise);
	if (a->n && b->n && is_incomparable(w, p))
		p->verdict = VERDICT_INCOMPARABLE;
	else if (is_short(w, 0, p) || is_short(w, 1, p))
		p->verdict = VERDICT_MISSING;
	else
		p->verdict = mixes_evidence(w) ? VERDICT_NONE : VERDICT_INCONCLUSIVE;
	if (p->verdict < VERDICT_BETTER)
		return 0;
	rc = test(w, p);
	if (p->verdict == VERDICT_NONE)
		p->p = nan(""); /* not of the family */
	return rc;
}

/* Is the point in a run before run @r of side @s? */
static bool seen_before(const struct work *w, int s, size_t r, const char *id)
{
	for (int t = 0; t <= s; t++) {
		for (size_t i = 0; i < (t < s ? w->side[t]->n : r); i++) {
			if (run_points_find(w->side[t]->run[i].points, id))
				return true;
		}
	}
	return false;
}

static size_t count_points(const struct work *w)
{
	size_t n = 0;

	for (int s = 0; s < 2; s++) {
		for (size_t r = 0; r < w->side[s]->n; r++)
			n += w->side[s]->run[r].points->n;
	}
	return n;
}

static int by_key(const void *a, const void *b)
{
	const struct compare_point *x = a, *y = b;

	return compare_key_order(x->a ? x->a : x->b, y->a ? y->a : y->b);
}

static int all_points(struct work *w)
{
	struct compare *out = w->out;
	int rc = 0;

	out->point = calloc(count_points(w) + 1, sizeof(*out->point));
	if (!out->point)
		return -ENOMEM;
	for (int s = 0; s < 2; s++) {
		for (size_t r = 0; r < w->side[s]->n; r++) {
			const struct run_points *run = w->side[s]->run[r].points;

			for (size_t i = 0; !rc && i < run->n; i++) {
				const char *id = row_get(run->point[i].key, COL_POINT_ID);

				if (!seen_before(w, s, r, id))
					rc = compare_point(w, id, &out->point[out->n++]);
			}
		}
	}
	qsort(out->point, out->n, sizeof(*out->point), by_key);
	return rc;
}

static int open_work(struct work *w)
{
	w->mwu = mwu_open();
	if (!w->mwu)
		return -ENOMEM;
	for (int s = 0; s < 2; s++) {
		w->half[s].point = calloc(w->side[s]->n + 1, sizeof(void *));
		w->half[s].row = calloc(w->side[s]->n + 1, sizeof(void *));
		if (!w->half[s].point || !w->half[s].row)
			return -ENOMEM;
	}
	return 0;
}

static void close_work(struct work *w)
{
	for (int s = 0; s < 2; s++) {
		free((void *)w->half[s].point);
		free((void *)w->half[s].row);
		free(w->half[s].unit);
	}
	mwu_close(w->mwu);
}

int compare_runs(const struct compare_side *a, const struct compare_side *b, const struct compare_rule *rule,
		 struct compare *out)
{
	struct work w = {.side = {a, b}, .rule = rule, .out = out};
	int rc;

	*out = (struct compare){.runs_are_units = a->n >= COMPARE_RUNS_MIN && b->n >= COMPARE_RUNS_MIN};
	rc = open_work(&w);
	if (!rc)
		rc = compare_facts(a, b, out);
	if (!rc)
		rc = all_points(&w);
	if (!rc)
		rc = compare_judge(out, rule);
	close_work(&w);
	if (rc)
		compare_free(out);
	return rc;
}

void compare_free(struct compare *c)
{
	for (size_t i = 0; i < c->n; i++)
		free(c->point[i].differs);
	free(c->point);
	free(c->fact);
	*c = (struct compare){.point = NULL};
}
