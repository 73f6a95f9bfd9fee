// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The window around lanes: what it reports, and that it ends, with the right lane and the right message to
 * blame, whatever a device does.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <errno.h>
#include <math.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/err.h"
#include "nic/soft/soft.h"
#include "ops/ops.h"
#include "soft/lane_rig.h"

#define SECOND 1000000000ll

static const struct lane_shape one = {
	.size = 64, .qd = 16, .batch = 1, .signal_every = 1, .pattern = PATTERN_SEQ, .offset = -1};

static struct lane_rig *rig_open(const char *device, const struct op *op, const struct lane_shape *shape,
				 uint32_t qps, uint32_t lanes)
{
	struct lane_rig *r = malloc(sizeof(*r));
	struct err e = {0};

	assert_non_null(r);
	if (lane_rig_open(r,
			  &(struct rig_spec){.device = device,
					     .op = op,
					     .shape = *shape,
					     .qps = qps,
					     .lanes = lanes,
					     .bytes = 1 << 20},
			  &e))
		fail_msg("%s", e.text);
	return r;
}

static void rig_close(struct lane_rig *r)
{
	lane_rig_close(r);
	free(r);
}

static struct window_rule rule_of(const struct lane_rig *r, uint64_t count)
{
	return (struct window_rule){
		.warm_done = 10,
		.warm_max_ns = SECOND,
		.window_done = count,
		.window_max_ns = 10 * SECOND,
		.timeout_ns = 10 * SECOND,
		.cpu = r->cpu,
	};
}

static struct window run(struct lane_rig *r, const struct op *op, const struct window_rule *rule,
			 struct hist *lat)
{
	struct window w;
	struct err e = {0};

	if (window_run(r->lane, r->spec.lanes, op, rule, lat, NULL, &w, &e))
		fail_msg("%s", e.text);
	return w;
}

static void break_device(struct lane_rig *r, const struct soft_fault *f)
{
	soft_fault_set(r->qp[0][0]->context, f);
}

/* Each latency goes to the window's histogram or to the one before and after it, none to both. */
static void histogram_holds_the_window(void **state)
{
	struct lane_shape s = one;
	static struct hist lat;
	struct lane_rig *r;
	uint64_t n, done = 0;

	(void)state;
	s.qd = 1;
	r = rig_open("null0", &op_read_lat, &s, 4, 4);
	run(r, &op_read_lat,
	    &(struct window_rule){.window_done = 3000,
				  .window_max_ns = 10 * SECOND,
				  .timeout_ns = 10 * SECOND,
				  .cpu = r->cpu},
	    &lat);
	for (int i = 0; i < 4; i++)
		done += atomic_load(&r->lane[i].done);
	n = hist_count(&lat);
	assert_true(n >= 2900);
	assert_true(n <= done);
	assert_true(lat.sum >= n * lat.min && lat.sum <= n * lat.max);
	rig_close(r);
}

/* A window that cannot reach its completions ends at its longest and says so; its slices are of one length.
 */
static void short_of_completions_is_coarse(void **state)
{
	struct lane_shape s = one;
	struct window_rule rule;
	struct window w = {0};
	struct lane_rig *r;

	(void)state;
	s.qd = 256;
	s.signal_every = 16; /* the counter moves in steps that show in slices of no length */
	r = rig_open("null0", &op_write_bw, &s, 1, 1);
	rule = rule_of(r, UINT64_MAX);
	rule.window_max_ns = SECOND / 20;
	for (int i = 0; i < 50; i++) { /* the controlling thread may be kept away from a whole window */
		w = run(r, &op_write_bw, &rule, NULL);
		assert_int_equal(w.end, WINDOW_OK);
		assert_true(w.coarse);
		assert_true(w.window_ns >= SECOND / 20);
		if (!isnan(w.slope_pct))
			break;
	}
	assert_false(isnan(w.slope_pct));
	rig_close(r);
}

