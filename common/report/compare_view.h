/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef P2P_REPORT_COMPARE_VIEW_H
#define P2P_REPORT_COMPARE_VIEW_H

/* A comparison as text for people, as CSV, as JSON. */

#include <jansson.h>
#include <stdio.h>

#include "report/compare.h"

/**
 * struct compare_view - what is shown beside the outcome
 * @side: the runs; within a run @side[0] is that run alone and @side[1] is empty
 * @rule: as compared with
 * @axis, @base: within a run, else NULL
 * @width: columns of the terminal, 0 = unlimited
 * @most: points in the table; with more, the telling ones are chosen and the rest is counted
 */
struct compare_view {
	const struct compare *outcome;
	struct compare_side side[2];
	const struct compare_rule *rule;
	const char *axis, *base;
	int width;
	size_t most;
};

void compare_table(const struct compare_view *v, FILE *out);

/* Its parts above and below the points. */
void compare_preface(const struct compare_view *v, FILE *out);
void compare_legend(const struct compare_view *v, FILE *out);

/* compare.csv: header and a row a point; results/SCHEMA.md. */
void compare_csv(const struct compare_view *v, FILE *out);

/* Column @i of compare.csv, NULL past the last. */
const char *compare_column(size_t i);

/* The same with runs, margins and counts as one document. NULL without memory. */
json_t *compare_json(const struct compare_view *v);

#endif
