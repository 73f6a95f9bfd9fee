// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Points laid out over two axes: which points share all other axes, which values the two have there. */
#include "report/matrix.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "report/compare_priv.h"
#include "report/table_cell.h"

enum { GAP = 2 };

static int find_axis(const char *name, size_t len, enum axis *out)
{
	for (int a = 0; a < AX_COUNT; a++) {
		const char *is = keys_axis((enum axis)a)->name;

		if (strlen(is) == len && !memcmp(is, name, len)) {
			*out = (enum axis)a;
			return 0;
		}
	}
	return -EINVAL;
}

static const char *main_column(const struct summary_point *p)
{
	const struct median_ci *m = summary_main(p);

	return m == &p->bw ? "bw_gbyte_s" : m == &p->rate ? "msg_mops" : "lat_p50_us";
}

int matrix_read(const char *axes, const char *value, const struct summary *s, struct matrix *out,
		struct err *e)
{
	const char *comma = strchr(axes, ',');
	double v;

	if (!s->n)
		return err_set(e, -EINVAL, "the run has no points");
	if (!comma || find_axis(axes, (size_t)(comma - axes), &out->row) ||
	    find_axis(comma + 1, strlen(comma + 1), &out->col) || out->row == out->col) {
		err_set(e, -EINVAL, "--matrix %s: wants two axes, e.g. --matrix size,target", axes);
		return err_hint(e, -EINVAL, "`p2pbench help keys` lists them");
	}
	out->value = value ? value : main_column(&s->point[0]);
	if (summary_number(&s->point[0], out->value, &v))
		return 0;
	err_set(e, -EINVAL, "--value %s: no column of numbers in summary.csv", out->value);
	return err_hint(e, -EINVAL, "e.g. bw_gbyte_s, msg_mops, lat_p50_us, p99_us, pct_limit, half_pct, n");
}

/* Points of one matrix: @at of them, and the values its axes have. */
struct layout {
	const struct matrix *m;
	const struct summary *s;
	size_t *at;
	size_t n;
	const char **row, **col;
	int *width; /* of each column */
	size_t n_row, n_col;
};

static const char *cell(const struct summary_point *p, enum axis a)
{
	return row_get(p->key, (enum column)(COL_KEY + (int)a));
}

static bool same_elsewhere(const struct matrix *m, const struct summary_point *x,
			   const struct summary_point *y)
{
	for (int a = 0; a < AX_COUNT; a++) {
		if (a != (int)m->row && a != (int)m->col &&
		    strcmp(cell(x, (enum axis)a), cell(y, (enum axis)a)) != 0)
			return false;
	}
	return true;
}

/* Sorted, each once. */
static size_t insert(const char **list, size_t n, const char *text)
{
	size_t at = 0;

	while (at < n && compare_cell_order(list[at], text) < 0)
		at++;
	if (at < n && !strcmp(list[at], text))
		return n;
	memmove((void *)(list + at + 1), (const void *)(list + at), (n - at) * sizeof(*list));
	list[at] = text;
	return n + 1;
}

/* The points that go with point @first, which no matrix has taken yet. */
static void gather(struct layout *l, size_t first, bool *taken)
{
	l->n = l->n_row = l->n_col = 0;
	for (size_t i = first; i < l->s->n; i++) {
		const struct summary_point *p = &l->s->point[i];

		if (taken[i] || !same_elsewhere(l->m, &l->s->point[first], p))
			continue;
		taken[i] = true;
		l->at[l->n++] = i;
		l->n_row = insert(l->row, l->n_row, cell(p, l->m->row));
		l->n_col = insert(l->col, l->n_col, cell(p, l->m->col));
	}
}

/* Empty where no point stands, "-" where it has no such figure. */
static void value_text(const struct layout *l, const char *row, const char *col, char buf[CELL_LEN])
{
	buf[0] = '\0';
	for (size_t i = 0; i < l->n; i++) {
		const struct summary_point *p = &l->s->point[l->at[i]];
		double v = nan("");

		if (strcmp(cell(p, l->m->row), row) != 0 || strcmp(cell(p, l->m->col), col) != 0)
			continue;
		summary_number(p, l->m->value, &v);
		cell_number(v, buf, CELL_LEN);
		if (!*buf)
			snprintf(buf, CELL_LEN, "-");
		return;
	}
}

