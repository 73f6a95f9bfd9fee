// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Every completion status: one row says what is wrong with a WR or its peer, and what both ends see. */
#include "soft/rig.h"

static const struct nic_backend *const soft = &nic_backend_soft;

static void nothing(struct rig *r, struct rig_op *op)
{
	(void)r;
	(void)op;
}

static void lkey_unknown(struct rig *r, struct rig_op *op)
{
	(void)r;
	op->sge.lkey = 0;
}

static void local_beyond(struct rig *r, struct rig_op *op)
{
	op->sge.addr = (uintptr_t)r->buf[0] + r->bytes - op->sge.length + 1;
}

static void relink(struct rig *r, int end, const struct rig_link *l)
{
	assert_int_equal(rig_modify(r, r->qp[end], IBV_QPS_RESET), 0);
	rig_bring_up(r, r->qp[end], l, IBV_QPS_RTS);
}

static void swap_mr(struct rig *r, int end, int access, struct ibv_pd *pd)
{
	soft_mr_dereg(r->mr[end]);
	assert_int_equal(soft_mr_reg(pd, r->buf[end], r->bytes, access, &MEM_NO_HINT, &r->mr[end], NULL), 0);
}

static void local_readonly(struct rig *r, struct rig_op *op)
{
	swap_mr(r, 0, 0, r->n.pd);
	op->sge.lkey = r->mr[0]->lkey;
}

static void too_long(struct rig *r, struct rig_op *op)
{
	(void)r;
	op->sge.length = SOFT_MAX_MSG_BYTES + 1;
}

static void rkey_unknown(struct rig *r, struct rig_op *op)
{
	(void)r;
	op->wr.wr.rdma.rkey ^= 1;
}

/* Which end speaks first: a WRITE fails before it leaves, a READ before its response is stored. */
static void both_keys_unknown(struct rig *r, struct rig_op *op)
{
	lkey_unknown(r, op);
	rkey_unknown(r, op);
}

static void remote_beyond(struct rig *r, struct rig_op *op)
{
	op->wr.wr.rdma.remote_addr = (uintptr_t)r->buf[1] + r->bytes - op->sge.length + 1;
}

static void remote_readable(struct rig *r, struct rig_op *op)
{
	swap_mr(r, 1, IBV_ACCESS_LOCAL_WRITE | IBV_ACCESS_REMOTE_READ, r->n.pd);
	op->wr.wr.rdma.rkey = r->mr[1]->rkey;
}

static void remote_writable(struct rig *r, struct rig_op *op)
{
	swap_mr(r, 1, IBV_ACCESS_LOCAL_WRITE | IBV_ACCESS_REMOTE_WRITE, r->n.pd);
	op->wr.wr.rdma.rkey = r->mr[1]->rkey;
}

static void qp_grants_nothing(struct rig *r, struct rig_op *op)
{
	struct rig_link l = rig_link_default(r->qp[0]->qp_num);

	(void)op;
	l.access = IBV_ACCESS_LOCAL_WRITE;
	relink(r, 1, &l);
}

static void no_reads_in(struct rig *r, struct rig_op *op)
{
	struct rig_link l = rig_link_default(r->qp[0]->qp_num);

	(void)op;
	l.max_dest_rd_atomic = 0;
	relink(r, 1, &l);
}

static void no_reads_out(struct rig *r, struct rig_op *op)
{
	struct rig_link l = rig_link_default(r->qp[1]->qp_num);

	(void)op;
	l.max_rd_atomic = 0;
	relink(r, 0, &l);
}

static void peer_elsewhere(struct rig *r, struct rig_op *op)
{
	struct rig_link l = rig_link_default(r->qp[1]->qp_num);

	(void)op;
	relink(r, 1, &l);
}

static void peer_other_psn(struct rig *r, struct rig_op *op)
{
	struct rig_link l = rig_link_default(r->qp[0]->qp_num);

	(void)op;
	l.rq_psn++;
	relink(r, 1, &l);
}

static void peer_init(struct rig *r, struct rig_op *op)
{
	struct rig_link l = rig_link_default(r->qp[0]->qp_num);

	(void)op;
	assert_int_equal(rig_modify(r, r->qp[1], IBV_QPS_RESET), 0);
	rig_bring_up(r, r->qp[1], &l, IBV_QPS_INIT);
}

static void peer_rtr(struct rig *r, struct rig_op *op)
{
	struct rig_link l = rig_link_default(r->qp[0]->qp_num);

	(void)op;
	assert_int_equal(rig_modify(r, r->qp[1], IBV_QPS_RESET), 0);
	rig_bring_up(r, r->qp[1], &l, IBV_QPS_RTR);
}

static void peer_err(struct rig *r, struct rig_op *op)
{
	(void)op;
	assert_int_equal(rig_modify(r, r->qp[1], IBV_QPS_ERR), 0);
}

