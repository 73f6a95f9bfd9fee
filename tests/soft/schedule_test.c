// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The order of a sweep as its rows tell it: every open point once a round, the members of a cell together,
 * the same again from the same seed and after an interruption; why each point got no more rounds.
 */
#include <stdlib.h>
#include <string.h>

#include "run/visit.h"
#include "soft/run_rig.h"

enum { ROWS_MAX = 4096 };

#define HEAD                                                                                                 \
	"version: 1\nnics: {n: {device: soft0}}\nmemory: {m: {kind: memfd, length: 64K}}\n"                  \
	"defaults: {nic: n, op: write, target: m, source: m, window: 1ms, verify: none, size: 4K, qd: 1}\n"
#define TAGS                                                                                                 \
	HEAD "sweeps: [{name: a, rounds: 5, size: [1K, 2K, 4K], cases: [{tph: exporter, st: [1, 2]}]}]\n"    \
	     "order: {canary: 0, seed: 7}\n"

/* What was asked for, row by row; a repetition after drift is the same request. */
struct trace {
	size_t n;
	struct {
		uint64_t point, cell;
		int64_t round;
	} row[ROWS_MAX];
};

static int add_row(const struct row *row, void *arg)
{
	struct trace *t = arg;
	uint64_t point = strtoull(row_get(row, COL_POINT_ID) + 1, NULL, 16);
	int64_t round = strtoll(row_get(row, COL_ROUND), NULL, 10);

	if (t->n && t->row[t->n - 1].point == point && t->row[t->n - 1].round == round)
		return 0;
	assert_true(t->n < ROWS_MAX);
	t->row[t->n].point = point;
	t->row[t->n].cell = strtoull(row_get(row, COL_CELL_ID) + 1, NULL, 16);
	t->row[t->n++].round = round;
	return 0;
}

static struct trace *trace(const char *dir)
{
	struct trace *t = calloc(1, sizeof(*t));
	struct err e = {0};

	assert_non_null(t);
	assert_int_equal(rounds_each(dir, add_row, t, NULL, &e), 0);
	return t;
}

static void members_of_a_cell_are_adjacent(void **state)
{
	struct bench *b = bench_sweep(*state, "cells", TAGS);
	struct trace *t = trace(b->dir);
	bool cells_differ = false, members_differ = false;

	/* Three cells of two tags, the plain point and its control; round 0 and five others. */
	assert_int_equal(t->n, 6 * 12);
	for (size_t i = 0; i < t->n; i++) {
		assert_int_equal(t->row[i].round, i / 12);
		assert_true(t->row[i].cell == t->row[i / 4 * 4].cell);
		for (size_t j = i / 12 * 12; j < i; j++)
			assert_true(t->row[j].point != t->row[i].point);
		cells_differ |= i >= 12 && t->row[i].cell != t->row[i % 12].cell;
		members_differ |= i >= 12 && t->row[i].cell == t->row[i % 12].cell &&
				  t->row[i].point != t->row[i % 12].point;
	}
	assert_true(cells_differ);
	assert_true(members_differ);
	free(t);
	bench_finish(b);
}

static void same_trace(const struct trace *a, const struct trace *b)
{
	assert_int_equal(a->n, b->n);
	for (size_t i = 0; i < a->n; i++) {
		assert_int_equal(a->row[i].round, b->row[i].round);
		assert_true(a->row[i].point == b->row[i].point);
	}
}

static void resumed_order_is_the_uninterrupted_one(void **state)
{
	static const uint64_t stops[] = {1, 12, 30};
	struct bench *whole = bench_sweep(*state, "whole", TAGS);
	struct trace *want = trace(whole->dir), *got;

	for (size_t i = 0; i < sizeof(stops) / sizeof(stops[0]); i++) {
		struct bench *first, *second = calloc(1, sizeof(*second));
		struct err e = {0};
		char name[16];
		int cut;

		snprintf(name, sizeof(name), "part%zu", i);
		first = bench_new(*state, name);
		first->stop_at = stops[i];
		bench_open(first, TAGS, NULL);
		bench_run(first);
		assert_int_equal(first->out.stop, RUN_INTERRUPTED);
		snprintf(second->dir, sizeof(second->dir), "%s", first->dir);
		bench_finish(first);
		assert_int_equal(rounds_resume(second->dir, &sys_real, &second->rounds, &cut, &e), 0);
		bench_open(second, TAGS, second->dir);
		bench_run(second);
		assert_int_equal(second->out.stop, RUN_COMPLETE);
		got = trace(second->dir);
		same_trace(want, got);
		free(got);
		bench_finish(second);
	}
	free(want);
	bench_finish(whole);
}

static void put_row(struct bench *b, int64_t round, const char *status, const char *reason)
{
	char id[PLAN_POINT_ID];
	struct err e = {0};
	struct point pt;
	struct row row;

	plan_point(b->plan, 0, &pt);
	row_clear(&row);
	row_int(&row, COL_SCHEMA, RESULT_SCHEMA);
	row_int(&row, COL_ROUND, round);
	row_text(&row, COL_POINT_ID, plan_point_id(id, pt.id));
	row_text(&row, COL_STATUS, status);
	row_text(&row, COL_REASON, reason);
	assert_int_equal(rounds_append(b->rounds, &row, &e), 0);
	assert_int_equal(rounds_sync(b->rounds, &e), 0);
}

