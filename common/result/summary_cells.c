// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Cells: points that differ in their tag only, measured next to each other in every round. */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "result/summary_series.h"

/* Ending of the variant of a cell's second plain member. */
static const char CONTROL[] = "off2";

size_t summary_label_len(const struct summary_point *p)
{
	const char *text = row_get(p->key, COL_KEY + AX_VARIANT);
	size_t len = strlen(text), tail = strlen(CONTROL);

	if (len == tail && !strcmp(text, CONTROL))
		return 0;
	if (len > tail && text[len - tail - 1] == '.' && !strcmp(text + len - tail, CONTROL))
		return len - tail - 1;
	return len;
}

static bool is_plain(const struct summary_point *p)
{
	return !strcmp(row_get(p->key, COL_KEY + AX_TPH), "none");
}

bool summary_is_control(const struct summary_point *p)
{
	return is_plain(p) && summary_label_len(p) < strlen(row_get(p->key, COL_KEY + AX_VARIANT));
}

/* Place within a cell: the plain member, its control, the others. */
static int place(const struct summary_point *p)
{
	return !is_plain(p) ? 2 : summary_is_control(p) ? 1 : 0;
}

/* Numbers by value, words by letter; an empty cell comes first. */
static int compare_cells(const char *a, const char *b)
{
	char *end_a, *end_b;
	double x = strtod(a, &end_a), y = strtod(b, &end_b);

	if (*a && *b && !*end_a && !*end_b)
		return (x > y) - (x < y);
	return strcmp(a, b);
}

/* Members of a cell have the same value here. */
static bool is_common(int axis)
{
	return (axis < AX_TPH || axis > AX_TPH_MEM) && axis != AX_VARIANT;
}

static int compare_axes(const struct summary_point *x, const struct summary_point *y, bool common)
{
	int rc = 0;

	for (int i = 0; !rc && i < AX_COUNT; i++) {
		if (is_common(i) == common)
			rc = compare_cells(row_get(x->key, COL_KEY + i), row_get(y->key, COL_KEY + i));
	}
	return rc;
}

static int compare_variants(const struct summary_point *x, const struct summary_point *y)
{
	size_t a = summary_label_len(x), b = summary_label_len(y);
	int rc = strncmp(row_get(x->key, COL_KEY + AX_VARIANT), row_get(y->key, COL_KEY + AX_VARIANT),
			 a < b ? a : b);

	return rc ? rc : (a > b) - (a < b);
}

int summary_order(const void *a, const void *b)
{
	const struct summary_point *x = a, *y = b;
	int rc = compare_axes(x, y, true);

	if (!rc)
		rc = compare_variants(x, y);
	if (!rc)
		rc = place(x) - place(y);
	if (!rc)
		rc = compare_axes(x, y, false);
	return rc ? rc : strcmp(row_get(x->key, COL_POINT_ID), row_get(y->key, COL_POINT_ID));
}

/*
 * ln of how much better @member was than @base in each round both were measured in. Rounds only grow, so
 * one pass over both finds the pairs.
 */
static size_t pair(const struct series *base, const struct series *member, enum metric m, double *ln)
{
	size_t n = 0;

	for (size_t i = 0, j = 0; i < base->n && j < member->n;) {
		const struct sample *x = &base->s[i], *y = &member->s[j];
		double ratio = y->v[m] / x->v[m];

		if (x->round == y->round && ratio > 0 && isfinite(ratio))
			ln[n++] = m == M_P50 ? -log(ratio) : log(ratio);
		i += x->round <= y->round;
		j += y->round <= x->round;
	}
	return n;
}

static int compare_pair(struct summary_point *p, const struct series *base, const struct series *member)
{
	double *ln = calloc(member->n + 1, sizeof(*ln));
	size_t n;

	if (!ln)
		return -ENOMEM;
	n = pair(base, member, summary_metric(p), ln);
	if (n)
		p->cell = stats_ratio(ln, n);
	free(ln);
	return 0;
}

/* A point and its cell, to bring the members of a cell together. */
struct member {
	const char *cell;
	size_t point;
	int place;
};

static int by_cell(const void *a, const void *b)
{
	const struct member *x = a, *y = b;
	int rc = strcmp(x->cell, y->cell);

	return rc ? rc : x->place - y->place;
}

/* The plain member leads its cell, if there is one: points without a cell, or two of a kind, are left alone.
 */
static int compare_members(struct summary *s, const struct series *series, const struct member *m, size_t n)
{
	const struct member *base = NULL;
	int rc = 0;

	for (size_t i = 0; !rc && i < n; i++) {
		bool same = base && !strcmp(base->cell, m[i].cell);

		if (m[i].place == 0 && *m[i].cell)
			base = &m[i];
		else if (same)
			rc = compare_pair(&s->point[m[i].point], &series[base->point], &series[m[i].point]);
	}
	return rc;
}

int summary_cells(struct summary *s, const struct series *series)
{
	struct member *m = calloc(s->n + 1, sizeof(*m));
	int rc;

	if (!m)
		return -ENOMEM;
	for (size_t i = 0; i < s->n; i++)
		m[i] = (struct member){row_get(s->point[i].key, COL_CELL_ID), i, place(&s->point[i])};
	qsort(m, s->n, sizeof(*m), by_cell);
	rc = compare_members(s, series, m, s->n);
	free(m);
	return rc;
}
