// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The detour through host memory: every message that counts has been through both stages, in its own slot,
 * neither stage overtakes the other, and whatever breaks in either is found.
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
#include "meas/bounce.h"
#include "nic/soft/soft.h"
#include "ops/ops.h"
#include "soft/lane_rig.h"

enum { BYTES = 1 << 18, KEY = 5 };
#define SECOND 1000000000ll

static const struct lane_shape one = {
	.size = 64, .qd = 16, .batch = 1, .signal_every = 1, .pattern = PATTERN_SEQ, .offset = -1};

static const struct op *const bounces[] = {&op_bounce_write_bw, &op_bounce_read_bw, &op_bounce_read_lat,
					   &op_bounce_write_fence_lat, &op_bounce_write_cqe_lat};

static struct lane_rig *rig_open(const struct rig_spec *spec)
{
	struct lane_rig *r = malloc(sizeof(*r));
	struct err e = {0};

	assert_non_null(r);
	if (lane_rig_open(r, spec, &e))
		fail_msg("%s", e.text);
	return r;
}

static void rig_close(struct lane_rig *r)
{
	lane_rig_close(r);
	free(r);
}

static struct rig_spec spec_of(const struct op *op, const struct lane_shape *shape)
{
	return (struct rig_spec){
		.device = "soft0", .op = op, .shape = *shape, .qps = 1, .lanes = 1, .bytes = BYTES};
}

static struct window run(struct lane_rig *r, uint64_t count, int64_t timeout_ns)
{
	const struct window_rule rule = {
		.warm_done = 10,
		.warm_max_ns = SECOND,
		.window_done = count,
		.window_max_ns = 60 * SECOND,
		.timeout_ns = timeout_ns,
		.cpu = r->cpu,
	};
	static struct hist lat;
	struct window w;
	struct err e = {0};

	if (window_run(r->lane, r->spec.lanes, r->spec.op, &rule, &lat, NULL, &w, &e))
		fail_msg("%s", e.text);
	if (w.end == WINDOW_OK && r->spec.op->measure == MEASURE_LAT)
		assert_true(hist_count(&lat) > 0);
	return w;
}

static struct window run_well(struct lane_rig *r)
{
	struct window w = run(r, 300, 20 * SECOND);
	char text[160];

	if (w.end == WINDOW_FAULT)
		fail_msg("status %d: %s", r->lane[w.lane].fault.status,
			 lane_fault_text(&r->lane[w.lane], text, sizeof(text)));
	assert_int_equal(w.end, WINDOW_OK);
	assert_true(w.ops >= 300);
	return w;
}

static bool reads(const struct lane_rig *r)
{
	return r->spec.op->opcode == IBV_WR_RDMA_READ;
}

/* The pattern where data comes from, poison where it goes to; what is on the way is poison of its own kind.
 */
static void lay_out(struct lane_rig *r, uint64_t key)
{
	uint8_t *from = reads(r) ? lane_rig_target(r) : r->source.va;
	uint8_t *to = reads(r) ? r->source.va : lane_rig_target(r);

	pattern_fill(from, 0, BYTES, key);
	pattern_poison(to, 0, BYTES);
	memset(r->bounce.staging, 0x3c, BYTES);
}

static int check(const struct lane_rig *r, uint64_t key, struct err *e)
{
	const uint8_t *to = reads(r) ? r->source.va : lane_rig_target(r);
	int rc = 0;

	for (uint32_t i = 0; i < r->spec.qps && !rc; i++) {
		struct lane_trace t = lane_rig_trace(r, i);
		uint64_t bad;

		assert_true(t.messages > 0);
		assert_int_equal(t.reverse, reads(r));
		rc = pattern_check(to, &t.slots, t.messages, key, true, &bad, e);
	}
	return rc;
}

