// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Queue pairs: life and states. The table of transitions is the RC part of the kernel's qp_state_table
 * (IBA 11.2.5.2) without SQD, SQE and alternate paths, which this device does not have.
 */
#include "nic/soft/soft.h"

#include <errno.h>
#include <stdlib.h>

#include "base/cleanup.h"
#include "base/err.h"

enum { NUMBER_MASK = 0xffffff }; /* QP numbers and PSNs have 24 bits */

static int check_create(const struct ibv_pd *pd, const struct ibv_qp_init_attr *a, struct err *e)
{
	struct soft_dev *d = soft_dev(pd->context);

	if (a->qp_type != IBV_QPT_RC || a->srq)
		return err_set(e, -EOPNOTSUPP, "%s: create QP: only type RC without SRQ is supported",
			       d->device.name);
	if (a->cap.max_send_sge > SOFT_MAX_SGE || a->cap.max_inline_data)
		return err_set(e, -EINVAL, "%s: create QP: asked %u SGEs, %u bytes inline; maximum is %d, 0",
			       d->device.name, a->cap.max_send_sge, a->cap.max_inline_data, SOFT_MAX_SGE);
	if (d->qps.live >= SOFT_MAX_QP)
		return err_set(e, -ENOMEM, "%s: create QP: all %d are in use", d->device.name, SOFT_MAX_QP);
	return 0;
}

static void use_parents(struct soft_qp *qp, int delta)
{
	((struct soft_pd *)qp->ibv.pd)->users += (uint32_t)delta;
	((struct soft_cq *)qp->ibv.send_cq)->users += (uint32_t)delta;
	((struct soft_cq *)qp->ibv.recv_cq)->users += (uint32_t)delta;
}

int soft_qp_create(struct ibv_pd *pd, const struct ibv_qp_init_attr *a, struct ibv_qp **out, struct err *e)
{
	struct soft_dev *d = soft_dev(pd->context);
	int rc = check_create(pd, a, e);
	struct soft_qp *qp;
	uint32_t number;

	if (rc)
		return rc;
	qp = aligned_alloc(alignof(struct soft_qp), sizeof(*qp));
	if (!qp || soft_table_add(&d->qps, qp, &number)) {
		free(qp);
		return err_set(e, -ENOMEM, "%s: create QP: out of memory or numbers", d->device.name);
	}
	*qp = (struct soft_qp){
		.ibv = {.context = pd->context,
			.qp_context = a->qp_context,
			.pd = pd,
			.send_cq = a->send_cq,
			.recv_cq = a->recv_cq,
			.qp_num = number,
			.state = IBV_QPS_RESET,
			.qp_type = IBV_QPT_RC},
		.sig_all = a->sq_sig_all,
		.max_send_wr = a->cap.max_send_wr,
		.max_send_sge = a->cap.max_send_sge,
	};
	use_parents(qp, 1);
	*out = &qp->ibv;
	return 0;
}

void soft_qp_destroy(struct ibv_qp *ibv)
{
	struct soft_qp *qp = (struct soft_qp *)ibv;
	struct soft_dev *d = soft_dev(ibv->context);

	soft_tally_flush(d, &qp->local);
	soft_tally_flush(d, &qp->remote);
	soft_cq_clean((struct soft_cq *)ibv->send_cq, qp);
	soft_table_remove(&d->qps, ibv->qp_num);
	use_parents(qp, -1);
	free(qp);
}

int soft_qp_state(const struct ibv_qp *ibv)
{
	return atomic_load_explicit(&((struct soft_qp *)ibv)->state, memory_order_relaxed);
}

struct transition {
	enum ibv_qp_state from;
	enum ibv_qp_state to;
	int required;
	int optional;
};

/* Leaving out: any state -> RESET and any state -> ERR, which need nothing and allow nothing more. */
static const struct transition transitions[] = {
	{IBV_QPS_RESET, IBV_QPS_INIT, IBV_QP_PKEY_INDEX | IBV_QP_PORT | IBV_QP_ACCESS_FLAGS, 0},
	{IBV_QPS_INIT, IBV_QPS_INIT, 0, IBV_QP_PKEY_INDEX | IBV_QP_PORT | IBV_QP_ACCESS_FLAGS},
	{IBV_QPS_INIT, IBV_QPS_RTR,
	 IBV_QP_AV | IBV_QP_PATH_MTU | IBV_QP_DEST_QPN | IBV_QP_RQ_PSN | IBV_QP_MAX_DEST_RD_ATOMIC |
		 IBV_QP_MIN_RNR_TIMER,
	 IBV_QP_ACCESS_FLAGS | IBV_QP_PKEY_INDEX},
	{IBV_QPS_RTR, IBV_QPS_RTS,
	 IBV_QP_TIMEOUT | IBV_QP_RETRY_CNT | IBV_QP_RNR_RETRY | IBV_QP_SQ_PSN | IBV_QP_MAX_QP_RD_ATOMIC,
	 IBV_QP_CUR_STATE | IBV_QP_ACCESS_FLAGS | IBV_QP_MIN_RNR_TIMER},
	{IBV_QPS_RTS, IBV_QPS_RTS, 0, IBV_QP_CUR_STATE | IBV_QP_ACCESS_FLAGS | IBV_QP_MIN_RNR_TIMER},
};

