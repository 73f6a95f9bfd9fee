// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * perftest's table, the same three lines since 4.5: a header that names columns and unit, the row, a rule.
 * The unit it calls MB is 2^20 bytes, as is MiB; Gb is 10^9 bits.
 */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "crosscheck/perftest.h"

enum { LINE_MAX_BYTES = 512, WORDS_MOST = 12 };

struct lines {
	const char *at, *end;
	char text[LINE_MAX_BYTES];
};

/* The next line, cut to the room there is, printable. */
static bool next_line(struct lines *l)
{
	const char *nl;
	size_t n;

	if (l->at >= l->end)
		return false;
	nl = memchr(l->at, '\n', (size_t)(l->end - l->at));
	n = (size_t)((nl ? nl : l->end) - l->at);
	if (n >= sizeof(l->text))
		n = sizeof(l->text) - 1;
	memcpy(l->text, l->at, n);
	l->text[n] = '\0';
	for (char *p = l->text; p < l->text + n; p++)
		*p = *p < ' ' || *p > '~' ? ' ' : *p;
	l->at = nl ? nl + 1 : l->end;
	return true;
}

static const char *skip_blanks(const char *p)
{
	while (*p == ' ')
		p++;
	return p;
}

/* Words of @line as numbers. Return: how many there are; -1 when one of them is none. */
static int numbers(const char *line, double column[WORDS_MOST])
{
	int n = 0;

	for (const char *p = skip_blanks(line); *p; p = skip_blanks(p)) {
		char *end;

		if (n == WORDS_MOST)
			return -1;
		column[n++] = strtod(p, &end);
		if (end == p || (*end && *end != ' '))
			return -1;
		p = end;
	}
	return n;
}

/* Does @line have the words of @header, blanks aside, and nothing behind them but a CPU column? */
static bool same_words(const char *line, const char *header)
{
	const char *a = skip_blanks(line), *b = skip_blanks(header);

	while (*a && *b) {
		if (*a != *b)
			return false;
		a = skip_blanks(a + 1);
		b = skip_blanks(b + 1);
	}
	return !*a && !*b;
}

/* The header of this version; @unit: bytes behind one of the printed figures. */
static bool header_of(const struct perftest_version *v, enum perftest_kind kind, const char *line,
		      double *unit)
{
	char wanted[LINE_MAX_BYTES];

	*unit = 1;
	if (kind == PERFTEST_LAT)
		return same_words(line,
				  "#bytes #iterations t_min[usec] t_max[usec] t_typical[usec] t_avg[usec] "
				  "t_stdev[usec] 99% percentile[usec] 99.9% percentile[usec]");
	*unit = 1e9 / 8;
	if (same_words(line, "#bytes #iterations BW peak[Gb/sec] BW average[Gb/sec] MsgRate[Mpps]"))
		return true;
	*unit = 1 << 20;
	snprintf(wanted, sizeof(wanted), "#bytes #iterations BW peak[%s] BW average[%s] MsgRate[Mpps]",
		 v->mib, v->mib);
	return same_words(line, wanted);
}

/* From the table's header to the header's end. */
static int find_header(struct lines *l, const struct perftest_version *v, enum perftest_kind kind,
		       double *unit, struct err *e)
{
	while (next_line(l)) {
		if (!strstr(l->text, "#bytes"))
			continue;
		if (header_of(v, kind, l->text, unit))
			return 0;
		return err_set(e, -EPROTO, "perftest %s prints another table than is known: \"%.160s\"",
			       v->reported, skip_blanks(l->text));
	}
	return err_set(e, -ENODATA, "perftest prints no table of results");
}

/* All that follows the header. */
static int find_row(struct lines *l, int columns, double column[WORDS_MOST], struct err *e)
{
	bool found = false;

	while (next_line(l)) {
		double words[WORDS_MOST];
		int n = numbers(l->text, words);

		if (n <= 1)
			continue; /* a rule, a warning, a lone number of --output */
		if (found)
			return err_set(e, -EPROTO, "perftest prints more than one row: \"%.120s\"",
				       skip_blanks(l->text));
		if (n != columns)
			return err_set(e, -EPROTO, "perftest prints a row of %d columns, not %d: \"%.120s\"",
				       n, columns, skip_blanks(l->text));
		memcpy(column, words, sizeof(words));
		found = true;
	}
	return found ? 0 : err_set(e, -ENODATA, "perftest prints the head of its table, but no row");
}

