// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Operations in which the responder, or the value of a word, has a part: SEND, WRITE with immediate, atomics,
 * ping-pong. What they leave behind adds up, by either way of posting.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/err.h"
#include "mem/pattern.h"
#include "ops/ops.h"
#include "soft/lane_rig.h"

enum { BYTES = 1 << 18, KEY = 9 };
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
	pattern_fill(r->source.va, 0, BYTES, KEY);
	pattern_poison(lane_rig_target(r), 0, BYTES);
	return r;
}

static void rig_close(struct lane_rig *r)
{
	lane_rig_close(r);
	free(r);
}

static void rig_run(struct lane_rig *r, struct hist *lat)
{
	const struct window_rule rule = {
		.warm_done = 10,
		.warm_max_ns = SECOND,
		.window_done = 300,
		.window_max_ns = 60 * SECOND,
		.timeout_ns = 10 * SECOND,
		.cpu = r->cpu,
	};
	struct window w;
	char text[160];
	struct err e = {0};

	assert_int_equal(window_run(r->lane, r->spec.lanes, r->spec.op, &rule, lat, NULL, &w, &e), 0);
	if (w.end != WINDOW_OK)
		fail_msg("end %d status %d: %s", w.end, r->lane[w.lane].fault.status,
			 lane_fault_text(&r->lane[w.lane], text, sizeof(text)));
}

static uint64_t messages(const struct lane_rig *r)
{
	uint64_t n = 0;

	for (uint32_t i = 0; i < r->spec.qps; i++)
		n += lane_rig_trace(r, i).messages;
	return n;
}

/* Data lands in the slots, and the responder took as many receives as messages were sent. */
static void check_received(const struct op *op, const struct lane_shape *shape, uint32_t qps, uint32_t lanes)
{
	struct lane_rig *r = rig_open(op, shape, qps, lanes);
	struct peer_served served = {0};
	struct err e = {0};
	uint64_t bad;

	if (lane_rig_serve(r, &e))
		fail_msg("%s", e.text);
	rig_run(r, NULL);
	if (peer_serve_stop(r->peer, &served, &e))
		fail_msg("%s", e.text);
	assert_int_equal(served.messages, messages(r));
	for (uint32_t i = 0; i < qps; i++) {
		struct lane_trace t = lane_rig_trace(r, i);

		if (pattern_check(lane_rig_target(r), &t.slots, t.messages, KEY, true, &bad, &e))
			fail_msg("QP %u: %s", i, e.text);
	}
	rig_close(r);
}

static void sends_and_immediates(void **state)
{
	static const struct op *const op[] = {&op_send_bw, &op_write_imm_bw};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(op); i++)
		for (int wr = 0; wr < 2; wr++) {
			struct lane_shape s = one;

			s.wr_api = wr;
			check_received(op[i], &s, 1, 1);
			s.batch = 4;
			s.signal_every = 8;
			check_received(op[i], &s, 3, 2);
			s.pattern = PATTERN_RAND;
			s.footprint = BYTES;
			check_received(op[i], &s, 1, 1);
			s.size = 32;
			s.inline_data = true;
			check_received(op[i], &s, 1, 1);
		}
}

/* Every word counts its visits, and the last value brought back is the one before the last. */
static void check_sums(const struct op *op, const struct lane_shape *shape, uint32_t qps)
{
	struct lane_rig *r = rig_open(op, shape, qps, 1);
	uint64_t all = 0, visited = 0, before = 0;

	memset(lane_rig_target(r), 0, BYTES);
	rig_run(r, NULL);
	for (uint32_t i = 0; i < qps; i++) {
		struct lane_trace t = lane_rig_trace(r, i);
		uint64_t n = t.messages < t.slots.count ? t.messages : t.slots.count;

		for (uint64_t m = 0; m < n; m++) {
			uint64_t at = slots_offset(&t.slots, m), word, old;

			memcpy(&word, lane_rig_target(r) + at, 8);
			memcpy(&old, (uint8_t *)r->source.va + at, 8);
			all += word;
			before += old;
		}
		visited += n;
	}
	assert_int_equal(all, messages(r));
	assert_int_equal(before + visited, all);
	rig_close(r);
}

static void fetch_adds_add_up(void **state)
{
	(void)state;
	for (int wr = 0; wr < 2; wr++) {
		struct lane_shape s = one;

		s.size = 8;
		s.wr_api = wr;
		check_sums(&op_fetch_add_bw, &s, 2);
		s.batch = 4;
		s.footprint = BYTES;
		check_sums(&op_fetch_add_bw, &s, 1);
		s.qd = 1;
		s.batch = 1;
		s.pattern = PATTERN_SAME;
		check_sums(&op_fetch_add_lat, &s, 1);
	}
}

