// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Columns of summary.csv: one table of where a point keeps each, written as a whole or not at all. */
#include "result/summary.h"

#include <errno.h>
#include <math.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/err.h"
#include "result/atomic.h"
#include "result/csv.h"

/* RATE, CELL_NUM: numbers of rate points, of points with something to compare with; else empty. */
enum kind { KEY, NUM, RATE, CELL_NUM, COUNT, BOOL, TEXT, STOP };

/* @at: column of the key row, or offset in struct summary_point. */
struct summary_col {
	const char *name;
	enum kind kind;
	size_t at;
};

#define AT(member) offsetof(struct summary_point, member)

/* clang-format off */
static const struct summary_col cols[] = {
	{"n", COUNT, AT(n)},
	{"n_void", COUNT, AT(n_void)},
	{"n_setups", COUNT, AT(n_setups)},
	{"bw_median_gbyte_s", NUM, AT(bw.median)},
	{"bw_ci_lo_gbyte_s", NUM, AT(bw.lo)},
	{"bw_ci_hi_gbyte_s", NUM, AT(bw.hi)},
	{"bw_mad_gbyte_s", NUM, AT(bw.mad)},
	{"bw_min_gbyte_s", NUM, AT(bw.min)},
	{"bw_max_gbyte_s", NUM, AT(bw.max)},
	{"msg_mops", NUM, AT(rate.median)},
	{"rate_median_mops", RATE, AT(rate.median)},
	{"rate_ci_lo_mops", RATE, AT(rate.lo)},
	{"rate_ci_hi_mops", RATE, AT(rate.hi)},
	{"rate_mad_mops", RATE, AT(rate.mad)},
	{"rate_min_mops", RATE, AT(rate.min)},
	{"rate_max_mops", RATE, AT(rate.max)},
	{"p50_median_us", NUM, AT(p50.median)},
	{"p50_ci_lo_us", NUM, AT(p50.lo)},
	{"p50_ci_hi_us", NUM, AT(p50.hi)},
	{"p50_mad_us", NUM, AT(p50.mad)},
	{"p50_min_us", NUM, AT(p50.min)},
	{"p50_max_us", NUM, AT(p50.max)},
	{"p99_us", NUM, AT(p99.median)},
	{"p99_ci_lo_us", NUM, AT(p99.lo)},
	{"p99_ci_hi_us", NUM, AT(p99.hi)},
	{"p999_us", NUM, AT(p999_us)},
	{"max_us", NUM, AT(max_us)},
	{"drain_us", NUM, AT(drain_us)},
	{"send_lag_p99_us", NUM, AT(lag_us)},
	{"late_pct", NUM, AT(late_pct)},
	{"dereg_us", NUM, AT(dereg_us)},
	{"consume_p50_us", NUM, AT(consume_us)},
	{"ci_conf", NUM, AT(ci_conf)},
	{"half_pct", NUM, AT(half_pct)},
	{"converged", BOOL, AT(converged)},
	{"stop_reason", STOP, 0},
	{"r1", NUM, AT(lag1)},
	{"trend_p", NUM, AT(trend_p)},
	{"setup_var_pct", NUM, AT(setup_var_pct)},
	{"limit_gbyte_s", KEY, COL_LIMIT_GBYTE_S},
	{"expected_gbyte_s", KEY, COL_EXPECTED_GBYTE_S},
	{"limit_conc_gbyte_s", KEY, COL_LIMIT_CONC_GBYTE_S},
	{"limit_by", KEY, COL_LIMIT_BY},
	{"limit_hop", KEY, COL_LIMIT_HOP},
	{"limit_source", KEY, COL_LIMIT_SOURCE},
	{"pct_limit", NUM, AT(pct_limit)},
	{"tph_evidence", KEY, COL_TPH_EVIDENCE},
	{"cell_ratio", CELL_NUM, AT(cell.ratio)},
	{"cell_ci_lo", CELL_NUM, AT(cell.lo)},
	{"cell_ci_hi", CELL_NUM, AT(cell.hi)},
	{"cell_p", CELL_NUM, AT(cell.p)},
	{"cell_n", COUNT, AT(cell.n)},
	{"flags", TEXT, AT(flags)},
	{"status", TEXT, AT(status)},
	{"reason", TEXT, AT(reason)},
};
/* clang-format on */

/* In front of the table: identity, key and state cells up to cpu_used. */
enum { CELLS_FIRST = COL_POINT_ID, CELLS = COL_CPU_USED + 1 - CELLS_FIRST };

const char *summary_column(size_t i)
{
	if (i < CELLS)
		return column_name((enum column)(CELLS_FIRST + i));
	return i - CELLS < ARRAY_LEN(cols) ? cols[i - CELLS].name : NULL;
}

