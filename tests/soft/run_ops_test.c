// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Every operation and every load axis in whole sweeps on soft0, with all data checked, and TPH cells whose
 * accesses the device counts under each tag.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "run/station.h"
#include "soft/run_rig.h"

#define TOP                                                                                                  \
	"version: 1\n"                                                                                       \
	"nics: {n: {device: soft0}, z: {device: null0}}\n"                                                   \
	"memory: {m: {kind: memfd, length: 1M}}\n"                                                           \
	"defaults: {nic: n, rounds: 1, window: 1ms, verify: full}\n"                                         \
	"sweeps:\n"

/* Each point has its warm-up and a good window, none is skipped, nothing fails. */
static void expect_good(const char *tmp, const char *name, const char *text, size_t points)
{
	struct bench *b = bench_sweep(tmp, name, text);
	struct tally t = tally(b->dir);

	if (t.rows[ST_OK] != points || t.rows[ST_WARMUP] != points)
		fail_msg("%s: %d ok of %d, last reason '%s', text '%s', skipped '%s'", name,
			 (int)t.rows[ST_OK], (int)points, t.reason, t.text, t.skipped);
	assert_int_equal(t.rows[ST_ERROR] + t.rows[ST_TIMEOUT] + t.rows[ST_SKIPPED] + t.rows[ST_OVERLOAD], 0);
	assert_int_equal(t.setups, 1);
	bench_finish(b);
}

static void every_bandwidth_op(void **state)
{
	expect_good(*state, "bw",
		    TOP "  - {name: b, op: [write, write_imm, read, send], target: [m, host],\n"
			"     size: [1, 4097], qps: 3}\n"
			"  - {name: a, op: [fetch_add, cmp_swap], target: m, size: 8, qps: 3}\n",
		    18);
}

static void every_latency_op(void **state)
{
	expect_good(
		*state, "lat",
		TOP
		"  - {name: l, measure: lat, op: [read, write_fence, write_cqe], target: m, size: [1, 4K]}\n"
		"  - {name: a, measure: lat, op: [fetch_add, cmp_swap], target: m, size: 8}\n",
		8);
}

static void pingpong(void **state)
{
	expect_good(*state, "echo",
		    TOP "  - {name: p, measure: lat, op: pingpong, target: [m, host], size: [1, 4K],\n"
			"     consume: [none, all]}\n",
		    8);
}

static void rates_and_registration(void **state)
{
	expect_good(*state, "rate",
		    TOP
		    "  - {name: r, measure: rate, op: write, target: m, size: 8}\n"
		    "  - {name: g, measure: reg, op: write, target: [m, host], size: [4K, 1M], ro: [0, 1]}\n",
		    9);
}

static void load_axes(void **state)
{
	expect_good(*state, "lists",
		    TOP "  - {name: l, op: [write, read, send], target: m, size: 64, qd: 16, batch: [1, 4],\n"
			"     signal_every: [1, 16], post: [classic, wr, auto]}\n",
		    36);
	expect_good(*state, "walks",
		    TOP "  - {name: w, op: [write, send], target: m, size: 100, pattern: [same, seq, rand],\n"
			"     footprint: 512K}\n"
			"  - {name: o, op: read, target: m, size: 100, offset: [0, 4, 4000]}\n",
		    9);
	expect_good(
		*state, "qp",
		TOP
		"  - {name: q, op: [write, read], target: m, size: 64, mtu: [256, 4K],\n"
		"     rd_atomic: [1, 16], ro: [0, 1]}\n"
		"  - {name: i, op: [write, send], target: m, size: [1, 64], inline: 1, post: [classic, wr]}\n"
		"  - {name: b, op: write, target: m, size: 64, dir: bidi, qps: 4}\n",
		25);
}

static void many_queue_pairs(void **state)
{
	expect_good(*state, "qps",
		    TOP
		    "  - {name: q, op: [write, read], target: host, size: 64, qd: 4, qps: [1, 64, 1024]}\n",
		    6);
}

static void lanes(void **state)
{
	cpu_set_t set;

	assert_int_equal(sched_getaffinity(0, sizeof(set), &set), 0);
	if (CPU_COUNT(&set) < 2)
		skip();
	expect_good(*state, "lanes",
		    TOP "  - {name: q, op: [write, read, send, fetch_add], target: m, size: 8, qps: [2, 5],\n"
			"     threads: 2}\n",
		    8);
}

static int lags;

static void sends_were_timed(struct bench *b, const struct row *row)
{
	(void)b;
	if (strcmp(row_get(row, COL_STATUS), "ok"))
		return;
	/* Ten times the rate: a closed loop would be far above, a window that catches up is not. */
	assert_true(row_number(row, COL_MSG_MOPS) < 0.2);
	assert_true(*row_get(row, COL_LATE_PCT));
	assert_true(row_number(row, COL_LAT_N) > 0);
	lags++;
}

