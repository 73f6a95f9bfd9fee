// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Data path of the fake: a work request is carried out and completed while it is posted. Keys,
 * bounds and rights are checked as a device checks them; there is no depth limit on the send queue.
 */
#include "fakes/fakeverbs_priv.h"

#include <errno.h>
#include <string.h>

/* Host address of [addr, addr+len) in the MR of @key, or NULL. */
static char *resolve(uint32_t key, uint64_t addr, uint64_t len, int access)
{
	const struct fake_mr *mr = fake_mr_find(key);

	if (!mr || !mr->host || (mr->access & access) != access)
		return NULL;
	if (addr < mr->iova || addr - mr->iova > mr->ibv.length || len > mr->ibv.length - (addr - mr->iova))
		return NULL;
	return mr->host + (addr - mr->iova);
}

static uint64_t total(const struct ibv_send_wr *wr)
{
	uint64_t sum = 0;

	for (int i = 0; i < wr->num_sge; i++)
		sum += wr->sg_list[i].length;
	return sum;
}

static enum ibv_wc_status execute(const struct fake_qp *qp, const struct ibv_send_wr *wr)
{
	const struct fake_qp *peer = fake_qp_find(qp->dest_qpn);
	const int read = wr->opcode == IBV_WR_RDMA_READ;
	const int right = read ? IBV_ACCESS_REMOTE_READ : IBV_ACCESS_REMOTE_WRITE;
	char *remote = resolve(wr->wr.rdma.rkey, wr->wr.rdma.remote_addr, total(wr), right);

	if (!peer)
		return IBV_WC_RETRY_EXC_ERR;
	if (!(peer->access & (unsigned int)right))
		return IBV_WC_REM_INV_REQ_ERR;
	if (!remote)
		return IBV_WC_REM_ACCESS_ERR;
	for (int i = 0; i < wr->num_sge; i++) {
		const struct ibv_sge *s = &wr->sg_list[i];
		char *local = resolve(s->lkey, s->addr, s->length, read ? IBV_ACCESS_LOCAL_WRITE : 0);

		if (!local)
			return IBV_WC_LOC_PROT_ERR;
		memmove(read ? local : remote, read ? remote : local, s->length);
		remote += s->length;
	}
	return IBV_WC_SUCCESS;
}

/* Return: 0, or ENOMEM when the completion queue is full. */
static int complete(const struct fake_qp *qp, const struct ibv_send_wr *wr, enum ibv_wc_status status)
{
	struct fake_cq *cq = (struct fake_cq *)qp->ibv.send_cq;

	if (cq->head - cq->tail >= (uint32_t)cq->ibv.cqe)
		return ENOMEM;
	cq->ring[cq->head++ % (uint32_t)cq->ibv.cqe] = (struct ibv_wc){
		.wr_id = wr->wr_id,
		.status = status,
		.opcode = wr->opcode == IBV_WR_RDMA_READ ? IBV_WC_RDMA_READ : IBV_WC_RDMA_WRITE,
		.byte_len = (uint32_t)total(wr),
		.qp_num = qp->ibv.qp_num,
	};
	return 0;
}

static int post_one(struct fake_qp *qp, const struct ibv_send_wr *wr)
{
	enum ibv_wc_status status = IBV_WC_WR_FLUSH_ERR;

	if (wr->opcode != IBV_WR_RDMA_READ && wr->opcode != IBV_WR_RDMA_WRITE)
		return EINVAL;
	if (qp->ibv.state != IBV_QPS_RTS && qp->ibv.state != IBV_QPS_ERR)
		return EINVAL;
	if (qp->ibv.state == IBV_QPS_RTS)
		status = execute(qp, wr);
	if (status != IBV_WC_SUCCESS)
		qp->ibv.state = IBV_QPS_ERR;
	if (status == IBV_WC_SUCCESS && !(wr->send_flags & IBV_SEND_SIGNALED))
		return 0;
	return complete(qp, wr, status);
}

int fake_post_send(struct ibv_qp *qp, struct ibv_send_wr *wr, struct ibv_send_wr **bad)
{
	for (; wr; wr = wr->next) {
		int rc = post_one((struct fake_qp *)qp, wr);

		if (rc) {
			*bad = wr;
			return rc;
		}
	}
	return 0;
}

int fake_poll_cq(struct ibv_cq *ibv, int n, struct ibv_wc *wc)
{
	struct fake_cq *cq = (struct fake_cq *)ibv;
	int got = 0;

	for (; got < n && cq->tail != cq->head; got++)
		wc[got] = cq->ring[cq->tail++ % (uint32_t)ibv->cqe];
	return got;
}
