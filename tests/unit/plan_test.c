// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Config to points: products, cases, exclude, include, what is left out, ids and cells, size. */
#include "plan/plan.h"

#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "base/rng.h"
#include "unit/loading.h"

#define HEAD                                                                                                 \
	"version: 1\nnics: {n: {device: soft0}}\nmemory: {m: {kind: memfd, length: 64M}}\ndefaults: {nic: "  \
	"n, op: write, target: m, size: 64}\n"

static struct loaded load_good(const char *text)
{
	struct loaded l = load(text, NULL, 0);

	if (l.rc)
		diags_print(l.diags, stdout);
	assert_int_equal(l.rc, 0);
	return l;
}

static struct point point(const struct loaded *l, size_t i)
{
	struct point pt;

	plan_point(l->plan, i, &pt);
	return pt;
}

static void product_turns_the_last_axis_fastest(void **state)
{
	struct loaded l =
		load_good(HEAD "sweeps: [{name: a, op: [write, read], size: [64, 128], qps: [1, 2]}]\n");
	static const int64_t want[][3] = {{OP_WRITE, 64, 1},  {OP_WRITE, 64, 2}, {OP_WRITE, 128, 1},
					  {OP_WRITE, 128, 2}, {OP_READ, 64, 1},	 {OP_READ, 64, 2},
					  {OP_READ, 128, 1},  {OP_READ, 128, 2}};

	(void)state;
	assert_int_equal(plan_points(l.plan), 8);
	for (size_t i = 0; i < 8; i++) {
		struct point pt = point(&l, i);

		assert_int_equal(pt.v[AX_OP], want[i][0]);
		assert_int_equal(pt.v[AX_SIZE], want[i][1]);
		assert_int_equal(pt.v[AX_QPS], want[i][2]);
		assert_int_equal(pt.v[AX_QD], 64);
		assert_true(pt.v[AX_ST] == AXIS_EMPTY);
		assert_int_equal(pt.sweep, 0);
	}
	unload(&l);
}

/* The id of a point is fixed by the schema: FNV-1a 64 of exactly this text. */
static void id_vector(void **state)
{
	static const char key[] =
		"measure=bw;op=write;nic=n;target=m;source=host;interconnect=main;tph=none;dir=uni;"
		"size_bytes=65536;qd=64;qps=1;threads=1;batch=1;signal_every=1;";
	static const char cell[] = "measure=bw;op=write;nic=n;target=m;source=host;interconnect=main;dir=uni;"
				   "size_bytes=65536;qd=64;qps=1;threads=1;batch=1;signal_every=1;";
	struct loaded l = load_good(HEAD "sweeps: [{name: a, size: 64K}]\n");
	struct point pt = point(&l, 0);
	char id[PLAN_POINT_ID];

	(void)state;
	assert_true(pt.id == fnv64(FNV64_INIT, key, sizeof(key) - 1));
	assert_string_equal(plan_point_id(id, pt.id), "p642aab88843658b7");
	assert_true(pt.cell == fnv64(FNV64_INIT, cell, sizeof(cell) - 1));
	unload(&l);
}

static void queue_depth_follows_the_measure(void **state)
{
	struct loaded l = load_good(HEAD "sweeps: [{name: a, measure: [bw, lat], op: read}]\n");

	(void)state;
	assert_int_equal(point(&l, 0).v[AX_QD], 64);
	assert_int_equal(point(&l, 1).v[AX_QD], 1);
	unload(&l);
}

static void cases_are_a_sum_of_products(void **state)
{
	struct loaded l =
		load_good(HEAD "sweeps:\n"
			       "  - name: a\n"
			       "    qps: [1, 2]\n"
			       "    cases: [{tph: none}, {tph: exporter, st: [1, 2], ph: [0, 2]}]\n");
	struct plan_count n = plan_count(l.plan, 0);
	struct point none = point(&l, 0), tagged = point(&l, 2);

	(void)state;
	assert_int_equal(n.raw, 2 + 2 * 4);
	assert_int_equal(n.controls, 2);
	assert_int_equal(n.kept, 10 + 2);
	assert_true(none.v[AX_ST] == AXIS_EMPTY);
	assert_int_equal(tagged.v[AX_TPH], TPH_EXPORTER);
	assert_int_equal(tagged.v[AX_ST], 1);
	unload(&l);
}

