// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* ibv_wr_*(): the same operations as by ibv_post_send(), batches, and every way a batch is refused. */
#include "soft/rig.h"

#include <arpa/inet.h>
#include <errno.h>
#include <string.h>

static const struct nic_backend *const soft = &nic_backend_soft;

static struct ibv_qp_ex *open_ex(struct rig *r, const struct rig_opt *o)
{
	struct rig_opt with = *o;
	struct ibv_qp_ex *ex;

	with.wr_api = true;
	rig_open(r, &with);
	ex = soft->qp_ex(&r->n, r->qp[0]);
	assert_non_null(ex);
	return ex;
}

static uint64_t at(const struct rig *r, int end, size_t offset)
{
	return (uintptr_t)r->buf[end] + offset;
}

static void begin(struct ibv_qp_ex *ex, uint64_t wr_id, unsigned int flags)
{
	ex->wr_id = wr_id;
	ex->wr_flags = flags;
}

static void test_pointer(void **state)
{
	struct nic_qp_spec spec = {.send_wrs = 1};
	struct ibv_qp *qp;
	struct rig r;

	(void)state;
	open_ex(&r, &(struct rig_opt){0});
	spec.send_cq = spec.recv_cq = r.cq[0];
	for (int i = 0; i < 2; i++) {
		spec.wr_api = i;
		assert_int_equal(soft->qp_create(&r.n, &spec, &qp, NULL), 0);
		assert_ptr_equal(soft->qp_ex(&r.n, qp), i ? (void *)qp : NULL);
		assert_int_equal(soft->qp_destroy(&r.n, qp, NULL), 0);
	}
	rig_close(&r);
}

static void test_operations(void **state)
{
	static const uint64_t signaled[] = {1, 3, 4, 7};
	struct ibv_sge list[2];
	struct ibv_qp_ex *ex;
	uint64_t *word;
	struct rig r;

	(void)state;
	ex = open_ex(&r, &(struct rig_opt){.max_sge = 2, .max_inline = 8});
	memset(r.buf[0], 0x5a, 512);
	memset(r.buf[1] + 1024, 0x77, 8);
	word = (uint64_t *)(void *)(r.buf[1] + 2048);
	*word = 40;
	for (uint64_t i = 0; i < 3; i++)
		assert_int_equal(rig_recv(&r, 1, 3000 + 16 * i, 16, 100 + i), 0);
	list[0] = (struct ibv_sge){at(&r, 0, 0), 3, r.mr[0]->lkey};
	list[1] = (struct ibv_sge){at(&r, 0, 100), 5, r.mr[0]->lkey};
	ibv_wr_start(ex);
	begin(ex, 1, IBV_SEND_SIGNALED);
	ibv_wr_rdma_write(ex, r.mr[1]->rkey, at(&r, 1, 0));
	ibv_wr_set_sge(ex, r.mr[0]->lkey, at(&r, 0, 0), 64);
	begin(ex, 2, 0);
	ibv_wr_rdma_write_imm(ex, r.mr[1]->rkey, at(&r, 1, 200), htonl(2));
	ibv_wr_set_sge_list(ex, 2, list);
	begin(ex, 3, IBV_SEND_SIGNALED);
	ibv_wr_rdma_read(ex, r.mr[1]->rkey, at(&r, 1, 1024));
	ibv_wr_set_sge(ex, r.mr[0]->lkey, at(&r, 0, 1024), 8);
	begin(ex, 4, IBV_SEND_SIGNALED);
	ibv_wr_send(ex);
	ibv_wr_set_inline_data(ex, "abcdefgh", 8);
	begin(ex, 5, 0);
	ibv_wr_send_imm(ex, htonl(5));
	begin(ex, 6, 0);
	ibv_wr_atomic_fetch_add(ex, r.mr[1]->rkey, at(&r, 1, 2048), 2);
	ibv_wr_set_sge(ex, r.mr[0]->lkey, at(&r, 0, 2048), 8);
	begin(ex, 7, IBV_SEND_SIGNALED);
	ibv_wr_atomic_cmp_swp(ex, r.mr[1]->rkey, at(&r, 1, 2048), 42, 99);
	ibv_wr_set_sge(ex, r.mr[0]->lkey, at(&r, 0, 2056), 8);
	rig_expect_empty(r.cq[0]); /* nothing before complete */
	assert_int_equal(ibv_wr_complete(ex), 0);
	for (size_t i = 0; i < sizeof(signaled) / sizeof(signaled[0]); i++)
		rig_expect(r.cq[0], signaled[i], IBV_WC_SUCCESS);
	rig_expect_empty(r.cq[0]);
	assert_int_equal(rig_expect(r.cq[1], 100, IBV_WC_SUCCESS).byte_len, 8);
	assert_int_equal(rig_expect(r.cq[1], 101, IBV_WC_SUCCESS).byte_len, 8);
	assert_int_equal(ntohl(rig_expect(r.cq[1], 102, IBV_WC_SUCCESS).imm_data), 5);
	assert_memory_equal(r.buf[1], r.buf[0], 64);
	assert_memory_equal(r.buf[1] + 200, r.buf[0], 8);
	assert_memory_equal(r.buf[0] + 1024, r.buf[1] + 1024, 8);
	assert_memory_equal(r.buf[1] + 3016, "abcdefgh", 8);
	assert_int_equal(*word, 99);
	assert_int_equal(*(uint64_t *)(void *)(r.buf[0] + 2048), 40);
	assert_int_equal(*(uint64_t *)(void *)(r.buf[0] + 2056), 42);
	rig_close(&r);
}