/* An open loop keeps to its rate, or says that it could not. */
static void offered_rate(void **state)
{
	struct bench *b = bench_new(*state, "pace");
	struct tally t;

	lags = 0;
	b->each = sends_were_timed;
	bench_open(b, TOP "  - {name: r, op: write, target: m, size: 64, rate: 20000, window: 60ms}\n", NULL);
	bench_run(b);
	t = tally(b->dir);
	assert_int_equal(t.rows[ST_ERROR] + t.rows[ST_TIMEOUT], 0);
	assert_int_equal(t.rows[ST_OK], (uint64_t)lags);
	bench_finish(b);
}

static int reached;

static void rate_was_reached(struct bench *b, const struct row *row)
{
	(void)b;
	if (!strcmp(row_get(row, COL_STATUS), "overload"))
		fail_msg("'%s'", row_get(row, COL_REASON));
	reached += strstr(row_get(row, COL_FLAGS), "edge_unaligned") != NULL;
}

/* A few operations a window: an edge falls between two of them. */
static void slow_rate_is_reached(void **state)
{
	struct bench *b = bench_new(*state, "slow");

	reached = 0;
	b->each = rate_was_reached;
	bench_open(b, TOP "  - {name: r, op: write, target: m, size: 64, rate: 5}\norder: {canary: 0}\n",
		   NULL);
	bench_run(b);
	assert_int_equal(reached, 2);
	bench_finish(b);
}

static void rate_out_of_reach(void **state)
{
	struct bench *b = bench_sweep(*state, "overload",
				      TOP "  - {name: r, op: write, target: m, size: 64K, rate: 1G}\n");
	struct tally t = tally(b->dir);

	assert_int_equal(t.rows[ST_OK], 0);
	assert_true(t.rows[ST_OVERLOAD] >= 1);
	assert_non_null(strstr(t.reason, "reached of 1.07374e+09 asked"));
	bench_finish(b);
}

/* null0 moves nothing, and says so. */
static void nothing_to_verify(void **state)
{
	struct bench *b =
		bench_sweep(*state, "null", TOP "  - {name: z, nic: z, op: write, target: m, size: 64}\n");
	struct tally t = tally(b->dir);

	assert_int_equal(t.rows[ST_OK], 1);
	assert_non_null(strstr(t.flags, "unverified"));
	bench_finish(b);
}

static int evidence;

static void tag_was_seen(struct bench *b, const struct row *row)
{
	bool asked = strcmp(row_get(row, COL_KEY + AX_TPH), "none") != 0;

	(void)b;
	if (strcmp(row_get(row, COL_STATUS), "ok") && strcmp(row_get(row, COL_STATUS), "warmup"))
		return;
	assert_string_equal(row_get(row, COL_TPH_EVIDENCE), asked ? "counter" : "none");
	evidence += asked;
}

/* Each visit compares what the device counted under its tag with what its lanes sent: both ways of asking. */
static void tagged_cells(void **state)
{
	struct bench *b = bench_new(*state, "tph");
	struct tally t;

	evidence = 0;
	b->each = tag_was_seen;
	bench_open(b,
		   TOP
		   "  - {name: t, op: [write, read, send], target: m, size: [8, 4097], qps: 2,\n"
		   "     cases: [{tph: none}, {tph: exporter, st: [1, 255], ph: [0, 2]},\n"
		   "             {tph: exporter, st_ext: 1, ph: 0}, {tph: dmah, ph: 1}]}\n"
		   "  - {name: p, measure: lat, op: [pingpong, write_fence, fetch_add], target: m, size: 8,\n"
		   "     cases: [{tph: none}, {tph: exporter, st: 1, ph: 0}]}\n",
		   NULL);
	bench_run(b);
	t = tally(b->dir);
	if (t.rows[ST_ERROR])
		fail_msg("'%s': %s", t.reason, t.text);
	assert_int_equal(t.rows[ST_SKIPPED], 0);
	assert_true(evidence >= 2 * (6 * 6 + 3));
	bench_finish(b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_bandwidth_op),
		cmocka_unit_test(every_latency_op),
		cmocka_unit_test(pingpong),
		cmocka_unit_test(rates_and_registration),
		cmocka_unit_test(load_axes),
		cmocka_unit_test(many_queue_pairs),
		cmocka_unit_test(lanes),
		cmocka_unit_test(offered_rate),
		cmocka_unit_test(slow_rate_is_reached),
		cmocka_unit_test(rate_out_of_reach),
		cmocka_unit_test(nothing_to_verify),
		cmocka_unit_test(tagged_cells),
	};

	return cmocka_run_group_tests(tests, bench_tmp, bench_tmp_drop);
}
