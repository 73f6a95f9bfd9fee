// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Verdicts: the worked example, every rule in its order, what must not be compared, and the mirror. */
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "unit/compare_rig.h"
#include "unit/noise.h"

static const double base[8] = {10.0, 10.1, 10.2, 10.3, 10.4, 10.5, 10.6, 10.7};

static void times(const double *from, double factor, double to[8])
{
	for (int i = 0; i < 8; i++)
		to[i] = from[i] * factor;
}

/* One point on both sides, B's values @factor times the base's. */
static struct compare_point one(const char *measure, double factor, const struct compare_rule *rule,
				const char *json)
{
	struct rig_side a = {.side = {NULL, 0}}, b = {.side = {NULL, 0}};
	struct compare_point p;
	struct compare c;
	double v[8];

	times(base, factor, v);
	rig_values(rig_run(&a, json), "p", measure, base, 8);
	rig_values(rig_run(&b, json), "p", measure, v, 8);
	c = rig_compare(&a, &b, rule);
	assert_int_equal(c.n, 1);
	p = c.point[0];
	p.differs = NULL;
	compare_free(&c);
	rig_free(&a);
	rig_free(&b);
	return p;
}

static void worked_example(void **state)
{
	static const double other[8] = {10.45, 10.55, 10.65, 10.75, 10.85, 10.95, 11.05, 11.15};
	struct rig_side a = {.side = {NULL, 0}}, b = {.side = {NULL, 0}};
	struct compare c;

	(void)state;
	rig_values(rig_run(&a, rig_json), "p", "bw", base, 8);
	rig_values(rig_run(&b, rig_json), "p", "bw", other, 8);
	c = rig_compare(&a, &b, NULL);
	near(c.point[0].p, 0.004662, 5e-7);
	near(c.point[0].q, 0.004662, 5e-7);
	near(exp(c.point[0].effect), 1.04348, 5e-6);
	near(exp(c.point[0].lo), 1.01442, 5e-6);
	near(exp(c.point[0].hi), 1.07282, 5e-6);
	near(exp(c.point[0].medians), 10.8 / 10.35, 1e-9);
	near(c.point[0].median_a, 10.35, 1e-9);
	near(c.point[0].margin, log(1.02), 1e-12);
	assert_int_equal(c.point[0].verdict, VERDICT_BETTER);
	assert_false(c.point[0].shape_change);
	assert_int_equal(c.count[VERDICT_BETTER], 1);
	compare_free(&c);
	rig_free(&a);
	rig_free(&b);
}

/* Spread of @base: 1.5 % around the median; the interval of 8 x 8 is about +-3 %. */
static void verdict_by_effect(void **state)
{
	static const struct {
		const char *measure;
		double factor;
		enum verdict verdict;
	} row[] = {
		{"bw", 1.10, VERDICT_BETTER},	   {"bw", 0.90, VERDICT_WORSE},
		{"rate", 1.10, VERDICT_BETTER},	   {"rate", 0.90, VERDICT_WORSE},
		{"lat", 0.80, VERDICT_BETTER},	   {"lat", 1.25, VERDICT_WORSE},
		{"reg", 0.80, VERDICT_BETTER},	   {"reg", 1.25, VERDICT_WORSE},
		{"bw", 1.0, VERDICT_INCONCLUSIVE}, /* the interval is wider than 2 % */
		{"lat", 1.0, VERDICT_SAME},	   /* but not than 5 % */
		{"lat", 1.06, VERDICT_WORSE},	   {"lat", 1.03, VERDICT_INCONCLUSIVE},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(row); i++) {
		struct compare_point p = one(row[i].measure, row[i].factor, NULL, rig_json);

		if (p.verdict != row[i].verdict)
			fail_msg("%s x %g: %s", row[i].measure, row[i].factor, verdict_word(p.verdict));
		if (p.verdict == VERDICT_BETTER || p.verdict == VERDICT_WORSE)
			assert_int_equal(p.effect > 0, p.verdict == VERDICT_BETTER);
	}
}

