// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* When cells stop: by precision, by rounds, for want of members; a resumed run as an uninterrupted one;
 * memory. */
#include "run/cells.h"

#include <malloc.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "base/rng.h"
#include "run/resume.h"
#include "base/err.h"
#include "unit/loading.h"

#define HEAD                                                                                                 \
	"version: 1\nnics: {n: {device: soft0}}\nmemory: {m: {kind: memfd}}\n"                               \
	"defaults: {nic: n, op: write, target: m, size: 64, rounds: 12..60}\n"

struct bed {
	struct loaded l;
	struct cells c;
};

static struct bed bed_open(const char *text)
{
	struct bed b = {.l = load(text, NULL, 0)};

	assert_int_equal(b.l.rc, 0);
	assert_int_equal(cells_open(b.l.plan, &b.c), 0);
	return b;
}

static void bed_close(struct bed *b)
{
	cells_close(&b->c);
	unload(&b->l);
}

static void add(struct bed *b, size_t point, int64_t round, const char *measure, double v)
{
	struct row row;

	row_clear(&row);
	row_text(&row, COL_KEY + AX_MEASURE, measure);
	row_num(&row, strcmp(measure, "bw") ? COL_LAT_P50_US : COL_BW_GBYTE_S, v);
	assert_int_equal(cells_add(&b->c, point, round, &row), 0);
}

/* 10 with a spread of so many percent to either side. */
static double noisy(size_t point, int64_t round, double pct)
{
	uint64_t dice = rng_mix(point * 1000 + (uint64_t)round) % 2001;

	return 10 * (1 + pct / 100 * ((double)dice / 1000 - 1));
}

static void quiet_points_stop_at_the_first_look(void **state)
{
	struct bed b = bed_open(HEAD "sweeps: [{name: a}]\n");

	(void)state;
	for (int64_t r = 1; r <= 12; r++) {
		assert_int_equal(b.c.open, 1);
		add(&b, 0, r, "bw", noisy(0, r, 0.5));
		cells_look(&b.c, r);
	}
	assert_int_equal(b.c.open, 0);
	assert_int_equal(b.c.cell[0].stop, CELL_PRECISION);
	assert_null(b.c.value[0]);
	bed_close(&b);
}

static void loud_points_go_to_the_end(void **state)
{
	struct bed b = bed_open(HEAD "sweeps: [{name: a}]\n");

	(void)state;
	for (int64_t r = 1; r <= 60; r++) {
		assert_int_equal(b.c.open, 1);
		add(&b, 0, r, "bw", noisy(0, r, 50));
		cells_look(&b.c, r);
	}
	assert_int_equal(b.c.cell[0].stop, CELL_MAX_ROUNDS);
	bed_close(&b);
}

/* 1.5 % is enough for a time, not for a rate. */
static void times_may_be_wider_than_rates(void **state)
{
	struct bed b = bed_open(HEAD "sweeps: [{name: a, measure: [bw, lat], op: read}]\n");
	static const double v[] = {9.85, 9.85, 9.85, 9.85, 9.85, 10, 10, 10.15, 10.15, 10.15, 10.15, 10.15};

	(void)state;
	for (int64_t r = 1; r <= 12; r++) {
		add(&b, 0, r, "bw", v[r - 1]);
		add(&b, 1, r, "lat", v[r - 1]);
	}
	cells_look(&b.c, 12);
	assert_int_equal(b.c.cell[b.c.of[0]].stop, CELL_OPEN);
	assert_int_equal(b.c.cell[b.c.of[1]].stop, CELL_PRECISION);
	assert_true(b.c.cell[b.c.of[0]].worst > 1.4 && b.c.cell[b.c.of[0]].worst < 1.6);
	bed_close(&b);
}

/* One loud member keeps the quiet ones going: pairs stay paired. */
static void cells_stop_whole(void **state)
{
	struct bed b = bed_open(HEAD "sweeps: [{name: a, cases: [{tph: none}, {tph: exporter, st: 1}]}]\n");

	(void)state;
	assert_int_equal(plan_points(b.l.plan), 3);
	assert_int_equal(b.c.n, 1);
	for (size_t i = 0; i < 3; i++)
		for (int64_t r = 1; r <= 12; r++)
			add(&b, i, r, "bw", noisy(i, r, i == 1 ? 50 : 0.1));
	cells_look(&b.c, 12);
	assert_int_equal(b.c.cell[0].stop, CELL_OPEN);
	cells_lose(&b.c, 1, 13);
	cells_look(&b.c, 16);
	assert_int_equal(b.c.cell[0].stop, CELL_PRECISION);
	bed_close(&b);
}

