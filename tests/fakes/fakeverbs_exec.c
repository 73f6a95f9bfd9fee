// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * What the fake's device does with a work request. Keys, bounds and rights are checked as a device checks
 * them; a request carried out leaves its queue, whether or not its completion has been polled. The caller
 * holds the lock of fakeverbs_data.c.
 */
#include "fakes/fakeverbs_priv.h"

#include <errno.h>
#include <string.h>

enum kind { NONE, WRITE, READ, SEND, ATOMIC };

struct op_row {
	enum kind kind;
	enum ibv_wc_opcode wc;
	int right; /* that the queue pair and the MR at the far end must grant */
	bool imm;
};

static const struct op_row *op_of(enum ibv_wr_opcode opcode)
{
	static const struct op_row rows[] = {
		[IBV_WR_RDMA_WRITE] = {WRITE, IBV_WC_RDMA_WRITE, IBV_ACCESS_REMOTE_WRITE, false},
		[IBV_WR_RDMA_WRITE_WITH_IMM] = {WRITE, IBV_WC_RDMA_WRITE, IBV_ACCESS_REMOTE_WRITE, true},
		[IBV_WR_SEND] = {SEND, IBV_WC_SEND, 0, false},
		[IBV_WR_RDMA_READ] = {READ, IBV_WC_RDMA_READ, IBV_ACCESS_REMOTE_READ, false},
		[IBV_WR_ATOMIC_CMP_AND_SWP] = {ATOMIC, IBV_WC_COMP_SWAP, IBV_ACCESS_REMOTE_ATOMIC, false},
		[IBV_WR_ATOMIC_FETCH_AND_ADD] = {ATOMIC, IBV_WC_FETCH_ADD, IBV_ACCESS_REMOTE_ATOMIC, false},
	};
	static const struct op_row none = {.kind = NONE};

	return (size_t)opcode < sizeof(rows) / sizeof(rows[0]) ? &rows[opcode] : &none;
}

static bool takes_receive(const struct op_row *op)
{
	return op->kind == SEND || op->imm;
}

/* Host address of [addr, addr+len) in the MR of @key, or NULL. */
static char *resolve(uint32_t key, uint64_t addr, uint64_t len, int access)
{
	const struct fake_mr *mr = fake_mr_find(key);

	if (!mr || !mr->host || (mr->access & access) != access || !fake_mr_live(mr))
		return NULL;
	if (addr < mr->iova || addr - mr->iova > mr->ibv.length || len > mr->ibv.length - (addr - mr->iova))
		return NULL;
	return mr->host + (addr - mr->iova);
}

static uint32_t total(const struct ibv_sge *sge, int n)
{
	uint32_t sum = 0;

	for (int i = 0; i < n; i++)
		sum += sge[i].length;
	return sum;
}

/* The last byte last, as adapters do: a poller that sees it sees all the others. */
static void copy(char *to, const char *from, uint32_t bytes)
{
	if (!bytes)
		return;
	memmove(to, from, bytes - 1);
	__atomic_store_n(to + bytes - 1, from[bytes - 1], __ATOMIC_RELEASE);
}

/* Between the request's own memory and @far. */
static enum ibv_wc_status transfer(const struct fake_send *s, char *far, bool fetch)
{
	if (s->wr.send_flags & IBV_SEND_INLINE) {
		copy(far, s->inline_data, s->sge[0].length);
		return IBV_WC_SUCCESS;
	}
	for (int i = 0; i < s->wr.num_sge; i++) {
		const struct ibv_sge *g = &s->sge[i];
		char *near = resolve(g->lkey, g->addr, g->length, fetch ? IBV_ACCESS_LOCAL_WRITE : 0);

		if (!near)
			return IBV_WC_LOC_PROT_ERR;
		copy(fetch ? near : far, fetch ? far : near, g->length);
		far += g->length;
	}
	return IBV_WC_SUCCESS;
}

static enum ibv_wc_status atomic(const struct fake_send *s)
{
	const uint64_t at = s->wr.wr.atomic.remote_addr;
	char *near, *far = resolve(s->wr.wr.atomic.rkey, at, 8, IBV_ACCESS_REMOTE_ATOMIC);
	uint64_t was, is;

