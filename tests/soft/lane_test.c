// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Lanes of every shape on a queue pair that is exactly as deep as asked: one work request too many would
 * be refused. After a window everything posted has completed, messages were counted once, and all
 * slots that were visited hold the right data and no others were touched.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/err.h"
#include "meas/window.h"
#include "nic/soft/soft.h"
#include "ops/ops.h"
#include "run/setup.h"

enum { BYTES = 1 << 20, KEY = 5 };
#define SECOND 1000000000ll

/* A setup of host memory for one shape. */
struct stand {
	struct nic *nic;
	struct config_memory memory;
	struct config config;
	struct setup setup;
	struct lane lane;
	struct hist hist;
	bool used;
};

static struct stand *stand_open(const char *device, const struct op *op, const struct lane_shape *shape,
				uint32_t qps)
{
	struct stand *s = calloc(1, sizeof(*s));
	uint32_t wrs = shape->qd * (op->fence ? 2 : 1);
	struct setup_need need = {
		.qps = qps, .send_wrs = wrs, .cqes = wrs * qps, .source = &s->used, .target = &s->used};
	struct point pt = {.v = {[AX_QPS] = qps}};
	struct lane_bed bed;
	struct err e = {0};

	s->used = true;
	s->memory = (struct config_memory){.name = "host", .length = BYTES, .numa = CONFIG_NUMA_ANY};
	s->config = (struct config){.memory = &s->memory, .n_memory = 1};
	if (nic_open(device, 1, -1, &s->nic, &e) ||
	    setup_open(s->nic, &s->config, &need, &sys_real, &s->setup, &e))
		fail_msg("%s", e.text);
	bed = setup_bed(&s->setup, &pt);
	assert_int_equal(lane_open(&s->lane, &bed, shape, op, false, &e), 0);
	return s;
}

static void stand_close(struct stand *s)
{
	lane_close(&s->lane);
	setup_close(&s->setup);
	nic_close(s->nic);
	free(s);
}

static void run_window(struct stand *s, const struct op *op)
{
	const struct window_rule rule = {
		.warm_done = 10,
		.warm_max_ns = SECOND,
		.window_done = 300,
		.window_max_ns = SECOND,
		.timeout_ns = SECOND,
		.cpu = window_cpu(),
	};
	struct window w;
	struct err e = {0};

	assert_int_equal(window_run(&s->lane, op, &rule, &s->hist, &w, &e), 0);
	assert_int_equal(w.end, WINDOW_OK);
	assert_int_equal(s->lane.fault.status, 0);
	assert_int_equal(s->lane.in_flight, 0);
	assert_true(w.ops >= 300);
	assert_true(w.window_ns > 0);
}

static uint64_t messages_posted(const struct stand *s)
{
	uint64_t groups = 0;

	for (uint32_t i = 0; i < s->lane.n_qp; i++)
		for (uint32_t g = 0; g < s->lane.qp[i].n; g++)
			groups += s->lane.qp[i].first[g].posts;
	return groups * s->lane.group_msgs;
}

/* Every byte of the target outside the visited slots is still poison. */
static void check_untouched(const struct stand *s, const uint8_t *target)
{
	static uint8_t seen[BYTES];
	uint8_t poison;

	memset(seen, 0, sizeof(seen));
	for (uint32_t i = 0; i < s->lane.n_qp; i++) {
		struct pattern_slots t = lane_touched(&s->lane, i);

		for (uint64_t k = 0; k < t.count; k++)
			memset(seen + t.offset + k * t.stride, 1, t.size);
	}
	pattern_poison(&poison, 0, 1);
	for (size_t o = 0; o < BYTES; o++)
		assert_true(seen[o] || target[o] == poison);
}

static void check_shape(const struct op *op, const struct lane_shape *shape, uint32_t qps)
{
	struct stand *s = stand_open("soft0", op, shape, qps);
	uint8_t *source = s->setup.source_buf[0].va;
	uint8_t *target = (uint8_t *)(uintptr_t)s->setup.target[0].addr;
	uint64_t bad;
	struct err e = {0};

	pattern_fill(op->from_target ? target : source, 0, BYTES, KEY);
	pattern_poison(op->from_target ? source : target, 0, BYTES);
	run_window(s, op);
	for (uint32_t i = 0; i < qps; i++) {
		struct pattern_slots t = lane_touched(&s->lane, i);

		assert_true(t.count > 0);
		if (pattern_check(op->from_target ? source : target, &t, KEY, true, &bad, &e))
			fail_msg("%s", e.text);
	}
	check_untouched(s, op->from_target ? source : target);
	assert_true(messages_posted(s) >= atomic_load(&s->lane.done));
	assert_true(messages_posted(s) - atomic_load(&s->lane.done) <= (uint64_t)shape->qd * qps);
	stand_close(s);
}

