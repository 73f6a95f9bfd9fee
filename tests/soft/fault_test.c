// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Injected faults strike when told, once, and leave nothing behind when cleared. */
#include "soft/rig.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"

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
	static const enum ibv_wr_opcode opcodes[] = {IBV_WR_RDMA_WRITE, IBV_WR_RDMA_WRITE_WITH_IMM,
						     IBV_WR_SEND, IBV_WR_RDMA_READ};

	(void)state;
	for (size_t i = 0; i < 4; i++) {
		bool read = opcodes[i] == IBV_WR_RDMA_READ;
		struct rig r;
		int wrong = 0;

		rig_open(&r, &(struct rig_opt){0});
		for (uint64_t k = 0; k < 4; k++)
			assert_int_equal(rig_recv(&r, 1, 64 * k, 64, k), 0);
		memset(r.buf[read], 0x0f, r.bytes);
		soft_fault_set(r.n.ctx, &(struct soft_fault){.kind = SOFT_FAULT_WRONG_DATA, .after = 1});
		for (uint64_t k = 0; k < 4; k++) { /* the second is empty, so the third is hit */
			assert_int_equal(rig_post(&r, r.qp[0], opcodes[i], k * 64, k == 1 ? 0 : 64, k,
						  IBV_SEND_SIGNALED),
					 0);
			rig_expect(r.cq[0], k, IBV_WC_SUCCESS);
		}
		for (size_t at = 0; at < 256; at++)
			wrong += r.buf[!read][at] == 0xf0;
		assert_int_equal(wrong, 1);
		assert_int_equal(r.buf[!read][128], 0xf0);
		rig_close(&r);
	}
}

static void test_wrong_atomic(void **state)
{
	struct rig r;

	(void)state;
	rig_open(&r, &(struct rig_opt){0});
	soft_fault_set(r.n.ctx, &(struct soft_fault){.kind = SOFT_FAULT_WRONG_DATA});
	assert_int_equal(rig_post(&r, r.qp[0], IBV_WR_ATOMIC_FETCH_AND_ADD, 8, 8, 1, IBV_SEND_SIGNALED), 0);
	rig_expect(r.cq[0], 1, IBV_WC_SUCCESS);
	assert_int_equal(r.buf[1][8], 0xff);
	assert_int_equal(r.buf[1][9], 0);
	rig_close(&r);
}

/* What waits for a receive counts once, when it is executed. */
static void test_waiting_counts_once(void **state)
{
	struct rig r;

	(void)state;
	rig_open(&r, &(struct rig_opt){0});
	soft_fault_set(r.n.ctx, &(struct soft_fault){
					.kind = SOFT_FAULT_ERROR, .after = 1, .status = IBV_WC_REM_OP_ERR});
	assert_int_equal(rig_post(&r, r.qp[0], IBV_WR_SEND, 0, 8, 1, IBV_SEND_SIGNALED), 0);
	for (int i = 0; i < 5; i++)
		rig_expect_empty(r.cq[0]);
	assert_int_equal(rig_recv(&r, 1, 0, 64, 2), 0);
	rig_expect(r.cq[0], 1, IBV_WC_SUCCESS);
	post(&r, 3, 0);
	rig_expect(r.cq[0], 3, IBV_WC_REM_OP_ERR);
	rig_close(&r);
}

/* ---- revoked ---- */

/* The target goes in front of the third operation; the source stays. */
static void check_revoke(enum ibv_wr_opcode opcode, enum ibv_wc_status status)
{
	struct rig r;

	rig_open(&r, &(struct rig_opt){0});
	for (uint64_t i = 0; i < 4; i++)
		assert_int_equal(rig_recv(&r, 1, 8 * i, 8, i), 0);
	soft_fault_set(r.n.ctx, &(struct soft_fault){.kind = SOFT_FAULT_REVOKE, .after = 2});
	for (uint64_t i = 0; i < 2; i++) {
		assert_int_equal(rig_post(&r, r.qp[0], opcode, 8 * i, 8, i, IBV_SEND_SIGNALED), 0);
		rig_expect(r.cq[0], i, IBV_WC_SUCCESS);
		assert_int_equal(soft->mr_alive(&r.n, r.mr[1], NULL), 0);
	}
	memset(r.buf[0], 1, r.bytes);
	assert_int_equal(rig_post(&r, r.qp[0], opcode, 64, 8, 2, 0), 0);
	assert_int_equal(rig_expect(r.cq[0], 2, status).vendor_err, SOFT_SYN_REVOKED);
	assert_int_equal(r.buf[1][64], 0);
	assert_int_equal(soft->mr_alive(&r.n, r.mr[1], NULL), -ENODEV);
	assert_int_equal(soft->mr_alive(&r.n, r.mr[0], NULL), 0);
	rig_close(&r);
}

