// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Mann-Whitney and Hodges-Lehmann against enumeration, against a second recurrence, and against the vectors
 * of docs/compare.md. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "base/cleanup.h"
#include "stats/mwu.h"
#include "unit/noise.h"

enum { SMALL = 8, PAIRS_MAX = 128 * 128 };

static struct mwu *tables(void)
{
	struct mwu *t = mwu_open();

	assert_non_null(t);
	return t;
}

/* How many of the orders of n x's and m y's have U = u, by going through all of them. */
static void enumerate(int n, int m, double *count)
{
	for (unsigned int order = 0; order < 1u << (n + m); order++) {
		int u = 0, ys = 0;

		if (__builtin_popcount(order) != m)
			continue;
		for (int i = 0; i < n + m; i++) {
			if (order >> i & 1)
				ys++;
			else
				u += ys; /* y's below this x */
		}
		count[u]++;
	}
}

static void exact_p_is_enumeration(void **state)
{
	struct mwu *t = tables();

	(void)state;
	for (int n = 1; n <= SMALL; n++) {
		for (int m = 1; m <= SMALL; m++) {
			double count[SMALL * SMALL + 1] = {0}, all = 0, below = 0;

			enumerate(n, m, count);
			for (int u = 0; u <= n * m; u++)
				all += count[u];
			for (int u = 0; u <= n * m / 2; u++) {
				below += count[u];
				near(mwu_cdf(t, (size_t)n, (size_t)m, (size_t)u), below / all, 1e-14);
			}
		}
	}
	mwu_close(t);
}

/* P(n, m, u) = n/(n+m) P(n-1, m, u-m) + m/(n+m) P(n, m-1, u): only sums, no differences. */
static void table_is_recurrence(size_t n_max, size_t m_max)
{
	size_t len = n_max * m_max + 1;
	double *before = calloc((m_max + 1) * len, sizeof(double)),
	       *now = calloc((m_max + 1) * len, sizeof(double));
	struct mwu *t = tables();
	double sum = 0;

	assert_true(before && now);
	for (size_t m = 0; m <= m_max; m++)
		before[m * len] = 1;
	for (size_t n = 1; n <= n_max; n++) {
		for (size_t m = 0; m <= m_max; m++) {
			for (size_t u = 0; u <= n * m; u++) {
				double x = u >= m ? before[m * len + u - m] * (double)n : 0;
				double y = m ? now[(m - 1) * len + u] * (double)m : 0;

				now[m * len + u] = (x + y) / (double)(n + m);
			}
			for (size_t u = n * m + 1; u < len; u++)
				now[m * len + u] = 0;
		}
		memcpy(before, now, (m_max + 1) * len * sizeof(double));
	}
	for (size_t u = 0; u <= n_max * m_max / 2; u++) {
		sum += now[m_max * len + u];
		near(mwu_cdf(t, n_max, m_max, u) / sum, 1, 1e-9);
	}
	free(before);
	free(now);
	mwu_close(t);
}

static void large_tables(void **state)
{
	(void)state;
	table_is_recurrence(60, 60);
	table_is_recurrence(12, 60);
	table_is_recurrence(100, 30);
}

static void ranks_of_the_page(void **state)
{
	static const size_t row[][3] = {{3, 3, 0},    {4, 4, 1},     {5, 5, 3},	    {6, 6, 6},
					{7, 7, 9},    {8, 8, 14},    {10, 10, 24},  {12, 12, 38},
					{16, 16, 76}, {20, 20, 128}, {30, 30, 318}, {12, 16, 54},
					{16, 12, 54}, {1, 1, 0},     {1, 100, 2}};
	struct mwu *t = tables();

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(row); i++)
		assert_int_equal(mwu_rank(t, row[i][0], row[i][1]), row[i][2]);
	/* Where tables end the approximation goes on, close by. */
	for (size_t n = 101; n < 400; n += 37)
		assert_in_range(mwu_rank(t, n, n), mwu_rank(t, 100, 100), n * n / 2);
	mwu_close(t);
}

static void worked_example(void **state)
{
	double a[8], b[8];
	struct mwu *t = tables();
	struct mwu_shift s;

	(void)state;
	for (int i = 0; i < 8; i++) {
		a[i] = log(10.0 + 0.1 * i);
		b[i] = log(10.45 + 0.1 * i);
	}
	assert_int_equal(mwu_test(t, a, 8, b, 8, &s), 0);
	near(s.u, 6, 0);
	near(s.p, 0.004662, 5e-7);
	near(exp(s.shift), 1.04348, 5e-6);
	near(exp(s.lo), 1.01442, 5e-6);
	near(exp(s.hi), 1.07282, 5e-6);
	mwu_close(t);
}

