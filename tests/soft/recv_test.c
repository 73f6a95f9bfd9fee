// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Receive queues: SEND and immediate data, what both ends see of each error, waiting for a receive, flushes.
 */
#include "soft/rig.h"

#include <arpa/inet.h>
#include <errno.h>
#include <string.h>

static const struct nic_backend *const soft = &nic_backend_soft;

#define SEND  IBV_WR_SEND
#define SENDI IBV_WR_SEND_WITH_IMM
#define WIMM  IBV_WR_RDMA_WRITE_WITH_IMM

enum { IMM = 0x12345678 };

static int post_imm(struct rig *r, enum ibv_wr_opcode opcode, size_t at, uint32_t bytes, uint64_t wr_id)
{
	struct ibv_send_wr *bad;
	struct rig_op op;

	rig_op(r, &op, opcode, at, bytes, wr_id, IBV_SEND_SIGNALED);
	op.wr.imm_data = htonl(IMM);
	return ibv_post_send(r->qp[0], &op.wr, &bad);
}

/* ---- what a message is at both ends ---- */

static void test_message(void **state)
{
	static const struct {
		enum ibv_wr_opcode opcode;
		enum ibv_wc_opcode sent, received;
		unsigned int flags;
		uint32_t bytes;
	} rows[] = {
		{SEND, IBV_WC_SEND, IBV_WC_RECV, 0, 100},
		{SEND, IBV_WC_SEND, IBV_WC_RECV, 0, 0},
		{SENDI, IBV_WC_SEND, IBV_WC_RECV, IBV_WC_WITH_IMM, 100},
		{WIMM, IBV_WC_RDMA_WRITE, IBV_WC_RECV_RDMA_WITH_IMM, IBV_WC_WITH_IMM, 100},
		{WIMM, IBV_WC_RDMA_WRITE, IBV_WC_RECV_RDMA_WITH_IMM, IBV_WC_WITH_IMM, 0},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct ibv_wc wc;
		struct rig r;

		rig_open(&r, &(struct rig_opt){0});
		memset(r.buf[0], 0x5a, r.bytes);
		assert_int_equal(rig_recv(&r, 1, 512, 128, 7), 0);
		assert_int_equal(post_imm(&r, rows[i].opcode, 512, rows[i].bytes, 8), 0);
		wc = rig_expect(r.cq[0], 8, IBV_WC_SUCCESS);
		assert_int_equal(wc.opcode, rows[i].sent);
		wc = rig_expect(r.cq[1], 7, IBV_WC_SUCCESS);
		assert_int_equal(wc.opcode, rows[i].received);
		assert_int_equal(wc.byte_len, rows[i].bytes);
		assert_int_equal(wc.wc_flags, rows[i].flags);
		assert_int_equal(wc.qp_num, r.qp[1]->qp_num);
		if (rows[i].flags)
			assert_int_equal(ntohl(wc.imm_data), IMM);
		rig_expect_empty(r.cq[0]);
		rig_expect_empty(r.cq[1]);
		assert_memory_equal(r.buf[1] + 512, r.buf[0], rows[i].bytes);
		assert_int_equal(r.buf[1][511], 0);
		assert_int_equal(r.buf[1][512 + rows[i].bytes], 0);
		rig_close(&r);
	}
}

/* Pieces of different sizes at both ends, empty ones among them; a list of WRs into a list of receives. */
static void test_pieces(void **state)
{
	static const uint32_t from[] = {3, 0, 70, 1}, to[] = {0, 10, 60, 30};
	struct ibv_sge out[4], in[4];
	struct ibv_send_wr *bad, wr = {.wr_id = 1, .sg_list = out, .num_sge = 4, .opcode = SEND};
	struct ibv_recv_wr *bad_recv, recv = {.wr_id = 2, .sg_list = in, .num_sge = 4};
	unsigned char sent[74], got[100];
	size_t at = 0;
	struct rig r;

	(void)state;
	rig_open(&r, &(struct rig_opt){.max_sge = 4, .sq_sig_all = 1});
	for (size_t i = 0; i < r.bytes; i++)
		r.buf[0][i] = (unsigned char)(i * 7 + i / 256);
	for (size_t i = 0; i < 4; i++) {
		out[i] = (struct ibv_sge){(uintptr_t)r.buf[0] + 1000 * i, from[i],
					  from[i] ? r.mr[0]->lkey : 0};
		in[i] = (struct ibv_sge){(uintptr_t)r.buf[1] + 1000 * i, to[i], to[i] ? r.mr[1]->lkey : 0};
		memcpy(sent + at, r.buf[0] + 1000 * i, from[i]);
		at += from[i];
	}
	assert_int_equal(ibv_post_recv(r.qp[1], &recv, &bad_recv), 0);
	assert_int_equal(ibv_post_send(r.qp[0], &wr, &bad), 0);
	rig_expect(r.cq[0], 1, IBV_WC_SUCCESS);
	assert_int_equal(rig_expect(r.cq[1], 2, IBV_WC_SUCCESS).byte_len, 74);
	at = 0;
	for (size_t i = 0; i < 4; i++) {
		memcpy(got + at, r.buf[1] + 1000 * i, to[i]);
		at += to[i];
	}
	assert_memory_equal(got, sent, 74);
	for (size_t i = 74; i < 100; i++)
		assert_int_equal(got[i], 0);
	assert_int_equal(soft_mr_count(r.mr[0]).ops[SOFT_READ], 3);
	assert_int_equal(soft_mr_count(r.mr[0]).bytes[SOFT_READ], 74);
	assert_int_equal(soft_mr_count(r.mr[1]).ops[SOFT_WRITE], 3);
	assert_int_equal(soft_mr_count(r.mr[1]).bytes[SOFT_WRITE], 74);
	rig_close(&r);
}

