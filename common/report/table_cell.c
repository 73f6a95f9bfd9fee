// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Cells of the table on the terminal: ASCII only, figures to four digits, units in the titles. */
#include "report/table_cell.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/units.h"

bool cell_is_bw(const char *measure)
{
	return !strcmp(measure, "bw");
}

bool figure_shown(enum figure f, bool bw)
{
	switch (f) {
	case FIG_P99:
	case FIG_MAX:
		return !bw;
	case FIG_MOPS:
	case FIG_PCT:
		return bw;
	default:
		return true;
	}
}

const char *figure_title(enum figure f, bool bw)
{
	static const char *const titles[FIG_COUNT] = {
		[FIG_MEDIAN] = "GB/s", [FIG_HALF] = "+-%",   [FIG_CI] = "interval",
		[FIG_P99] = "p99 us",  [FIG_MAX] = "max us", [FIG_MOPS] = "Mops",
		[FIG_PCT] = "% limit", [FIG_N] = "n",	     [FIG_FLAGS] = "flags",
	};

	return f == FIG_MEDIAN && !bw ? "p50 us" : titles[f];
}

/* Four significant digits without an exponent; empty for NaN. */
static void put4(double v, char *buf, size_t len)
{
	double a = fabs(v);
	int decimals = a >= 1000 ? 0 : a >= 100 ? 1 : a >= 10 ? 2 : a >= 1 ? 3 : 4;

	buf[0] = '\0';
	if (isfinite(v))
		snprintf(buf, len, "%.*f", decimals, v);
}

static void put_interval(const struct median_ci *m, char buf[CELL_LEN])
{
	char lo[32], hi[32];

	put4(m->lo, lo, sizeof(lo));
	put4(m->hi, hi, sizeof(hi));
	snprintf(buf, CELL_LEN, "%s%s%s", lo, *lo ? ".." : "", hi);
}

/* "! coarse,void:2" */
static void put_flags(const struct summary_point *p, char buf[CELL_LEN])
{
	char left_out[32] = "";

	if (p->n_void)
		snprintf(left_out, sizeof(left_out), "void:%zu", p->n_void);
	snprintf(buf, CELL_LEN, "%s%s%s%s%s", p->converged ? "" : "!",
		 !p->converged && (*p->flags || *left_out) ? " " : "", p->flags,
		 *p->flags && *left_out ? ";" : "", left_out);
	for (char *s = buf; *s; s++)
		*s = *s == ';' ? ',' : *s;
}

char *figure_text(const struct summary_point *p, enum figure f, char buf[CELL_LEN])
{
	buf[0] = '\0';
	switch (f) {
	case FIG_MEDIAN:
		put4(summary_main(p)->median, buf, CELL_LEN);
		break;
	case FIG_HALF:
		if (isfinite(p->half_pct))
			snprintf(buf, CELL_LEN, "%.1f", p->half_pct);
		break;
	case FIG_CI:
		put_interval(summary_main(p), buf);
		break;
	case FIG_P99:
		put4(p->p99.median, buf, CELL_LEN);
		break;
	case FIG_MAX:
		put4(p->max_us, buf, CELL_LEN);
		break;
	case FIG_MOPS:
		put4(p->msg_mops, buf, CELL_LEN);
		break;
	case FIG_PCT:
		if (isfinite(p->pct_limit))
			snprintf(buf, CELL_LEN, "%.1f", p->pct_limit);
		break;
	case FIG_N:
		snprintf(buf, CELL_LEN, "%zu", p->n);
		break;
	default:
		put_flags(p, buf);
	}
	return buf;
}

bool label_shown(enum column c)
{
	switch (c) {
	case COL_KEY + AX_MEASURE:
		return false;
	case COL_EVIDENCE:
	case COL_TARGET_KIND:
	case COL_INTERCONNECT_USED:
	case COL_ROUTE:
	case COL_CLASS:
	case COL_TPH_EVIDENCE:
		return true;
	default:
		return c >= COL_KEY && c < COL_KEY + AX_COUNT;
	}
}

const char *label_title(enum column c)
{
	bool key = c >= COL_KEY && c < COL_KEY + AX_COUNT;

	return key ? keys_axis((enum axis)(c - COL_KEY))->name : column_name(c);
}

char *label_text(const struct summary_point *p, enum column c, char buf[CELL_LEN])
{
	const char *text = row_get(p->key, c);
	char size[UNITS_TEXT];
	int64_t v;

	if (c == COL_INTERCONNECT_USED && !strcmp(text, row_get(p->key, COL_KEY + AX_INTERCONNECT)))
		text = ""; /* got what was asked */
	if (c == COL_TPH_EVIDENCE && !strcmp(text, "none"))
		text = "";
	if (c == COL_KEY + AX_OP && !strcmp(text, "write_cqe"))
		text = "write_cqe (acceptance)";
	if ((c == COL_KEY + AX_SIZE || c == COL_KEY + AX_OFFSET || c == COL_KEY + AX_FOOTPRINT) &&
	    !units_int(text, &v, NULL))
		text = units_size_text(size, v);
	snprintf(buf, CELL_LEN, "%.*s", CELL_LEN - 1, text);
	return buf;
}