/* Nothing outside the slots has been written. */
static void check_untouched(const struct lane_rig *r)
{
	const uint8_t *to = reads(r) ? r->source.va : lane_rig_target(r);
	uint8_t *poison = malloc(BYTES);

	assert_non_null(poison);
	pattern_poison(poison, 0, BYTES);
	for (uint32_t i = 0; i < r->spec.qps; i++) {
		struct lane_trace t = lane_rig_trace(r, i);

		for (uint64_t m = 0; m < t.messages && m < t.slots.ring; m++)
			memcpy(poison + slots_offset(&t.slots, m), to + slots_offset(&t.slots, m),
			       t.slots.size);
	}
	assert_memory_equal(to, poison, BYTES);
	free(poison);
}

/* What counts was posted; what was posted and does not count was on its way at the stop. */
static void check_counts(const struct lane_rig *r)
{
	uint64_t posted = 0, done = 0;

	for (uint32_t i = 0; i < r->spec.qps; i++)
		posted += lane_rig_trace(r, i).messages;
	for (uint32_t k = 0; k < r->spec.lanes; k++) {
		assert_int_equal(r->lane[k].in_flight, 0);
		done += atomic_load(&r->lane[k].done);
	}
	assert_true(done > 0 && done <= posted);
}

static void check_shape(const struct rig_spec *spec)
{
	struct lane_rig *r = rig_open(spec);
	struct err e = {0};
	struct window w;

	lay_out(r, KEY);
	w = run_well(r);
	assert_true(w.drain_ns != w.drain_ns); /* none: the NIC places nothing in the target */
	if (check(r, KEY, &e))
		fail_msg("%s", e.text);
	check_untouched(r);
	check_counts(r);
	rig_close(r);
}

/* In turns a window holds whole ones: else it would have more copies than transfers, or the other way. */
static void windows_hold_whole_turns(void **state)
{
	const struct op *const both[] = {&op_bounce_write_bw, &op_bounce_read_bw};
	const struct lane_shape shape = {
		.size = 64, .qd = 48, .batch = 4, .signal_every = 4, .pattern = PATTERN_SEQ, .offset = -1};

	(void)state;
	for (size_t i = 0; i < sizeof(both) / sizeof(both[0]); i++) {
		struct rig_spec spec = spec_of(both[i], &shape);
		struct lane_rig *r;

		spec.qps = 3;
		r = rig_open(&spec);
		assert_int_equal(r->lane[0].step, 3 * 48);
		for (int k = 0; k < 5; k++) {
			struct window w = run_well(r);

			assert_false(w.unaligned);
			assert_int_equal(w.ops % r->lane[0].step, 0);
		}
		rig_close(r);
	}
}

static void bandwidth_shapes(void **state)
{
	static const struct {
		uint64_t size;
		uint32_t qd, batch, signal, qps, lanes;
		bool wr;
		int64_t pattern;
		uint64_t footprint;
	} shape[] = {
		{64, 16, 1, 1, 1, 1, false, PATTERN_SEQ, 0},
		{4097, 17, 4, 1, 3, 1, true, PATTERN_SEQ, 0},
		{63, 64, 1, 16, 3, 3, false, PATTERN_SEQ, 0},
		{1, 64, 16, 4, 1, 1, true, PATTERN_RAND, 0},
		{64, 16, 4, 4, 2, 2, false, PATTERN_SAME, 0},
		{100, 1, 1, 1, 2, 1, false, PATTERN_RAND, BYTES},
		{1000, 16, 16, 16, 1, 1, true, PATTERN_SEQ, 5000},
		{BYTES, 4, 1, 1, 1, 1, false, PATTERN_SEQ, 0},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(shape); i++)
		for (unsigned int how = 0; how < 8; how++) {
			struct lane_shape s = one;
			struct rig_spec spec;

			s.size = shape[i].size;
			s.qd = shape[i].qd;
			s.batch = shape[i].batch;
			s.signal_every = shape[i].signal;
			s.wr_api = shape[i].wr;
			s.pattern = shape[i].pattern;
			s.footprint = shape[i].footprint;
			s.overlap = how & 1;
			spec = spec_of(bounces[how >> 1 & 1], &s);
			spec.qps = shape[i].qps;
			spec.lanes = shape[i].lanes;
			spec.uncached = how & 4;
			check_shape(&spec);
		}
}