/* An axis that only some cases name has its default in the others. */
static void cases_leave_defaults(void **state)
{
	struct loaded l = load_good(
		HEAD "sweeps: [{name: a, qd: 16, cases: [{batch: 16, signal_every: 16}, {qps: 4}]}]\n");
	struct point second = point(&l, 1);

	(void)state;
	assert_int_equal(point(&l, 0).v[AX_QPS], 1);
	assert_int_equal(second.v[AX_QPS], 4);
	assert_int_equal(second.v[AX_BATCH], 1);
	assert_int_equal(second.v[AX_QD], 16);
	unload(&l);
}

static void same_load_is_one_cell(void **state)
{
	struct loaded l = load_good(
		HEAD "sweeps:\n"
		     "  - {name: a, size: [64, 128], cases: [{tph: none}, {tph: exporter, st: [1, 2]}]}\n"
		     "  - {name: b, cases: [{tph: exporter, st: 3}]}\n");
	struct point p64 = point(&l, 0), p128 = point(&l, 1), t64 = point(&l, 2), same = point(&l, 6);

	(void)state;
	assert_int_equal(plan_points(l.plan), 7 + 2);
	assert_true(p64.cell == t64.cell);
	assert_true(p64.cell != p128.cell);
	assert_true(p64.cell != p64.id);
	assert_true(same.cell == p64.cell);
	unload(&l);
}

static const struct {
	const char *rule;
	uint64_t excluded; /* of 2 ops x 3 sizes x 2 targets */
} excludes[] = {
	{"{op: read}", 6},
	{"{op: read, size: 64}", 2},
	{"{size: [64, 1K]}", 8},
	{"{size: ..1K}", 8},
	{"{size: 65..}", 8},
	{"{size: 65..2K}", 4},
	{"{op: write, not: {target: m}}", 3},
	{"{not: {op: [write], size: 4K}}", 10},
	{"{op: read, st: 4}", 0},
	{"{op: read, not: {st: 4}}", 6},
};

static void excludes_match(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(excludes); i++) {
		char text[512];
		struct loaded l;

		snprintf(text, sizeof(text),
			 HEAD "sweeps: [{name: a, op: [write, read], size: [64, 1K, 4K], target: [m, host], "
			      "exclude: [%s]}]\n",
			 excludes[i].rule);
		l = load_good(text);
		assert_int_equal(plan_count(l.plan, 0).raw, 12);
		assert_int_equal(plan_count(l.plan, 0).excluded, excludes[i].excluded);
		assert_int_equal(plan_points(l.plan), 12 - excludes[i].excluded);
		unload(&l);
	}
}

static void include_comes_after_exclude(void **state)
{
	struct loaded l =
		load_good(HEAD "sweeps:\n"
			       "  - name: a\n"
			       "    op: [write, read]\n"
			       "    qps: [1, 2]\n"
			       "    exclude: [{op: read}]\n"
			       "    include: [{op: read, size: [64, 4K], qps: 8}, {op: write, size: 64}]\n");
	struct plan_count n = plan_count(l.plan, 0);
	struct point pt = point(&l, 3);

	(void)state;
	assert_int_equal(n.raw, 4);
	assert_int_equal(n.excluded, 2);
	assert_int_equal(n.included, 2);
	assert_int_equal(n.duplicate, 1);
	assert_int_equal(n.kept, 4);
	assert_int_equal(pt.v[AX_SIZE], 4096);
	assert_int_equal(pt.v[AX_QPS], 8);
	assert_int_equal(pt.v[AX_OP], OP_READ);
	unload(&l);
}

static void duplicates_are_dropped_across_sweeps(void **state)
{
	struct loaded l =
		load_good(HEAD "sweeps: [{name: a, size: [64, 128]}, {name: b, size: [128, 256]}]\n");

	(void)state;
	assert_int_equal(plan_points(l.plan), 3);
	assert_int_equal(plan_count(l.plan, 1).duplicate, 1);
	assert_int_equal(point(&l, 2).sweep, 1);
	unload(&l);
}

