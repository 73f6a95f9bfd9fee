// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Queue pairs: life and states. The table of transitions is the RC part of the kernel's qp_state_table
 * (IBA 11.2.5.2) without SQD, SQE and alternate paths, which this device does not have.
 */
#include "nic/soft/far.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/err.h"

enum {
	NUMBER_MASK = 0xffffff, /* QP numbers and PSNs have 24 bits */
	MAX_RNR_TIMER = 31,	/* 5 bits */
};

static int check_create(const struct ibv_pd *pd, const struct ibv_qp_init_attr *a, struct err *e)
{
	struct soft_dev *d = soft_dev(pd->context);

	if (a->qp_type != IBV_QPT_RC || a->srq)
		return err_set(e, -EOPNOTSUPP, "%s: create QP: only type RC without SRQ is supported",
			       d->device.name);
	if (a->cap.max_send_sge > SOFT_MAX_SGE || a->cap.max_recv_sge > SOFT_MAX_SGE ||
	    a->cap.max_inline_data > SOFT_MAX_INLINE)
		return err_set(e, -EINVAL,
			       "%s: create QP: asked %u send SGEs, %u receive SGEs, %u bytes inline; maximum "
			       "is %d, %d, %d",
			       d->device.name, a->cap.max_send_sge, a->cap.max_recv_sge,
			       a->cap.max_inline_data, SOFT_MAX_SGE, SOFT_MAX_SGE, SOFT_MAX_INLINE);
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

static uint32_t ring_mask(uint32_t depth)
{
	uint32_t n = 1;

	while (n < depth)
		n *= 2;
	return n - 1;
}

static size_t round_up(size_t n)
{
	const size_t to = alignof(max_align_t);

	return (n + to - 1) / to * to;
}

/* Slots are written only when something waits or is staged, so most of this memory is never touched. */
static int make_rings(struct soft_qp *qp)
{
	qp->sq_mask = ring_mask(qp->max_send_wr);
	qp->rq_mask = ring_mask(qp->max_recv_wr);
	qp->sq_stride =
		round_up(sizeof(struct soft_sqe) +
			 (qp->max_send_sge ? qp->max_send_sge : 1) * sizeof(struct ibv_sge) + qp->max_inline);
	qp->rq_stride = round_up(sizeof(struct soft_rqe) + qp->max_recv_sge * sizeof(struct ibv_sge));
	qp->sq = malloc((qp->sq_mask + 1) * qp->sq_stride);
	qp->rq = malloc((qp->rq_mask + 1) * qp->rq_stride);
	return qp->sq && qp->rq ? 0 : -ENOMEM;
}

static void free_qp(struct soft_qp *qp)
{
	if (!qp)
		return;
	free(qp->sq);
	free(qp->rq);
	free(qp);
}

int soft_qp_create(struct ibv_pd *pd, const struct ibv_qp_init_attr *a, bool wr_api, struct ibv_qp **out,
		   struct err *e)
{
	struct soft_dev *d = soft_dev(pd->context);
	int rc = check_create(pd, a, e);
	struct soft_qp *qp;
	uint32_t number;

	if (rc)
		return rc;
	qp = aligned_alloc(alignof(struct soft_qp), sizeof(*qp));
	if (qp)
		*qp = (struct soft_qp){
			.ibv = {.context = pd->context,
				.qp_context = a->qp_context,
				.pd = pd,
				.send_cq = a->send_cq,
				.recv_cq = a->recv_cq,
				.state = IBV_QPS_RESET,
				.qp_type = IBV_QPT_RC},
			.sig_all = a->sq_sig_all,
			.max_send_wr = a->cap.max_send_wr,
			.max_send_sge = a->cap.max_send_sge,
			.max_recv_wr = a->cap.max_recv_wr,
			.max_recv_sge = a->cap.max_recv_sge,
			.max_inline = a->cap.max_inline_data,
			.wr_api = wr_api,
			.rq_busy = ATOMIC_FLAG_INIT,
		};
	if (!qp || make_rings(qp) || soft_table_add(&d->qps, qp, &number)) {
		free_qp(qp);
		return err_set(e, -ENOMEM, "%s: create QP: out of memory or numbers", d->device.name);
	}
	qp->ibv.qp_num = number;
	if (wr_api)
		soft_wr_init(&qp->ex);
	use_parents(qp, 1);
	*out = &qp->ibv;
	return 0;
}

static void clean_cqs(struct soft_qp *qp)
{
	soft_cq_clean((struct soft_cq *)qp->ibv.send_cq, qp);
	soft_cq_clean((struct soft_cq *)qp->ibv.recv_cq, qp);
}

void soft_qp_destroy(struct ibv_qp *ibv)
{
	struct soft_qp *qp = (struct soft_qp *)ibv;
	struct soft_dev *d = soft_dev(ibv->context);

	soft_tally_flush(d, &qp->local);
	soft_tally_flush(d, &qp->remote);
	clean_cqs(qp);
	soft_far_disconnect(qp);
	soft_unshare_qp(qp);
	soft_table_remove(&d->qps, ibv->qp_num);
	use_parents(qp, -1);
	free_qp(qp);
}

/* The other end of a connection between devices may have moved it to ERR where it is shown. */
int soft_qp_state(const struct ibv_qp *ibv)
{
	const struct soft_qp *qp = (const struct soft_qp *)ibv;

	if (qp->far && atomic_load_explicit(&qp->shared->state, memory_order_relaxed) == IBV_QPS_ERR)
		return IBV_QPS_ERR;
	return atomic_load_explicit(&qp->state, memory_order_relaxed);
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
	if ((mask & IBV_QP_MIN_RNR_TIMER) && a->min_rnr_timer > MAX_RNR_TIMER)
		return false;
	if ((mask & IBV_QP_RNR_RETRY) && a->rnr_retry > SOFT_RNR_FOR_EVER)
		return false;
	return !(mask & IBV_QP_MAX_DEST_RD_ATOMIC) || a->max_dest_rd_atomic <= SOFT_MAX_RD_ATOMIC;
}

/* Attributes without an effect here (MTU, timeout, address) are checked but not kept. */
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
	if (mask & IBV_QP_MIN_RNR_TIMER)
		qp->min_rnr_timer = a->min_rnr_timer;
	if (mask & IBV_QP_RNR_RETRY)
		qp->rnr_retry = a->rnr_retry;
}

