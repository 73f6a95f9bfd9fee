// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Two threads on one device, for TSan above all: each with its own QPs and CQ, hitting the same MR and
 * the same bytes (no race of the program: adapters do), and two ends of one connection at work at once.
 */
#include "soft/rig.h"

#include <pthread.h>

enum { OPS = 20000, SIGNAL_EVERY = 8 };

static const struct nic_backend *const soft = &nic_backend_soft;

struct worker {
	pthread_t thread;
	struct ibv_qp *qp;
	struct ibv_sge sge;
	struct ibv_send_wr wr;
	struct ibv_mr *target[2]; /* in turn, so that counters are handed to the MRs all the time */
	uint64_t done;
	enum ibv_wc_status first_error;
};

/* cmocka's asserts belong to the main thread, so a worker only reports. */
static void drain(struct worker *w)
{
	struct ibv_wc wc[16];
	int n;

	while ((n = ibv_poll_cq(w->qp->send_cq, 16, wc)) > 0) {
		for (int i = 0; i < n; i++) {
			if (wc[i].status == IBV_WC_SUCCESS)
				w->done++;
			else if (w->first_error == IBV_WC_SUCCESS)
				w->first_error = wc[i].status;
		}
	}
}

static void *work(void *arg)
{
	struct worker *w = arg;
	struct ibv_send_wr *bad;

	for (int i = 1; i <= OPS; i++) {
		struct ibv_mr *to = w->target[i / 2 % 2];

		w->wr.wr.rdma.remote_addr = (uintptr_t)to->addr;
		w->wr.wr.rdma.rkey = to->rkey;
		w->wr.opcode = i & 1 ? IBV_WR_RDMA_WRITE : IBV_WR_RDMA_READ;
		w->wr.send_flags = i % SIGNAL_EVERY == 0 ? IBV_SEND_SIGNALED : 0;
		if (ibv_post_send(w->qp, &w->wr, &bad))
			break;
		drain(w);
	}
	return NULL;
}

static void prepare(struct worker *w, struct ibv_qp *qp, struct ibv_mr *local, struct ibv_mr *even,
		    struct ibv_mr *odd)
{
	*w = (struct worker){
		.qp = qp,
		.sge = {(uintptr_t)local->addr, 256, local->lkey},
		.wr = {.num_sge = 1, .opcode = IBV_WR_RDMA_WRITE},
		.target = {even, odd},
	};
	w->wr.sg_list = &w->sge;
}

static void run(struct worker w[2])
{
	for (int i = 0; i < 2; i++)
		assert_int_equal(pthread_create(&w[i].thread, NULL, work, &w[i]), 0);
	for (int i = 0; i < 2; i++)
		assert_int_equal(pthread_join(w[i].thread, NULL), 0);
}

static void test_same_target(void **state)
{
	struct worker w[2];
	struct rig a, b;

	(void)state;
	rig_open(&a, &(struct rig_opt){0});
	rig_open(&b, &(struct rig_opt){.share = &a});
	prepare(&w[0], a.qp[0], a.mr[0], a.mr[1], b.mr[1]);
	prepare(&w[1], b.qp[0], b.mr[0], a.mr[1], b.mr[1]);
	run(w);
	for (int i = 0; i < 2; i++) {
		struct soft_count c = soft_mr_count(w[0].target[i]);

		assert_int_equal(w[i].first_error, IBV_WC_SUCCESS);
		assert_int_equal(w[i].done, OPS / SIGNAL_EVERY);
		assert_int_equal(c.ops[SOFT_READ], OPS / 2);
		assert_int_equal(c.ops[SOFT_WRITE], OPS / 2);
		assert_int_equal(c.bytes[SOFT_WRITE], OPS / 2 * 256);
	}
	rig_close(&b);
	rig_close(&a);
}

/* Both ends of one connection post at once; then end 0 is refused, which moves end 1 to ERR under way. */
static void test_both_ends(void **state)
{
	struct worker w[2];
	struct rig r;

	(void)state;
	rig_open(&r, &(struct rig_opt){0});
	prepare(&w[0], r.qp[0], r.mr[0], r.mr[1], r.mr[1]);
	prepare(&w[1], r.qp[1], r.mr[1], r.mr[0], r.mr[0]);
	run(w);
	assert_int_equal(w[0].done, OPS / SIGNAL_EVERY);
	assert_int_equal(w[1].done, OPS / SIGNAL_EVERY);
	r.mr[1]->rkey ^= 1;
	run(w);
	assert_int_equal(w[0].first_error, IBV_WC_REM_ACCESS_ERR);
	assert_int_equal(soft->qp_state(&r.n, r.qp[0]), IBV_QPS_ERR);
	assert_int_equal(soft->qp_state(&r.n, r.qp[1]), IBV_QPS_ERR);
	rig_close(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_same_target),
		cmocka_unit_test(test_both_ends),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