/* Inline data is read at once and of no MR; several pieces make one. */
static void test_inline_list(void **state)
{
	unsigned char data[8] = {1, 2, 3, 4, 5, 6, 7, 8};
	const struct ibv_data_buf list[] = {{data, 3}, {data + 3, 0}, {data + 3, 5}};
	struct ibv_qp_ex *ex;
	struct rig r;

	(void)state;
	ex = open_ex(&r, &(struct rig_opt){.max_inline = 8});
	ibv_wr_start(ex);
	begin(ex, 1, IBV_SEND_SIGNALED);
	ibv_wr_rdma_write(ex, r.mr[1]->rkey, at(&r, 1, 0));
	ibv_wr_set_inline_data_list(ex, 3, list);
	memset(data, 0, sizeof(data));
	assert_int_equal(ibv_wr_complete(ex), 0);
	rig_expect(r.cq[0], 1, IBV_WC_SUCCESS);
	for (unsigned char i = 0; i < 8; i++)
		assert_int_equal(r.buf[1][i], i + 1);
	rig_close(&r);
}

/* ---- refusals: nothing of the batch is posted, and the next batch works ---- */

static void write_one(struct rig *r, struct ibv_qp_ex *ex, uint64_t wr_id)
{
	begin(ex, wr_id, IBV_SEND_SIGNALED);
	ibv_wr_rdma_write(ex, r->mr[1]->rkey, at(r, 1, 0));
	ibv_wr_set_sge(ex, r->mr[0]->lkey, at(r, 0, 0), 8);
}

static void too_many_sges(struct rig *r, struct ibv_qp_ex *ex)
{
	struct ibv_sge list[2] = {{at(r, 0, 0), 8, r->mr[0]->lkey}, {at(r, 0, 0), 8, r->mr[0]->lkey}};

	ibv_wr_rdma_write(ex, r->mr[1]->rkey, at(r, 1, 0));
	ibv_wr_set_sge_list(ex, 2, list);
}

static void too_much_inline(struct rig *r, struct ibv_qp_ex *ex)
{
	ibv_wr_rdma_write(ex, r->mr[1]->rkey, at(r, 1, 0));
	ibv_wr_set_inline_data(ex, r->buf[0], 9);
}

static void wrapping_inline(struct rig *r, struct ibv_qp_ex *ex)
{
	const struct ibv_data_buf list[] = {{r->buf[0], 8}, {r->buf[0], SIZE_MAX}};

	ibv_wr_rdma_write(ex, r->mr[1]->rkey, at(r, 1, 0));
	ibv_wr_set_inline_data_list(ex, 2, list);
}

static void inline_read(struct rig *r, struct ibv_qp_ex *ex)
{
	ibv_wr_rdma_read(ex, r->mr[1]->rkey, at(r, 1, 0));
	ibv_wr_set_inline_data(ex, r->buf[0], 8);
}

static void too_many(struct rig *r, struct ibv_qp_ex *ex)
{
	for (uint64_t i = 0; i < 4; i++) /* with the one before five, in four slots */
		write_one(r, ex, i);
	ibv_wr_send(ex);
	ibv_wr_atomic_fetch_add(ex, 0, 0, 0); /* harmless once spoilt */
	ibv_wr_set_inline_data(ex, r->buf[0], 1);
}

static void test_refused(void **state)
{
	static const struct {
		void (*spoil)(struct rig *r, struct ibv_qp_ex *ex);
		int rc;
	} rows[] = {
		{too_many_sges, EINVAL}, {too_much_inline, ENOMEM}, {wrapping_inline, ENOMEM},
		{inline_read, EINVAL},	 {too_many, ENOMEM},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct ibv_qp_ex *ex;
		struct rig r;

		ex = open_ex(&r, &(struct rig_opt){.sq_depth = 4, .max_inline = 8});
		r.buf[0][0] = 1;
		ibv_wr_start(ex);
		write_one(&r, ex, 1);
		rows[i].spoil(&r, ex);
		assert_int_equal(ibv_wr_complete(ex), rows[i].rc);
		rig_expect_empty(r.cq[0]);
		assert_int_equal(r.buf[1][0], 0);
		ibv_wr_start(ex);
		for (uint64_t k = 0; k < 4; k++)
			write_one(&r, ex, k);
		assert_int_equal(ibv_wr_complete(ex), 0);
		for (uint64_t k = 0; k < 4; k++)
			rig_expect(r.cq[0], k, IBV_WC_SUCCESS);
		rig_close(&r);
	}
}

