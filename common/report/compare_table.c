// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* A comparison at a terminal: what was read, what differs, a line a point, and what the words mean. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "report/compare_view.h"
#include "report/table_group.h"

enum { GAP = 2, NOTE_LEN = 1600 };

enum cell { CELL_A, CELL_B, CELL_GAIN, CELL_CI, CELL_Q, CELL_VERDICT, CELL_COUNT };

/* Points of one figure that are shown, and the columns they have. */
struct part {
	const struct compare_view *v;
	const bool *shown;
	enum figure_of figure;
	enum column label[COL_COUNT];
	int label_width[COL_COUNT];
	size_t n_label;
	bool cell[CELL_COUNT];
	int cell_width[CELL_COUNT];
};

static const struct row *key_of(const struct compare_point *p)
{
	return p->b ? p->b : p->a;
}

static const struct compare_point *next(const struct part *t, size_t *i)
{
	const struct compare *c = t->v->outcome;

	for (; *i < c->n; (*i)++) {
		if (t->shown[*i] && c->point[*i].figure == t->figure)
			return &c->point[(*i)++];
	}
	return NULL;
}

static char *label(const struct compare_point *p, enum column c, char buf[CELL_LEN])
{
	return label_text(&(struct summary_point){.key = key_of(p)}, c, buf);
}

static bool is_label(enum column c)
{
	return (c >= COL_KEY && c < COL_KEY + AX_COUNT && c != COL_KEY + AX_MEASURE) || c == COL_EVIDENCE;
}

static bool stays(enum column c)
{
	return c == COL_KEY + AX_OP || c == COL_KEY + AX_SIZE;
}

/* Do all points of the part have the same text here? */
static bool is_shared(const struct part *t, enum column c)
{
	size_t i = 0;
	const struct compare_point *first = next(t, &i), *p;

	while ((p = next(t, &i))) {
		if (strcmp(row_get(key_of(first), c), row_get(key_of(p), c)) != 0)
			return false;
	}
	return true;
}

static void percent(double ln, char *buf, size_t len)
{
	double v = 100 * expm1(ln);

	buf[0] = '\0';
	if (fabs(v) < 0.05)
		snprintf(buf, len, "0.0"); /* without a sign that means nothing */
	else if (isfinite(v))
		snprintf(buf, len, fabs(v) >= 999.95 ? "%+.0f" : "%+.1f", v);
}

static char *cell_text(const struct compare_point *p, enum cell c, char buf[CELL_LEN])
{
	char lo[32], hi[32];

	buf[0] = '\0';
	switch (c) {
	case CELL_A:
		cell_number(p->median_a, buf, CELL_LEN);
		break;
	case CELL_B:
		cell_number(p->median_b, buf, CELL_LEN);
		break;
	case CELL_GAIN:
		percent(p->effect, buf, CELL_LEN);
		break;
	case CELL_CI:
		percent(p->lo, lo, sizeof(lo));
		percent(p->hi, hi, sizeof(hi));
		if (*lo && *hi)
			snprintf(buf, CELL_LEN, "%s..%s", lo, hi);
		break;
	case CELL_Q:
		if (!isnan(p->q))
			snprintf(buf, CELL_LEN, p->q < 0.0001 ? "%.0e" : "%.4f", p->q);
		break;
	default:
		snprintf(buf, CELL_LEN, "%s", p->control ? "A/A: " : "");
		snprintf(buf + strlen(buf), CELL_LEN - strlen(buf), "%s",
			 p->verdict == VERDICT_NONE ? "no verdict" : verdict_word(p->verdict));
	}
	return buf;
}

static const char *cell_title(enum cell c)
{
	static const char *const titles[CELL_COUNT] = {"A", "B", "gain %", "95 % CI", "q", "verdict"};

	return titles[c];
}

static int wider(int width, const char *text)
{
	int len = (int)strlen(text);

	return len > width ? len : width;
}

static void add_columns(struct part *t)
{
	const struct compare_point *p;
	char buf[CELL_LEN];

	for (int c = 0; c < COL_COUNT; c++) {
		int width = 0;

		if (!is_label((enum column)c) || (!stays((enum column)c) && is_shared(t, (enum column)c)))
			continue;
		for (size_t i = 0; (p = next(t, &i));)
			width = wider(width, label(p, (enum column)c, buf));
		if (!width)
			continue;
		t->label_width[t->n_label] = wider(width, label_title((enum column)c));
		t->label[t->n_label++] = (enum column)c;
	}
	for (int c = 0; c < CELL_COUNT; c++) {
		int width = 0;

		for (size_t i = 0; (p = next(t, &i));)
			width = wider(width, cell_text(p, (enum cell)c, buf));
		t->cell[c] = width > 0;
		t->cell_width[c] = wider(width, cell_title((enum cell)c));
	}
}

static int line_width(const struct part *t)
{
	int w = TABLE_INDENT;

	for (size_t i = 0; i < t->n_label; i++)
		w += t->label_width[i] + GAP;
	for (int c = 0; c < CELL_COUNT; c++)
		w += t->cell[c] ? t->cell_width[c] + GAP : 0;
	return w - GAP;
}

static void fit(struct part *t)
{
	static const enum cell order[] = {CELL_Q, CELL_A, CELL_B, CELL_CI};

	for (size_t i = 0; t->v->width && i < ARRAY_LEN(order) && line_width(t) > t->v->width; i++)
		t->cell[order[i]] = false;
}

static void add_note(char note[NOTE_LEN], const char *text)
{
	size_t used = strlen(note);

	if (*text)
		snprintf(note + used, NOTE_LEN - used, "%s%s", used ? "; " : "", text);
}

