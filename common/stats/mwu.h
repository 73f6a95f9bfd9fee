/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef P2P_STATS_MWU_H
#define P2P_STATS_MWU_H

/*
 * Two samples that share no rounds: the exact Mann-Whitney test and, from the same distribution, the
 * Hodges-Lehmann shift with its interval. docs/compare.md says why these; the values of
 * k (n = m): 4:1 5:3 6:6 7:9 8:14 10:24 12:38 16:76 20:128 30:318; 12 x 16: 54.
 */

#include <stddef.h>

/* Largest sample with exact tables; above it the normal approximation is good to four digits. */
enum { MWU_EXACT_MAX = 100 };

struct mwu; /* tables of the null distribution, made when first needed; one thread */

/* Return: NULL without memory. */
struct mwu *mwu_open(void);
void mwu_close(struct mwu *t);

/**
 * struct mwu_shift - how far y lies above x
 * @shift: median of all n*m differences y - x
 * @lo, @hi: the differences of rank k and nm+1-k, k the largest with 2*P(U <= k-1) <= 0.05; NaN when there
 *	is no such k (4 x 4 is the smallest square that has one)
 * @u: pairs with y < x, ties half; @p: two-sided, exact without ties, else normal with ties and continuity
 *	corrected; 1 when all values are equal
 */
struct mwu_shift {
	double shift, lo, hi, u, p;
};

/**
 * mwu_test() - compare two samples
 * @x, @y: finite, sorted in place; n, m >= 1; any length, memory does not grow with it
 *
 * Exchanging the samples negates shift and interval exactly and leaves p as it is.
 * Return: 0; -ENOMEM.
 */
int mwu_test(struct mwu *t, double *x, size_t n, double *y, size_t m, struct mwu_shift *out);

/* Rank k above; 0 = no 95 % interval. -ENOMEM shows as 0 as well, mwu_test() tells it apart. */
size_t mwu_rank(struct mwu *t, size_t n, size_t m);

/* P(U <= u) of the null distribution without ties, n, m <= MWU_EXACT_MAX, u <= nm/2; NaN without memory. */
double mwu_cdf(struct mwu *t, size_t n, size_t m, size_t u);

/**
 * bh_adjust() - Benjamini-Hochberg: q of each p within the family of all n
 *
 * Return: 0; -ENOMEM.
 */
int bh_adjust(const double *p, double *q, size_t n);

#endif