static void bandwidth_shapes(void **state)
{
	static const uint32_t batch[] = {1, 4, 16}, signal[] = {1, 4, 16}, qd[] = {16, 17, 64},
			      qps[] = {1, 3};
	static const uint64_t size[] = {1, 63, 64, 4097, BYTES / 3};
	unsigned int n = 0;

	(void)state;
	for (size_t b = 0; b < ARRAY_LEN(batch); b++)
		for (size_t g = 0; g < ARRAY_LEN(signal); g++)
			for (size_t d = 0; d < ARRAY_LEN(qd); d++)
				for (size_t q = 0; q < ARRAY_LEN(qps); q++) {
					struct lane_shape s = {
						.size = size[n++ % ARRAY_LEN(size)],
						.qd = qd[d],
						.batch = batch[b],
						.signal_every = signal[g],
					};

					s.size = s.size * qps[q] > BYTES / 2 ? 4097 : s.size;
					check_shape(n % 2 ? &op_write_bw : &op_read_bw, &s, qps[q]);
				}
}

static void latency_shapes(void **state)
{
	static const struct op *const op[] = {&op_read_lat, &op_write_fence_lat, &op_write_cqe_lat};
	static const uint64_t size[] = {1, 64, 4097};

	(void)state;
	for (size_t o = 0; o < ARRAY_LEN(op); o++)
		for (size_t i = 0; i < ARRAY_LEN(size); i++)
			check_shape(
				op[o],
				&(struct lane_shape){.size = size[i], .qd = 1, .batch = 1, .signal_every = 1},
				1);
}

/* Each latency goes to the window's histogram or to the one before and after it, none to both. */
static void histogram_holds_the_window(void **state)
{
	const struct lane_shape shape = {.size = 8, .qd = 1, .batch = 1, .signal_every = 1};
	struct stand *s = stand_open("null0", &op_read_lat, &shape, 1);
	uint64_t n;

	(void)state;
	run_window(s, &op_read_lat);
	n = hist_count(&s->hist);
	assert_true(n >= 300);
	assert_true(n <= atomic_load(&s->lane.done));
	assert_true(s->hist.min <= s->hist.max);
	assert_true(s->hist.sum >= n * s->hist.min && s->hist.sum <= n * s->hist.max);
	stand_close(s);
}

/* A window that cannot reach its completions ends at its longest and says so. */
static void short_of_completions_is_coarse(void **state)
{
	const struct lane_shape shape = {.size = 64, .qd = 1, .batch = 1, .signal_every = 1};
	const struct window_rule rule = {
		.window_done = UINT64_MAX,
		.window_max_ns = SECOND / 50,
		.timeout_ns = SECOND,
		.cpu = window_cpu(),
	};
	struct stand *s = stand_open("null0", &op_write_bw, &shape, 1);
	struct window w;
	struct err e = {0};

	(void)state;
	assert_int_equal(window_run(&s->lane, &op_write_bw, &rule, NULL, &w, &e), 0);
	assert_int_equal(w.end, WINDOW_OK);
	assert_true(w.coarse);
	assert_true(w.window_ns >= SECOND / 50);
	stand_close(s);
}

static void slice_too_small_is_refused(void **state)
{
	const struct lane_shape shape = {.size = BYTES / 2 + 1, .qd = 1, .batch = 1, .signal_every = 1};
	struct ibv_qp *qp[2] = {NULL, NULL};
	const struct lane_bed bed = {.qp = qp, .n_qp = 2, .bytes = BYTES};
	struct lane l = {0};
	struct err e;

	(void)state;
	assert_int_equal(lane_open(&l, &bed, &shape, &op_write_bw, false, &e), -EINVAL);
	assert_non_null(strstr(e.text, "does not fit"));
	lane_close(&l);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(bandwidth_shapes),
		cmocka_unit_test(latency_shapes),
		cmocka_unit_test(histogram_holds_the_window),
		cmocka_unit_test(short_of_completions_is_coarse),
		cmocka_unit_test(slice_too_small_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
