// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Completion queue: takes exactly the entries asked for. Real devices round up; a harness that counts
 * too few must fail here. Polling is what frees slots (verbs: a WR is outstanding until its completion,
 * or that of a later WR of the queue, has been polled).
 *
 * One ring for the CQ's own thread, one for the thread at the other end, so neither needs a lock. That
 * both together exceed the depth only the polling thread can see; it does, since they only grow in between.
 */
#include "nic/soft/far.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"

static uint32_t ring_size(uint32_t depth)
{
	uint32_t n = 1;

	while (n < depth)
		n *= 2;
	return n;
}

int soft_cq_create(struct soft_dev *d, uint32_t depth, struct ibv_cq **out, struct err *e)
{
	uint32_t slots = ring_size(depth);
	struct soft_cq *cq = aligned_alloc(alignof(struct soft_cq), sizeof(*cq));
	struct soft_cqe *ring = calloc(2 * (size_t)slots, sizeof(*ring));

	if (!cq || !ring) {
		free(cq);
		free(ring);
		return err_set(e, -ENOMEM, "%s: no memory for a CQ of %u entries", d->device.name, depth);
	}
	memset(cq, 0, sizeof(*cq));
	cq->ibv.context = &d->ctx;
	cq->ibv.cqe = (int)depth;
	cq->ring = ring;
	cq->in = ring + slots;
	cq->mask = slots - 1;
	cq->depth = depth;
	d->cqs++;
	*out = &cq->ibv;
	return 0;
}

int soft_cq_destroy(struct ibv_cq *ibv, struct err *e)
{
	struct soft_cq *cq = (struct soft_cq *)ibv;
	struct soft_dev *d = soft_dev(ibv->context);

	if (cq->users)
		return err_set(e, -EBUSY, "%s: destroy CQ: queue pairs still use it", d->device.name);
	d->cqs--;
	free(cq->ring);
	free(cq);
	return 0;
}

static uint32_t clean_ring(struct soft_cqe *ring, uint32_t mask, uint32_t tail, uint32_t head,
			   const struct soft_qp *qp)
{
	uint32_t kept = tail;

	for (uint32_t i = tail; i != head; i++) {
		if (ring[i & mask].qp != qp)
			ring[kept++ & mask] = ring[i & mask];
	}
	return kept;
}

static void forget_stalled(struct soft_cq *cq, const struct soft_qp *qp)
{
	struct soft_qp **at = &cq->stalled;

	while (*at && *at != qp)
		at = &(*at)->stalled_next;
	if (*at)
		*at = qp->stalled_next;
}

void soft_cq_clean(struct soft_cq *cq, const struct soft_qp *qp)
{
	cq->head = clean_ring(cq->ring, cq->mask, cq->tail, cq->head, qp);
	cq->in_head = clean_ring(cq->in, cq->mask, cq->in_tail, cq->in_head, qp);
	forget_stalled(cq, qp);
}

void soft_cq_overrun(struct soft_cq *cq)
{
	struct soft_dev *d = soft_dev(cq->ibv.context);
	struct soft_qp *qp;

	if (!atomic_exchange(&cq->depth, 0))
		return;
	soft_event(&d->events, false, 0, "CQ_ERR on %s: completion queue of %d entries overrun",
		   d->device.name, cq->ibv.cqe);
	for (uint32_t i = 0; (qp = soft_table_next(&d->qps, &i));) {
		if (qp->ibv.send_cq == &cq->ibv || qp->ibv.recv_cq == &cq->ibv)
			soft_qp_fail(qp);
	}
}

void soft_cq_push_in(struct soft_cq *cq, const struct soft_cqe *c)
{
	const uint32_t depth = atomic_load_explicit(&cq->depth, memory_order_relaxed);
	uint32_t head = atomic_load_explicit(&cq->in_head, memory_order_relaxed);

	if (head - cq->in_tail_seen >= depth)
		cq->in_tail_seen = atomic_load_explicit(&cq->in_tail, memory_order_acquire);
	if (head - cq->in_tail_seen >= depth) {
		soft_cq_overrun(cq);
		return;
	}
	cq->in[head & cq->mask] = *c;
	atomic_store_explicit(&cq->in_head, head + 1, memory_order_release);
}

