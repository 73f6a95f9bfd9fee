// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Queue pairs: creation limits, state transitions with each mask bit toggled, posting per state. */
#include "soft/rig.h"

#include <errno.h>

static const struct nic_backend *const soft = &nic_backend_soft;

#define TO_INIT (IBV_QP_PKEY_INDEX | IBV_QP_PORT | IBV_QP_ACCESS_FLAGS)
#define TO_RTR                                                                                               \
	(IBV_QP_AV | IBV_QP_PATH_MTU | IBV_QP_DEST_QPN | IBV_QP_RQ_PSN | IBV_QP_MAX_DEST_RD_ATOMIC |         \
	 IBV_QP_MIN_RNR_TIMER)
#define TO_RTS                                                                                               \
	(IBV_QP_TIMEOUT | IBV_QP_RETRY_CNT | IBV_QP_RNR_RETRY | IBV_QP_SQ_PSN | IBV_QP_MAX_QP_RD_ATOMIC)
#define LATE (IBV_QP_CUR_STATE | IBV_QP_ACCESS_FLAGS | IBV_QP_MIN_RNR_TIMER)

static const struct ibv_qp_attr good = {
	.path_mtu = IBV_MTU_1024,
	.port_num = 1,
	.max_rd_atomic = SOFT_MAX_RD_ATOMIC,
	.max_dest_rd_atomic = SOFT_MAX_RD_ATOMIC,
};

/* End 0 freshly in @s, whatever it was in. */
static void put_in(struct rig *r, enum ibv_qp_state s)
{
	struct rig_link l = rig_link_default(r->qp[1]->qp_num);

	assert_int_equal(rig_modify(r, r->qp[0], IBV_QPS_RESET), 0);
	if (s == IBV_QPS_ERR)
		assert_int_equal(rig_modify(r, r->qp[0], s), 0);
	else if (s != IBV_QPS_RESET)
		rig_bring_up(r, r->qp[0], &l, s);
	assert_int_equal(soft->qp_state(&r->n, r->qp[0]), s);
}

static int try_modify(struct rig *r, enum ibv_qp_state from, enum ibv_qp_state to, int mask)
{
	struct ibv_qp_attr a = good;
	int rc;

	put_in(r, from);
	a.qp_state = to;
	a.cur_qp_state = from;
	rc = soft->qp_modify(&r->n, r->qp[0], &a, mask | IBV_QP_STATE, NULL);
	assert_int_equal(soft->qp_state(&r->n, r->qp[0]), rc ? from : to);
	return rc;
}

/* For each legal step: the required mask works; each bit more or less is judged by the table. */
static void test_masks(void **state)
{
	static const struct {
		enum ibv_qp_state from, to;
		int required, optional;
	} steps[] = {
		{IBV_QPS_RESET, IBV_QPS_INIT, TO_INIT, 0},
		{IBV_QPS_INIT, IBV_QPS_INIT, 0, TO_INIT},
		{IBV_QPS_INIT, IBV_QPS_RTR, TO_RTR, IBV_QP_PKEY_INDEX | IBV_QP_ACCESS_FLAGS},
		{IBV_QPS_RTR, IBV_QPS_RTS, TO_RTS, LATE},
		{IBV_QPS_RTS, IBV_QPS_RTS, 0, LATE},
		{IBV_QPS_RTS, IBV_QPS_ERR, 0, 0},
		{IBV_QPS_ERR, IBV_QPS_RESET, 0, 0},
		{IBV_QPS_RESET, IBV_QPS_ERR, 0, 0},
		{IBV_QPS_ERR, IBV_QPS_ERR, 0, 0},
	};
	struct rig r;

	(void)state;
	rig_open(&r, &(struct rig_opt){0});
	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
		assert_int_equal(try_modify(&r, steps[i].from, steps[i].to, steps[i].required), 0);
		for (int bit = IBV_QP_CUR_STATE; bit <= IBV_QP_DEST_QPN; bit <<= 1) {
			int rc = steps[i].optional & bit ? 0 : -EINVAL;

			assert_int_equal(try_modify(&r, steps[i].from, steps[i].to, steps[i].required ^ bit),
					 rc);
		}
	}
	rig_close(&r);
}

/* Every pair of states that is no legal step is refused, even with every attribute of the step before. */
static void test_no_shortcuts(void **state)
{
	static const enum ibv_qp_state from[] = {IBV_QPS_RESET, IBV_QPS_INIT, IBV_QPS_RTR, IBV_QPS_RTS,
						 IBV_QPS_ERR};
	static const int mask[] = {
		[IBV_QPS_INIT] = TO_INIT, [IBV_QPS_RTR] = TO_RTR, [IBV_QPS_RTS] = TO_RTS, [IBV_QPS_SQE] = 0};
	struct rig r;

	(void)state;
	rig_open(&r, &(struct rig_opt){0});
	for (size_t i = 0; i < sizeof(from) / sizeof(from[0]); i++) {
		for (int to = IBV_QPS_INIT; to <= IBV_QPS_SQE; to++) {
			bool next = to == (int)from[i] + 1 && to <= IBV_QPS_RTS;
			bool stay = to == IBV_QPS_INIT && from[i] == IBV_QPS_INIT;

			if (!next && !stay)
				assert_int_equal(try_modify(&r, from[i], (enum ibv_qp_state)to, mask[to]),
						 -EINVAL);
		}
	}
	rig_close(&r);
}

