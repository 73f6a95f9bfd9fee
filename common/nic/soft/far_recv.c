// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Receives between devices. Those of a queue pair stay its own (soft_qp.rq); what another process has to know
 * of them is shown in its share, and what comes back is put into the CQ by the CQ's own thread.
 */
#include "nic/soft/far.h"

#include "nic/soft/access.h"

static struct share_receive *receive(unsigned char *ring, uint32_t mask, uint32_t sges, uint32_t index)
{
	return (struct share_receive *)(void *)(ring + (index & mask) * share_receive_bytes(sges));
}

static struct share_receive *theirs(const struct soft_far *f)
{
	uint32_t taken = atomic_load_explicit(&f->peer->rq_taken, memory_order_relaxed);

	return receive(f->ring, f->rq_mask, f->rq_sges, taken);
}

static struct share_receive *own(const struct soft_qp *qp, uint32_t index)
{
	return receive(qp->far->own, qp->rq_mask, qp->max_recv_sge, index);
}

static bool lock(struct share_qp *q)
{
	return !atomic_exchange_explicit(&q->rq_busy, 1, memory_order_acquire);
}

static void unlock(struct share_qp *q)
{
	atomic_store_explicit(&q->rq_busy, 0, memory_order_release);
}

/* ---- at the end that sends ---- */

const struct soft_rqe *soft_far_recv_begin(struct soft_qp *qp, struct soft_done *done)
{
	struct soft_far *f = qp->far;
	struct share_qp *q = f->peer;
	struct soft_rqe *e = (struct soft_rqe *)(void *)f->taken;

	*done = done_with(IBV_WC_RETRY_EXC_ERR, SOFT_SYN_NO_PEER);
	if (!lock(q))
		return NULL;
	if (atomic_load_explicit(&q->state, memory_order_relaxed) == IBV_QPS_ERR) {
		unlock(q);
		return NULL;
	}
	if (atomic_load_explicit(&q->rq_head, memory_order_acquire) ==
	    atomic_load_explicit(&q->rq_taken, memory_order_relaxed)) {
		*done = done_with(IBV_WC_RNR_RETRY_EXC_ERR, SOFT_SYN_RNR);
		unlock(q);
		return NULL;
	}
	*e = (struct soft_rqe){.num_sge = (int)theirs(f)->num_sge};
	if (e->num_sge < 0 || (uint32_t)e->num_sge > f->rq_sges)
		e->num_sge = 0;
	for (int i = 0; i < e->num_sge; i++)
		e->sge[i] = theirs(f)->sge[i];
	*done = done_with(IBV_WC_SUCCESS, SOFT_SYN_NONE);
	return e;
}

void soft_far_recv_cancel(struct soft_qp *qp)
{
	unlock(qp->far->peer);
}

void soft_far_recv_end(struct soft_qp *qp, const struct soft_received *how)
{
	struct share_qp *q = qp->far->peer;
	struct share_receive *r = theirs(qp->far);

	r->byte_len = how->bytes;
	r->imm_data = how->imm ? how->imm->imm_data : 0;
	r->status = (uint8_t)how->status;
	r->opcode = (uint8_t)how->opcode;
	r->syndrome = (uint8_t)how->syndrome;
	r->flags = how->imm ? IBV_WC_WITH_IMM : 0;
	atomic_fetch_add_explicit(&q->rq_taken, 1, memory_order_release);
	if (how->status)
		share_qp_fail(q);
	unlock(q);
}

/* ---- at the end that receives ---- */

void soft_far_show_receives(struct soft_qp *qp)
{
	struct soft_far *f = qp->far;
	const uint32_t head = atomic_load_explicit(&qp->rq_head, memory_order_relaxed);

	for (; f->posted != head; f->posted++) {
		const struct soft_rqe *e = soft_rqe(qp, f->posted);
		struct share_receive *r = own(qp, f->posted);

		r->num_sge = (uint32_t)e->num_sge;
		for (int i = 0; i < e->num_sge; i++)
			r->sge[i] = e->sge[i];
	}
	atomic_store_explicit(&qp->shared->rq_head, head, memory_order_release);
}

int soft_post_recv_far(struct ibv_qp *ibv, struct ibv_recv_wr *wr, struct ibv_recv_wr **bad)
{
	struct soft_qp *qp = (struct soft_qp *)ibv;
	int rc = soft_post_recv(ibv, wr, bad);

	if (qp->far)
		soft_far_show_receives(qp);
	return rc;
}

void soft_far_sync(struct soft_qp *qp)
{
	if (atomic_load_explicit(&qp->shared->state, memory_order_relaxed) == IBV_QPS_ERR &&
	    atomic_load_explicit(&qp->state, memory_order_relaxed) != IBV_QPS_ERR)
		soft_qp_fail(qp);
}

/* What came over, in bounds. */
static void complete(struct soft_qp *qp)
{
	const struct share_receive *r = own(qp, qp->rq_taken);
	const struct soft_rqe *e = soft_rqe(qp, qp->rq_taken);
	const bool imm = r->opcode == IBV_WC_RECV_RDMA_WITH_IMM;
	const uint64_t room = imm ? SOFT_MAX_MSG_BYTES : sge_bytes(e->sge, e->num_sge);
	struct soft_cqe *c = soft_cq_push((struct soft_cq *)qp->ibv.recv_cq);

	qp->rq_taken++;
	if (!c)
		return;
	*c = (struct soft_cqe){
		.wr_id = e->wr_id,
		.qp = qp,
		.next = qp->rq_taken,
		.byte_len = r->byte_len < room ? r->byte_len : (uint32_t)room,
		.imm_data = r->imm_data,
		.status = r->status <= IBV_WC_GENERAL_ERR ? r->status : IBV_WC_GENERAL_ERR,
		.opcode = imm ? IBV_WC_RECV_RDMA_WITH_IMM : IBV_WC_RECV,
		.syndrome = r->syndrome,
		.flags = r->flags & IBV_WC_WITH_IMM,
	};
}

/* More than were posted is nonsense: the connection ends. */
static void drain(struct soft_qp *qp)
{
	uint32_t n = atomic_load_explicit(&qp->shared->rq_taken, memory_order_acquire) - qp->rq_taken;

	if (n > qp->far->posted - qp->rq_taken) {
		soft_qp_fail(qp);
		return;
	}
	while (n--)
		complete(qp);
}

void soft_far_drain(struct soft_cq *cq)
{
	for (struct soft_qp *qp = cq->far; qp; qp = qp->far->next) {
		soft_far_sync(qp);
		drain(qp);
	}
	if (cq->far)
		soft_cq_see(cq, SOFT_SEE_FAR);
}

/* Who held the lock may have died with it. */
bool soft_far_rq_flush(struct soft_qp *qp)
{
	struct share_qp *q = qp->shared;

	if (!lock(q) && !soft_seg_dead(qp->far->seg))
		return false;
	drain(qp);
	soft_rq_flush_all(qp);
	atomic_store_explicit(&q->rq_taken, qp->rq_taken, memory_order_release);
	unlock(q);
	return true;
}
