// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* No receive posted: what waits, in which order it goes on, when it gives up; and flushes of both queues. */
#include "soft/rig.h"

#include <arpa/inet.h>
#include <errno.h>
#include <string.h>

static const struct nic_backend *const soft = &nic_backend_soft;

#define SEND  IBV_WR_SEND
#define SENDI IBV_WR_SEND_WITH_IMM

enum { IMM = 0x12345678 };

static int post_imm(struct rig *r, enum ibv_wr_opcode opcode, size_t at, uint32_t bytes, uint64_t wr_id)
{
	struct ibv_send_wr *bad;
	struct rig_op op;

	rig_op(r, &op, opcode, at, bytes, wr_id, IBV_SEND_SIGNALED);
	op.wr.imm_data = htonl(IMM);
	return ibv_post_send(r->qp[0], &op.wr, &bad);
}

/* ---- no receive posted ---- */

/* Everything behind it waits too, keeps its content, and goes in order when polled after a receive. */
static void test_rnr_order(void **state)
{
	struct rig r;

	(void)state;
	rig_open(&r, &(struct rig_opt){.sq_depth = 4});
	r.buf[0][0] = 1;
	r.buf[0][64] = 2;
	assert_int_equal(post_imm(&r, SEND, 0, 1, 1), 0);
	assert_int_equal(rig_post(&r, r.qp[0], IBV_WR_RDMA_WRITE, 64, 1, 2, 0), 0);
	assert_int_equal(post_imm(&r, SENDI, 64, 1, 3), 0);
	assert_int_equal(rig_post(&r, r.qp[0], IBV_WR_RDMA_READ, 128, 1, 4, IBV_SEND_SIGNALED), 0);
	assert_int_equal(rig_post(&r, r.qp[0], IBV_WR_RDMA_READ, 128, 1, 5, 0), ENOMEM);
	rig_expect_empty(r.cq[0]);
	assert_int_equal(r.buf[1][64], 0);
	assert_int_equal(rig_recv(&r, 1, 256, 8, 11), 0);
	rig_expect(r.cq[0], 1, IBV_WC_SUCCESS);
	rig_expect_empty(r.cq[0]); /* the READ waits behind the second SEND */
	assert_int_equal(r.buf[1][256], 1);
	assert_int_equal(r.buf[1][64], 2);
	assert_int_equal(rig_recv(&r, 1, 264, 8, 12), 0);
	rig_expect(r.cq[0], 3, IBV_WC_SUCCESS);
	rig_expect(r.cq[0], 4, IBV_WC_SUCCESS);
	rig_expect(r.cq[1], 11, IBV_WC_SUCCESS);
	assert_int_equal(ntohl(rig_expect(r.cq[1], 12, IBV_WC_SUCCESS).imm_data), IMM);
	assert_int_equal(soft->qp_state(&r.n, r.qp[0]), IBV_QPS_RTS);
	for (uint64_t i = 0; i < 4; i++) /* all four slots are back */
		assert_int_equal(rig_post(&r, r.qp[0], IBV_WR_RDMA_WRITE, 0, 1, i, 0), 0);
	rig_close(&r);
}

/* Posting is enough to go on; two QPs of one CQ wait independently. */
static void test_rnr_by_post(void **state)
{
	struct ibv_qp *second[2];
	struct rig r;

	(void)state;
	rig_open(&r, &(struct rig_opt){0});
	rig_pair(&r, second);
	assert_int_equal(rig_post(&r, second[0], SEND, 0, 1, 20, IBV_SEND_SIGNALED), 0);
	assert_int_equal(post_imm(&r, SEND, 0, 1, 1), 0);
	assert_int_equal(rig_recv(&r, 1, 0, 8, 11), 0);
	assert_int_equal(rig_post(&r, r.qp[0], IBV_WR_RDMA_WRITE, 0, 1, 2, IBV_SEND_SIGNALED), 0);
	rig_expect(r.cq[1], 11, IBV_WC_SUCCESS);
	rig_expect(r.cq[0], 1, IBV_WC_SUCCESS);
	rig_expect(r.cq[0], 2, IBV_WC_SUCCESS);
	rig_expect_empty(r.cq[0]);
	assert_int_equal(rig_post(&r, second[0], IBV_WR_RDMA_WRITE, 0, 1, 21, 0), 0);
	rig_unpair(&r, second); /* takes what waits along */
	rig_expect_empty(r.cq[0]);
	assert_int_equal(post_imm(&r, SEND, 0, 1, 3), 0);
	assert_int_equal(rig_modify(&r, r.qp[0], IBV_QPS_RESET), 0); /* so does this */
	rig_expect_empty(r.cq[0]);
	rig_close(&r);
}

