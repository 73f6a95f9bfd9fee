// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* expect: rules about results. This version checks that they are well formed and counts them. */
#include <string.h>

#include "base/units.h"
#include "config/load.h"

enum { METRIC_BW, METRIC_P50, METRIC_P99, METRIC_RATE };

/* "80%" */
static bool percent_valid(struct load *ld, const char *text)
{
	size_t len = strlen(text);
	char *digits = arena_text(ld->arena, text, len);
	int64_t v;

	if (!digits || len < 2)
		return false;
	digits[len - 1] = '\0';
	return units_int(digits, &v, NULL) == 0 && v >= 0 && v <= 1000;
}

/* "90Gb/s" */
static bool bandwidth_valid(struct load *ld, const char *text)
{
	size_t len = strlen(text);
	char *digits = arena_text(ld->arena, text, len);
	int64_t v;

	if (!digits || len < 5 ||
	    (strcmp(text + len - 4, "Gb/s") != 0 && strcmp(text + len - 4, "GB/s") != 0))
		return false;
	digits[len - 4] = '\0';
	return units_int(digits, &v, NULL) == 0 && v >= 0;
}

static bool bound_valid(struct load *ld, int64_t metric, const char *text)
{
	int64_t v;

	if (strchr(text, '%'))
		return text[strlen(text) - 1] == '%' && percent_valid(ld, text);
	if (metric == METRIC_BW)
		return bandwidth_valid(ld, text);
	return metric == METRIC_RATE ? units_size(text, &v, NULL) == 0 : units_time(text, &v, NULL) == 0;
}

static void check_bound(struct load *ld, const struct node *rule, const char *key, int64_t metric)
{
	const struct node *n = node_get(rule, key);
	const char *text = text_of(ld, rule, key, false);

	if (!text || metric < 0)
		return;
	if (!bound_valid(ld, metric, text))
		diags_add(ld->diags, DIAG_ERROR, &n->mark,
			  "%s: '%.64s' is no bound; write 80%%, 90Gb/s or 11GB/s (bw), 2M (rate), 5us (p50, "
			  "p99)",
			  key, text);
	else if (strchr(text, '%') && !node_get(rule, "of"))
		diags_add(ld->diags, DIAG_ERROR, &n->mark,
			  "%s: a percentage needs `of: limit` or `of: expected`", key);
}

static void read_rule(struct load *ld, const struct node *rule)
{
	const struct node *when = need_kind(ld, node_get(rule, "when"), NODE_MAP, "when");
	struct config_matcher unused = {0};
	int64_t metric = value_of(ld, rule, "metric", SCOPE_EXPECT, -1);

	check_keys(ld, rule, SCOPE_EXPECT, "an expect rule");
	if (when)
		matcher_read(ld, when, "when", &unused);
	if (!node_get(rule, "metric"))
		diags_add(ld->diags, DIAG_ERROR, &rule->mark,
			  "an expect rule names no metric; valid: bw, p50, p99, rate");
	if (!node_get(rule, "min") && !node_get(rule, "max"))
		diags_add(ld->diags, DIAG_ERROR, &rule->mark, "an expect rule has neither min nor max");
	value_of(ld, rule, "of", SCOPE_EXPECT, -1);
	check_bound(ld, rule, "min", metric);
	check_bound(ld, rule, "max", metric);
}

void expect_read(struct load *ld)
{
	const struct node *list = need_kind(ld, node_get(ld->tree, "expect"), NODE_LIST, "expect");

	if (!list || !few_entries(ld, list, "expect"))
		return;
	for (size_t i = 0; i < list->n; i++) {
		const struct node *rule = need_kind(ld, list->entry[i].val, NODE_MAP, "expect");

		if (rule)
			read_rule(ld, rule);
		ld->cfg->n_expect++;
	}
}
