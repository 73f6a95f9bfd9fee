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
	FIG_MOPS,
	FIG_PCT,
	FIG_N,
	FIG_FLAGS,
	FIG_COUNT
};

/* Bandwidth is in GB/s, anything else a latency in us. */
bool cell_is_bw(const char *measure);

/* Does a table of this measure have the figure? */
bool figure_shown(enum figure f, bool bw);
const char *figure_title(enum figure f, bool bw);

/* Return: @buf; empty when the point has no such figure. */
char *figure_text(const struct summary_point *p, enum figure f, char buf[CELL_LEN]);

/* Column @c can stand in front of the figures. */
bool label_shown(enum column c);

/* A key's name as in a config file, a state column's as in the CSV. */
const char *label_title(enum column c);

/* Return: @buf; sizes as 64, 4K, 1M. Empty when there is nothing to tell. */
char *label_text(const struct summary_point *p, enum column c, char buf[CELL_LEN]);

#endif