static void latency_shapes(void **state)
{
	static const uint64_t size[] = {1, 64, 4097};

	(void)state;
	for (size_t o = 2; o < ARRAY_LEN(bounces); o++)
		for (size_t i = 0; i < ARRAY_LEN(size); i++)
			for (unsigned int how = 0; how < 8; how++) {
				struct lane_shape s = one;
				struct rig_spec spec;

				s.qd = 1;
				s.size = size[i];
				s.wr_api = how & 1;
				s.overlap = true; /* means nothing for one message at a time */
				spec = spec_of(bounces[o], &s);
				spec.uncached = how & 2;
				spec.ticks = how & 4;
				check_shape(&spec);
			}
}

/* A later window on the same lanes starts from what is in the target or the source then. */
static void a_lane_runs_again(void **state)
{
	(void)state;
	for (size_t o = 0; o < ARRAY_LEN(bounces); o++)
		for (int overlap = 0; overlap < 2; overlap++) {
			struct lane_shape s = one;
			struct lane_rig *r;

			s.overlap = overlap;
			s.qd = bounces[o]->measure == MEASURE_LAT ? 1 : 16;
			s.footprint = 8192;
			r = rig_open(&(struct rig_spec){.device = "soft0",
							.op = bounces[o],
							.shape = s,
							.qps = s.qd == 1 ? 1 : 3,
							.lanes = 1,
							.bytes = BYTES});
			for (unsigned int i = 0; i < 4; i++) {
				struct err e = {0};

				lay_out(r, KEY + i);
				run_well(r);
				if (check(r, KEY + i, &e))
					fail_msg("%s, overlap %d, window %u: %s", bounces[o]->about, overlap,
						 i, e.text);
			}
			rig_close(r);
		}
}

/* The software device's post, with a look at what is posted before it is. */
static struct {
	int (*post)(struct ibv_qp *qp, struct ibv_send_wr *wr, struct ibv_send_wr **bad);
	struct lane_rig *r;
	uint8_t *slot;
	uint64_t posts, wrong;
} watch;

/* Before its READ is posted a slot holds the target's bytes; before a WRITE comes again the last one is
 * there.
 */
static int watching_post(struct ibv_qp *qp, struct ibv_send_wr *wr, struct ibv_send_wr **bad)
{
	const struct lane_rig *r = watch.r;
	uint64_t size = r->spec.shape.size;

	for (const struct ibv_send_wr *w = wr; w; w = w->next) {
		uint64_t at = w->wr.rdma.remote_addr - r->target.addr;
		uint8_t *staging = (uint8_t *)r->bounce.staging + at;

		if (w->sg_list->length != size) /* the fence behind a WRITE */
			continue;
		watch.posts++;
		if (reads(r)) {
			watch.wrong += memcmp(staging, lane_rig_target(r) + at, size) != 0;
			continue;
		}
		watch.wrong += watch.slot[at] && memcmp(staging, lane_rig_target(r) + at, size) != 0;
		memset((uint8_t *)r->source.va + at, ++watch.slot[at], size); /* each visit writes anew */
	}
	return watch.post(qp, wr, bad);
}

/*
 * Neither stage overtakes the other: with a slot's contents new at every visit, the next WRITE into it finds
 * the last one's bytes in the target, and a READ finds in it what the target has.
 */
static void no_slot_is_used_too_early(void **state)
{
	(void)state;
	for (unsigned int how = 0; how < 8; how++) {
		struct lane_shape s = one;
		struct rig_spec spec;
		struct lane_rig *r;

		s.overlap = how & 1;
		s.footprint = how & 2 ? 1024 : 32768;
		s.size = 1000;
		spec = spec_of(bounces[how >> 2], &s);
		r = rig_open(&spec);
		watch.r = r;
		watch.slot = malloc(BYTES);
		watch.posts = watch.wrong = 0;
		watch.post = r->qp[0][0]->context->ops.post_send;
		assert_non_null(watch.slot);
		r->qp[0][0]->context->ops.post_send = watching_post;
		for (unsigned int i = 0; i < 3; i++) { /* a window starts where the last one ended */
			lay_out(r, KEY + i);
			memset(watch.slot, 0, BYTES);
			run_well(r);
		}
		r->qp[0][0]->context->ops.post_send = watch.post;
		assert_true(watch.posts > 900);
		assert_int_equal(watch.wrong, 0);
		rig_close(r);
		free(watch.slot);
	}
}

