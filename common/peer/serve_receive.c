// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Keeping receives posted. A completed receive is posted again at once, for the message that is as many
 * ahead as the queue holds; completions that come together for one queue pair are posted together.
 */
#include <errno.h>

#include "base/err.h"
#include "peer/serve.h"

/* The receive of @q's next message. */
static void fill(const struct service *s, struct serve_qp *q, struct ibv_recv_wr *wr, struct ibv_sge *sge)
{
	*wr = (struct ibv_recv_wr){.wr_id = (uintptr_t)q};
	if (s->ask.imm)
		return;
	*sge = (struct ibv_sge){
		.addr = s->target->mr.addr + slots_offset(&q->slots, q->next),
		.length = (uint32_t)q->slots.size,
		.lkey = s->target->mr.mr->lkey,
	};
	wr->sg_list = sge;
	wr->num_sge = 1;
	q->next = q->next + 1 == q->slots.ring ? 0 : q->next + 1;
}

int serve_receive_prepare(struct service *s, struct err *e)
{
	struct ibv_recv_wr wr, *bad;
	struct ibv_sge sge;

	s->link->received = true;
	for (uint32_t i = 0; i < s->ask.qps; i++) {
		for (uint32_t k = 0; k < s->link->spec.recv_wrs; k++) {
			int rc;

			fill(s, &s->qp[i], &wr, &sge);
			rc = ibv_post_recv(s->qp[i].qp, &wr, &bad);
			if (rc)
				return err_set(e, rc > 0 ? -rc : rc,
					       "peer: ibv_post_recv of receive %u on QP 0x%x: %s", k,
					       s->qp[i].qp->qp_num, err_name(rc));
		}
	}
	return 0;
}

/* Post the @n receives from @wr, all of one queue pair. */
static int post(struct serve_lane *l, struct ibv_recv_wr *wr, struct ibv_qp *qp)
{
	struct ibv_recv_wr *bad;
	int rc = ibv_post_recv(qp, wr, &bad);

	if (rc)
		serve_fail_call(l, "ibv_post_recv", qp, rc);
	return rc;
}

/* As many receives again as have completed. */
static int again(struct serve_lane *l, const struct ibv_wc *wc, int n)
{
	struct ibv_recv_wr wr[SERVE_POLL], *first = wr;
	struct ibv_sge sge[SERVE_POLL];

	for (int i = 0; i < n; i++) {
		struct serve_qp *q = (struct serve_qp *)(uintptr_t)wc[i].wr_id;

		fill(l->s, q, &wr[i], &sge[i]);
		if (i + 1 < n && wc[i + 1].wr_id == wc[i].wr_id) {
			wr[i].next = &wr[i + 1];
			continue;
		}
		if (post(l, first, q->qp))
			return -1;
		first = &wr[i + 1];
	}
	return 0;
}

/* Return: completions that were good, up to the first that was not. */
static int good(struct serve_lane *l, const struct ibv_wc *wc, int n)
{
	for (int i = 0; i < n; i++) {
		if (wc[i].status != IBV_WC_SUCCESS) {
			serve_fail_wc(l, &wc[i]);
			return i;
		}
	}
	return n;
}

/* What has arrived by the time of the stop is still counted, but nothing more is posted. */
void serve_receive(struct serve_lane *l)
{
	struct ibv_wc wc[SERVE_POLL];

	for (;;) {
		bool stop = atomic_load_explicit(&l->s->stop, memory_order_acquire);
		int n = ibv_poll_cq(l->cq, SERVE_POLL, wc);
		int ok;

		if (n < 0) {
			serve_fail_call(l, "ibv_poll_cq", NULL, n);
			return;
		}
		if (!n && stop)
			return;
		ok = good(l, wc, n);
		l->messages += (uint64_t)ok;
		if (ok < n || (!stop && again(l, wc, n)))
			return;
	}
}
