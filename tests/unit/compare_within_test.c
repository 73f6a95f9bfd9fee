// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Points of one run against each other: who is compared with whom, paired by round, controls first. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/err.h"
#include "unit/compare_rig.h"
#include "unit/noise.h"

struct who {
	const char *id, *tph, *st, *interconnect, *variant, *size;
};

static void add(struct run_points *r, const struct who *w, int64_t round, const char *measure, double v)
{
	struct row row;

	rig_row(&row, w->id, round, measure, v);
	row_text(&row, COL_KEY + AX_TPH, w->tph);
	row_text(&row, COL_KEY + AX_ST, w->st);
	row_text(&row, COL_KEY + AX_INTERCONNECT, w->interconnect);
	row_text(&row, COL_KEY + AX_VARIANT, w->variant);
	row_text(&row, COL_KEY + AX_SIZE, w->size);
	assert_int_equal(run_points_add(r, &row), 0);
}

static const struct who plain = {"plain", "none", "", "main", "", "64"};
static const struct who control = {"control", "none", "", "main", "off2", "64"};
static const struct who tag7 = {"tag7", "exporter", "7", "main", "", "64"};
static const struct who tag9 = {"tag9", "exporter", "9", "main", "", "64"};
static const struct who bounce = {"bounce", "none", "", "bounce", "", "64"};
static const struct who large = {"large", "none", "", "main", "", "4096"};
static const struct who large_tag = {"large_tag", "exporter", "7", "main", "", "4096"};

/* All move together by 12 % over the rounds; tag 7 gains 4 %, tag 9 nothing, bouncing halves. */
static void fill(struct run_points *r, const char *measure)
{
	for (int64_t i = 1; i <= 12; i++) {
		double drift = 1 - 0.01 * (double)i, jitter = i % 2 ? 1.001 : 0.999;

		add(r, &plain, i, measure, 10 * drift);
		add(r, &tag7, i, measure, 10.4 * drift * jitter);
		add(r, &tag9, i, measure, 10 * drift * jitter);
		add(r, &bounce, i, measure, 5 * drift);
		add(r, &large, i, measure, 20 * drift);
		if (i > 7) /* five rounds are not enough */
			add(r, &large_tag, i, measure, 20 * drift);
		add(r, &control, i, measure, 10 * drift / jitter);
	}
	run_points_finish(r);
}

static struct compare within(struct rig_side *s, const char *measure, enum axis axis, const char *base)
{
	struct compare_rule rule = compare_rule_default();
	struct err e = {0};
	struct compare c;

	fill(rig_run(s, NULL), measure);
	if (compare_within(&s->run[0], axis, base, &rule, &c, &e))
		fail_msg("%s", e.text);
	return c;
}

static void hints(void **state)
{
	struct rig_side s = {.side = {NULL, 0}};
	struct compare c = within(&s, "bw", AX_TPH, NULL);

	(void)state;
	assert_int_equal(c.n, 4);
	assert_true(c.point[0].control);
	assert_string_equal(row_get(c.point[0].b, COL_POINT_ID), "control");
	assert_false(c.point[1].control);
	assert_string_equal(row_get(rig_point(&c, "large_tag")->a, COL_POINT_ID), "large");
	assert_int_equal(rig_point(&c, "large_tag")->verdict, VERDICT_MISSING);
	assert_string_equal(rig_point(&c, "large_tag")->why, "5 common rounds, 6 are needed");
	/* The drift is twelve times the effect; pairs do not see it. */
	near(exp(rig_point(&c, "tag7")->effect), 1.04, 1e-6);
	near(rig_point(&c, "tag7")->p, 2.0 / 4096, 1e-12);
	assert_int_equal(rig_point(&c, "tag7")->verdict, VERDICT_BETTER);
	assert_int_equal(rig_point(&c, "tag9")->verdict, VERDICT_SAME);
	assert_int_equal(c.point[0].verdict, VERDICT_SAME);
	near(c.point[0].p, 1, 0);
	compare_free(&c);
	rig_free(&s);
}

