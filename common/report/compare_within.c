// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Points of one run that differ in one axis only. They were measured side by side in every round, so each
 * round gives a pair and whatever both share (drift, load, clock) cancels.
 */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/err.h"
#include "report/axes.h"
#include "report/compare_priv.h"
#include "stats/stats.h"

/* Ending of the variant of an A/A control. */
static const char CONTROL[] = "off2";

/* A point of the run, as its group sees it. @label: length of the variant without a control's ending. */
struct member {
	const struct run_point *point;
	size_t label;
	bool control, base;
};

struct within {
	enum axis axis;
	const char *base;
	struct member *member;
	size_t n;
	double *ln;
	struct compare *out;
};

static size_t label_len(const struct row *key)
{
	const char *text = row_get(key, COL_KEY + AX_VARIANT);
	size_t len = strlen(text), tail = strlen(CONTROL);

	if (strcmp(row_get(key, COL_KEY + AX_TPH), "none") != 0 || len < tail ||
	    strcmp(text + len - tail, CONTROL) != 0)
		return len;
	if (len == tail)
		return 0;
	return text[len - tail - 1] == '.' ? len - tail - 1 : len;
}

static int variant_order(const struct member *x, const struct member *y)
{
	size_t least = x->label < y->label ? x->label : y->label;
	int rc = memcmp(row_get(x->point->key, COL_KEY + AX_VARIANT),
			row_get(y->point->key, COL_KEY + AX_VARIANT), least);

	return rc ? rc : (x->label > y->label) - (x->label < y->label);
}

/* All key columns but those of the axis. */
static int group_order(const struct member *x, const struct member *y, enum axis axis)
{
	int rc = axis == AX_VARIANT ? 0 : variant_order(x, y);

	for (int i = 0; !rc && i < AX_COUNT; i++) {
		if (i != AX_VARIANT && !axes_related(axis, (enum axis)i))
			rc = strcmp(row_get(x->point->key, COL_KEY + i), row_get(y->point->key, COL_KEY + i));
	}
	return rc;
}

/* Base, its control, the rest by key; within a group. */
static int by_group(const void *a, const void *b, void *arg)
{
	const struct member *x = a, *y = b;
	const struct within *w = arg;
	int rc = group_order(x, y, w->axis);

	if (!rc)
		rc = y->base - x->base;
	if (!rc)
		rc = x->control - y->control;
	return rc ? rc : compare_key_order(x->point->key, y->point->key);
}

static void classify(struct within *w)
{
	enum column lead = (enum column)(COL_KEY + (int)axes_leading(w->axis));

	for (size_t i = 0; i < w->n; i++) {
		const struct row *key = w->member[i].point->key;
		size_t label = label_len(key);

		w->member[i].control = label < strlen(row_get(key, COL_KEY + AX_VARIANT));
		w->member[i].label = label;
		w->member[i].base = w->base && !strcmp(row_get(key, lead), w->base);
	}
}

/* Both by round; a round only one of them has is no pair. */
static size_t pair(const struct run_point *base, const struct run_point *other, double sign, double *ln)
{
	size_t n = 0;

	for (size_t i = 0, j = 0; i < base->n && j < other->n;) {
		const struct run_value *x = &base->value[i], *y = &other->value[j];

		if (x->round == y->round && x->v > 0 && y->v > 0)
			ln[n++] = sign * log(y->v / x->v);
		i += x->round <= y->round;
		j += y->round <= x->round;
	}
	return n;
}

static double median_of(const struct run_point *p, double *scratch)
{
	for (size_t i = 0; i < p->n; i++)
		scratch[i] = p->value[i].v;
	return p->n ? stats_median_ci(scratch, p->n).median : nan("");
}

static void set_effect(struct compare_point *p, double *ln, size_t n)
{
	struct median_ci m = stats_median_ci(ln, n);
	size_t pos = 0, neg = 0;

	for (size_t i = 0; i < n; i++) {
		pos += ln[i] > 0;
		neg += ln[i] < 0;
	}
	p->effect = m.median;
	p->lo = m.lo;
	p->hi = m.hi;
	p->p = stats_sign_p(pos, neg);
}

