// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The table a colleague reads at a terminal: a group per measure, what all its points share in a line
 * above, a line per point, then in words what the figures and flags mean, then what was not measured.
 */
#include "report/table.h"

#include <stdbool.h>
#include <string.h>

#include "base/cleanup.h"
#include "report/table_cell.h"

enum { GAP = 2, INDENT = 2 };

/* The points of one measure, and the columns its table has. */
struct group {
	const struct summary *s;
	const char *measure;
	bool bw;
	enum column label[COL_COUNT];
	int label_width[COL_COUNT];
	size_t n_label;
	bool figure[FIG_COUNT];
	int figure_width[FIG_COUNT];
};

/* Words of the flags column. @word as a prefix, to take "void:2" along. */
static const struct {
	const char *word, *meaning;
} flag_words[] = {
	{"coarse", "fewer than 100 completions in a window: its ends blur the figure"},
	{"drift_in_window", "the rate changed within windows"},
	{"unverified", "the data moved was not checked"},
	{"edge_unaligned", "windows do not begin and end on completions"},
	{"undrained", "data was still on its way when the last completion came"},
	{"autocorr", "neighbouring rounds resemble each other: the interval is too narrow"},
	{"trend", "values rise or fall from round to round"},
	{"pooled", "percentile over all windows together: a single one has too few samples"},
	{"intrusive", "measuring disturbed what was measured"},
	{"void:", "that many windows were left out for a cause: see status and reason in rounds.csv"},
};

static const char *measure_of(const struct summary_point *p)
{
	return row_get(p->key, COL_KEY + AX_MEASURE);
}

static bool is_ok(const struct summary_point *p)
{
	return !strcmp(p->status, "ok");
}

/* Next measured point of the group at or after @i; NULL behind the last. */
static const struct summary_point *next_point(const struct group *g, size_t *i)
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
	const struct summary_point *p = next_point(g, &i);

	label_text(p, c, buf);
	while ((p = next_point(g, &i))) {
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

/* "bandwidth: nic soft0, source host, ..." broken at @width. */
static void print_shared(const struct group *g, int width, FILE *out)
{
	int at = fprintf(out, "%s:",
			 g->bw			      ? "bandwidth"
			 : !strcmp(g->measure, "lat") ? "latency"
						      : g->measure);
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
			at = fprintf(out, "\n%*s", INDENT - 1, "") - 1;
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
		for (size_t i = 0; (p = next_point(g, &i));)
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

		for (size_t i = 0; figure_shown((enum figure)f, g->bw) && (p = next_point(g, &i));)
			widest = wider(widest, figure_text(p, (enum figure)f, buf));
		g->figure[f] = widest > 0;
		g->figure_width[f] = wider(widest, figure_title((enum figure)f, g->bw));
	}
}

static int line_width(const struct group *g)
{
	int w = INDENT;

	for (size_t i = 0; i < g->n_label; i++)
		w += g->label_width[i] + GAP;
	for (int f = 0; f < FIG_COUNT; f++)
		w += g->figure[f] ? g->figure_width[f] + GAP : 0;
	return w - GAP;
}

/* Leave out what is most easily missed until a line fits. */
static void fit(struct group *g, int width)
{
	static const enum figure order[] = {FIG_CI, FIG_MOPS, FIG_PCT, FIG_MAX};

	for (size_t i = 0; width && i < ARRAY_LEN(order) && line_width(g) > width; i++)
		g->figure[order[i]] = false;
}

/* Labels and flags to the left, numbers to the right; no blanks at the end of the line. */
static void print_line(const struct group *g, const struct summary_point *p, FILE *out)
{
	char buf[CELL_LEN];
	int pad = INDENT;

	for (size_t i = 0; i < g->n_label; i++) {
		const char *text = p ? label_text(p, g->label[i], buf) : label_title(g->label[i]);

		fprintf(out, "%*s%s", pad, "", text);
		pad = g->label_width[i] - (int)strlen(text) + GAP;
	}
	for (int f = 0; f < FIG_COUNT; f++) {
		const char *text =
			p ? figure_text(p, (enum figure)f, buf) : figure_title((enum figure)f, g->bw);

		if (!g->figure[f] || (f == FIG_FLAGS && !*text))
			continue;
		pad += f == FIG_FLAGS ? 0 : g->figure_width[f] - (int)strlen(text);
		fprintf(out, "%*s%s", pad, "", text);
		pad = GAP;
	}
	fputc('\n', out);
}

static bool any_flag(const struct group *g, const char *word)
{
	const struct summary_point *p;
	char buf[CELL_LEN];

	for (size_t i = 0; (p = next_point(g, &i));) {
		if (strstr(figure_text(p, FIG_FLAGS, buf), word))
			return true;
	}
	return false;
}

static bool any_label(const struct group *g, enum column c, const char *text)
{
	const struct summary_point *p;

	for (size_t i = 0; (p = next_point(g, &i));) {
		if (!strcmp(row_get(p->key, c), text))
			return true;
	}
	return false;
}

static void print_legend(const struct group *g, FILE *out)
{
	if (g->bw)
		fprintf(out, "  GB/s: 1e9 payload bytes a second, median over n windows%s\n",
			g->figure[FIG_MOPS] ? "; Mops: million messages a second" : "");
	else
		fprintf(out, "  us: median over n windows of each window's p50 and p99%s\n",
			g->figure[FIG_MAX] ? "; max: the largest of all" : "");
	fprintf(out, "  +-%%: half the 95 %% confidence interval of the median%s, in %% of it\n",
		g->bw ? "" : " p50");
	if (any_flag(g, "!"))
		fprintf(out,
			"  !: median not known to %d %% (or fewer than 6 windows): do not trust smaller "
			"differences\n",
			g->bw ? 1 : 2);
	for (size_t i = 0; i < ARRAY_LEN(flag_words); i++) {
		if (any_flag(g, flag_words[i].word))
			fprintf(out, "  %s%s %s\n", flag_words[i].word,
				strchr(flag_words[i].word, ':') ? "N" : ":", flag_words[i].meaning);
	}
	if (any_label(g, COL_KEY + AX_OP, "write_cqe"))
		fputs("  acceptance: the NIC took the data over; it does not say that the data arrived\n",
		      out);
}

static void print_group(const struct summary *s, const char *measure, int width, FILE *out)
{
	struct group g = {.s = s, .measure = measure, .bw = cell_is_bw(measure)};
	const struct summary_point *p;
	size_t first = 0;

	if (!next_point(&g, &first))
		return;
	add_labels(&g);
	add_figures(&g);
	fit(&g, width);
	print_shared(&g, width, out);
	print_line(&g, NULL, out);
	for (size_t i = 0; (p = next_point(&g, &i));)
		print_line(&g, p, out);
	print_legend(&g, out);
	fputc('\n', out);
}

/* First point with this measure? */
static bool opens_group(const struct summary *s, size_t i)
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
	print_tier(s, "software",
		   "SOFTWARE: a device inside this process, driven by the CPU; these numbers say nothing "
		   "about PCIe.",
		   out);
	print_tier(s, "emulated",
		   "EMULATED: the NIC or the target is emulated; these numbers say nothing about hardware.",
		   out);
	for (size_t i = 0; i < s->n; i++) {
		if (opens_group(s, i))
			print_group(s, measure_of(&s->point[i]), width, out);
	}
	print_not_ok(s, out);
	if (s->ignored)
		fprintf(out, "rounds.csv: %llu malformed rows ignored\n", (unsigned long long)s->ignored);
}
