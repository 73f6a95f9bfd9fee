// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Completion queues: batches, rings over many turns and past 2^32, two QPs on one CQ, overrun. */
#include "soft/rig.h"

#include <errno.h>
#include <string.h>

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
		qp->sq_head = qp->tail[SOFT_SQ] = UINT32_MAX - 3 * depth;
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
		.cap = {.max_send_wr = 16, .max_recv_wr = 16, .max_send_sge = 1, .max_recv_sge = 1},
		.qp_type = IBV_QPT_RC,
	};
	struct rig_link l;

	assert_int_equal(soft_qp_create(r->n.pd, &a, false, qp, NULL), 0);
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
	struct nic_event ev;
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
	assert_int_equal(soft->async(&r.n, &ev), 1); /* once */
	assert_false(ev.fatal);
	assert_int_equal(ev.qp_num, 0);
	assert_non_null(strstr(ev.text, "CQ_ERR"));
	assert_int_equal(soft->async(&r.n, &ev), 0);
	assert_int_equal(soft->qp_destroy(&r.n, second, NULL), 0);
	rig_close(&r);
}

static void test_overrun(void **state)
{
	(void)state;
	check_overrun("soft0");
	check_overrun("null0");
}

/* ---- sends and receives in one CQ ---- */

/* Two more QPs with all their completions in one CQ, connected to each other. */
static void open_both_in_one(struct rig *r, struct ibv_qp *qp[2], uint32_t depth, int receives)
{
	struct ibv_recv_wr *bad, wr = {0};

	rig_open(r, &(struct rig_opt){.cq_depth = depth});
	make_second_qp(r, &qp[0]);
	make_second_qp(r, &qp[1]);
	for (int i = 0; i < 2; i++) {
		struct rig_link l = rig_link_default(qp[!i]->qp_num);

		assert_int_equal(rig_modify(r, qp[i], IBV_QPS_RESET), 0);
		rig_bring_up(r, qp[i], &l, IBV_QPS_RTS);
	}
	for (int i = 0; i < receives; i++)
		assert_int_equal(ibv_post_recv(qp[1], &wr, &bad), 0);
}

static void send_empty(struct rig *r, struct ibv_qp *qp, int n)
{
	while (n--)
		assert_int_equal(rig_post(r, qp, IBV_WR_SEND, 0, 0, 1, IBV_SEND_SIGNALED), 0);
}

/* Neither kind starves when the poller takes few at a time. */
static void test_both_kinds(void **state)
{
	struct ibv_qp *qp[2];
	struct ibv_wc wc[4];
	struct rig r;
	int recv = 0;

	(void)state;
	open_both_in_one(&r, qp, 16, 8);
	send_empty(&r, qp[0], 8);
	for (int turn = 0; turn < 4; turn++) {
		int here = 0;

		assert_int_equal(ibv_poll_cq(r.cq[0], 4, wc), 4);
		for (int i = 0; i < 4; i++)
			here += wc[i].opcode == IBV_WC_RECV;
		assert_int_equal(here, 2);
		recv += here;
	}
	assert_int_equal(recv, 8);
	rig_expect_empty(r.cq[0]);
	for (int i = 0; i < 2; i++)
		assert_int_equal(soft->qp_destroy(&r.n, qp[i], NULL), 0);
	rig_close(&r);
}

/* Both kinds count against one depth. */
static void test_both_overrun(void **state)
{
	(void)state;
	for (int over = 0; over < 2; over++) {
		struct ibv_qp *qp[2];
		struct ibv_wc wc[8];
		struct nic_event ev;
		struct rig r;

		open_both_in_one(&r, qp, 6, 4);
		send_empty(&r, qp[0], 3 + over);
		assert_int_equal(ibv_poll_cq(r.cq[0], 8, wc), 6 + 2 * over);
		assert_int_equal(ibv_poll_cq(r.cq[0], 1, wc), over ? -EOVERFLOW : 0);
		assert_int_equal(soft->async(&r.n, &ev), over);
		assert_int_equal(soft->qp_state(&r.n, qp[1]), over ? IBV_QPS_ERR : IBV_QPS_RTS);
		for (int i = 0; i < 2; i++)
			assert_int_equal(soft->qp_destroy(&r.n, qp[i], NULL), 0);
		rig_close(&r);
	}
}

/* More receives than the CQ holds, pushed from the other end. */
static void test_receive_overrun(void **state)
{
	struct ibv_wc wc[4];
	struct rig r;

	(void)state;
	rig_open(&r, &(struct rig_opt){.cq_depth = 3});
	for (uint64_t i = 0; i < 4; i++) {
		assert_int_equal(rig_recv(&r, 1, 0, 8, i), 0);
		assert_int_equal(rig_post(&r, r.qp[0], IBV_WR_SEND, 0, 1, i, 0), 0);
	}
	assert_int_equal(soft->qp_state(&r.n, r.qp[1]), IBV_QPS_ERR);
	assert_int_equal(ibv_poll_cq(r.cq[1], 4, wc), 3);
	assert_int_equal(ibv_poll_cq(r.cq[1], 4, wc), -EOVERFLOW);
	rig_close(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_batches),		cmocka_unit_test(test_turns),
		cmocka_unit_test(test_shared),		cmocka_unit_test(test_overrun),
		cmocka_unit_test(test_both_kinds),	cmocka_unit_test(test_both_overrun),
		cmocka_unit_test(test_receive_overrun),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
