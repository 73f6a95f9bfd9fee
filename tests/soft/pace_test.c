// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The open loop: the schedule is kept whatever happens, a message is never dropped or moved, and what a stall
 * held up is counted as late from when it was due.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <stdlib.h>

#include "base/cleanup.h"
#include "base/err.h"
#include "ops/ops.h"
#include "soft/lane_rig.h"

#define SECOND 1000000000ll

/* Messages that may be posted and not complete at an edge of a window, with some to spare. */
enum { UNDER_WAY = 32 };

static const struct lane_shape slow = {.size = 64,
				       .qd = 4,
				       .batch = 8, /* ignored: a message is posted when it is due */
				       .signal_every = 8,
				       .pattern = PATTERN_SEQ,
				       .offset = -1,
				       .interval_ns = 20000};

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

static struct window rig_run(struct lane_rig *r, uint64_t count, struct hist *lat, struct hist *lag)
{
	const struct window_rule rule = {
		.window_done = count,
		.window_max_ns = 10 * SECOND,
		.timeout_ns = 10 * SECOND,
		.cpu = r->cpu,
	};
	struct window w;
	struct err e = {0};

	assert_int_equal(window_run(r->lane, r->spec.lanes, r->spec.op, &rule, lat, lag, &w, &e), 0);
	assert_int_equal(w.end, WINDOW_OK);
	return w;
}

/* Messages do not come faster than asked: n intervals take at least that long. */
static void the_rate_is_not_exceeded(void **state)
{
	static const struct op *const op[] = {&op_write_bw, &op_read_lat, &op_cmp_swap_bw};
	static struct hist lat, lag;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(op); i++) {
		struct lane_shape s = slow;
		struct lane_rig *r;
		uint64_t posted = 0;
		struct window w;
		int64_t t0;

		s.size = op[i] == &op_cmp_swap_bw ? 8 : 64;
		r = rig_open("soft0", op[i], &s, 3, 1);
		t0 = clock_raw_ns();
		w = rig_run(r, 500, &lat, &lag);
		for (uint32_t q = 0; q < 3; q++)
			posted += lane_rig_trace(r, q).messages;
		/* The last message was due (posted - 1) intervals after the first. */
		assert_true(clock_raw_ns() - t0 >= (int64_t)((double)(posted - 1) * slow.interval_ns));
		/* An edge is taken from outside: what passes while its thread is away counts on one side
		 * only. */
		assert_in_range(w.sends, 500 - UNDER_WAY, posted);
		assert_in_range(hist_count(&lat), 500 - UNDER_WAY, posted);
		assert_in_range(hist_count(&lag), 500 - UNDER_WAY, posted);
		assert_int_equal(atomic_load(&r->lane->sends), posted);
		assert_true(atomic_load(&r->lane->late) <= posted);
		rig_close(r);
	}
}

/* Queue pairs take turns, so none is ahead of another by more than one message. */
static void queue_pairs_take_turns(void **state)
{
	struct lane_rig *r = rig_open("soft0", &op_write_bw, &slow, 5, 2);

	(void)state;
	rig_run(r, 300, NULL, NULL);
	for (uint32_t i = 0; i < 5; i++) {
		uint64_t here = lane_rig_trace(r, i).messages, first = lane_rig_trace(r, i % 2).messages;

		assert_in_range(first - here, 0, 1);
	}
	rig_close(r);
}

/*
 * A device slower than the schedule: every message but the first ones is late, by more and more, and the
 * latency of each contains its whole wait.
 */
static void an_unreachable_rate_shows(void **state)
{
	static struct hist lat, lag;
	struct lane_shape s = slow;
	struct lane_rig *r;

	(void)state;
	s.qd = 1;
	s.interval_ns = 1; /* a billion messages a second */
	r = rig_open("soft0", &op_write_bw, &s, 1, 1);
	rig_run(r, 5000, &lat, &lag);
	assert_true(atomic_load(&r->lane->late) > atomic_load(&r->lane->sends) / 10 * 9);
	/* Message i leaves when i messages have been served, not when it was due: the wait only grows. */
	assert_true(lag.max > 1000);
	/* The last message to leave may not be back: its latency is in neither histogram. */
	assert_true(lat.max >= hist_quantile(&lag, 0.5) / 10 * 9);
	assert_true(hist_quantile(&lat, 0.5) >= hist_quantile(&lag, 0.01));
	rig_close(r);
}

/* The phase shifts the whole schedule: nothing is sent before it. */
static void the_phase_comes_first(void **state)
{
	struct lane_shape s = slow;
	struct lane_rig *r;
	int64_t t0;

	(void)state;
	s.phase_ns = 30e6;
	r = rig_open("null0", &op_write_bw, &s, 1, 1);
	t0 = clock_raw_ns();
	rig_run(r, 10, NULL, NULL);
	assert_true(clock_raw_ns() - t0 >= 30000000);
	rig_close(r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_rate_is_not_exceeded),
		cmocka_unit_test(queue_pairs_take_turns),
		cmocka_unit_test(an_unreachable_rate_shows),
		cmocka_unit_test(the_phase_comes_first),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
