// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The send queue: what ibv_post_send() refuses, what becomes of what it takes, which completions there
 * are. One driver; the devices and the fault build differ only in how a work request is executed.
 */
#include "nic/soft/soft.h"

#include <errno.h>

#include "nic/soft/fault.h"

typedef struct soft_done exec_fn(struct soft_qp *qp, const struct ibv_send_wr *wr);

static inline uint64_t payload(const struct ibv_send_wr *wr)
{
	uint64_t sum = 0;

	for (int i = 0; i < wr->num_sge; i++)
		sum += wr->sg_list[i].length;
	return sum;
}

/*
 * Inline data: max_inline_data is 0, so any is too much: ENOMEM, which is what mlx5 answers. EINVAL for
 * the state is what the kernel's software devices answer; mlx5 does not look.
 */
static inline int refused(const struct soft_qp *qp, const struct ibv_send_wr *wr, int state)
{
	if (state != IBV_QPS_RTS && state != IBV_QPS_ERR)
		return EINVAL;
	if (wr->opcode != IBV_WR_RDMA_WRITE && wr->opcode != IBV_WR_RDMA_READ)
		return EINVAL;
	if (qp->sq_head - qp->sq_tail >= qp->max_send_wr)
		return ENOMEM;
	if ((uint32_t)wr->num_sge > qp->max_send_sge)
		return EINVAL;
	if ((wr->send_flags & IBV_SEND_INLINE) && payload(wr))
		return ENOMEM;
	return 0;
}

static inline void complete(struct soft_qp *qp, const struct ibv_send_wr *wr, const struct soft_done *done)
{
	struct soft_cq *cq = (struct soft_cq *)qp->ibv.send_cq;
	bool read = wr->opcode == IBV_WR_RDMA_READ;

	if (cq->head - cq->tail >= cq->depth) {
		soft_cq_overrun(cq);
		return;
	}
	cq->ring[cq->head++ & cq->mask] = (struct soft_cqe){
		.wr_id = wr->wr_id,
		.qp = qp,
		.sq_next = qp->sq_head,
		.byte_len = read ? done->bytes : 0, /* verbs defines it for READ, not for WRITE */
		.status = (uint16_t)done->status,
		.opcode = read ? IBV_WC_RDMA_READ : IBV_WC_RDMA_WRITE,
		.syndrome = done->syndrome,
	};
}

/* The first WR that fails moves the QP to ERR; it and all after it complete, signaled or not. */
static inline __attribute__((always_inline)) void run(struct soft_qp *qp, const struct ibv_send_wr *wr,
						      int state, exec_fn *exec)
{
	struct soft_done done = {.status = IBV_WC_WR_FLUSH_ERR};

	if (state == IBV_QPS_RTS)
		done = exec(qp, wr);
	if (done.status != IBV_WC_SUCCESS)
		atomic_store_explicit(&qp->state, IBV_QPS_ERR, memory_order_relaxed);
	else if (!(wr->send_flags & IBV_SEND_SIGNALED) && !qp->sig_all)
		return;
	if (!done.silent)
		complete(qp, wr, &done);
}

static inline __attribute__((always_inline)) int post(struct ibv_qp *ibv, struct ibv_send_wr *wr,
						      struct ibv_send_wr **bad, exec_fn *exec)
{
	struct soft_qp *qp = (struct soft_qp *)ibv;

	for (; wr; wr = wr->next) {
		int state = atomic_load_explicit(&qp->state, memory_order_relaxed);
		int rc = refused(qp, wr, state);

		if (rc) {
			*bad = wr;
			return rc;
		}
		qp->sq_head++;
		run(qp, wr, state, exec);
	}
	return 0;
}

static inline struct soft_done exec_null(struct soft_qp *qp, const struct ibv_send_wr *wr)
{
	(void)qp;
	(void)wr;
	return (struct soft_done){.status = IBV_WC_SUCCESS};
}

static struct soft_done exec_faulty(struct soft_qp *qp, const struct ibv_send_wr *wr)
{
	return soft_fault_exec(qp, wr, soft_dev(qp->ibv.context)->moves_data ? soft_exec : exec_null);
}

int soft_post_copy(struct ibv_qp *qp, struct ibv_send_wr *wr, struct ibv_send_wr **bad)
{
	return post(qp, wr, bad, soft_exec);
}

int soft_post_null(struct ibv_qp *qp, struct ibv_send_wr *wr, struct ibv_send_wr **bad)
{
	return post(qp, wr, bad, exec_null);
}

int soft_post_faulty(struct ibv_qp *qp, struct ibv_send_wr *wr, struct ibv_send_wr **bad)
{
	return post(qp, wr, bad, exec_faulty);
}

/* There is no receive queue: the device has no SEND that would need one. */
int soft_post_recv(struct ibv_qp *qp, struct ibv_recv_wr *wr, struct ibv_recv_wr **bad)
{
	(void)qp;
	*bad = wr;
	return EOPNOTSUPP;
}