static void put_text(FILE *out, const char *text)
{
	char cell[2 * CSV_FIELD_MAX + 2];
	int n = csv_cell(cell, sizeof(cell), text);

	if (n > 0)
		fwrite(cell, 1, (size_t)n, out);
}

static void put_num(FILE *out, double v)
{
	if (isfinite(v))
		fprintf(out, "%.9g", v);
}

static void put_col(FILE *out, const struct summary_point *p, const struct summary_col *c,
		    const char *stop_reason)
{
	const char *at = (const char *)p + c->at;

	switch (c->kind) {
	case KEY:
		put_text(out, row_get(p->key, (enum column)c->at));
		break;
	case NUM:
		put_num(out, *(const double *)at);
		break;
	case RATE:
		if (summary_main(p) == &p->rate)
			put_num(out, *(const double *)at);
		break;
	case CELL_NUM:
		if (p->cell.n)
			put_num(out, *(const double *)at);
		break;
	case COUNT:
		fprintf(out, "%zu", *(const size_t *)at);
		break;
	case BOOL:
		fprintf(out, "%d", *(const int *)at != 0);
		break;
	case TEXT:
		put_text(out, at);
		break;
	case STOP:
		put_text(out, stop_reason);
		break;
	}
}

static void put_point(FILE *out, const struct summary_point *p, const char *stop_reason)
{
	for (int c = 0; c < CELLS; c++) {
		put_text(out, row_get(p->key, (enum column)(CELLS_FIRST + c)));
		fputc(',', out);
	}
	for (size_t i = 0; i < ARRAY_LEN(cols); i++) {
		put_col(out, p, &cols[i], stop_reason);
		fputc(i + 1 < ARRAY_LEN(cols) ? ',' : '\n', out);
	}
}

static void put_header(FILE *out)
{
	for (size_t i = 0; summary_column(i); i++)
		fprintf(out, "%s%c", summary_column(i), summary_column(i + 1) ? ',' : '\n');
}

void summary_print(FILE *out, const struct summary *s, const char *(*reason)(void *arg, const char *point_id),
		   void *arg)
{
	put_header(out);
	for (size_t i = 0; i < s->n; i++) {
		const struct summary_point *p = &s->point[i];
		const char *why = p->n && reason ? reason(arg, row_get(p->key, COL_POINT_ID)) : NULL;

		put_point(out, p, why ? why : "");
	}
}

int summary_write(const char *dir, const struct summary *s,
		  const char *(*reason)(void *arg, const char *point_id), void *arg, struct err *e)
{
	CLEANUP_FREE char *text = NULL;
	size_t len = 0;
	FILE *out = open_memstream(&text, &len);
	int failed;

	if (!out)
		return err_set(e, -ENOMEM, "%s/summary.csv: no memory to write it", dir);
	summary_print(out, s, reason, arg);
	failed = ferror(out);
	if (fclose(out) || failed)
		return err_set(e, -ENOMEM, "%s/summary.csv: no memory to write it", dir);
	return atomic_write(dir, "summary.csv", text, len, e);
}

/* The main figures by the names they have in rounds.csv. */
static const char *own_name(const char *column)
{
	static const char *const same[][2] = {
		{"bw_gbyte_s", "bw_median_gbyte_s"},
		{"lat_p50_us", "p50_median_us"},
		{"lat_p99_us", "p99_us"},
		{"lat_p999_us", "p999_us"},
		{"lat_max_us", "max_us"},
	};

	for (size_t i = 0; i < ARRAY_LEN(same); i++) {
		if (!strcmp(column, same[i][0]))
			return same[i][1];
	}
	return column;
}

bool summary_number(const struct summary_point *p, const char *column, double *v)
{
	const char *name = own_name(column);
	size_t i = 0;
	const char *at;

	while (i < ARRAY_LEN(cols) && strcmp(cols[i].name, name) != 0)
		i++;
	if (i == ARRAY_LEN(cols) || cols[i].kind == TEXT || cols[i].kind == STOP)
		return false;
	at = (const char *)p + cols[i].at;
	*v = nan("");
	switch (cols[i].kind) {
	case KEY:
		*v = row_get_num(p->key, (enum column)cols[i].at);
		break;
	case COUNT:
		*v = (double)*(const size_t *)(const void *)at;
		break;
	case BOOL:
		*v = *(const int *)(const void *)at;
		break;
	case CELL_NUM:
		if (p->cell.n)
			*v = *(const double *)(const void *)at;
		break;
	case RATE:
		if (summary_main(p) == &p->rate)
			*v = *(const double *)(const void *)at;
		break;
	default:
		*v = *(const double *)(const void *)at;
	}
	return true;
}
