// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Cells, rates and registrations, and which rows make a point what it is called. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/cleanup.h"
#include "result/rounds.h"
#include "result/summary.h"
#include "unit/noise.h"
#include "unit/tempdir.h"

/* A member of cell "c1" (or another): who supplies the hint, its tag, its label. */
struct who {
	const char *id, *cell, *tph, *variant;
	int64_t st; /* 0 = none */
};

static void start(struct row *row, const struct who *w, int64_t round, const char *measure)
{
	row_start(row, w->id, round, measure, "ok");
	row_text(row, COL_CELL_ID, w->cell);
	row_text(row, COL_KEY + AX_TPH, w->tph);
	row_text(row, COL_KEY + AX_VARIANT, w->variant);
	if (w->st)
		row_int(row, COL_KEY + AX_ST, w->st);
}

static void add(struct rounds *r, const struct who *w, int64_t round, const char *measure, double value)
{
	struct row row;

	start(&row, w, round, measure);
	row_num(&row,
		!strcmp(measure, "bw")	   ? COL_BW_GBYTE_S
		: !strcmp(measure, "rate") ? COL_MSG_MOPS
					   : COL_LAT_P50_US,
		value);
	assert_int_equal(rounds_append(r, &row, NULL), 0);
}

static struct rounds *create(char dir[TEMP_PATH])
{
	struct rounds *r;

	assert_int_equal(rounds_create(temp_make(dir), &sys_real, &r, NULL), 0);
	return r;
}

static void load(const char *dir, struct rounds *r, struct summary *s)
{
	rounds_close(r);
	assert_int_equal(summary_load(dir, s, NULL), 0);
	temp_remove(dir);
}

static const struct who plain = {"pplain", "c1", "none", "", 0};
static const struct who control = {"pcontrol", "c1", "none", "off2", 0};
static const struct who tag7 = {"ptag7", "c1", "exporter", "", 7};
static const struct who tag16 = {"ptag16", "c1", "exporter", "", 16};

/*
 * A drift common to all hides nothing: in every round tag 16 moves 2 % more. A round that one of the two
 * lacks is no pair.
 */
static void cell_of(const char *measure, struct summary *s)
{
	char dir[TEMP_PATH];
	struct rounds *r = create(dir);

	for (int64_t i = 1; i <= 12; i++) {
		double drift = 1 - 0.01 * (double)i;

		add(r, &tag16, i, measure, 10.2 * drift);
		if (i != 3)
			add(r, &plain, i, measure, 10 * drift);
		if (i != 4)
			add(r, &control, i, measure, 10 * drift * (i % 2 ? 1.001 : 0.999));
	}
	load(dir, r, s);
}

static void effect_is_paired(void **state)
{
	struct summary s;

	(void)state;
	cell_of("bw", &s);
	assert_int_equal(s.n, 3);
	assert_string_equal(row_get(s.point[0].key, COL_POINT_ID), "pplain");
	assert_string_equal(row_get(s.point[1].key, COL_POINT_ID), "pcontrol");
	assert_true(summary_is_control(&s.point[1]) && !summary_is_control(&s.point[0]));
	assert_int_equal(s.point[0].cell.n, 0);
	assert_int_equal(s.point[1].cell.n, 10);
	near(s.point[1].cell.ratio, 1, 1e-6);
	near(s.point[1].cell.lo, 0.999, 1e-6);
	near(s.point[1].cell.hi, 1.001, 1e-6);
	near(s.point[1].cell.p, 1, 0.5);
	assert_int_equal(s.point[2].cell.n, 11);
	near(s.point[2].cell.ratio, 1.02, 1e-6);
	near(s.point[2].cell.lo, 1.02, 1e-6);
	near(s.point[2].cell.p, 2.0 / 2048, 1e-12);
	assert_false(s.point[2].converged); /* by itself it drifts too much */
	summary_free(&s);
}

/* Above 1 is better: for times the ratio turns round. */
static void effect_is_oriented(void **state)
{
	static const struct {
		const char *measure;
		double ratio;
	} row[] = {{"bw", 1.02}, {"rate", 1.02}, {"lat", 1 / 1.02}, {"reg", 1 / 1.02}};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(row); i++) {
		struct summary s;

		cell_of(row[i].measure, &s);
		near(s.point[2].cell.ratio, row[i].ratio, 1e-6);
		assert_int_equal(summary_more_is_better(&s.point[2]), row[i].ratio > 1);
		summary_free(&s);
	}
}

