// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Atomics: values and completions, every refusal, lanes that add to the same word at once. */
#include "soft/rig.h"

#include <pthread.h>
#include <string.h>

enum { LANES = 8, ADDS = 5000 };

#define FADD IBV_WR_ATOMIC_FETCH_AND_ADD
#define CSWP IBV_WR_ATOMIC_CMP_AND_SWP

static const struct nic_backend *const soft = &nic_backend_soft;

static uint64_t *word(struct rig *r, int end, size_t at)
{
	return (uint64_t *)(void *)(r->buf[end] + at);
}

static int post(struct rig *r, enum ibv_wr_opcode opcode, size_t at, uint64_t compare_add, uint64_t swap)
{
	struct ibv_send_wr *bad;
	struct rig_op op;

	rig_op(r, &op, opcode, at, 8, 1, IBV_SEND_SIGNALED);
	op.wr.wr.atomic.compare_add = compare_add;
	op.wr.wr.atomic.swap = swap;
	return ibv_post_send(r->qp[0], &op.wr, &bad);
}

static void test_values(void **state)
{
	static const struct {
		enum ibv_wr_opcode opcode;
		uint64_t before, compare_add, swap, after;
		enum ibv_wc_opcode wc;
	} rows[] = {
		{FADD, 5, 3, 0, 8, IBV_WC_FETCH_ADD}, {FADD, UINT64_MAX, 2, 0, 1, IBV_WC_FETCH_ADD},
		{FADD, 7, 0, 9, 7, IBV_WC_FETCH_ADD}, {CSWP, 5, 5, 9, 9, IBV_WC_COMP_SWAP},
		{CSWP, 5, 6, 9, 5, IBV_WC_COMP_SWAP}, {CSWP, 0, 0, UINT64_MAX, UINT64_MAX, IBV_WC_COMP_SWAP},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct soft_count c;
		struct ibv_wc wc;
		struct rig r;

		rig_open(&r, &(struct rig_opt){0});
		*word(&r, 0, 64) = 0xbad;
		*word(&r, 1, 64) = rows[i].before;
		assert_int_equal(post(&r, rows[i].opcode, 64, rows[i].compare_add, rows[i].swap), 0);
		wc = rig_expect(r.cq[0], 1, IBV_WC_SUCCESS);
		assert_int_equal(wc.opcode, rows[i].wc);
		assert_int_equal(wc.byte_len, 8);
		assert_int_equal(*word(&r, 1, 64), rows[i].after);
		assert_int_equal(*word(&r, 0, 64), rows[i].before);
		assert_int_equal(*word(&r, 1, 72), 0);
		c = soft_mr_count(r.mr[1]);
		assert_int_equal(c.ops[SOFT_WRITE], 1);
		assert_int_equal(c.bytes[SOFT_WRITE], 8);
		assert_int_equal(soft_mr_count(r.mr[0]).bytes[SOFT_WRITE], 8);
		rig_close(&r);
	}
}

/* ---- refusals ---- */

static void misaligned(struct rig *r, struct rig_op *op)
{
	(void)r;
	op->wr.wr.atomic.remote_addr += 4;
}

static void short_sge(struct rig *r, struct rig_op *op)
{
	(void)r;
	op->sge.length = 4;
}

static void long_sge(struct rig *r, struct rig_op *op)
{
	(void)r;
	op->sge.length = 16;
}

static void no_sge(struct rig *r, struct rig_op *op)
{
	(void)r;
	op->wr.num_sge = 0;
}

static void bad_lkey(struct rig *r, struct rig_op *op)
{
	(void)r;
	op->sge.lkey ^= 1;
}

static void bad_rkey(struct rig *r, struct rig_op *op)
{
	(void)r;
	op->wr.wr.atomic.rkey ^= 1;
}

static void beyond(struct rig *r, struct rig_op *op)
{
	op->wr.wr.atomic.remote_addr = (uintptr_t)r->buf[1] + r->bytes;
}

static void mr_without(struct rig *r, struct rig_op *op)
{
	const int access = RIG_ACCESS & ~IBV_ACCESS_REMOTE_ATOMIC;

	soft_mr_dereg(r->mr[1]);
	assert_int_equal(soft_mr_reg(r->n.pd, r->buf[1], r->bytes, access, &MEM_NO_HINT, &r->mr[1], NULL), 0);
	op->wr.wr.atomic.rkey = r->mr[1]->rkey;
}

static void relink(struct rig *r, int end, int access, uint8_t reads)
{
	struct rig_link l = rig_link_default(r->qp[!end]->qp_num);

	l.access = access;
	l.max_rd_atomic = l.max_dest_rd_atomic = reads;
	assert_int_equal(rig_modify(r, r->qp[end], IBV_QPS_RESET), 0);
	rig_bring_up(r, r->qp[end], &l, IBV_QPS_RTS);
}

