// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Whole sweeps in this process on soft0, with faults injected between windows: every fault ends as a
 * row, the setup is rebuilt, the sweep goes on. Also the schedule itself: every (point, round) once,
 * order from the seed, new setups every four rounds.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/err.h"
#include "nic/backend.h"
#include "nic/soft/soft.h"
#include "ops/ops.h"
#include "result/rounds.h"
#include "run/run.h"
#include "run/station.h"
#include "unit/tempdir.h"

#define SWEEP                                                                                                \
	"version: 1\n"                                                                                       \
	"nics: {n: {device: soft0}}\n"                                                                       \
	"memory: {m: {kind: memfd, length: 1M}}\n"                                                           \
	"defaults: {nic: n, rounds: 6, window: 1ms, verify: full}\n"                                         \
	"sweeps:\n"                                                                                          \
	"  - {name: bw, op: [write, read], target: [host, m], size: [64, 4097], qps: 2}\n"                   \
	"  - {name: lat, measure: lat, op: [read, write_fence, write_cqe], target: m, size: [1, 4K]}\n"

/* A sweep under test: what is run, where it goes, what came of it. */
struct bench {
	struct diags *d;
	struct config *config;
	struct plan *plan;
	struct clock clock;
	struct run *run;
	struct rounds *rounds;
	struct resume done;
	struct run_outcome out;
	atomic_int interrupt;
	char dir[2 * TEMP_PATH];
	/* Armed after visit number @fault_at, for @fault_for windows. */
	const struct soft_fault *fault;
	uint64_t fault_at, fault_for;
	bool count; /* hold each row against the device's count */
	int counted;
	struct ibv_mr *counted_mr;
	uint64_t last_bytes;
	uint64_t stop_at; /* interrupt after this visit, 0 = never */
};

/* The source MR's count of bytes taken by the device since the last row. */
static void compare_with_device(struct bench *b, const struct row *row)
{
	struct setup *s = &b->run->station[0].setup;
	struct soft_count now = soft_mr_count(s->source[0].mr);
	double executed, claimed = strtod(row_get(row, COL_BYTES), NULL);

	/* A new setup counts from nothing. */
	if (s->source[0].mr != b->counted_mr || now.bytes[SOFT_READ] < b->last_bytes)
		b->last_bytes = 0;
	executed = (double)(now.bytes[SOFT_READ] - b->last_bytes);
	assert_true(claimed > 0 && claimed <= executed);
	/* Warm-up, edges and drain are the rest; the window is the larger part. */
	assert_true(claimed > executed / 3);
	b->counted_mr = s->source[0].mr;
	b->last_bytes = now.bytes[SOFT_READ];
	b->counted++;
}

static void between_windows(void *arg, const struct run_progress *p)
{
	struct bench *b = arg;

	if (b->stop_at && p->visit == b->stop_at)
		atomic_store(&b->interrupt, 2);
	if (b->count)
		compare_with_device(b, p->row);
	/* A stuck device is well again afterwards. */
	if (b->fault && p->visit >= b->fault_at)
		soft_fault_set(b->run->station[0].nic->ctx,
			       p->visit < b->fault_at + b->fault_for ? b->fault : NULL);
}

static void bench_open(struct bench *b, const char *text, const char *resume_dir)
{
	struct run_input in = {.ops = ops, .sys = &sys_real, .progress = between_windows, .arg = b};
	const struct mark *where;
	struct err e = {0};

	b->d = diags_open("test", text, strlen(text));
	if (config_load("test", text, strlen(text), NULL, 0, b->d, &b->config) ||
	    plan_build(b->config, b->d, &b->plan)) {
		diags_print(b->d, stderr);
		fail();
	}
	b->clock = (struct clock){.raw = true, .ns_per_tick = 1.0};
	in.config = b->config;
	in.plan = b->plan;
	in.clock = &b->clock;
	in.interrupt = &b->interrupt;
	if (run_open(&in, &b->run, &where, &e))
		fail_msg("%s", e.text);
	assert_int_equal(resume_open(b->plan, 6, resume_dir, &b->done, &e), 0);
}

static void bench_run(struct bench *b)
{
	struct err e = {0};

	if (run_sweep(b->run, b->rounds, "r20260101T000000Z000000", &b->done, &b->out, &e))
		fail_msg("%s", e.text);
}

static void bench_close(struct bench *b)
{
	resume_close(&b->done);
	rounds_close(b->rounds);
	run_close(b->run);
	plan_free(b->plan);
	config_free(b->config);
	diags_close(b->d);
}