	if (s->wr.num_sge != 1 || s->sge[0].length != 8)
		return IBV_WC_LOC_LEN_ERR;
	near = resolve(s->sge[0].lkey, s->sge[0].addr, 8, IBV_ACCESS_LOCAL_WRITE);
	if (!near)
		return IBV_WC_LOC_PROT_ERR;
	if (at % 8)
		return IBV_WC_REM_INV_REQ_ERR;
	if (!far)
		return IBV_WC_REM_ACCESS_ERR;
	memcpy(&was, far, sizeof(was));
	is = was + s->wr.wr.atomic.compare_add;
	if (s->wr.opcode == IBV_WR_ATOMIC_CMP_AND_SWP)
		is = was == s->wr.wr.atomic.compare_add ? s->wr.wr.atomic.swap : was;
	memcpy(far, &is, sizeof(is));
	memcpy(near, &was, sizeof(was));
	return IBV_WC_SUCCESS;
}

/* A full queue is in error from now on; the device says so and nothing more. */
static void complete(struct ibv_cq *ibv, struct ibv_wc wc)
{
	struct fake_cq *cq = (struct fake_cq *)ibv;

	if (cq->head - cq->tail < (uint32_t)cq->ibv.cqe)
		cq->ring[cq->head++ % (uint32_t)cq->ibv.cqe] = wc;
	else
		fake_event((struct ibv_async_event){.event_type = IBV_EVENT_CQ_ERR, .element.cq = ibv});
}

static void complete_recv(struct fake_qp *qp, enum ibv_wc_status status, const struct fake_send *from)
{
	const struct fake_recv *r = &qp->recv[qp->recv_tail++ % qp->recv_wrs];
	struct ibv_wc wc = {
		.wr_id = r->wr_id, .status = status, .opcode = IBV_WC_RECV, .qp_num = qp->ibv.qp_num};

	if (from) {
		const struct op_row *op = op_of(from->wr.opcode);

		wc.byte_len = total(from->sge, from->wr.num_sge);
		wc.opcode = op->imm ? IBV_WC_RECV_RDMA_WITH_IMM : IBV_WC_RECV;
		wc.wc_flags = op->imm ? IBV_WC_WITH_IMM : 0;
		wc.imm_data = from->wr.imm_data;
	}
	complete(qp->ibv.recv_cq, wc);
}

static void complete_send(struct fake_qp *qp, enum ibv_wc_status status)
{
	const struct fake_send *s = &qp->send[qp->send_tail++ % qp->send_wrs];

	if (status != IBV_WC_SUCCESS || (s->wr.send_flags & IBV_SEND_SIGNALED))
		complete(qp->ibv.send_cq, (struct ibv_wc){
						  .wr_id = s->wr.wr_id,
						  .status = status,
						  .opcode = op_of(s->wr.opcode)->wc,
						  .byte_len = total(s->sge, s->wr.num_sge),
						  .qp_num = qp->ibv.qp_num,
					  });
}

void fake_to_error(struct fake_qp *qp)
{
	qp->ibv.state = IBV_QPS_ERR;
	while (qp->send_tail != qp->send_head)
		complete_send(qp, IBV_WC_WR_FLUSH_ERR);
	while (qp->recv_tail != qp->recv_head)
		complete_recv(qp, IBV_WC_WR_FLUSH_ERR, NULL);
}

/* A receive that cannot take the message ends both queue pairs; fake_run() flushes them. */
static enum ibv_wc_status refuse(struct fake_qp *peer, enum ibv_wc_status there, enum ibv_wc_status here)
{
	complete_recv(peer, there, NULL);
	peer->ibv.state = IBV_QPS_ERR;
	return here;
}

static enum ibv_wc_status send(const struct fake_send *s, struct fake_qp *peer)
{
	const struct fake_recv *r = &peer->recv[peer->recv_tail % peer->recv_wrs];
	const uint32_t bytes = total(s->sge, s->wr.num_sge);
	enum ibv_wc_status status;
	char *to;