/* p of "y - shift is like x" by enumeration, no ties. */
static double brute_p(const double *x, int n, const double *y, int m, double shift)
{
	double count[SMALL * SMALL + 1] = {0}, all = 0, tail = 0;
	int u = 0;

	for (int i = 0; i < n; i++) {
		for (int j = 0; j < m; j++)
			u += y[j] - shift < x[i];
	}
	u = u < n * m - u ? u : n * m - u;
	enumerate(n, m, count);
	for (int k = 0; k <= n * m; k++) {
		all += count[k];
		tail += k <= u ? count[k] : 0;
	}
	return fmin(1, 2 * tail / all);
}

/* The interval holds exactly the shifts the test does not reject. */
static void interval_inverts_the_test(void **state)
{
	struct rng rng = {20260101};
	struct mwu *t = tables();

	(void)state;
	for (int n = 3; n <= SMALL; n++) {
		for (int m = 3; m <= SMALL; m++) {
			double x[SMALL], y[SMALL], d[SMALL * SMALL];
			struct mwu_shift s;
			size_t k = 0;

			for (int i = 0; i < n; i++)
				x[i] = normal(&rng);
			for (int j = 0; j < m; j++)
				y[j] = normal(&rng) + 0.3;
			assert_int_equal(mwu_test(t, x, (size_t)n, y, (size_t)m, &s), 0);
			near(s.p, brute_p(x, n, y, m, 0), 1e-14);
			for (int i = 0; i < n; i++) {
				for (int j = 0; j < m; j++)
					d[k++] = y[j] - x[i];
			}
			qsort(d, k, sizeof(*d), by_value);
			for (size_t i = 0; i + 1 < k; i++) {
				double between = (d[i] + d[i + 1]) / 2;
				int inside = !isnan(s.lo) && between > s.lo && between < s.hi;

				if (!isnan(s.lo))
					assert_int_equal(inside, brute_p(x, n, y, m, between) > 0.05);
				else
					assert_true(brute_p(x, n, y, m, between) > 0.05);
			}
		}
	}
	mwu_close(t);
}

/* Ranks of differences by bisection are those of the sorted list, ties and equal samples included. */
static void ranks_without_the_list(void **state)
{
	static const size_t size[][2] = {{1, 1}, {1, 2}, {2, 2}, {6, 7}, {12, 12}, {60, 44}, {128, 128}};
	double *d = calloc(PAIRS_MAX, sizeof(*d));
	struct rng rng = {7};
	struct mwu *t = tables();

	(void)state;
	assert_non_null(d);
	for (size_t round = 0; round < 20 * ARRAY_LEN(size); round++) {
		size_t n = size[round % ARRAY_LEN(size)][0], m = size[round % ARRAY_LEN(size)][1], k = 0, r;
		double x[128], y[128], scale = round % 3 ? 1e3 : 2; /* coarse: many ties */
		struct mwu_shift s;

		for (size_t i = 0; i < n; i++)
			x[i] = rint(normal(&rng) * scale) / scale;
		for (size_t j = 0; j < m; j++)
			y[j] = rint(normal(&rng) * scale) / scale + 0.25;
		assert_int_equal(mwu_test(t, x, n, y, m, &s), 0);
		for (size_t i = 0; i < n; i++) {
			for (size_t j = 0; j < m; j++)
				d[k++] = y[j] - x[i];
		}
		qsort(d, k, sizeof(*d), by_value);
		near(s.shift, k % 2 ? d[k / 2] : (d[k / 2 - 1] + d[k / 2]) / 2, 0);
		r = mwu_rank(t, n, m);
		if (r) {
			near(s.lo, d[r - 1], 0);
			near(s.hi, d[k - r], 0);
		} else {
			assert_true(isnan(s.lo) && isnan(s.hi));
		}
	}
	free(d);
	mwu_close(t);
}

static void mirror(void **state)
{
	struct rng rng = {99};
	struct mwu *t = tables();

	(void)state;
	for (int i = 0; i < 500; i++) {
		size_t n = 1 + rng_below(&rng, 40), m = 1 + rng_below(&rng, 40);
		double x[40], y[40];
		struct mwu_shift s, r;

		for (size_t k = 0; k < n; k++)
			x[k] = i % 2 ? normal(&rng) : rint(2 * normal(&rng));
		for (size_t k = 0; k < m; k++)
			y[k] = i % 2 ? normal(&rng) : rint(2 * normal(&rng));
		mwu_test(t, x, n, y, m, &s);
		mwu_test(t, y, m, x, n, &r);
		near(s.p, r.p, 0);
		near(s.shift, -r.shift, 0);
		near(s.u, (double)(n * m) - r.u, 0);
		if (!isnan(s.lo)) {
			near(s.lo, -r.hi, 0);
			near(s.hi, -r.lo, 0);
		}
	}
	mwu_close(t);
}

