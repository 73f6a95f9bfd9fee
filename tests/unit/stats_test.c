// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Order statistics against slow versions of the same definition; coverage by simulation. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "stats/stats.h"
#include "unit/noise.h"

static double slow_median(double *x, size_t n)
{
	qsort(x, n, sizeof(*x), by_value);
	return n % 2 ? x[n / 2] : (x[n / 2 - 1] + x[n / 2]) / 2;
}

static void mad_matches_definition(void **state)
{
	struct rng rng = {42};
	double x[50], d[50];

	(void)state;
	for (int round = 0; round < 2000; round++) {
		size_t n = 1 + rng_below(&rng, ARRAY_LEN(x));
		struct median_ci m;

		for (size_t i = 0; i < n; i++)
			x[i] = round % 2 ? normal(&rng) : (double)rng_below(&rng, 6); /* with ties */
		m = stats_median_ci(x, n);
		for (size_t i = 0; i < n; i++)
			d[i] = fabs(x[i] - m.median);
		near(m.mad, slow_median(d, n), 1e-15);
	}
}

/* The interval holds the true median as often as it says, for a skewed distribution as well. */
static void coverage(void **state)
{
	static const size_t sizes[] = {6, 12, 20, 44};
	enum { TRIALS = 20000 };
	struct rng rng = {7};
	double x[44];

	(void)state;
	for (size_t s = 0; s < ARRAY_LEN(sizes); s++) {
		size_t n = sizes[s], hit = 0;
		double conf = 0;

		for (int t = 0; t < TRIALS; t++) {
			struct median_ci m;

			for (size_t i = 0; i < n; i++)
				x[i] = exp(normal(&rng)); /* median 1 */
			m = stats_median_ci(x, n);
			hit += m.lo <= 1 && 1 <= m.hi;
			conf = m.conf;
		}
		assert_true(conf >= 0.95);
		near((double)hit / TRIALS, conf, 4 * sqrt(conf * (1 - conf) / TRIALS));
	}
}

/* Value of rank @k (from 0) without sorting: so many are smaller, and it is one of its equals. */
static double rank_by_counting(const double *x, size_t n, size_t k)
{
	for (size_t i = 0;; i++) {
		size_t less = 0, equal = 0;

		for (size_t j = 0; j < n; j++) {
			less += by_value(&x[j], &x[i]) < 0;
			equal += by_value(&x[j], &x[i]) == 0;
		}
		if (less <= k && k < less + equal)
			return x[i];
	}
}

static double slow_slope(const double *x, const double *y, size_t n)
{
	double slope[12 * 12];
	size_t k = 0;

	for (size_t i = 0; i < n * n; i++) {
		double dx = x[i % n] - x[i / n];

		if (i % n > i / n && fabs(dx) > 0)
			slope[k++] = (y[i % n] - y[i / n]) / dx;
	}
	return (rank_by_counting(slope, k, (k - 1) / 2) + rank_by_counting(slope, k, k / 2)) / 2;
}

static void slope_against_naive(void **state)
{
	struct rng rng = {20260302};
	double x[12], y[12];

	(void)state;
	for (int trial = 0; trial < 500; trial++) {
		size_t n = 2 + rng_below(&rng, 11);

		for (size_t i = 0; i < n; i++) {
			x[i] = trial % 2 ? (double)rng_below(&rng, 5) + (i ? 0 : 7) : (double)i;
			y[i] = trial % 3 ? normal(&rng) : (double)rng_below(&rng, 4);
		}
		near(stats_slope(x, y, n), slow_slope(x, y, n), 1e-12);
	}
}

static void slope(void **state)
{
	const double x[] = {1, 2, 3, 4, 5, 6};
	const double y[] = {3, 5, 7, 900, 11, 13}; /* one outlier does not move it */
	const double same[] = {1, 1, 2};
	const double z[] = {5, 7, 10};

	(void)state;
	near(stats_slope(x, y, 6), 2, 1e-12);
	near(stats_slope(same, z, 3), 4, 1e-12); /* pairs with equal x do not count: median of 5 and 3 */
}

