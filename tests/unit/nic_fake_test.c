// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The fake itself: what its data path moves, and how it answers wrong keys, ranges, rights and states. */
#include <errno.h>

#include "fakes/nic_check.h"
#include "mem/mem.h"

enum {
	BYTES = 4096,
	DEPTH = 4,
	RIGHTS = IBV_ACCESS_REMOTE_READ | IBV_ACCESS_REMOTE_WRITE,
	ALL_RIGHTS = RIGHTS | IBV_ACCESS_LOCAL_WRITE
};

struct rig {
	struct nic *n;
	struct ibv_cq *cq;
	struct ibv_qp *qp;
	struct nic_mr local, remote;
	char near[BYTES], far[BYTES];
};

static void rig_open(struct rig *r, int remote_rights)
{
	const struct mem_buf near = {.kind = MEM_HOST, .bytes = BYTES, .va = r->near, .fd = -1};
	const struct mem_buf far = {.kind = MEM_HOST, .bytes = BYTES, .va = r->far, .fd = -1};
	struct nic_qp_addr addr;

	r->n = check_open(&fake_roce);
	assert_int_equal(nic_mr_reg(r->n, &near, 0, BYTES, ALL_RIGHTS, &r->local, NULL), 0);
	assert_int_equal(nic_mr_reg(r->n, &far, 0, BYTES, remote_rights, &r->remote, NULL), 0);
	assert_int_equal(nic_cq_create(r->n, DEPTH, &r->cq, NULL), 0);
	assert_int_equal(nic_qp_create(r->n, r->cq, DEPTH, &r->qp, NULL), 0);
	nic_qp_addr(r->n, r->qp, &addr);
	assert_int_equal(nic_qp_connect(r->n, r->qp, &addr, &addr, RIGHTS, NULL), 0);
	memset(r->near, 0x11, BYTES);
	memset(r->far, 0x22, BYTES);
}

static void rig_close(struct rig *r)
{
	assert_int_equal(nic_qp_destroy(r->n, r->qp, NULL), 0);
	assert_int_equal(nic_cq_destroy(r->n, r->cq, NULL), 0);
	assert_int_equal(nic_mr_dereg(r->n, &r->local, NULL), 0);
	assert_int_equal(nic_mr_dereg(r->n, &r->remote, NULL), 0);
	nic_close(r->n);
}

static int post(struct rig *r, enum ibv_wr_opcode op, uint32_t bytes, uint32_t lkey, uint32_t rkey,
		unsigned int flags)
{
	struct ibv_sge sge = {.addr = r->local.addr, .length = bytes, .lkey = lkey};
	struct ibv_send_wr *bad, wr = {.sg_list = &sge,
				       .num_sge = 1,
				       .opcode = op,
				       .send_flags = flags,
				       .wr.rdma = {.remote_addr = r->remote.addr, .rkey = rkey}};

	return ibv_post_send(r->qp, &wr, &bad);
}

/* Status of one signaled request. */
static int status_of(struct rig *r, enum ibv_wr_opcode op, uint32_t bytes, uint32_t lkey, uint32_t rkey)
{
	struct ibv_wc wc = {0};

	assert_int_equal(post(r, op, bytes, lkey, rkey, IBV_SEND_SIGNALED), 0);
	assert_int_equal(ibv_poll_cq(r->cq, 1, &wc), 1);
	return wc.status;
}

static void data_moves(void **state)
{
	struct rig r;

	(void)state;
	rig_open(&r, ALL_RIGHTS);
	assert_int_equal(status_of(&r, IBV_WR_RDMA_READ, 8, r.local.mr->lkey, r.remote.mr->rkey),
			 IBV_WC_SUCCESS);
	assert_int_equal(r.near[7], 0x22);
	assert_int_equal(r.near[8], 0x11);
	r.near[0] = 0x33;
	assert_int_equal(status_of(&r, IBV_WR_RDMA_WRITE, 8, r.local.mr->lkey, r.remote.mr->rkey),
			 IBV_WC_SUCCESS);
	assert_int_equal(r.far[0], 0x33);
	rig_close(&r);
}

static void faults(void **state)
{
	static const struct {
		uint32_t bytes, lkey_off, rkey_off;
		int rights, want;
	} row[] = {
		{8, 100, 0, ALL_RIGHTS, IBV_WC_LOC_PROT_ERR},
		{8, 0, 100, ALL_RIGHTS, IBV_WC_REM_ACCESS_ERR},
		{BYTES + 1, 0, 0, ALL_RIGHTS, IBV_WC_REM_ACCESS_ERR},
		{8, 0, 0, IBV_ACCESS_REMOTE_READ, IBV_WC_REM_ACCESS_ERR},
	};
	struct rig r;

	(void)state;
	for (size_t i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
		uint32_t lkey, rkey;

		fake_reset();
		rig_open(&r, row[i].rights);
		lkey = r.local.mr->lkey + row[i].lkey_off;
		rkey = r.remote.mr->rkey + row[i].rkey_off;
		assert_int_equal(status_of(&r, IBV_WR_RDMA_WRITE, row[i].bytes, lkey, rkey), row[i].want);
		assert_int_equal(status_of(&r, IBV_WR_RDMA_WRITE, 8, lkey, rkey), IBV_WC_WR_FLUSH_ERR);
		rig_close(&r);
	}
}

static void unsignaled_and_full(void **state)
{
	struct ibv_wc wc;
	struct rig r;

	(void)state;
	rig_open(&r, ALL_RIGHTS);
	assert_int_equal(post(&r, IBV_WR_RDMA_WRITE, 8, r.local.mr->lkey, r.remote.mr->rkey, 0), 0);
	assert_int_equal(ibv_poll_cq(r.cq, 1, &wc), 0);
	for (int i = 0; i < DEPTH; i++)
		assert_int_equal(post(&r, IBV_WR_RDMA_WRITE, 8, r.local.mr->lkey, r.remote.mr->rkey,
				      IBV_SEND_SIGNALED),
				 0);
	assert_int_equal(
		post(&r, IBV_WR_RDMA_WRITE, 8, r.local.mr->lkey, r.remote.mr->rkey, IBV_SEND_SIGNALED),
		ENOMEM);
	rig_close(&r);
}

static void unknown_operation(void **state)
{
	struct rig r;

	(void)state;
	rig_open(&r, ALL_RIGHTS);
	assert_int_equal(post(&r, IBV_WR_SEND, 8, r.local.mr->lkey, r.remote.mr->rkey, 0), EINVAL);
	rig_close(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CHECK_TEST(data_moves),
		CHECK_TEST(faults),
		CHECK_TEST(unsignaled_and_full),
		CHECK_TEST(unknown_operation),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