/* Share of the permutations of both samples whose U is as far out, ties half. */
static double permutation_p(const double *x, const double *y)
{
	double all[2 * SMALL], far = 0, n = 0, seen = 0;

	for (int i = 0; i < SMALL; i++) {
		all[i] = x[i];
		all[SMALL + i] = y[i];
		for (int j = 0; j < SMALL; j++)
			seen += (y[j] < x[i]) + 0.5 * (y[j] <= x[i] && y[j] >= x[i]);
	}
	for (unsigned int pick = 0; pick < 1u << (2 * SMALL); pick++) {
		double u = 0;

		if (__builtin_popcount(pick) != SMALL)
			continue;
		for (int i = 0; i < 2 * SMALL; i++) {
			for (int j = 0; j < 2 * SMALL && pick >> i & 1; j++) {
				if (!(pick >> j & 1))
					u += (all[j] < all[i]) + 0.5 * (all[j] <= all[i] && all[j] >= all[i]);
			}
		}
		n++;
		far += fabs(u - SMALL * SMALL / 2.0) >= fabs(seen - SMALL * SMALL / 2.0);
	}
	return far / n;
}

static void ties_are_close_to_permutation(void **state)
{
	struct rng rng = {4};
	struct mwu *t = tables();

	(void)state;
	for (int i = 0; i < 6; i++) {
		double x[SMALL], y[SMALL];
		struct mwu_shift s;

		for (int k = 0; k < SMALL; k++) {
			x[k] = rint(2 * normal(&rng));
			y[k] = rint(2 * normal(&rng)) + i / 2;
		}
		mwu_test(t, x, SMALL, y, SMALL, &s);
		near(s.p, permutation_p(x, y), 0.04);
	}
	mwu_close(t);
}

static void degenerate(void **state)
{
	double same[12], other[12], one[1] = {3}, big_x[300], big_y[150];
	struct mwu *t = tables();
	struct mwu_shift s;
	struct rng rng = {1};

	(void)state;
	for (int i = 0; i < 12; i++) {
		same[i] = 5;
		other[i] = 5;
	}
	mwu_test(t, same, 12, other, 12, &s);
	near(s.p, 1, 0);
	near(s.shift, 0, 0);
	near(s.lo, 0, 0);
	near(s.hi, 0, 0);
	mwu_test(t, same, 12, one, 1, &s);
	near(s.shift, -2, 0);
	assert_true(isnan(s.lo));
	for (int i = 0; i < 300; i++)
		big_x[i] = normal(&rng);
	for (int i = 0; i < 150; i++)
		big_y[i] = normal(&rng) + 1;
	mwu_test(t, big_x, 300, big_y, 150, &s);
	assert_true(s.p < 1e-9 && s.lo < s.shift && s.shift < s.hi && s.lo > 0.5 && s.hi < 1.5);
	mwu_close(t);
	mwu_close(NULL);
}

static void benjamini_hochberg(void **state)
{
	static const double p[] = {.001, .008, .039, .041, .042, .06, .074, .205, .212, .216};
	static const double want[] = {.01, .04, .084, .084, .084, .1, .1057142857, .216, .216, .216};
	static const size_t order[] = {7, 2, 0, 9, 4, 1, 8, 3, 6, 5};
	double shuffled[10], q[10], none;

	(void)state;
	for (size_t i = 0; i < 10; i++)
		shuffled[i] = p[order[i]];
	assert_int_equal(bh_adjust(shuffled, q, 10), 0);
	for (size_t i = 0; i < 10; i++)
		near(q[i], want[order[i]], 1e-9);
	assert_int_equal(bh_adjust(&none, q, 0), 0);
	shuffled[0] = 0.9;
	assert_int_equal(bh_adjust(shuffled, q, 1), 0);
	near(q[0], 0.9, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(exact_p_is_enumeration),
		cmocka_unit_test(large_tables),
		cmocka_unit_test(ranks_of_the_page),
		cmocka_unit_test(worked_example),
		cmocka_unit_test(interval_inverts_the_test),
		cmocka_unit_test(ranks_without_the_list),
		cmocka_unit_test(mirror),
		cmocka_unit_test(ties_are_close_to_permutation),
		cmocka_unit_test(degenerate),
		cmocka_unit_test(benjamini_hochberg),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