static void lag1(void **state)
{
	const double up_down[] = {1, -1, 1, -1, 1, -1, 1, -1};
	const double ramp[] = {1, 2, 3, 4, 5};
	const double flat[] = {3, 3, 3, 3};

	(void)state;
	near(stats_lag1(up_down, 8), -7.0 / 8, 1e-12);
	near(stats_lag1(ramp, 5), 4.0 / 10, 1e-12);
	near(stats_lag1(flat, 4), 0, 0);
	near(stats_lag1(ramp, 2), 0, 0);
}

static void outliers(void **state)
{
	const double x[] = {1, 2, 3, 4, 5, 100, -100};

	(void)state;
	assert_int_equal(stats_outliers(x, 7, 3, 2), 2);
	assert_int_equal(stats_outliers(x, 5, 3, 1), 0);
}

/* Share of the permutations of @x[k..] whose |S| is at least @s. */
static void permute(double *x, size_t n, size_t k, double s, size_t *all, size_t *extreme)
{
	double sum = 0;

	for (size_t i = k; i < n; i++) {
		double t = x[k];

		x[k] = x[i];
		x[i] = t;
		permute(x, n, k + 1, s, all, extreme);
		x[i] = x[k];
		x[k] = t;
	}
	if (k < n)
		return;
	for (size_t i = 0; i < n; i++) {
		for (size_t j = i + 1; j < n; j++)
			sum += (x[j] > x[i]) - (x[j] < x[i]);
	}
	(*all)++;
	*extreme += fabs(sum) >= s;
}

static void trend_against_permutations(void **state)
{
	static const double rows[][8] = {{1, 2, 3, 4, 5, 6, 7, 8}, {2, 1, 3, 5, 4, 6, 8, 7},
					 {5, 1, 8, 2, 7, 3, 6, 4}, {8, 7, 6, 5, 3, 4, 2, 1},
					 {1, 1, 2, 2, 3, 3, 4, 4}, {3, 1, 3, 1, 2, 2, 3, 1}};

	(void)state;
	for (size_t r = 0; r < ARRAY_LEN(rows); r++) {
		size_t all = 0, extreme = 0;
		double x[8], s = 0;

		memcpy(x, rows[r], sizeof(x));
		for (size_t i = 0; i < 8; i++) {
			for (size_t j = i + 1; j < 8; j++)
				s += (x[j] > x[i]) - (x[j] < x[i]);
		}
		permute(x, 8, 0, fabs(s), &all, &extreme);
		near(stats_trend_p(x, 8), (double)extreme / (double)all, 0.02);
	}
}

static void trend_edges(void **state)
{
	const double flat[] = {2, 2, 2, 2, 2, 2};
	const double ramp[] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12};

	(void)state;
	near(stats_trend_p(flat, 6), 1, 0);
	near(stats_trend_p(ramp, 3), 1, 0);
	assert_true(stats_trend_p(ramp, 12) < 1e-5);
}

static void between_groups(void **state)
{
	const int64_t group[] = {1, 1, 1, 2, 2, 2};
	const int64_t single[] = {1, 2, 3, 4, 5, 6};
	const double apart[] = {1, 1, 1, 9, 9, 9};
	const double alike[] = {1, 2, 3, 1, 2, 3};
	const double flat[] = {4, 4, 4, 4, 4, 4};
	const double mixed[] = {0, 2, 1, 5, 3, 4}; /* within 1, of the means 13.5: between (13.5 - 1) / 3 */

	(void)state;
	near(stats_group_var_pct(apart, group, 6), 100, 1e-9);
	near(stats_group_var_pct(alike, group, 6), 0, 0);
	near(stats_group_var_pct(mixed, group, 6), 100 * (12.5 / 3) / (12.5 / 3 + 1), 1e-9);
	assert_true(isnan(stats_group_var_pct(flat, group, 6)));
	assert_true(isnan(stats_group_var_pct(apart, single, 6)));
	assert_true(isnan(stats_group_var_pct(apart, group, 3)));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(mad_matches_definition),
		cmocka_unit_test(coverage),
		cmocka_unit_test(slope_against_naive),
		cmocka_unit_test(slope),
		cmocka_unit_test(lag1),
		cmocka_unit_test(outliers),
		cmocka_unit_test(trend_against_permutations),
		cmocka_unit_test(trend_edges),
		cmocka_unit_test(between_groups),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
