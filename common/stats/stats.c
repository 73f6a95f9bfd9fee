// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Order statistics of a few dozen values: exact where an exact form exists, quadratic where that is
 * simpler, no allocation, no randomness.
 */
#include "stats/stats.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>

enum { SLOPE_MAX = 64 };

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static double middle(const double *sorted, size_t n)
{
	return n % 2 ? sorted[n / 2] : (sorted[n / 2 - 1] + sorted[n / 2]) / 2;
}

/*
 * Median of |x - median| for sorted x: deviations grow outwards from the median, so taking the
 * nearer of the two neighbours n/2 + 1 times meets them in order.
 */
static double deviation(const double *sorted, size_t n, double median)
{
	size_t below = (n + 1) / 2, above = below; /* sorted[below - 1] <= median <= sorted[above] */
	double last = 0, prev = 0;

	for (size_t taken = 0; taken <= n / 2; taken++) {
		double down = below ? median - sorted[below - 1] : HUGE_VAL;
		double up = above < n ? sorted[above] - median : HUGE_VAL;

		prev = last;
		last = fmin(down, up);
		if (down <= up)
			below--;
		else
			above++;
	}
	return n % 2 ? last : (prev + last) / 2;
}

/* Largest l with 2*P(Bin(n,1/2) <= l-1) <= 0.05; the confidence it reaches goes to @conf. */
static size_t ci_rank(size_t n, double *conf)
{
	double log_p = -(double)n * M_LN2; /* of Bin = l; its logarithm does not underflow for large n */
	double tail = 0;

	for (size_t l = 0;; l++) {
		double p = exp(log_p);

		if (2 * (tail + p) > 0.05) {
			*conf = l ? 1 - 2 * tail : 0;
			return l;
		}
		tail += p;
		log_p += log((double)(n - l) / (double)(l + 1));
	}
}

size_t stats_ci_rank(size_t n)
{
	double conf;

	return ci_rank(n, &conf);
}

struct median_ci stats_median_ci(double *x, size_t n)
{
	struct median_ci m = {.n = n, .lo = nan(""), .hi = nan("")};
	size_t l = ci_rank(n, &m.conf);

	qsort(x, n, sizeof(*x), by_value);
	m.median = middle(x, n);
	m.mad = deviation(x, n, m.median);
	m.min = x[0];
	m.max = x[n - 1];
	if (l) {
		m.lo = x[l - 1];
		m.hi = x[n - l];
	}
	return m;
}

/* Terms grow towards the middle and start at 2^-n, which a logarithm carries for any n. */
double stats_sign_p(size_t pos, size_t neg)
{
	size_t n = pos + neg, least = pos < neg ? pos : neg;
	double log_p = -(double)n * M_LN2, tail = 0;

	for (size_t k = 0; k <= least; k++) {
		tail += exp(log_p);
		log_p += log((double)(n - k) / (double)(k + 1));
	}
	return fmin(1, 2 * tail);
}

struct ratio_ci stats_ratio(double *log_ratio, size_t n)
{
	struct median_ci m = stats_median_ci(log_ratio, n);
	size_t pos = 0, neg = 0;

	for (size_t i = 0; i < n; i++) {
		pos += log_ratio[i] > 0;
		neg += log_ratio[i] < 0;
	}
	return (struct ratio_ci){n, exp(m.median), exp(m.lo), exp(m.hi), stats_sign_p(pos, neg)};
}

double stats_slope(const double *x, const double *y, size_t n)
{
	double slope[SLOPE_MAX * (SLOPE_MAX - 1) / 2];
	size_t k = 0;

	assert(n <= SLOPE_MAX);
	for (size_t i = 0; i < n; i++) {
		for (size_t j = i + 1; j < n; j++) {
			if (x[i] < x[j] || x[i] > x[j])
				slope[k++] = (y[j] - y[i]) / (x[j] - x[i]);
		}
	}
	assert(k);
	qsort(slope, k, sizeof(*slope), by_value);
	return middle(slope, k);
}

static double mean(const double *x, size_t n)
{
	double sum = 0;

	for (size_t i = 0; i < n; i++)
		sum += x[i];
	return sum / (double)n;
}

/* Sum of squared distances to @centre. */
static double squares(const double *x, size_t n, double centre)
{
	double sum = 0;

	for (size_t i = 0; i < n; i++)
		sum += (x[i] - centre) * (x[i] - centre);
	return sum;
}

double stats_lag1(const double *x, size_t n)
{
	double m, all, lagged = 0;

	if (n < 3)
		return 0;
	m = mean(x, n);
	all = squares(x, n, m);
	for (size_t i = 1; i < n; i++)
		lagged += (x[i - 1] - m) * (x[i] - m);
	return all > 0 ? lagged / all : 0;
}

size_t stats_outliers(const double *x, size_t n, double median, double mad)
{
	double fence = 3 * 1.4826 * mad;
	size_t count = 0;

	for (size_t i = 0; i < n; i++)
		count += fabs(x[i] - median) > fence;
	return count;
}

/*
 * S counts rising less falling pairs. Its variance is [n(n-1)(2n+5) - sum over ties t(t-1)(2t+5)]/18;
 * summing (t-1)(2t+5) over the values instead of the groups needs no sorting. One is taken off |S|
 * because S moves in steps of two (continuity).
 */
double stats_trend_p(const double *x, size_t n)
{
	double s = 0, ties = 0, var;

	if (n < 4)
		return 1;
	for (size_t i = 0; i < n; i++) {
		size_t t = 0;

		for (size_t j = 0; j < n; j++) {
			int order = by_value(&x[j], &x[i]);

			t += order == 0;
			s += j > i ? order : 0;
		}
		ties += (double)(t - 1) * (double)(2 * t + 5);
	}
	var = ((double)n * (double)(n - 1) * (double)(2 * n + 5) - ties) / 18;
	if (var <= 0 || fabs(s) <= 1)
		return 1;
	return erfc((fabs(s) - 1) / sqrt(2 * var));
}

double stats_group_var_pct(const double *x, const int64_t *group, size_t n)
{
	double within = 0, sizes = 0, between, each;
	size_t k = 0;

	for (size_t i = 0, end; i < n; i = end, k++) {
		for (end = i + 1; end < n && group[end] == group[i];)
			end++;
		within += squares(x + i, end - i, mean(x + i, end - i));
		sizes += (double)(end - i) * (double)(end - i);
	}
	if (k < 2 || k == n)
		return nan("");
	each = ((double)n - sizes / (double)n) / (double)(k - 1); /* effective values a group */
	between = (squares(x, n, mean(x, n)) - within) / (double)(k - 1);
	within /= (double)(n - k);
	if (within <= 0 && between <= 0)
		return nan("");
	between = fmax(0, (between - within) / each);
	return 100 * between / (between + within);
}