static void test_values(void **state)
{
	static const struct {
		enum ibv_qp_state from, to;
		int mask;
		struct ibv_qp_attr attr;
	} rows[] = {
		{IBV_QPS_RESET, IBV_QPS_INIT, TO_INIT, {.port_num = 2}},
		{IBV_QPS_RESET, IBV_QPS_INIT, TO_INIT, {.port_num = 1, .pkey_index = 1}},
		{IBV_QPS_INIT, IBV_QPS_RTR, TO_RTR, {.path_mtu = 0}},
		{IBV_QPS_INIT, IBV_QPS_RTR, TO_RTR, {.path_mtu = (enum ibv_mtu)6}},
		{IBV_QPS_INIT,
		 IBV_QPS_RTR,
		 TO_RTR,
		 {.path_mtu = IBV_MTU_4096, .max_dest_rd_atomic = SOFT_MAX_RD_ATOMIC + 1}},
		{IBV_QPS_INIT, IBV_QPS_RTR, TO_RTR, {.path_mtu = IBV_MTU_4096, .min_rnr_timer = 32}},
		{IBV_QPS_RTR, IBV_QPS_RTS, TO_RTS, {.max_rd_atomic = SOFT_MAX_RD_ATOMIC + 1}},
		{IBV_QPS_RTR, IBV_QPS_RTS, TO_RTS, {.rnr_retry = SOFT_RNR_FOR_EVER + 1}},
		{IBV_QPS_RTR, IBV_QPS_RTS, TO_RTS | IBV_QP_CUR_STATE, {.cur_qp_state = IBV_QPS_RTS}},
	};
	struct rig r;

	(void)state;
	rig_open(&r, &(struct rig_opt){0});
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct ibv_qp_attr a = rows[i].attr;
		struct err e = {0};

		put_in(&r, rows[i].from);
		a.qp_state = rows[i].to;
		assert_int_equal(soft->qp_modify(&r.n, r.qp[0], &a, rows[i].mask | IBV_QP_STATE, &e),
				 -EINVAL);
		assert_int_equal(e.code, -EINVAL);
		assert_int_equal(soft->qp_state(&r.n, r.qp[0]), rows[i].from);
	}
	rig_close(&r);
}

static void test_post_per_state(void **state)
{
	static const struct {
		enum ibv_qp_state in;
		int rc;
	} rows[] = {
		{IBV_QPS_RESET, EINVAL}, {IBV_QPS_INIT, EINVAL}, {IBV_QPS_RTR, EINVAL},
		{IBV_QPS_RTS, 0},	 {IBV_QPS_ERR, 0},
	};
	struct rig r;

	(void)state;
	rig_open(&r, &(struct rig_opt){0});
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		put_in(&r, rows[i].in);
		assert_int_equal(rig_post(&r, r.qp[0], IBV_WR_RDMA_WRITE, 0, 8, i, IBV_SEND_SIGNALED),
				 rows[i].rc);
		if (!rows[i].rc)
			rig_expect(r.cq[0], i,
				   rows[i].in == IBV_QPS_ERR ? IBV_WC_WR_FLUSH_ERR : IBV_WC_SUCCESS);
		rig_expect_empty(r.cq[0]);
	}
	rig_close(&r);
}

static void test_create_rules(void **state)
{
	struct ibv_srq srq;
	struct rig r;

	(void)state;
	rig_open(&r, &(struct rig_opt){0});
	const struct {
		struct ibv_qp_init_attr attr;
		int rc;
	} rows[] = {
		{{.send_cq = r.cq[0], .recv_cq = r.cq[0], .qp_type = IBV_QPT_UD}, -EOPNOTSUPP},
		{{.send_cq = r.cq[0], .recv_cq = r.cq[0], .srq = &srq, .qp_type = IBV_QPT_RC}, -EOPNOTSUPP},
		{{.send_cq = r.cq[0], .recv_cq = r.cq[0], .cap.max_send_sge = 17, .qp_type = IBV_QPT_RC},
		 -EINVAL},
		{{.send_cq = r.cq[0], .recv_cq = r.cq[0], .cap.max_recv_sge = 17, .qp_type = IBV_QPT_RC},
		 -EINVAL},
		{{.send_cq = r.cq[0], .recv_cq = r.cq[0], .cap.max_inline_data = 257, .qp_type = IBV_QPT_RC},
		 -EINVAL},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct ibv_qp *qp = NULL;
		struct err e = {0};

		assert_int_equal(soft_qp_create(r.n.pd, &rows[i].attr, false, &qp, &e), rows[i].rc);
		assert_int_equal(e.code, rows[i].rc);
		assert_null(qp);
	}
	rig_close(&r);
}

