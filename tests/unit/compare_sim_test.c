// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * How often verdicts are right, by simulation with stated seeds: equal things are not called different, real
 * changes are found. docs/compare.md quotes these shares.
 */
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "unit/compare_rig.h"
#include "unit/noise.h"

enum { POINTS = 100, ROUNDS = 12 };

/* Noise of a window, and of a run as a whole (its placement, its boot); ln. */
struct noise {
	double within, between;
};

/* A run of POINTS points around 10 GB/s, each off by the run's own and each window's noise. */
static void simulate(struct rng *rng, struct rig_side *s, const char *json, struct noise noise, double effect)
{
	struct run_points *r = rig_run(s, json);
	char id[16];

	for (int p = 0; p < POINTS; p++) {
		double level = log(10) + effect + noise.between * normal(rng);

		snprintf(id, sizeof(id), "p%02d", p);
		for (int64_t i = 1; i <= ROUNDS; i++)
			rig_add(r, id, i, "bw", exp(level + noise.within * normal(rng)));
	}
}

/* What `selftest` would store: 95th percentile of |ln ratio| of the medians of equal points in two runs. */
static double floor_of(struct rng *rng, struct noise noise)
{
	double r[400];

	for (size_t i = 0; i < ARRAY_LEN(r); i++) {
		/* The median of 12 windows scatters by 1.25 sd / sqrt(12). */
		double sd = sqrt(noise.between * noise.between + pow(1.25 * noise.within, 2) / ROUNDS);

		r[i] = fabs(sd * (normal(rng) - normal(rng)));
	}
	qsort(r, ARRAY_LEN(r), sizeof(r[0]), by_value);
	return r[(size_t)(0.95 * ARRAY_LEN(r))];
}

static void json_with_floor(double floor, char json[256])
{
	snprintf(json, 256,
		 "{\"nics\": [{\"name\": \"nic0\", \"device\": \"d\"}], \"noise_floor\": {\"d\": {\"bw\": "
		 "%.9g, "
		 "\"lat\": %.9g}}}",
		 floor, floor);
}

/* Shares of each verdict over @pairs pairs of @runs runs a side. */
static void shares(uint64_t seed, int pairs, int runs, const char *json, struct noise noise, double effect,
		   const struct compare_rule *rule, double share[VERDICT_COUNT])
{
	struct rng rng = {seed};

	memset(share, 0, VERDICT_COUNT * sizeof(*share));
	for (int i = 0; i < pairs; i++) {
		struct rig_side a = {.side = {NULL, 0}}, b = {.side = {NULL, 0}};
		struct compare c;

		for (int k = 0; k < runs; k++) {
			simulate(&rng, &a, json, noise, 0);
			simulate(&rng, &b, json, noise, effect);
		}
		c = rig_compare(&a, &b, rule);
		for (int v = 0; v < VERDICT_COUNT; v++)
			share[v] += (double)c.count[v] / POINTS / pairs;
		compare_free(&c);
		rig_free(&a);
		rig_free(&b);
	}
	print_message("effect %+.1f %%: better %.3f worse %.3f same %.3f inconclusive %.3f\n", 100 * effect,
		      share[VERDICT_BETTER], share[VERDICT_WORSE], share[VERDICT_SAME],
		      share[VERDICT_INCONCLUSIVE]);
}

/* Runs that differ among themselves as much as windows do. */
static const struct noise noisy = {.within = 0.01, .between = 0.01};

static void equal_runs_with_noise_floor(void **state)
{
	struct rng rng = {1};
	double share[VERDICT_COUNT];
	char json[256];

	(void)state;
	json_with_floor(floor_of(&rng, noisy), json);
	shares(2, 20, 1, json, noisy, 0, NULL, share);
	assert_true(share[VERDICT_BETTER] + share[VERDICT_WORSE] <= 0.05);
}

/* What would happen without: a difference in every other point. */
static void equal_runs_without(void **state)
{
	struct compare_rule rule = compare_rule_default();
	double share[VERDICT_COUNT];

	(void)state;
	shares(2, 20, 1, NULL, noisy, 0, NULL, share);
	assert_true(share[VERDICT_BETTER] + share[VERDICT_WORSE] <= 0);
	rule.within_run_only = true;
	rule.margin[FIGURE_BW] = 0;
	shares(2, 20, 1, NULL, noisy, 0, &rule, share);
	assert_true(share[VERDICT_BETTER] + share[VERDICT_WORSE] > 0.4);
}

static void equal_runs_as_units(void **state)
{
	double share[VERDICT_COUNT];

	(void)state;
	shares(3, 8, 6, NULL, noisy, 0, NULL, share);
	assert_true(share[VERDICT_BETTER] + share[VERDICT_WORSE] <= 0.05);
	/* And a real change is found through the noise of runs. */
	shares(4, 4, 10, NULL, noisy, -0.04, NULL, share);
	assert_true(share[VERDICT_WORSE] > 0.95);
	assert_true(share[VERDICT_BETTER] <= 0);
}

/* Twelve rounds of sd 1 % and 2 %, runs alike; changes of 0 to 4 %. */
static void operating_characteristic(void **state)
{
	static const struct {
		double sd, effect;
		enum verdict verdict;
		double least, most;
	} row[] = {
		{0.01, 0, VERDICT_SAME, 0.97, 1},      {0.01, -0.02, VERDICT_WORSE, 0.35, 0.65},
		{0.01, -0.03, VERDICT_WORSE, 0.97, 1}, {0.01, 0.03, VERDICT_BETTER, 0.97, 1},
		{0.02, 0, VERDICT_SAME, 0.15, 0.40},   {0.02, -0.04, VERDICT_WORSE, 0.95, 1},
	};
	double share[VERDICT_COUNT];

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(row); i++) {
		struct noise noise = {.within = row[i].sd, .between = 0};

		shares(10 + i, 10, 1, rig_json, noise, row[i].effect, NULL, share);
		assert_true(share[row[i].verdict] >= row[i].least && share[row[i].verdict] <= row[i].most);
	}
}

/* One changed point among a hundred equal ones: found, and the others are left alone. */
static void one_of_many(void **state)
{
	struct rng rng = {77};
	size_t found = 0, wrong = 0;

	(void)state;
	for (int k = 0; k < 20; k++) {
		struct rig_side a = {.side = {NULL, 0}}, b = {.side = {NULL, 0}};
		struct noise noise = {.within = 0.01, .between = 0};
		struct compare c;

		simulate(&rng, &a, rig_json, noise, 0);
		simulate(&rng, &b, rig_json, noise, 0);
		for (int64_t i = 1; i <= ROUNDS; i++) {
			rig_add(&a.points[0], "changed", i, "bw", exp(0.01 * normal(&rng)));
			rig_add(&b.points[0], "changed", i, "bw", exp(0.01 * normal(&rng) - 0.05));
		}
		c = rig_compare(&a, &b, NULL);
		found += rig_point(&c, "changed")->verdict == VERDICT_WORSE;
		wrong += c.count[VERDICT_WORSE] + c.count[VERDICT_BETTER];
		compare_free(&c);
		rig_free(&a);
		rig_free(&b);
	}
	print_message("one of 101 points 5 %% worse: found %zu of 20, others called different: %zu\n", found,
		      wrong - found);
	assert_true(found >= 19);
	assert_true(wrong - found <= 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(equal_runs_with_noise_floor),
		cmocka_unit_test(equal_runs_without),
		cmocka_unit_test(equal_runs_as_units),
		cmocka_unit_test(operating_characteristic),
		cmocka_unit_test(one_of_many),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
