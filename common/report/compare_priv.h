/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef P2P_REPORT_COMPARE_PRIV_H
#define P2P_REPORT_COMPARE_PRIV_H

/* Within compare*.c. */

#include "report/compare.h"
#include "stats/mwu.h"

/* Is @f a time, judged by the noise floor of latencies? */
bool compare_is_time(enum figure_of f);

/* Order of points: key columns one by one, numbers by value. */
int compare_key_order(const struct row *a, const struct row *b);
int compare_cell_order(const char *a, const char *b); /* of one column */

/* Same verdict rules for pairs of runs and of points: q, verdicts, counts. 0 or -ENOMEM. */
int compare_judge(struct compare *c, const struct compare_rule *rule);

/* A few texts, each once. Borrowed. */
enum { WORDS_MAX = 6 };
struct words {
	const char *word[WORDS_MAX];
	size_t n;
	bool more;
};
void words_add(struct words *w, const char *word);
bool words_same(const struct words *a, const struct words *b);
void words_text(const struct words *w, char *buf, size_t len); /* joined by '|'; "unknown" for none */

/**
 * compare_states() - state columns in which the points differ
 * @a, @b: key and state cells of the point in each run, NULL where a run lacks it
 * @out: text to free(), NULL = none
 *
 * Return: 0 or -ENOMEM.
 */
int compare_states(const struct row *const *a, size_t n_a, const struct row *const *b, size_t n_b,
		   char **out);

/* The facts the sides differ in, into @out. 0 or -ENOMEM. */
int compare_facts(const struct compare_side *a, const struct compare_side *b, struct compare *out);

#endif
