// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Properties under seeded random work: data lands where a byte-wise model says and nowhere else, and
 * send queue and CQ count as a queue-based model of the verbs rules does.
 */
#include "soft/rig.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/rng.h"

enum { BYTES = 8192, MAX_SGE = 4, SQ = 13, LIST = 5, NO_KEY = 0 };

/* ---- data ---- */

struct model {
	unsigned char buf[2][BYTES];
};

/* A WR of up to MAX_SGE pieces anywhere in buffer 0, contiguous anywhere in buffer 1; also applied to @m. */
static int random_op(struct rig *r, struct model *m, struct rng *rng)
{
	bool read = rng_below(rng, 2);
	struct ibv_sge sge[MAX_SGE];
	struct ibv_send_wr *bad;
	struct ibv_send_wr wr = {
		.sg_list = sge,
		.num_sge = (int)rng_below(rng, MAX_SGE + 1),
		.opcode = read ? IBV_WR_RDMA_READ : IBV_WR_RDMA_WRITE,
		.send_flags = IBV_SEND_SIGNALED,
	};
	uint64_t at = rng_below(rng, BYTES / 2);

	wr.wr.rdma.remote_addr = (uintptr_t)r->buf[1] + at;
	wr.wr.rdma.rkey = r->mr[1]->rkey;
	for (int i = 0; i < wr.num_sge; i++) {
		uint64_t n = rng_below(rng, BYTES / 2 / MAX_SGE);
		uint64_t from = rng_below(rng, BYTES - n + 1);

		sge[i] = (struct ibv_sge){(uintptr_t)r->buf[0] + from, (uint32_t)n,
					  n ? r->mr[0]->lkey : NO_KEY};
		memcpy(read ? m->buf[0] + from : m->buf[1] + at, read ? m->buf[1] + at : m->buf[0] + from, n);
		at += n;
	}
	return ibv_post_send(r->qp[0], &wr, &bad);
}

static void test_data(void **state)
{
	struct model *m = malloc(sizeof(*m));
	struct rng rng = {20240501};
	struct rig r;

	(void)state;
	rig_open(&r, &(struct rig_opt){.bytes = BYTES, .max_sge = MAX_SGE});
	for (int b = 0; b < 2; b++) {
		for (int i = 0; i < BYTES; i++)
			m->buf[b][i] = r.buf[b][i] = (unsigned char)rng_next(&rng);
	}
	for (int i = 0; i < 3000; i++) {
		assert_int_equal(random_op(&r, m, &rng), 0);
		rig_expect(r.cq[0], 0, IBV_WC_SUCCESS);
		assert_memory_equal(r.buf[0], m->buf[0], BYTES);
		assert_memory_equal(r.buf[1], m->buf[1], BYTES);
	}
	free(m);
	rig_close(&r);
}

/* Source and target of one operation may overlap: the content is then undefined, the rest intact. */
static void test_overlap(void **state)
{
	struct ibv_send_wr *bad;
	struct rig_op op;
	struct rig r;

	(void)state;
	rig_open(&r, &(struct rig_opt){.bytes = BYTES});
	rig_op(&r, &op, IBV_WR_RDMA_WRITE, 0, 100, 1, IBV_SEND_SIGNALED);
	op.wr.wr.rdma.remote_addr = (uintptr_t)r.buf[0] + 50;
	op.wr.wr.rdma.rkey = r.mr[0]->rkey;
	assert_int_equal(ibv_post_send(r.qp[0], &op.wr, &bad), 0);
	rig_expect(r.cq[0], 1, IBV_WC_SUCCESS);
	rig_close(&r);
}

/* ---- accounting ---- */

struct expected {
	uint64_t wr_id;
	enum ibv_wc_status status;
	uint64_t posted; /* WRs up to and including this one */
};

struct account {
	struct expected cq[SQ];
	int waiting;
	uint64_t posted, reclaimed;
	bool broken; /* QP in ERR */
};

/* What the model says of one WR; false when post must refuse it. */
static bool account_post(struct account *a, const struct ibv_send_wr *wr, bool bad_key)
{
	enum ibv_wc_status status = a->broken ? IBV_WC_WR_FLUSH_ERR
				    : bad_key ? IBV_WC_LOC_PROT_ERR
					      : IBV_WC_SUCCESS;

	if (a->posted - a->reclaimed == SQ)
		return false;
	a->posted++;
	a->broken |= bad_key;
	if (status || (wr->send_flags & IBV_SEND_SIGNALED))
		a->cq[a->waiting++] = (struct expected){wr->wr_id, status, a->posted};
	return true;
}

static void random_list(struct rig *r, struct account *a, struct rng *rng, uint64_t *next_id)
{
	int n = 1 + (int)rng_below(rng, LIST);
	struct ibv_send_wr *bad = NULL, *refused = NULL;
	struct rig_op op[LIST];
	int rc;

	for (int i = 0; i < n; i++) {
		bool bad_key = rng_below(rng, 200) == 0;

		rig_op(r, &op[i], rng_below(rng, 2) ? IBV_WR_RDMA_WRITE : IBV_WR_RDMA_READ,
		       rng_below(rng, 64), 8, (*next_id)++, rng_below(rng, 3) == 0 ? IBV_SEND_SIGNALED : 0);
		op[i].sge.lkey = bad_key ? NO_KEY : op[i].sge.lkey;
		op[i].wr.next = i + 1 < n ? &op[i + 1].wr : NULL;
		if (!refused && !account_post(a, &op[i].wr, bad_key))
			refused = &op[i].wr;
	}
	rc = ibv_post_send(r->qp[0], &op[0].wr, &bad);
	assert_int_equal(rc, refused ? ENOMEM : 0);
	assert_ptr_equal(bad, refused);
}

static void random_poll(struct rig *r, struct account *a, struct rng *rng)
{
	int ask = (int)rng_below(rng, 6);
	int want = ask < a->waiting ? ask : a->waiting;
	struct ibv_wc wc[6];

	assert_int_equal(ibv_poll_cq(r->cq[0], ask, wc), want);
	for (int i = 0; i < want; i++) {
		assert_int_equal(wc[i].wr_id, a->cq[i].wr_id);
		assert_int_equal(wc[i].status, a->cq[i].status);
		a->reclaimed = a->cq[i].posted;
	}
	a->waiting -= want;
	memmove(a->cq, a->cq + want, (size_t)a->waiting * sizeof(a->cq[0]));
}

/* When broken and drained, or full of unsignaled WRs, only a reset helps. */
static void reset_if_stuck(struct rig *r, struct account *a)
{
	struct rig_link l = rig_link_default(r->qp[1]->qp_num);

	if (a->waiting || (!a->broken && a->posted - a->reclaimed < SQ))
		return;
	assert_int_equal(rig_modify(r, r->qp[0], IBV_QPS_RESET), 0);
	rig_bring_up(r, r->qp[0], &l, IBV_QPS_RTS);
	*a = (struct account){0};
}

static void test_accounting(void **state)
{
	struct account a = {0};
	struct rng rng = {4711};
	uint64_t next_id = 0;
	struct rig r;

	(void)state;
	rig_open(&r, &(struct rig_opt){.sq_depth = SQ, .cq_depth = SQ});
	for (int i = 0; i < 200000; i++) {
		if (rng_below(&rng, 2))
			random_list(&r, &a, &rng, &next_id);
		else
			random_poll(&r, &a, &rng);
		reset_if_stuck(&r, &a);
	}
	rig_close(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_data),
		cmocka_unit_test(test_overlap),
		cmocka_unit_test(test_accounting),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
