// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Protection domains and queues of the fake: made, found, destroyed, counted. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

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

	assert(!fake_machine.unacked);
	free(((struct fake_cq *)ibv)->ring);
	fake_delete(ibv);
	return rc;
}

/* Grants what is asked, or less, or refuses. Return: 0 or errno. */
static int grant(const struct fake_device *d, struct ibv_qp_cap *cap)
{
	if (cap->max_inline_data <= d->max_inline)
		return 0;
	if (!d->inline_cut)
		return EINVAL;
	cap->max_inline_data = d->max_inline;
	return 0;
}

static void rings_alloc(struct fake_qp *qp, const struct ibv_qp_cap *cap)
{
	qp->max_inline = cap->max_inline_data;
	qp->send_wrs = cap->max_send_wr;
	qp->recv_wrs = cap->max_recv_wr;
	qp->send = calloc(qp->send_wrs, sizeof(*qp->send));
	qp->recv = calloc(qp->recv_wrs, sizeof(*qp->recv));
	qp->inline_memory = calloc(qp->send_wrs, qp->max_inline + 1u);
	assert(qp->send && qp->recv && qp->inline_memory);
	for (uint32_t i = 0; i < qp->send_wrs; i++)
		qp->send[i].inline_data = qp->inline_memory + (size_t)i * qp->max_inline;
}

/* The head of ibv_qp_init_attr_ex is an ibv_qp_init_attr; libibverbs relies on that too. */
static struct fake_qp *qp_create(struct ibv_pd *pd, struct ibv_qp_init_attr *attr)
{
	int rc = grant(fake_device_of(pd->context), &attr->cap);
	struct fake_qp *qp;

	if (rc) {
		errno = rc;
		return NULL;
	}
	qp = fake_new(sizeof(*qp));
	qp->ibv = (struct ibv_qp){.context = pd->context,
				  .pd = pd,
				  .send_cq = attr->send_cq,
				  .recv_cq = attr->recv_cq,
				  .qp_num = fake_machine.last_qpn++,
				  .state = IBV_QPS_RESET,
				  .qp_type = attr->qp_type};
	rings_alloc(qp, &attr->cap);
	qp->next = fake_machine.qps;
	fake_machine.qps = qp;
	return qp;
}

struct ibv_qp *ibv_create_qp(struct ibv_pd *pd, struct ibv_qp_init_attr *attr)
{
	struct fake_qp *qp;

	fake_machine.qp = (struct ibv_qp_init_attr_ex){0};
	memcpy(&fake_machine.qp, attr, sizeof(*attr));
	qp = fake_called(FAKE_CREATE_QP) ? NULL : qp_create(pd, attr);
	return qp ? &qp->ibv : NULL;
}

struct ibv_qp *fake_create_qp_ex(struct ibv_context *ctx, struct ibv_qp_init_attr_ex *attr)
{
	const struct fake_device *d = fake_device_of(ctx);
	struct fake_qp *qp;

	fake_machine.qp = *attr;
	if (fake_called(FAKE_CREATE_QP_EX))
		return NULL;
	assert(attr->comp_mask == (IBV_QP_INIT_ATTR_PD | IBV_QP_INIT_ATTR_SEND_OPS_FLAGS));
	if (d->no_wr) {
		errno = d->no_wr;
		return NULL;
	}
	qp = qp_create(attr->pd, (struct ibv_qp_init_attr *)attr);
	if (!qp)
		return NULL;
	qp->wr_api = !d->wr_ignored;
	if (qp->wr_api)
		fake_wr_install(qp);
	return &qp->ibv;
}

struct ibv_qp_ex *ibv_qp_to_qp_ex(struct ibv_qp *ibv)
{
	struct fake_qp *qp = (struct fake_qp *)ibv;

	assert(!fake_device_of(ibv->context)->no_wr); /* reads what is no struct verbs_qp */
	return qp->wr_api ? &qp->ex : NULL;
}

int ibv_destroy_qp(struct ibv_qp *ibv)
{
	struct fake_qp *qp = (struct fake_qp *)ibv, **at = &fake_machine.qps;
	int rc = fake_called(FAKE_DESTROY_QP);

	assert(!fake_machine.unacked);
	while (*at != qp)
		at = &(*at)->next;
	*at = qp->next;
	free(qp->send);
	free(qp->recv);
	free(qp->inline_memory);
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
	fake_qp_keep(qp, attr, mask);
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
