// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Lanes of every shape on queue pairs that are exactly as deep as asked: one work request too many would
 * be refused. After a window everything posted has completed, messages were counted once, all slots that
 * were visited hold the right data and no others were touched.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/err.h"
#include "mem/pattern.h"
#include "ops/ops.h"
#include "soft/lane_rig.h"

enum { BYTES = 1 << 20, KEY = 5 };
#define SECOND 1000000000ll

static const struct lane_shape one = {
	.size = 64, .qd = 16, .batch = 1, .signal_every = 1, .pattern = PATTERN_SEQ, .offset = -1};

static struct lane_rig *rig_open(const struct op *op, const struct lane_shape *shape, uint32_t qps,
				 uint32_t lanes)
{
	struct lane_rig *r = malloc(sizeof(*r));
	struct err e = {0};

	assert_non_null(r);
	if (lane_rig_open(r,
			  &(struct rig_spec){.device = "soft0",
					     .op = op,
					     .shape = *shape,
					     .qps = qps,
					     .lanes = lanes,
					     .bytes = BYTES},
			  &e))
		fail_msg("%s", e.text);
	return r;
}

static void rig_close(struct lane_rig *r)
{
	lane_rig_close(r);
	free(r);
}

static struct window rig_run(struct lane_rig *r)
{
	const struct window_rule rule = {
		.warm_done = 10,
		.warm_max_ns = SECOND,
		.window_done = 300,
		.window_max_ns = 60 * SECOND,
		.timeout_ns = 5 * SECOND,
		.cpu = r->cpu,
	};
	static struct hist lat;
	struct window w;
	char text[160];
	struct err e = {0};

	assert_int_equal(window_run(r->lane, r->spec.lanes, r->spec.op, &rule, &lat, NULL, &w, &e), 0);
	if (w.end == WINDOW_FAULT)
		fail_msg("status %d: %s", r->lane[w.lane].fault.status,
			 lane_fault_text(&r->lane[w.lane], text, sizeof(text)));
	assert_int_equal(w.end, WINDOW_OK);
	assert_true(w.ops >= 300);
	assert_true(w.window_ns > 0);
	return w;
}

/* Each queue pair's source side holds the pattern, the side it moves data to poison. */
static void lay_out(struct lane_rig *r)
{
	uint8_t *source = r->source.va, *target = lane_rig_target(r);

	pattern_fill(source, 0, BYTES, KEY);
	pattern_poison(target, 0, BYTES);
	for (uint32_t i = 0; i < r->spec.qps; i++) {
		struct lane_trace t = lane_rig_trace(r, i);

		if (!t.reverse)
			continue;
		pattern_fill(target, t.slots.offset, slots_span(&t.slots), KEY);
		pattern_poison(source, t.slots.offset, slots_span(&t.slots));
	}
}

/* Every byte outside the visited slots of @buf is as it was. */
static void check_untouched(const struct lane_rig *r, const uint8_t *buf, const uint8_t *before, bool source)
{
	uint8_t *seen = calloc(1, BYTES);

	assert_non_null(seen);
	for (uint32_t i = 0; i < r->spec.qps; i++) {
		struct lane_trace t = lane_rig_trace(r, i);
		uint64_t n = t.messages < t.slots.ring ? t.messages : t.slots.ring;

		for (uint64_t m = 0; t.reverse == source && m < n; m++)
			memset(seen + slots_offset(&t.slots, m), 1, t.slots.size);
	}
	for (size_t o = 0; o < BYTES; o++)
		assert_true(seen[o] || buf[o] == before[o]);
	free(seen);
}

static void check_data(const struct lane_rig *r)
{
	struct err e = {0};
	uint64_t bad;

	for (uint32_t i = 0; i < r->spec.qps; i++) {
		struct lane_trace t = lane_rig_trace(r, i);
		const void *to = t.reverse ? r->source.va : lane_rig_target(r);

		assert_true(t.messages > 0);
		if (pattern_check(to, &t.slots, t.messages, KEY, true, &bad, &e))
			fail_msg("QP %u: %s", i, e.text);
	}
}

