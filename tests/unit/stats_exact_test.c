// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Ranks of the interval and the sign test: published values, and the binomial distribution in integers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/cleanup.h"
#include "stats/stats.h"
#include "unit/noise.h"

enum { BINOMIALS = 61 }; /* rows of Pascal's triangle that 40 * tail leaves room for */

static void rank_vectors(void **state)
{
	static const size_t row[][2] = {{1, 0},	 {5, 0},  {6, 1},   {8, 1},   {9, 2},
					{10, 2}, {12, 3}, {15, 4},  {16, 4},  {20, 6},
					{24, 7}, {25, 8}, {30, 10}, {40, 14}, {50, 18}};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(row); i++)
		assert_int_equal(stats_ci_rank(row[i][0]), row[i][1]);
	/* Normal approximation n/2 - 0.98 sqrt(n) holds for large n, where 2^-n underflows. */
	near((double)stats_ci_rank(10000), 5000 - 98, 2);
}

/* Row n of Pascal's triangle in integers: exact up to n = 62. */
static void binomials(uint64_t *choose, size_t n)
{
	choose[0] = 1;
	for (size_t i = 1; i <= n; i++) {
		choose[i] = 1;
		for (size_t k = i - 1; k > 0; k--)
			choose[k] += choose[k - 1];
	}
}

/* Sum of the first @l of them: 2^n * P(Bin(n,1/2) <= l-1). */
static uint64_t tail_of(const uint64_t *choose, size_t l)
{
	uint64_t sum = 0;

	for (size_t k = 0; k < l; k++)
		sum += choose[k];
	return sum;
}

/* 2*P <= 0.05 is 40 * tail <= 2^n. The two sides are never equal: 5 does not divide 2^n. */
static void rank_against_integers(void **state)
{
	uint64_t choose[BINOMIALS];

	(void)state;
	for (size_t n = 1; n < BINOMIALS; n++) {
		size_t l = stats_ci_rank(n);

		binomials(choose, n);
		assert_true(40 * tail_of(choose, l) <= 1ull << n);
		assert_true(40 * tail_of(choose, l + 1) > 1ull << n);
	}
}

/* The same far beyond what integers hold. */
static void rank_against_long_double(void **state)
{
	(void)state;
	for (size_t n = 61; n <= 2000; n += 7) {
		long double term = ldexpl(1, -(int)n), tail = 0;
		size_t l = 0;

		for (; 2 * (tail + term) <= 0.05L; l++) {
			tail += term;
			term = term * (long double)(n - l) / (long double)(l + 1);
		}
		assert_int_equal(stats_ci_rank(n), l);
	}
}

/* 1 - 2*P(Bin(n,1/2) <= l-1) */
static double confidence(size_t n, size_t l)
{
	uint64_t choose[BINOMIALS];

	binomials(choose, n);
	return 1 - 2 * ldexp((double)tail_of(choose, l), -(int)n);
}

/* The interval's ends are the values of these ranks. */
static void interval_takes_ranks(void **state)
{
	double x[BINOMIALS - 1];

	(void)state;
	for (size_t n = 1; n <= ARRAY_LEN(x); n++) {
		struct median_ci m;
		size_t l = stats_ci_rank(n);

		for (size_t i = 0; i < n; i++)
			x[i] = (double)(n - i);
		m = stats_median_ci(x, n);
		assert_int_equal(m.n, n);
		near(m.median, (double)(n + 1) / 2, 0);
		near(m.conf, l ? confidence(n, l) : 0, 1e-9);
		assert_true(l ? m.lo == (double)l && m.hi == (double)(n + 1 - l)
			      : isnan(m.lo) && isnan(m.hi));
		assert_true(m.min == 1 && m.max == (double)n);
	}
}

/* Share of all 2^n ways to give n pairs a sign that are at least as lopsided. */
static double sign_p_by_enumeration(size_t pos, size_t neg)
{
	size_t n = pos + neg, extreme = 0, least = pos < neg ? pos : neg;

	for (uint32_t signs = 0; signs < 1u << n; signs++) {
		size_t up = (size_t)__builtin_popcount(signs);

		extreme += up <= least || n - up <= least;
	}
	return (double)extreme / (double)(1u << n);
}

static void sign_against_enumeration(void **state)
{
	(void)state;
	for (size_t pos = 0; pos <= 14; pos++) {
		for (size_t neg = 0; pos + neg <= 14; neg++)
			near(stats_sign_p(pos, neg), sign_p_by_enumeration(pos, neg), 1e-12);
	}
	near(stats_sign_p(0, 0), 1, 0);
	near(stats_sign_p(12, 0), 4.8828125e-4, 1e-15);
}

static void sign_against_integers(void **state)
{
	uint64_t choose[BINOMIALS];

	(void)state;
	for (size_t n = 1; n < BINOMIALS; n++) {
		binomials(choose, n);
		for (size_t pos = 0; pos <= n; pos++) {
			size_t least = pos < n - pos ? pos : n - pos;
			double p = ldexp((double)tail_of(choose, least + 1), 1 - (int)n);

			near(stats_sign_p(pos, n - pos) / fmin(1, p), 1, 1e-12);
		}
	}
	assert_true(stats_sign_p(5000, 5000) == 1 && stats_sign_p(0, 5000) < 1e-300);
}

/* Interval and p are two views of one test: without ties they never contradict each other. */
static void ratio_interval_and_p_agree(void **state)
{
	struct rng rng = {20260301};
	double x[60];
	int differ = 0;

	(void)state;
	for (int trial = 0; trial < 5000; trial++) {
		size_t n = 1 + rng_below(&rng, ARRAY_LEN(x)), pos = 0;
		struct ratio_ci r;

		for (size_t i = 0; i < n; i++) {
			x[i] = normal(&rng) + (trial % 4) * 0.3;
			pos += x[i] > 0;
		}
		r = stats_ratio(x, n);
		near(r.p, stats_sign_p(pos, n - pos), 0);
		near(log(r.ratio), stats_median_ci(x, n).median, 1e-12);
		assert_true((r.lo > 1 || r.hi < 1) == (r.p <= 0.05));
		assert_true(n <= 5 ? isnan(r.lo) : r.lo <= r.ratio && r.ratio <= r.hi);
		differ += r.p <= 0.05;
	}
	assert_true(differ > 100 && differ < 4900);
}

static void ratio_leaves_ties_out(void **state)
{
	double x[] = {0, 0, 0, log(2), log(2), log(2), log(2), log(2), log(2), log(2)};
	struct ratio_ci r = stats_ratio(x, 10);

	(void)state;
	assert_int_equal(r.n, 10);
	near(r.ratio, 2, 1e-12);
	near(r.lo, 1, 0);
	near(r.p, 2.0 / 128, 1e-12);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rank_vectors),
		cmocka_unit_test(rank_against_integers),
		cmocka_unit_test(rank_against_long_double),
		cmocka_unit_test(interval_takes_ranks),
		cmocka_unit_test(sign_against_enumeration),
		cmocka_unit_test(sign_against_integers),
		cmocka_unit_test(ratio_interval_and_p_agree),
		cmocka_unit_test(ratio_leaves_ties_out),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
