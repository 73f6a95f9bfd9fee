// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The other end of a connection between devices: who it is and what memory it has. See far.h. */
#include "nic/soft/far.h"

#include <errno.h>
#include <stdlib.h>

#include "base/err.h"
#include "nic/soft/access.h"

/* ---- memory ---- */

/* Address and place in the file agree in the bits of a cache line and more, or atomics could be split. */
enum { SAME_BITS = 4095 };

/* A copy that holds as long as the region has @key. Adding nothing is a load that no earlier one passes. */
static bool copy_region(struct soft_reach *r)
{
	struct share_mr *m = r->mr;

	r->pd = m->pd;
	r->fd = m->fd;
	r->inode = m->inode;
	r->offset = m->offset;
	r->iova = m->iova;
	r->bytes = m->bytes;
	return atomic_fetch_add_explicit(&m->key, 0, memory_order_acq_rel) == r->key && r->bytes &&
	       r->bytes <= SOFT_MAX_MR_BYTES && r->bytes - 1 <= UINT64_MAX - r->iova;
}

static void reach_free(struct soft_reach *r)
{
	soft_unmap(&r->map);
	free(r);
}

/* Of @seg, and of no one else, those whose region has gone; or @all of them. */
static void drop_reaches(struct soft_cq *cq, const struct soft_seg *seg, bool all)
{
	struct soft_reach **at = &cq->reaches;

	while (*at) {
		struct soft_reach *r = *at;

		if (r->seg == seg &&
		    (all || atomic_load_explicit(&r->mr->key, memory_order_relaxed) != r->key)) {
			*at = r->next;
			reach_free(r);
		} else {
			at = &r->next;
		}
	}
}

static __attribute__((cold)) struct soft_reach *add_reach(struct soft_cq *cq, const struct soft_seg *seg,
							  uint32_t key)
{
	struct share_mr *mr = key ? share_find_mr(seg->share, key, key) : NULL;
	struct soft_reach *r = mr ? malloc(sizeof(*r)) : NULL;

	drop_reaches(cq, seg, false);
	if (!r)
		return NULL;
	*r = (struct soft_reach){.next = cq->reaches, .seg = seg, .mr = mr, .key = key};
	if (!copy_region(r)) {
		free(r);
		return NULL;
	}
	cq->reaches = r;
	return r;
}

static struct soft_reach *find_reach(struct soft_qp *qp, uint32_t key)
{
	struct soft_cq *cq = (struct soft_cq *)qp->ibv.send_cq;
	const struct soft_seg *seg = qp->far->seg;

	for (struct soft_reach *r = cq->reaches; r; r = r->next) {
		if (r->key == key && r->seg == seg)
			return r;
	}
	return add_reach(cq, seg, key);
}

/* Once for each region: the reason is in an event, where a completion has no room for it. */
static __attribute__((cold)) bool map_region(struct soft_qp *qp, struct soft_reach *r)
{
	struct err e = {0};
	int rc;

	if (r->failed)
		return false;
	rc = (r->iova ^ r->offset) & SAME_BITS
		     ? err_set(&e, -EINVAL, "address and offset differ within a page")
		     : soft_reach_map(r, &e);
	r->failed = rc < 0;
	if (rc)
		soft_event(&soft_dev(qp->ibv.context)->events, false, qp->ibv.qp_num, "QP 0x%x: %s",
			   qp->ibv.qp_num, e.text);
	return !rc;
}

enum soft_syndrome soft_far_reach(struct soft_qp *qp, const struct range *r, int need, unsigned char **host)
{
	struct soft_reach *m = find_reach(qp, r->key);
	uint64_t at;
	int access;

	if (!m || atomic_load_explicit(&m->mr->key, memory_order_acquire) != r->key)
		return SOFT_SYN_KEY;
	if (m->pd != qp->far->pd)
		return SOFT_SYN_PD;
	access = atomic_load_explicit(&m->mr->access, memory_order_relaxed);
	if ((access & need) != need)
		return access & SOFT_ALIVE ? SOFT_SYN_RIGHTS : SOFT_SYN_REVOKED;
	at = r->addr - m->iova;
	if (at > m->bytes || r->bytes > m->bytes - at)
		return SOFT_SYN_BOUNDS;
	if (!m->first && !map_region(qp, m))
		return SOFT_SYN_PRIVATE;
	*host = m->first + at;
	return SOFT_SYN_NONE;
}

/* Where its owner sees it at once: nobody could flush a tally of this process for it. */
void soft_far_count(struct soft_qp *qp, uint32_t key, enum soft_dir dir, uint64_t bytes)
{
	struct soft_reach *m = find_reach(qp, key);

	if (!m)
		return;
	atomic_fetch_add_explicit(&m->mr->ops[dir], 1, memory_order_relaxed);
	atomic_fetch_add_explicit(&m->mr->moved[dir], bytes, memory_order_relaxed);
}