/* A value of an axis as a person reads it. */
static char *axis_text(enum axis a, const char *text, char buf[CELL_LEN])
{
	struct row row;

	row_clear(&row);
	row_text(&row, (enum column)(COL_KEY + (int)a), text);
	label_text(&(struct summary_point){.key = &row}, (enum column)(COL_KEY + (int)a), buf);
	if (!*buf)
		snprintf(buf, CELL_LEN, "-");
	return buf;
}

static int wider(int width, const char *text)
{
	int len = (int)strlen(text);

	return len > width ? len : width;
}

static int column_width(const struct layout *l, const char *col)
{
	char buf[CELL_LEN];
	int width = wider(0, axis_text(l->m->col, col, buf));

	for (size_t i = 0; i < l->n_row; i++) {
		value_text(l, l->row[i], col, buf);
		width = wider(width, buf);
	}
	return width;
}

/* "bw_gbyte_s: size down, target across; measure bw, op write, ..." */
static void print_heading(const struct layout *l, FILE *out)
{
	const struct summary_point *p = &l->s->point[l->at[0]];
	char buf[CELL_LEN];
	const char *sep = ";";

	fprintf(out, "%s: %s down, %s across", l->m->value, keys_axis(l->m->row)->name,
		keys_axis(l->m->col)->name);
	for (int a = 0; a < AX_COUNT; a++) {
		if (a == (int)l->m->row || a == (int)l->m->col || !*cell(p, (enum axis)a))
			continue;
		fprintf(out, "%s %s %s", sep, keys_axis((enum axis)a)->name,
			label_text(p, (enum column)(COL_KEY + a), buf));
		sep = ",";
	}
	fputc('\n', out);
}

static void print_one(const struct layout *l, FILE *out)
{
	int first = wider(0, keys_axis(l->m->row)->name);
	char buf[CELL_LEN];

	for (size_t i = 0; i < l->n_row; i++)
		first = wider(first, axis_text(l->m->row, l->row[i], buf));
	for (size_t k = 0; k < l->n_col; k++)
		l->width[k] = GAP + column_width(l, l->col[k]);
	print_heading(l, out);
	fprintf(out, "  %-*s", first, keys_axis(l->m->row)->name);
	for (size_t k = 0; k < l->n_col; k++)
		fprintf(out, "%*s", GAP + column_width(l, l->col[k]), axis_text(l->m->col, l->col[k], buf));
	fputc('\n', out);
	for (size_t i = 0; i < l->n_row; i++) {
		fprintf(out, "  %-*s", first, axis_text(l->m->row, l->row[i], buf));
		for (size_t k = 0; k < l->n_col; k++) {
			value_text(l, l->row[i], l->col[k], buf);
			fprintf(out, "%*s", l->width[k], buf);
		}
		fputc('\n', out);
	}
	fputc('\n', out);
}

/* Has the point the figure at all? A latency has no place in a matrix of bandwidths. */
static bool has_value(const struct matrix *m, const struct summary_point *p)
{
	double v = nan("");

	summary_number(p, m->value, &v);
	return !isnan(v);
}

int matrix_print(const struct matrix *m, const struct summary *s, FILE *out)
{
	bool *taken = calloc(s->n + 1, sizeof(*taken));
	struct layout l = {.m = m, .s = s};
	int rc = -ENOMEM;

	l.at = calloc(s->n + 1, sizeof(*l.at));
	l.row = calloc(s->n + 1, sizeof(*l.row));
	l.col = calloc(s->n + 1, sizeof(*l.col));
	l.width = calloc(s->n + 1, sizeof(*l.width));
	if (taken && l.at && l.row && l.col && l.width)
		rc = 0;
	for (size_t i = 0; !rc && i < s->n; i++) {
		if (taken[i] || !has_value(m, &s->point[i]))
			continue;
		gather(&l, i, taken);
		print_one(&l, out);
	}
	free(taken);
	free(l.at);
	free((void *)l.row);
	free((void *)l.col);
	free(l.width);
	return rc;
}