/* A word visited an odd number of times holds the swapped value, else 0; the source has the other one. */
static void check_swaps(const struct op *op, const struct lane_shape *shape)
{
	struct lane_rig *r = rig_open(op, shape, 1, 1);
	struct lane_trace t;

	memset(lane_rig_target(r), 0, BYTES);
	rig_run(r, NULL);
	t = lane_rig_trace(r, 0);
	for (uint64_t m = 0; m < t.slots.count && m < t.messages; m++) {
		uint64_t at = slots_offset(&t.slots, m), word, old;
		uint64_t visits = (t.messages - m + t.slots.count - 1) / t.slots.count;

		memcpy(&word, lane_rig_target(r) + at, 8);
		memcpy(&old, (uint8_t *)r->source.va + at, 8);
		assert_true(word == (visits % 2 ? LANE_SWAP : 0));
		assert_true(old == (visits % 2 ? 0 : LANE_SWAP));
	}
	rig_close(r);
}

static void cmp_swaps_go_to_and_fro(void **state)
{
	static const uint64_t footprint[] = {0, 64, 192, BYTES};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(footprint); i++)
		for (int wr = 0; wr < 2; wr++) {
			struct lane_shape s = one;

			s.size = 8;
			s.wr_api = wr;
			s.footprint = footprint[i];
			check_swaps(&op_cmp_swap_bw, &s);
			s.pattern = PATTERN_RAND;
			s.batch = 4;
			check_swaps(&op_cmp_swap_bw, &s);
			s.batch = 1;
			s.qd = 1;
			check_swaps(&op_cmp_swap_lat, &s);
		}
}

/* Each ping is answered with its own payload, over several windows and past number 255. */
static void pings_come_back(void **state)
{
	static struct hist lat;

	(void)state;
	for (int wr = 0; wr < 2; wr++) {
		struct lane_shape s = one;
		struct peer_served served = {0};
		struct lane_rig *r;
		const uint8_t *sent, *back;
		struct err e = {0};

		s.qd = 1;
		s.size = 100;
		s.wr_api = wr;
		r = rig_open(&op_pingpong_lat, &s, 1, 1);
		sent = r->source.va;
		back = sent + lane_reply_offset(BYTES);
		pattern_poison((uint8_t *)r->source.va + lane_reply_offset(BYTES), 0, 200);
		if (lane_rig_serve(r, &e))
			fail_msg("%s", e.text);
		for (int i = 0; i < 2; i++) {
			rig_run(r, &lat);
			assert_true(hist_count(&lat) >= 290);
			assert_memory_equal(back, sent, 100);
			assert_int_equal(back[99], (messages(r) - 1) % 255 + 1);
		}
		if (peer_serve_stop(r->peer, &served, &e))
			fail_msg("%s", e.text);
		assert_int_equal(served.messages, messages(r));
		rig_close(r);
	}
}

/* No answer comes: the window times out instead of waiting for ever. */
static void a_silent_responder_times_out(void **state)
{
	struct lane_shape s = one;
	struct lane_rig *r;
	struct window_rule rule = {.window_max_ns = SECOND, .timeout_ns = 50000000};
	struct window w;
	struct err e = {0};

	(void)state;
	s.qd = 1;
	r = rig_open(&op_pingpong_lat, &s, 1, 1);
	rule.cpu = r->cpu;
	assert_int_equal(window_run(r->lane, 1, r->spec.op, &rule, NULL, NULL, &w, &e), 0);
	assert_int_equal(w.end, WINDOW_TIMEOUT);
	assert_int_equal(w.lane, 0);
	rig_close(r);
}

/* What lies where the answer comes to, from an earlier run, is not taken for the first answer. */
static void an_old_answer_is_none(void **state)
{
	struct lane_shape s = one;
	struct window_rule rule = {.window_max_ns = SECOND, .timeout_ns = SECOND / 10};
	struct lane_rig *r;
	struct window w;
	struct err e = {0};

	(void)state;
	s.qd = 1;
	r = rig_open(&op_pingpong_lat, &s, 1, 1); /* nobody answers */
	*r->lane[0].echo_in = 1;
	assert_int_equal(window_run(r->lane, 1, &op_pingpong_lat, &rule, NULL, NULL, &w, &e), 0);
	assert_int_equal(w.end, WINDOW_TIMEOUT);
	assert_int_equal(atomic_load(&r->lane[0].done), 0);
	rig_close(r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sends_and_immediates),		cmocka_unit_test(fetch_adds_add_up),
		cmocka_unit_test(cmp_swaps_go_to_and_fro),	cmocka_unit_test(pings_come_back),
		cmocka_unit_test(a_silent_responder_times_out), cmocka_unit_test(an_old_answer_is_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
