// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Posting: every errno, lists, depth, unsignaled WRs, order of flushes. Statuses are in status_test.c. */
#include "soft/rig.h"

#include <errno.h>
#include <string.h>

static const struct nic_backend *const soft = &nic_backend_soft;

/* ---- what post refuses ---- */

static void test_refused(void **state)
{
	static const struct {
		enum ibv_wr_opcode opcode;
		int num_sge;
		unsigned int flags;
		uint32_t bytes;
		int rc;
	} rows[] = {
		{IBV_WR_RDMA_WRITE, 1, 0, 8, 0},
		{IBV_WR_RDMA_WRITE, 2, 0, 8, 0},
		{IBV_WR_RDMA_WRITE, 0, 0, 8, 0},
		{IBV_WR_RDMA_WRITE, 3, 0, 8, EINVAL},
		{IBV_WR_RDMA_WRITE, -1, 0, 8, EINVAL},
		{IBV_WR_ATOMIC_FETCH_AND_ADD, 1, 0, 8, 0},
		{IBV_WR_SEND, 3, 0, 8, EINVAL},
		{IBV_WR_LOCAL_INV, 1, 0, 8, EINVAL},
		{IBV_WR_SEND_WITH_INV, 1, 0, 8, EINVAL},
		{(enum ibv_wr_opcode)99, 1, 0, 8, EINVAL},
		{(enum ibv_wr_opcode) - 1, 1, 0, 8, EINVAL},
		{IBV_WR_RDMA_WRITE, 1, IBV_SEND_INLINE, 16, 0},
		{IBV_WR_RDMA_WRITE, 2, IBV_SEND_INLINE, 9, ENOMEM},
		{IBV_WR_RDMA_WRITE, 1, IBV_SEND_INLINE, 17, ENOMEM},
		{IBV_WR_SEND, 1, IBV_SEND_INLINE, 17, ENOMEM},
		{IBV_WR_RDMA_READ, 1, IBV_SEND_INLINE, 8, EINVAL},
		{IBV_WR_ATOMIC_CMP_AND_SWP, 1, IBV_SEND_INLINE, 8, EINVAL},
		{IBV_WR_RDMA_WRITE, 1, IBV_SEND_INLINE, 0, 0},
		{IBV_WR_RDMA_WRITE, 1, IBV_SEND_FENCE | IBV_SEND_SOLICITED, 8, 0},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct ibv_sge sges[2];
		struct ibv_send_wr *bad = NULL;
		struct rig_op before, op, after;
		struct rig r;

		rig_open(&r, &(struct rig_opt){.max_sge = 2, .max_inline = 16});
		r.buf[0][0] = 1, r.buf[0][512] = 2, r.buf[0][1024] = 3;
		rig_op(&r, &before, IBV_WR_RDMA_WRITE, 0, 1, 1, IBV_SEND_SIGNALED);
		rig_op(&r, &op, rows[i].opcode, 512, rows[i].bytes, 2, rows[i].flags | IBV_SEND_SIGNALED);
		rig_op(&r, &after, IBV_WR_RDMA_WRITE, 1024, 1, 3, IBV_SEND_SIGNALED);
		sges[0] = sges[1] = op.sge;
		op.wr.sg_list = sges;
		op.wr.num_sge = rows[i].num_sge;
		before.wr.next = &op.wr;
		op.wr.next = &after.wr;
		assert_int_equal(ibv_post_send(r.qp[0], &before.wr, &bad), rows[i].rc);
		assert_ptr_equal(bad, rows[i].rc ? &op.wr : NULL);
		rig_expect(r.cq[0], 1, IBV_WC_SUCCESS);
		if (!rows[i].rc) {
			rig_expect(r.cq[0], 2, IBV_WC_SUCCESS);
			rig_expect(r.cq[0], 3, IBV_WC_SUCCESS);
		}
		rig_expect_empty(r.cq[0]);
		assert_int_equal(r.buf[1][0], 1);
		assert_int_equal(r.buf[1][1024], rows[i].rc ? 0 : 3);
		assert_int_equal(soft->qp_state(&r.n, r.qp[0]), IBV_QPS_RTS);
		rig_close(&r);
	}
}

/* ---- depth ---- */

static const char *const both[] = {"soft0", "null0"};

/* Slots come back by polling, not by completing; unsignaled ones with the next signaled. */
static void check_depth(const char *device)
{
	struct ibv_send_wr *bad;
	struct rig_op op[6];
	struct rig r;

	rig_open(&r, &(struct rig_opt){.device = device, .sq_depth = 4});
	for (uint64_t i = 0; i < 6; i++) {
		rig_op(&r, &op[i], IBV_WR_RDMA_WRITE, i, 1, i, i == 2 ? IBV_SEND_SIGNALED : 0);
		op[i].wr.next = i < 5 ? &op[i + 1].wr : NULL;
	}
	assert_int_equal(ibv_post_send(r.qp[0], &op[0].wr, &bad), ENOMEM);
	assert_ptr_equal(bad, &op[4].wr);
	assert_int_equal(ibv_post_send(r.qp[0], bad, &bad), ENOMEM);
	rig_expect(r.cq[0], 2, IBV_WC_SUCCESS); /* frees 0, 1, 2; 3 stays */
	op[5].wr.send_flags = IBV_SEND_SIGNALED;
	assert_int_equal(ibv_post_send(r.qp[0], &op[4].wr, &bad), 0);
	assert_int_equal(rig_post(&r, r.qp[0], IBV_WR_RDMA_WRITE, 0, 1, 6, 0), 0);
	assert_int_equal(rig_post(&r, r.qp[0], IBV_WR_RDMA_WRITE, 0, 1, 7, 0), ENOMEM);
	rig_expect(r.cq[0], 5, IBV_WC_SUCCESS);
	rig_expect_empty(r.cq[0]);
	rig_close(&r);
}