static void nobody_left(void **state)
{
	struct bed b = bed_open(HEAD "sweeps: [{name: a}]\n");

	(void)state;
	cells_lose(&b.c, 0, 3);
	cells_look(&b.c, 11);
	assert_int_equal(b.c.cell[0].stop, CELL_OPEN);
	cells_look(&b.c, 12);
	assert_int_equal(b.c.cell[0].stop, CELL_ERROR);
	bed_close(&b);
}

static void a_fixed_number_keeps_no_values(void **state)
{
	struct bed b = bed_open(HEAD "sweeps: [{name: a, rounds: 20}]\n");

	(void)state;
	for (int64_t r = 1; r <= 20; r++) {
		assert_int_equal(b.c.open, 1);
		add(&b, 0, r, "bw", 10);
		assert_null(b.c.value[0]);
		cells_look(&b.c, r);
	}
	assert_int_equal(b.c.cell[0].stop, CELL_MAX_ROUNDS);
	bed_close(&b);
}

/* Windows that failed leave gaps, which neither count nor stop anything. */
static void gaps_do_not_count(void **state)
{
	struct bed b = bed_open(HEAD "sweeps: [{name: a}]\n");

	(void)state;
	for (int64_t r = 8; r <= 12; r++)
		add(&b, 0, r, "bw", 10);
	cells_look(&b.c, 12);
	assert_int_equal(b.c.cell[0].stop, CELL_OPEN);
	add(&b, 0, 13, "bw", 10);
	cells_look(&b.c, 16);
	assert_int_equal(b.c.cell[0].stop, CELL_PRECISION);
	bed_close(&b);
}

/* All values known beforehand, as after --resume, and looks taken again in order: the same decisions. */
static void resumed_looks_decide_the_same(void **state)
{
	static const char text[] = HEAD "sweeps: [{name: a, size: 64..640 +64}]\n";
	struct bed live = bed_open(text), again = bed_open(text);
	int64_t stopped[10] = {0};

	(void)state;
	for (int64_t r = 1; r <= 60; r++) {
		for (size_t i = 0; i < 10; i++) {
			if (live.c.cell[live.c.of[i]].stop == CELL_OPEN) {
				add(&live, i, r, "bw", noisy(i, r, (double)i));
				stopped[i] = r;
			}
		}
		cells_look(&live.c, r);
	}
	for (size_t i = 0; i < 10; i++)
		for (int64_t r = 1; r <= stopped[i]; r++)
			add(&again, i, r, "bw", noisy(i, r, (double)i));
	for (int64_t r = 1; r <= 60; r++) {
		cells_look(&again.c, r);
		for (size_t i = 0; i < 10; i++)
			assert_int_equal(again.c.cell[again.c.of[i]].stop != CELL_OPEN, r >= stopped[i]);
	}
	assert_int_equal(stopped[0], 12);
	assert_int_equal(stopped[9], 60);
	bed_close(&live);
	bed_close(&again);
}

/* Memory as the headers state it: cells.h and resume.h, 100 000 points, the first look's values. */
static void memory_is_what_the_headers_say(void **state)
{
	static const char text[] =
		HEAD "budget: {points: 200000}\n"
		     "sweeps: [{name: a, op: [write, read], size: 64..6400 +64, qd: 1..500}]\n";
	struct loaded l = load(text, NULL, 0);
	size_t before, n = plan_points(l.plan), stated;
	struct resume r;
	struct row row;
	struct err e;

	(void)state;
	assert_int_equal(n, 100000);
	before = mallinfo2().uordblks + mallinfo2().hblkhd;
	assert_int_equal(resume_open(l.plan, NULL, &r, &e), 0);
	row_clear(&row);
	row_text(&row, COL_KEY + AX_MEASURE, "bw");
	row_num(&row, COL_BW_GBYTE_S, 10);
	for (size_t i = 0; i < n; i++)
		assert_int_equal(cells_add(&r.cells, i, 1, &row), 0);
	stated = n * (32 + 16 + 17 + 8 + 8 * 12 + 16); /* 61 rounds: 8 bytes of bits; malloc's own share */
	assert_true(mallinfo2().uordblks + mallinfo2().hblkhd - before <= stated + 65536);
	resume_close(&r);
	unload(&l);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(quiet_points_stop_at_the_first_look),
		cmocka_unit_test(loud_points_go_to_the_end),
		cmocka_unit_test(times_may_be_wider_than_rates),
		cmocka_unit_test(cells_stop_whole),
		cmocka_unit_test(nobody_left),
		cmocka_unit_test(a_fixed_number_keeps_no_values),
		cmocka_unit_test(gaps_do_not_count),
		cmocka_unit_test(resumed_looks_decide_the_same),
		cmocka_unit_test(memory_is_what_the_headers_say),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
