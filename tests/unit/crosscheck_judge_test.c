// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* From pairs to a word. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "crosscheck/judge.h"

enum { N = 8 };

/* @ratio, and noise of both signs around it. */
static struct judgement judged(double ratio, double noise, size_t n, double rounding, bool held)
{
	double ours[N], theirs[N];
	struct judgement j;

	for (size_t i = 0; i < n; i++) {
		ours[i] = 10 + (double)i;
		theirs[i] = ours[i] * ratio * (i % 2 ? 1 + noise : 1 / (1 + noise));
	}
	assert_int_equal(judge_pairs(ours, theirs, n, rounding, held, &j), 0);
	return j;
}

static void words(void **state)
{
	(void)state;
	assert_int_equal(judged(1.01, 0.001, N, 0, true).word, JUDGE_AGREES);
	assert_int_equal(judged(0.98, 0.001, N, 0, true).word, JUDGE_AGREES);
	assert_int_equal(judged(1.10, 0.001, N, 0, true).word, JUDGE_DIFFERS);
	assert_int_equal(judged(0.90, 0.001, N, 0, true).word, JUDGE_DIFFERS);
	assert_int_equal(judged(1.10, 0.001, N, 0, false).word, JUDGE_NOT_HELD);
	assert_int_equal(judged(1.10, 0.5, N, 0, true).word, JUDGE_WITHIN_CI);
	assert_int_equal(judged(1.00, 0.5, N, 0, true).word, JUDGE_WITHIN_CI);
	assert_int_equal(judged(1.00, 0.05, N, 0, true).word, JUDGE_AGREES);
	assert_int_equal(judged(1.10, 0.001, JUDGE_PAIRS_MIN - 1, 0, true).word, JUDGE_TOO_FEW);
	assert_int_equal(judged(1, 0, 0, 0, true).word, JUDGE_TOO_FEW);
}

/* Two printed decimals of 0.07 us are 7 %. */
static void printed_digits(void **state)
{
	(void)state;
	assert_int_equal(judged(1.06, 0.001, N, 0.07, true).word, JUDGE_AGREES);
	assert_int_equal(judged(1.06, 0.001, N, 0.001, true).word, JUDGE_DIFFERS);
}

static void figures(void **state)
{
	struct judgement j = judged(1.25, 0, N, 0, true);
	bool holds, none;

	(void)state;
	assert_float_equal(j.ratio, 1.25, 1e-9);
	assert_float_equal(j.ours, 13.5, 1e-9);
	assert_float_equal(j.theirs, 16.875, 1e-9);
	holds = j.lo <= j.ratio && j.ratio <= j.hi;
	assert_true(holds);
	j = judged(1, 0, 0, 0, true);
	none = j.ratio >= 0 || j.ratio < 0;
	assert_false(none);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(words),
		cmocka_unit_test(printed_digits),
		cmocka_unit_test(figures),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
