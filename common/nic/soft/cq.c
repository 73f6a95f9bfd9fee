// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Completion queue: a ring that takes exactly the entries asked for. Real devices round up; a harness
 * that counts too few must fail here. Polling is what frees send-queue slots (verbs: a WR is outstanding
 * until its completion, or that of a later WR of the queue, has been polled).
 */
#include "nic/soft/soft.h"

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
	struct soft_cqe *ring = calloc(slots, sizeof(*ring));

	if (!cq || !ring) {
		free(cq);
		free(ring);
		return err_set(e, -ENOMEM, "%s: no memory for a CQ of %u entries", d->device.name, depth);
	}
	memset(cq, 0, sizeof(*cq));
	cq->ibv.context = &d->ctx;
	cq->ibv.cqe = (int)depth;
	cq->ring = ring;
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

void soft_cq_clean(struct soft_cq *cq, const struct soft_qp *qp)
{
	uint32_t kept = cq->tail;

	for (uint32_t i = cq->tail; i != cq->head; i++) {
		const struct soft_cqe *c = &cq->ring[i & cq->mask];

		if (c->qp != qp)
			cq->ring[kept++ & cq->mask] = *c;
	}
	cq->head = kept;
}

void soft_cq_overrun(struct soft_cq *cq)
{
	struct soft_dev *d = soft_dev(cq->ibv.context);
	struct soft_qp *qp;

	cq->depth = 0;
	for (uint32_t i = 0; (qp = soft_table_next(&d->qps, &i));) {
		if (qp->ibv.send_cq == &cq->ibv || qp->ibv.recv_cq == &cq->ibv)
			atomic_store_explicit(&qp->state, IBV_QPS_ERR, memory_order_relaxed);
	}
}

/* Field by field: the rest of struct ibv_wc has no meaning for a requester's RDMA completion. */
static inline void fill_wc(struct ibv_wc *wc, const struct soft_cqe *c)
{
	wc->wr_id = c->wr_id;
	wc->status = c->status;
	wc->opcode = c->opcode;
	wc->vendor_err = c->syndrome;
	wc->byte_len = c->byte_len;
	wc->qp_num = c->qp->ibv.qp_num;
	wc->wc_flags = 0;
}

int soft_poll_cq(struct ibv_cq *ibv, int n, struct ibv_wc *wc)
{
	struct soft_cq *cq = (struct soft_cq *)ibv;
	uint32_t tail = cq->tail;
	int got = 0;

	for (; got < n && tail != cq->head; got++, tail++) {
		const struct soft_cqe *c = &cq->ring[tail & cq->mask];

		fill_wc(&wc[got], c);
		c->qp->sq_tail = c->sq_next;
	}
	cq->tail = tail;
	return got == 0 && n > 0 && cq->depth == 0 ? -EOVERFLOW : got;
}

int soft_req_notify_cq(struct ibv_cq *cq, int solicited_only)
{
	(void)cq; /* arming a CQ without a completion channel succeeds and does nothing */
	(void)solicited_only;
	return 0;
}
