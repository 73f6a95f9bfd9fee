// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Do two software devices, in two processes or one, move data as the queue pairs of one device do? Every
 * operation both ways, by both ways to post, with what the responder is told.
 */
#include "soft/far_rig.h"

#include <string.h>

#include "base/cleanup.h"

static void one_sided(struct far *f)
{
	static const uint32_t sizes[] = {1, 2, 63, 4096, 20000};

	for (int end = 0; end < 2; end++) {
		for (size_t i = 0; i < ARRAY_LEN(sizes); i++) {
			struct far_ask w =
				far_op(f, end, (uint32_t)i % FAR_QPS, IBV_WR_RDMA_WRITE, 100 * i, sizes[i]);
			struct far_ask r =
				far_op(f, end, (uint32_t)i % FAR_QPS, IBV_WR_RDMA_READ, 30001 + i, sizes[i]);

			w.wr_api = r.wr_api = i & 1;
			assert_memory_not_equal(f->bytes[0] + w.at, f->bytes[1] + w.at, sizes[i] + 7);
			far_run(f, end, &w, IBV_WC_SUCCESS);
			assert_memory_equal(f->bytes[0] + w.at, f->bytes[1] + w.at, sizes[i]);
			assert_int_equal(far_run(f, end, &r, IBV_WC_SUCCESS).bytes, sizes[i]);
			assert_memory_equal(f->bytes[0] + r.at, f->bytes[1] + r.at, sizes[i]);
		}
		far_fill(f, 99);
	}
	far_expect_none(f, 0);
	far_expect_none(f, 1);
}

static void write_and_read(void **state)
{
	(void)state;
	far_everywhere(one_sided);
}

static void inline_write(struct far *f)
{
	for (int api = 0; api < 2; api++) {
		struct far_ask w = far_op(f, 0, 1, IBV_WR_RDMA_WRITE, 512 + 64 * (uint64_t)api, 48);

		w.wr.send_flags |= IBV_SEND_INLINE;
		w.wr_api = api;
		far_run(f, 0, &w, IBV_WC_SUCCESS);
		assert_memory_equal(f->bytes[0] + w.at, f->bytes[1] + w.at, 48);
	}
}

static void writes_inline(void **state)
{
	(void)state;
	far_everywhere(inline_write);
}

static uint64_t word(struct far *f, int end, size_t at)
{
	uint64_t v;

	memcpy(&v, f->bytes[end] + at, sizeof(v));
	return v;
}

static void both_atomics(struct far *f)
{
	for (int end = 0; end < 2; end++) {
		struct far_ask add = far_op(f, end, 0, IBV_WR_ATOMIC_FETCH_AND_ADD, 64, 8);
		struct far_ask swap = far_op(f, end, 0, IBV_WR_ATOMIC_CMP_AND_SWP, 128, 8);
		uint64_t before = word(f, !end, 64);

		add.wr.wr.atomic.compare_add = 5;
		far_run(f, end, &add, IBV_WC_SUCCESS);
		assert_int_equal(word(f, !end, 64), before + 5);
		assert_int_equal(word(f, end, 64), before);

		before = word(f, !end, 128);
		swap.wr.wr.atomic.compare_add = before + 1;
		swap.wr.wr.atomic.swap = 77;
		far_run(f, end, &swap, IBV_WC_SUCCESS);
		assert_int_equal(word(f, !end, 128), before);
		swap.wr.wr.atomic.compare_add = before;
		swap.wr_api = true;
		far_run(f, end, &swap, IBV_WC_SUCCESS);
		assert_int_equal(word(f, !end, 128), 77);
		assert_int_equal(word(f, end, 128), before);
	}
}

static void atomics(void **state)
{
	(void)state;
	far_everywhere(both_atomics);
}

