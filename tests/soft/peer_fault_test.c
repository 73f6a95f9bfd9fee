// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Services that meet trouble: what went wrong is told, and they end whatever the initiator does. */
#include <errno.h>
#include <string.h>

#include "soft/peer_rig.h"

/* The answer is refused by the initiator: the responder is the one who knows why no answer comes. */
static void a_refused_answer_is_told(void **state)
{
	const struct slots slot = {.size = 8, .count = 1, .ring = 1};
	struct peer_service s = {.work = PEER_ECHO, .qps = 1};
	struct peer_served served = {0};
	struct peer_rig r;
	struct rig_wr w;
	struct err e = {0};
	int64_t deadline = peer_rig_deadline();

	(void)state;
	peer_rig_open(&r, MEM_HOST);
	peer_rig_link(&r, &peer_rig_plain);
	s.reply_addr = r.mr.addr;
	s.reply_rkey = ~r.mr.mr->rkey;
	peer_rig_serve(&r, &s, &slot);
	r.bytes[7] = 1;
	peer_rig_wr(&r, &w, IBV_WR_RDMA_WRITE, 0, 8);
	assert_int_equal(peer_rig_do(&r, 0, &w), IBV_WC_SUCCESS);
	while (strcmp(nic_qp_state(r.nic, r.qp[0]), "ERR") != 0)
		assert_false(peer_rig_late(deadline));
	assert_int_equal(peer_serve_stop(r.peer, &served, &e), -EIO);
	assert_non_null(strstr(e.text, "REM_ACCESS_ERR"));
	assert_non_null(strstr(e.text, "now in ERR"));
	assert_true(e.hint[0]);
	assert_int_equal(served.messages, 1);
	peer_rig_close(&r);
}

/* A message longer than its slot: the receive fails, and that it did is told. */
static void a_failed_receive_is_told(void **state)
{
	const struct peer_link_spec spec = {.n = 1, .lanes = 1, .recv_wrs = 2, .send_wrs = 1};
	struct slots slots = peer_rig_slice(0, PATTERN_SEQ);
	struct peer_service s = {.work = PEER_RECEIVE, .qps = 1};
	struct peer_served served = {0};
	struct peer_rig r;
	struct rig_wr w;
	struct err e = {0};

	(void)state;
	peer_rig_open(&r, MEM_HOST);
	peer_rig_link(&r, &spec);
	peer_rig_serve(&r, &s, &slots);
	peer_rig_wr(&r, &w, IBV_WR_SEND, 0, RIG_MESSAGE);
	assert_int_equal(peer_rig_do(&r, 0, &w), IBV_WC_SUCCESS);
	peer_rig_wr(&r, &w, IBV_WR_SEND, 0, RIG_MESSAGE + 1);
	assert_int_not_equal(peer_rig_do(&r, 0, &w), IBV_WC_SUCCESS);
	assert_int_equal(peer_serve_stop(r.peer, &served, &e), -EIO);
	assert_non_null(strstr(e.text, "responder: completion LOC_LEN_ERR"));
	assert_int_equal(served.messages, 1);
	peer_rig_close(&r);
}

static int broken_poll(struct ibv_cq *cq, int n, struct ibv_wc *wc)
{
	(void)cq;
	(void)n;
	(void)wc;
	return -2;
}

static int broken_post(struct ibv_qp *qp, struct ibv_recv_wr *wr, struct ibv_recv_wr **bad)
{
	(void)qp;
	*bad = wr;
	return -ENOSPC; /* some providers give the errno a sign */
}

static void a_broken_provider_is_told(void **state)
{
	struct peer_service s = {.work = PEER_RECEIVE, .qps = 1};
	const struct slots slots = peer_rig_slice(0, PATTERN_SEQ);
	struct ibv_context_ops *ops, good;
	struct peer_rig r;
	struct err e;

	(void)state;
	if (!peer_rig_here)
		skip(); /* the agent's device cannot be broken from here */
	peer_rig_open(&r, MEM_MEMFD);
	peer_rig_link(&r, &peer_rig_receiving);
	ops = &r.qp[0]->context->ops;
	good = *ops;
	ops->post_recv = broken_post;
	s.link = r.link;
	s.target = r.target.id;
	s.slots = &slots;
	assert_int_equal(peer_serve(r.peer, &s, NULL, 0, &e), -ENOSPC);
	peer_rig_unlink(&r);

	*ops = good;
	peer_rig_link(&r, &peer_rig_receiving);
	ops->poll_cq = broken_poll;
	peer_rig_serve(&r, &s, &slots);
	assert_int_equal(peer_serve_stop(r.peer, NULL, &e), -EIO);
	assert_non_null(strstr(e.text, "ibv_poll_cq returned -2"));
	*ops = good;
	peer_rig_close(&r);
}

/* Whatever the initiator is in the middle of, the service ends and says what it has seen. */
static void an_initiator_that_dies_holds_nobody_up(void **state)
{
	const struct slots slots = peer_rig_slice(0, PATTERN_SEQ);

	(void)state;
	for (int echo = 0; echo < 2; echo++) {
		struct peer_service s = {.work = echo ? PEER_ECHO : PEER_RECEIVE, .qps = 1};
		struct peer_served served = {0};
		struct peer_rig r;
		struct rig_wr w;

		peer_rig_open(&r, MEM_MEMFD);
		peer_rig_link(&r, echo ? &peer_rig_plain : &peer_rig_receiving);
		peer_rig_serve(&r, &s, &slots);
		if (!echo) {
			peer_rig_wr(&r, &w, IBV_WR_SEND, 0, RIG_MESSAGE);
			assert_int_equal(peer_rig_do(&r, 0, &w), IBV_WC_SUCCESS);
		}
		assert_int_equal(nic_qp_flush(r.nic, r.qp[0]), 0);
		assert_int_equal(peer_serve_stop(r.peer, &served, NULL), 0);
		assert_int_equal(served.messages, !echo);
		peer_rig_close(&r);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_refused_answer_is_told),
		cmocka_unit_test(a_failed_receive_is_told),
		cmocka_unit_test(a_broken_provider_is_told),
		cmocka_unit_test(an_initiator_that_dies_holds_nobody_up),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