/* ---- posting receives ---- */

static void test_refused(void **state)
{
	struct ibv_recv_wr *bad, wr[3];
	struct ibv_sge sge = {0};
	struct rig r;

	(void)state;
	rig_open(&r, &(struct rig_opt){.rq_depth = 2});
	for (int i = 0; i < 3; i++)
		wr[i] = (struct ibv_recv_wr){.sg_list = &sge, .next = i < 2 ? &wr[i + 1] : NULL};
	assert_int_equal(ibv_post_recv(r.qp[1], wr, &bad), ENOMEM);
	assert_ptr_equal(bad, &wr[2]);
	assert_int_equal(post_imm(&r, SEND, 0, 0, 1), 0); /* taken, but its slot comes back by polling */
	assert_int_equal(ibv_post_recv(r.qp[1], &wr[2], &bad), ENOMEM);
	rig_expect(r.cq[1], 0, IBV_WC_SUCCESS);
	wr[2].num_sge = 2;
	assert_int_equal(ibv_post_recv(r.qp[1], &wr[2], &bad), EINVAL);
	wr[2].num_sge = -1;
	assert_int_equal(ibv_post_recv(r.qp[1], &wr[2], &bad), EINVAL);
	wr[2].num_sge = 1;
	assert_int_equal(ibv_post_recv(r.qp[1], &wr[2], &bad), 0);
	assert_int_equal(rig_modify(&r, r.qp[1], IBV_QPS_RESET), 0);
	assert_int_equal(ibv_post_recv(r.qp[1], &wr[2], &bad), EINVAL);
	assert_int_equal(ibv_req_notify_cq(r.cq[0], 0), 0);
	rig_close(&r);
}

/* Many turns of a ring that is no power of two. */
static void test_turns(void **state)
{
	struct rig r;

	(void)state;
	rig_open(&r, &(struct rig_opt){.rq_depth = 3, .cq_depth = 3});
	for (uint64_t i = 0; i < 3; i++)
		assert_int_equal(rig_recv(&r, 1, 8 * i, 8, i), 0);
	for (uint64_t i = 0; i < 1000; i++) {
		r.buf[0][0] = (unsigned char)i;
		assert_int_equal(post_imm(&r, SEND, 0, 1, i), 0);
		rig_expect(r.cq[0], i, IBV_WC_SUCCESS);
		rig_expect(r.cq[1], i, IBV_WC_SUCCESS);
		assert_int_equal(r.buf[1][8 * (i % 3)], (unsigned char)i);
		assert_int_equal(rig_recv(&r, 1, 8 * (i % 3), 8, i + 3), 0);
		assert_int_equal(rig_recv(&r, 1, 0, 8, 0), ENOMEM);
	}
	rig_close(&r);
}

/* ---- errors ---- */

struct error_row {
	const char *what;
	enum ibv_wr_opcode opcode;
	uint32_t bytes;
	uint32_t lkey_xor; /* of the receive */
	uint32_t rkey_xor;
	enum ibv_wc_status sender, receiver;
	enum soft_syndrome syndrome;
};

