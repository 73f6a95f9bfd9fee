// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Posting and polling of the fake: a work request is carried out and completed while it is posted, or, when
 * it needs a receive and there is none, while that is posted.
 */
#include "fakes/fakeverbs_priv.h"

#include <errno.h>
#include <pthread.h>
#include <string.h>

/* A receive changes two queue pairs, whose owners may be two threads. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

struct fake_send *fake_send_slot(struct fake_qp *qp, uint32_t ahead)
{
	struct fake_send *s = &qp->send[(qp->send_head + ahead) % qp->send_wrs];
	bool full;

	pthread_mutex_lock(&lock);
	full = qp->send_head + ahead - qp->send_tail >= qp->send_wrs;
	pthread_mutex_unlock(&lock);
	return full ? NULL : s;
}

/* Return: @qp is in a state that takes send requests. */
static bool may_send(struct fake_qp *qp)
{
	enum ibv_qp_state state;

	pthread_mutex_lock(&lock);
	state = qp->ibv.state;
	pthread_mutex_unlock(&lock);
	return state == IBV_QPS_RTS || state == IBV_QPS_ERR;
}

int fake_send_check(struct fake_qp *qp, const struct fake_send *s)
{
	return may_send(qp) ? fake_op_check(qp, s) : EINVAL;
}

void fake_send_commit(struct fake_qp *qp, uint32_t n)
{
	pthread_mutex_lock(&lock);
	qp->send_head += n;
	fake_run(qp);
	pthread_mutex_unlock(&lock);
}

/* Inline data is taken while posting: its memory may change afterwards and needs no key. */
static void take_inline(struct fake_send *s)
{
	uint32_t bytes = 0;

	for (int i = 0; i < s->wr.num_sge; i++) {
		memcpy(s->inline_data + bytes, (const char *)(uintptr_t)s->sge[i].addr, s->sge[i].length);
		bytes += s->sge[i].length;
	}
	s->sge[0] = (struct ibv_sge){.length = bytes};
	s->wr.num_sge = 1;
}

static int post_one(struct fake_qp *qp, const struct ibv_send_wr *wr)
{
	struct fake_send *s = fake_send_slot(qp, 0);
	int rc;

	if (!s)
		return ENOMEM;
	s->wr = *wr;
	for (int i = 0; i < wr->num_sge && i < FAKE_SGE_MAX; i++)
		s->sge[i] = wr->sg_list[i];
	rc = fake_send_check(qp, s);
	if (rc)
		return rc;
	if (wr->send_flags & IBV_SEND_INLINE)
		take_inline(s);
	fake_send_commit(qp, 1);
	return 0;
}

int fake_post_send(struct ibv_qp *ibv, struct ibv_send_wr *wr, struct ibv_send_wr **bad)
{
	struct fake_qp *qp = (struct fake_qp *)ibv;

	for (; wr; wr = wr->next) {
		int rc = post_one(qp, wr);

		if (rc) {
			*bad = wr;
			return rc;
		}
	}
	return 0;
}

static int recv_one(struct fake_qp *qp, const struct ibv_recv_wr *wr)
{
	if (qp->ibv.state == IBV_QPS_RESET || wr->num_sge > 1)
		return EINVAL;
	if (qp->recv_head - qp->recv_tail >= qp->recv_wrs)
		return ENOMEM;
	qp->recv[qp->recv_head++ % qp->recv_wrs] = (struct fake_recv){
		.wr_id = wr->wr_id,
		.sge = wr->num_sge ? wr->sg_list[0] : (struct ibv_sge){0},
	};
	if (qp->ibv.state == IBV_QPS_ERR)
		fake_to_error(qp);
	return 0;
}

int fake_post_recv(struct ibv_qp *ibv, struct ibv_recv_wr *wr, struct ibv_recv_wr **bad)
{
	struct fake_qp *qp = (struct fake_qp *)ibv;
	int rc = 0;

	pthread_mutex_lock(&lock);
	for (; wr && !rc; wr = rc ? wr : wr->next)
		rc = recv_one(qp, wr);
	fake_run_senders(qp);
	pthread_mutex_unlock(&lock);
	if (rc)
		*bad = wr;
	return rc;
}

void fake_qp_keep(struct fake_qp *qp, const struct ibv_qp_attr *attr, int mask)
{
	pthread_mutex_lock(&lock);
	if (mask & IBV_QP_ACCESS_FLAGS)
		qp->access = attr->qp_access_flags;
	if (mask & IBV_QP_DEST_QPN)
		qp->dest_qpn = attr->dest_qp_num;
	if (mask & IBV_QP_RNR_RETRY)
		qp->rnr_retry = attr->rnr_retry;
	if (mask & IBV_QP_STATE)
		qp->ibv.state = attr->qp_state;
	if ((mask & IBV_QP_STATE) && attr->qp_state == IBV_QPS_RESET) {
		qp->send_tail = qp->send_head;
		qp->recv_tail = qp->recv_head;
	}
	if (qp->ibv.state == IBV_QPS_ERR) {
		fake_to_error(qp);
		fake_run_senders(qp);
	}
	pthread_mutex_unlock(&lock);
}

int fake_poll_cq(struct ibv_cq *ibv, int n, struct ibv_wc *wc)
{
	struct fake_cq *cq = (struct fake_cq *)ibv;
	int got = 0;

	pthread_mutex_lock(&lock);
	for (; got < n && cq->tail != cq->head; got++)
		wc[got] = cq->ring[cq->tail++ % (uint32_t)ibv->cqe];
	pthread_mutex_unlock(&lock);
	return got;
}