/* half 3.1 %, margin 2 %: n * (half / margin)^2 rounds. */
static void rounds_needed(void **state)
{
	struct compare_point p = one("bw", 1.0, NULL, rig_json);
	double half = (p.hi - p.lo) / 2;

	(void)state;
	assert_int_equal(p.need, (size_t)ceil(8 * pow(half / p.margin, 2)));
	assert_in_range(p.need, 10, 40);
}

/* Without a noise floor a difference is not told from one between runs; `same` can be said. */
static void noise_floor(void **state)
{
	static const char high[] = "{\"nics\": [{\"name\": \"nic0\", \"device\": \"d\"}],"
				   " \"noise_floor\": {\"d\": {\"bw\": 0.2, \"lat\": 0.3}}}";
	static const char other[] = "{\"nics\": [{\"name\": \"nic1\", \"device\": \"d\"}],"
				    " \"noise_floor\": {\"d\": {\"bw\": 0, \"lat\": 0}}}";
	struct compare_rule rule = compare_rule_default();
	struct compare_point p = one("bw", 1.10, NULL, NULL);

	(void)state;
	assert_int_equal(p.verdict, VERDICT_INCONCLUSIVE);
	assert_non_null(strstr(p.why, "better, but without a noise floor"));
	assert_true(isnan(p.noise));
	assert_int_equal(one("bw", 1.10, NULL, other).verdict, VERDICT_INCONCLUSIVE);
	assert_int_equal(one("lat", 1.0, NULL, NULL).verdict, VERDICT_SAME);
	rule.within_run_only = true;
	assert_int_equal(one("bw", 1.10, &rule, NULL).verdict, VERDICT_BETTER);
	p = one("bw", 1.10, NULL, high);
	near(p.margin, 0.2, 0);
	assert_int_equal(p.verdict, VERDICT_SAME);
	assert_int_equal(one("bw", 1.30, NULL, high).verdict, VERDICT_BETTER);
	near(one("lat", 1, NULL, high).margin, 0.3, 0);
}

/* One run of two sides without a floor is enough not to know. */
static void noise_floor_of_every_run(void **state)
{
	struct rig_side a = {.side = {NULL, 0}}, b = {.side = {NULL, 0}};
	struct compare c;
	double v[8];

	(void)state;
	times(base, 1.2, v);
	rig_values(rig_run(&a, rig_json), "p", "bw", base, 8);
	rig_values(rig_run(&a, NULL), "p", "bw", base, 8);
	rig_values(rig_run(&b, rig_json), "p", "bw", v, 8);
	c = rig_compare(&a, &b, NULL);
	assert_int_equal(c.point[0].n_a, 16); /* few runs are pooled */
	assert_int_equal(c.point[0].verdict, VERDICT_INCONCLUSIVE);
	assert_int_equal(c.noise_unknown, 1);
	compare_free(&c);
	rig_free(&a);
	rig_free(&b);
}

/* From four runs a side on the unit is the run, and what differs between runs is in it. */
static void runs_are_units(void **state)
{
	static const char high[] = "{\"nics\": [{\"name\": \"nic0\", \"device\": \"d\"}],"
				   " \"noise_floor\": {\"d\": {\"bw\": 0.2, \"lat\": 0.3}}}";
	struct rig_side a = {.side = {NULL, 0}}, b = {.side = {NULL, 0}};
	struct compare c;
	double v[8];

	(void)state;
	for (int i = 0; i < 6; i++) {
		times(base, 1 + 0.002 * i, v);
		rig_values(rig_run(&a, i ? high : NULL), "p", "bw", v, 8);
		times(base, 1.05 + 0.002 * i, v);
		rig_values(rig_run(&b, i ? high : NULL), "p", "bw", v, 8);
	}
	rig_values(&b.points[0], "few", "bw", base, 8);
	rig_values(&a.points[0], "few", "bw", base, 8);
	c = rig_compare(&a, &b, NULL);
	assert_true(c.runs_are_units);
	assert_int_equal(rig_point(&c, "p")->n_a, 6);
	assert_int_equal(rig_point(&c, "p")->verdict, VERDICT_BETTER);
	near(rig_point(&c, "p")->p, 2.0 / 924, 1e-12);
	near(rig_point(&c, "p")->margin, log(1.02), 1e-12);
	assert_int_equal(rig_point(&c, "few")->verdict, VERDICT_MISSING);
	assert_string_equal(rig_point(&c, "few")->why, "A has 1 usable run, 4 are needed");
	compare_free(&c);
	rig_free(&a);
	rig_free(&b);
}

