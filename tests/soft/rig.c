// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* See rig.h. */
#include "soft/rig.h"

#include <stdlib.h>
#include <string.h>

static const struct nic_backend *const soft = &nic_backend_soft;

static uint32_t or_default(uint32_t v, uint32_t d)
{
	return v ? v : d;
}

static void make_qp(struct rig *r, const struct rig_opt *o, struct ibv_cq *cq, struct ibv_qp **qp)
{
	const struct ibv_qp_init_attr a = {
		.send_cq = cq,
		.recv_cq = cq,
		.cap = {.max_send_wr = or_default(o->sq_depth, 16),
			.max_recv_wr = or_default(o->rq_depth, 16),
			.max_send_sge = or_default(o->max_sge, 1),
			.max_recv_sge = or_default(o->max_sge, 1),
			.max_inline_data = o->max_inline},
		.qp_type = IBV_QPT_RC,
		.sq_sig_all = o->sq_sig_all,
	};

	assert_int_equal(soft_qp_create(r->n.pd, &a, o->wr_api, qp, NULL), 0);
}

static void make_end(struct rig *r, const struct rig_opt *o, int i)
{
	r->buf[i] = calloc(1, r->bytes);
	assert_non_null(r->buf[i]);
	assert_int_equal(
		soft->mr_reg_va(&r->n, r->buf[i], r->bytes, RIG_ACCESS, &MEM_NO_HINT, &r->mr[i], NULL), 0);
	assert_int_equal(soft->cq_create(&r->n, or_default(o->cq_depth, 64), &r->cq[i], NULL), 0);
	make_qp(r, o, r->cq[i], &r->qp[i]);
}

static void connect_pair(struct rig *r, struct ibv_qp *qp[2])
{
	for (int i = 0; i < 2; i++) {
		struct rig_link l = rig_link_default(qp[!i]->qp_num);

		rig_bring_up(r, qp[i], &l, IBV_QPS_RTS);
	}
}

void rig_open(struct rig *r, const struct rig_opt *o)
{
	*r = (struct rig){.bytes = o->bytes ? o->bytes : 4096};
	r->shared = o->share;
	if (r->shared)
		r->n = o->share->n;
	else
		assert_int_equal(soft->open(&r->n, o->device ? o->device : "soft0", 1, -1, NULL), 0);
	for (int i = 0; i < 2; i++)
		make_end(r, o, i);
	connect_pair(r, r->qp);
}

void rig_pair(struct rig *r, struct ibv_qp *qp[2])
{
	for (int i = 0; i < 2; i++)
		make_qp(r, &(struct rig_opt){0}, r->cq[i], &qp[i]);
	connect_pair(r, qp);
}

void rig_unpair(struct rig *r, struct ibv_qp *qp[2])
{
	for (int i = 0; i < 2; i++)
		assert_int_equal(soft->qp_destroy(&r->n, qp[i], NULL), 0);
}

void rig_close(struct rig *r)
{
	for (int i = 0; i < 2; i++) {
		if (r->qp[i])
			assert_int_equal(soft->qp_destroy(&r->n, r->qp[i], NULL), 0);
		if (r->mr[i])
			assert_int_equal(soft->mr_dereg(&r->n, r->mr[i], NULL), 0);
		free(r->buf[i]);
	}
	for (int i = 0; i < 2; i++)
		assert_int_equal(soft->cq_destroy(&r->n, r->cq[i], NULL), 0);
	if (r->shared)
		return;
	soft->close(&r->n);
	assert_null(r->n.ctx);
}

struct rig_link rig_link_default(uint32_t dest_qp_num)
{
	return (struct rig_link){
		.access = RIG_ACCESS,
		.dest_qp_num = dest_qp_num,
		.rq_psn = 77,
		.sq_psn = 77,
		.max_rd_atomic = SOFT_MAX_RD_ATOMIC,
		.max_dest_rd_atomic = SOFT_MAX_RD_ATOMIC,
		.rnr_retry = SOFT_RNR_FOR_EVER,
		.min_rnr_timer = 1,
	};
}