static const struct error_row error_rows[] = {
	{"too long", SEND, 65, 0, 0, IBV_WC_REM_INV_REQ_ERR, IBV_WC_LOC_LEN_ERR, SOFT_SYN_LENGTH},
	{"bad receive key", SEND, 64, 1, 0, IBV_WC_REM_OP_ERR, IBV_WC_LOC_PROT_ERR, SOFT_SYN_KEY},
	{"bad rkey", WIMM, 64, 0, 1, IBV_WC_REM_ACCESS_ERR, IBV_WC_WR_FLUSH_ERR, SOFT_SYN_KEY},
	{"message too long", SEND, SOFT_MAX_MSG_BYTES + 1, 0, 0, IBV_WC_LOC_LEN_ERR, IBV_WC_SUCCESS,
	 SOFT_SYN_LENGTH},
	{"receive not looked at", WIMM, 128, 1, 0, IBV_WC_SUCCESS, IBV_WC_SUCCESS, SOFT_SYN_NONE},
	{"empty needs no key", SEND, 0, 1, 0, IBV_WC_SUCCESS, IBV_WC_SUCCESS, SOFT_SYN_NONE},
};

static void check_error(const struct error_row *row)
{
	bool refused = row->receiver != IBV_WC_SUCCESS;
	struct ibv_send_wr *bad;
	struct rig_op op;
	struct ibv_wc wc;
	struct rig r;

	rig_open(&r, &(struct rig_opt){0});
	r.mr[1]->lkey ^= row->lkey_xor;
	for (uint64_t i = 0; i < 2; i++)
		assert_int_equal(rig_recv(&r, 1, 0, 64, i), 0);
	r.mr[1]->lkey ^= row->lkey_xor;
	rig_op(&r, &op, row->opcode, 0, row->bytes, 9, IBV_SEND_SIGNALED);
	op.wr.wr.rdma.rkey ^= row->rkey_xor;
	assert_int_equal(ibv_post_send(r.qp[0], &op.wr, &bad), 0);
	wc = rig_expect(r.cq[0], 9, row->sender);
	if (wc.vendor_err != row->syndrome)
		fail_msg("%s: syndrome %u", row->what, wc.vendor_err);
	if (row->sender == IBV_WC_LOC_LEN_ERR) { /* never left */
		rig_expect_empty(r.cq[1]);
	} else {
		rig_expect(r.cq[1], 0, row->receiver);
		if (refused)
			rig_expect(r.cq[1], 1, IBV_WC_WR_FLUSH_ERR);
		rig_expect_empty(r.cq[1]);
	}
	assert_int_equal(soft->qp_state(&r.n, r.qp[1]), refused ? IBV_QPS_ERR : IBV_QPS_RTS);
	rig_close(&r);
}

static void test_errors(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(error_rows) / sizeof(error_rows[0]); i++)
		check_error(&error_rows[i]);
}

/* Own faults come first, then who answers, then whether there is a receive. */
static void test_precedence(void **state)
{
	struct rig r;

	(void)state;
	rig_open(&r, &(struct rig_opt){0});
	r.mr[0]->lkey ^= 1;
	assert_int_equal(post_imm(&r, SEND, 0, 8, 1), 0);
	r.mr[0]->lkey ^= 1;
	rig_expect(r.cq[0], 1, IBV_WC_LOC_PROT_ERR);
	rig_close(&r);
	rig_open(&r, &(struct rig_opt){0});
	assert_int_equal(rig_modify(&r, r.qp[1], IBV_QPS_ERR), 0);
	assert_int_equal(post_imm(&r, SEND, 0, 8, 1), 0);
	rig_expect(r.cq[0], 1, IBV_WC_RETRY_EXC_ERR);
	rig_close(&r);
}

/* ---- null0 ---- */

/* null0: sent at once, and nobody receives anything. */
static void test_null(void **state)
{
	struct rig r;

	(void)state;
	rig_open(&r, &(struct rig_opt){.device = "null0", .rq_depth = 1});
	assert_int_equal(rig_recv(&r, 1, 0, 8, 10), 0);
	assert_int_equal(rig_recv(&r, 1, 0, 8, 11), ENOMEM);
	for (uint64_t i = 0; i < 3; i++) {
		assert_int_equal(post_imm(&r, SEND, 0, 8, i), 0);
		assert_int_equal(rig_expect(r.cq[0], i, IBV_WC_SUCCESS).opcode, IBV_WC_SEND);
	}
	rig_expect_empty(r.cq[1]);
	rig_close(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_message), cmocka_unit_test(test_pieces),
		cmocka_unit_test(test_refused), cmocka_unit_test(test_turns),
		cmocka_unit_test(test_errors),	cmocka_unit_test(test_precedence),
		cmocka_unit_test(test_null),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
