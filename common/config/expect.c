// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* expect: rules about results. What they come to is judged by report/expect.c. */
#include <string.h>

#include "base/units.h"
#include "config/load.h"

/* @text without its last @cut characters, as an integer >= 0. */
static bool read_digits(struct load *ld, const char *text, size_t cut, int64_t *v)
{
	size_t len = strlen(text);
	char *digits = len > cut ? arena_text(ld->arena, text, len - cut) : NULL;

	return digits && units_int(digits, v, NULL) == 0 && *v >= 0;
}

/* "80%" */
static bool read_percent(struct load *ld, const char *text, struct config_bound *out)
{
	int64_t v;

	if (text[strlen(text) - 1] != '%' || !read_digits(ld, text, 1, &v) || v > 1000)
		return false;
	out->v = (double)v;
	out->percent = true;
	return true;
}

/* "90Gb/s", "11GB/s" */
static bool read_bandwidth(struct load *ld, const char *text, struct config_bound *out)
{
	size_t len = strlen(text);
	bool bits = len > 4 && !strcmp(text + len - 4, "Gb/s");
	int64_t v;

	if (!(bits || (len > 4 && !strcmp(text + len - 4, "GB/s"))) || !read_digits(ld, text, 4, &v))
		return false;
	out->v = (double)v / (bits ? 8 : 1);
	return true;
}

static bool read_bound(struct load *ld, int64_t metric, const char *text, struct config_bound *out)
{
	int64_t v = 0;
	bool ok;

	if (strchr(text, '%'))
		return read_percent(ld, text, out);
	if (metric == EXPECT_BW)
		return read_bandwidth(ld, text, out);
	ok = metric == EXPECT_RATE ? !units_size(text, &v, NULL) : !units_time(text, &v, NULL);
	out->v = (double)v / (metric == EXPECT_RATE ? 1e6 : 1e3);
	return ok;
}

static void take_bound(struct load *ld, const struct node *rule, const char *key,
		       const struct config_expect *x, struct config_bound *out)
{
	const struct node *n = node_get(rule, key);
	const char *text = text_of(ld, rule, key, false);

	if (!text || x->metric < 0)
		return;
	if (!read_bound(ld, x->metric, text, out))
		diags_add(ld->diags, DIAG_ERROR, &n->mark,
			  "%s: '%.64s' is no bound; write 80%%, 90Gb/s or 11GB/s (bw), 2M (rate), 5us (p50, "
			  "p99)",
			  key, text);
	else if (out->percent && !node_get(rule, "of"))
		diags_add(ld->diags, DIAG_ERROR, &n->mark,
			  "%s: a percentage needs `of: limit`, `of: expected` or `of: {another point}`", key);
	else
		out->text = text;
}

/* The point a percentage is of: the one judged, but for these axes, each with one value. */
static void read_point(struct load *ld, const struct node *map, struct config_matcher *out)
{
	matcher_read(ld, map, "of", out);
	for (int ax = 0; ax < AX_COUNT; ax++) {
		const struct config_match_axis *a = &out->ax[ax];

		if (a->n > 1 || (a->n == 1 && a->item[0].lo != a->item[0].hi))
			diags_add(ld->diags, DIAG_ERROR, &map->mark,
				  "of: %s must have one value: a percentage is of one point",
				  keys_axis((enum axis)ax)->name);
	}
	if (out->not_map)
		diags_add(ld->diags, DIAG_ERROR, &map->mark,
			  "of: names a point, so `not` has no meaning here");
}

static void read_of(struct load *ld, const struct node *rule, struct config_expect *x)
{
	const struct node *of = node_get(rule, "of");

	x->of = EXPECT_OF_NOTHING;
	if (of && of->kind == NODE_MAP) {
		x->of = EXPECT_OF_POINT;
		read_point(ld, of, &x->point);
		return;
	}
	x->of = value_of(ld, rule, "of", SCOPE_EXPECT, EXPECT_OF_NOTHING);
	if (x->of >= 0 && x->metric >= 0 && x->metric != EXPECT_BW)
		diags_add(
			ld->diags, DIAG_ERROR, &of->mark,
			"of: limit and expected are bandwidths; metric %s can be a percentage `of: {another "
			"point}`",
			keys_find("metric", SCOPE_EXPECT)->words[x->metric]);
}

static void read_rule(struct load *ld, const struct node *rule, struct config_expect *x)
{
	const struct node *when = need_kind(ld, node_get(rule, "when"), NODE_MAP, "when");

	x->mark = rule->mark;
	x->metric = value_of(ld, rule, "metric", SCOPE_EXPECT, -1);
	check_keys(ld, rule, SCOPE_EXPECT, "an expect rule");
	if (when)
		matcher_read(ld, when, "when", &x->when);
	if (!node_get(rule, "metric"))
		diags_add(ld->diags, DIAG_ERROR, &rule->mark,
			  "an expect rule names no metric; valid: bw, p50, p99, rate");
	if (!node_get(rule, "min") && !node_get(rule, "max"))
		diags_add(ld->diags, DIAG_ERROR, &rule->mark, "an expect rule has neither min nor max");
	read_of(ld, rule, x);
	take_bound(ld, rule, "min", x, &x->min);
	take_bound(ld, rule, "max", x, &x->max);
}

void expect_read(struct load *ld)
{
	const struct node *list = need_kind(ld, node_get(ld->tree, "expect"), NODE_LIST, "expect");

	if (!list || !few_entries(ld, list, "expect"))
		return;
	for (size_t i = 0; i < list->n; i++) {
		const struct node *rule = need_kind(ld, list->entry[i].val, NODE_MAP, "expect");
		struct config_expect *x =
			arena_push(ld->arena, &ld->cfg->expect, &ld->cfg->n_expect, sizeof(*x));

		if (rule && x)
			read_rule(ld, rule, x);
	}
}