static void test_revoke(void **state)
{
	struct err e = {0};
	struct rig a, b;

	(void)state;
	check_revoke(IBV_WR_RDMA_WRITE, IBV_WC_REM_ACCESS_ERR);
	check_revoke(IBV_WR_RDMA_READ, IBV_WC_REM_ACCESS_ERR);
	check_revoke(IBV_WR_RDMA_WRITE_WITH_IMM, IBV_WC_REM_ACCESS_ERR);
	check_revoke(IBV_WR_ATOMIC_FETCH_AND_ADD, IBV_WC_REM_ACCESS_ERR);
	check_revoke(IBV_WR_SEND, IBV_WC_REM_OP_ERR);
	rig_open(&a, &(struct rig_opt){0}); /* one MR only, and for good */
	rig_open(&b, &(struct rig_opt){.share = &a});
	soft_fault_set(a.n.ctx, &(struct soft_fault){.kind = SOFT_FAULT_REVOKE});
	post(&a, 1, 0);
	rig_expect(a.cq[0], 1, IBV_WC_REM_ACCESS_ERR);
	post(&b, 1, IBV_SEND_SIGNALED);
	rig_expect(b.cq[0], 1, IBV_WC_SUCCESS);
	soft_fault_set(a.n.ctx, NULL);
	assert_int_equal(soft->mr_alive(&a.n, a.mr[1], &e), -ENODEV);
	assert_int_equal(e.code, -ENODEV);
	rig_close(&b);
	rig_close(&a);
}

/* ---- slow, and events ---- */

static void test_slow(void **state)
{
	const int64_t delay = 1000000;
	struct rig r;
	int64_t t0;

	(void)state;
	rig_open(&r, &(struct rig_opt){0});
	soft_fault_set(r.n.ctx, &(struct soft_fault){.kind = SOFT_FAULT_SLOW, .after = 1, .delay_ns = delay});
	post(&r, 0, IBV_SEND_SIGNALED);
	t0 = clock_raw_ns();
	for (uint64_t i = 1; i < 4; i++)
		post(&r, i, IBV_SEND_SIGNALED);
	assert_true(clock_raw_ns() - t0 >= 3 * delay); /* a lower bound: no load can break it */
	for (uint64_t i = 0; i < 4; i++)
		rig_expect(r.cq[0], i, IBV_WC_SUCCESS);
	rig_close(&r);
}

static void test_device_fatal(void **state)
{
	struct nic_event ev;
	struct rig r;

	(void)state;
	rig_open(&r, &(struct rig_opt){0});
	soft_fault_set(r.n.ctx, &(struct soft_fault){.kind = SOFT_FAULT_ASYNC, .after = 1});
	post(&r, 0, IBV_SEND_SIGNALED);
	assert_int_equal(soft->async(&r.n, &ev), 0);
	post(&r, 1, IBV_SEND_SIGNALED);
	post(&r, 2, IBV_SEND_SIGNALED);
	assert_int_equal(soft->async(&r.n, &ev), 1);
	assert_true(ev.fatal);
	assert_int_equal(ev.qp_num, 0);
	assert_string_equal(ev.text, "DEVICE_FATAL on soft0");
	assert_int_equal(soft->async(&r.n, &ev), 0);
	rig_expect(r.cq[0], 0, IBV_WC_SUCCESS);
	rig_expect_empty(r.cq[0]); /* nothing works any more */
	rig_close(&r);
}

static void test_qp_fatal(void **state)
{
	struct nic_event ev;
	char text[64];
	struct rig r;

	(void)state;
	rig_open(&r, &(struct rig_opt){0});
	soft_fault_set(r.n.ctx,
		       &(struct soft_fault){.kind = SOFT_FAULT_ASYNC, .after = 1, .qp_num = r.qp[0]->qp_num});
	post(&r, 0, IBV_SEND_SIGNALED);
	post(&r, 1, 0);
	post(&r, 2, 0);
	assert_int_equal(soft->async(&r.n, &ev), 1);
	assert_false(ev.fatal);
	assert_int_equal(ev.qp_num, r.qp[0]->qp_num);
	snprintf(text, sizeof(text), "QP_FATAL on QP 0x%x", ev.qp_num);
	assert_string_equal(ev.text, text);
	rig_expect(r.cq[0], 0, IBV_WC_SUCCESS);
	rig_expect(r.cq[0], 2, IBV_WC_WR_FLUSH_ERR);
	assert_int_equal(soft->qp_state(&r.n, r.qp[1]), IBV_QPS_RTS);
	rig_close(&r);
}

/* Too many events: the first ones are kept, and there is room again once they are taken. */
static void test_event_room(void **state)
{
	struct soft_events v;
	struct nic_event ev;

	(void)state;
	soft_events_open(&v);
	for (int turn = 0; turn < 3; turn++) {
		for (uint32_t i = 0; i < SOFT_EVENTS + 5; i++)
			soft_event(&v, false, i, "event %u", i);
		for (uint32_t i = 0; i < SOFT_EVENTS; i++) {
			assert_int_equal(soft_event_take(&v, &ev), 1);
			assert_int_equal(ev.qp_num, i);
		}
		assert_int_equal(soft_event_take(&v, &ev), 0);
	}
	soft_events_close(&v);
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
		cmocka_unit_test(test_error),		cmocka_unit_test(test_lost),
		cmocka_unit_test(test_wrong_data),	cmocka_unit_test(test_stuck),
		cmocka_unit_test(test_wrong_atomic),	cmocka_unit_test(test_waiting_counts_once),
		cmocka_unit_test(test_revoke),		cmocka_unit_test(test_slow),
		cmocka_unit_test(test_device_fatal),	cmocka_unit_test(test_qp_fatal),
		cmocka_unit_test(test_event_room),	cmocka_unit_test(test_cleared),
		cmocka_unit_test(test_real_error_wins),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