	if (bytes > r->sge.length)
		return refuse(peer, IBV_WC_LOC_LEN_ERR, IBV_WC_REM_INV_REQ_ERR);
	to = resolve(r->sge.lkey, r->sge.addr, bytes, IBV_ACCESS_LOCAL_WRITE);
	if (bytes && !to)
		return refuse(peer, IBV_WC_LOC_PROT_ERR, IBV_WC_REM_OP_ERR);
	status = transfer(s, to, false);
	if (status == IBV_WC_SUCCESS)
		complete_recv(peer, status, s);
	return status;
}

static enum ibv_wc_status rdma(const struct fake_send *s, struct fake_qp *peer, const struct op_row *op)
{
	char *far = resolve(s->wr.wr.rdma.rkey, s->wr.wr.rdma.remote_addr, total(s->sge, s->wr.num_sge),
			    op->right);
	enum ibv_wc_status status = far ? transfer(s, far, op->kind == READ) : IBV_WC_REM_ACCESS_ERR;

	if (status == IBV_WC_SUCCESS && op->imm)
		complete_recv(peer, status, s);
	return status;
}

static enum ibv_wc_status execute(const struct fake_qp *qp, const struct fake_send *s, struct fake_qp *peer)
{
	const struct op_row *op = op_of(s->wr.opcode);

	if (qp->ibv.state == IBV_QPS_ERR)
		return IBV_WC_WR_FLUSH_ERR;
	if (!peer || peer->ibv.state == IBV_QPS_ERR)
		return IBV_WC_RETRY_EXC_ERR;
	if ((peer->access & (unsigned int)op->right) != (unsigned int)op->right)
		return IBV_WC_REM_INV_REQ_ERR;
	if (takes_receive(op) && peer->recv_head == peer->recv_tail)
		return IBV_WC_RNR_RETRY_EXC_ERR;
	if (op->kind == SEND)
		return send(s, peer);
	return op->kind == ATOMIC ? atomic(s) : rdma(s, peer, op);
}

/* rnr_retry 7: a request waits for ever for its receive. */
static bool must_wait(const struct fake_qp *qp, const struct fake_send *s, const struct fake_qp *peer)
{
	return qp->ibv.state == IBV_QPS_RTS && peer && peer->ibv.state != IBV_QPS_ERR &&
	       takes_receive(op_of(s->wr.opcode)) && peer->recv_head == peer->recv_tail && qp->rnr_retry == 7;
}

void fake_run(struct fake_qp *qp)
{
	while (qp->send_tail != qp->send_head) {
		const struct fake_send *s = &qp->send[qp->send_tail % qp->send_wrs];
		struct fake_qp *peer = fake_qp_find(qp->dest_qpn);
		enum ibv_wc_status status;

		if (must_wait(qp, s, peer))
			return;
		status = execute(qp, s, peer);
		complete_send(qp, status);
		if (status == IBV_WC_SUCCESS)
			continue;
		fake_to_error(qp);
		if (peer && peer->ibv.state == IBV_QPS_ERR)
			fake_to_error(peer);
	}
}

void fake_run_senders(const struct fake_qp *qp)
{
	for (struct fake_qp *from = fake_machine.qps; from; from = from->next)
		if (from->dest_qpn == qp->ibv.qp_num)
			fake_run(from);
}

int fake_op_check(const struct fake_qp *qp, const struct fake_send *s)
{
	const struct op_row *op = op_of(s->wr.opcode);

	if (op->kind == NONE || s->wr.num_sge > FAKE_SGE_MAX)
		return EINVAL;
	if (op->kind == ATOMIC && fake_device_of(qp->ibv.context)->attr.atomic_cap == IBV_ATOMIC_NONE)
		return EINVAL;
	if ((s->wr.send_flags & IBV_SEND_INLINE) &&
	    (op->kind == READ || op->kind == ATOMIC || total(s->sge, s->wr.num_sge) > qp->max_inline))
		return EINVAL;
	return 0;
}