static void test_no_builder(void **state)
{
	struct ibv_qp_ex *ex;
	struct rig r;

	(void)state;
	ex = open_ex(&r, &(struct rig_opt){0});
	ibv_wr_start(ex);
	assert_int_equal(ibv_wr_complete(ex), 0); /* an empty batch is none */
	ibv_wr_start(ex);
	ibv_wr_set_sge(ex, r.mr[0]->lkey, at(&r, 0, 0), 8);
	assert_int_equal(ibv_wr_complete(ex), EINVAL);
	ibv_wr_start(ex);
	write_one(&r, ex, 1);
	ibv_wr_abort(ex);
	ibv_wr_start(ex);
	write_one(&r, ex, 2);
	assert_int_equal(ibv_wr_complete(ex), 0);
	rig_expect(r.cq[0], 2, IBV_WC_SUCCESS);
	rig_expect_empty(r.cq[0]);
	assert_int_equal(rig_modify(&r, r.qp[0], IBV_QPS_RESET), 0);
	ibv_wr_start(ex);
	write_one(&r, ex, 3);
	assert_int_equal(ibv_wr_complete(ex), EINVAL); /* wrong state */
	rig_close(&r);
}

/* Waiting SENDs lie in the same slots as staged ones; both calls mix on one QP. */
static void test_waiting(void **state)
{
	struct ibv_qp_ex *ex;
	struct rig r;

	(void)state;
	ex = open_ex(&r, &(struct rig_opt){.sq_depth = 4, .max_inline = 8});
	for (uint64_t turn = 0; turn < 5; turn++) {
		for (int i = 0; i < 2; i++) {
			ibv_wr_start(ex);
			begin(ex, turn + (uint64_t)i, IBV_SEND_SIGNALED);
			ibv_wr_send(ex);
			ibv_wr_set_inline_data(ex, i ? "second" : "first!", 6);
			assert_int_equal(ibv_wr_complete(ex), 0);
		}
		assert_int_equal(rig_post(&r, r.qp[0], IBV_WR_RDMA_WRITE, 0, 8, 77, IBV_SEND_SIGNALED), 0);
		rig_expect_empty(r.cq[0]);
		for (uint64_t i = 0; i < 2; i++) {
			assert_int_equal(rig_recv(&r, 1, 64 * (i + 1), 64, i), 0);
			rig_expect(r.cq[0], turn + i, IBV_WC_SUCCESS);
			rig_expect(r.cq[1], i, IBV_WC_SUCCESS);
		}
		rig_expect(r.cq[0], 77, IBV_WC_SUCCESS);
		assert_memory_equal(r.buf[1] + 64, "first!", 6);
		assert_memory_equal(r.buf[1] + 128, "second", 6);
		memset(r.buf[1], 0, r.bytes);
	}
	rig_close(&r);
}

/* Faults reach this way of posting too, and null0 has it. */
static void test_engine(void **state)
{
	struct ibv_qp_ex *ex;
	struct rig r;

	(void)state;
	ex = open_ex(&r, &(struct rig_opt){0});
	soft_fault_set(r.n.ctx, &(struct soft_fault){
					.kind = SOFT_FAULT_ERROR, .after = 1, .status = IBV_WC_REM_OP_ERR});
	ibv_wr_start(ex);
	for (uint64_t i = 0; i < 3; i++)
		write_one(&r, ex, i);
	assert_int_equal(ibv_wr_complete(ex), 0);
	rig_expect(r.cq[0], 0, IBV_WC_SUCCESS);
	rig_expect(r.cq[0], 1, IBV_WC_REM_OP_ERR);
	rig_expect(r.cq[0], 2, IBV_WC_WR_FLUSH_ERR);
	rig_close(&r);
	ex = open_ex(&r, &(struct rig_opt){.device = "null0"});
	r.buf[0][0] = 1;
	ibv_wr_start(ex);
	write_one(&r, ex, 4);
	assert_int_equal(ibv_wr_complete(ex), 0);
	rig_expect(r.cq[0], 4, IBV_WC_SUCCESS);
	assert_int_equal(r.buf[1][0], 0);
	rig_close(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_pointer),	    cmocka_unit_test(test_operations),
		cmocka_unit_test(test_inline_list), cmocka_unit_test(test_refused),
		cmocka_unit_test(test_no_builder),  cmocka_unit_test(test_waiting),
		cmocka_unit_test(test_engine),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