static void test_all_qps(void **state)
{
	static struct ibv_qp *qp[SOFT_MAX_QP];
	struct ibv_qp_init_attr a = {.cap = {.max_send_wr = 1, .max_send_sge = 1}, .qp_type = IBV_QPT_RC};
	struct ibv_qp *extra;
	struct rig r;
	int n = 0;

	(void)state;
	rig_open(&r, &(struct rig_opt){0});
	a.send_cq = a.recv_cq = r.cq[0];
	while (n < SOFT_MAX_QP - 2) {
		assert_int_equal(soft_qp_create(r.n.pd, &a, false, &qp[n], NULL), 0);
		assert_in_range(qp[n]->qp_num, 2, 0xffffff); /* 24 bits; 0 and 1 are special in IB */
		n++;
	}
	assert_int_equal(soft_qp_create(r.n.pd, &a, false, &extra, NULL), -ENOMEM);
	while (n > 0)
		assert_int_equal(soft->qp_destroy(&r.n, qp[--n], NULL), 0);
	rig_close(&r);
}

/* QP numbers and PSNs have 24 bits: what is above them is not sent. */
static void test_24_bits(void **state)
{
	const uint32_t above = 0xab000000;
	struct rig r;

	(void)state;
	rig_open(&r, &(struct rig_opt){0});
	struct rig_link l = rig_link_default(r.qp[1]->qp_num | above);

	l.rq_psn |= above;
	l.sq_psn |= above;
	assert_int_equal(rig_modify(&r, r.qp[0], IBV_QPS_RESET), 0);
	rig_bring_up(&r, r.qp[0], &l, IBV_QPS_RTS);
	for (int i = 0; i < 2; i++) {
		assert_int_equal(rig_post(&r, r.qp[i], IBV_WR_RDMA_WRITE, 0, 8, 1, IBV_SEND_SIGNALED), 0);
		rig_expect(r.cq[i], 1, IBV_WC_SUCCESS);
	}
	rig_close(&r);
}

/* In use: the CQ by its QPs. A destroyed QP takes its completions along. */
static void test_destroy(void **state)
{
	struct err e = {0};
	struct rig r;

	(void)state;
	rig_open(&r, &(struct rig_opt){0});
	assert_int_equal(soft->cq_destroy(&r.n, r.cq[0], &e), -EBUSY);
	assert_int_equal(e.code, -EBUSY);
	assert_int_equal(rig_post(&r, r.qp[0], IBV_WR_RDMA_WRITE, 0, 8, 1, IBV_SEND_SIGNALED), 0);
	assert_int_equal(soft->qp_destroy(&r.n, r.qp[0], NULL), 0);
	r.qp[0] = NULL;
	rig_expect_empty(r.cq[0]);
	rig_close(&r);
}

/* RESET makes it new: slots free, completions gone; and the connection can be made again. */
static void test_reset(void **state)
{
	struct rig r;

	(void)state;
	rig_open(&r, &(struct rig_opt){.sq_depth = 4});
	for (int turn = 0; turn < 3; turn++) {
		for (uint64_t i = 0; i < 4; i++)
			assert_int_equal(rig_post(&r, r.qp[0], IBV_WR_RDMA_WRITE, 0, 8, i, IBV_SEND_SIGNALED),
					 0);
		assert_int_equal(rig_post(&r, r.qp[0], IBV_WR_RDMA_WRITE, 0, 8, 4, 0), ENOMEM);
		put_in(&r, IBV_QPS_RTS);
		rig_expect_empty(r.cq[0]);
	}
	rig_close(&r);
}

/* Into ERR by modify: unsignaled WRs that were executed give no completion, later ones are flushed. */
static void test_flush(void **state)
{
	struct rig r;

	(void)state;
	rig_open(&r, &(struct rig_opt){0});
	assert_int_equal(rig_post(&r, r.qp[0], IBV_WR_RDMA_WRITE, 0, 8, 1, IBV_SEND_SIGNALED), 0);
	assert_int_equal(rig_post(&r, r.qp[0], IBV_WR_RDMA_WRITE, 0, 8, 2, 0), 0);
	assert_int_equal(rig_modify(&r, r.qp[0], IBV_QPS_ERR), 0);
	assert_int_equal(rig_post(&r, r.qp[0], IBV_WR_RDMA_WRITE, 0, 8, 3, 0), 0);
	rig_expect(r.cq[0], 1, IBV_WC_SUCCESS);
	rig_expect(r.cq[0], 3, IBV_WC_WR_FLUSH_ERR);
	rig_expect_empty(r.cq[0]);
	rig_close(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_masks),	     cmocka_unit_test(test_no_shortcuts),
		cmocka_unit_test(test_values),	     cmocka_unit_test(test_post_per_state),
		cmocka_unit_test(test_create_rules), cmocka_unit_test(test_all_qps),
		cmocka_unit_test(test_24_bits),	     cmocka_unit_test(test_destroy),
		cmocka_unit_test(test_reset),	     cmocka_unit_test(test_flush),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