static void missing(void **state)
{
	struct rig_side a = {.side = {NULL, 0}}, b = {.side = {NULL, 0}};
	struct run_points *ra, *rb;
	struct compare c;
	struct row row;

	(void)state;
	ra = rig_run(&a, rig_json);
	rb = rig_run(&b, rig_json);
	rig_values(ra, "only_a", "bw", base, 8);
	rig_values(rb, "only_b", "bw", base, 8);
	rig_values(ra, "five", "bw", base, 8);
	rig_values(rb, "five", "bw", base, 5);
	rig_values(ra, "six", "bw", base, 6);
	rig_values(rb, "six", "bw", base, 6);
	rig_values(ra, "failed", "bw", base, 8);
	for (int64_t i = 1; i <= 8; i++) {
		rig_row(&row, "failed", i, "bw", 1);
		row_text(&row, COL_STATUS, "error");
		assert_int_equal(run_points_add(rb, &row), 0);
	}
	rig_add(ra, "single", 1, "bw", 1);
	rig_add(rb, "single", 1, "bw", 2);
	c = rig_compare(&a, &b, NULL);
	assert_int_equal(c.n, 6);
	assert_string_equal(rig_point(&c, "only_a")->why, "not in B");
	assert_string_equal(rig_point(&c, "only_b")->why, "not in A");
	assert_string_equal(rig_point(&c, "five")->why, "B has 5 usable rounds, 6 are needed");
	assert_string_equal(rig_point(&c, "failed")->why, "B has 0 usable rounds, 6 are needed (error)");
	assert_int_equal(rig_point(&c, "single")->verdict, VERDICT_MISSING);
	assert_int_equal(rig_point(&c, "six")->verdict, VERDICT_INCONCLUSIVE);
	assert_true(isnan(rig_point(&c, "five")->q));
	assert_int_equal(c.count[VERDICT_MISSING], 5);
	compare_free(&c);
	rig_free(&a);
	rig_free(&b);
}

/* A point of B with one cell changed. */
static struct compare_point changed(enum column c, const char *text, const char *json_b,
				    const struct compare_rule *rule, char *differs, size_t len)
{
	struct rig_side a = {.side = {NULL, 0}}, b = {.side = {NULL, 0}};
	struct compare_point p;
	struct run_points *rb;
	struct compare out;
	struct row row;

	rig_values(rig_run(&a, rig_json), "p", "bw", base, 8);
	rb = rig_run(&b, json_b);
	for (int64_t i = 1; i <= 8; i++) {
		rig_row(&row, "p", i, "bw", 2 * base[i - 1]);
		row_text(&row, c, text);
		assert_int_equal(run_points_add(rb, &row), 0);
	}
	out = rig_compare(&a, &b, rule);
	p = out.point[0];
	snprintf(differs, len, "%s", p.differs ? p.differs : "");
	p.differs = NULL;
	compare_free(&out);
	rig_free(&a);
	rig_free(&b);
	return p;
}

static void evidence_is_never_mixed(void **state)
{
	struct compare_rule rule = compare_rule_default();
	struct compare_point p;
	char differs[256];

	(void)state;
	p = changed(COL_EVIDENCE, "hardware", rig_json, NULL, differs, sizeof(differs));
	assert_int_equal(p.verdict, VERDICT_INCOMPARABLE);
	assert_non_null(strstr(p.why, "software|hardware"));
	assert_true(isnan(p.effect));
	rule.mixed = true;
	p = changed(COL_EVIDENCE, "hardware", rig_json, &rule, differs, sizeof(differs));
	assert_int_equal(p.verdict, VERDICT_NONE);
	near(exp(p.effect), 2, 1e-9);
	assert_true(isnan(p.q));
}

