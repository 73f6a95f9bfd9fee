// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * A link by rdma_cm, of a responder in this process and of an agent's: it connects, it can fail at every call
 * and leaves nothing behind, and what a stranger may ask of it is refused.
 */
#include <errno.h>

#include "base/cleanup.h"
#include "fakes/fakecm.h"
#include "fakes/nic_check.h"
#include "nic/nic_cm.h"
#include "peer/peer.h"
#include "peer/responder.h"
#include "soft/agent_rig.h"

enum { QPS = 3 };

static const struct peer_link_spec spec = {.n = QPS, .lanes = 2, .send_wrs = 4};

struct rig {
	struct nic *nic;
	struct mem_ctx *mem;
	struct peer *peer;
	struct peer_host *host; /* NULL: the responder is here */
	struct agent_rig agent;
	struct ibv_cq *cq;
	struct ibv_qp *qp[QPS];
	struct nic_qp_addr local[QPS];
	struct nic_cm *cm;
	uint32_t link;
};

static void rig_open(struct rig *r, bool at_agent)
{
	*r = (struct rig){.nic = check_open(&fake_roce)};
	assert_int_equal(mem_ctx_open(&sys_real, NULL, &r->mem, NULL), 0);
	if (at_agent) {
		r->host = agent_rig_open(&r->agent, NULL);
		assert_int_equal(peer_open_at(r->host, "fake0", 1, -1, &r->peer, NULL), 0);
	} else {
		assert_int_equal(peer_open(r->nic, r->mem, &r->peer, NULL), 0);
	}
	assert_int_equal(nic_cq_create(r->nic, 64, &r->cq, NULL), 0);
	for (int i = 0; i < QPS; i++) {
		assert_int_equal(check_qp_create(r->nic, r->cq, 4, &r->qp[i], NULL), 0);
		nic_qp_addr(r->nic, r->qp[i], &r->local[i]);
	}
}

static void rig_close(struct rig *r)
{
	nic_cm_close(r->cm);
	for (int i = 0; i < QPS; i++)
		assert_int_equal(nic_qp_destroy(r->nic, r->qp[i], NULL), 0);
	assert_int_equal(nic_cq_destroy(r->nic, r->cq, NULL), 0);
	peer_close(r->peer);
	if (r->host) {
		peer_host_close(r->host);
		assert_int_equal(agent_rig_join(&r->agent), 0);
	}
	mem_ctx_close(r->mem);
	nic_close(r->nic);
	assert_int_equal(fakecm_live(), 0);
	assert_int_equal(fake_live(), 0);
	fake_reset();
	fakecm_reset();
}

static int connect_link(struct rig *r, struct err *e)
{
	const struct nic_cm_set set = {
		.n = QPS, .qp = r->qp, .local = r->local, .access = IBV_ACCESS_REMOTE_WRITE};

	return peer_connect_cm(r->peer, &spec, r->nic, &set, &r->cm, &r->link, e);
}

static void both_ends_connect(void **state)
{
	(void)state;
	for (int at_agent = 0; at_agent < 2; at_agent++) {
		struct nic_cm_route route;
		struct rig r;

		rig_open(&r, at_agent);
		assert_int_equal(connect_link(&r, NULL), 0);
		for (int i = 0; i < QPS; i++)
			assert_string_equal(nic_qp_state(r.nic, r.qp[i]), "RTS");
		nic_cm_route(r.cm, &route);
		assert_memory_equal(route.dgid.raw, peer_nic_attr(r.peer)->gid.raw, 16);
		assert_int_equal(peer_nic_attr(r.peer)->gid_family, NIC_GID_V2_IPV4);
		assert_memory_equal(peer_nic_attr(r.peer)->ip, nic_attr(r.nic)->ip, 16);
		assert_int_equal(peer_disconnect(r.peer, r.link, NULL), 0);
		assert_int_equal(nic_cm_alive(r.cm, NULL), -ECONNRESET);
		rig_close(&r);
	}
}

