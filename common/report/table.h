/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef P2P_REPORT_TABLE_H
#define P2P_REPORT_TABLE_H

/* Summaries as a text table for a terminal. Writes no files, measures nothing. */

#include <stdio.h>

#include "result/summary.h"

/**
 * table_print() - one line per point, grouped by measure, columns that are equal in all points left out
 *
 * Ends each group with its legend (units, what ± means) and lists points that are not ok with their
 * reason. @width: columns of the terminal, 0 = unlimited.
 */
void table_print(const struct summary *s, int width, FILE *out);

/* The same as Markdown: for an issue, a mail, a CI summary. */
void table_markdown(const struct summary *s, FILE *out);

#endif