static int compare_pair(struct within *w, const struct member *base, const struct member *other,
			const struct compare_rule *rule)
{
	struct compare_point *p = &w->out->point[w->out->n++];
	const struct row *a = base->point->key, *b = other->point->key;
	double sign;

	*p = (struct compare_point){.a = a, .b = b, .figure = other->point->figure};
	p->control = base->base && other->base && other->control;
	p->margin = rule->margin[p->figure];
	p->effect = p->lo = p->hi = p->medians = p->p = p->q = p->noise = nan("");
	p->median_a = median_of(base->point, w->ln);
	p->median_b = median_of(other->point, w->ln);
	sign = figure_more_is_better(p->figure) ? 1 : -1;
	p->medians = sign * log(p->median_b / p->median_a);
	p->n_a = p->n_b = pair(base->point, other->point, sign, w->ln);
	p->verdict = VERDICT_INCONCLUSIVE;
	if (strcmp(row_get(a, COL_EVIDENCE), row_get(b, COL_EVIDENCE)) != 0 && base->point->n &&
	    other->point->n) {
		p->verdict = rule->mixed ? VERDICT_NONE : VERDICT_INCOMPARABLE;
		snprintf(p->why, sizeof(p->why), "evidence classes differ: %s|%s", row_get(a, COL_EVIDENCE),
			 row_get(b, COL_EVIDENCE));
	} else if (p->n_a < COMPARE_ROUNDS_MIN) {
		p->verdict = VERDICT_MISSING;
		snprintf(p->why, sizeof(p->why), "%zu common rounds, %d are needed%s%s%s", p->n_a,
			 COMPARE_ROUNDS_MIN, *other->point->status ? " (" : "", other->point->status,
			 *other->point->status ? ")" : "");
	}
	if (p->verdict >= VERDICT_BETTER && p->n_a)
		set_effect(p, w->ln, p->n_a);
	if (p->verdict == VERDICT_NONE)
		p->p = nan("");
	return compare_states(&a, 1, &b, 1, &p->differs);
}

/* Every member of a group against its first, where that is a base. */
static int compare_groups(struct within *w, const struct compare_rule *rule)
{
	const struct member *base = NULL;
	int rc = 0;

	for (size_t i = 0; !rc && i < w->n; i++) {
		const struct member *m = &w->member[i];

		if (!i || group_order(&m[-1], m, w->axis) != 0)
			base = m->base ? m : NULL;
		else if (base)
			rc = compare_pair(w, base, m, rule);
	}
	return rc;
}

static const char *default_base(enum axis axis)
{
	return axis == AX_TPH ? "none" : axis == AX_INTERCONNECT ? "main" : NULL;
}

/* Without a natural base: the least value of the axis any point has. */
static const char *least_value(const struct within *w)
{
	enum column lead = (enum column)(COL_KEY + (int)axes_leading(w->axis));
	const struct member *least = NULL;

	for (size_t i = 0; i < w->n; i++) {
		const struct member *m = &w->member[i];

		if (*row_get(m->point->key, lead) &&
		    (!least ||
		     compare_cell_order(row_get(m->point->key, lead), row_get(least->point->key, lead)) < 0))
			least = m;
	}
	return least ? row_get(least->point->key, lead) : NULL;
}

static int controls_first(const void *a, const void *b)
{
	const struct compare_point *x = a, *y = b;
	int rc = y->control - x->control;

	return rc ? rc : compare_key_order(x->b, y->b);
}

static int open_within(struct within *w, const struct run_points *run)
{
	size_t most = 1;

	w->member = calloc(run->n + 1, sizeof(*w->member));
	w->out->point = calloc(run->n + 1, sizeof(*w->out->point));
	for (size_t i = 0; w->member && i < run->n; i++) {
		w->member[w->n++].point = &run->point[i];
		most = run->point[i].n > most ? run->point[i].n : most;
	}
	w->ln = calloc(most, sizeof(*w->ln));
	return w->member && w->out->point && w->ln ? 0 : -ENOMEM;
}

/* A base and its control differ in nothing. */
static bool only_controls(const struct compare *c)
{
	for (size_t i = 0; i < c->n; i++) {
		if (!c->point[i].control)
			return false;
	}
	return true;
}

static int nothing(const struct compare_run *run, const struct within *w, struct err *e)
{
	const char *axis = keys_axis(w->axis)->name;

	err_set(e, -EINVAL, "%s: no two points differ in %s only%s%s", run->name, axis,
		w->base ? ", with one at " : "", w->base ? w->base : "");
	return err_hint(e, -EINVAL, "--base VALUE chooses what the others are compared with");
}

const char *compare_base(const struct compare *c, enum axis axis, const char **value)
{
	enum axis lead = axes_leading(axis);

	*value = c->n ? row_get(c->point[0].a, (enum column)(COL_KEY + (int)lead)) : "";
	return keys_axis(lead)->name;
}

int compare_within(const struct compare_run *run, enum axis axis, const char *base,
		   const struct compare_rule *rule, struct compare *out, struct err *e)
{
	struct within w = {.axis = axis, .base = base ? base : default_base(axes_leading(axis)), .out = out};
	int rc;

	*out = (struct compare){.within = true};
	rc = open_within(&w, run->points);
	if (!rc && !w.base)
		w.base = least_value(&w);
	if (!rc) {
		classify(&w);
		qsort_r(w.member, w.n, sizeof(*w.member), by_group, &w);
		rc = compare_groups(&w, rule);
	}
	if (rc == -ENOMEM)
		err_set(e, rc, "%s: no memory to compare its points", run->name);
	if (!rc && only_controls(out))
		rc = nothing(run, &w, e);
	if (!rc) {
		qsort(out->point, out->n, sizeof(*out->point), controls_first);
		rc = compare_judge(out, rule);
	}
	free(w.member);
	free(w.ln);
	if (rc)
		compare_free(out);
	return rc;
}
