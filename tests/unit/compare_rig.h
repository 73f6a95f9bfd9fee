/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef P2P_TEST_COMPARE_RIG_H
#define P2P_TEST_COMPARE_RIG_H

/* Runs made up row by row, without files, and what comes of comparing them. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "report/compare.h"

enum { RIG_RUNS = 16 };

/* One side: runs with what their run.json says. */
struct rig_side {
	struct run_points points[RIG_RUNS];
	struct facts facts[RIG_RUNS];
	struct compare_run run[RIG_RUNS];
	struct compare_side side;
};

/* A run.json with a noise floor of nothing for nic0, so that the margins are the rule's. */
extern const char rig_json[];

/* A new run of the side; @json: text of its run.json, NULL = none. Return: it, to add rows to. */
struct run_points *rig_run(struct rig_side *s, const char *json);

/* A row of point @id in @round: nic0, evidence software, status ok, its figure @v. */
void rig_row(struct row *row, const char *id, int64_t round, const char *measure, double v);
void rig_add(struct run_points *r, const char *id, int64_t round, const char *measure, double v);

/* Rounds 1 to @n of point @id. */
void rig_values(struct run_points *r, const char *id, const char *measure, const double *v, size_t n);

/* Compare by the default rule; NULL = that. Frees nothing. */
struct compare rig_compare(struct rig_side *a, struct rig_side *b, const struct compare_rule *rule);
void rig_free(struct rig_side *s);

/* Point @id of the outcome; fails the test when it is not there. */
const struct compare_point *rig_point(const struct compare *c, const char *id);

#endif
