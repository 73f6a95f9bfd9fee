// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Every fault the software device can inject ends as a row with the right status and words; the setup is
 * rebuilt and the sweep goes on.
 */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "run/station.h"
#include "soft/run_rig.h"

#define NIC "version: 1\nnics: {n: {device: soft0}}\nmemory: {m: {kind: memfd, length: 1M}}\n"
#define SWEEP(what)                                                                                          \
	NIC "sweeps:\n"                                                                                      \
	    "  - {name: s, nic: n, " what ", rounds: 6, window: 1ms, verify: full}\n"                        \
	    "order: {canary: 0}\n"

static const char write_two[] = SWEEP("op: write, target: m, size: 64, qps: 2, threads: 1");

/* One fault in the third row of seven at least; the others are well. */
static void expect_row(const char *tmp, const char *name, const char *text, const struct soft_fault *fault,
		       enum status status, const char *const words[2])
{
	struct bench *b = bench_fault(tmp, name, text, fault, 2);
	struct tally t = tally(b->dir);

	if (t.rows[status] != 1 || !strstr(t.reason, words[0]) || !strstr(t.text, words[1]))
		fail_msg("%s: %d rows %s, last reason '%s', text '%s'", name, (int)t.rows[status],
			 status_name(status), t.reason, t.text);
	assert_int_equal(t.rows[ST_WARMUP], 1);
	assert_int_equal(t.rows[ST_OK], 5);
	assert_int_equal(t.setups, 3); /* rounds 1-4, 5-6, and one for the fault */
	bench_finish(b);
}

static void error_completion(void **state)
{
	static const struct soft_fault fault = {
		.kind = SOFT_FAULT_ERROR,
		.after = 10,
		.status = IBV_WC_REM_ACCESS_ERR,
	};
	static const char *const words[] = {"REM_ACCESS_ERR", "now in ERR"};
	static const char *const message[] = {"REM_ACCESS_ERR", "message 10 of QP"};

	expect_row(*state, "wc", write_two, &fault, ST_ERROR, words);
	expect_row(*state, "first", SWEEP("measure: lat, op: read, target: m, size: 8"), &fault, ST_ERROR,
		   message);
}

static void lost_completion(void **state)
{
	static const struct soft_fault fault = {.kind = SOFT_FAULT_LOST, .after = 10};
	static const char *const words[] = {"completions stopped", "no completion for 2.0 s"};

	expect_row(*state, "lost", SWEEP("measure: lat, op: write_fence, target: m, size: 8"), &fault,
		   ST_TIMEOUT, words);
}

static void stuck_queue(void **state)
{
	static const struct soft_fault fault = {.kind = SOFT_FAULT_STUCK, .after = 10};
	static const char *const words[] = {"completions stopped", "in flight on"};

	expect_row(*state, "stuck", write_two, &fault, ST_TIMEOUT, words);
	expect_row(*state, "stucksend", SWEEP("op: send, target: m, size: 64"), &fault, ST_TIMEOUT, words);
	expect_row(*state, "stuckecho", SWEEP("measure: lat, op: pingpong, target: host, size: 64"), &fault,
		   ST_TIMEOUT, words);
}

/* The exporter takes the memory back while the window runs. */
static void revoked_in_mid_window(void **state)
{
	static const struct soft_fault fault = {.kind = SOFT_FAULT_REVOKE, .after = 1000};
	static const char *const words[] = {"target revoked", "message "};

	expect_row(*state, "revoke", write_two, &fault, ST_REVOKED, words);
	expect_row(*state, "revokelat", SWEEP("measure: lat, op: read, target: m, size: 8"), &fault,
		   ST_REVOKED, words);
}

static void device_fatal(void **state)
{
	static const struct soft_fault fault = {.kind = SOFT_FAULT_ASYNC, .after = 10};
	static const char *const words[] = {"asynchronous event", "DEVICE_FATAL"};

	expect_row(*state, "fatal", write_two, &fault, ST_ERROR, words);
}

/* One queue pair of two is given up by the device: its requests are flushed, and the event says why. */
static void queue_pair_fatal(void **state)
{
	struct soft_fault fault = {.kind = SOFT_FAULT_ASYNC, .after = 10};
	struct bench *b = bench_new(*state, "qpfatal");
	struct tally t;

	b->fault = &fault;
	b->fault_at = 2;
	bench_open(b, write_two, NULL);
	fault.qp_num = b->run->station[0]->setup.link[0].qp[1]->qp_num;
	bench_run(b);
	t = tally(b->dir);
	assert_int_equal(t.rows[ST_ERROR], 1);
	assert_non_null(strstr(t.reason, "WR_FLUSH_ERR"));
	assert_non_null(strstr(t.text, "device: QP_FATAL"));
	assert_int_equal(t.rows[ST_OK], 5);
	bench_finish(b);
}