static void leaves_out_by_kind_and_says_so(void **state)
{
	struct loaded l = load_good(HEAD "sweeps:\n"
					 "  - name: a\n"
					 "    target: [m, host]\n"
					 "    interconnect: [main, bounce]\n"
					 "    cases: [{tph: none}, {tph: exporter, st: [1, 2, 3]}]\n");
	char *said = messages(l.diags);

	(void)state;
	assert_int_equal(plan_count(l.plan, 0).raw, 16);
	assert_int_equal(plan_count(l.plan, 0).impossible, 10);
	assert_int_equal(plan_points(l.plan), 6 + 1);
	assert_non_null(strstr(said, "note: sweep 'a': 4 points left out: interconnect bounce, target host"));
	assert_non_null(strstr(said, "note: sweep 'a': 3 points left out: tph exporter, target host"));
	free(said);
	unload(&l);
}

static void pingpong_without_relaxed_ordering(void **state)
{
	struct loaded l =
		load_good(HEAD "sweeps: [{name: a, measure: lat, op: [read, pingpong], ro: [0, 1]}]\n");
	char *said = messages(l.diags);

	(void)state;
	assert_int_equal(plan_points(l.plan), 3);
	assert_non_null(strstr(said, "note: sweep 'a': 1 point left out: ro 1, op pingpong: the CPU"));
	free(said);
	unload(&l);
}

static void in_words(void **state)
{
	struct loaded l =
		load_good(HEAD "sweeps:\n"
			       "  - {name: a, size: 64K, qps: 4}\n"
			       "  - {name: b, measure: lat, op: read, interconnect: bounce, variant: fw2}\n"
			       "  - {name: c, measure: reg, size: 4K}\n");
	char buf[128], tiny[8];
	struct point pt = point(&l, 0);

	(void)state;
	assert_string_equal(plan_point_text(l.config, &pt, buf, sizeof(buf)), "write m 64K q64 x4");
	assert_string_equal(plan_point_text(l.config, &pt, tiny, sizeof(tiny)), "write m");
	pt = point(&l, 2);
	assert_string_equal(plan_point_text(l.config, &pt, buf, sizeof(buf)), "reg m 4K");
	pt = point(&l, 1);
	assert_string_equal(plan_point_text(l.config, &pt, buf, sizeof(buf)),
			    "lat read m 64 q1 interconnect=bounce variant=fw2");
	unload(&l);
}

static void the_built_in_default_is_small(void **state)
{
	struct loaded l = load_good(config_builtin);

	(void)state;
	/* Times 12 rounds and a warm-up at some 45 ms a window this stays below 20 s. */
	assert_in_range(plan_points(l.plan), 20, 34);
	unload(&l);
}

static void a_million_points(void **state)
{
	static const struct config_override none[1];
	struct loaded l = load(
		"version: 1\n"
		"nics: {n: {device: soft0}}\n"
		"memory: {m: {kind: memfd, length: 1G}}\n"
		"budget: {points: 1000000}\n"
		"sweeps:\n"
		"  - {name: a, nic: n, op: [write, read], target: [m, host], size: 64..1K +64, qps: 1..10,\n"
		"     qd: 64..1613}\n",
		none, 0);
	struct point last;

	(void)state;
	assert_int_equal(l.rc, 0);
	assert_int_equal(plan_points(l.plan), 2 * 2 * 16 * 10 * 1550);
	last = point(&l, plan_points(l.plan) - 1);
	assert_int_equal(last.v[AX_QD], 1613);
	assert_int_equal(last.v[AX_SIZE], 1024);
	assert_int_equal(last.v[AX_QPS], 10);
	unload(&l);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(product_turns_the_last_axis_fastest),
		cmocka_unit_test(id_vector),
		cmocka_unit_test(queue_depth_follows_the_measure),
		cmocka_unit_test(cases_are_a_sum_of_products),
		cmocka_unit_test(cases_leave_defaults),
		cmocka_unit_test(same_load_is_one_cell),
		cmocka_unit_test(excludes_match),
		cmocka_unit_test(include_comes_after_exclude),
		cmocka_unit_test(duplicates_are_dropped_across_sweeps),
		cmocka_unit_test(leaves_out_by_kind_and_says_so),
		cmocka_unit_test(pingpong_without_relaxed_ordering),
		cmocka_unit_test(in_words),
		cmocka_unit_test(the_built_in_default_is_small),
		cmocka_unit_test(a_million_points),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