static bool allowed(enum ibv_qp_state from, enum ibv_qp_state to, int mask)
{
	mask &= ~IBV_QP_STATE;
	if (to == IBV_QPS_RESET || to == IBV_QPS_ERR)
		return mask == 0;
	for (size_t i = 0; i < ARRAY_LEN(transitions); i++) {
		const struct transition *t = &transitions[i];

		if (t->from == from && t->to == to)
			return (mask & t->required) == t->required && !(mask & ~(t->required | t->optional));
	}
	return false;
}

static bool values_fit(const struct ibv_qp_attr *a, int mask, enum ibv_qp_state from)
{
	if ((mask & IBV_QP_CUR_STATE) && a->cur_qp_state != from)
		return false;
	if ((mask & IBV_QP_PORT) && a->port_num != 1)
		return false;
	if ((mask & IBV_QP_PKEY_INDEX) && a->pkey_index != 0)
		return false;
	if ((mask & IBV_QP_PATH_MTU) && (a->path_mtu < IBV_MTU_256 || a->path_mtu > IBV_MTU_4096))
		return false;
	if ((mask & IBV_QP_MAX_QP_RD_ATOMIC) && a->max_rd_atomic > SOFT_MAX_RD_ATOMIC)
		return false;
	return !(mask & IBV_QP_MAX_DEST_RD_ATOMIC) || a->max_dest_rd_atomic <= SOFT_MAX_RD_ATOMIC;
}

/* Attributes without an effect here (MTU, timers, address) are checked but not kept. */
static void keep(struct soft_qp *qp, const struct ibv_qp_attr *a, int mask)
{
	if (mask & IBV_QP_ACCESS_FLAGS)
		qp->access = (int)a->qp_access_flags;
	if (mask & IBV_QP_DEST_QPN)
		qp->dest_qp_num = a->dest_qp_num & NUMBER_MASK;
	if (mask & IBV_QP_RQ_PSN)
		qp->rq_psn = a->rq_psn & NUMBER_MASK;
	if (mask & IBV_QP_SQ_PSN)
		qp->sq_psn = a->sq_psn & NUMBER_MASK;
	if (mask & IBV_QP_MAX_QP_RD_ATOMIC)
		qp->max_rd_atomic = a->max_rd_atomic;
	if (mask & IBV_QP_MAX_DEST_RD_ATOMIC)
		qp->max_dest_rd_atomic = a->max_dest_rd_atomic;
}

/* A QP in RESET is as new: nothing posted, no completion of it in the queue. */
static void reset(struct soft_qp *qp)
{
	soft_cq_clean((struct soft_cq *)qp->ibv.send_cq, qp);
	qp->sq_head = qp->sq_tail = 0;
	qp->access = 0;
	qp->dest_qp_num = 0;
}

/*
 * Into ERR nothing is flushed here: every WR taken so far has been executed, and one that was unsignaled
 * and succeeded has no completion. What is posted from now on is flushed by post.c.
 */
int soft_qp_modify(struct ibv_qp *ibv, const struct ibv_qp_attr *a, int mask, struct err *e)
{
	struct soft_qp *qp = (struct soft_qp *)ibv;
	enum ibv_qp_state from = (enum ibv_qp_state)soft_qp_state(ibv);
	enum ibv_qp_state to = (mask & IBV_QP_STATE) ? a->qp_state : from;

	if (!allowed(from, to, mask) || !values_fit(a, mask, from))
		return err_set(e, -EINVAL,
			       "%s: QP 0x%06x: state %d to %d with attributes 0x%x is not allowed",
			       soft_dev(ibv->context)->device.name, ibv->qp_num, from, to, (unsigned)mask);
	keep(qp, a, mask);
	if (to == IBV_QPS_RESET)
		reset(qp);
	ibv->state = to;
	atomic_store_explicit(&qp->state, (int)to, memory_order_relaxed);
	return 0;
}