/* Whichever end makes the call: a reason comes back, no link stays, and the next try works. */
static void every_call_fails_once(void **state)
{
	static const enum fakecm_call calls[] = {
		FAKECM_CHANNEL,	      FAKECM_CREATE,	   FAKECM_BIND,	   FAKECM_LISTEN, FAKECM_RESOLVE_ADDR,
		FAKECM_RESOLVE_ROUTE, FAKECM_INIT_QP_ATTR, FAKECM_CONNECT, FAKECM_ACCEPT, FAKECM_ESTABLISH,
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(calls); i++)
		for (int nth = 1; nth <= 2; nth++) {
			struct err e = {0};
			struct rig r;

			if (nth == 2 && (calls[i] == FAKECM_BIND || calls[i] == FAKECM_LISTEN))
				continue; /* one listener */
			rig_open(&r, i % 2);
			fakecm_fail(calls[i], nth, ENOSPC);
			assert_int_equal(connect_link(&r, &e), -ENOSPC);
			CHECK_MESSAGE(&e, "rdma_", "ENOSPC");
			assert_null(r.cm);
			assert_int_equal(fakecm_live(), 0);
			assert_int_equal(peer_disconnect(r.peer, 0, NULL), -EINVAL);
			for (int q = 0; q < QPS; q++) {
				assert_int_equal(nic_qp_destroy(r.nic, r.qp[q], NULL), 0);
				assert_int_equal(check_qp_create(r.nic, r.cq, 4, &r.qp[q], NULL), 0);
				nic_qp_addr(r.nic, r.qp[q], &r.local[q]);
			}
			assert_int_equal(connect_link(&r, NULL), 0);
			rig_close(&r);
		}
}

static void trouble_of_the_connection(void **state)
{
	struct err e = {0};
	struct rig r;

	(void)state;
	rig_open(&r, true);
	fakecm_event(RDMA_CM_EVENT_CONNECT_RESPONSE, 2, RDMA_CM_EVENT_UNREACHABLE, -ETIMEDOUT);
	assert_int_equal(connect_link(&r, &e), -EHOSTUNREACH);
	CHECK_MESSAGE(&e, "queue pair 1", "did not answer");
	rig_close(&r);
}

/* Steps out of turn, of links that are none, twice. */
static void responder_asked_out_of_turn(void **state)
{
	struct nic_qp_addr there[QPS];
	struct responder *r;
	struct nic_cm_where where;
	struct err e = {0};
	struct rig rig;
	uint32_t cm, oob;

	(void)state;
	rig_open(&rig, false);
	assert_int_equal(responder_open(rig.nic, rig.mem, NULL, &r, NULL), 0);
	assert_int_equal(responder_cm_accept(r, 7, 0, &e), -EINVAL);
	CHECK_MESSAGE(&e, "no link 7");
	assert_int_equal(responder_connect(r, &spec, rig.local, there, &oob, NULL), 0);
	assert_int_equal(responder_cm_finish(r, oob, 0, &e), -EINVAL);
	assert_int_equal(
		responder_cm_listen(r, &(struct peer_link_spec){.n = 0}, rig.local, there, &cm, &where, NULL),
		-EINVAL);
	assert_int_equal(responder_cm_listen(r, &spec, rig.local, there, &cm, &where, NULL), 0);
	assert_int_equal(responder_cm_finish(r, cm, 0, NULL), -ETIMEDOUT);
	assert_int_equal(responder_cm_accept(r, cm, 0, &e), -ETIMEDOUT);
	CHECK_MESSAGE(&e, "waiting for requests");
	/* a link that never came up can be closed, and is, when the session ends */
	assert_int_equal(responder_disconnect(r, cm, NULL), 0);
	assert_int_equal(responder_cm_listen(r, &spec, rig.local, there, &cm, &where, NULL), 0);
	responder_close(r);
	rig_close(&rig);
}

/* A device that has no address for rdma_cm, at either end. */
static void soft_device(void **state)
{
	struct agent_rig agent;
	struct peer_host *host;
	struct err e = {0};
	struct rig r;

	(void)state;
	rig_open(&r, false);
	peer_close(r.peer);
	host = agent_rig_open(&agent, NULL);
	assert_int_equal(peer_open_at(host, "soft0", 1, -1, &r.peer, NULL), 0);
	assert_non_null(strstr(peer_nic_attr(r.peer)->cm_why, "no IP address"));
	assert_int_equal(connect_link(&r, &e), -EOPNOTSUPP);
	CHECK_MESSAGE(&e, "soft0", "no IP address");
	peer_close(r.peer);
	peer_host_close(host);
	assert_int_equal(agent_rig_join(&agent), 0);
	r.peer = NULL;
	rig_close(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CHECK_TEST(both_ends_connect),
		CHECK_TEST(every_call_fails_once),
		CHECK_TEST(trouble_of_the_connection),
		CHECK_TEST(responder_asked_out_of_turn),
		CHECK_TEST(soft_device),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