struct share_mr *soft_far_target(struct soft_qp *qp, const struct ibv_send_wr *wr)
{
	const struct soft_rqe *e;
	struct soft_done done;
	struct soft_reach *m;
	enum soft_syndrome syn;
	uint32_t key = wr->wr.rdma.rkey;

	if (!soft_far_peer(qp, &syn))
		return NULL;
	if (wr->opcode == IBV_WR_ATOMIC_FETCH_AND_ADD || wr->opcode == IBV_WR_ATOMIC_CMP_AND_SWP)
		key = wr->wr.atomic.rkey;
	if (wr->opcode == IBV_WR_SEND || wr->opcode == IBV_WR_SEND_WITH_IMM) {
		e = soft_far_recv_begin(qp, &done);
		if (!e)
			return NULL;
		key = e->num_sge ? e->sge[0].lkey : 0;
		soft_far_recv_cancel(qp);
	}
	m = find_reach(qp, key);
	return m ? m->mr : NULL;
}

/* ---- who answers ---- */

/* Its queue pair may come to be shown later than the connection, as one within a device may. */
static bool find_place(struct soft_far *f, uint32_t number)
{
	struct share *s = f->seg->share;
	struct share_qp *q = number ? share_find_qp(s, number, number) : NULL;

	if (!q)
		return false;
	f->rq_mask = q->rq_mask;
	f->rq_sges = q->rq_sges;
	f->pd = q->pd;
	if (!share_ring_fits(f->rq_mask, f->rq_sges))
		return false;
	f->ring = s->rings[q - s->qps];
	f->peer = q;
	return true;
}

struct share_qp *soft_far_peer(struct soft_qp *qp, enum soft_syndrome *syn)
{
	struct soft_far *f = qp->far;
	struct share_qp *q;
	int state;

	*syn = SOFT_SYN_NO_PEER;
	if (++f->ops % SOFT_FAR_LOOK == 0 ? soft_seg_dead(f->seg) : f->seg->dead)
		return NULL;
	if (!f->peer && !find_place(f, qp->dest_qp_num))
		return NULL;
	q = f->peer;
	if (atomic_load_explicit(&q->number, memory_order_relaxed) != qp->dest_qp_num)
		return NULL;
	state = atomic_load_explicit(&q->state, memory_order_acquire);
	if (state != IBV_QPS_RTS && state != IBV_QPS_RTR)
		return NULL;
	*syn = SOFT_SYN_NOT_OURS;
	return q->dest_qp_num == qp->ibv.qp_num && q->rq_psn == qp->sq_psn &&
			       q->dest_cookie == soft_dev(qp->ibv.context)->gid.cookie
		       ? q
		       : NULL;
}

/* ---- connections ---- */

static void list_receiver(struct soft_qp *qp)
{
	struct soft_cq *cq = (struct soft_cq *)qp->ibv.recv_cq;

	if (!qp->max_recv_wr)
		return;
	qp->far->next = cq->far;
	cq->far = qp;
	soft_cq_see(cq, SOFT_SEE_FAR);
}

static void unlist_receiver(struct soft_qp *qp)
{
	struct soft_qp **at = &((struct soft_cq *)qp->ibv.recv_cq)->far;

	while (*at && *at != qp)
		at = &(*at)->far->next;
	if (*at)
		*at = qp->far->next;
}

int soft_far_connect(struct soft_qp *qp, const struct share_gid *gid, struct err *e)
{
	struct soft_dev *d = soft_dev(qp->ibv.context);
	struct soft_far *f;
	int rc = soft_share_qp(qp, e);

	if (rc)
		return rc;
	f = calloc(1, sizeof(*f));
	if (!f)
		return err_set(e, -ENOMEM, "soft0: no memory to connect");
	rc = soft_seg_find(d, gid, &f->seg, e);
	if (rc) {
		free(f);
		return rc;
	}
	f->own = d->share->rings[qp->shared - d->share->qps];
	qp->far = f;
	list_receiver(qp);
	soft_far_show_receives(qp);
	soft_dev_choose_post(d);
	return 0;
}

void soft_far_disconnect(struct soft_qp *qp)
{
	struct soft_dev *d = soft_dev(qp->ibv.context);
	struct soft_far *f = qp->far;

	if (!f)
		return;
	unlist_receiver(qp);
	drop_reaches((struct soft_cq *)qp->ibv.send_cq, f->seg, true);
	soft_seg_put(d, f->seg);
	soft_dev_choose_post(d);
	qp->far = NULL;
	free(f);
}
