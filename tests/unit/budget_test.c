// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The estimate against the formula by hand; windows that shrink to fit; the refusal. */
#include "run/budget.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "base/err.h"
#include "ops/ops.h"
#include "unit/loading.h"

#define HEAD                                                                                                 \
	"version: 1\nnics: {n: {device: soft0}}\nmemory: {m: {kind: memfd}}\n"                               \
	"defaults: {nic: n, op: read, target: m, size: 64, rounds: 12..60, window: 30ms}\n"

static struct loaded load_good(const char *text)
{
	struct loaded l = load(text, NULL, 0);

	assert_int_equal(l.rc, 0);
	return l;
}

static void the_formula(void **state)
{
	struct loaded l = load_good(HEAD "sweeps: [{name: a, size: 64..6400 +64}]\n");
	struct budget_need n = budget_need(l.config, l.plan, ops);
	int64_t visit = 1000000 + 5000000 + 30000000;

	(void)state;
	assert_int_equal(n.points, 100);
	assert_int_equal(n.least_ns, 13 * (100 * visit + 32000000) + 4 * 50000000ll);
	assert_int_equal(n.most_ns, 61 * (100 * visit + 32000000ll) + 16 * 50000000ll);
	assert_int_equal(n.short_ns, n.least_ns - 13 * 100 * 20000000ll);
	assert_int_equal(n.window_ns, 0);
	unload(&l);
}

/* 64 MiB of messages at 50 ns each, but no less than 5 ms and no more than 20. */
static void small_writes_warm_up_longer(void **state)
{
	static const struct {
		const char *sweep;
		int64_t warm_ns;
	} cases[] = {
		{"op: write, size: 64", 20000000},
		{"op: write, size: 256", 13107200},
		{"op: write, size: 4K", 5000000},
		{"op: read, size: 64", 5000000},
		{"op: write_fence, size: 4K, measure: lat", 16384000},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char text[512];
		struct loaded l;

		snprintf(text, sizeof(text), HEAD "sweeps: [{name: a, %s}]\norder: {canary: 0}\n",
			 cases[i].sweep);
		l = load_good(text);
		assert_int_equal(budget_need(l.config, l.plan, ops).least_ns,
				 13 * (31000000 + cases[i].warm_ns) + 4 * 50000000ll);
		unload(&l);
	}
}

/* Each window ends its setup; there is nothing to become precise. */
static void revoked_points_take_setups(void **state)
{
	struct loaded l = load_good(HEAD "sweeps: [{name: a, revoke: reset}]\norder: {canary: 0}\n");
	struct budget_need n = budget_need(l.config, l.plan, ops);

	(void)state;
	assert_int_equal(n.least_ns, 13 * (36000000 + 50000000) + 4 * 50000000ll);
	assert_int_equal(n.most_ns, n.least_ns);
	unload(&l);
}

static void without_a_canary(void **state)
{
	struct loaded with = load_good(HEAD "sweeps: [{name: a}]\n");
	struct loaded without = load_good(HEAD "sweeps: [{name: a}]\norder: {canary: 0}\n");

	(void)state;
	assert_int_equal(budget_need(with.config, with.plan, ops).least_ns -
				 budget_need(without.config, without.plan, ops).least_ns,
			 13 * 32000000);
	unload(&with);
	unload(&without);
}

static void skipped_points_cost_nothing(void **state)
{
	struct loaded l = load_good(HEAD "sweeps: [{name: a}, {name: b, cpu: 0, numa: 0}]\n");
	struct budget_need n = budget_need(l.config, l.plan, ops);

	(void)state;
	assert_int_equal(n.points, 1);
	assert_int_equal(n.skipped, 1);
	unload(&l);
}

/* The window is the longest that fits: a nanosecond more would not. */
static void windows_shrink_to_fit(void **state)
{
	struct loaded l = load_good(HEAD "sweeps: [{name: a, size: 64..6400 +64}]\nbudget: {time: 30s}\n");
	struct budget_need n = budget_need(l.config, l.plan, ops);
	int64_t rest = 13 * 32000000 + 4 * 50000000ll, visits = 13 * 100;

	(void)state;
	assert_in_range(n.window_ns, 10000000, 29999999);
	assert_true(visits * (6000000 + n.window_ns) + rest <= 30000000000);
	assert_true(visits * (6000000 + n.window_ns + 1) + rest > 30000000000);
	unload(&l);
}

