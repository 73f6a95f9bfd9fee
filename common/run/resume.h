/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef P2P_RUN_RESUME_H
#define P2P_RUN_RESUME_H

/* What rounds.csv of an interrupted run already holds: finished (point, round) pairs and counters. */

#include <stdbool.h>
#include <stdint.h>

#include "plan/plan.h"

struct err;

/**
 * struct resume - read only for others
 * @seq, @setup_id: last ones used
 * @t_mono_s: seconds of the last row
 * @rows: rows found; @unknown: rows of points the plan does not have
 * @faults: error and timeout rows per point
 */
struct resume {
	int64_t seq;
	int64_t setup_id;
	double t_mono_s;
	uint64_t rows;
	uint64_t unknown;
	uint8_t *faults;
	/* private */
	uint64_t *done;	   /* bitmap, point * rounds + round */
	uint64_t *skipped; /* bitmap of points whose skipped row is written */
	uint64_t rounds;
	struct resume_id *id; /* sorted by id */
	size_t points;
};

/**
 * resume_open() - for a plan of @plan with rounds 0 .. @rounds
 * @dir: read DIR/rounds.csv; NULL for a fresh run
 *
 * Return: 0, -ENOMEM, or why the file cannot be read.
 */
int resume_open(const struct plan *plan, uint64_t rounds, const char *dir, struct resume *out, struct err *e);
void resume_close(struct resume *r);

bool resume_done(const struct resume *r, size_t point, uint64_t round);
bool resume_skipped(const struct resume *r, size_t point);
void resume_skip(struct resume *r, size_t point);

#endif