static void break_device(struct lane_rig *r, const struct soft_fault *f)
{
	soft_fault_set(r->qp[0][0]->context, f);
}

/* A failed completion ends the loop, names the message, and the copier with it. */
static void an_error_ends_it(void **state)
{
	(void)state;
	for (size_t o = 0; o < ARRAY_LEN(bounces); o++)
		for (int overlap = 0; overlap < 2; overlap++) {
			struct lane_shape s = one;
			struct lane_rig *r;
			struct rig_spec spec;
			struct window w;
			char text[160];

			s.qd = bounces[o]->measure == MEASURE_LAT ? 1 : 16;
			s.overlap = overlap;
			spec = spec_of(bounces[o], &s);
			r = rig_open(&spec);
			break_device(r, &(struct soft_fault){.kind = SOFT_FAULT_ERROR,
							     .after = 100,
							     .status = IBV_WC_REM_OP_ERR});
			w = run(r, UINT64_MAX, 20 * SECOND);
			assert_int_equal(w.end, WINDOW_FAULT);
			assert_int_equal(w.lane, 0);
			assert_int_equal(r->lane[0].fault.status, IBV_WC_REM_OP_ERR);
			lane_fault_text(&r->lane[0], text, sizeof(text));
			assert_non_null(strstr(text, bounces[o]->fence ? "message 50 " : "message 100 "));
			rig_close(r);
		}
}

static void a_lost_completion_is_a_timeout(void **state)
{
	(void)state;
	for (size_t o = 0; o < ARRAY_LEN(bounces); o++)
		for (int overlap = 0; overlap < 2; overlap++) {
			struct lane_shape s = one;
			struct rig_spec spec;
			struct lane_rig *r;

			s.qd = bounces[o]->measure == MEASURE_LAT ? 1 : 16;
			s.overlap = overlap;
			spec = spec_of(bounces[o], &s);
			r = rig_open(&spec);
			break_device(r, &(struct soft_fault){.kind = SOFT_FAULT_STUCK, .after = 64});
			assert_int_equal(run(r, UINT64_MAX, SECOND / 10).end, WINDOW_TIMEOUT);
			rig_close(r);
		}
}

/* From some message on transfers say that they have been, and were not: what the staging held is found. */
static void wrong_data_in_the_staging_is_found(void **state)
{
	(void)state;
	for (size_t o = 0; o < 2; o++)
		for (int overlap = 0; overlap < 2; overlap++) {
			struct lane_shape s = one;
			struct rig_spec spec;
			struct lane_rig *r;
			struct err e = {0};

			s.overlap = overlap;
			spec = spec_of(bounces[o], &s);
			r = rig_open(&spec);
			lay_out(r, KEY);
			break_device(r, &(struct soft_fault){.kind = SOFT_FAULT_DROP, .after = 30});
			run_well(r);
			assert_int_equal(check(r, KEY, &e), -EBADMSG);
			rig_close(r);
		}
}

/* Both transfers right, the copy in the wrong place: found too. */
static void wrong_data_of_the_copy_is_found(void **state)
{
	(void)state;
	for (size_t o = 0; o < 2; o++) {
		struct lane_shape s = one;
		struct rig_spec spec;
		struct lane_rig *r;
		struct peer_bounce beside;
		struct err e = {0};
		struct lane_bed bed;
		const struct clock clock = {.ns_per_tick = 1};

		spec = spec_of(bounces[o], &s);
		r = rig_open(&spec);
		lay_out(r, KEY);
		beside = r->bounce;
		beside.memory = (uint8_t *)beside.memory + 64;
		bed = lane_rig_bed(r, 0);
		bed.bounce = &beside;
		lane_close(&r->lane[0]);
		s.footprint = BYTES / 2;
		assert_int_equal(lane_open(&r->lane[0], &bed, &s, r->spec.op, &clock, &e), 0);
		run_well(r);
		assert_int_equal(check(r, KEY, &e), -EBADMSG);
		rig_close(r);
	}
}

