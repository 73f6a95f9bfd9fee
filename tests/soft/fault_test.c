// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Injected faults strike when told, once, and leave nothing behind when cleared. */
#include "soft/rig.h"

#include <errno.h>
#include <string.h>

static const struct nic_backend *const soft = &nic_backend_soft;

static void post(struct rig *r, uint64_t wr_id, unsigned int flags)
{
	assert_int_equal(rig_post(r, r->qp[0], IBV_WR_RDMA_WRITE, wr_id, 1, wr_id, flags), 0);
}

static void test_error(void **state)
{
	struct ibv_wc wc;
	struct rig r;

	(void)state;
	rig_open(&r, &(struct rig_opt){0});
	memset(r.buf[0], 1, r.bytes);
	soft_fault_set(r.n.ctx, &(struct soft_fault){
					.kind = SOFT_FAULT_ERROR, .after = 2, .status = IBV_WC_REM_OP_ERR});
	for (uint64_t i = 0; i < 4; i++)
		post(&r, i, i == 1 ? IBV_SEND_SIGNALED : 0);
	rig_expect(r.cq[0], 1, IBV_WC_SUCCESS);
	assert_int_equal(ibv_poll_cq(r.cq[0], 1, &wc), 1);
	assert_int_equal(wc.wr_id, 2);
	assert_int_equal(wc.status, IBV_WC_REM_OP_ERR);
	assert_int_equal(wc.vendor_err, SOFT_SYN_FAULT);
	rig_expect(r.cq[0], 3, IBV_WC_WR_FLUSH_ERR);
	assert_int_equal(r.buf[1][1], 1);
	assert_int_equal(r.buf[1][2], 0);
	assert_int_equal(soft->qp_state(&r.n, r.qp[0]), IBV_QPS_ERR);
	rig_close(&r);
}

/* The first signaled WR from the second on; its slot comes back with a later completion. */
static void test_lost(void **state)
{
	struct rig r;

	(void)state;
	rig_open(&r, &(struct rig_opt){.sq_depth = 6});
	memset(r.buf[0], 1, r.bytes);
	soft_fault_set(r.n.ctx, &(struct soft_fault){.kind = SOFT_FAULT_LOST, .after = 1});
	for (uint64_t i = 0; i < 6; i++)
		post(&r, i, i == 1 ? 0 : IBV_SEND_SIGNALED);
	rig_expect(r.cq[0], 0, IBV_WC_SUCCESS);
	for (uint64_t i = 3; i < 6; i++)
		rig_expect(r.cq[0], i, IBV_WC_SUCCESS);
	rig_expect_empty(r.cq[0]);
	assert_int_equal(r.buf[1][2], 1); /* done, not told */
	for (uint64_t i = 0; i < 6; i++)
		post(&r, i, 0);
	rig_close(&r);
}

static void test_wrong_data(void **state)
{
	static const enum ibv_wr_opcode opcodes[] = {IBV_WR_RDMA_WRITE, IBV_WR_RDMA_READ};

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct rig r;
		int wrong = 0;

		rig_open(&r, &(struct rig_opt){0});
		memset(r.buf[i], 0x0f, r.bytes);
		soft_fault_set(r.n.ctx, &(struct soft_fault){.kind = SOFT_FAULT_WRONG_DATA, .after = 1});
		for (uint64_t k = 0; k < 4; k++) { /* the second is empty, so the third is hit */
			assert_int_equal(rig_post(&r, r.qp[0], opcodes[i], k * 64, k == 1 ? 0 : 64, k,
						  IBV_SEND_SIGNALED),
					 0);
			rig_expect(r.cq[0], k, IBV_WC_SUCCESS);
		}
		for (size_t at = 0; at < 256; at++)
			wrong += r.buf[!i][at] == 0xf0;
		assert_int_equal(wrong, 1);
		assert_int_equal(r.buf[!i][128], 0xf0);
		rig_close(&r);
	}
}

static void check_stuck(const char *device)
{
	struct rig r;

	rig_open(&r, &(struct rig_opt){.device = device, .sq_depth = 4});
	soft_fault_set(r.n.ctx, &(struct soft_fault){.kind = SOFT_FAULT_STUCK, .after = 1});
	for (uint64_t i = 0; i < 5; i++)
		assert_int_equal(rig_post(&r, r.qp[0], IBV_WR_RDMA_WRITE, 0, 1, i, IBV_SEND_SIGNALED),
				 i < 4 ? 0 : ENOMEM);
	rig_expect(r.cq[0], 0, IBV_WC_SUCCESS);
	rig_expect_empty(r.cq[0]);
	rig_close(&r);
}

static void test_stuck(void **state)
{
	(void)state;
	check_stuck("soft0");
	check_stuck("null0");
}

static void test_cleared(void **state)
{
	struct rig r;

	(void)state;
	rig_open(&r, &(struct rig_opt){0});
	soft_fault_set(r.n.ctx, &(struct soft_fault){
					.kind = SOFT_FAULT_ERROR, .after = 0, .status = IBV_WC_GENERAL_ERR});
	assert_ptr_equal(r.n.ctx->ops.post_send, soft_post_faulty);
	soft_fault_set(r.n.ctx, NULL);
	assert_ptr_equal(r.n.ctx->ops.post_send, soft_post_copy);
	post(&r, 0, IBV_SEND_SIGNALED);
	rig_expect(r.cq[0], 0, IBV_WC_SUCCESS);
	rig_close(&r);
}

/* Errors of the work itself come before the fault. */
static void test_real_error_wins(void **state)
{
	struct rig r;

	(void)state;
	rig_open(&r, &(struct rig_opt){0});
	soft_fault_set(r.n.ctx, &(struct soft_fault){.kind = SOFT_FAULT_LOST});
	r.mr[0]->lkey ^= 1;
	post(&r, 7, IBV_SEND_SIGNALED);
	rig_expect(r.cq[0], 7, IBV_WC_LOC_PROT_ERR);
	r.mr[0]->lkey ^= 1;
	rig_close(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_error),	   cmocka_unit_test(test_lost),
		cmocka_unit_test(test_wrong_data), cmocka_unit_test(test_stuck),
		cmocka_unit_test(test_cleared),	   cmocka_unit_test(test_real_error_wins),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
