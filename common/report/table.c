// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The table a colleague reads at a terminal: a group per measure, what all its points share in a line
 * above, a line per point, then in words what the figures and flags mean, then what was not measured.
 */
#include "report/table.h"

#include <stdbool.h>
#include <string.h>

#include "base/cleanup.h"
#include "report/table_group.h"

enum { GAP = 2 };

static const char *measure_of(const struct summary_point *p)
{
	return row_get(p->key, COL_KEY + AX_MEASURE);
}

static bool is_ok(const struct summary_point *p)
{
	return !strcmp(p->status, "ok");
}

const struct summary_point *table_next(const struct group *g, size_t *i)
{
	for (; *i < g->s->n; (*i)++) {
		const struct summary_point *p = &g->s->point[*i];

		if (p->n && !strcmp(measure_of(p), g->measure))
			return &g->s->point[(*i)++];
	}
	return NULL;
}

/* Text of @c if all points of the group share it, else NULL. */
static const char *shared(const struct group *g, enum column c, char buf[CELL_LEN])
{
	char other[CELL_LEN];
	size_t i = 0;
	const struct summary_point *p = table_next(g, &i);

	label_text(p, c, buf);
	while ((p = table_next(g, &i))) {
		if (strcmp(buf, label_text(p, c, other)) != 0)
			return NULL;
	}
	return buf;
}

/* op and size name a line even when all lines share them. */
static bool stays(enum column c)
{
	return c == COL_KEY + AX_OP || c == COL_KEY + AX_SIZE;
}

void table_shared(const struct group *g, int width, FILE *out)
{
	static const char *const heading[] = {
		[MEASURE_BW] = "bandwidth",
		[MEASURE_LAT] = "latency",
		[MEASURE_RATE] = "message rate",
		[MEASURE_REG] = "registration",
	};
	int at = fprintf(out, "%s:", heading[g->kind]);
	const char *comma = "";
	char buf[CELL_LEN];

	for (int c = 0; c < COL_COUNT; c++) {
		const char *text = label_shown((enum column)c) && !stays((enum column)c)
					   ? shared(g, (enum column)c, buf)
					   : NULL;
		int len;

		if (!text || !*text)
			continue;
		len = (int)(strlen(label_title((enum column)c)) + strlen(text)) + 1;
		at += fprintf(out, "%s", comma);
		if (width && at + len + 2 > width)
			at = fprintf(out, "\n%*s", TABLE_INDENT - 1, "") - 1;
		at += fprintf(out, " %s %s", label_title((enum column)c), text);
		comma = ",";
	}
	fputc('\n', out);
}

static int wider(int width, const char *text)
{
	int len = (int)strlen(text);

	return len > width ? len : width;
}

static void add_labels(struct group *g)
{
	char buf[CELL_LEN];

	for (int c = 0; c < COL_COUNT; c++) {
		const char *same = label_shown((enum column)c) ? shared(g, (enum column)c, buf) : "";
		const struct summary_point *p;

		if (same && !(stays((enum column)c) && *same))
			continue;
		g->label_width[g->n_label] = wider(0, label_title((enum column)c));
		for (size_t i = 0; (p = table_next(g, &i));)
			g->label_width[g->n_label] =
				wider(g->label_width[g->n_label], label_text(p, (enum column)c, buf));
		g->label[g->n_label++] = (enum column)c;
	}
}

/* Figures no point has are left out. */
static void add_figures(struct group *g)
{
	const struct summary_point *p;
	char buf[CELL_LEN];

	for (int f = 0; f < FIG_COUNT; f++) {
		int widest = 0;

		for (size_t i = 0; figure_shown((enum figure)f, g->kind) && (p = table_next(g, &i));)
			widest = wider(widest, figure_text(p, (enum figure)f, buf));
		g->figure[f] = widest > 0;
		g->figure_width[f] = wider(widest, figure_title((enum figure)f, g->kind));
	}
}

bool table_open(struct group *g, const struct summary *s, const char *measure)
{
	size_t first = 0;

	*g = (struct group){.s = s, .measure = measure, .kind = cell_measure(measure)};
	if (!table_next(g, &first))
		return false;
	add_labels(g);
	add_figures(g);
	return true;
}

static int line_width(const struct group *g)
{
	int w = TABLE_INDENT;

	for (size_t i = 0; i < g->n_label; i++)
		w += g->label_width[i] + GAP;
	for (int f = 0; f < FIG_COUNT; f++)
		w += g->figure[f] ? g->figure_width[f] + GAP : 0;
	return w - GAP;
}

