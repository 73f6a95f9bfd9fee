// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Memory regions: what registration refuses, the edges of a region, stale keys, counters. */
#include "soft/rig.h"

#include <errno.h>
#include <string.h>

enum { RO_HINT = IBV_ACCESS_RELAXED_ORDERING };

static const struct nic_backend *const soft = &nic_backend_soft;

static void test_reg_rules(void **state)
{
	static char mem[64];
	const uint64_t top = UINT64_MAX - 15; /* the last 16 bytes of the address space */
	const struct {
		uint64_t addr, bytes;
		int access, rc;
	} rows[] = {
		{(uintptr_t)mem, 64, 0, 0},
		{(uintptr_t)mem, 64, RIG_ACCESS | RO_HINT, 0},
		{(uintptr_t)mem, 64, IBV_ACCESS_REMOTE_READ, 0},
		{(uintptr_t)mem, 0, 0, -EINVAL},
		{(uintptr_t)mem, 64, IBV_ACCESS_REMOTE_WRITE, -EINVAL},
		{(uintptr_t)mem, 64, IBV_ACCESS_REMOTE_ATOMIC, -EINVAL},
		{(uintptr_t)mem, 64, IBV_ACCESS_ON_DEMAND, -EINVAL},
		{(uintptr_t)mem, 64, IBV_ACCESS_ZERO_BASED, -EINVAL},
		{(uintptr_t)mem, SOFT_MAX_MR_BYTES + 1, 0, -EINVAL},
		{0x10000, SOFT_MAX_MR_BYTES, 0, 0}, /* never touched */
		{top, 16, 0, 0},
		{top, 17, 0, -EINVAL},
	};
	struct rig r;

	(void)state;
	rig_open(&r, &(struct rig_opt){0});
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct ibv_mr *mr = NULL;
		struct err e = {0};

		assert_int_equal(soft->mr_reg_va(&r.n, (void *)(uintptr_t)rows[i].addr, rows[i].bytes,
						 rows[i].access, &MEM_NO_HINT, &mr, &e),
				 rows[i].rc);
		assert_int_equal(e.code, rows[i].rc);
		if (rows[i].rc)
			continue;
		assert_int_equal(mr->lkey, mr->rkey);
		assert_int_equal(mr->length, rows[i].bytes);
		assert_ptr_equal(mr->addr, (void *)(uintptr_t)rows[i].addr);
		assert_int_equal(soft->mr_dereg(&r.n, mr, NULL), 0);
	}
	rig_close(&r);
}

/* Region of end 1: bytes [1024, 2048) of its buffer; the remote range is tried around it. */
static void test_edges(void **state)
{
	const struct {
		int64_t from;
		uint32_t bytes;
		enum ibv_wc_status status;
	} rows[] = {
		{0, 1, IBV_WC_SUCCESS},
		{1023, 1, IBV_WC_SUCCESS},
		{0, 1024, IBV_WC_SUCCESS},
		{1024, 0, IBV_WC_SUCCESS},
		{1024, 1, IBV_WC_REM_ACCESS_ERR},
		{1023, 2, IBV_WC_REM_ACCESS_ERR},
		{0, 1025, IBV_WC_REM_ACCESS_ERR},
		{-1, 1, IBV_WC_REM_ACCESS_ERR},
		{-1, 2, IBV_WC_REM_ACCESS_ERR},
		{INT64_MIN, 1, IBV_WC_REM_ACCESS_ERR},
		{INT64_MAX, 1024, IBV_WC_REM_ACCESS_ERR},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct ibv_send_wr *bad;
		struct ibv_mr *mr;
		struct rig_op op;
		struct rig r;

		rig_open(&r, &(struct rig_opt){0});
		assert_int_equal(
			soft->mr_reg_va(&r.n, r.buf[1] + 1024, 1024, RIG_ACCESS, &MEM_NO_HINT, &mr, NULL), 0);
		rig_op(&r, &op, IBV_WR_RDMA_WRITE, 0, rows[i].bytes, 5, IBV_SEND_SIGNALED);
		op.wr.wr.rdma.remote_addr = (uintptr_t)mr->addr + (uint64_t)rows[i].from;
		op.wr.wr.rdma.rkey = mr->rkey;
		memset(r.buf[0], 0x5a, r.bytes);
		assert_int_equal(ibv_post_send(r.qp[0], &op.wr, &bad), 0);
		rig_expect(r.cq[0], 5, rows[i].status);
		assert_int_equal(r.buf[1][1023], 0);
		assert_int_equal(r.buf[1][2048], 0);
		assert_int_equal(soft->mr_dereg(&r.n, mr, NULL), 0);
		rig_close(&r);
	}
}

