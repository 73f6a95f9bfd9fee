// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* expect: rules against points. Cells are compared as text: they were written by config_value_csv(). */
#include "report/expect.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/units.h"
#include "report/axes.h"

static const char *cell(const struct summary_point *p, int axis)
{
	return row_get(p->key, (enum column)(COL_KEY + axis));
}

/* A place is near, far or a number, and near and far are in no range. */
static bool item_matches(const struct config *c, int axis, const struct config_match_item *item,
			 const char *text)
{
	char buf[32];
	int64_t v;

	if (item->lo == item->hi)
		return !strcmp(text, config_value_csv(c, (enum axis)axis, item->lo, buf));
	return !units_int(text, &v, NULL) && v >= item->lo && v <= item->hi;
}

static bool axis_matches(const struct config *c, int axis, const struct config_match_axis *a,
			 const char *text)
{
	for (size_t i = 0; *text && i < a->n; i++) {
		if (item_matches(c, axis, &a->item[i], text))
			return true;
	}
	return false;
}

static bool matches(const struct config *c, const struct config_matcher *m, const struct summary_point *p)
{
	for (int axis = 0; axis < AX_COUNT; axis++) {
		if (m->named >> axis & 1 && !axis_matches(c, axis, &m->ax[axis], cell(p, axis)))
			return false;
	}
	return !m->not_map || !matches(c, m->not_map, p);
}

/* The measures a metric is taken from. */
static bool has_metric(const struct summary_point *p, int64_t metric)
{
	const char *measure = cell(p, AX_MEASURE);

	switch (metric) {
	case EXPECT_BW:
		return !strcmp(measure, "bw");
	case EXPECT_RATE:
		return !strcmp(measure, "bw") || !strcmp(measure, "rate");
	default:
		return !strcmp(measure, "lat") || !strcmp(measure, "reg");
	}
}

static double value_of(const struct summary_point *p, int64_t metric)
{
	const struct median_ci *m = metric == EXPECT_BW	    ? &p->bw
				    : metric == EXPECT_RATE ? &p->rate
				    : metric == EXPECT_P50  ? &p->p50
							    : &p->p99;

	return m->n ? m->median : nan("");
}

/* What the other point has on @axis: the rule's value, nothing where that makes it void, else the same. */
static bool is_other(const struct config *c, const struct config_matcher *to, const struct summary_point *p,
		     const struct summary_point *other, int axis)
{
	bool void_here = false;
	char buf[32];

	if (to->named >> axis & 1)
		return to->ax[axis].n &&
		       !strcmp(cell(other, axis),
			       config_value_csv(c, (enum axis)axis, to->ax[axis].item[0].lo, buf));
	for (int named = 0; named < AX_COUNT; named++)
		void_here = void_here ||
			    (to->named >> named & 1 && axes_related((enum axis)named, (enum axis)axis));
	return void_here ? !*cell(other, axis) : !strcmp(cell(p, axis), cell(other, axis));
}

static const struct summary_point *find_other(const struct config *c, const struct summary *s,
					      const struct config_matcher *to, const struct summary_point *p)
{
	for (size_t i = 0; i < s->n; i++) {
		int axis = 0;

		while (axis < AX_COUNT && is_other(c, to, p, &s->point[i], axis))
			axis++;
		if (axis == AX_COUNT)
			return &s->point[i];
	}
	return NULL;
}

static double bound_of(const struct summary_point *p, int64_t of, struct expect_result *r)
{
	double v = row_get_num(p->key, of == EXPECT_OF_LIMIT ? COL_LIMIT_GBYTE_S : COL_EXPECTED_GBYTE_S);

	if (!(v > 0))
		snprintf(r->why, sizeof(r->why), "its limit is not known");
	else if (!strcmp(row_get(p->key, COL_LIMIT_SOURCE), "assumed"))
		snprintf(r->why, sizeof(r->why), "its limit rests on assumed inputs");
	return v;
}

/* What percentages of the rule are of; sets why when there is no such thing. */
static double reference(const struct config *c, const struct summary *s, const struct config_expect *x,
			struct expect_result *r)
{
	const struct summary_point *other;
	double v;

	if (!(x->min.text && x->min.percent) && !(x->max.text && x->max.percent))
		return nan("");
	if (x->of != EXPECT_OF_POINT)
		return bound_of(r->point, x->of, r);
	other = find_other(c, s, &x->point, r->point);
	v = other ? value_of(other, x->metric) : nan("");
	if (!(v > 0))
		snprintf(r->why, sizeof(r->why), "the point it is measured by %s",
			 other ? "has no figure" : "is not in this run");
	return v;
}

static double absolute(const struct config_bound *b, double of)
{
	return b->percent ? b->v / 100 * of : b->v;
}

static void judge(const struct config *c, const struct summary *s, struct expect_result *r)
{
	const struct config_expect *x = &c->expect[r->rule];

	r->value = value_of(r->point, x->metric);
	r->of = nan("");
	if (isnan(r->value))
		snprintf(r->why, sizeof(r->why), "%s: %.70s", r->point->status,
			 *r->point->reason ? r->point->reason : "it has no such figure");
	else
		r->of = reference(c, s, x, r);
	if (*r->why)
		r->verdict = EXPECT_UNKNOWN;
	else if ((x->min.text && r->value < absolute(&x->min, r->of)) ||
		 (x->max.text && r->value > absolute(&x->max, r->of)))
		r->verdict = EXPECT_FAIL;
}

static struct expect_result *push(struct expect_outcome *x)
{
	if (x->n == x->room) {
		size_t room = x->room ? 2 * x->room : 64;
		struct expect_result *grown = reallocarray(x->result, room, sizeof(*grown));

		if (!grown)
			return NULL;
		x->result = grown;
		x->room = room;
	}
	return &x->result[x->n++];
}

static int judge_rule(const struct config *c, const struct summary *s, size_t rule,
		      struct expect_outcome *out)
{
	const struct config_expect *x = &c->expect[rule];
	struct expect_result *r;
	size_t before = out->n;

	for (size_t i = 0; i < s->n; i++) {
		const struct summary_point *p = &s->point[i];

		if (!has_metric(p, x->metric) || !matches(c, &x->when, p))
			continue;
		r = push(out);
		if (!r)
			return -ENOMEM;
		*r = (struct expect_result){.rule = rule, .point = p};
		judge(c, s, r);
		out->failed += r->verdict == EXPECT_FAIL;
		out->unknown += r->verdict == EXPECT_UNKNOWN;
	}
	if (out->n > before)
		return 0;
	r = push(out);
	if (!r)
		return -ENOMEM;
	*r = (struct expect_result){
		.rule = rule, .verdict = EXPECT_UNKNOWN, .why = "no point is meant by it"};
	out->unknown++;
	return 0;
}

int expect_judge(const struct config *c, const struct summary *s, struct expect_outcome *out)
{
	int rc = 0;

	*out = (struct expect_outcome){.result = NULL};
	for (size_t i = 0; !rc && i < c->n_expect; i++)
		rc = judge_rule(c, s, i, out);
	if (rc)
		expect_free(out);
	return rc;
}

void expect_free(struct expect_outcome *x)
{
	free(x->result);
	*x = (struct expect_outcome){.result = NULL};
}