/* Labels of a user's own keep their cells apart; a cell without a plain member has no ratios. */
static void cells_apart(void **state)
{
	static const struct who who[] = {
		{"p6", "c2", "exporter", "fw2", 7},  {"p4", "c2", "none", "fw2", 0},
		{"p5", "c2", "none", "fw2.off2", 0}, {"p3", "c1", "exporter", "fw1", 7},
		{"p1", "c1", "none", "fw1", 0},	     {"p2", "c1", "none", "fw1.off2", 0},
		{"p8", "c3", "exporter", "off3", 9}, {"p7", "c3", "exporter", "off3", 8}};
	static const size_t pairs[] = {0, 8, 8, 0, 8, 8, 0, 0};
	char dir[TEMP_PATH], id[32];
	struct rounds *r = create(dir);
	struct summary s;

	(void)state;
	for (int64_t i = 1; i <= 8; i++) {
		for (size_t w = 0; w < ARRAY_LEN(who); w++)
			add(r, &who[w], i, "bw", strcmp(who[w].cell, "c1") ? 5 : 3);
	}
	load(dir, r, &s);
	assert_int_equal(s.n, ARRAY_LEN(who));
	for (size_t i = 0; i < s.n; i++) {
		snprintf(id, sizeof(id), "p%zu", i + 1);
		assert_string_equal(row_get(s.point[i].key, COL_POINT_ID), id);
		assert_int_equal(s.point[i].cell.n, pairs[i]);
		assert_true(!pairs[i] || (s.point[i].cell.ratio == 1 && s.point[i].cell.p == 1));
	}
	summary_free(&s);
}

static void rate_and_registration(void **state)
{
	char dir[TEMP_PATH];
	struct rounds *r = create(dir);
	struct summary s;
	struct row row;

	(void)state;
	for (int64_t i = 1; i <= 12; i++) {
		double wobble = 1 + 0.001 * (double)(i % 5);

		start(&row, &plain, i, "rate");
		row_num(&row, COL_MSG_MOPS, 4 * wobble);
		row_num(&row, COL_BW_GBYTE_S, 0.256 * wobble);
		row_num(&row, COL_DRAIN_US, 0.5);
		assert_int_equal(rounds_append(r, &row, NULL), 0);
		start(&row, &tag7, i, "reg");
		row_num(&row, COL_LAT_P50_US, 30 * wobble);
		row_num(&row, COL_DEREG_US, 7);
		row_num(&row, COL_SEND_LAG_P99_US, 2);
		row_num(&row, COL_LATE_PCT, 12.5);
		row_num(&row, COL_CONSUME_P50_US, 0.25);
		assert_int_equal(rounds_append(r, &row, NULL), 0);
	}
	load(dir, r, &s);
	assert_true(summary_main(&s.point[0]) == &s.point[0].rate);
	near(s.point[0].rate.median, 4.008, 1e-9);
	near(s.point[0].drain_us, 0.5, 0);
	assert_true(s.point[0].converged && s.point[0].half_pct < 1);
	assert_true(summary_main(&s.point[1]) == &s.point[1].p50);
	near(s.point[1].dereg_us, 7, 0);
	near(s.point[1].lag_us, 2, 0);
	near(s.point[1].late_pct, 12.5, 0);
	near(s.point[1].consume_us, 0.25, 0);
	assert_true(isnan(s.point[1].drain_us) && isnan(s.point[0].dereg_us));
	summary_free(&s);
}

/* One point of @n ok windows and @extra of @status with a reason. */
static void point_of(struct summary *s, int64_t n, int64_t extra, const char *status, const char *reason)
{
	char dir[TEMP_PATH];
	struct rounds *r = create(dir);
	struct row row;

	for (int64_t i = 1; i <= n + extra; i++) {
		start(&row, &plain, i, "bw");
		row_num(&row, COL_BW_GBYTE_S, 5);
		if (i <= extra) {
			row_text(&row, COL_STATUS, status);
			row_text(&row, COL_REASON, reason);
		}
		assert_int_equal(rounds_append(r, &row, NULL), 0);
	}
	load(dir, r, s);
	assert_int_equal(s->n, 1);
}

static void rows_and_status(void **state)
{
	static const struct {
		int64_t ok, extra;
		const char *status, *reason;
		size_t n, n_void;
		const char *point_status, *flags;
		bool fault;
	} row[] = {
		{12, 0, "", "", 12, 0, "ok", "", false},
		{12, 6, "void", "drift in window: 8.1 %", 12, 6, "ok", "", false},
		{0, 2, "void", "drift in window: 8.1 %", 0, 2, "void", "", true},
		{12, 1, "void", "the lane's CPU changed", 12, 1, "void", "", true},
		{12, 2, "void", "the lane's CPU changed", 12, 2, "void", "unstable", true},
		{0, 12, "overload", "91 % of the rate", 12, 0, "overload", "", true},
		{6, 6, "overload", "91 % of the rate", 12, 0, "overload", "", true},
		{12, 1, "revoked", "moved", 12, 1, "revoked", "", true},
		{12, 1, "timeout", "stuck", 12, 1, "timeout", "", true},
		{0, 1, "skipped", "no NIC", 0, 0, "skipped", "", false},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(row); i++) {
		const struct summary_point *p;
		struct summary s;

		point_of(&s, row[i].ok, row[i].extra, row[i].status, row[i].reason);
		p = &s.point[0];
		assert_int_equal(p->n, row[i].n);
		assert_int_equal(p->n_void, row[i].n_void);
		assert_string_equal(p->status, row[i].point_status);
		assert_string_equal(p->flags, row[i].flags);
		assert_int_equal(summary_is_fault(p), row[i].fault);
		assert_true(row[i].n == 0 || p->bw.median == 5);
		summary_free(&s);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(effect_is_paired), cmocka_unit_test(effect_is_oriented),
		cmocka_unit_test(cells_apart),	    cmocka_unit_test(rate_and_registration),
		cmocka_unit_test(rows_and_status),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