static void qp_without(struct rig *r, struct rig_op *op)
{
	(void)op;
	relink(r, 1, RIG_ACCESS & ~IBV_ACCESS_REMOTE_ATOMIC, 1);
}

static void no_resources_in(struct rig *r, struct rig_op *op)
{
	(void)op;
	relink(r, 1, RIG_ACCESS, 0);
}

static void no_resources_out(struct rig *r, struct rig_op *op)
{
	(void)op;
	relink(r, 0, RIG_ACCESS, 0);
}

static void test_refused(void **state)
{
	static const struct {
		void (*spoil)(struct rig *r, struct rig_op *op);
		enum ibv_wc_status status;
		enum soft_syndrome syndrome;
	} rows[] = {
		{misaligned, IBV_WC_REM_INV_REQ_ERR, SOFT_SYN_ALIGN},
		{short_sge, IBV_WC_LOC_LEN_ERR, SOFT_SYN_LENGTH},
		{long_sge, IBV_WC_LOC_LEN_ERR, SOFT_SYN_LENGTH},
		{no_sge, IBV_WC_LOC_LEN_ERR, SOFT_SYN_LENGTH},
		{bad_lkey, IBV_WC_LOC_PROT_ERR, SOFT_SYN_KEY},
		{bad_rkey, IBV_WC_REM_ACCESS_ERR, SOFT_SYN_KEY},
		{beyond, IBV_WC_REM_ACCESS_ERR, SOFT_SYN_BOUNDS},
		{mr_without, IBV_WC_REM_ACCESS_ERR, SOFT_SYN_RIGHTS},
		{qp_without, IBV_WC_REM_INV_REQ_ERR, SOFT_SYN_QP_RIGHTS},
		{no_resources_in, IBV_WC_REM_INV_REQ_ERR, SOFT_SYN_RD_ATOMIC},
		{no_resources_out, IBV_WC_REM_INV_REQ_ERR, SOFT_SYN_RD_ATOMIC},
	};

	(void)state;
	for (size_t i = 0; i < 2 * sizeof(rows) / sizeof(rows[0]); i++) {
		struct ibv_send_wr *bad;
		struct rig_op op;
		struct rig r;

		rig_open(&r, &(struct rig_opt){0});
		*word(&r, 1, 64) = 1;
		rig_op(&r, &op, i & 1 ? FADD : CSWP, 64, 8, 1, 0);
		op.wr.wr.atomic.compare_add = 1;
		rows[i / 2].spoil(&r, &op);
		assert_int_equal(ibv_post_send(r.qp[0], &op.wr, &bad), 0);
		assert_int_equal(rig_expect(r.cq[0], 1, rows[i / 2].status).vendor_err, rows[i / 2].syndrome);
		assert_int_equal(*word(&r, 1, 64), 1);
		assert_int_equal(soft->qp_state(&r.n, r.qp[0]), IBV_QPS_ERR);
		rig_close(&r);
	}
}

/* ---- one word, many lanes ---- */

struct lane {
	pthread_t thread;
	struct rig rig;
	struct rig_op op;
	int failed;
};

static void *add_all(void *arg)
{
	struct lane *l = arg;
	struct ibv_send_wr *bad;
	struct ibv_wc wc;

	for (int i = 0; i < ADDS; i++) {
		if (ibv_post_send(l->rig.qp[0], &l->op.wr, &bad) || ibv_poll_cq(l->rig.cq[0], 1, &wc) != 1 ||
		    wc.status != IBV_WC_SUCCESS)
			l->failed++;
	}
	return NULL;
}

static void test_lanes(void **state)
{
	static struct lane lane[LANES];

	(void)state;
	for (int i = 0; i < LANES; i++) {
		struct lane *l = &lane[i];

		rig_open(&l->rig, &(struct rig_opt){.share = i ? &lane[0].rig : NULL});
		rig_op(&l->rig, &l->op, FADD, 64, 8, 1, IBV_SEND_SIGNALED);
		l->op.wr.wr.atomic.remote_addr = (uintptr_t)lane[0].rig.buf[1] + 64;
		l->op.wr.wr.atomic.rkey = lane[0].rig.mr[1]->rkey;
		l->op.wr.wr.atomic.compare_add = 1;
	}
	for (int i = 0; i < LANES; i++)
		assert_int_equal(pthread_create(&lane[i].thread, NULL, add_all, &lane[i]), 0);
	for (int i = 0; i < LANES; i++) {
		assert_int_equal(pthread_join(lane[i].thread, NULL), 0);
		assert_int_equal(lane[i].failed, 0);
	}
	assert_int_equal(*word(&lane[0].rig, 1, 64), LANES * ADDS);
	for (int i = LANES; i-- > 0;)
		rig_close(&lane[i].rig);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_values),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_lanes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