static struct bench *bench_new(const char *tmp, const char *name, const struct soft_fault *fault, uint64_t at)
{
	struct bench *b = calloc(1, sizeof(*b));
	struct err e = {0};

	snprintf(b->dir, sizeof(b->dir), "%s/%s", tmp, name);
	if (rounds_create(b->dir, &sys_real, &b->rounds, &e))
		fail_msg("%s", e.text);
	b->fault = fault;
	b->fault_at = at;
	b->fault_for = 1;
	return b;
}

static struct bench *sweep_at(const char *tmp, const char *name, const char *text,
			      const struct soft_fault *fault, uint64_t at)
{
	struct bench *b = bench_new(tmp, name, fault, at);

	bench_open(b, text, NULL);
	bench_run(b);
	return b;
}

static struct bench *sweep(const char *tmp, const char *name, const char *text)
{
	return sweep_at(tmp, name, text, NULL, 0);
}

/* What the rows of a directory say. */
struct tally {
	uint64_t rows[ST_COUNT];
	uint64_t setups;
	uint64_t order;		/* hash of (round, point) in file order */
	double window_s, lat_s; /* of the ok rows: windows, and latencies added up */
	char reason[512];
	char text[512];
	char flags[128];
};

static double number(const struct row *row, enum column c)
{
	return strtod(row_get(row, c), NULL);
}

/* What any good row must satisfy, whatever the machine does meanwhile. */
static void check_good_row(const struct row *row)
{
	double done = number(row, COL_OPS), bytes = number(row, COL_BYTES), s = number(row, COL_WINDOW_S);

	assert_true(number(row, COL_WARMUP_S) >= 0.005);
	assert_true(s >= 0.001);
	assert_true(done >= 100);
	assert_true(bytes == done * number(row, COL_KEY + AX_SIZE));
	if (!strcmp(row_get(row, COL_KEY + AX_MEASURE), "bw")) {
		double gbyte = number(row, COL_BW_GBYTE_S);

		assert_true(gbyte > 0.999 * bytes / s / 1e9 && gbyte < 1.001 * bytes / s / 1e9);
		return;
	}
	assert_true(number(row, COL_LAT_N) > 0);
	assert_true(number(row, COL_LAT_MIN_US) <= number(row, COL_LAT_P50_US));
	assert_true(number(row, COL_LAT_P50_US) <= number(row, COL_LAT_P99_US));
	assert_true(number(row, COL_LAT_P99_US) <= number(row, COL_LAT_MAX_US));
}

static int count_row(const struct row *row, void *arg)
{
	struct tally *t = arg;

	if (!strcmp(row_get(row, COL_STATUS), "ok")) {
		check_good_row(row);
		t->window_s += number(row, COL_WINDOW_S);
		t->lat_s += number(row, COL_LAT_MEAN_US) * number(row, COL_LAT_N) / 1e6;
	}

	for (int s = 0; s < ST_COUNT; s++)
		t->rows[s] += !strcmp(row_get(row, COL_STATUS), status_name(s));
	if (strtoull(row_get(row, COL_SETUP_ID), NULL, 10) > t->setups)
		t->setups = strtoull(row_get(row, COL_SETUP_ID), NULL, 10);
	t->order = t->order * 31 + strtoull(row_get(row, COL_POINT_ID) + 1, NULL, 16);
	if (!strcmp(row_get(row, COL_STATUS), "error") || !strcmp(row_get(row, COL_STATUS), "timeout")) {
		snprintf(t->reason, sizeof(t->reason), "%s", row_get(row, COL_REASON));
		snprintf(t->text, sizeof(t->text), "%s", row_get(row, COL_ERR_TEXT));
	}
	snprintf(t->flags, sizeof(t->flags), "%s", row_get(row, COL_FLAGS));
	if (strcmp(row_get(row, COL_STATUS), "skipped"))
		assert_string_equal(row_get(row, COL_EVIDENCE), "software");
	return 0;
}

static struct tally tally(const char *dir)
{
	struct tally t = {0};
	struct err e = {0};
	uint64_t ignored = 0;

	assert_int_equal(rounds_each(dir, count_row, &t, &ignored, &e), 0);
	assert_int_equal(ignored, 0);
	return t;
}

static void finish(struct bench *b)
{
	bench_close(b);
	free(b);
}