static void peer_never_was(struct rig *r, struct rig_op *op)
{
	struct rig_link l = rig_link_default(0xabcdef);

	(void)op;
	relink(r, 0, &l);
}

static void empty_no_keys(struct rig *r, struct rig_op *op)
{
	(void)r;
	op->sge.length = 0;
	op->sge.lkey = 0;
	op->wr.wr.rdma.rkey = 0;
}

static void empty_no_rights(struct rig *r, struct rig_op *op)
{
	empty_no_keys(r, op);
	qp_grants_nothing(r, op);
}

struct status_row {
	const char *what;
	void (*spoil)(struct rig *r, struct rig_op *op);
	enum ibv_wr_opcode opcode;
	enum ibv_wc_status status;
	enum soft_syndrome syndrome;
	enum ibv_qp_state peer;
};

#define W     IBV_WR_RDMA_WRITE
#define WI    IBV_WR_RDMA_WRITE_WITH_IMM
#define SD    IBV_WR_SEND
#define R     IBV_WR_RDMA_READ
#define OK    IBV_WC_SUCCESS, SOFT_SYN_NONE
#define PROT  IBV_WC_LOC_PROT_ERR
#define ACC   IBV_WC_REM_ACCESS_ERR
#define INV   IBV_WC_REM_INV_REQ_ERR
#define RETRY IBV_WC_RETRY_EXC_ERR
#define RTS   IBV_QPS_RTS
#define ERR   IBV_QPS_ERR

static const struct status_row status_rows[] = {
	{"write", nothing, W, OK, RTS},
	{"read", nothing, R, OK, RTS},
	{"write with imm", nothing, WI, OK, RTS},
	{"send", nothing, SD, OK, RTS},
	{"lkey unknown", lkey_unknown, W, PROT, SOFT_SYN_KEY, RTS},
	{"lkey unknown, send", lkey_unknown, SD, PROT, SOFT_SYN_KEY, RTS},
	{"lkey unknown, read", lkey_unknown, R, PROT, SOFT_SYN_KEY, RTS},
	{"local bounds", local_beyond, W, PROT, SOFT_SYN_BOUNDS, RTS},
	{"local bounds, read", local_beyond, R, PROT, SOFT_SYN_BOUNDS, RTS},
	{"source may be read-only", local_readonly, W, OK, RTS},
	{"read into read-only", local_readonly, R, PROT, SOFT_SYN_RIGHTS, RTS},
	{"too long", too_long, W, IBV_WC_LOC_LEN_ERR, SOFT_SYN_LENGTH, RTS},
	{"too long, read", too_long, R, IBV_WC_LOC_LEN_ERR, SOFT_SYN_LENGTH, RTS},
	{"rkey unknown", rkey_unknown, W, ACC, SOFT_SYN_KEY, ERR},
	{"rkey unknown, read", rkey_unknown, R, ACC, SOFT_SYN_KEY, ERR},
	{"rkey unknown, imm", rkey_unknown, WI, ACC, SOFT_SYN_KEY, ERR},
	{"both keys unknown", both_keys_unknown, W, PROT, SOFT_SYN_KEY, RTS},
	{"both keys unknown, read", both_keys_unknown, R, ACC, SOFT_SYN_KEY, ERR},
	{"remote bounds", remote_beyond, W, ACC, SOFT_SYN_BOUNDS, ERR},
	{"remote bounds, read", remote_beyond, R, ACC, SOFT_SYN_BOUNDS, ERR},
	{"MR not for writing", remote_readable, W, ACC, SOFT_SYN_RIGHTS, ERR},
	{"MR for reading", remote_readable, R, OK, RTS},
	{"MR not for reading", remote_writable, R, ACC, SOFT_SYN_RIGHTS, ERR},
	{"MR for writing", remote_writable, W, OK, RTS},
	{"QP grants no write", qp_grants_nothing, W, INV, SOFT_SYN_QP_RIGHTS, ERR},
	{"QP grants no read", qp_grants_nothing, R, INV, SOFT_SYN_QP_RIGHTS, ERR},
	{"QP grants no write, imm", qp_grants_nothing, WI, INV, SOFT_SYN_QP_RIGHTS, ERR},
	{"send needs no grant", qp_grants_nothing, SD, OK, RTS},
	{"no reads in", no_reads_in, R, INV, SOFT_SYN_RD_ATOMIC, ERR},
	{"no reads in, write", no_reads_in, W, OK, RTS},
	{"no reads out", no_reads_out, R, INV, SOFT_SYN_RD_ATOMIC, ERR},
	{"no reads out, write", no_reads_out, W, OK, RTS},
	{"peer connected elsewhere", peer_elsewhere, W, RETRY, SOFT_SYN_NOT_OURS, RTS},
	{"peer expects another PSN", peer_other_psn, R, RETRY, SOFT_SYN_NOT_OURS, RTS},
	{"peer in INIT", peer_init, W, RETRY, SOFT_SYN_NO_PEER, IBV_QPS_INIT},
	{"peer in INIT, send", peer_init, SD, RETRY, SOFT_SYN_NO_PEER, IBV_QPS_INIT},
	{"peer in RTR, send", peer_rtr, SD, OK, IBV_QPS_RTR},
	{"peer elsewhere, send", peer_elsewhere, SD, RETRY, SOFT_SYN_NOT_OURS, RTS},
	{"peer in RTR", peer_rtr, W, OK, IBV_QPS_RTR},
	{"peer in ERR", peer_err, R, RETRY, SOFT_SYN_NO_PEER, ERR},
	{"no such peer", peer_never_was, W, RETRY, SOFT_SYN_NO_PEER, RTS},
	{"empty write needs no keys", empty_no_keys, W, OK, RTS},
	{"empty read needs no keys", empty_no_keys, R, OK, RTS},
	{"empty write needs the QP's grant", empty_no_rights, W, INV, SOFT_SYN_QP_RIGHTS, ERR},
};