/* What waits is a copy: WR, SGEs and inline data may be reused at once. */
static void test_rnr_copies(void **state)
{
	unsigned char data[2][4] = {{1, 2, 3, 4}, {5, 6, 7, 8}};
	struct ibv_sge sge[2] = {{(uintptr_t)data[0], 4, 0}, {(uintptr_t)data[1], 4, 0}};
	struct ibv_send_wr *bad, wr = {
					 .wr_id = 1,
					 .sg_list = sge,
					 .num_sge = 2,
					 .opcode = SEND,
					 .send_flags = IBV_SEND_SIGNALED | IBV_SEND_INLINE,
				 };
	struct rig r;

	(void)state;
	rig_open(&r, &(struct rig_opt){.max_sge = 2, .max_inline = 8});
	assert_int_equal(ibv_post_send(r.qp[0], &wr, &bad), 0);
	memset(data, 0xff, sizeof(data));
	memset(sge, 0xff, sizeof(sge));
	memset(&wr, 0xff, sizeof(wr));
	assert_int_equal(rig_recv(&r, 1, 0, 8, 2), 0);
	rig_expect(r.cq[0], 1, IBV_WC_SUCCESS);
	rig_expect(r.cq[1], 2, IBV_WC_SUCCESS);
	for (unsigned char i = 0; i < 8; i++)
		assert_int_equal(r.buf[1][i], i + 1);
	assert_int_equal(soft_mr_count(r.mr[0]).ops[SOFT_READ], 0); /* inline data is of no MR */
	rig_close(&r);
}

static void relink(struct rig *r, uint8_t rnr_retry)
{
	struct rig_link l = rig_link_default(r->qp[1]->qp_num);

	l.rnr_retry = rnr_retry;
	assert_int_equal(rig_modify(r, r->qp[0], IBV_QPS_RESET), 0);
	rig_bring_up(r, r->qp[0], &l, IBV_QPS_RTS);
}

/* Fewer than "for ever": the WR fails in the end, and what waited behind it is flushed. */
static void test_rnr_gives_up(void **state)
{
	(void)state;
	for (unsigned int retry = 0; retry < SOFT_RNR_FOR_EVER; retry += 3) {
		struct ibv_wc wc;
		struct rig r;
		int n;

		rig_open(&r, &(struct rig_opt){0});
		relink(&r, (uint8_t)retry);
		assert_int_equal(rig_post(&r, r.qp[0], SEND, 0, 8, 1, 0), 0);
		assert_int_equal(rig_post(&r, r.qp[0], IBV_WR_RDMA_WRITE, 0, 8, 2, 0), 0);
		do
			n = ibv_poll_cq(r.cq[0], 1, &wc);
		while (!n);
		assert_int_equal(wc.status, IBV_WC_RNR_RETRY_EXC_ERR);
		assert_int_equal(wc.vendor_err, SOFT_SYN_RNR);
		assert_int_equal(wc.wr_id, 1);
		rig_expect(r.cq[0], 2, IBV_WC_WR_FLUSH_ERR);
		assert_int_equal(soft->qp_state(&r.n, r.qp[0]), IBV_QPS_ERR);
		assert_int_equal(soft->qp_state(&r.n, r.qp[1]), IBV_QPS_RTS); /* has done nothing wrong */
		rig_close(&r);
	}
}

