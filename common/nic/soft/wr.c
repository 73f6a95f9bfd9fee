// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * ibv_wr_*(): work requests are built in the slots of the send queue and handed to the device's
 * ibv_post_send() as a list, so there is one engine. The first thing that cannot be taken spoils the batch;
 * ibv_wr_complete() says so and posts nothing.
 */
#include "nic/soft/soft.h"

#include <errno.h>
#include <string.h>

static struct soft_sqe *last(struct soft_qp *qp)
{
	return soft_sqe(qp, qp->sq_head + qp->staged - 1);
}

static void wr_start(struct ibv_qp_ex *ex)
{
	struct soft_qp *qp = (struct soft_qp *)ex;

	qp->staged = 0;
	qp->wr_err = 0;
}

/* The next WR of the batch; NULL when the batch is spoilt. */
static struct ibv_send_wr *stage(struct ibv_qp_ex *ex, enum ibv_wr_opcode opcode)
{
	struct soft_qp *qp = (struct soft_qp *)ex;
	struct soft_sqe *s;

	if (qp->wr_err)
		return NULL;
	if (qp->sq_head + qp->staged - qp->tail[SOFT_SQ] >= qp->max_send_wr) {
		qp->wr_err = ENOMEM;
		return NULL;
	}
	qp->staged++;
	s = last(qp);
	if (qp->staged > 1)
		soft_sqe(qp, qp->sq_head + qp->staged - 2)->wr.next = &s->wr;
	s->wr.wr_id = ex->wr_id;
	s->wr.next = NULL;
	s->wr.sg_list = s->sge;
	s->wr.num_sge = 0;
	s->wr.opcode = opcode;
	s->wr.send_flags = ex->wr_flags & ~(unsigned int)IBV_SEND_INLINE;
	return &s->wr;
}

static inline void stage_rdma(struct ibv_qp_ex *ex, enum ibv_wr_opcode opcode, uint32_t rkey,
			      uint64_t remote_addr, __be32 imm)
{
	struct ibv_send_wr *wr = stage(ex, opcode);

	if (!wr)
		return;
	wr->imm_data = imm;
	wr->wr.rdma.remote_addr = remote_addr;
	wr->wr.rdma.rkey = rkey;
}

static void wr_rdma_write(struct ibv_qp_ex *ex, uint32_t rkey, uint64_t remote_addr)
{
	stage_rdma(ex, IBV_WR_RDMA_WRITE, rkey, remote_addr, 0);
}

static void wr_rdma_write_imm(struct ibv_qp_ex *ex, uint32_t rkey, uint64_t remote_addr, __be32 imm)
{
	stage_rdma(ex, IBV_WR_RDMA_WRITE_WITH_IMM, rkey, remote_addr, imm);
}

static void wr_rdma_read(struct ibv_qp_ex *ex, uint32_t rkey, uint64_t remote_addr)
{
	stage_rdma(ex, IBV_WR_RDMA_READ, rkey, remote_addr, 0);
}

static void wr_send(struct ibv_qp_ex *ex)
{
	stage(ex, IBV_WR_SEND);
}

static void wr_send_imm(struct ibv_qp_ex *ex, __be32 imm)
{
	struct ibv_send_wr *wr = stage(ex, IBV_WR_SEND_WITH_IMM);

	if (wr)
		wr->imm_data = imm;
}

static void wr_atomic_cmp_swp(struct ibv_qp_ex *ex, uint32_t rkey, uint64_t remote_addr, uint64_t compare,
			      uint64_t swap)
{
	struct ibv_send_wr *wr = stage(ex, IBV_WR_ATOMIC_CMP_AND_SWP);

	if (!wr)
		return;
	wr->wr.atomic.remote_addr = remote_addr;
	wr->wr.atomic.rkey = rkey;
	wr->wr.atomic.compare_add = compare;
	wr->wr.atomic.swap = swap;
}