int perftest_text(const struct perftest_version *v, enum perftest_kind kind, const char *text, size_t len,
		  struct perftest_result *out, struct err *e)
{
	struct lines l = {.at = text, .end = text + len};
	double column[WORDS_MOST] = {0}, unit = 1;
	int rc = find_header(&l, v, kind, &unit, e);

	*out = (struct perftest_result){.kind = kind};
	if (!rc)
		rc = find_row(&l, kind == PERFTEST_BW ? PERFTEST_BW_COLUMNS : PERFTEST_LAT_COLUMNS, column,
			      e);
	if (rc)
		return rc;
	return kind == PERFTEST_BW ? perftest_fill_bw(column, unit, out, e)
				   : perftest_fill_lat(column, out, e);
}

/* Printed figures are finite and not below zero; counts are whole. */
static int check_column(const double *column, int n, struct err *e)
{
	for (int i = 0; i < n; i++)
		if (!isfinite(column[i]) || column[i] < 0)
			return err_set(e, -ERANGE, "perftest prints %g as a result", column[i]);
	for (int i = 0; i < 2; i++)
		if (column[i] < 1 || column[i] > 1e15 || floor(column[i]) < column[i])
			return err_set(e, -ERANGE, "perftest prints %g as a %s", column[i],
				       i ? "number of messages" : "message size");
	return 0;
}

/* Last printed digits: two decimals of the bandwidth (six where it is small), six of the rate. */
int perftest_fill_bw(const double *column, double unit, struct perftest_result *out, struct err *e)
{
	int rc = check_column(column, PERFTEST_BW_COLUMNS, e);
	double by_bw, by_rate, bw_off, rate_off;

	if (rc)
		return rc;
	out->size = (uint64_t)column[0];
	out->messages = (uint64_t)column[1];
	by_bw = column[3] * unit;
	by_rate = column[4] * 1e6 * column[0];
	if (by_bw <= 0 && by_rate <= 0)
		return err_set(e, -ERANGE, "perftest prints a bandwidth and a message rate of 0");
	bw_off = 0.005 * unit;
	rate_off = 0.5 * column[0];
	if (fabs(by_bw - by_rate) > 0.01 * fmax(by_bw, by_rate) + bw_off + rate_off)
		return err_set(e, -EPROTO,
			       "perftest's bandwidth (%.6g bytes/s, as its unit says) and message rate (%.6g "
			       "bytes/s) contradict each other",
			       by_bw, by_rate);
	/* The one that has more digits. */
	if (by_rate <= 0 || (by_bw > 0 && bw_off / by_bw <= rate_off / by_rate)) {
		out->bytes_s = by_bw;
		out->rounding = bw_off / by_bw;
	} else {
		out->bytes_s = by_rate;
		out->rounding = rate_off / by_rate;
	}
	out->msgs_s = out->bytes_s / column[0];
	return 0;
}

int perftest_fill_lat(const double *column, struct perftest_result *out, struct err *e)
{
	int rc = check_column(column, PERFTEST_LAT_COLUMNS, e);

	if (rc)
		return rc;
	if (column[4] <= 0 || column[2] > column[4] || column[4] > column[3])
		return err_set(e, -ERANGE, "perftest prints a median of %g us between %g and %g us",
			       column[4], column[2], column[3]);
	out->size = (uint64_t)column[0];
	out->messages = (uint64_t)column[1];
	out->min_us = column[2];
	out->second_max_us = column[3];
	out->typical_us = column[4];
	out->avg_us = column[5];
	out->p99_us = column[7];
	out->p999_us = column[8];
	out->rounding = 0.005 / out->typical_us;
	return 0;
}

static bool close_to(double a, double b, double rel)
{
	return fabs(a - b) <= rel * fmax(fabs(a), fabs(b)) + 1e-12;
}

bool perftest_same(const struct perftest_result *a, const struct perftest_result *b)
{
	double rel = a->rounding + b->rounding;

	return a->kind == b->kind && a->size == b->size && a->messages == b->messages &&
	       close_to(a->bytes_s, b->bytes_s, rel) && close_to(a->typical_us, b->typical_us, rel);
}

int perftest_expect(const struct perftest_result *r, uint64_t size, uint64_t messages, struct err *e)
{
	if (r->size != size)
		return err_set(e, -EPROTO, "perftest reports messages of %llu bytes, asked for %llu",
			       (unsigned long long)r->size, (unsigned long long)size);
	if (r->messages != messages)
		return err_set(e, -EPROTO, "perftest reports %llu messages, asked for %llu",
			       (unsigned long long)r->messages, (unsigned long long)messages);
	return 0;
}