/* Slow is not wrong: a latency of 50 us is a result. */
static void slow_device(void **state)
{
	static const struct soft_fault fault = {.kind = SOFT_FAULT_SLOW, .delay_ns = 50000};
	struct bench *b = bench_new(*state, "slow");
	struct tally t;

	b->fault = &fault;
	b->fault_at = 1;
	b->fault_for = 1000;
	bench_open(b, SWEEP("measure: lat, op: read, target: m, size: 8, ops: 100"), NULL);
	bench_run(b);
	t = tally(b->dir);
	assert_int_equal(t.rows[ST_OK], 6);
	assert_true(t.lat_s > 0.5 * t.window_s);
	bench_finish(b);
}

/*
 * One wrong byte in the target. The fence READ brings it back to the source, from where every later lap
 * writes it again: a fault in the middle of a window is still there at its end.
 */
static void wrong_data(void **state)
{
	static const struct soft_fault fault = {.kind = SOFT_FAULT_WRONG_DATA, .after = 10};
	static const char *const words[] = {"wrong data", "wrong byte at offset"};

	expect_row(*state, "data", SWEEP("measure: lat, op: write_fence, target: host, size: 1"), &fault,
		   ST_ERROR, words);
}

/* An atomic that goes wrong once is wrong for ever: the sums do not come out. */
static void wrong_sum(void **state)
{
	static const struct soft_fault fault = {.kind = SOFT_FAULT_WRONG_DATA, .after = 10};
	static const char *const words[] = {"wrong data", "add up to"};

	expect_row(*state, "sum", SWEEP("op: fetch_add, target: m, size: 8"), &fault, ST_ERROR, words);
}

/* One QP of two completes everything and moves nothing: its part of the target is found untouched. */
static void dropped_data(void **state)
{
	struct soft_fault fault = {.kind = SOFT_FAULT_DROP};
	struct bench *b = bench_new(*state, "drop");
	struct tally t;

	b->fault = &fault;
	b->fault_at = 2;
	bench_open(b, write_two, NULL);
	fault.qp_num = b->run->station[0]->setup.link[0].qp[1]->qp_num;
	bench_run(b);
	t = tally(b->dir);
	assert_int_equal(t.rows[ST_ERROR], 1);
	assert_int_equal(t.rows[ST_OK], 5);
	assert_string_equal(t.reason, "wrong data");
	assert_non_null(strstr(t.text, "nothing arrived"));
	bench_finish(b);
}

/* A device that takes the tag and sends without it: the analyzer finds nothing under the tag. */
static void dropped_tag(void **state)
{
	struct bench *b = bench_new(*state, "tag");
	struct soft_dev *dev;
	struct tally t;

	bench_open(b, SWEEP("op: read, target: m, size: 64, cases: [{tph: exporter, st: 1}]"), NULL);
	dev = soft_dev(bench_ctx(b));
	for (uint32_t i = 0; i < dev->n_hints; i++)
		dev->hints[i].tph = TPH_NONE;
	bench_run(b);
	t = tally(b->dir);
	assert_int_equal(t.rows[ST_ERROR], 1); /* the setup after it registers the tag anew */
	assert_string_equal(t.reason, "analyzer disagrees");
	assert_non_null(strstr(t.text, "nothing seen under this point's tag"));
	assert_int_equal(t.rows[ST_WARMUP], 2);
	bench_finish(b);
}

/* A device that fails every time: the point is given up, and says so. */
static void three_faults_give_up(void **state)
{
	static const struct soft_fault fault = {.kind = SOFT_FAULT_ERROR, .status = IBV_WC_RETRY_EXC_ERR};
	struct bench *b = bench_new(*state, "giveup");
	struct tally t;

	b->fault = &fault;
	b->fault_at = 1;
	b->fault_for = 3;
	bench_open(b, write_two, NULL);
	bench_run(b);
	t = tally(b->dir);
	assert_int_equal(t.rows[ST_WARMUP], 1);
	assert_int_equal(t.rows[ST_ERROR], 3);
	assert_int_equal(t.rows[ST_SKIPPED], 1);
	assert_int_equal(t.rows[ST_OK], 0);
	bench_finish(b);
}

