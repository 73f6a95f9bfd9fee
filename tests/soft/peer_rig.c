// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* See peer_rig.h. */
#include "soft/peer_rig.h"

#include <string.h>

#include "base/clock.h"

const struct peer_link_spec peer_rig_plain = {.n = 1, .lanes = 1, .send_wrs = 4};
const struct peer_link_spec peer_rig_receiving = {.n = 5, .lanes = 2, .recv_wrs = 4, .send_wrs = 1};

#define MEMORY(k) [k] = {.name = "t", .kind = (k), .length = RIG_BYTES, .numa = CONFIG_NUMA_ANY}
static const struct config_memory target[] = {MEMORY(MEM_HOST), MEMORY(MEM_MEMFD)};

#ifdef PEER_RIG_AT_AGENT
const bool peer_rig_here = false;

static void open_responder(struct peer_rig *r)
{
	struct err e = {0};

	mem_ctx_share(r->mem);
	r->host = agent_rig_open(&r->agent, NULL);
	if (peer_open_at(r->host, "soft0", 1, -1, &r->peer, &e))
		fail_msg("%s", e.text);
}
#else
const bool peer_rig_here = true;

static void open_responder(struct peer_rig *r)
{
	assert_int_equal(peer_open(r->nic, r->mem, &r->peer, NULL), 0);
}
#endif

void peer_rig_open(struct peer_rig *r, int64_t kind)
{
	const struct nic_mr_spec spec = {.bytes = RIG_BYTES,
					 .access = IBV_ACCESS_LOCAL_WRITE | IBV_ACCESS_REMOTE_WRITE};

	*r = (struct peer_rig){0};
	assert_int_equal(nic_open("soft0", 1, -1, &r->nic, NULL), 0);
	assert_int_equal(mem_ctx_open(&sys_real, NULL, &r->mem, NULL), 0);
	open_responder(r);
	r->kind = kind;
	peer_rig_memory(r, &r->memory);
	assert_int_equal(peer_rig_target(r, NULL, false, &r->target, NULL), 0);
	assert_int_equal(mem_open(r->mem, &target[MEM_HOST], &r->source, NULL), 0);
	r->bytes = r->source.va;
	assert_int_equal(nic_mr_reg(r->nic, &r->source, &spec, &r->mr, NULL), 0);
}

void peer_rig_memory(struct peer_rig *r, uint32_t *id)
{
	assert_int_equal(peer_memory_open(r->peer, &target[r->kind], id, NULL), 0);
}

int peer_rig_target(struct peer_rig *r, const struct mem_hint *hint, bool ro, struct peer_target *out,
		    struct err *e)
{
	const struct peer_target_spec spec = {.memory = r->memory, .hint = hint, .ro = ro};

	return peer_target_open(r->peer, &spec, out, e);
}

void peer_rig_link(struct peer_rig *r, const struct peer_link_spec *spec)
{
	struct nic_qp_addr local[RIG_QPS], remote[RIG_QPS];
	struct nic_qp_spec qp = {.send_wrs = 16};

	for (uint32_t i = 0; i < spec->lanes; i++)
		assert_int_equal(nic_cq_create(r->nic, RIG_QPS * 16, &r->cq[i], NULL), 0);
	for (uint32_t i = 0; i < spec->n; i++) {
		qp.send_cq = qp.recv_cq = r->cq[spec->lanes > 1 ? i % spec->lanes : 0];
		assert_int_equal(nic_qp_create(r->nic, &qp, &r->qp[i], NULL), 0);
		nic_qp_addr(r->nic, r->qp[i], &local[i]);
	}
	assert_int_equal(peer_connect(r->peer, spec, local, remote, &r->link, NULL), 0);
	for (uint32_t i = 0; i < spec->n; i++)
		assert_int_equal(nic_qp_connect(r->nic, r->qp[i], &local[i], &remote[i],
						IBV_ACCESS_REMOTE_WRITE, NULL),
				 0);
	r->spec = *spec;
}

const char *peer_rig_said(const struct err *e)
{
	static const char host[] = "rack7: ";

	return peer_rig_here || strncmp(e->text, host, sizeof(host) - 1) != 0 ? e->text
									      : e->text + sizeof(host) - 1;
}

static void close_qps(struct peer_rig *r)
{
	for (uint32_t i = 0; i < r->spec.n; i++)
		assert_int_equal(nic_qp_destroy(r->nic, r->qp[i], NULL), 0);
	for (uint32_t i = 0; i < r->spec.lanes; i++)
		assert_int_equal(nic_cq_destroy(r->nic, r->cq[i], NULL), 0);
	r->spec.n = r->spec.lanes = 0;
}

void peer_rig_unlink(struct peer_rig *r)
{
	assert_int_equal(peer_disconnect(r->peer, r->link, NULL), 0);
	close_qps(r);
}

void peer_rig_close(struct peer_rig *r)
{
	peer_close(r->peer);
	if (r->host) {
		peer_host_close(r->host);
		assert_int_equal(agent_rig_join(&r->agent), 0);
	}
	close_qps(r);
	assert_int_equal(nic_mr_dereg(r->nic, &r->mr, NULL), 0);
	mem_close(&r->source);
	mem_ctx_close(r->mem);
	nic_close(r->nic);
}

void peer_rig_wr(const struct peer_rig *r, struct rig_wr *w, enum ibv_wr_opcode opcode, uint64_t at,
		 uint32_t bytes)
{
	w->sge = (struct ibv_sge){.addr = r->mr.addr + at, .length = bytes, .lkey = r->mr.mr->lkey};
	w->wr = (struct ibv_send_wr){
		.wr_id = at,
		.sg_list = &w->sge,
		.num_sge = 1,
		.opcode = opcode,
		.send_flags = IBV_SEND_SIGNALED,
		.wr.rdma = {.remote_addr = r->target.addr + at, .rkey = r->target.rkey},
	};
}

int peer_rig_do(struct peer_rig *r, uint32_t qp, struct rig_wr *w)
{
	int64_t deadline = peer_rig_deadline();
	struct ibv_send_wr *bad;
	struct ibv_wc wc = {0};
	int n;

	assert_int_equal(ibv_post_send(r->qp[qp], &w->wr, &bad), 0);
	while (!(n = ibv_poll_cq(r->qp[qp]->send_cq, 1, &wc)))
		assert_false(peer_rig_late(deadline));
	assert_int_equal(n, 1);
	assert_int_equal(wc.wr_id, w->wr.wr_id);
	return (int)wc.status;
}

int64_t peer_rig_deadline(void)
{
	return clock_raw_ns() + 90000000000ll;
}

bool peer_rig_late(int64_t deadline_ns)
{
	return clock_raw_ns() > deadline_ns;
}

struct slots peer_rig_slice(uint32_t qp, int64_t pattern)
{
	return (struct slots){
		.offset = (uint64_t)qp * RIG_SLICE,
		.size = RIG_MESSAGE,
		.stride = 128,
		.count = 16,
		.pattern = pattern,
		.ring = pattern == PATTERN_SEQ ? 19 : 32,
		.shift = 2,
	};
}

void peer_rig_serve(struct peer_rig *r, struct peer_service *s, const struct slots *slots)
{
	struct err e = {0};

	s->link = r->link;
	s->target = r->target.id;
	s->slots = slots;
	if (peer_serve(r->peer, s, NULL, 0, &e))
		fail_msg("%s", e.text);
}