/* Leave out what is most easily missed until a line fits. */
static void fit(struct group *g, int width)
{
	static const enum figure order[] = {FIG_CI, FIG_MOPS, FIG_PCT, FIG_P, FIG_MAX, FIG_DRAIN, FIG_LATE};

	for (size_t i = 0; width && i < ARRAY_LEN(order) && line_width(g) > width; i++)
		g->figure[order[i]] = false;
}

/* Labels and flags to the left, numbers to the right; no blanks at the end of the line. */
static void print_line(const struct group *g, const struct summary_point *p, FILE *out)
{
	char buf[CELL_LEN];
	int pad = TABLE_INDENT;

	for (size_t i = 0; i < g->n_label; i++) {
		const char *text = p ? label_text(p, g->label[i], buf) : label_title(g->label[i]);

		fprintf(out, "%*s%s", pad, "", text);
		pad = g->label_width[i] - (int)strlen(text) + GAP;
	}
	for (int f = 0; f < FIG_COUNT; f++) {
		const char *text =
			p ? figure_text(p, (enum figure)f, buf) : figure_title((enum figure)f, g->kind);

		if (!g->figure[f] || (f == FIG_FLAGS && !*text))
			continue;
		pad += f == FIG_FLAGS ? 0 : g->figure_width[f] - (int)strlen(text);
		fprintf(out, "%*s%s", pad, "", text);
		pad = GAP;
	}
	fputc('\n', out);
}

static void print_group(const struct summary *s, const char *measure, int width, FILE *out)
{
	const struct summary_point *p;
	struct group g;

	if (!table_open(&g, s, measure))
		return;
	fit(&g, width);
	table_shared(&g, width, out);
	print_line(&g, NULL, out);
	for (size_t i = 0; (p = table_next(&g, &i));)
		print_line(&g, p, out);
	table_legend(&g, width, out);
	fputc('\n', out);
}

bool table_opens(const struct summary *s, size_t i)
{
	for (size_t j = 0; j < i; j++) {
		if (!strcmp(measure_of(&s->point[j]), measure_of(&s->point[i])))
			return false;
	}
	return true;
}

static void print_tier(const struct summary *s, const char *evidence, const char *text, FILE *out)
{
	for (size_t i = 0; i < s->n; i++) {
		if (strcmp(row_get(s->point[i].key, COL_EVIDENCE), evidence) != 0)
			continue;
		fprintf(out, "%s\n\n", text);
		return;
	}
}

void table_tiers(const struct summary *s, FILE *out)
{
	print_tier(s, "software",
		   "SOFTWARE: a device made of software, driven by the CPU; these numbers say nothing "
		   "about PCIe.",
		   out);
	print_tier(s, "emulated",
		   "EMULATED: the NIC or the target is emulated; these numbers say nothing about hardware.",
		   out);
}

static void print_not_ok(const struct summary *s, FILE *out)
{
	static const enum column name[] = {COL_KEY + AX_MEASURE, COL_KEY + AX_OP,  COL_KEY + AX_TARGET,
					   COL_KEY + AX_SIZE,	 COL_KEY + AX_QPS, COL_KEY + AX_QD};
	size_t count = 0;
	char buf[CELL_LEN];

	for (size_t i = 0; i < s->n; i++)
		count += !is_ok(&s->point[i]);
	if (!count)
		return;
	fprintf(out, "not ok: %zu of %zu points\n", count, s->n);
	for (size_t i = 0; i < s->n; i++) {
		const struct summary_point *p = &s->point[i];

		if (is_ok(p))
			continue;
		fprintf(out, "  %s", row_get(p->key, COL_POINT_ID));
		for (size_t c = 0; c < ARRAY_LEN(name); c++) {
			if (*label_text(p, name[c], buf))
				fprintf(out, " %s=%s", label_title(name[c]), buf);
		}
		fprintf(out, ": %s: %s", p->status, *p->reason ? p->reason : "no reason recorded");
		if (p->n_void)
			fprintf(out, " (%zu of %zu windows failed)", p->n_void, p->n_void + p->n);
		fputc('\n', out);
	}
	fputc('\n', out);
}

void table_print(const struct summary *s, int width, FILE *out)
{
	table_tiers(s, out);
	for (size_t i = 0; i < s->n; i++) {
		if (table_opens(s, i))
			print_group(s, measure_of(&s->point[i]), width, out);
	}
	print_not_ok(s, out);
	if (s->ignored)
		fprintf(out, "rounds.csv: %llu malformed rows ignored\n", (unsigned long long)s->ignored);
}
