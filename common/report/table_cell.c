// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Cells of the table on the terminal: ASCII only, figures to four digits, units in the titles. */
#include "report/table_cell.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/units.h"

int cell_measure(const char *word)
{
	const char *const *words = keys_axis(AX_MEASURE)->words;

	for (int i = 0; words[i]; i++) {
		if (!strcmp(words[i], word))
			return i;
	}
	return MEASURE_LAT;
}

static bool is_time(int measure)
{
	return measure == MEASURE_LAT || measure == MEASURE_REG;
}

bool figure_shown(enum figure f, int measure)
{
	switch (f) {
	case FIG_P99:
	case FIG_MAX:
		return is_time(measure);
	case FIG_MOPS:
	case FIG_PCT:
		return measure == MEASURE_BW;
	default:
		return true;
	}
}

const char *figure_title(enum figure f, int measure)
{
	static const char *const main_titles[] = {
		[MEASURE_BW] = "GB/s",
		[MEASURE_LAT] = "p50 us",
		[MEASURE_RATE] = "Mops",
		[MEASURE_REG] = "reg us",
	};
	static const char *const titles[FIG_COUNT] = {
		[FIG_HALF] = "+-%",
		[FIG_CI] = "interval",
		[FIG_P99] = "p99 us",
		[FIG_MAX] = "max us",
		[FIG_DEREG] = "dereg us",
		[FIG_CONSUME] = "consume us",
		[FIG_LAG] = "lag p99 us",
		[FIG_LATE] = "late %",
		[FIG_MOPS] = "Mops",
		[FIG_PCT] = "% limit",
		[FIG_DRAIN] = "drain us",
		[FIG_RATIO] = "vs none",
		[FIG_P] = "p",
		[FIG_N] = "n",
		[FIG_FLAGS] = "flags",
	};

	return f == FIG_MEDIAN ? main_titles[measure] : titles[f];
}

void cell_number(double v, char *buf, size_t len)
{
	double a = fabs(v);
	int decimals = a >= 1000 ? 0 : a >= 100 ? 1 : a >= 10 ? 2 : a >= 1 ? 3 : 4;

	buf[0] = '\0';
	if (isfinite(v))
		snprintf(buf, len, "%.*f", decimals, v);
}

static void put_interval(double from, double to, char buf[CELL_LEN])
{
	char lo[32], hi[32];

	cell_number(from, lo, sizeof(lo));
	cell_number(to, hi, sizeof(hi));
	snprintf(buf, CELL_LEN, "%s%s%s", lo, *lo ? ".." : "", hi);
}

/* "1.0203 1.0182..1.0225"; below 6 pairs without an interval. */
static void put_ratio(const struct ratio_ci *r, char buf[CELL_LEN])
{
	if (r->n && isfinite(r->lo))
		snprintf(buf, CELL_LEN, "%.4f %.4f..%.4f", r->ratio, r->lo, r->hi);
	else if (r->n)
		snprintf(buf, CELL_LEN, "%.4f", r->ratio);
}

static void put_percent(double v, char buf[CELL_LEN])
{
	if (isfinite(v))
		snprintf(buf, CELL_LEN, "%.1f", v);
}

static void add_word(char buf[CELL_LEN], const char *word)
{
	size_t used = strlen(buf);

	if (*word)
		snprintf(buf + used, CELL_LEN - used, "%s%s", used ? "," : "", word);
}

/* "! coarse,void:2" */
static void put_flags(const struct summary_point *p, char buf[CELL_LEN])
{
	char words[CELL_LEN] = "", left_out[32] = "";

	if (p->n_void)
		snprintf(left_out, sizeof(left_out), "void:%zu", p->n_void);
	add_word(words, strcmp(p->status, status_name(ST_OVERLOAD)) ? "" : status_name(ST_OVERLOAD));
	add_word(words, p->flags);
	add_word(words, left_out);
	for (char *s = words; *s; s++)
		*s = *s == ';' ? ',' : *s;
	snprintf(buf, CELL_LEN, "%s%s%.140s", p->converged ? "" : "!", !p->converged && *words ? " " : "",
		 words);
}

/* Figures that are one number of four digits. */
static double number(const struct summary_point *p, enum figure f)
{
	switch (f) {
	case FIG_MEDIAN:
		return summary_main(p)->median;
	case FIG_P99:
		return p->p99.median;
	case FIG_MAX:
		return p->max_us;
	case FIG_DEREG:
		return p->dereg_us;
	case FIG_CONSUME:
		return p->consume_us;
	case FIG_LAG:
		return p->lag_us;
	case FIG_MOPS:
		return p->rate.median;
	case FIG_DRAIN:
		return p->drain_us;
	default:
		return nan("");
	}
}

char *figure_text(const struct summary_point *p, enum figure f, char buf[CELL_LEN])
{
	buf[0] = '\0';
	switch (f) {
	case FIG_HALF:
		put_percent(p->half_pct, buf);
		break;
	case FIG_CI:
		put_interval(summary_main(p)->lo, summary_main(p)->hi, buf);
		break;
	case FIG_LATE:
		put_percent(p->late_pct, buf);
		break;
	case FIG_PCT:
		/* Assumed inputs: the figure is about right. */
		if (isfinite(p->pct_limit))
			snprintf(buf, CELL_LEN, "%s%.1f",
				 strcmp(row_get(p->key, COL_LIMIT_SOURCE), "assumed") ? "" : "~",
				 p->pct_limit);
		break;
	case FIG_RATIO:
		put_ratio(&p->cell, buf);
		break;
	case FIG_P:
		if (p->cell.n)
			snprintf(buf, CELL_LEN, "%.2g", p->cell.p);
		break;
	case FIG_N:
		snprintf(buf, CELL_LEN, "%zu", p->n);
		break;
	case FIG_FLAGS:
		put_flags(p, buf);
		break;
	default:
		cell_number(number(p, f), buf, CELL_LEN);
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
	if (summary_is_control(p) && c == COL_KEY + AX_TPH)
		text = "none (A/A)";
	if (c == COL_KEY + AX_OP && !strcmp(text, "write_cqe"))
		text = "write_cqe (acceptance)";
	if ((c == COL_KEY + AX_SIZE || c == COL_KEY + AX_OFFSET || c == COL_KEY + AX_FOOTPRINT) &&
	    !units_int(text, &v, NULL))
		text = units_size_text(size, v);
	snprintf(buf, CELL_LEN, "%.*s", CELL_LEN - 1, text);
	if (c == COL_KEY + AX_VARIANT && summary_label_len(p) < CELL_LEN)
		buf[summary_label_len(p)] = '\0';
	return buf;
}
