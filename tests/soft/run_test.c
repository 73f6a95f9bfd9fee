// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Whole sweeps in this process on soft0: the schedule (every (point, round) once, order from the seed, new
 * setups every four rounds, resume) and that rows agree with what the device executed.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "run/station.h"
#include "soft/run_rig.h"

#define TOP                                                                                                  \
	"version: 1\n"                                                                                       \
	"nics: {n: {device: soft0}}\n"                                                                       \
	"memory: {m: {kind: memfd, length: 1M}}\n"                                                           \
	"defaults: {nic: n, rounds: 6, window: 1ms, verify: full}\n"                                         \
	"sweeps:\n"
#define SWEEP                                                                                                \
	TOP "  - {name: bw, op: [write, read], target: [host, m], size: [64, 4097], qps: 2}\n"               \
	    "  - {name: lat, measure: lat, op: [read, write_fence, write_cqe], target: m, size: [1, 4K]}\n"

static void good_sweep_is_all_ok(void **state)
{
	struct bench *b = bench_sweep(*state, "good", SWEEP);
	struct tally t = tally(b->dir);

	assert_int_equal(plan_points(b->plan), 14);
	assert_int_equal(t.rows[ST_WARMUP], 14);
	assert_int_equal(t.rows[ST_OK], 14 * 6);
	assert_int_equal(t.setups, 2); /* rounds 1-4 and 5-6 */
	assert_int_equal(b->out.stop, RUN_COMPLETE);
	assert_null(strstr(t.flags, "unverified"));
	bench_finish(b);
}

#define SIX_POINTS TOP "  - {name: bw, op: [write, read], target: m, size: [8, 64, 512], rounds: 6}\n"

static void order_comes_from_the_seed(void **state)
{
	struct bench *a = bench_sweep(*state, "seed1", SIX_POINTS "order: {seed: 7}\n");
	struct bench *b = bench_sweep(*state, "seed2", SIX_POINTS "order: {seed: 7}\n");
	struct bench *c = bench_sweep(*state, "seed3", SIX_POINTS "order: {seed: 8}\n");

	assert_int_equal(tally(a->dir).order, tally(b->dir).order);
	assert_int_not_equal(tally(a->dir).order, tally(c->dir).order);
	bench_finish(a);
	bench_finish(b);
	bench_finish(c);
}

/* What the device has taken from the source since the last row. */
static struct {
	struct ibv_mr *mr;
	uint64_t bytes;
	int rows;
	double part; /* claimed of executed, the largest */
} counted;

static void compare_with_device(struct bench *b, const struct row *row)
{
	struct setup *s = &b->run->station[0]->setup;
	struct soft_count now = soft_mr_count(s->source[0].mr);
	double executed, claimed = row_number(row, COL_BYTES);

	/* A new setup counts from nothing. */
	if (s->source[0].mr != counted.mr || now.bytes[SOFT_READ] < counted.bytes)
		counted.bytes = 0;
	executed = (double)(now.bytes[SOFT_READ] - counted.bytes);
	assert_true(claimed > 0 && claimed <= executed);
	counted.part = claimed > counted.part * executed ? claimed / executed : counted.part;
	counted.mr = s->source[0].mr;
	counted.bytes = now.bytes[SOFT_READ];
	counted.rows++;
}

/* The device's own count of what it executed bounds what a row may claim. */
static void rows_agree_with_the_device(void **state)
{
	static const char one[] = "version: 1\n"
				  "nics: {n: {device: soft0}}\n"
				  "sweeps:\n"
				  "  - {name: s, nic: n, op: write, target: host, size: 1K, batch: 4, "
				  "signal_every: 4, rounds: 6,\n"
				  "     window: 60ms}\n"
				  "order: {canary: 0}\n";
	struct bench *b = bench_new(*state, "count");

	counted.mr = NULL;
	counted.rows = 0;
	counted.part = 0;
	b->each = compare_with_device;
	bench_open(b, one, NULL);
	bench_run(b);
	assert_true(counted.rows >= 7);
	/* Warm-up, edges and drain are the rest; where nobody was kept waiting the window is a large part. */
	assert_true(counted.part > 0.2);
	bench_finish(b);
}

/*
 * Copying 256 KiB is nearly all there is in the loop, and a preempted lane loses its time inside a sample:
 * the latencies of all windows add up to about the windows.
 */
static void latencies_fill_the_window(void **state)
{
	static const char big[] = "version: 1\n"
				  "nics: {n: {device: soft0}}\n"
				  "sweeps:\n"
				  "  - {name: s, nic: n, measure: lat, op: read, target: host, size: 256K, "
				  "rounds: 6, window: 60ms}\n";
	struct bench *b = bench_sweep(*state, "fill", big);
	struct tally t = tally(b->dir);

	assert_true(t.lat_s > 0.6 * t.window_s);
	assert_true(t.lat_s < 1.8 * t.window_s);
	bench_finish(b);
}

static void interrupt_and_resume(void **state)
{
	struct bench *b = bench_new(*state, "resume"), *again = calloc(1, sizeof(*again));
	struct err e = {0};
	struct tally t;
	int cut;

	b->stop_at = 33;
	bench_open(b, SWEEP, NULL);
	bench_run(b);
	assert_int_equal(b->out.stop, RUN_INTERRUPTED);
	snprintf(again->dir, sizeof(again->dir), "%s", b->dir);
	bench_finish(b);

	t = tally(again->dir);
	assert_true(t.rows[ST_OK] < 84);
	assert_int_equal(rounds_resume(again->dir, &sys_real, &again->rounds, &cut, &e), 0);
	bench_open(again, SWEEP, again->dir);
	bench_run(again);
	t = tally(again->dir);
	assert_int_equal(t.rows[ST_WARMUP], 14);
	assert_int_equal(t.rows[ST_OK], 14 * 6);
	bench_finish(again);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(good_sweep_is_all_ok),	      cmocka_unit_test(order_comes_from_the_seed),
		cmocka_unit_test(rows_agree_with_the_device), cmocka_unit_test(latencies_fill_the_window),
		cmocka_unit_test(interrupt_and_resume),
	};

	return cmocka_run_group_tests(tests, bench_tmp, bench_tmp_drop);
}
