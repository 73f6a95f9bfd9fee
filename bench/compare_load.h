/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef P2P_BENCH_COMPARE_LOAD_H
#define P2P_BENCH_COMPARE_LOAD_H

/* Between cmd_compare.c and its parts: runs read, flags, what is left behind. */

#include <sys/types.h>

#include "opt.h"
#include "report/compare_view.h"

/* One run read; what @view points to lives beside it. */
struct read_run {
	struct run_points points;
	struct facts facts;
	dev_t dev;
	ino_t ino;
};

/* The runs of both sides, one behind the other: @side[1] starts at run n of side[0]. */
struct read_runs {
	struct read_run *read;
	struct compare_run *run;
	size_t n;
	struct compare_side side[2];
};

/**
 * compare_load() - read @n_a + @n_b directories
 * @dir: A's, then B's
 *
 * Return: 0; -EINVAL one run is named twice; -ENOENT and others: not a run, with @e naming it.
 */
int compare_load(const char *const *dir, size_t n_a, size_t n_b, struct read_runs *out, struct err *e);
void compare_load_free(struct read_runs *r);

/* --fail-on: what makes an exit status. @worse: ln beyond which the whole interval must lie; HUGE_VAL =
 * never. */
struct fail_on {
	double worse;
	bool inconclusive, missing, none;
};

/* Read --fail-on, --waive, --mixed, --within-run-only. Return: 0 or -EINVAL with what is wrong. */
int compare_flags(const struct opt *o, struct compare_rule *rule, struct fail_on *fail, struct err *e);

/* Show @v, write it to @file. Return: exit status. Sets width and number of points shown. */
int compare_end(const struct opt *o, struct compare_view *v, const struct fail_on *fail, const char *file);

#endif