/* Messages posted are those counted and the few still in flight when the loops stopped. */
static void check_counts(const struct lane_rig *r)
{
	uint64_t posted = 0, done = 0, accesses = 0, bytes = 0;
	uint64_t per = r->spec.op->fence ? 2 : 1;

	for (uint32_t i = 0; i < r->spec.qps; i++)
		posted += lane_rig_trace(r, i).messages;
	for (uint32_t k = 0; k < r->spec.lanes; k++) {
		struct lane_traffic t = lane_traffic(&r->lane[k]);

		assert_int_equal(r->lane[k].in_flight, 0);
		done += atomic_load(&r->lane[k].done);
		accesses += t.ops - r->lane[k].fences;
		bytes += t.bytes - r->lane[k].fences;
	}
	assert_in_range(posted - done, 0, (uint64_t)r->spec.shape.qd * r->spec.qps);
	assert_int_equal(accesses, posted * per);
	assert_int_equal(bytes, posted * (r->spec.shape.size + per - 1));
}

static void check_shape(const struct op *op, const struct lane_shape *shape, uint32_t qps, uint32_t lanes)
{
	struct lane_rig *r = rig_open(op, shape, qps, lanes);
	uint8_t *before = malloc(2 * (size_t)BYTES);

	assert_non_null(before);
	lay_out(r);
	memcpy(before, r->source.va, BYTES);
	memcpy(before + BYTES, lane_rig_target(r), BYTES);
	rig_run(r);
	check_data(r);
	check_untouched(r, r->source.va, before, true);
	check_untouched(r, lane_rig_target(r), before + BYTES, false);
	check_counts(r);
	free(before);
	rig_close(r);
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
					struct lane_shape s = one;

					s.size = size[n++ % ARRAY_LEN(size)];
					s.size = s.size * qps[q] > BYTES / 2 ? 4097 : s.size;
					s.qd = qd[d];
					s.batch = batch[b];
					s.signal_every = signal[g];
					s.wr_api = n % 3 == 0;
					check_shape(n % 2 ? &op_write_bw : &op_read_bw, &s, qps[q], 1);
				}
}

static void latency_shapes(void **state)
{
	static const struct op *const op[] = {&op_read_lat, &op_write_fence_lat, &op_write_cqe_lat};
	static const uint64_t size[] = {1, 64, 4097};

	(void)state;
	for (size_t o = 0; o < ARRAY_LEN(op); o++)
		for (size_t i = 0; i < ARRAY_LEN(size); i++) {
			struct lane_shape s = one;

			s.qd = 1;
			s.size = size[i];
			check_shape(op[o], &s, 1, 1);
			s.wr_api = true;
			s.footprint = 16640; /* several slots, beyond what a ring of one message has */
			check_shape(op[o], &s, 1, 1);
		}
}

/* A footprint beyond the ring is walked to its end, in either order, by either way of posting. */
static void walks(void **state)
{
	static const int64_t pattern[] = {PATTERN_SEQ, PATTERN_RAND};

	(void)state;
	for (size_t p = 0; p < ARRAY_LEN(pattern); p++)
		for (int wr = 0; wr < 2; wr++) {
			struct lane_shape s = one;
			struct lane_rig *r;

			s.pattern = pattern[p];
			s.footprint = BYTES;
			s.batch = 4;
			s.wr_api = wr;
			check_shape(&op_write_bw, &s, 2, 1);
			check_shape(&op_read_bw, &s, 1, 1);
			r = rig_open(&op_write_bw, &s, 1, 1);
			assert_int_equal(lane_rig_trace(r, 0).slots.count, BYTES / 64);
			assert_true(r->lane[0].kind == (wr ? LANE_WR_WALK : LANE_CLASSIC_WALK));
			rig_close(r);
		}
}

static void patterns_within_the_ring(void **state)
{
	struct lane_shape s = one;
	struct lane_rig *r;

	(void)state;
	s.pattern = PATTERN_SAME;
	check_shape(&op_write_bw, &s, 2, 1);
	r = rig_open(&op_write_bw, &s, 1, 1);
	assert_int_equal(lane_rig_trace(r, 0).slots.count, 1);
	rig_close(r);
	s.pattern = PATTERN_RAND;
	s.qd = 17; /* a ring that is no multiple of the slots */
	s.footprint = 3000;
	check_shape(&op_write_bw, &s, 1, 1);
}

