/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef P2P_REPORT_EXPECT_H
#define P2P_REPORT_EXPECT_H

/* The rules of `expect:` held against the medians of a run. */

#include <stdio.h>

#include "config/config.h"
#include "result/summary.h"

/* UNKNOWN: there is nothing to hold against the rule; it neither passes nor fails. */
enum expect_verdict { EXPECT_OK, EXPECT_FAIL, EXPECT_UNKNOWN };

/**
 * struct expect_result - one rule and one point; borrowed
 * @rule: index into config->expect; @point: NULL = no point is meant by the rule
 * @value: in GB/s, us or Mops; @of: what a percentage is of, in the same unit; NaN = none
 * @why: of UNKNOWN
 */
struct expect_result {
	size_t rule;
	const struct summary_point *point;
	enum expect_verdict verdict;
	double value, of;
	char why[96];
};

struct expect_outcome {
	struct expect_result *result;
	size_t n, room;
	size_t failed, unknown;
};

/* Every rule against every point it means. Return: 0 or -ENOMEM. */
int expect_judge(const struct config *c, const struct summary *s, struct expect_outcome *out);

/* A line a rule, and one for each point that fails it or cannot be judged; nothing without rules. */
void expect_print(const struct config *c, const struct summary *s, const struct expect_outcome *x, FILE *out);
void expect_free(struct expect_outcome *x);

#endif