static void states_are_told(void **state)
{
	struct compare_point p;
	char differs[256];

	(void)state;
	p = changed(COL_ROUTE, "host_bridge", rig_json, NULL, differs, sizeof(differs));
	assert_int_equal(p.verdict, VERDICT_BETTER);
	assert_string_equal(differs, "route unknown -> host_bridge");
	p = changed(COL_TOOL, "perftest", rig_json, NULL, differs, sizeof(differs));
	assert_int_equal(p.verdict, VERDICT_BETTER);
	assert_string_equal(differs, "tool unknown -> perftest");
	changed(COL_PCT_LIMIT, "44", rig_json, NULL, differs, sizeof(differs));
	assert_string_equal(differs, "");
	p = changed(COL_KEY + AX_QPS, "7", rig_json, NULL, differs, sizeof(differs));
	assert_int_equal(p.verdict, VERDICT_INCOMPARABLE);
	assert_non_null(strstr(p.why, "key columns"));
}

/* @json_b against rig_json: verdict, and how many facts differ. */
static enum verdict facts_verdict(const char *json_b, unsigned int waive, size_t *n)
{
	struct rig_side a = {.side = {NULL, 0}}, b = {.side = {NULL, 0}};
	struct compare_rule rule = compare_rule_default();
	enum verdict v;
	struct compare c;
	double twice[8];

	times(base, 2, twice);
	rule.waive = waive;
	rig_values(rig_run(&a, rig_json), "p", "bw", base, 8);
	rig_values(rig_run(&b, json_b), "p", "bw", twice, 8);
	c = rig_compare(&a, &b, &rule);
	v = c.point[0].verdict;
	*n = c.n_fact;
	compare_free(&c);
	rig_free(&a);
	rig_free(&b);
	return v;
}

#define RIG_NOISE   "\"noise_floor\": {\"dev0\": {\"bw\": 0, \"lat\": 0}}"
#define RIG_NIC(fw) "\"nics\": [{\"name\": \"nic0\", \"device\": \"dev0\", \"fw\": \"" fw "\"}]"

static void facts_that_differ(void **state)
{
	size_t n;

	(void)state;
	assert_int_equal(facts_verdict(rig_json, 0, &n), VERDICT_BETTER);
	assert_int_equal(n, 0);
	/* Kernel and firmware are what is compared; the CPU is not. */
	assert_int_equal(
		facts_verdict(
			"{" RIG_NIC("2.0") "," RIG_NOISE
					   ", \"env\": {\"cpu_model\": \"a cpu\", \"kernel\": \"6.2\"}}",
			0, &n),
		VERDICT_BETTER);
	assert_int_equal(n, 2);
	assert_int_equal(
		facts_verdict("{" RIG_NIC("1.0") "," RIG_NOISE
						 ", \"env\": {\"cpu_model\": \"b\", \"kernel\": \"6.1\"}}",
			      0, &n),
		VERDICT_INCOMPARABLE);
	assert_int_equal(
		facts_verdict("{" RIG_NIC("1.0") "," RIG_NOISE
						 ", \"env\": {\"cpu_model\": \"b\", \"kernel\": \"6.1\"}}",
			      1u << BLOCK_CPU, &n),
		VERDICT_BETTER);
	/* What one side does not tell is listed, and forbids nothing. */
	assert_int_equal(
		facts_verdict("{" RIG_NIC("1.0") "," RIG_NOISE ", \"env\": {\"kernel\": \"6.1\"}}", 0, &n),
		VERDICT_BETTER);
	assert_int_equal(n, 1);
}

#define LINK(nic, gen, mps)                                                                                  \
	"\"topology\": {\"nics\": [{\"name\": \"" nic "\", \"link\": {\"gen\": " gen                         \
	", \"width\": 16, \"mps\": " mps "}}]}"