static void times_are_oriented(void **state)
{
	struct rig_side s = {.side = {NULL, 0}};
	struct compare c = within(&s, "lat", AX_TPH, NULL);

	(void)state;
	near(exp(rig_point(&c, "tag7")->effect), 1 / 1.04, 1e-6);
	assert_int_equal(rig_point(&c, "tag7")->verdict, VERDICT_SAME); /* 4 % of 5 % */
	compare_free(&c);
	rig_free(&s);
}

/* st belongs to tph: asking for it is asking for the hint. */
static void axis_of_a_group(void **state)
{
	struct rig_side s = {.side = {NULL, 0}};
	struct compare c = within(&s, "bw", AX_ST, NULL);
	const char *base;

	(void)state;
	assert_int_equal(c.n, 4);
	assert_string_equal(compare_base(&c, AX_ST, &base), "tph");
	assert_string_equal(base, "none");
	compare_free(&c);
	rig_free(&s);
}

static void other_axes(void **state)
{
	struct rig_side s = {.side = {NULL, 0}};
	struct compare c = within(&s, "bw", AX_INTERCONNECT, NULL);
	const char *base;

	(void)state;
	/* The control differs from its equal in nothing, so it is one here too. */
	assert_int_equal(c.n, 2);
	assert_true(c.point[0].control);
	near(exp(rig_point(&c, "bounce")->effect), 0.5, 1e-9);
	assert_int_equal(rig_point(&c, "bounce")->verdict, VERDICT_WORSE);
	compare_free(&c);
	rig_free(&s);
	c = within(&s, "bw", AX_SIZE, NULL);
	assert_string_equal(compare_base(&c, AX_SIZE, &base), "size");
	assert_string_equal(base, "64"); /* the least */
	near(exp(rig_point(&c, "large")->effect), 2, 1e-9);
	compare_free(&c);
	rig_free(&s);
	c = within(&s, "bw", AX_SIZE, "4096");
	near(exp(rig_point(&c, "plain")->effect), 0.5, 1e-9);
	compare_free(&c);
	rig_free(&s);
}

static void nothing_to_compare(void **state)
{
	struct compare_rule rule = compare_rule_default();
	struct rig_side s = {.side = {NULL, 0}};
	struct err e = {0};
	struct compare c;

	(void)state;
	fill(rig_run(&s, NULL), "bw");
	assert_int_equal(compare_within(&s.run[0], AX_QPS, NULL, &rule, &c, &e), -EINVAL);
	assert_int_equal(compare_within(&s.run[0], AX_TPH, "dmah", &rule, &c, &e), -EINVAL);
	assert_non_null(strstr(e.text, "dmah"));
	rig_free(&s);
	rig_run(&s, NULL);
	assert_int_equal(compare_within(&s.run[0], AX_TPH, NULL, &rule, &c, &e), -EINVAL);
	rig_free(&s);
}

static void evidence_is_never_mixed(void **state)
{
	struct compare_rule rule = compare_rule_default();
	struct rig_side s = {.side = {NULL, 0}};
	struct run_points *r = rig_run(&s, NULL);
	struct compare c;
	struct row row;

	(void)state;
	for (int64_t i = 1; i <= 8; i++) {
		add(r, &plain, i, "bw", 10);
		rig_row(&row, "b", i, "bw", 20);
		row_text(&row, COL_KEY + AX_INTERCONNECT, "bounce");
		row_text(&row, COL_KEY + AX_SIZE, "64");
		row_text(&row, COL_EVIDENCE, "hardware");
		assert_int_equal(run_points_add(r, &row), 0);
	}
	run_points_finish(r);
	assert_int_equal(compare_within(&s.run[0], AX_INTERCONNECT, NULL, &rule, &c, NULL), 0);
	assert_int_equal(c.point[0].verdict, VERDICT_INCOMPARABLE);
	compare_free(&c);
	rule.mixed = true;
	assert_int_equal(compare_within(&s.run[0], AX_INTERCONNECT, NULL, &rule, &c, NULL), 0);
	assert_int_equal(c.point[0].verdict, VERDICT_NONE);
	near(exp(c.point[0].effect), 2, 1e-9);
	compare_free(&c);
	rig_free(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(hints),
		cmocka_unit_test(times_are_oriented),
		cmocka_unit_test(axis_of_a_group),
		cmocka_unit_test(other_axes),
		cmocka_unit_test(nothing_to_compare),
		cmocka_unit_test(evidence_is_never_mixed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