/* A counter that moves in large steps says nothing about slices, however many messages there were. */
static void few_completions_are_not_judged(void **state)
{
	struct lane_shape s = one;
	struct lane_rig *r;
	struct window w;

	(void)state;
	s.size = 4096;
	s.qd = s.signal_every = 1024;
	r = rig_open("soft0", &op_write_bw, &s, 1, 1);
	w = run(r, &op_write_bw,
		&(struct window_rule){.window_ns = SECOND / 20,
				      .window_done = 2000,
				      .window_max_ns = 10 * SECOND,
				      .timeout_ns = 10 * SECOND,
				      .cpu = r->cpu},
		NULL);
	assert_int_equal(w.end, WINDOW_OK);
	assert_true(w.ops >= 1000);
	if (w.ops < 900 * 1024) /* unless this thread was away for long */
		assert_true(isnan(w.slope_pct) && isnan(w.first_pct));
	rig_close(r);
}

/* Slices are judged with enough completions only; placement is timed where completions are acceptance. */
static void what_cannot_be_known_is_nan(void **state)
{
	struct lane_rig *r = rig_open("soft0", &op_write_bw, &one, 2, 2);
	struct window_rule rule = rule_of(r, 100000);
	struct window w = {0};

	(void)state;
	rule.window_ns = SECOND / 100;
	for (int i = 0; i < 50; i++) { /* the controlling thread may be kept away from a whole window */
		w = run(r, &op_write_bw, &rule, NULL);
		assert_int_equal(w.end, WINDOW_OK);
		if (!isnan(w.slope_pct))
			break;
	}
	assert_false(isnan(w.slope_pct) || isnan(w.first_pct));
	assert_true(w.drain_ns >= 0);
	assert_int_equal(r->lane[0].fences % 6, 0);
	assert_true(r->lane[0].fences >= 6);
	assert_true(w.outliers <= 10);
	rig_close(r);

	r = rig_open("soft0", &op_read_bw, &one, 1, 1);
	rule = rule_of(r, 1);
	rule.warm_done = 0;
	rule.window_max_ns = 1;
	w = run(r, &op_read_bw, &rule, NULL);
	assert_true(isnan(w.drain_ns));
	assert_int_equal(r->lane[0].fences, 0);
	rig_close(r);
}

/* One lane of several stands still: it is named, and the others are stopped. */
static void one_stuck_lane_is_found(void **state)
{
	struct lane_shape s = one;
	struct lane_rig *r;
	struct window_rule rule;
	struct window w;
	uint32_t still = 0;

	(void)state;
	s.qd = 1;
	r = rig_open("soft0", &op_read_lat, &s, 4, 4);
	rule = rule_of(r, UINT64_MAX);
	rule.timeout_ns = SECOND / 5;
	break_device(r, &(struct soft_fault){.kind = SOFT_FAULT_LOST, .after = 1000});
	w = run(r, &op_read_lat, &rule, NULL);
	assert_int_equal(w.end, WINDOW_TIMEOUT);
	assert_true(w.lane < 4);
	for (uint32_t i = 0; i < 4; i++)
		still += r->lane[i].in_flight;
	assert_true(still >= 1); /* others may have been stopped between post and poll */
	assert_int_equal(r->lane[w.lane].in_flight, 1);
	rig_close(r);
}

static void a_stuck_device_times_out(void **state)
{
	struct lane_rig *r = rig_open("soft0", &op_write_bw, &one, 2, 2);
	struct window_rule rule = rule_of(r, UINT64_MAX);

	(void)state;
	rule.timeout_ns = SECOND / 10;
	break_device(r, &(struct soft_fault){.kind = SOFT_FAULT_STUCK, .after = 1000});
	assert_int_equal(run(r, &op_write_bw, &rule, NULL).end, WINDOW_TIMEOUT);
	rig_close(r);
}

