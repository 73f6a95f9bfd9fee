/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef P2P_REPORT_TABLE_GROUP_H
#define P2P_REPORT_TABLE_GROUP_H

/* Within table*.c: the points of one measure, and the columns their table has. */

#include <stdio.h>

#include "report/table_cell.h"

enum { TABLE_INDENT = 2 };

struct group {
	const struct summary *s;
	const char *measure;
	int kind; /* MEASURE_* */
	enum column label[COL_COUNT];
	int label_width[COL_COUNT];
	size_t n_label;
	bool figure[FIG_COUNT];
	int figure_width[FIG_COUNT];
};

/* The group of one measure with all columns its points have. Return: false when nothing was measured. */
bool table_open(struct group *g, const struct summary *s, const char *measure);

/* Is point @i the first with its measure? */
bool table_opens(const struct summary *s, size_t i);

/* "bandwidth: nic soft0, source host, ..." broken at @width. */
void table_shared(const struct group *g, int width, FILE *out);

/* What kind of evidence there is that is no hardware. */
void table_tiers(const struct summary *s, FILE *out);

/* Next measured point of the group at or after @i; NULL behind the last. */
const struct summary_point *table_next(const struct group *g, size_t *i);

/* What the figures and flags of the table above mean, broken at @width (0 = never). */
void table_legend(const struct group *g, int width, FILE *out);

/* One line of a legend, its words broken at @width. */
void table_say(FILE *out, int width, const char *format, ...) __attribute__((format(printf, 3, 4)));

#endif
