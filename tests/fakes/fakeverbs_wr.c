// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * ibv_wr_*() of the fake: requests are written into the queue's own ring behind its head and become visible
 * to the device in ibv_wr_complete(), all of them or, after the first error, none.
 */
#include "fakes/fakeverbs_priv.h"

#include <errno.h>
#include <string.h>

static struct fake_qp *of(struct ibv_qp_ex *ex)
{
	return (struct fake_qp *)ex;
}

static void fail_build(struct fake_qp *qp, int rc)
{
	if (!qp->build_error)
		qp->build_error = rc;
}

static void wr_start(struct ibv_qp_ex *ex)
{
	of(ex)->built = 0;
	of(ex)->build_error = 0;
}

/* The request ibv_wr_set_*() are about; NULL after an error. */
static struct fake_send *current(struct fake_qp *qp)
{
	return qp->build_error || !qp->built ? NULL : fake_send_slot(qp, qp->built - 1);
}

static struct fake_send *next(struct ibv_qp_ex *ex, enum ibv_wr_opcode opcode)
{
	struct fake_qp *qp = of(ex);
	struct fake_send *s = fake_send_slot(qp, qp->built);

	if (!s) {
		fail_build(qp, ENOMEM);
		return NULL;
	}
	s->wr = (struct ibv_send_wr){.wr_id = ex->wr_id, .opcode = opcode, .send_flags = ex->wr_flags};
	qp->built++;
	return s;
}

static void rdma(struct ibv_qp_ex *ex, enum ibv_wr_opcode opcode, uint32_t rkey, uint64_t addr)
{
	struct fake_send *s = next(ex, opcode);

	if (!s)
		return;
	s->wr.wr.rdma.rkey = rkey;
	s->wr.wr.rdma.remote_addr = addr;
}

static void wr_rdma_write(struct ibv_qp_ex *ex, uint32_t rkey, uint64_t addr)
{
	rdma(ex, IBV_WR_RDMA_WRITE, rkey, addr);
}

static void wr_rdma_read(struct ibv_qp_ex *ex, uint32_t rkey, uint64_t addr)
{
	rdma(ex, IBV_WR_RDMA_READ, rkey, addr);
}

static void wr_rdma_write_imm(struct ibv_qp_ex *ex, uint32_t rkey, uint64_t addr, __be32 imm)
{
	rdma(ex, IBV_WR_RDMA_WRITE_WITH_IMM, rkey, addr);
	if (current(of(ex)))
		current(of(ex))->wr.imm_data = imm;
}

static void wr_send(struct ibv_qp_ex *ex)
{
	next(ex, IBV_WR_SEND);
}

static void wr_atomic(struct ibv_qp_ex *ex, const struct ibv_send_wr *want)
{
	struct fake_send *s = next(ex, want->opcode);

	if (s)
		s->wr.wr = want->wr;
}

static void wr_atomic_cmp_swp(struct ibv_qp_ex *ex, uint32_t rkey, uint64_t addr, uint64_t compare,
			      uint64_t swap)
{
	wr_atomic(ex, &(struct ibv_send_wr){.opcode = IBV_WR_ATOMIC_CMP_AND_SWP,
					    .wr.atomic = {addr, compare, swap, rkey}});
}

static void wr_atomic_fetch_add(struct ibv_qp_ex *ex, uint32_t rkey, uint64_t addr, uint64_t add)
{
	wr_atomic(ex, &(struct ibv_send_wr){.opcode = IBV_WR_ATOMIC_FETCH_AND_ADD,
					    .wr.atomic = {addr, add, 0, rkey}});
}

static void wr_set_sge_list(struct ibv_qp_ex *ex, size_t n, const struct ibv_sge *list)
{
	struct fake_send *s = current(of(ex));

	if (!s)
		return;
	if (n > FAKE_SGE_MAX) {
		fail_build(of(ex), EINVAL);
		return;
	}
	memcpy(s->sge, list, n * sizeof(*list));
	s->wr.num_sge = (int)n;
}

static void wr_set_sge(struct ibv_qp_ex *ex, uint32_t lkey, uint64_t addr, uint32_t length)
{
	wr_set_sge_list(ex, 1, &(struct ibv_sge){addr, length, lkey});
}

static void wr_set_inline_data_list(struct ibv_qp_ex *ex, size_t n, const struct ibv_data_buf *list)
{
	struct fake_send *s = current(of(ex));
	size_t bytes = 0;

	if (!s)
		return;
	for (size_t i = 0; i < n; i++) {
		if (list[i].length > of(ex)->max_inline - bytes) {
			fail_build(of(ex), EINVAL);
			return;
		}
		memcpy(s->inline_data + bytes, list[i].addr, list[i].length);
		bytes += list[i].length;
	}
	s->sge[0] = (struct ibv_sge){.length = (uint32_t)bytes};
	s->wr.num_sge = 1;
	s->wr.send_flags |= IBV_SEND_INLINE;
}

static void wr_set_inline_data(struct ibv_qp_ex *ex, void *addr, size_t length)
{
	wr_set_inline_data_list(ex, 1, &(struct ibv_data_buf){addr, length});
}

static int wr_complete(struct ibv_qp_ex *ex)
{
	struct fake_qp *qp = of(ex);
	uint32_t n = qp->built;

	for (uint32_t i = 0; i < n && !qp->build_error; i++)
		fail_build(qp, fake_send_check(qp, fake_send_slot(qp, i)));
	qp->built = 0;
	if (!qp->build_error)
		fake_send_commit(qp, n);
	return qp->build_error;
}

static void wr_abort(struct ibv_qp_ex *ex)
{
	of(ex)->built = 0;
}

void fake_wr_install(struct fake_qp *qp)
{
	qp->ex.wr_start = wr_start;
	qp->ex.wr_complete = wr_complete;
	qp->ex.wr_abort = wr_abort;
	qp->ex.wr_rdma_write = wr_rdma_write;
	qp->ex.wr_rdma_write_imm = wr_rdma_write_imm;
	qp->ex.wr_rdma_read = wr_rdma_read;
	qp->ex.wr_send = wr_send;
	qp->ex.wr_atomic_cmp_swp = wr_atomic_cmp_swp;
	qp->ex.wr_atomic_fetch_add = wr_atomic_fetch_add;
	qp->ex.wr_set_sge = wr_set_sge;
	qp->ex.wr_set_sge_list = wr_set_sge_list;
	qp->ex.wr_set_inline_data = wr_set_inline_data;
	qp->ex.wr_set_inline_data_list = wr_set_inline_data_list;
}
