// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The send queue: what ibv_post_send() refuses, what becomes of what it takes, which completions there
 * are. One driver; the devices and the fault build differ only in how a work request is executed.
 *
 * A WR that finds no receive at the other end (RNR) is copied to its slot, and so are those behind it,
 * until soft_sq_retry() has got through.
 */
#include "nic/soft/soft.h"

#include <errno.h>
#include <string.h>

#include "base/clock.h"
#include "nic/soft/far.h"
#include "nic/soft/fault.h"

typedef struct soft_done exec_fn(struct soft_qp *qp, const struct ibv_send_wr *wr);

static inline uint64_t payload(const struct ibv_send_wr *wr)
{
	uint64_t sum = 0;

	for (int i = 0; i < wr->num_sge; i++)
		sum += wr->sg_list[i].length;
	return sum;
}

/* Too much inline data: ENOMEM, as mlx5. */
static inline int refused_inline(const struct soft_qp *qp, const struct ibv_send_wr *wr)
{
	if (wr->opcode > IBV_WR_SEND_WITH_IMM) /* nothing of a READ or atomic leaves this end */
		return EINVAL;
	return payload(wr) > qp->max_inline ? ENOMEM : 0;
}

/* EINVAL for the state is what the kernel's software devices answer; mlx5 does not look. */
static inline int refused(const struct soft_qp *qp, const struct ibv_send_wr *wr, int state)
{
	if (state != IBV_QPS_RTS && state != IBV_QPS_ERR)
		return EINVAL;
	if ((unsigned int)wr->opcode > IBV_WR_ATOMIC_FETCH_AND_ADD)
		return EINVAL;
	if (qp->sq_head - qp->tail[SOFT_SQ] >= qp->max_send_wr)
		return ENOMEM;
	if ((uint32_t)wr->num_sge > qp->max_send_sge)
		return EINVAL;
	if (wr->send_flags & IBV_SEND_INLINE)
		return refused_inline(qp, wr);
	return 0;
}

static const uint8_t wc_opcode[] = {
	[IBV_WR_RDMA_WRITE] = IBV_WC_RDMA_WRITE,
	[IBV_WR_RDMA_WRITE_WITH_IMM] = IBV_WC_RDMA_WRITE,
	[IBV_WR_SEND] = IBV_WC_SEND,
	[IBV_WR_SEND_WITH_IMM] = IBV_WC_SEND,
	[IBV_WR_RDMA_READ] = IBV_WC_RDMA_READ,
	[IBV_WR_ATOMIC_CMP_AND_SWP] = IBV_WC_COMP_SWAP,
	[IBV_WR_ATOMIC_FETCH_AND_ADD] = IBV_WC_FETCH_ADD,
};

/* Verbs defines byte_len for what brings data here: READ and atomics. */
static inline void complete(struct soft_qp *qp, const struct ibv_send_wr *wr, uint32_t next,
			    const struct soft_done *done)
{
	struct soft_cqe *c = soft_cq_push((struct soft_cq *)qp->ibv.send_cq);

	if (!c)
		return;
	*c = (struct soft_cqe){
		.wr_id = wr->wr_id,
		.qp = qp,
		.next = next,
		.byte_len = wr->opcode >= IBV_WR_RDMA_READ ? done->bytes : 0,
		.status = (uint8_t)done->status,
		.opcode = wc_opcode[wr->opcode],
		.syndrome = (uint8_t)done->syndrome,
	};
}

static unsigned int responder_rnr_timer(const struct soft_qp *qp)
{
	const struct soft_qp *peer = soft_table_find(&soft_dev(qp->ibv.context)->qps, qp->dest_qp_num);

	if (qp->far) /* of 5 bits */
		return qp->far->peer ? qp->far->peer->min_rnr_timer & 31u : 1;
	return peer ? peer->min_rnr_timer : 1;
}

/* The wait that the responder asks for in its RNR NAK: IBA table 45, in units of 10 us. */
static int64_t rnr_timer_ns(const struct soft_qp *qp)
{
	const unsigned int code = responder_rnr_timer(qp);
	const int64_t unit = 10000;

	if (code < 2)
		return (code ? 1 : 1 << 16) * unit;
	return (code & 1 ? 3ll << (code / 2 - 1) : 1ll << (code / 2)) * unit;
}

/* There is no receive for the WR at the head: may it wait on? */
static __attribute__((cold)) bool may_wait(struct soft_qp *qp)
{
	int64_t now;

	if (qp->rnr_retry == SOFT_RNR_FOR_EVER || !qp->rnr_retry)
		return qp->rnr_retry;
	now = clock_raw_ns();
	if (!qp->rnr_since)
		qp->rnr_since = now;
	return now - qp->rnr_since < qp->rnr_retry * rnr_timer_ns(qp);
}

/*
 * The first WR that fails moves the QP to ERR; it and all after it complete, signaled or not.
 * @next: index behind @wr. Return: false: not executed, it has to wait.
 */