static void good_sweep_is_all_ok(void **state)
{
	struct bench *b = sweep(*state, "good", SWEEP);
	struct tally t = tally(b->dir);

	assert_int_equal(plan_points(b->plan), 14);
	assert_int_equal(t.rows[ST_WARMUP], 14);
	assert_int_equal(t.rows[ST_OK], 14 * 6);
	assert_int_equal(t.setups, 2); /* rounds 1-4 and 5-6 */
	assert_int_equal(b->out.stop, RUN_COMPLETE);
	assert_null(strstr(t.flags, "unverified"));
	finish(b);
}

static void order_comes_from_the_seed(void **state)
{
	struct bench *a = sweep(*state, "seed1", SWEEP "order: {seed: 7}\n");
	struct bench *b = sweep(*state, "seed2", SWEEP "order: {seed: 7}\n");
	struct bench *c = sweep(*state, "seed3", SWEEP "order: {seed: 8}\n");

	assert_int_equal(tally(a->dir).order, tally(b->dir).order);
	assert_int_not_equal(tally(a->dir).order, tally(c->dir).order);
	finish(a);
	finish(b);
	finish(c);
}

static void fault_becomes_a_row(const char *tmp, const char *name, const struct soft_fault *fault,
				enum status status, const char *reason, const char *text)
{
	struct bench *b = sweep_at(tmp, name, SWEEP, fault, 20);
	struct tally t = tally(b->dir);

	assert_int_equal(t.rows[status], 1);
	assert_int_equal(t.rows[ST_WARMUP] + t.rows[ST_OK], 14 * 7 - 1);
	assert_int_equal(t.setups, 3); /* one more than without the fault */
	assert_non_null(strstr(t.reason, reason));
	assert_non_null(strstr(t.text, text));
	finish(b);
}

static void error_completion(void **state)
{
	static const struct soft_fault fault = {
		.kind = SOFT_FAULT_ERROR,
		.after = 10,
		.status = IBV_WC_REM_ACCESS_ERR,
	};

	fault_becomes_a_row(*state, "wc", &fault, ST_ERROR, "REM_ACCESS_ERR", "now in ERR");
}

static void lost_completion(void **state)
{
	static const struct soft_fault fault = {.kind = SOFT_FAULT_LOST, .after = 10};

	fault_becomes_a_row(*state, "lost", &fault, ST_TIMEOUT, "completions stopped",
			    "no completion for 2.0 s");
}

static void stuck_queue(void **state)
{
	static const struct soft_fault fault = {.kind = SOFT_FAULT_STUCK, .after = 10};

	fault_becomes_a_row(*state, "stuck", &fault, ST_TIMEOUT, "completions stopped", "the first (0x");
}

/*
 * One wrong byte in the target. The fence READ brings it back to the source, from where every later lap
 * writes it again: a fault in the middle of a window is still there at its end.
 */
static void wrong_data(void **state)
{
	static const char fence[] =
		"version: 1\n"
		"nics: {n: {device: soft0}}\n"
		"sweeps:\n"
		"  - {name: s, nic: n, measure: lat, op: write_fence, target: host, size: 1, rounds: 6,\n"
		"     window: 1ms, verify: full}\n";
	static const struct soft_fault fault = {.kind = SOFT_FAULT_WRONG_DATA, .after = 10};
	struct bench *b = sweep_at(*state, "data", fence, &fault, 2);
	struct tally t = tally(b->dir);

	assert_int_equal(t.rows[ST_ERROR], 1);
	assert_int_equal(t.rows[ST_OK], 5);
	assert_string_equal(t.reason, "wrong data");
	assert_non_null(strstr(t.text, "wrong byte at offset"));
	finish(b);
}

/* One QP of two completes everything and moves nothing: its part of the target is found untouched. */
static void dropped_data(void **state)
{
	static const char two[] =
		"version: 1\n"
		"nics: {n: {device: soft0}}\n"
		"sweeps:\n"
		"  - {name: s, nic: n, op: write, target: host, size: 64, qps: 2, rounds: 6, window: 1ms}\n";
	struct soft_fault fault = {.kind = SOFT_FAULT_DROP};
	struct bench *b = bench_new(*state, "drop", &fault, 2);
	struct tally t;

	bench_open(b, two, NULL);
	fault.qp_num = b->run->station[0].setup.qp[1]->qp_num;
	bench_run(b);
	t = tally(b->dir);
	assert_int_equal(t.rows[ST_ERROR], 1);
	assert_int_equal(t.rows[ST_OK], 5);
	assert_string_equal(t.reason, "wrong data");
	assert_non_null(strstr(t.text, "nothing arrived"));
	finish(b);
}