/* A send queue full of unsignaled WRs cannot be emptied: the classic mistake, kept as hardware has it. */
static void check_all_unsignaled(const char *device)
{
	struct rig r;

	rig_open(&r, &(struct rig_opt){.device = device, .sq_depth = 4});
	for (uint64_t i = 0; i < 4; i++)
		assert_int_equal(rig_post(&r, r.qp[0], IBV_WR_RDMA_WRITE, 0, 1, i, 0), 0);
	assert_int_equal(rig_post(&r, r.qp[0], IBV_WR_RDMA_WRITE, 0, 1, 4, IBV_SEND_SIGNALED), ENOMEM);
	assert_int_equal(rig_modify(&r, r.qp[0], IBV_QPS_ERR), 0);
	assert_int_equal(rig_post(&r, r.qp[0], IBV_WR_RDMA_WRITE, 0, 1, 4, IBV_SEND_SIGNALED), ENOMEM);
	rig_expect_empty(r.cq[0]);
	rig_close(&r);
}

static void check_sig_all(const char *device)
{
	struct rig r;

	rig_open(&r, &(struct rig_opt){.device = device, .sq_sig_all = 1});
	assert_int_equal(rig_post(&r, r.qp[0], IBV_WR_RDMA_WRITE, 0, 1, 1, 0), 0);
	rig_expect(r.cq[0], 1, IBV_WC_SUCCESS);
	rig_close(&r);
}

static void test_depth(void **state)
{
	(void)state;
	for (size_t i = 0; i < 2; i++) {
		check_depth(both[i]);
		check_all_unsignaled(both[i]);
		check_sig_all(both[i]);
	}
}

/* ---- order after an error ---- */

static void test_flush_order(void **state)
{
	struct ibv_send_wr *bad;
	struct rig_op op[6];
	struct rig r;

	(void)state;
	rig_open(&r, &(struct rig_opt){0});
	for (uint64_t i = 0; i < 6; i++) {
		rig_op(&r, &op[i], IBV_WR_RDMA_WRITE, i, 1, i, i == 1 ? IBV_SEND_SIGNALED : 0);
		op[i].wr.next = i < 5 ? &op[i + 1].wr : NULL;
		r.buf[0][i] = 1;
	}
	op[3].sge.lkey = 0;
	assert_int_equal(ibv_post_send(r.qp[0], &op[0].wr, &bad), 0);
	assert_int_equal(rig_post(&r, r.qp[0], IBV_WR_RDMA_READ, 0, 1, 6, 0), 0);
	rig_expect(r.cq[0], 1, IBV_WC_SUCCESS);
	rig_expect(r.cq[0], 3, IBV_WC_LOC_PROT_ERR);
	for (uint64_t i = 4; i <= 6; i++)
		rig_expect(r.cq[0], i, IBV_WC_WR_FLUSH_ERR);
	rig_expect_empty(r.cq[0]);
	assert_int_equal(r.buf[1][2], 1);
	assert_int_equal(r.buf[1][3], 0);
	assert_int_equal(r.buf[1][4], 0);
	rig_close(&r);
}

/* What a responder refuses flushes what it posts itself afterwards. */
static void test_peer_flush(void **state)
{
	struct rig r;

	(void)state;
	rig_open(&r, &(struct rig_opt){0});
	r.mr[1]->rkey ^= 1;
	assert_int_equal(rig_post(&r, r.qp[0], IBV_WR_RDMA_WRITE, 0, 8, 1, 0), 0);
	rig_expect(r.cq[0], 1, IBV_WC_REM_ACCESS_ERR);
	assert_int_equal(rig_post(&r, r.qp[1], IBV_WR_RDMA_WRITE, 0, 8, 2, 0), 0);
	rig_expect(r.cq[1], 2, IBV_WC_WR_FLUSH_ERR);
	rig_close(&r);
}

/* null0 looks at nothing, so nothing can be wrong with keys, bounds or memory. */
static void test_null_looks_away(void **state)
{
	struct ibv_send_wr *bad;
	struct rig_op op;
	struct rig r;

	(void)state;
	rig_open(&r, &(struct rig_opt){.device = "null0"});
	rig_op(&r, &op, IBV_WR_RDMA_WRITE, 0, UINT32_MAX, 1, IBV_SEND_SIGNALED);
	op.sge.lkey = 0;
	op.wr.wr.rdma.rkey = 0;
	r.buf[0][0] = 1;
	assert_int_equal(ibv_post_send(r.qp[0], &op.wr, &bad), 0);
	rig_expect(r.cq[0], 1, IBV_WC_SUCCESS);
	assert_int_equal(r.buf[1][0], 0);
	assert_int_equal(rig_modify(&r, r.qp[0], IBV_QPS_ERR), 0);
	assert_int_equal(ibv_post_send(r.qp[0], &op.wr, &bad), 0);
	rig_expect(r.cq[0], 1, IBV_WC_WR_FLUSH_ERR);
	rig_close(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_refused),		cmocka_unit_test(test_depth),
		cmocka_unit_test(test_flush_order),	cmocka_unit_test(test_peer_flush),
		cmocka_unit_test(test_null_looks_away),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
