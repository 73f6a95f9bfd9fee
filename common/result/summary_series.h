/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef P2P_RESULT_SUMMARY_SERIES_H
#define P2P_RESULT_SUMMARY_SERIES_H

/* Within summary_*.c: what is kept of a point's rows until its figures are made. */

#include <stdint.h>

#include "result/summary.h"

/* Metrics kept of every measured row. */
enum metric {
	M_BW,
	M_MOPS,
	M_P50,
	M_P99,
	M_P999,
	M_MAX,
	M_DRAIN,
	M_LAG,
	M_LATE,
	M_DEREG,
	M_CONSUME,
	M_COUNT
};

struct sample {
	double v[M_COUNT]; /* NaN = not measured */
	int64_t setup;
	int64_t round;
};

/**
 * struct series - a point's rows in order of execution
 * @n_void, @n_drift: rows of status void, and how many of them were repeated after drift
 */
struct series {
	struct sample *s;
	size_t n, room;
	size_t n_void, n_drift;
};

enum metric summary_metric(const struct summary_point *p);

/* Add a word to the flags unless it is there or finds no room. */
void summary_flag(struct summary_point *p, const char *word, size_t len);

/* Figures of one point; -ENOMEM. */
int summary_figures(struct summary_point *p, const struct series *s);

/* Every point against the plain member of its cell, @series[i] belonging to @s->point[i]; -ENOMEM. */
int summary_cells(struct summary *s, const struct series *series);

/* Order of points: by key columns, members of a cell together. For qsort(). */
int summary_order(const void *a, const void *b);

#endif
