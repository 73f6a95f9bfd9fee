// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* From effects and p values to verdicts; the rules are those of docs/compare.md. */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "report/compare_priv.h"

/* Share of false alarms among the points called better or worse. */
static const double FALSE_SHARE = 0.05;

/* More rounds than this are not worth being told. */
enum { NEED_MAX = 100000 };

const char *verdict_word(enum verdict v)
{
	static const char *const words[VERDICT_COUNT] = {
		[VERDICT_INCOMPARABLE] = "incomparable",
		[VERDICT_MISSING] = "missing",
		[VERDICT_BETTER] = "better",
		[VERDICT_WORSE] = "worse",
		[VERDICT_SAME] = "same",
		[VERDICT_INCONCLUSIVE] = "inconclusive",
		[VERDICT_NONE] = "none",
	};

	return words[v];
}

bool compare_is_time(enum figure_of f)
{
	return f == FIGURE_LAT || f == FIGURE_REG;
}

bool figure_more_is_better(enum figure_of f)
{
	return !compare_is_time(f);
}

struct compare_rule compare_rule_default(void)
{
	struct compare_rule r = {.within_run_only = false};

	for (int f = 0; f < FIGURE_COUNT; f++)
		r.margin[f] = log1p(compare_is_time((enum figure_of)f) ? 0.05 : 0.02);
	return r;
}

/* @p and @q have room for every point. */
static int adjust(struct compare *c, enum figure_of f, double *p, double *q)
{
	size_t n = 0;
	int rc;

	for (size_t i = 0; i < c->n; i++) {
		if (c->point[i].figure == f && !isnan(c->point[i].p))
			p[n++] = c->point[i].p;
	}
	rc = bh_adjust(p, q, n);
	n = 0;
	for (size_t i = 0; !rc && i < c->n; i++) {
		if (c->point[i].figure == f && !isnan(c->point[i].p))
			c->point[i].q = q[n++];
	}
	return rc;
}

/*
 * The interval shrinks with the root of the rounds. While it is wider than the margin it has to come down to
 * it; then to what is left between the effect and the edge of the margin.
 */
static size_t rounds_needed(const struct compare_point *p)
{
	double half = (p->hi - p->lo) / 2, room = fabs(p->margin - fabs(p->effect));
	double n = (double)(p->n_a + p->n_b) / 2, need;

	need = ceil(n * pow(half / (half > p->margin ? p->margin : room), 2));
	return isfinite(need) && need > n && need < NEED_MAX ? (size_t)need : 0;
}

static enum verdict different(const struct compare_rule *rule, struct compare *c, struct compare_point *p)
{
	if (isnan(p->noise) && !rule->within_run_only && !c->runs_are_units && !c->within) {
		c->noise_unknown++;
		snprintf(p->why, sizeof(p->why), "%s, but without a noise floor runs may differ by more",
			 p->effect > 0 ? "better" : "worse");
		return VERDICT_INCONCLUSIVE;
	}
	return p->effect > 0 ? VERDICT_BETTER : VERDICT_WORSE;
}

/*
 * The noise floor is what equal things differ by in 95 of 100 cases, so an effect just beyond it is still one
 * of the other five: the whole interval has to clear it. Between runs as units nothing is left to clear.
 */
static bool clears_noise(const struct compare *c, const struct compare_point *p)
{
	return c->runs_are_units || isnan(p->noise) || (p->effect > 0 ? p->lo : -p->hi) > p->noise;
}

static enum verdict judge(const struct compare_rule *rule, struct compare *c, struct compare_point *p)
{
	bool outside = fabs(p->effect) > p->margin;

	if (p->verdict != VERDICT_INCONCLUSIVE)
		return p->verdict; /* settled before: it was not tested, or only for its figures */
	if (p->q <= FALSE_SHARE && outside && clears_noise(c, p))
		return different(rule, c, p);
	if (p->lo >= -p->margin && p->hi <= p->margin)
		return VERDICT_SAME;
	if (outside && p->q <= FALSE_SHARE)
		snprintf(p->why, sizeof(p->why),
			 "%s, but the interval reaches into the noise floor of %.1f %%",
			 p->effect > 0 ? "better" : "worse", 100 * expm1(p->noise));
	else if (outside && p->p <= FALSE_SHARE)
		snprintf(p->why, sizeof(p->why), "p is %.2g, but not low enough for one of so many points",
			 p->p);
	else
		p->need = rounds_needed(p);
	return VERDICT_INCONCLUSIVE;
}

int compare_judge(struct compare *c, const struct compare_rule *rule)
{
	double *p = calloc(c->n + 1, sizeof(*p)), *q = calloc(c->n + 1, sizeof(*q));
	int rc = p && q ? 0 : -ENOMEM;

	for (int f = 0; !rc && f < FIGURE_COUNT; f++)
		rc = adjust(c, (enum figure_of)f, p, q);
	free(p);
	free(q);
	for (size_t i = 0; !rc && i < c->n; i++) {
		c->point[i].verdict = judge(rule, c, &c->point[i]);
		c->count[c->point[i].verdict]++;
	}
	return rc;
}

/* Numbers by value, words by letter; an empty cell comes first. */
int compare_cell_order(const char *a, const char *b)
{
	char *end_a, *end_b;
	double x, y;

	if (!strcmp(a, b))
		return 0;
	x = strtod(a, &end_a);
	y = strtod(b, &end_b);
	if (*a && *b && !*end_a && !*end_b && (x < y || x > y))
		return x < y ? -1 : 1;
	return strcmp(a, b);
}

int compare_key_order(const struct row *a, const struct row *b)
{
	int rc = 0;

	for (int c = COL_KEY; !rc && c < COL_KEY + AX_COUNT; c++)
		rc = compare_cell_order(row_get(a, (enum column)c), row_get(b, (enum column)c));
	return rc ? rc : strcmp(row_get(a, COL_POINT_ID), row_get(b, COL_POINT_ID));
}
