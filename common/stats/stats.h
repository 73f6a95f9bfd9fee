/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef P2P_STATS_STATS_H
#define P2P_STATS_STATS_H

/* Order statistics over the windows of a point. Pure; the unit is one window per round. No NaN in x. */

#include <stddef.h>
#include <stdint.h>

/**
 * struct median_ci - median with its distribution-free interval
 * @lo, @hi: x[l] and x[n+1-l] for the largest l with 1 - 2*P(Bin(n,1/2) <= l-1) >= 0.95
 * @conf: the confidence actually reached; 0 and lo = hi = NaN when n <= 5 (no 95 % interval exists)
 * @mad: median absolute deviation, unscaled
 */
struct median_ci {
	size_t n;
	double median, lo, hi, conf, mad, min, max;
};

/* @x is sorted in place; n >= 1. */
struct median_ci stats_median_ci(double *x, size_t n);

/* Rank l of the interval above for n values, 0 when n <= 5. */
size_t stats_ci_rank(size_t n);

/*
 * Exact two-sided sign test of "as many above as below": min(1, 2*P(Bin(n,1/2) <= least)) with n = pos + neg.
 * Ties are left out by the caller. 1 for n = 0.
 */
double stats_sign_p(size_t pos, size_t neg);

/**
 * struct ratio_ci - how much one of a pair differs from the other
 * @ratio: exp of the median of ln(y/x); @lo, @hi: exp of its interval, NaN when n <= 5
 * @p: sign test of ratio 1; 1 when all pairs are ties
 */
struct ratio_ci {
	size_t n;
	double ratio, lo, hi, p;
};

/* @log_ratio: ln(y/x) of each pair, finite, sorted in place; n >= 1. */
struct ratio_ci stats_ratio(double *log_ratio, size_t n);

/* Theil-Sen: median of the slopes of all pairs (x[i], y[i]); n >= 2, not all x equal. n <= 64. */
double stats_slope(const double *x, const double *y, size_t n);

/* Lag-1 autocorrelation of x in execution order; 0 for n < 3 or constant x. */
double stats_lag1(const double *x, size_t n);

/* Values beyond median +- 3*1.4826*MAD. */
size_t stats_outliers(const double *x, size_t n, double median, double mad);

/* Kendall's tau-b trend of x against its index: two-sided normal-approximation p; 1 for n < 4. */
double stats_trend_p(const double *x, size_t n);

/**
 * stats_group_var_pct() - share of the variance that lies between groups, one-way random effects
 * @group: id of each value; values of one group stand together
 *
 * Return: percent, 0 when groups differ no more than chance makes them; NaN with fewer than two
 * groups, no group of two values, or no variance at all.
 */
double stats_group_var_pct(const double *x, const int64_t *group, size_t n);

#endif
