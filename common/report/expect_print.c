// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* What came of the rules, for people: the rule, how many points, and those that miss it. */
#include <math.h>
#include <string.h>

#include "report/expect.h"
#include "report/table_cell.h"

enum { SHOWN = 20 };

static const char *unit(int64_t metric)
{
	return metric == EXPECT_BW ? "GB/s" : metric == EXPECT_RATE ? "Mops" : "us";
}

/* "limit", "expected", or "{target: host}" */
static void print_of(const struct config *c, const struct config_expect *x, FILE *out)
{
	const char *sep = "{";
	char buf[32];

	if (x->of != EXPECT_OF_POINT) {
		fprintf(out, " of %s", x->of == EXPECT_OF_LIMIT ? "limit" : "expected");
		return;
	}
	fputs(" of ", out);
	for (int axis = 0; axis < AX_COUNT; axis++) {
		if (!(x->point.named >> axis & 1) || !x->point.ax[axis].n)
			continue;
		fprintf(out, "%s%s: %s", sep, keys_axis((enum axis)axis)->name,
			config_value_text(c, (enum axis)axis, x->point.ax[axis].item[0].lo, buf));
		sep = ", ";
	}
	fputc('}', out);
}

/* "rule 1, line 31: bw >= 80% of limit" */
static void print_rule(const struct config *c, size_t rule, FILE *out)
{
	const struct config_expect *x = &c->expect[rule];
	const char *metric = keys_find("metric", SCOPE_EXPECT)->words[x->metric];

	fprintf(out, "rule %zu", rule + 1);
	if (x->mark.line)
		fprintf(out, ", line %d", x->mark.line);
	fprintf(out, ": %s", metric);
	if (x->min.text)
		fprintf(out, " >= %s", x->min.text);
	if (x->min.text && x->max.text)
		fputs(" and", out);
	if (x->max.text)
		fprintf(out, " <= %s", x->max.text);
	if ((x->min.text && x->min.percent) || (x->max.text && x->max.percent))
		print_of(c, x, out);
}

/* Do points of the same measure differ here? */
static bool tells_apart(const struct summary *s, const struct summary_point *p, enum column c)
{
	const enum column measure = COL_KEY + AX_MEASURE;

	for (size_t i = 0; i < s->n; i++) {
		const struct row *key = s->point[i].key;

		if (!strcmp(row_get(key, measure), row_get(p->key, measure)) &&
		    strcmp(row_get(key, c), row_get(p->key, c)) != 0)
			return true;
	}
	return false;
}

static void print_point(const struct config *c, const struct summary *s, const struct expect_result *r,
			FILE *out)
{
	const char *u = unit(c->expect[r->rule].metric);
	char buf[CELL_LEN], value[32];

	fprintf(out, "         %s", row_get(r->point->key, COL_KEY + AX_OP));
	for (int col = COL_KEY + AX_NIC; col < COL_KEY + AX_COUNT; col++) {
		if (tells_apart(s, r->point, (enum column)col) &&
		    *label_text(r->point, (enum column)col, buf))
			fprintf(out, " %s %s", label_title((enum column)col), buf);
	}
	if (r->verdict == EXPECT_UNKNOWN) {
		fprintf(out, ": not judged: %s\n", r->why);
		return;
	}
	cell_number(r->value, value, sizeof(value));
	fprintf(out, ": %s %s", value, u);
	if (isfinite(r->of)) {
		cell_number(r->of, value, sizeof(value));
		fprintf(out, " = %.1f %% of %s %s", 100 * r->value / r->of, value, u);
	}
	if (isfinite(r->point->half_pct))
		fprintf(out, " (+-%.1f %%)", r->point->half_pct);
	fputc('\n', out);
}

/* One rule: results @from to @to. */
static void print_results(const struct config *c, const struct summary *s, const struct expect_outcome *x,
			  size_t from, size_t to, FILE *out)
{
	size_t failed = 0, unknown = 0, shown = 0;

	for (size_t i = from; i < to; i++) {
		failed += x->result[i].verdict == EXPECT_FAIL;
		unknown += x->result[i].verdict == EXPECT_UNKNOWN;
	}
	fprintf(out, "  %-5s  ", failed ? "FAIL" : unknown ? "?" : "ok");
	print_rule(c, x->result[from].rule, out);
	if (!x->result[from].point) {
		fprintf(out, ": %s\n", x->result[from].why);
		return;
	}
	fprintf(out, ": %zu of %zu points hold", to - from - failed - unknown, to - from);
	fprintf(out, unknown ? ", %zu not judged\n" : "\n", unknown);
	for (size_t i = from; i < to && shown < SHOWN; i++) {
		if (x->result[i].verdict == EXPECT_OK)
			continue;
		print_point(c, s, &x->result[i], out);
		shown++;
	}
	if (shown < failed + unknown)
		fprintf(out, "         and %zu more\n", failed + unknown - shown);
}

void expect_print(const struct config *c, const struct summary *s, const struct expect_outcome *x, FILE *out)
{
	if (x->n)
		fputs("expect\n", out);
	for (size_t i = 0, end; i < x->n; i = end) {
		for (end = i + 1; end < x->n && x->result[end].rule == x->result[i].rule;)
			end++;
		print_results(c, s, x, i, end, out);
	}
}
