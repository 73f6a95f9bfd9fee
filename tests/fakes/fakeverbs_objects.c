// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Protection domains, memory regions and queues of the fake: made, found, destroyed, counted. A
 * dma-buf is any file that can be mapped.
 */
#include <assert.h>
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <sys/mman.h>

#include "fakes/fakeverbs_priv.h"

struct ibv_pd *ibv_alloc_pd(struct ibv_context *ctx)
{
	struct ibv_pd *pd;

	if (fake_called(FAKE_ALLOC_PD))
		return NULL;
	pd = fake_new(sizeof(*pd));
	pd->context = ctx;
	return pd;
}

int ibv_dealloc_pd(struct ibv_pd *pd)
{
	int rc = fake_called(FAKE_DEALLOC_PD);

	fake_delete(pd);
	return rc;
}

static struct fake_mr *mr_create(struct ibv_pd *pd, struct fake_reg reg)
{
	struct fake_mr *mr = fake_new(sizeof(*mr));

	fake_machine.reg = reg;
	fake_machine.last_key++;
	mr->ibv = (struct ibv_mr){.context = pd->context,
				  .pd = pd,
				  .length = reg.length,
				  .lkey = fake_machine.last_key,
				  .rkey = fake_machine.last_key};
	mr->iova = reg.iova;
	mr->access = reg.access;
	mr->next = fake_machine.mrs;
	fake_machine.mrs = mr;
	return mr;
}

struct ibv_mr *ibv_reg_mr_iova2(struct ibv_pd *pd, void *addr, size_t length, uint64_t iova,
				unsigned int access)
{
	struct fake_mr *mr;

	if (fake_called(FAKE_REG_MR))
		return NULL;
	mr = mr_create(pd,
		       (struct fake_reg){.fd = -1, .length = length, .iova = iova, .access = (int)access});
	mr->ibv.addr = addr;
	mr->host = addr;
	return &mr->ibv;
}

#undef ibv_reg_mr
struct ibv_mr *ibv_reg_mr(struct ibv_pd *pd, void *addr, size_t length, int access)
{
	return ibv_reg_mr_iova2(pd, addr, length, (uintptr_t)addr, (unsigned int)access);
}

struct ibv_mr *ibv_reg_dmabuf_mr(struct ibv_pd *pd, uint64_t offset, size_t length, uint64_t iova, int fd,
				 int access)
{
	struct fake_mr *mr;

	if (fake_called(FAKE_REG_DMABUF_MR))
		return NULL;
	if (fake_device_of(pd->context)->no_dmabuf) {
		errno = EOPNOTSUPP;
		return NULL;
	}
	if (fd < 0 || fd == INT_MAX) {
		errno = EBADF;
		return NULL;
	}
	mr = mr_create(pd, (struct fake_reg){fd, offset, length, iova, access});
	mr->map_bytes = offset + length;
	mr->map = mmap(NULL, mr->map_bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	mr->host = mr->map == MAP_FAILED ? NULL : (char *)mr->map + offset;
	return &mr->ibv;
}

int ibv_dereg_mr(struct ibv_mr *ibv)
{
	struct fake_mr *mr = (struct fake_mr *)ibv, **at = &fake_machine.mrs;
	int rc = fake_called(FAKE_DEREG_MR);

	while (*at != mr)
		at = &(*at)->next;
	*at = mr->next;
	if (mr->map_bytes && mr->host)
		munmap(mr->map, mr->map_bytes);
	fake_delete(mr);
	return rc;
}

struct fake_mr *fake_mr_find(uint32_t key)
{
	struct fake_mr *mr = fake_machine.mrs;

	while (mr && mr->ibv.lkey != key)
		mr = mr->next;
	return mr;
}

struct ibv_cq *ibv_create_cq(struct ibv_context *ctx, int cqe, void *cq_context, struct ibv_comp_channel *ch,
			     int vector)
{
	struct fake_cq *cq;

	(void)vector;
	if (fake_called(FAKE_CREATE_CQ))
		return NULL;
	cq = fake_new(sizeof(*cq));
	cq->ibv = (struct ibv_cq){.context = ctx, .channel = ch, .cq_context = cq_context, .cqe = cqe};
	cq->ring = calloc((size_t)cqe, sizeof(*cq->ring));
	assert(cq->ring);
	return &cq->ibv;
}

int ibv_destroy_cq(struct ibv_cq *ibv)
{
	int rc = fake_called(FAKE_DESTROY_CQ);

	free(((struct fake_cq *)ibv)->ring);
	fake_delete(ibv);
	return rc;
}

struct ibv_qp *ibv_create_qp(struct ibv_pd *pd, struct ibv_qp_init_attr *attr)
{
	struct fake_qp *qp;

	if (fake_called(FAKE_CREATE_QP))
		return NULL;
	qp = fake_new(sizeof(*qp));
	qp->ibv = (struct ibv_qp){.context = pd->context,
				  .pd = pd,
				  .send_cq = attr->send_cq,
				  .recv_cq = attr->recv_cq,
				  .qp_num = fake_machine.last_qpn++,
				  .state = IBV_QPS_RESET,
				  .qp_type = attr->qp_type};
	qp->next = fake_machine.qps;
	fake_machine.qps = qp;
	return &qp->ibv;
}

int ibv_destroy_qp(struct ibv_qp *ibv)
{
	struct fake_qp *qp = (struct fake_qp *)ibv, **at = &fake_machine.qps;
	int rc = fake_called(FAKE_DESTROY_QP);

	while (*at != qp)
		at = &(*at)->next;
	*at = qp->next;
	fake_delete(qp);
	return rc;
}

struct fake_qp *fake_qp_find(uint32_t qpn)
{
	struct fake_qp *qp = fake_machine.qps;

	while (qp && qp->ibv.qp_num != qpn)
		qp = qp->next;
	return qp;
}

int ibv_modify_qp(struct ibv_qp *ibv, struct ibv_qp_attr *attr, int mask)
{
	struct fake_qp *qp = (struct fake_qp *)ibv;
	int n = fake_machine.count[FAKE_MODIFY_QP], rc;

	if (n < FAKE_MODIFY_MAX)
		fake_machine.modify[n] = (struct fake_modify){*attr, mask};
	rc = fake_called(FAKE_MODIFY_QP);
	if (rc)
		return rc;
	if (mask & IBV_QP_ACCESS_FLAGS)
		qp->access = attr->qp_access_flags;
	if (mask & IBV_QP_DEST_QPN)
		qp->dest_qpn = attr->dest_qp_num;
	if (mask & IBV_QP_STATE)
		ibv->state = attr->qp_state;
	return 0;
}

int ibv_query_qp(struct ibv_qp *ibv, struct ibv_qp_attr *attr, int mask, struct ibv_qp_init_attr *init)
{
	int rc = fake_called(FAKE_QUERY_QP);

	(void)mask;
	if (rc)
		return rc;
	*attr = (struct ibv_qp_attr){.qp_state = ibv->state};
	*init = (struct ibv_qp_init_attr){.send_cq = ibv->send_cq, .recv_cq = ibv->recv_cq};
	return 0;
}