/* What the verdict alone does not say. */
static void note_text(const struct part *t, const struct compare_point *p, char note[NOTE_LEN])
{
	char text[64] = "";

	note[0] = '\0';
	add_note(note, p->why);
	if (p->need)
		snprintf(text, sizeof(text), "about %zu %s a side would tell", p->need,
			 t->v->outcome->runs_are_units ? "runs" : "rounds");
	add_note(note, text);
	add_note(note,
		 p->shape_change ? "shape change: the ratio of the medians lies outside the interval" : "");
	add_note(note, p->differs ? p->differs : "");
}

static void print_cells(const struct part *t, const struct compare_point *p, FILE *out)
{
	char buf[CELL_LEN];
	int pad = TABLE_INDENT;

	for (size_t i = 0; i < t->n_label; i++) {
		const char *text = p ? label(p, t->label[i], buf) : label_title(t->label[i]);

		fprintf(out, "%*s%s", pad, "", text);
		pad = t->label_width[i] - (int)strlen(text) + GAP;
	}
	for (int c = 0; c < CELL_COUNT; c++) {
		const char *text = p ? cell_text(p, (enum cell)c, buf) : cell_title((enum cell)c);

		if (!t->cell[c])
			continue;
		pad += c == CELL_VERDICT ? 0 : t->cell_width[c] - (int)strlen(text);
		fprintf(out, "%*s%s", pad, "", text);
		pad = GAP;
	}
	fputc('\n', out);
}

/* "bandwidth, GB/s: nic soft0, ..." broken at the width. */
static void print_heading(const struct part *t, FILE *out)
{
	static const char *const heading[FIGURE_COUNT] = {"bandwidth, GB/s", "message rate, Mops",
							  "latency, p50 us", "registration, p50 us"};
	int at = fprintf(out, "%s:", heading[t->figure]);
	const char *comma = "";
	size_t first = 0;
	const struct compare_point *p = next(t, &first);
	char buf[CELL_LEN];

	for (int c = 0; c < COL_COUNT; c++) {
		const char *text;

		if (!is_label((enum column)c) || stays((enum column)c) || !is_shared(t, (enum column)c))
			continue;
		text = label(p, (enum column)c, buf);
		if (!*text)
			continue;
		at += fprintf(out, "%s", comma);
		if (t->v->width &&
		    at + (int)(strlen(label_title((enum column)c)) + strlen(text)) + 3 > t->v->width)
			at = fprintf(out, "\n%*s", TABLE_INDENT - 1, "") - 1;
		at += fprintf(out, " %s %s", label_title((enum column)c), text);
		comma = ",";
	}
	fputc('\n', out);
}

static void print_part(const struct compare_view *v, const bool *shown, enum figure_of f, FILE *out)
{
	struct part t = {.v = v, .shown = shown, .figure = f};
	const struct compare_point *p;
	char note[NOTE_LEN];
	size_t first = 0;

	if (!next(&t, &first))
		return;
	add_columns(&t);
	fit(&t);
	print_heading(&t, out);
	print_cells(&t, NULL, out);
	for (size_t i = 0; (p = next(&t, &i));) {
		print_cells(&t, p, out);
		note_text(&t, p, note);
		if (*note)
			table_say(out, v->width, "  %s", note);
	}
	fputc('\n', out);
}

/* Which points have a line: all, or the telling ones. */
static size_t choose(const struct compare_view *v, bool *shown)
{
	static const enum verdict order[] = {VERDICT_WORSE,	   VERDICT_BETTER,  VERDICT_INCOMPARABLE,
					     VERDICT_INCONCLUSIVE, VERDICT_MISSING, VERDICT_NONE,
					     VERDICT_SAME};
	const struct compare *c = v->outcome;
	size_t n = 0;

	for (size_t k = 0; k < ARRAY_LEN(order); k++) {
		for (size_t i = 0; i < c->n && n < v->most; i++) {
			if (c->point[i].verdict == order[k]) {
				shown[i] = true;
				n++;
			}
		}
	}
	return n;
}

static void print_counts(const struct compare_view *v, size_t shown, FILE *out)
{
	static const enum verdict order[] = {VERDICT_WORSE,	   VERDICT_BETTER,  VERDICT_SAME,
					     VERDICT_INCONCLUSIVE, VERDICT_MISSING, VERDICT_INCOMPARABLE,
					     VERDICT_NONE};
	const struct compare *c = v->outcome;
	const char *sep = ":";

	fprintf(out, "%zu point%s", c->n, c->n == 1 ? "" : "s");
	for (size_t k = 0; k < ARRAY_LEN(order); k++) {
		if (!c->count[order[k]])
			continue;
		fprintf(out, "%s %zu %s", sep, c->count[order[k]],
			order[k] == VERDICT_NONE ? "without a verdict" : verdict_word(order[k]));
		sep = ",";
	}
	if (shown < c->n)
		fprintf(out, "; %zu are shown, all are in the CSV", shown);
	fputc('\n', out);
}

void compare_table(const struct compare_view *v, FILE *out)
{
	const struct compare *c = v->outcome;
	CLEANUP_FREE bool *shown = calloc(c->n + 1, sizeof(*shown));
	size_t n = shown ? choose(v, shown) : 0;

	compare_preface(v, out);
	for (int f = 0; shown && f < FIGURE_COUNT; f++)
		print_part(v, shown, (enum figure_of)f, out);
	compare_legend(v, out);
	print_counts(v, n, out);
}
