// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Completion queues: batches, rings over many turns and past 2^32, two QPs on one CQ, overrun. */
#include "soft/rig.h"

#include <errno.h>

static const struct nic_backend *const soft = &nic_backend_soft;

static int post_signaled(struct rig *r, struct ibv_qp *qp, uint64_t wr_id)
{
	return rig_post(r, qp, IBV_WR_RDMA_WRITE, 0, 1, wr_id, IBV_SEND_SIGNALED);
}

static void test_batches(void **state)
{
	struct ibv_wc wc[16];
	struct rig r;

	(void)state;
	rig_open(&r, &(struct rig_opt){0});
	for (uint64_t i = 0; i < 10; i++)
		assert_int_equal(post_signaled(&r, r.qp[0], i), 0);
	assert_int_equal(ibv_poll_cq(r.cq[0], 0, wc), 0);
	assert_int_equal(ibv_poll_cq(r.cq[0], 4, wc), 4);
	assert_int_equal(ibv_poll_cq(r.cq[0], 16, wc + 4), 6);
	for (uint64_t i = 0; i < 10; i++)
		assert_int_equal(wc[i].wr_id, i);
	assert_int_equal(ibv_poll_cq(r.cq[0], 16, wc), 0);
	rig_close(&r);
}

/* Depths that are no power of two; counters started just below their wrap. */
static void test_turns(void **state)
{
	static const uint32_t depths[] = {1, 2, 3, 5, 7, 16};

	(void)state;
	for (size_t d = 0; d < sizeof(depths) / sizeof(depths[0]); d++) {
		const uint32_t depth = depths[d];
		uint64_t posted = 0, polled = 0;
		struct rig r;

		rig_open(&r, &(struct rig_opt){.sq_depth = depth, .cq_depth = depth});
		struct soft_cq *cq = (struct soft_cq *)r.cq[0];
		struct soft_qp *qp = (struct soft_qp *)r.qp[0];

		cq->head = cq->tail = UINT32_MAX - 2 * depth;
		qp->sq_head = qp->sq_tail = UINT32_MAX - 3 * depth;
		for (int turn = 0; turn < 100; turn++) {
			while (posted - polled < depth)
				assert_int_equal(post_signaled(&r, r.qp[0], posted++), 0);
			assert_int_equal(post_signaled(&r, r.qp[0], posted), ENOMEM);
			for (uint32_t i = 0; i < (depth + 1) / 2; i++)
				rig_expect(r.cq[0], polled++, IBV_WC_SUCCESS);
		}
		assert_int_equal(cq->ibv.cqe, depth);
		rig_close(&r);
	}
}

static void make_second_qp(struct rig *r, struct ibv_qp **qp)
{
	struct ibv_qp_init_attr a = {
		.send_cq = r->cq[0],
		.recv_cq = r->cq[0],
		.cap = {.max_send_wr = 16, .max_send_sge = 1},
		.qp_type = IBV_QPT_RC,
	};
	struct rig_link l;

	assert_int_equal(soft->qp_create(&r->n, &a, qp, NULL), 0);
	l = rig_link_default((*qp)->qp_num); /* connected to itself: allowed */
	rig_bring_up(r, *qp, &l, IBV_QPS_RTS);
}

/* Completions of two QPs interleave in posting order; those of a destroyed QP vanish, the others stay. */
static void test_shared(void **state)
{
	struct ibv_qp *second;
	struct ibv_wc wc;
	struct rig r;

	(void)state;
	rig_open(&r, &(struct rig_opt){0});
	make_second_qp(&r, &second);
	for (uint64_t i = 0; i < 12; i++)
		assert_int_equal(post_signaled(&r, i % 3 ? r.qp[0] : second, i), 0);
	assert_int_equal(ibv_poll_cq(r.cq[0], 1, &wc), 1);
	assert_int_equal(wc.wr_id, 0);
	assert_int_equal(wc.qp_num, second->qp_num);
	assert_int_equal(soft->qp_destroy(&r.n, second, NULL), 0);
	for (uint64_t i = 1; i < 12; i++) {
		if (i % 3)
			rig_expect(r.cq[0], i, IBV_WC_SUCCESS);
	}
	rig_expect_empty(r.cq[0]);
	rig_close(&r);
}

/* Fatal: what was there can be polled, then an error for ever; every QP of the CQ is in ERR. */
static void check_overrun(const char *device)
{
	struct ibv_qp *second;
	struct ibv_wc wc;
	struct rig r;

	rig_open(&r, &(struct rig_opt){.device = device, .cq_depth = 3});
	make_second_qp(&r, &second);
	for (uint64_t i = 0; i < 3; i++)
		assert_int_equal(post_signaled(&r, r.qp[0], i), 0);
	assert_int_equal(rig_post(&r, r.qp[0], IBV_WR_RDMA_WRITE, 0, 1, 3, 0), 0); /* needs no entry */
	assert_int_equal(soft->qp_state(&r.n, r.qp[0]), IBV_QPS_RTS);
	assert_int_equal(post_signaled(&r, r.qp[0], 4), 0);
	assert_int_equal(soft->qp_state(&r.n, r.qp[0]), IBV_QPS_ERR);
	assert_int_equal(soft->qp_state(&r.n, second), IBV_QPS_ERR);
	assert_int_equal(soft->qp_state(&r.n, r.qp[1]), IBV_QPS_RTS); /* on another CQ */
	for (uint64_t i = 0; i < 3; i++)
		rig_expect(r.cq[0], i, IBV_WC_SUCCESS);
	assert_int_equal(ibv_poll_cq(r.cq[0], 1, &wc), -EOVERFLOW);
	assert_int_equal(post_signaled(&r, second, 5), 0); /* its flush is lost as well */
	assert_int_equal(ibv_poll_cq(r.cq[0], 1, &wc), -EOVERFLOW);
	assert_int_equal(soft->qp_destroy(&r.n, second, NULL), 0);
	rig_close(&r);
}

static void test_overrun(void **state)
{
	(void)state;
	check_overrun("soft0");
	check_overrun("null0");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_batches),
		cmocka_unit_test(test_turns),
		cmocka_unit_test(test_shared),
		cmocka_unit_test(test_overrun),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