/* Calls that open memory: number @at and the next @times - 1 fail. */
static struct {
	int calls, at, times, code;
} broken;

static int call_fails(void)
{
	int n = broken.calls++;

	return n >= broken.at && n < broken.at + broken.times ? -broken.code : 0;
}

static int fail_mmap(void **out, size_t length, int prot, int flags, int fd, off_t offset)
{
	int rc = call_fails();

	return rc ? rc : sys_real.mmap(out, length, prot, flags, fd, offset);
}

static int fail_memfd(const char *name, unsigned int flags)
{
	int rc = call_fails();

	return rc ? rc : sys_real.memfd_create(name, flags);
}

static struct sys broken_sys(int at, int times, int code)
{
	struct sys sys = sys_real;

	broken.calls = 0;
	broken.at = at;
	broken.times = times;
	broken.code = code;
	sys.mmap = fail_mmap;
	sys.memfd_create = fail_memfd;
	return sys;
}

/*
 * Each call before the first window fails once: the run does not start, and says which memory it was. But for
 * the trial of a bounce: without it there is just no bounce.
 */
static void first_setup_fails(void **state)
{
	int n = 0, borne = 0;

	for (bool over = false; !over; n++) {
		struct sys sys = broken_sys(n, 1, ENOMEM);
		struct run_input in;
		struct bench *b;
		const struct mark *where = NULL;
		struct err e = {0};
		char name[32];
		bool opened;

		snprintf(name, sizeof(name), "first%d", n);
		b = bench_new(*state, name);
		in = bench_plan(b, write_two);
		in.sys = &sys;
		opened = !run_open(&in, &b->run, &where, &e);
		if (!opened) {
			assert_int_equal(e.code, -ENOMEM);
			assert_non_null(where);
		}
		over = broken.calls <= n;
		borne += opened && !over;
		bench_finish(b);
	}
	assert_true(n > 3);
	assert_int_equal(borne, 1);
}

/* How many calls there are before the first window. */
static int calls_of_a_setup(const char *tmp, const char *name)
{
	struct sys sys = broken_sys(INT_MAX, 0, 0);
	struct bench *b = bench_new(tmp, name);
	int calls;

	b->sys = &sys;
	bench_open(b, write_two, NULL);
	calls = broken.calls;
	bench_finish(b);
	return calls;
}

/* A later setup fails, and so does asking for its memory: a row says so, then the sweep goes on. */
static void later_setup_fails(void **state)
{
	int calls = calls_of_a_setup(*state, "calls");
	struct sys sys = broken_sys(calls, 2, ENOSPC);
	struct bench *b = bench_new(*state, "later");
	struct tally t;

	b->sys = &sys;
	bench_open(b, write_two, NULL);
	bench_run(b);
	t = tally(b->dir);
	assert_int_equal(t.rows[ST_ERROR], 1);
	assert_string_equal(t.reason, "setup failed");
	assert_non_null(strstr(t.text, "ENOSPC"));
	assert_int_equal(t.rows[ST_OK], 5);
	bench_finish(b);
}

/* A device that was reset answers EIO until it is opened anew. */
static void reset_device_is_reopened(void **state)
{
	int calls = calls_of_a_setup(*state, "recalls");
	struct sys sys = broken_sys(calls, 1, EIO);
	struct bench *b = bench_new(*state, "reopen");
	struct tally t;

	b->sys = &sys;
	bench_open(b, write_two, NULL);
	bench_run(b);
	t = tally(b->dir);
	assert_true(broken.calls > calls + 1);
	assert_int_equal(t.rows[ST_ERROR], 0);
	assert_int_equal(t.rows[ST_OK], 6);
	bench_finish(b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(error_completion),
		cmocka_unit_test(lost_completion),
		cmocka_unit_test(stuck_queue),
		cmocka_unit_test(revoked_in_mid_window),
		cmocka_unit_test(device_fatal),
		cmocka_unit_test(queue_pair_fatal),
		cmocka_unit_test(slow_device),
		cmocka_unit_test(wrong_data),
		cmocka_unit_test(wrong_sum),
		cmocka_unit_test(dropped_data),
		cmocka_unit_test(dropped_tag),
		cmocka_unit_test(three_faults_give_up),
		cmocka_unit_test(first_setup_fails),
		cmocka_unit_test(later_setup_fails),
		cmocka_unit_test(reset_device_is_reopened),
	};

	return cmocka_run_group_tests(tests, bench_tmp, bench_tmp_drop);
}