static inline __attribute__((always_inline)) bool run(struct soft_qp *qp, const struct ibv_send_wr *wr,
						      uint32_t next, int state, exec_fn *exec)
{
	struct soft_done done = {.status = IBV_WC_WR_FLUSH_ERR};

	if (state == IBV_QPS_RTS)
		done = exec(qp, wr);
	if (done.status != IBV_WC_SUCCESS) {
		if (done.status == IBV_WC_RNR_RETRY_EXC_ERR && may_wait(qp))
			return false;
		soft_qp_fail(qp);
	} else if (!(wr->send_flags & IBV_SEND_SIGNALED) && !qp->sig_all) {
		return true;
	}
	if (!done.silent)
		complete(qp, wr, next, &done);
	return true;
}

/* Copies @wr, posted last, to its slot, where ibv_wr_*() may have put it at once. */
static __attribute__((cold)) void keep(struct soft_qp *qp, const struct ibv_send_wr *wr)
{
	struct soft_sqe *s = soft_sqe(qp, qp->sq_head - 1);
	unsigned char *data = soft_sqe_inline(qp, s);

	if (&s->wr == wr)
		return;
	s->wr = *wr;
	s->wr.sg_list = s->sge;
	for (int i = 0; i < wr->num_sge; i++) {
		s->sge[i] = wr->sg_list[i];
		if (!(wr->send_flags & IBV_SEND_INLINE) || !s->sge[i].length)
			continue;
		memcpy(data, (const void *)(uintptr_t)s->sge[i].addr, s->sge[i].length);
		s->sge[i].addr = (uintptr_t)data;
		data += s->sge[i].length;
	}
}

static __attribute__((cold)) void stall(struct soft_qp *qp, const struct ibv_send_wr *wr)
{
	struct soft_cq *cq = (struct soft_cq *)qp->ibv.send_cq;

	keep(qp, wr);
	qp->sq_next = qp->sq_head - 1;
	qp->stalled = true;
	if (!qp->listed) {
		qp->listed = true;
		qp->stalled_next = cq->stalled;
		cq->stalled = qp;
	}
	soft_cq_see(cq, SOFT_SEE_STALLED);
}

/* @waits: @exec can find no receive; constant, so null0 has no code for it. */
static inline __attribute__((always_inline)) int
post(struct ibv_qp *ibv, struct ibv_send_wr *wr, struct ibv_send_wr **bad, exec_fn *exec, const bool waits)
{
	struct soft_qp *qp = (struct soft_qp *)ibv;
	int rc = 0;

	for (; wr; wr = wr->next) {
		int state = atomic_load_explicit(&qp->state, memory_order_relaxed);

		rc = refused(qp, wr, state);
		if (rc) {
			*bad = wr;
			break;
		}
		qp->sq_head++;
		if (waits && __builtin_expect(qp->stalled, 0))
			keep(qp, wr);
		else if (!run(qp, wr, qp->sq_head, state, exec) && waits)
			stall(qp, wr);
	}
	if (waits && __builtin_expect(qp->stalled, 0))
		soft_sq_retry(qp);
	return rc;
}

static inline struct soft_done exec_null(struct soft_qp *qp, const struct ibv_send_wr *wr)
{
	(void)qp;
	(void)wr;
	return (struct soft_done){.status = IBV_WC_SUCCESS};
}

int soft_post_copy(struct ibv_qp *qp, struct ibv_send_wr *wr, struct ibv_send_wr **bad)
{
	return post(qp, wr, bad, soft_exec, true);
}

int soft_post_null(struct ibv_qp *qp, struct ibv_send_wr *wr, struct ibv_send_wr **bad)
{
	return post(qp, wr, bad, exec_null, false);
}

int soft_post_far(struct ibv_qp *qp, struct ibv_send_wr *wr, struct ibv_send_wr **bad)
{
	if (((struct soft_qp *)qp)->far)
		soft_far_sync((struct soft_qp *)qp);
	return post(qp, wr, bad, soft_exec_any, true);
}

int soft_post_faulty(struct ibv_qp *qp, struct ibv_send_wr *wr, struct ibv_send_wr **bad)
{
	if (((struct soft_qp *)qp)->far)
		soft_far_sync((struct soft_qp *)qp);
	return post(qp, wr, bad, soft_fault_exec, true);
}

void soft_sq_retry(struct soft_qp *qp)
{
	exec_fn *exec = soft_dev(qp->ibv.context)->fault.cfg.kind ? soft_fault_exec : soft_exec_any;

	if (qp->far)
		soft_far_sync(qp);
	for (; qp->sq_next != qp->sq_head; qp->sq_next++) {
		int state = atomic_load_explicit(&qp->state, memory_order_relaxed);

		if (!run(qp, &soft_sqe(qp, qp->sq_next)->wr, qp->sq_next + 1, state, exec))
			return;
		qp->rnr_since = 0;
	}
	qp->stalled = false;
}
