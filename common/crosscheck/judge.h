/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef P2P_CROSSCHECK_JUDGE_H
#define P2P_CROSSCHECK_JUDGE_H

/* Two programs' figures of one point, paired by round, to a ratio and a word. Pure. */

#include <stdbool.h>
#include <stddef.h>

enum { JUDGE_PAIRS_MIN = 6 };

/*
 * AGREES: ratio within the margin, and not by chance in a wide interval. WITHIN_CI: the interval holds 1, so
 * nothing says that they differ. NOT_HELD: it differs where it proves nothing.
 */
enum judge_word { JUDGE_AGREES, JUDGE_WITHIN_CI, JUDGE_DIFFERS, JUDGE_NOT_HELD, JUDGE_TOO_FEW };
const char *judge_word_text(enum judge_word w);

/**
 * struct judgement - of one point
 * @n: pairs; @ours, @theirs: medians of the values in them, NaN without any
 * @ratio: theirs over ours, median of pairs; @lo, @hi: its 95 % interval; NaN with too few
 * @margin: as a share: 0.03, or what perftest's printed digits can be off by where that is more
 */
struct judgement {
	enum judge_word word;
	size_t n;
	double ours, theirs, ratio, lo, hi, margin;
};

/**
 * judge_pairs() - @ours[i] and @theirs[i] of one round, above 0; sorted in place
 * @rounding: of perftest's figures, as a share
 * @held: the point is one where both must agree
 *
 * Return: 0; -ENOMEM.
 */
int judge_pairs(double *ours, double *theirs, size_t n, double rounding, bool held, struct judgement *out);

#endif
