// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Points that are compared with each other: what a cell holds, what is added to it, ids of that. */
#include "plan/plan.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

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

/* A cell with a hint gets a plain point where it lacks one, and that point once more as its A/A control. */
static void cells_get_plain_and_control(void **state)
{
	struct loaded l =
		load_good(HEAD "sweeps:\n"
			       "  - {name: a, tph: exporter, st: [1, 2]}\n"
			       "  - {name: b, size: [64, 128], variant: fw1, cases: [{tph: none}, {tph: "
			       "exporter, st: 1}]}\n");
	struct plan_count a = plan_count(l.plan, 0), b = plan_count(l.plan, 1);
	struct point plain = point(&l, 6), control = point(&l, 7), named = point(&l, 8);
	char buf[32];

	(void)state;
	assert_int_equal(a.plain, 1);
	assert_int_equal(a.controls, 1);
	assert_int_equal(a.kept, 4);
	assert_int_equal(b.plain, 0);
	assert_int_equal(b.controls, 2);
	assert_int_equal(plan_points(l.plan), 4 + 6);
	assert_int_equal(plain.v[AX_TPH], TPH_NONE);
	assert_true(plain.v[AX_ST] == AXIS_EMPTY && plain.v[AX_VARIANT] == AXIS_EMPTY);
	assert_false(plan_is_control(&plain));
	assert_true(plan_is_control(&control));
	assert_true(plain.cell == point(&l, 0).cell && control.cell == plain.cell);
	assert_int_equal(control.sweep, 0);
	assert_string_equal(config_value_csv(l.config, AX_VARIANT, control.v[AX_VARIANT], buf), "off2");
	assert_string_equal(config_value_text(l.config, AX_VARIANT, named.v[AX_VARIANT], buf), "fw1.off2");
	assert_true(named.cell == point(&l, 4).cell);
	unload(&l);
}

/* Ids are of the columns as they are written, those of added points too. */
static void ids_of_added_points(void **state)
{
	static const char plain[] =
		"measure=bw;op=write;nic=n;target=m;source=host;interconnect=main;tph=none;dir=uni;"
		"size_bytes=64;qd=64;qps=1;threads=1;batch=1;signal_every=1;";
	struct loaded l = load_good(HEAD "sweeps: [{name: a, tph: exporter, st: 1}]\n");
	uint64_t id = fnv64(FNV64_INIT, plain, sizeof(plain) - 1);

	(void)state;
	assert_int_equal(plan_points(l.plan), 3);
	assert_true(point(&l, 1).id == id);
	assert_true(point(&l, 2).id == fnv64(id, "variant=off2;", 13));
	unload(&l);
}

/* A point that the user wrote is not added again, not even the control. */
static void written_members_are_kept(void **state)
{
	struct loaded l = load_good(HEAD "sweeps:\n"
					 "  - {name: a, cases: [{tph: exporter, st: 1}, {tph: none}]}\n"
					 "  - {name: b, variant: off2}\n");

	(void)state;
	assert_int_equal(plan_points(l.plan), 3);
	assert_int_equal(plan_count(l.plan, 0).plain + plan_count(l.plan, 0).controls, 0);
	unload(&l);
}

/* Every point is in exactly one cell, its own. */
static void cells_hold_every_point(void **state)
{
	struct loaded l = load_good(
		HEAD
		"sweeps:\n"
		"  - {name: a, size: [64, 128, 256], cases: [{tph: exporter, st: [1, 2, 3]}, {tph: none}]}\n"
		"  - {name: b, op: read, size: [64, 128]}\n");
	size_t n, seen = 0;
	uint64_t last = 0;

	(void)state;
	assert_int_equal(plan_cells(l.plan), 3 + 2);
	for (size_t k = 0; k < plan_cells(l.plan); k++) {
		const uint32_t *member = plan_cell(l.plan, k, &n);
		uint64_t cell = point(&l, member[0]).cell;

		assert_true(cell > last);
		last = cell;
		seen += n;
		for (size_t i = 1; i < n; i++) {
			assert_true(point(&l, member[i]).cell == cell);
			assert_true(member[i] > member[i - 1]);
		}
	}
	assert_int_equal(seen, plan_points(l.plan));
	unload(&l);
}

/* Registering memory has no operation: whatever stands there, it is one point. */
static void registering_has_no_op(void **state)
{
	struct loaded l = load_good(
		HEAD "sweeps: [{name: a, measure: [reg, bw], op: [write, read], size: [4K, 1M]}]\n");

	(void)state;
	assert_int_equal(plan_points(l.plan), 2 + 4);
	assert_int_equal(plan_count(l.plan, 0).duplicate, 2);
	assert_true(point(&l, 0).v[AX_OP] == AXIS_EMPTY);
	unload(&l);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(cells_get_plain_and_control), cmocka_unit_test(ids_of_added_points),
		cmocka_unit_test(written_members_are_kept),    cmocka_unit_test(cells_hold_every_point),
		cmocka_unit_test(registering_has_no_op),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