/* Another link forbids a verdict for the points that use it, and only for them. */
static void links_forbid(void **state)
{
	static const char gen5[] = "{" RIG_NIC("1") "," RIG_NOISE "," LINK("nic0", "5", "256") "}";
	static const char gen4[] = "{" RIG_NIC("1") "," RIG_NOISE "," LINK("nic0", "4", "256") "}";
	static const char mps[] = "{" RIG_NIC("1") "," RIG_NOISE "," LINK("nic0", "5", "512") "}";
	static const char one5[] = "{" RIG_NIC("1") "," RIG_NOISE "," LINK("nic1", "5", "256") "}";
	static const char one4[] = "{" RIG_NIC("1") "," RIG_NOISE "," LINK("nic1", "4", "256") "}";
	static const struct {
		const char *a, *b;
		unsigned int waive;
		enum verdict verdict;
	} row[] = {
		{gen5, gen5, 0, VERDICT_SAME},
		{gen5, gen4, 0, VERDICT_INCOMPARABLE},
		{gen5, gen4, 1u << BLOCK_LINK, VERDICT_SAME},
		{gen5, mps, 1u << BLOCK_LINK, VERDICT_INCOMPARABLE},
		{gen5, mps, 1u << BLOCK_MPS, VERDICT_SAME},
		{one5, one4, 0, VERDICT_SAME},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(row); i++) {
		struct rig_side a = {.side = {NULL, 0}}, b = {.side = {NULL, 0}};
		struct compare_rule rule = compare_rule_default();
		struct compare c;

		rule.waive = row[i].waive;
		rig_values(rig_run(&a, row[i].a), "p", "lat", base, 8);
		rig_values(rig_run(&b, row[i].b), "p", "lat", base, 8);
		c = rig_compare(&a, &b, &rule);
		assert_int_equal(c.point[0].verdict, row[i].verdict);
		compare_free(&c);
		rig_free(&a);
		rig_free(&b);
	}
}

/* Zeros are values: nothing came through. */
static void zeros(void **state)
{
	static const double none[8] = {0};
	struct rig_side a = {.side = {NULL, 0}}, b = {.side = {NULL, 0}};
	struct compare c;

	(void)state;
	rig_values(rig_run(&a, rig_json), "dead", "bw", base, 8);
	rig_values(&a.points[0], "both", "bw", none, 8);
	rig_values(rig_run(&b, rig_json), "dead", "bw", none, 8);
	rig_values(&b.points[0], "both", "bw", none, 8);
	c = rig_compare(&a, &b, NULL);
	assert_int_equal(rig_point(&c, "dead")->verdict, VERDICT_WORSE);
	near(exp(rig_point(&c, "dead")->effect), 0, 0);
	near(rig_point(&c, "dead")->median_b, 0, 0);
	assert_int_equal(rig_point(&c, "both")->verdict, VERDICT_SAME);
	near(rig_point(&c, "both")->effect, 0, 0);
	near(rig_point(&c, "both")->p, 1, 0);
	compare_free(&c);
	rig_free(&a);
	rig_free(&b);
}

static void ties(void **state)
{
	static const double five[8] = {5, 5, 5, 5, 5, 5, 5, 5}, six[8] = {6, 6, 6, 6, 6, 6, 6, 6};
	struct rig_side a = {.side = {NULL, 0}}, b = {.side = {NULL, 0}};
	struct compare c;

	(void)state;
	rig_values(rig_run(&a, rig_json), "equal", "bw", five, 8);
	rig_values(&a.points[0], "apart", "bw", five, 8);
	rig_values(rig_run(&b, rig_json), "equal", "bw", five, 8);
	rig_values(&b.points[0], "apart", "bw", six, 8);
	c = rig_compare(&a, &b, NULL);
	assert_int_equal(rig_point(&c, "equal")->verdict, VERDICT_SAME);
	assert_int_equal(rig_point(&c, "apart")->verdict, VERDICT_BETTER);
	near(rig_point(&c, "apart")->lo, log(1.2), 1e-12);
	compare_free(&c);
	rig_free(&a);
	rig_free(&b);
}