/* Slots at an offset in their pages, in both buffers. */
static void offsets(void **state)
{
	struct lane_shape s = one;
	struct lane_rig *r;

	(void)state;
	s.offset = 4090;
	check_shape(&op_write_bw, &s, 3, 1);
	s.footprint = BYTES;
	check_shape(&op_read_bw, &s, 3, 1);
	r = rig_open(&op_write_bw, &s, 3, 1);
	for (uint32_t i = 0; i < 3; i++) {
		struct lane_trace t = lane_rig_trace(r, i);

		for (uint64_t m = 0; m < 50; m++)
			assert_int_equal(slots_offset(&t.slots, m) % 4096, 4090);
	}
	rig_close(r);
}

/* Odd queue pairs go the other way, whatever the op and the way of posting. */
static void both_directions(void **state)
{
	(void)state;
	for (int wr = 0; wr < 2; wr++) {
		struct lane_shape s = one;
		struct lane_rig *r;

		s.bidi = true;
		s.wr_api = wr;
		check_shape(&op_write_bw, &s, 4, 1);
		check_shape(&op_read_bw, &s, 4, 2);
		s.footprint = BYTES;
		check_shape(&op_write_bw, &s, 3, 3);
		r = rig_open(&op_write_bw, &s, 4, 2);
		for (uint32_t i = 0; i < 4; i++)
			assert_int_equal(lane_rig_trace(r, i).reverse, i % 2);
		rig_close(r);
	}
}

static void inline_payload(void **state)
{
	(void)state;
	for (int wr = 0; wr < 2; wr++) {
		struct lane_shape s = one;

		s.size = 32;
		s.inline_data = true;
		s.bidi = true; /* READs among them take no inline */
		s.wr_api = wr;
		check_shape(&op_write_bw, &s, 2, 1);
		s.footprint = BYTES;
		check_shape(&op_write_bw, &s, 2, 1);
		s.bidi = false;
		s.qd = 1;
		check_shape(&op_write_fence_lat, &s, 1, 1);
	}
}

static void eight_lanes(void **state)
{
	struct lane_shape s = one;

	(void)state;
	check_shape(&op_write_bw, &s, 8, 8);
	check_shape(&op_read_bw, &s, 11, 8); /* some lanes have two queue pairs */
	s.footprint = BYTES;
	check_shape(&op_write_bw, &s, 8, 8);
}

/* Windows on the same lanes go on where the last one stopped, so the order of messages never breaks. */
static void a_lane_runs_again(void **state)
{
	struct lane_shape s = one;
	struct lane_rig *r;

	(void)state;
	s.footprint = BYTES / 2;
	s.pattern = PATTERN_RAND;
	r = rig_open(&op_write_bw, &s, 3, 1);
	lay_out(r);
	for (int i = 0; i < 5; i++)
		rig_run(r);
	check_data(r);
	rig_close(r);
}

static void what_does_not_fit_is_refused(void **state)
{
	struct lane_bed bed = {.n_qp = 2, .total = 2, .step = 1, .bytes = BYTES, .local_bytes = BYTES};
	const struct clock clock = {.raw = true, .ns_per_tick = 1};
	struct lane_shape s = one;
	struct lane l = {0};
	struct err e;

	(void)state;
	s.size = BYTES / 2 + 1;
	assert_int_equal(lane_open(&l, &bed, &s, &op_write_bw, &clock, &e), -EINVAL);
	assert_non_null(strstr(e.text, "does not fit"));
	s.size = 64;
	s.footprint = BYTES + 1;
	assert_int_equal(lane_open(&l, &bed, &s, &op_write_bw, &clock, &e), -EINVAL);
	assert_non_null(strstr(e.text, "footprint"));
	s.footprint = 127;
	assert_int_equal(lane_open(&l, &bed, &s, &op_write_bw, &clock, &e), -EINVAL);
	s.footprint = 8192;
	s.offset = 4090; /* reaches into the next page, so a slice has two */
	assert_int_equal(lane_open(&l, &bed, &s, &op_write_bw, &clock, &e), -EINVAL);
	lane_close(&l);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(bandwidth_shapes),
		cmocka_unit_test(latency_shapes),
		cmocka_unit_test(walks),
		cmocka_unit_test(patterns_within_the_ring),
		cmocka_unit_test(offsets),
		cmocka_unit_test(both_directions),
		cmocka_unit_test(inline_payload),
		cmocka_unit_test(eight_lanes),
		cmocka_unit_test(a_lane_runs_again),
		cmocka_unit_test(what_does_not_fit_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
