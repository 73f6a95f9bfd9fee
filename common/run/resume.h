/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef P2P_RUN_RESUME_H
#define P2P_RUN_RESUME_H

/* What rounds.csv of an interrupted run already holds: finished (point, round) pairs and counters. */

#include <stdbool.h>
#include <stdint.h>

#include "plan/plan.h"
#include "run/cells.h"

struct err;

/**
 * struct resume - read only for others
 * @seq, @setup_id: last ones used
 * @t_mono_s: seconds of the last row
 * @rows: rows found; @windows: those of them that took a window's time; @unknown: rows of points the plan
 * does not have
 * @faults: error, timeout and revoked rows per point
 * @cells: values and what has stopped; kept up to date by the schedule
 *
 * Memory: 17 bytes a point and a bit for each of its rounds, beside that of @cells.
 */
struct resume {
	int64_t seq;
	int64_t setup_id;
	double t_mono_s;
	uint64_t rows, windows;
	uint64_t unknown;
	uint8_t *faults;
	struct cells cells;
	/* private */
	uint64_t *done; /* bitmap, point * rounds + round */
	uint64_t rounds;
	struct resume_id *id; /* sorted by id */
	size_t points;
};

/**
 * resume_open() - for @plan, which is borrowed until resume_close()
 * @dir: read DIR/rounds.csv; NULL for a fresh run
 *
 * Return: 0, -ENOMEM, or why the file cannot be read.
 */
int resume_open(const struct plan *plan, const char *dir, struct resume *out, struct err *e);
void resume_close(struct resume *r);

/* A window that drifted is not done until its repetition is; one that is void for another cause is. */
bool resume_done(const struct resume *r, size_t point, uint64_t round);

/* Number of the point named @text ("p" + 16 hex), SIZE_MAX for none of the plan. */
size_t resume_find(const struct resume *r, const char *text);

/* What counts as a fault of a point. */
bool resume_is_fault(enum status s);

#endif