/* The message that failed is named, by its number and by where it was going. */
static void check_fault(const struct op *op, const struct lane_shape *s, uint64_t message)
{
	struct lane_rig *r = rig_open("soft0", op, s, 1, 1);
	struct window_rule rule = rule_of(r, UINT64_MAX);
	uint64_t per = op->fence ? 2 : 1;
	char text[160], want[160];
	struct lane_trace t;
	struct window w;

	break_device(r, &(struct soft_fault){.kind = SOFT_FAULT_ERROR,
					     .after = message * per,
					     .status = IBV_WC_REM_ACCESS_ERR});
	w = run(r, op, &rule, NULL);
	assert_int_equal(w.end, WINDOW_FAULT);
	assert_int_equal(w.lane, 0);
	assert_int_equal(r->lane[0].fault.status, IBV_WC_REM_ACCESS_ERR);
	t = lane_rig_trace(r, 0);
	snprintf(want, sizeof(want), "message %llu of QP 0x%x (%llu bytes %s offset 0x%llx)",
		 (unsigned long long)message, r->qp[0][0]->qp_num, (unsigned long long)s->size,
		 t.reverse ? "from" : "to", (unsigned long long)slots_offset(&t.slots, message));
	assert_string_equal(lane_fault_text(&r->lane[0], text, sizeof(text)), want);
	rig_close(r);
}

static void the_first_failure_is_named(void **state)
{
	static const uint32_t batch[] = {1, 4, 16}, signal[] = {1, 8, 16};
	static const uint64_t message[] = {0, 15, 1000, 5003};

	(void)state;
	for (size_t b = 0; b < ARRAY_LEN(batch); b++)
		for (size_t g = 0; g < ARRAY_LEN(signal); g++)
			for (size_t m = 0; m < ARRAY_LEN(message); m++) {
				struct lane_shape s = one;

				s.qd = 32;
				s.batch = batch[b];
				s.signal_every = signal[g];
				check_fault(&op_write_bw, &s, message[m]);
				s.footprint = 1 << 20;
				s.pattern = PATTERN_RAND;
				s.wr_api = m % 2;
				check_fault(&op_read_bw, &s, message[m]);
				s = one;
				s.qd = 1;
				check_fault(&op_write_fence_lat, &s, message[m]);
			}
}

/* What a queue holds is flushed after a failure; with one queue pair behind another that is found too. */
static void flushes_are_not_the_cause(void **state)
{
	struct lane_shape s = one;
	struct lane_rig *r;
	struct ibv_wc wc[2] = {{.status = IBV_WC_WR_FLUSH_ERR, .qp_num = 7},
			       {.status = IBV_WC_RETRY_EXC_ERR, .qp_num = 8}};

	(void)state;
	r = rig_open("soft0", &op_write_bw, &s, 1, 1);
	assert_int_equal(lane_fail_wc(&r->lane[0], wc, 2), -EIO);
	assert_int_equal(r->lane[0].fault.status, IBV_WC_RETRY_EXC_ERR);
	assert_int_equal(r->lane[0].fault.qp_num, 8);
	assert_int_equal(lane_fail_wc(&r->lane[0], wc, 1), -EIO);
	assert_int_equal(r->lane[0].fault.status, IBV_WC_WR_FLUSH_ERR);
	rig_close(r);
}

/* Providers refuse a post in three ways; each leaves an errno, never 0, which would pass for silence. */
static void a_refused_post_has_a_reason(void **state)
{
	static const struct {
		int rc, set, status;
	} c[] = {{EINVAL, 0, -EINVAL},
		 {-EINVAL, 0, -EINVAL},
		 {-EINVAL, ENOMEM, -EINVAL},
		 {-1, ENOMEM, -ENOMEM},
		 {-1, 0, -EIO}};
	struct lane_rig *r = rig_open("null0", &op_write_bw, &one, 1, 1);

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(c); i++) {
		errno = c[i].set;
		assert_int_equal(lane_fail_post(&r->lane[0], r->lane[0].group, NULL, c[i].rc), -EIO);
		assert_int_equal(r->lane[0].fault.status, c[i].status);
	}
	rig_close(r);
}

/* Lane 1 comes back with something in flight that never completes. */
static int lose_one(struct lane *l, const atomic_bool *stop)
{
	int rc = op_write_bw.run(l, stop);

	if (l->qp[0].reverse)
		l->in_flight++;
	return rc;
}