/* Two levels, a few rounds more on the upper one: the ratio of the medians is 2, the shift is nothing. */
static void shape_change(void **state)
{
	struct rig_side a = {.side = {NULL, 0}}, b = {.side = {NULL, 0}};
	struct run_points *ra = rig_run(&a, rig_json), *rb = rig_run(&b, rig_json);
	struct compare c;

	(void)state;
	for (int64_t i = 1; i <= 30; i++) {
		rig_add(ra, "p", i, "bw", (i <= 14 ? 2 : 1) + 1e-6 * (double)i);
		rig_add(rb, "p", i, "bw", (i <= 16 ? 2 : 1) + 1e-6 * (double)i);
	}
	c = rig_compare(&a, &b, NULL);
	near(exp(c.point[0].medians), 2, 1e-3);
	near(c.point[0].effect, 0, 1e-3);
	assert_true(c.point[0].shape_change);
	assert_int_equal(c.point[0].verdict, VERDICT_SAME);
	compare_free(&c);
	rig_free(&a);
	rig_free(&b);
}

static void add_random(struct rng *rng, struct rig_side *s, double shift, uint64_t gone)
{
	struct run_points *r = rig_run(s, rig_json);
	char id[16];

	for (int p = 0; p < 20; p++) {
		snprintf(id, sizeof(id), "p%02d", p);
		for (int64_t i = 1; i <= 12 && p != (int)gone; i++)
			rig_add(r, id, i, p % 2 ? "bw" : "lat",
				p % 5 == 4 ? rint(10 + shift * p) : exp(0.02 * normal(rng) + shift * p));
	}
}

/* Exchanging the sides exchanges better with worse and the sign of every effect; nothing else moves. */
static void mirror(void **state)
{
	struct rng rng = {20260102};

	(void)state;
	for (uint64_t round = 0; round < 20; round++) {
		struct rig_side a = {.side = {NULL, 0}}, b = {.side = {NULL, 0}};
		struct compare ab, ba;

		add_random(&rng, &a, 0, round);
		add_random(&rng, &b, 0.004, round + 3);
		ab = rig_compare(&a, &b, NULL);
		ba = rig_compare(&b, &a, NULL);
		assert_int_equal(ab.n, ba.n);
		assert_int_equal(ab.count[VERDICT_BETTER], ba.count[VERDICT_WORSE]);
		assert_int_equal(ab.count[VERDICT_WORSE], ba.count[VERDICT_BETTER]);
		for (size_t i = 0; i < ab.n; i++) {
			const struct compare_point *x = &ab.point[i], *y = &ba.point[i];
			enum verdict want = x->verdict == VERDICT_BETTER  ? VERDICT_WORSE
					    : x->verdict == VERDICT_WORSE ? VERDICT_BETTER
									  : x->verdict;

			assert_int_equal(y->verdict, want);
			assert_int_equal(x->need, y->need);
			assert_int_equal(x->shape_change, y->shape_change);
			if (isnan(x->effect))
				continue;
			near(x->effect, -y->effect, 0);
			near(x->lo, -y->hi, 0);
			near(x->hi, -y->lo, 0);
			near(x->p, y->p, 0);
			near(x->q, y->q, 0);
		}
		compare_free(&ab);
		compare_free(&ba);
		rig_free(&a);
		rig_free(&b);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(worked_example),
		cmocka_unit_test(verdict_by_effect),
		cmocka_unit_test(rounds_needed),
		cmocka_unit_test(noise_floor),
		cmocka_unit_test(noise_floor_of_every_run),
		cmocka_unit_test(runs_are_units),
		cmocka_unit_test(missing),
		cmocka_unit_test(evidence_is_never_mixed),
		cmocka_unit_test(states_are_told),
		cmocka_unit_test(facts_that_differ),
		cmocka_unit_test(links_forbid),
		cmocka_unit_test(zeros),
		cmocka_unit_test(ties),
		cmocka_unit_test(shape_change),
		cmocka_unit_test(mirror),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
