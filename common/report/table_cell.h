/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef P2P_REPORT_TABLE_CELL_H
#define P2P_REPORT_TABLE_CELL_H

/* Text of one cell of the table: what tells points apart (labels) and what was measured (figures). */

#include <stdbool.h>

#include "result/summary.h"

enum { CELL_LEN = 160 };

/* In the order of the table. */
enum figure {
	FIG_MEDIAN,
	FIG_HALF,
	FIG_CI,
	FIG_P99,
	FIG_MAX,
	FIG_DEREG,
	FIG_CONSUME,
	FIG_LAG,
	FIG_LATE,
	FIG_MOPS,
	FIG_PCT,
	FIG_DRAIN,
	FIG_RATIO,
	FIG_P,
	FIG_N,
	FIG_FLAGS,
	FIG_COUNT
};

/* MEASURE_* of the word; an unknown one counts as a latency. */
int cell_measure(const char *word);

/* Does a table of this MEASURE_* have the figure? */
bool figure_shown(enum figure f, int measure);
const char *figure_title(enum figure f, int measure);

/* Four significant digits without an exponent; empty for NaN and infinity. */
void cell_number(double v, char *buf, size_t len);

/* Return: @buf; empty when the point has no such figure. */
char *figure_text(const struct summary_point *p, enum figure f, char buf[CELL_LEN]);

/* Column @c can stand in front of the figures. */
bool label_shown(enum column c);

/* A key's name as in a config file, a state column's as in the CSV. */
const char *label_title(enum column c);

/* Return: @buf; sizes as 64, 4K, 1M. Empty when there is nothing to tell. */
char *label_text(const struct summary_point *p, enum column c, char buf[CELL_LEN]);

#endif