/* Lanes wait for one another before placement is timed, but not for one that cannot be drained. */
static void a_lane_that_does_not_drain_holds_nobody(void **state)
{
	struct lane_shape s = one;
	struct op op = op_write_bw;
	struct lane_rig *r;
	struct window_rule rule;
	struct window w;

	(void)state;
	s.bidi = true;
	op.run = lose_one;
	r = rig_open("soft0", &op, &s, 2, 2);
	rule = rule_of(r, 100);
	rule.timeout_ns = SECOND / 5;
	w = run(r, &op, &rule, NULL);
	assert_int_equal(w.end, WINDOW_TIMEOUT);
	assert_int_equal(w.lane, 1);
	assert_true(r->lane[0].fences >= 6);
	rig_close(r);
}

static int say_yes(void *arg)
{
	int *asked = arg;

	return ++*asked > 3;
}

static void the_watch_ends_the_window(void **state)
{
	struct lane_rig *r = rig_open("null0", &op_write_bw, &one, 1, 1);
	struct window_rule rule = rule_of(r, UINT64_MAX);
	struct window w;
	int asked = 0;

	(void)state;
	rule.watch = say_yes;
	rule.watch_arg = &asked;
	w = run(r, &op_write_bw, &rule, NULL);
	assert_int_equal(w.end, WINDOW_FAULT);
	assert_int_equal(w.lane, UINT32_MAX);
	assert_int_equal(asked, 4);
	rig_close(r);
}

/* A thread that cannot be made: those that could go home, nothing has run, and the reason is told. */
static void a_cpu_that_is_not_there(void **state)
{
	struct lane_rig *r = rig_open("null0", &op_write_bw, &one, 3, 3);
	struct window_rule rule = rule_of(r, 100);
	struct window w;
	struct err e = {0};

	(void)state;
	r->cpu[0] = -1;
	r->cpu[2] = CPU_SETSIZE - 1;
	assert_int_equal(window_run(r->lane, 3, &op_write_bw, &rule, NULL, NULL, &w, &e), -EAGAIN);
	assert_non_null(strstr(e.text, "CPU 1023"));
	assert_int_equal(lane_rig_trace(r, 0).messages, 0);
	rig_close(r);
}

/* The highest CPUs of the mask, one left over; the mask is as it was after a window. */
static void cpus(void **state)
{
	int cpu[RIG_LANES];
	cpu_set_t before, after;
	uint32_t own = window_cpus(cpu, RIG_LANES), allowed;
	struct lane_rig *r = rig_open("null0", &op_write_bw, &one, 2, 2);
	struct window_rule rule = rule_of(r, 100);

	(void)state;
	assert_int_equal(sched_getaffinity(0, sizeof(before), &before), 0);
	allowed = (uint32_t)CPU_COUNT(&before);
	assert_int_equal(own, allowed - 1 < RIG_LANES ? allowed - 1 : RIG_LANES);
	for (uint32_t i = 0; i < RIG_LANES; i++) {
		assert_true(i < own ? cpu[i] >= 0 && CPU_ISSET(cpu[i], &before) : cpu[i] == -1);
		assert_true(!i || cpu[i] < cpu[i - 1] || cpu[i] == -1);
	}
	assert_int_equal(run(r, &op_write_bw, &rule, NULL).end, WINDOW_OK);
	assert_int_equal(sched_getaffinity(0, sizeof(after), &after), 0);
	assert_true(CPU_EQUAL(&before, &after));
	rig_close(r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(histogram_holds_the_window),
		cmocka_unit_test(short_of_completions_is_coarse),
		cmocka_unit_test(what_cannot_be_known_is_nan),
		cmocka_unit_test(one_stuck_lane_is_found),
		cmocka_unit_test(a_stuck_device_times_out),
		cmocka_unit_test(the_first_failure_is_named),
		cmocka_unit_test(flushes_are_not_the_cause),
		cmocka_unit_test(few_completions_are_not_judged),
		cmocka_unit_test(a_refused_post_has_a_reason),
		cmocka_unit_test(a_lane_that_does_not_drain_holds_nobody),
		cmocka_unit_test(the_watch_ends_the_window),
		cmocka_unit_test(a_cpu_that_is_not_there),
		cmocka_unit_test(cpus),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