/* The device's own count of what it executed bounds what a row may claim. */
static void rows_agree_with_the_device(void **state)
{
	static const char one[] = "version: 1\n"
				  "nics: {n: {device: soft0}}\n"
				  "sweeps:\n"
				  "  - {name: s, nic: n, op: write, target: host, size: 1K, batch: 4, "
				  "signal_every: 4, rounds: 6,\n"
				  "     window: 60ms}\n";
	struct bench *b = bench_new(*state, "count", NULL, 0);

	b->count = true;
	bench_open(b, one, NULL);
	bench_run(b);
	assert_int_equal(b->counted, 7);
	finish(b);
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
	struct bench *b = sweep(*state, "fill", big);
	struct tally t = tally(b->dir);

	assert_true(t.lat_s > 0.6 * t.window_s);
	assert_true(t.lat_s < 1.8 * t.window_s);
	finish(b);
}

/* A device that fails every time: the point is given up, and says so. */
static void three_faults_give_up(void **state)
{
	static const char one[] =
		"version: 1\n"
		"nics: {n: {device: soft0}}\n"
		"sweeps:\n"
		"  - {name: s, nic: n, op: write, target: host, size: 64, rounds: 6, window: 1ms}\n";
	static const struct soft_fault fault = {.kind = SOFT_FAULT_ERROR, .status = IBV_WC_RETRY_EXC_ERR};
	struct bench *b = bench_new(*state, "giveup", &fault, 1);
	struct tally t;

	b->fault_for = 3;
	bench_open(b, one, NULL);
	bench_run(b);
	t = tally(b->dir);
	assert_int_equal(t.rows[ST_WARMUP], 1);
	assert_int_equal(t.rows[ST_ERROR], 3);
	assert_int_equal(t.rows[ST_SKIPPED], 1);
	assert_int_equal(t.rows[ST_OK], 0);
	finish(b);
}

static void interrupt_and_resume(void **state)
{
	struct bench *b = bench_new(*state, "resume", NULL, 0);
	struct bench again = {0};
	struct err e = {0};
	struct tally t;
	int cut;

	b->stop_at = 33;
	bench_open(b, SWEEP, NULL);
	bench_run(b);
	assert_int_equal(b->out.stop, RUN_INTERRUPTED);
	snprintf(again.dir, sizeof(again.dir), "%s", b->dir);
	finish(b);

	assert_int_equal(rounds_resume(again.dir, &sys_real, &again.rounds, &cut, &e), 0);
	bench_open(&again, SWEEP, again.dir);
	assert_int_equal(again.done.rows, 33);
	bench_run(&again);
	t = tally(again.dir);
	assert_int_equal(t.rows[ST_WARMUP], 14);
	assert_int_equal(t.rows[ST_OK], 14 * 6);
	bench_close(&again);
}

static void unsupported_points_are_skipped_once(void **state)
{
	static const char mixed[] =
		"version: 1\n"
		"nics: {n: {device: soft0}}\n"
		"sweeps:\n"
		"  - {name: s, nic: n, op: [write, send], target: host, size: 64, rounds: 6, window: 1ms}\n";
	struct bench *b = sweep(*state, "skip", mixed);
	struct tally t = tally(b->dir);

	assert_int_equal(t.rows[ST_SKIPPED], 1);
	assert_int_equal(t.rows[ST_OK], 6);
	finish(b);
}

static int make_tmp(void **state)
{
	static char dir[TEMP_PATH];

	*state = temp_make(dir);
	return 0;
}

static int drop_tmp(void **state)
{
	temp_remove(*state);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(good_sweep_is_all_ok),
		cmocka_unit_test(order_comes_from_the_seed),
		cmocka_unit_test(error_completion),
		cmocka_unit_test(lost_completion),
		cmocka_unit_test(stuck_queue),
		cmocka_unit_test(wrong_data),
		cmocka_unit_test(dropped_data),
		cmocka_unit_test(rows_agree_with_the_device),
		cmocka_unit_test(latencies_fill_the_window),
		cmocka_unit_test(three_faults_give_up),
		cmocka_unit_test(interrupt_and_resume),
		cmocka_unit_test(unsupported_points_are_skipped_once),
	};

	return cmocka_run_group_tests(tests, make_tmp, drop_tmp);
}
