// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The list of looks against a slow reading of its rule, and the half width against one by hand. */
#include "run/looks.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "base/rng.h"
#include "config/keys.h"

enum { LAST = 400 };

/* The rule, word for word: every round is asked by itself. */
static bool is_look(int64_t lo, int64_t hi, int64_t k)
{
	static const int64_t list[] = {12, 16, 20, 26, 34, 44, 60};

	if (k < lo || k > hi)
		return false;
	if (k == lo || k == hi)
		return true;
	for (size_t i = 0; i < ARRAY_LEN(list); i++)
		if (list[i] == k)
			return true;
	for (int64_t next = 78; next <= k; next += next * 3 / 10)
		if (next == k)
			return true;
	return false;
}

static void looks_are_the_listed_ones(void **state)
{
	static const int64_t range[][2] = {{12, 60}, {6, 20},	{1, 1},	  {12, 12},   {12, 13}, {13, 15},
					   {30, 30}, {60, 300}, {1, 400}, {100, 101}, {16, 61}};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(range); i++)
		for (int64_t k = 1; k <= LAST && k <= range[i][1]; k++)
			assert_int_equal(looks_at(range[i][0], range[i][1], k),
					 is_look(range[i][0], range[i][1], k));
}

static void looks_of_the_default_range(void **state)
{
	static const int64_t want[] = {12, 16, 20, 26, 34, 44, 60};
	int64_t k = 0;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(want); i++) {
		k = looks_next(12, 60, k);
		assert_int_equal(k, want[i]);
	}
	assert_int_equal(looks_next(12, 60, k), 60);
	assert_int_equal(looks_next(12, 100, 60), 78);
	assert_int_equal(looks_next(12, 200, 78), 101);
}

static int ascending(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return x < y ? -1 : x > y;
}

/* Largest l with 1 - 2 P(Bin(n,1/2) <= l-1) >= 0.95, the tail added up term by term. */
static size_t slow_rank(size_t n)
{
	long double term = powl(0.5L, (long double)n), tail = 0;
	size_t l = 0;

	for (size_t i = 0; i < n; i++) {
		tail += term;
		if (1 - 2 * tail < 0.95L)
			break;
		l = i + 1;
		term = term * (long double)(n - i) / (long double)(i + 1);
	}
	return l;
}

static void half_width_against_slow_ranks(void **state)
{
	struct rng rng = {.state = 20260101};

	(void)state;
	for (size_t n = 6; n <= 60; n++) {
		double x[60], sorted[60], median, want;
		size_t l = slow_rank(n);

		for (size_t i = 0; i < n; i++)
			x[i] = sorted[i] = 10 + (double)rng_below(&rng, 1000) / 500;
		qsort(sorted, n, sizeof(*sorted), ascending);
		median = n % 2 ? sorted[n / 2] : (sorted[n / 2 - 1] + sorted[n / 2]) / 2;
		want = (sorted[n - l] - sorted[l - 1]) / 2 / median * 100;
		assert_true(fabs(looks_half_pct(x, n) - want) < 1e-9);
	}
}

static void too_few_values_have_no_width(void **state)
{
	double x[5] = {1, 1, 1, 1, 1};

	(void)state;
	assert_true(isnan(looks_half_pct(x, 5)));
	assert_true(isnan(looks_half_pct(x, 0)));
}

static void targets(void **state)
{
	(void)state;
	assert_true(looks_target_pct(MEASURE_BW) == 1.0 && looks_target_pct(MEASURE_RATE) == 1.0);
	assert_true(looks_target_pct(MEASURE_LAT) == 2.0 && looks_target_pct(MEASURE_REG) == 2.0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(looks_are_the_listed_ones),
		cmocka_unit_test(looks_of_the_default_range),
		cmocka_unit_test(half_width_against_slow_ranks),
		cmocka_unit_test(too_few_values_have_no_width),
		cmocka_unit_test(targets),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