static void wr_atomic_fetch_add(struct ibv_qp_ex *ex, uint32_t rkey, uint64_t remote_addr, uint64_t add)
{
	struct ibv_send_wr *wr = stage(ex, IBV_WR_ATOMIC_FETCH_AND_ADD);

	if (!wr)
		return;
	wr->wr.atomic.remote_addr = remote_addr;
	wr->wr.atomic.rkey = rkey;
	wr->wr.atomic.compare_add = add;
}

/* The WR that data is set for; NULL when there is none or @num_sge pieces are too many. */
static struct soft_sqe *current(struct soft_qp *qp, size_t num_sge)
{
	if (!qp->wr_err && (!qp->staged || num_sge > qp->max_send_sge))
		qp->wr_err = EINVAL;
	return qp->wr_err ? NULL : last(qp);
}

static void wr_set_sge(struct ibv_qp_ex *ex, uint32_t lkey, uint64_t addr, uint32_t length)
{
	struct soft_sqe *s = current((struct soft_qp *)ex, 1);

	if (!s)
		return;
	s->sge[0] = (struct ibv_sge){.addr = addr, .length = length, .lkey = lkey};
	s->wr.num_sge = 1;
}

static void wr_set_sge_list(struct ibv_qp_ex *ex, size_t num_sge, const struct ibv_sge *list)
{
	struct soft_sqe *s = current((struct soft_qp *)ex, num_sge);

	if (!s)
		return;
	for (size_t i = 0; i < num_sge; i++)
		s->sge[i] = list[i];
	s->wr.num_sge = (int)num_sge;
}

static void wr_set_inline_data_list(struct ibv_qp_ex *ex, size_t n, const struct ibv_data_buf *buf)
{
	struct soft_qp *qp = (struct soft_qp *)ex;
	struct soft_sqe *s = current(qp, 1);
	unsigned char *data;
	size_t sum = 0;

	if (s && s->wr.opcode > IBV_WR_SEND_WITH_IMM)
		qp->wr_err = EINVAL;
	if (qp->wr_err)
		return;
	data = soft_sqe_inline(qp, s);
	for (size_t i = 0; i < n; i++) {
		if (buf[i].length > qp->max_inline - sum) {
			qp->wr_err = ENOMEM;
			return;
		}
		memcpy(data + sum, buf[i].addr, buf[i].length);
		sum += buf[i].length;
	}
	s->sge[0] = (struct ibv_sge){.addr = (uintptr_t)data, .length = (uint32_t)sum};
	s->wr.num_sge = 1;
	s->wr.send_flags |= IBV_SEND_INLINE;
}

static void wr_set_inline_data(struct ibv_qp_ex *ex, void *addr, size_t length)
{
	wr_set_inline_data_list(ex, 1, &(struct ibv_data_buf){.addr = addr, .length = length});
}

static void wr_abort(struct ibv_qp_ex *ex)
{
	wr_start(ex);
}

static int wr_complete(struct ibv_qp_ex *ex)
{
	struct soft_qp *qp = (struct soft_qp *)ex;
	struct ibv_send_wr *first = &soft_sqe(qp, qp->sq_head)->wr, *bad;
	int rc = qp->wr_err;

	if (!rc && qp->staged)
		rc = qp->ibv.context->ops.post_send(&qp->ibv, first, &bad);
	wr_abort(ex);
	return rc;
}

void soft_wr_init(struct ibv_qp_ex *ex)
{
	ex->wr_start = wr_start;
	ex->wr_complete = wr_complete;
	ex->wr_abort = wr_abort;
	ex->wr_rdma_write = wr_rdma_write;
	ex->wr_rdma_write_imm = wr_rdma_write_imm;
	ex->wr_rdma_read = wr_rdma_read;
	ex->wr_send = wr_send;
	ex->wr_send_imm = wr_send_imm;
	ex->wr_atomic_cmp_swp = wr_atomic_cmp_swp;
	ex->wr_atomic_fetch_add = wr_atomic_fetch_add;
	ex->wr_set_sge = wr_set_sge;
	ex->wr_set_sge_list = wr_set_sge_list;
	ex->wr_set_inline_data = wr_set_inline_data;
	ex->wr_set_inline_data_list = wr_set_inline_data_list;
}