static void check_status(const struct status_row *row)
{
	bool ok = row->status == IBV_WC_SUCCESS;
	struct ibv_send_wr *bad = NULL;
	struct ibv_wc wc = {.wc_flags = 0xff};
	struct rig_op op;
	struct rig r;

	rig_open(&r, &(struct rig_opt){0});
	rig_op(&r, &op, row->opcode, 0, 64, 0x123456789abcdef0, ok ? IBV_SEND_SIGNALED : 0);
	row->spoil(&r, &op);
	if (row->opcode == WI || row->opcode == SD)
		assert_int_equal(rig_recv(&r, 1, 0, 64, 2), 0);
	assert_int_equal(ibv_post_send(r.qp[0], &op.wr, &bad), 0);
	assert_int_equal(ibv_poll_cq(r.cq[0], 1, &wc), 1); /* an error completes also unsignaled */
	if (wc.status != row->status)
		fail_msg("%s: status %d instead of %d", row->what, wc.status, row->status);
	assert_int_equal(wc.vendor_err, row->syndrome);
	assert_int_equal(wc.wr_id, 0x123456789abcdef0);
	assert_int_equal(wc.qp_num, r.qp[0]->qp_num);
	assert_int_equal(wc.wc_flags, 0);
	assert_int_equal(soft->qp_state(&r.n, r.qp[0]), ok ? IBV_QPS_RTS : IBV_QPS_ERR);
	assert_int_equal(soft->qp_state(&r.n, r.qp[1]), row->peer);
	if (ok) {
		assert_int_equal(wc.opcode, row->opcode == R	? IBV_WC_RDMA_READ
					    : row->opcode == SD ? IBV_WC_SEND
								: IBV_WC_RDMA_WRITE);
		assert_int_equal(wc.byte_len, row->opcode == R ? op.sge.length : 0);
	}
	rig_expect_empty(r.cq[0]);
	if (row->opcode == W || row->opcode == R)
		rig_expect_empty(r.cq[1]);
	rig_close(&r);
}

static void test_statuses(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(status_rows) / sizeof(status_rows[0]); i++)
		check_status(&status_rows[i]);
}

/* Keys of another protection domain, at either end. */
static void test_foreign_pd(void **state)
{
	(void)state;
	for (int end = 0; end < 2; end++) {
		struct ibv_pd *pd;
		struct rig r;

		rig_open(&r, &(struct rig_opt){0});
		pd = soft_pd_alloc(soft_dev(r.n.ctx));
		swap_mr(&r, end, RIG_ACCESS, pd);
		assert_int_equal(rig_post(&r, r.qp[0], W, 0, 8, 1, 0), 0);
		rig_expect(r.cq[0], 1, end == 0 ? PROT : ACC);
		swap_mr(&r, end, RIG_ACCESS, r.n.pd);
		assert_int_equal(soft_pd_dealloc(pd), 0);
		rig_close(&r);
	}
}

static void test_peer_destroyed(void **state)
{
	struct rig r;

	(void)state;
	rig_open(&r, &(struct rig_opt){0});
	assert_int_equal(soft->qp_destroy(&r.n, r.qp[1], NULL), 0);
	r.qp[1] = NULL;
	assert_int_equal(rig_post(&r, r.qp[0], W, 0, 8, 1, 0), 0);
	rig_expect(r.cq[0], 1, RETRY);
	rig_close(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_statuses),
		cmocka_unit_test(test_foreign_pd),
		cmocka_unit_test(test_peer_destroyed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