static const int step_mask[] = {
	[IBV_QPS_INIT] = IBV_QP_STATE | IBV_QP_PKEY_INDEX | IBV_QP_PORT | IBV_QP_ACCESS_FLAGS,
	[IBV_QPS_RTR] = IBV_QP_STATE | IBV_QP_AV | IBV_QP_PATH_MTU | IBV_QP_DEST_QPN | IBV_QP_RQ_PSN |
			IBV_QP_MAX_DEST_RD_ATOMIC | IBV_QP_MIN_RNR_TIMER,
	[IBV_QPS_RTS] = IBV_QP_STATE | IBV_QP_TIMEOUT | IBV_QP_RETRY_CNT | IBV_QP_RNR_RETRY | IBV_QP_SQ_PSN |
			IBV_QP_MAX_QP_RD_ATOMIC,
};

void rig_bring_up(struct rig *r, struct ibv_qp *qp, const struct rig_link *l, enum ibv_qp_state to)
{
	struct ibv_qp_attr a = {
		.path_mtu = IBV_MTU_4096,
		.rq_psn = l->rq_psn,
		.sq_psn = l->sq_psn,
		.dest_qp_num = l->dest_qp_num,
		.qp_access_flags = (unsigned int)l->access,
		.max_rd_atomic = l->max_rd_atomic,
		.max_dest_rd_atomic = l->max_dest_rd_atomic,
		.rnr_retry = l->rnr_retry,
		.min_rnr_timer = l->min_rnr_timer,
		.port_num = 1,
	};

	for (unsigned int s = IBV_QPS_INIT; s <= (unsigned int)to; s++) {
		a.qp_state = (enum ibv_qp_state)s;
		assert_int_equal(soft->qp_modify(&r->n, qp, &a, step_mask[s], NULL), 0);
	}
}

int rig_modify(struct rig *r, struct ibv_qp *qp, enum ibv_qp_state to)
{
	struct ibv_qp_attr a = {.qp_state = to};

	return soft->qp_modify(&r->n, qp, &a, IBV_QP_STATE, NULL);
}

void rig_op(struct rig *r, struct rig_op *op, enum ibv_wr_opcode opcode, size_t at, uint32_t bytes,
	    uint64_t wr_id, unsigned int flags)
{
	*op = (struct rig_op){
		.sge = {.addr = (uintptr_t)r->buf[0] + at, .length = bytes, .lkey = r->mr[0]->lkey},
		.wr = {.wr_id = wr_id, .num_sge = 1, .opcode = opcode, .send_flags = flags},
	};
	op->wr.sg_list = &op->sge;
	if (opcode == IBV_WR_ATOMIC_CMP_AND_SWP || opcode == IBV_WR_ATOMIC_FETCH_AND_ADD) {
		op->wr.wr.atomic.remote_addr = (uintptr_t)r->buf[1] + at;
		op->wr.wr.atomic.rkey = r->mr[1]->rkey;
		return;
	}
	op->wr.wr.rdma.remote_addr = (uintptr_t)r->buf[1] + at;
	op->wr.wr.rdma.rkey = r->mr[1]->rkey;
}

int rig_post(struct rig *r, struct ibv_qp *qp, enum ibv_wr_opcode opcode, size_t at, uint32_t bytes,
	     uint64_t wr_id, unsigned int flags)
{
	struct ibv_send_wr *bad = NULL;
	struct rig_op op;
	int rc;

	rig_op(r, &op, opcode, at, bytes, wr_id, flags);
	rc = ibv_post_send(qp, &op.wr, &bad);
	assert_ptr_equal(bad, rc ? &op.wr : NULL);
	return rc;
}

int rig_recv(struct rig *r, int end, size_t at, uint32_t bytes, uint64_t wr_id)
{
	struct ibv_sge sge = {(uintptr_t)r->buf[end] + at, bytes, r->mr[end]->lkey};
	struct ibv_recv_wr wr = {.wr_id = wr_id, .sg_list = &sge, .num_sge = 1}, *bad = NULL;
	int rc = ibv_post_recv(r->qp[end], &wr, &bad);

	assert_ptr_equal(bad, rc ? &wr : NULL);
	return rc;
}

struct ibv_wc rig_expect(struct ibv_cq *cq, uint64_t wr_id, enum ibv_wc_status status)
{
	struct ibv_wc wc;

	memset(&wc, 0xff, sizeof(wc));
	assert_int_equal(ibv_poll_cq(cq, 1, &wc), 1);
	assert_int_equal(wc.wr_id, wr_id);
	assert_int_equal(wc.status, status);
	return wc;
}

void rig_expect_empty(struct ibv_cq *cq)
{
	struct ibv_wc wc;

	assert_int_equal(ibv_poll_cq(cq, 1, &wc), 0);
}