/* ---- flush ---- */

static void test_flush(void **state)
{
	struct rig r;

	(void)state;
	rig_open(&r, &(struct rig_opt){0});
	assert_int_equal(rig_recv(&r, 1, 0, 8, 10), 0);
	assert_int_equal(rig_recv(&r, 1, 0, 8, 11), 0);
	assert_int_equal(post_imm(&r, SEND, 0, 8, 1), 0);
	assert_int_equal(rig_modify(&r, r.qp[1], IBV_QPS_ERR), 0);
	assert_int_equal(rig_recv(&r, 1, 0, 8, 12), 0); /* also what is posted from now on */
	rig_expect(r.cq[1], 10, IBV_WC_SUCCESS);
	rig_expect(r.cq[1], 11, IBV_WC_WR_FLUSH_ERR);
	rig_expect(r.cq[1], 12, IBV_WC_WR_FLUSH_ERR);
	assert_int_equal(rig_recv(&r, 1, 0, 8, 13), 0);
	rig_expect(r.cq[1], 13, IBV_WC_WR_FLUSH_ERR);
	rig_expect_empty(r.cq[1]);
	rig_close(&r);
}

/* What was taken before the error completes before what is flushed, however many are polled at once. */
static void test_flush_order(void **state)
{
	enum { RECEIVES = 8, TAKEN = 5 };
	struct ibv_wc wc[RECEIVES];
	uint64_t next = 0;
	struct rig r;

	(void)state;
	rig_open(&r, &(struct rig_opt){0});
	for (uint64_t i = 0; i < RECEIVES; i++)
		assert_int_equal(rig_recv(&r, 1, 0, 8, i), 0);
	for (uint64_t i = 0; i < TAKEN; i++)
		assert_int_equal(post_imm(&r, SEND, 0, 8, i), 0);
	assert_int_equal(rig_modify(&r, r.qp[1], IBV_QPS_ERR), 0);
	while (next < RECEIVES) {
		int n = ibv_poll_cq(r.cq[1], RECEIVES, wc);

		assert_true(n > 0);
		for (int i = 0; i < n; i++, next++) {
			assert_int_equal(wc[i].wr_id, next);
			assert_int_equal(wc[i].status, next < TAKEN ? IBV_WC_SUCCESS : IBV_WC_WR_FLUSH_ERR);
		}
	}
	rig_expect_empty(r.cq[1]);
	rig_close(&r);
}

/* SENDs that wait are flushed by polling, signaled or not. */
static void test_flush_waiting(void **state)
{
	struct rig r;

	(void)state;
	rig_open(&r, &(struct rig_opt){0});
	assert_int_equal(rig_post(&r, r.qp[0], SEND, 0, 8, 1, 0), 0);
	assert_int_equal(rig_post(&r, r.qp[0], SEND, 0, 8, 2, IBV_SEND_SIGNALED), 0);
	assert_int_equal(rig_modify(&r, r.qp[0], IBV_QPS_ERR), 0);
	rig_expect(r.cq[0], 1, IBV_WC_WR_FLUSH_ERR);
	rig_expect(r.cq[0], 2, IBV_WC_WR_FLUSH_ERR);
	rig_expect_empty(r.cq[0]);
	rig_close(&r);
	rig_open(&r, &(struct rig_opt){0}); /* the peer goes: retries run out */
	assert_int_equal(rig_post(&r, r.qp[0], SEND, 0, 8, 1, 0), 0);
	assert_int_equal(rig_modify(&r, r.qp[1], IBV_QPS_ERR), 0);
	rig_expect(r.cq[0], 1, IBV_WC_RETRY_EXC_ERR);
	rig_close(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rnr_order),     cmocka_unit_test(test_rnr_by_post),
		cmocka_unit_test(test_rnr_copies),    cmocka_unit_test(test_rnr_gives_up),
		cmocka_unit_test(test_flush),	      cmocka_unit_test(test_flush_order),
		cmocka_unit_test(test_flush_waiting),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
