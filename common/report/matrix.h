/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef P2P_REPORT_MATRIX_H
#define P2P_REPORT_MATRIX_H

/* One figure over two axes. */

#include <stdio.h>

#include "result/summary.h"

/**
 * struct matrix - what to show
 * @row, @col: axes; @value: column of summary_number()
 */
struct matrix {
	enum axis row, col;
	const char *value;
};

/**
 * matrix_read() - from "ROW,COL" and a column's name
 * @value: NULL = bw_gbyte_s where the first point measures it, else message rate or lat_p50_us
 *
 * Return: 0; -EINVAL unknown axis or column, the same axis twice, or no point.
 */
int matrix_read(const char *axes, const char *value, const struct summary *s, struct matrix *out,
		struct err *e);

/* A matrix for every combination of the other axes; a cell without a figure is "-". 0 or -ENOMEM. */
int matrix_print(const struct matrix *m, const struct summary *s, FILE *out);

#endif
