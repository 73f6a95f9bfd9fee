// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Real runs of the software device: the same config over and over is not called different, and copies that a
 * fault makes 5 % slower are found. Runs of the three sets alternate, so that the machine's mood is in all.
 */
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "report/compare.h"
#include "soft/run_rig.h"

enum { RUNS = 6 };

#define SWEEP(measure, more)                                                                                 \
	"version: 1\n"                                                                                       \
	"nics: {n: {device: soft0}}\n"                                                                       \
	"memory: {host: {kind: host, length: 256K}}\n"                                                       \
	"order: {canary: 0}\n"                                                                               \
	"sweeps: [{name: s, nic: n, target: host, measure: " measure                                         \
	", op: read, size: 64K, pattern: same,\n"                                                            \
	"          verify: none, rounds: 8, window: 10ms" more "}]\n"

/* The fault spins for this part of what a copy takes. */
static const double SLOWER = 0.05;

/* Beyond this half width of an interval 5 % cannot be seen. */
static const double TOO_NOISY = 0.02;

struct set {
	struct run_points points[RUNS];
	struct compare_run run[RUNS];
	struct compare_side side;
};

static void measure(const char *tmp, const char *sweep, struct set *s, int k, const char *letter,
		    const struct soft_fault *fault)
{
	char name[48];
	struct bench *b;
	struct err e = {0};

	snprintf(name, sizeof(name), "%s%d", letter, k);
	b = bench_new(tmp, name);
	b->fault = fault;
	b->fault_for = UINT32_MAX;
	bench_open(b, sweep, NULL);
	bench_run(b);
	if (run_points_load(b->dir, &s->points[k], &e))
		fail_msg("%s", e.text);
	s->run[k] = (struct compare_run){.name = letter, .points = &s->points[k]};
	s->side = (struct compare_side){s->run, (size_t)k + 1};
	bench_finish(b);
}

/* Nanoseconds of one copy: the best window's median latency of a first run. */
static double copy_ns(const char *tmp)
{
	struct set s = {.side = {NULL, 0}};
	double us = HUGE_VAL;

	measure(tmp, SWEEP("lat", ""), &s, 0, "first", NULL);
	assert_true(s.points[0].n == 1 && s.points[0].point[0].n);
	for (size_t i = 0; i < s.points[0].point[0].n; i++)
		us = fmin(us, s.points[0].point[0].value[i].v);
	run_points_free(&s.points[0]);
	return 1e3 * us;
}

static struct compare_point compared(const struct set *x, const struct set *y)
{
	struct compare_rule rule = compare_rule_default();
	struct compare_point p;
	struct compare c;

	rule.margin[FIGURE_LAT] = rule.margin[FIGURE_BW]; /* 5 % is not beyond 5 % */
	assert_int_equal(compare_runs(&x->side, &y->side, &rule, &c), 0);
	assert_int_equal(c.n, 1);
	assert_true(c.runs_are_units);
	p = c.point[0];
	print_message("%s: gain %+.2f %%, %+.2f to %+.2f: %s\n", figure_word(p.figure), 100 * expm1(p.effect),
		      100 * expm1(p.lo), 100 * expm1(p.hi), verdict_word(p.verdict));
	compare_free(&c);
	return p;
}

static void drop(struct set *s)
{
	for (size_t k = 0; k < s->side.n; k++)
		run_points_free(&s->points[k]);
}

/* One experiment: three sets of runs. Return: both comparisons say what is true. */
static bool tells(const char *tmp, const char *sweep, const struct soft_fault *fault, bool *too_noisy)
{
	struct set a = {.side = {NULL, 0}}, again = {.side = {NULL, 0}}, slow = {.side = {NULL, 0}};
	struct compare_point equal, slower;

	for (int k = 0; k < RUNS; k++) {
		measure(tmp, sweep, &a, k, "a", NULL);
		measure(tmp, sweep, &slow, k, "slow", fault);
		measure(tmp, sweep, &again, k, "again", NULL);
	}
	equal = compared(&a, &again);
	slower = compared(&a, &slow);
	drop(&a);
	drop(&slow);
	drop(&again);
	*too_noisy = (slower.hi - slower.lo) / 2 > TOO_NOISY;
	if (equal.verdict != VERDICT_SAME && equal.verdict != VERDICT_INCONCLUSIVE)
		return false;
	/* What taking the clock for the delay costs comes on top, much of it under a sanitizer. */
	return *too_noisy || (slower.verdict == VERDICT_WORSE && slower.effect < -SLOWER / 2 &&
			      slower.effect > -3 * SLOWER);
}

/*
 * A verdict is wrong now and then by design, and more often while the machine's speed changes between runs:
 * two experiments of at most three have to be right.
 */
static void find_slower(const char *tmp, const char *sweep)
{
	const struct soft_fault fault = {.kind = SOFT_FAULT_SLOW,
					 .delay_ns = (int64_t)(SLOWER * copy_ns(tmp))};
	int right = 0, wrong = 0, noisy = 0;

	while (right < 2 && wrong < 2) {
		char sub[TEMP_PATH];
		bool too_noisy;

		snprintf(sub, sizeof(sub), "%s/x%d", tmp, right + wrong);
		assert_int_equal(mkdir(sub, 0700), 0);
		if (tells(sub, sweep, &fault, &too_noisy))
			right++;
		else
			wrong++;
		noisy += too_noisy;
	}
	assert_true(right == 2);
	if (noisy > 1) {
		print_message("runs of this machine differ too much to tell 5 %% by %d of them\n", RUNS);
		skip();
	}
}

static void slower_bandwidth(void **state)
{
	find_slower(*state, SWEEP("bw", ", qd: 4"));
}

static void slower_latency(void **state)
{
	find_slower(*state, SWEEP("lat", ""));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(slower_latency, bench_tmp, bench_tmp_drop),
		cmocka_unit_test_setup_teardown(slower_bandwidth, bench_tmp, bench_tmp_drop),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