/* Only a repetition that the end of the process prevented is made up for: no round gets a second chance. */
static void void_windows_stay_void(void **state)
{
	struct bench *b = bench_new(*state, "void");
	struct err e = {0};

	bench_plan(b, HEAD "sweeps: [{name: a, rounds: 6}]\n");
	put_row(b, 0, "warmup", "");
	put_row(b, 1, "void", "thread migrated");
	put_row(b, 2, "void", VISIT_REPEATED);
	put_row(b, 2, "ok", "");
	put_row(b, 3, "void", VISIT_REPEATED);
	put_row(b, 3, "void", "thread migrated");
	put_row(b, 4, "void", VISIT_REPEATED);
	assert_int_equal(resume_open(b->plan, b->dir, &b->done, &e), 0);
	for (uint64_t round = 0; round <= 6; round++)
		assert_int_equal(resume_done(&b->done, 0, round), round < 4);
	assert_int_equal(b->done.windows, 7);
	put_row(b, 5, "skipped", "no such thing");
	resume_close(&b->done);
	assert_int_equal(resume_open(b->plan, b->dir, &b->done, &e), 0);
	assert_int_equal(b->done.rows, 8);
	assert_int_equal(b->done.windows, 7);
	bench_finish(b);
}

static const char *reason_of(const struct bench *b, size_t i)
{
	char id[PLAN_POINT_ID];
	struct point pt;

	plan_point(b->plan, i, &pt);
	return run_stop_reason(b->run, plan_point_id(id, pt.id));
}

static void a_fixed_number_ends_by_rounds(void **state)
{
	struct bench *b = bench_sweep(*state, "fixed", HEAD "sweeps: [{name: a, rounds: 3}]\n");

	assert_int_equal(b->out.stop, RUN_COMPLETE);
	assert_string_equal(reason_of(b, 0), "max_rounds");
	assert_null(run_stop_reason(b->run, "p0000000000000000"));
	bench_finish(b);
}

/* However noisy the machine: a point with a range stops for one of two reasons, at a look. */
static void a_range_ends_at_a_look(void **state)
{
	struct bench *b =
		bench_sweep(*state, "range", HEAD "sweeps: [{name: a, rounds: 6..14, size: [1K, 4K]}]\n");

	assert_int_equal(b->out.stop, RUN_COMPLETE);
	for (size_t i = 0; i < 2; i++) {
		struct trace *t = trace(b->dir);
		const char *why = reason_of(b, i);
		int64_t last = 0;
		struct point pt;

		plan_point(b->plan, i, &pt);
		for (size_t k = 0; k < t->n; k++)
			if (t->row[k].point == pt.id)
				last = t->row[k].round;
		assert_true(last == 6 || last == 12 || last == 14);
		assert_true(!strcmp(why, "precision") || (!strcmp(why, "max_rounds") && last == 14));
		free(t);
	}
	bench_finish(b);
}

static void an_interrupted_point_says_so(void **state)
{
	struct bench *b = bench_new(*state, "int");

	b->stop_at = 3;
	bench_open(b, HEAD "sweeps: [{name: a, rounds: 12}]\n", NULL);
	bench_run(b);
	assert_string_equal(reason_of(b, 0), "interrupted");
	bench_finish(b);
}

static void a_broken_point_says_so(void **state)
{
	static const struct soft_fault fault = {.kind = SOFT_FAULT_ERROR, .status = IBV_WC_RETRY_EXC_ERR};
	struct bench *b = bench_new(*state, "broken");

	b->fault = &fault;
	b->fault_at = 1;
	b->fault_for = 3;
	bench_open(b, HEAD "sweeps: [{name: a, rounds: 6}]\norder: {canary: 0}\n", NULL);
	bench_run(b);
	assert_int_equal(b->out.stop, RUN_COMPLETE);
	assert_string_equal(reason_of(b, 0), "error");
	bench_finish(b);
}

/* The warm-up round is always taken; then nothing is left of a millisecond. */
static void the_budget_ends_a_run(void **state)
{
	struct bench *b =
		bench_sweep(*state, "budget", HEAD "sweeps: [{name: a, rounds: 12}]\nbudget: {time: 1ms}\n");

	assert_int_equal(b->out.stop, RUN_BUDGET);
	assert_string_equal(reason_of(b, 0), "budget");
	assert_int_equal(b->out.rows[ST_OK], 0);
	assert_int_equal(b->out.rows[ST_WARMUP], 1);
	bench_finish(b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(members_of_a_cell_are_adjacent),
		cmocka_unit_test(resumed_order_is_the_uninterrupted_one),
		cmocka_unit_test(void_windows_stay_void),
		cmocka_unit_test(a_fixed_number_ends_by_rounds),
		cmocka_unit_test(a_range_ends_at_a_look),
		cmocka_unit_test(an_interrupted_point_says_so),
		cmocka_unit_test(a_broken_point_says_so),
		cmocka_unit_test(the_budget_ends_a_run),
	};

	return cmocka_run_group_tests(tests, bench_tmp, bench_tmp_drop);
}