/* A region that ends with the address space: nothing may wrap to its start. */
static void test_address_wrap(void **state)
{
	struct ibv_send_wr *bad;
	struct ibv_mr *mr;
	struct rig_op op;
	struct rig r;

	(void)state;
	rig_open(&r, &(struct rig_opt){0});
	assert_int_equal(soft->mr_reg_va(&r.n, (void *)(UINTPTR_MAX - 4095), 4096, RIG_ACCESS, &MEM_NO_HINT,
					 &mr, NULL),
			 0);
	rig_op(&r, &op, IBV_WR_RDMA_WRITE, 0, 2, 9, IBV_SEND_SIGNALED);
	op.wr.wr.rdma.remote_addr = UINT64_MAX;
	op.wr.wr.rdma.rkey = mr->rkey;
	assert_int_equal(ibv_post_send(r.qp[0], &op.wr, &bad), 0);
	rig_expect(r.cq[0], 9, IBV_WC_REM_ACCESS_ERR);
	assert_int_equal(soft->mr_dereg(&r.n, mr, NULL), 0);
	rig_close(&r);
}

/* The newer region has the slot of the old one, not its key. */
static void test_stale_key(void **state)
{
	uint32_t stale;
	struct rig r;

	(void)state;
	rig_open(&r, &(struct rig_opt){0});
	stale = r.mr[1]->rkey;
	assert_int_equal(soft->mr_dereg(&r.n, r.mr[1], NULL), 0);
	assert_int_equal(soft->mr_reg_va(&r.n, r.buf[1], r.bytes, RIG_ACCESS, &MEM_NO_HINT, &r.mr[1], NULL),
			 0);
	assert_int_not_equal(r.mr[1]->rkey, stale);
	assert_int_equal(r.mr[1]->rkey >> SOFT_GENERATION_BITS, stale >> SOFT_GENERATION_BITS);
	assert_int_equal(rig_post(&r, r.qp[0], IBV_WR_RDMA_WRITE, 0, 8, 1, IBV_SEND_SIGNALED), 0);
	rig_expect(r.cq[0], 1, IBV_WC_SUCCESS);
	r.mr[1]->rkey = stale;
	assert_int_equal(rig_post(&r, r.qp[0], IBV_WR_RDMA_WRITE, 0, 8, 2, IBV_SEND_SIGNALED), 0);
	rig_expect(r.cq[0], 2, IBV_WC_REM_ACCESS_ERR);
	rig_close(&r);
}

static void expect_count(struct ibv_mr *mr, uint64_t reads, uint64_t read_bytes, uint64_t writes,
			 uint64_t write_bytes)
{
	struct soft_count c = soft_mr_count(mr);

	assert_int_equal(c.ops[SOFT_READ], reads);
	assert_int_equal(c.bytes[SOFT_READ], read_bytes);
	assert_int_equal(c.ops[SOFT_WRITE], writes);
	assert_int_equal(c.bytes[SOFT_WRITE], write_bytes);
}

static void test_counters(void **state)
{
	struct ibv_mr *other;
	struct rig_op op;
	struct ibv_send_wr *bad;
	struct rig r;

	(void)state;
	rig_open(&r, &(struct rig_opt){0});
	assert_int_equal(soft->mr_reg_va(&r.n, r.buf[1], r.bytes, RIG_ACCESS, &MEM_NO_HINT, &other, NULL), 0);
	for (int i = 0; i < 3; i++)
		assert_int_equal(rig_post(&r, r.qp[0], IBV_WR_RDMA_WRITE, 0, 100, 0, 0), 0);
	assert_int_equal(rig_post(&r, r.qp[0], IBV_WR_RDMA_READ, 0, 10, 0, 0), 0);
	assert_int_equal(rig_post(&r, r.qp[0], IBV_WR_RDMA_WRITE, 0, 0, 0, 0), 0); /* nothing crosses */
	expect_count(r.mr[1], 1, 10, 3, 300);
	expect_count(r.mr[0], 3, 300, 1, 10);
	rig_op(&r, &op, IBV_WR_RDMA_WRITE, 0, 7, 0, 0);
	op.wr.wr.rdma.rkey = other->rkey;
	assert_int_equal(ibv_post_send(r.qp[0], &op.wr, &bad), 0);
	assert_int_equal(rig_post(&r, r.qp[0], IBV_WR_RDMA_WRITE, 0, 1, 0, 0), 0);
	expect_count(other, 0, 0, 1, 7);
	expect_count(r.mr[1], 1, 10, 4, 301);
	assert_int_equal(rig_post(&r, r.qp[0], IBV_WR_RDMA_READ, 0, 5, 0, 0), 0);
	assert_int_equal(soft->qp_destroy(&r.n, r.qp[0], NULL), 0);
	r.qp[0] = NULL;
	expect_count(r.mr[1], 2, 15, 4, 301);
	expect_count(r.mr[0], 5, 308, 2, 15);
	assert_int_equal(soft->mr_dereg(&r.n, other, NULL), 0);
	rig_close(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_reg_rules),    cmocka_unit_test(test_edges),
		cmocka_unit_test(test_address_wrap), cmocka_unit_test(test_stale_key),
		cmocka_unit_test(test_counters),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