static void retry_stalled(struct soft_cq *cq)
{
	struct soft_qp **at = &cq->stalled;

	while (*at) {
		struct soft_qp *qp = *at;

		if (qp->stalled)
			soft_sq_retry(qp);
		if (qp->stalled) {
			at = &qp->stalled_next;
		} else {
			*at = qp->stalled_next;
			qp->listed = false;
		}
	}
	if (cq->stalled)
		soft_cq_see(cq, SOFT_SEE_STALLED);
}

static void flush_receives(struct soft_cq *cq)
{
	struct soft_dev *d = soft_dev(cq->ibv.context);
	struct soft_qp *qp;
	bool all = true;

	for (uint32_t i = 0; (qp = soft_table_next(&d->qps, &i));) {
		if (qp->ibv.recv_cq == &cq->ibv && soft_qp_state(&qp->ibv) == IBV_QPS_ERR)
			all &= soft_rq_flush(qp);
	}
	if (!all)
		soft_cq_see(cq, SOFT_SEE_FLUSH);
}

static void attend(struct soft_cq *cq)
{
	uint32_t what = atomic_exchange_explicit(&cq->attention, 0, memory_order_acquire);

	if (what & SOFT_SEE_FAR)
		soft_far_drain(cq);
	if (what & SOFT_SEE_STALLED)
		retry_stalled(cq);
	if (what & SOFT_SEE_FLUSH)
		flush_receives(cq);
}

/* Field by field: the rest of struct ibv_wc has no meaning for an RC completion. */
static inline void fill_wc(struct ibv_wc *wc, const struct soft_cqe *c)
{
	wc->wr_id = c->wr_id;
	wc->status = c->status;
	wc->opcode = c->opcode;
	wc->vendor_err = c->syndrome;
	wc->byte_len = c->byte_len;
	wc->qp_num = c->qp->ibv.qp_num;
	wc->wc_flags = c->flags;
	c->qp->tail[c->opcode / IBV_WC_RECV] = c->next;
}

/* Leaves half of the room to the other ring, if that has something: neither may starve. */
static int poll_in(struct soft_cq *cq, int n, struct ibv_wc *wc)
{
	uint32_t depth = atomic_load_explicit(&cq->depth, memory_order_relaxed);
	uint32_t head = atomic_load_explicit(&cq->in_head, memory_order_acquire);
	uint32_t tail = atomic_load_explicit(&cq->in_tail, memory_order_relaxed);
	int most = cq->head == cq->tail ? n : n - n / 2;
	int got = 0;

	if (depth && head - tail + (cq->head - cq->tail) > depth)
		soft_cq_overrun(cq);
	for (; got < most && tail != head; got++, tail++) {
		fill_wc(&wc[got], &cq->in[tail & cq->mask]);
		wc[got].imm_data = cq->in[tail & cq->mask].imm_data;
	}
	atomic_store_explicit(&cq->in_tail, tail, memory_order_release);
	return got;
}

/* The CQ's own completions, behind the @got that are there already. @imm: receives are among them. */
static inline __attribute__((always_inline)) int poll_own(struct soft_cq *cq, int n, struct ibv_wc *wc,
							  int got, const bool imm)
{
	const uint32_t head = cq->head;
	uint32_t tail = cq->tail;

	for (; got < n && tail != head; got++, tail++) {
		fill_wc(&wc[got], &cq->ring[tail & cq->mask]);
		if (imm)
			wc[got].imm_data = cq->ring[tail & cq->mask].imm_data;
	}
	cq->tail = tail;
	if (got == 0 && n > 0 && atomic_load_explicit(&cq->depth, memory_order_relaxed) == 0)
		return -EOVERFLOW;
	return got;
}

static __attribute__((noinline)) int poll_all(struct soft_cq *cq, int n, struct ibv_wc *wc)
{
	if (atomic_load_explicit(&cq->attention, memory_order_relaxed))
		attend(cq);
	return poll_own(cq, n, wc, soft_cq_in_empty(cq) ? 0 : poll_in(cq, n, wc), true);
}

/* The way of a CQ of sends only calls nothing. */
int soft_poll_cq(struct ibv_cq *ibv, int n, struct ibv_wc *wc)
{
	struct soft_cq *cq = (struct soft_cq *)ibv;

	if (atomic_load_explicit(&cq->attention, memory_order_relaxed) || !soft_cq_in_empty(cq))
		return poll_all(cq, n, wc);
	return poll_own(cq, n, wc, 0, false);
}

int soft_req_notify_cq(struct ibv_cq *cq, int solicited_only)
{
	(void)cq; /* arming a CQ without a completion channel succeeds and does nothing */
	(void)solicited_only;
	return 0;
}