/* A QP in RESET is as new: nothing posted, no completion of it in the queue. */
static void reset(struct soft_qp *qp)
{
	clean_cqs(qp);
	soft_far_disconnect(qp);
	if (qp->shared)
		qp->shared->rq_head = qp->shared->rq_taken = qp->shared->rq_busy = 0;
	qp->sq_head = qp->sq_next = 0;
	qp->tail[SOFT_SQ] = qp->tail[SOFT_RQ] = 0;
	qp->rq_head = qp->rq_head_seen = qp->rq_taken = 0;
	qp->stalled = qp->listed = false;
	qp->staged = 0;
	qp->wr_err = 0;
	qp->rnr_since = 0;
	qp->access = 0;
	qp->dest_qp_num = 0;
}

/* Receives are flushed by their own thread, when it polls. */
void soft_qp_fail(struct soft_qp *qp)
{
	atomic_store_explicit(&qp->state, IBV_QPS_ERR, memory_order_relaxed);
	if (qp->shared)
		share_qp_fail(qp->shared);
	if (qp->max_recv_wr)
		soft_cq_see((struct soft_cq *)qp->ibv.recv_cq, SOFT_SEE_FLUSH);
}

/* The address says which device: this one, none (which is this one), or another. */
static int connect_far(struct soft_qp *qp, const struct ibv_qp_attr *a, int mask, struct err *e)
{
	static const struct share_gid none;
	const struct soft_dev *d = soft_dev(qp->ibv.context);
	struct share_gid gid;

	memcpy(&gid, a->ah_attr.grh.dgid.raw, sizeof(gid));
	if (!(mask & IBV_QP_AV) || !a->ah_attr.is_global || !d->moves_data ||
	    !memcmp(&gid, &none, sizeof(gid)) || !memcmp(&gid, &d->gid, sizeof(gid)))
		return 0;
	return soft_far_connect(qp, &gid, e);
}

/* A NAK that came while it was on its way to RTS is not forgotten. */
static void show_state(struct soft_qp *qp, int from, int to)
{
	soft_share_attr(qp);
	if (to == IBV_QPS_RESET)
		atomic_store_explicit(&qp->shared->state, to, memory_order_release);
	else
		atomic_compare_exchange_strong_explicit(&qp->shared->state, &from, to, memory_order_release,
							memory_order_relaxed);
}

/*
 * Into ERR nothing is flushed here: a WR that was executed unsignaled and succeeded has no completion, one
 * that waits for a receive is flushed when its CQ is polled, and what is posted from now on by post.c.
 */
int soft_qp_modify(struct ibv_qp *ibv, const struct ibv_qp_attr *a, int mask, struct err *e)
{
	struct soft_qp *qp = (struct soft_qp *)ibv;
	enum ibv_qp_state from = (enum ibv_qp_state)soft_qp_state(ibv);
	enum ibv_qp_state to = (mask & IBV_QP_STATE) ? a->qp_state : from;
	int rc;

	if (!allowed(from, to, mask) || !values_fit(a, mask, from))
		return err_set(e, -EINVAL,
			       "%s: QP 0x%06x: state %d to %d with attributes 0x%x is not allowed",
			       soft_dev(ibv->context)->device.name, ibv->qp_num, from, to, (unsigned)mask);
	rc = connect_far(qp, a, mask, e);
	if (rc)
		return rc;
	keep(qp, a, mask);
	if (to == IBV_QPS_RESET)
		reset(qp);
	ibv->state = to;
	if (to == IBV_QPS_ERR)
		soft_qp_fail(qp);
	else
		atomic_store_explicit(&qp->state, (int)to, memory_order_relaxed);
	if (qp->shared && to != IBV_QPS_ERR)
		show_state(qp, (int)from, (int)to);
	return 0;
}