static void what_cannot_be_is_refused(void **state)
{
	struct peer_bounce b = {.bytes = BYTES - 1, .cpu = MEM_CPU_RAM};
	const struct clock clock = {.raw = true, .ns_per_tick = 1};
	struct lane_shape s = one;
	struct rig_spec spec = spec_of(&op_bounce_write_bw, &s);
	struct lane_rig *r = rig_open(&spec);
	struct lane_bed bed = lane_rig_bed(r, 0);
	struct lane l = {0};
	struct err e = {0};

	(void)state;
	assert_null(bounce_cannot(&s, BOUNCE_BY_CPU));
	assert_null(bounce_cannot(&s, AXIS_EMPTY));
	assert_non_null(strstr(bounce_cannot(&s, BOUNCE_BY_NIC), "bounce_by nic is not in this version"));
	assert_non_null(
		strstr(bounce_cannot(&s, BOUNCE_BY_DEVICE), "bounce_by device is not in this version"));
	s.bidi = true;
	assert_non_null(strstr(bounce_cannot(&s, AXIS_EMPTY), "both directions"));
	assert_int_equal(lane_open(&l, &bed, &s, r->spec.op, &clock, &e), -EOPNOTSUPP);
	s.bidi = false;
	s.interval_ns = 1000;
	assert_non_null(strstr(bounce_cannot(&s, AXIS_EMPTY), "rate"));
	assert_int_equal(lane_open(&l, &bed, &s, r->spec.op, &clock, &e), -EOPNOTSUPP);
	s.interval_ns = 0;
	bed.bounce = &b;
	assert_int_equal(lane_open(&l, &bed, &s, r->spec.op, &clock, &e), -EINVAL);
	bed.bounce = NULL;
	assert_int_equal(lane_open(&l, &bed, &s, r->spec.op, &clock, &e), -EINVAL);
	bed.bounce = &r->bounce;
	bed.copier_cpu = 1023; /* no such CPU */
	assert_int_equal(lane_open(&l, &bed, &s, r->spec.op, &clock, &e), 0);
	lane_close(&l);
	s.overlap = true;
	assert_int_equal(lane_open(&l, &bed, &s, r->spec.op, &clock, &e), -EAGAIN);
	assert_non_null(strstr(e.text, "CPU 1023"));
	lane_close(&l);
	rig_close(r);
}

/* Every benchmark of the table is there once, and each bounce has its direct sister. */
static void the_table_is_sound(void **state)
{
	(void)state;
	for (size_t i = 0; ops[i]; i++) {
		unsigned int same = 0, sister = 0;

		for (size_t k = 0; ops[k]; k++) {
			bool pair = ops[k]->measure == ops[i]->measure && ops[k]->op == ops[i]->op;

			same += pair && ops[k]->bounce == ops[i]->bounce;
			sister += pair && !ops[k]->bounce;
		}
		assert_int_equal(same, 1);
		assert_int_equal(sister, 1);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(windows_hold_whole_turns),
		cmocka_unit_test(bandwidth_shapes),
		cmocka_unit_test(latency_shapes),
		cmocka_unit_test(a_lane_runs_again),
		cmocka_unit_test(no_slot_is_used_too_early),
		cmocka_unit_test(an_error_ends_it),
		cmocka_unit_test(a_lost_completion_is_a_timeout),
		cmocka_unit_test(wrong_data_in_the_staging_is_found),
		cmocka_unit_test(wrong_data_of_the_copy_is_found),
		cmocka_unit_test(what_cannot_be_is_refused),
		cmocka_unit_test(the_table_is_sound),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