static void ten_milliseconds_at_least(void **state)
{
	struct loaded l = load_good(HEAD "sweeps: [{name: a, size: 64..6400 +64}]\nbudget: {time: 1s}\n");
	struct budget_need n = budget_need(l.config, l.plan, ops);
	struct err e = {0};

	(void)state;
	assert_int_equal(n.window_ns, 10000000);
	assert_int_equal(budget_check(l.config, &n, &e), 0); /* when_over: stop */
	unload(&l);
}

/* Windows that are that short already are what was asked. */
static void short_windows_stay(void **state)
{
	struct loaded l = load_good(HEAD "sweeps: [{name: a, window: 5ms}]\nbudget: {time: 1ms}\n");
	struct budget_need n = budget_need(l.config, l.plan, ops);

	(void)state;
	assert_int_equal(n.window_ns, 0);
	assert_int_equal(n.short_ns, n.least_ns);
	unload(&l);
}

static void refusal_names_the_time(void **state)
{
	struct loaded l = load_good(
		HEAD "sweeps: [{name: a, size: 64..6400 +64}]\nbudget: {time: 1s, when_over: refuse}\n");
	struct budget_need n = budget_need(l.config, l.plan, ops);
	struct err e = {0};

	(void)state;
	assert_int_equal(budget_check(l.config, &n, &e), -22);
	assert_string_equal(
		e.text, "budget.time is 1 s: the fewest rounds of 100 points take 21 s with windows of 10 "
			"ms, 47 s as asked");
	unload(&l);
}

static void what_fits_is_not_refused(void **state)
{
	struct loaded l = load_good(HEAD "sweeps: [{name: a}]\nbudget: {time: 10s, when_over: refuse}\n");
	struct budget_need n = budget_need(l.config, l.plan, ops);
	struct err e = {0};

	(void)state;
	assert_int_equal(budget_check(l.config, &n, &e), 0);
	unload(&l);
}

/* Time for five more windows: the neediest cells, whole, a small one behind a large one that does not fit. */
static void the_neediest_come_first(void **state)
{
	struct budget_claim claim[] = {
		{.cell = 0, .windows = 3, .need = 1.5},
		{.cell = 1, .windows = 3, .need = 4},
		{.cell = 2, .windows = 1, .need = 2},
	};

	(void)state;
	budget_share(claim, 3, 5);
	assert_int_equal(claim[0].cell, 1);
	assert_int_equal(claim[1].cell, 2);
	assert_true(claim[0].granted && claim[1].granted);
	assert_false(claim[2].granted);
}

/* Fewest rounds are started as long as there is any time, and come before everything else. */
static void the_fewest_rounds_come_before(void **state)
{
	struct budget_claim claim[] = {
		{.cell = 0, .windows = 1, .need = 9},
		{.cell = 1, .windows = 10, .need = BUDGET_FIRST},
	};

	(void)state;
	budget_share(claim, 2, 5);
	assert_int_equal(claim[0].cell, 1);
	assert_true(claim[0].granted);
	assert_false(claim[1].granted);
	budget_share(claim, 2, -0.5);
	assert_false(claim[0].granted);
}

static void time_for_all(void **state)
{
	struct budget_claim claim[] = {{.cell = 0, .windows = 2, .need = 3},
				       {.cell = 1, .windows = 3, .need = 3}};

	(void)state;
	budget_share(claim, 2, 5);
	assert_true(claim[0].granted && claim[1].granted);
	assert_int_equal(claim[0].cell, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_formula),
		cmocka_unit_test(small_writes_warm_up_longer),
		cmocka_unit_test(revoked_points_take_setups),
		cmocka_unit_test(without_a_canary),
		cmocka_unit_test(skipped_points_cost_nothing),
		cmocka_unit_test(windows_shrink_to_fit),
		cmocka_unit_test(ten_milliseconds_at_least),
		cmocka_unit_test(short_windows_stay),
		cmocka_unit_test(refusal_names_the_time),
		cmocka_unit_test(what_fits_is_not_refused),
		cmocka_unit_test(the_neediest_come_first),
		cmocka_unit_test(the_fewest_rounds_come_before),
		cmocka_unit_test(time_for_all),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