static void two_sided(struct far *f)
{
	for (int end = 0; end < 2; end++) {
		for (uint32_t q = 0; q < FAR_QPS; q++) {
			struct far_ask s = far_op(f, end, q, IBV_WR_SEND, 1000, 300);
			struct far_ask i = far_op(f, end, q, IBV_WR_SEND_WITH_IMM, 2000, 40);
			struct far_ask w = far_op(f, end, q, IBV_WR_RDMA_WRITE_WITH_IMM, 3000, 50);
			struct far_wc wc;

			i.wr_api = w.wr_api = q == 1;
			for (uint64_t k = 0; k < 3; k++)
				assert_int_equal(far_receive(f, !end, q, 40000 + 400 * k, 400, 70 + k), 0);
			far_run(f, end, &s, IBV_WC_SUCCESS);
			wc = far_expect(f, !end, 70, IBV_WC_SUCCESS);
			assert_int_equal(wc.bytes, 300);
			assert_int_equal(wc.opcode, IBV_WC_RECV);
			assert_int_equal(wc.qp, q);
			assert_int_equal(wc.flags, 0);
			assert_memory_equal(f->bytes[end] + 1000, f->bytes[!end] + 40000, 300);

			far_run(f, end, &i, IBV_WC_SUCCESS);
			wc = far_expect(f, !end, 71, IBV_WC_SUCCESS);
			assert_int_equal(wc.imm, i.wr.imm_data);
			assert_memory_equal(f->bytes[end] + 2000, f->bytes[!end] + 40400, 40);

			far_run(f, end, &w, IBV_WC_SUCCESS);
			wc = far_expect(f, !end, 72, IBV_WC_SUCCESS);
			assert_int_equal(wc.opcode, IBV_WC_RECV_RDMA_WITH_IMM);
			assert_int_equal(wc.imm, w.wr.imm_data);
			assert_int_equal(wc.bytes, 50);
			assert_memory_equal(f->bytes[end] + 3000, f->bytes[!end] + 3000, 50);
			far_expect_none(f, !end);
		}
		far_fill(f, 5);
	}
}

static void sends(void **state)
{
	(void)state;
	far_everywhere(two_sided);
}

/* Receives posted late, around the ring more than once. */
static void late_receives(struct far *f)
{
	for (uint64_t k = 0; k < 3 * FAR_DEPTH; k++) {
		struct far_ask s = far_op(f, 0, 2, IBV_WR_SEND, 8 * k, 8);

		assert_int_equal(far_ask(f, 0, &s).rc, 0);
		far_expect_none(f, 0);
		far_expect_none(f, 1);
		assert_int_equal(far_receive(f, 1, 2, 30000 + 8 * k, 8, k), 0);
		far_expect(f, 0, s.id, IBV_WC_SUCCESS);
		far_expect(f, 1, k, IBV_WC_SUCCESS);
	}
	assert_memory_equal(f->bytes[0], f->bytes[1] + 30000, sizeof(uint64_t) * 3 * FAR_DEPTH);
}

static void receives_late(void **state)
{
	(void)state;
	far_everywhere(late_receives);
}

static void counted(struct far *f)
{
	struct far_ask w = far_op(f, 0, 0, IBV_WR_RDMA_WRITE, 0, 100);
	struct far_ask r = far_op(f, 0, 0, IBV_WR_RDMA_READ, 0, 30);
	struct far_ask s = far_op(f, 0, 0, IBV_WR_SEND, 0, 10);
	struct soft_count n;

	assert_int_equal(far_receive(f, 1, 0, 0, 16, 1), 0);
	far_run(f, 0, &w, IBV_WC_SUCCESS);
	far_run(f, 0, &r, IBV_WC_SUCCESS);
	far_run(f, 0, &s, IBV_WC_SUCCESS);
	n = far_ask(f, 1, &(struct far_ask){.what = FAR_COUNT}).count;
	assert_int_equal(n.ops[SOFT_WRITE], 2);
	assert_int_equal(n.bytes[SOFT_WRITE], 110);
	assert_int_equal(n.ops[SOFT_READ], 1);
	assert_int_equal(n.bytes[SOFT_READ], 30);
	n = far_ask(f, 0, &(struct far_ask){.what = FAR_COUNT}).count;
	assert_int_equal(n.ops[SOFT_READ], 2);
	assert_int_equal(n.bytes[SOFT_WRITE], 30);
}

static void counts(void **state)
{
	(void)state;
	far_everywhere(counted);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(write_and_read), cmocka_unit_test(writes_inline), cmocka_unit_test(atomics),
		cmocka_unit_test(sends),	  cmocka_unit_test(receives_late), cmocka_unit_test(counts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
