// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "soft/lane_rig.h"

#include "base/err.h"

static uint32_t qps_of(const struct rig_spec *s, uint32_t lane)
{
	return (s->qps - lane + s->lanes - 1) / s->lanes;
}

static int open_memory(struct lane_rig *r, struct err *e)
{
	struct nic_mr_spec source = {.access = IBV_ACCESS_LOCAL_WRITE | IBV_ACCESS_REMOTE_WRITE};
	struct peer_target_spec target = {0};
	int rc;

	r->asked = (struct config_memory){
		.name = "host", .kind = MEM_HOST, .length = (int64_t)r->spec.bytes, .numa = CONFIG_NUMA_ANY};
	rc = mem_open(r->mem, &r->asked, &r->source, e);
	source.bytes = r->source.bytes;
	if (!rc)
		rc = nic_mr_reg(r->nic, &r->source, &source, &r->mr, e);
	if (!rc)
		rc = peer_memory_open(r->peer, &r->asked, &target.memory, e);
	if (r->spec.op->bounce)
		target.interconnect = INTERCONNECT_BOUNCE;
	if (!rc)
		rc = peer_target_open(r->peer, &target, &r->target, e);
	if (rc || !r->spec.op->bounce)
		return rc;
	rc = peer_target_bounce(r->peer, r->target.id, &r->bounce, e);
	if (r->spec.uncached)
		r->bounce.cpu = MEM_CPU_DEVICE;
	return rc;
}

static int open_qps(struct lane_rig *r, struct err *e)
{
	const struct rig_spec *s = &r->spec;
	uint32_t wrs = s->shape.qd * (s->op->fence ? 2 : 1);
	int rc = 0;

	for (uint32_t k = 0; k < s->lanes && !rc; k++)
		rc = nic_cq_create(r->nic, wrs * qps_of(s, k), &r->cq[k], e);
	for (uint32_t i = 0; i < s->qps && !rc; i++) {
		uint32_t k = i % s->lanes; /* NOLINT(clang-analyzer-*): at least one */
		const struct nic_qp_spec spec = {
			.send_cq = r->cq[k],
			.recv_cq = r->cq[k],
			.send_wrs = wrs,
			.inline_bytes = s->shape.inline_data ? (uint32_t)s->shape.size : 0,
			.wr_api = s->shape.wr_api,
		};

		rc = nic_qp_create(r->nic, &spec, &r->qp[k][i / s->lanes], e);
		if (!rc && s->shape.wr_api)
			r->qpx[k][i / s->lanes] = nic_qp_ex(r->nic, r->qp[k][i / s->lanes]);
	}
	return rc;
}

static int connect_qps(struct lane_rig *r, struct err *e)
{
	const struct rig_spec *s = &r->spec;
	const struct peer_link_spec link = {
		.n = s->qps,
		.lanes = s->lanes,
		.recv_wrs = s->op->peer == OP_RECEIVES ? s->shape.qd : 0,
		.send_wrs = 1,
	};
	struct nic_qp_addr here[RIG_LANES * RIG_QPS], there[RIG_LANES * RIG_QPS];
	int rc;

	for (uint32_t i = 0; i < s->qps; i++)
		nic_qp_addr(r->nic, r->qp[i % s->lanes][i / s->lanes], &here[i]);
	rc = peer_connect(r->peer, &link, here, there, &r->link, e);
	for (uint32_t i = 0; i < s->qps && !rc; i++)
		rc = nic_qp_connect(r->nic, r->qp[i % s->lanes][i / s->lanes], &here[i], &there[i],
				    IBV_ACCESS_REMOTE_WRITE, e);
	return rc;
}

struct lane_bed lane_rig_bed(const struct lane_rig *r, uint32_t lane)
{
	const struct rig_spec *s = &r->spec;

	return (struct lane_bed){
		.qp = r->qp[lane],
		.qpx = s->shape.wr_api ? r->qpx[lane] : NULL,
		.n_qp = qps_of(s, lane),
		.first = lane,
		.step = s->lanes,
		.total = s->qps,
		.cq = r->cq[lane],
		.local_va = r->source.va,
		.local_addr = r->mr.addr,
		.remote_addr = r->target.addr,
		.bytes = r->source.bytes < r->target.bytes ? r->source.bytes : r->target.bytes,
		.local_bytes = r->source.bytes,
		.lkey = r->mr.mr->lkey,
		.rkey = r->target.rkey,
		.bounce = s->op->bounce ? &r->bounce : NULL,
		.copier_cpu = -1,
	};
}

static int open_lanes(struct lane_rig *r, struct err *e)
{
	const struct rig_spec *s = &r->spec;
	const struct clock clock = {.raw = !s->ticks, .ns_per_tick = 1};
	int rc = 0;

	for (uint32_t k = 0; k < s->lanes && !rc; k++) {
		const struct lane_bed bed = lane_rig_bed(r, k);

		rc = lane_open(&r->lane[k], &bed, &s->shape, s->op, &clock, e);
	}
	return rc;
}

int lane_rig_open(struct lane_rig *r, const struct rig_spec *spec, struct err *e)
{
	int rc;

	*r = (struct lane_rig){.spec = *spec, .source = MEM_BUF_CLOSED};
	window_cpus(r->cpu, spec->lanes);
	rc = nic_open(spec->device, 1, -1, &r->nic, e);
	if (!rc)
		rc = mem_ctx_open(&sys_real, NULL, &r->mem, e);
	if (!rc)
		rc = peer_open(r->nic, r->mem, &r->peer, e);
	if (!rc)
		rc = open_memory(r, e);
	if (!rc)
		rc = open_qps(r, e);
	if (!rc)
		rc = connect_qps(r, e);
	return rc ? rc : open_lanes(r, e);
}

void lane_rig_close(struct lane_rig *r)
{
	if (r->peer)
		peer_serve_stop(r->peer, NULL, NULL);
	for (uint32_t k = 0; k < RIG_LANES; k++) {
		lane_close(&r->lane[k]);
		for (uint32_t i = 0; i < RIG_QPS; i++)
			if (r->qp[k][i])
				nic_qp_destroy(r->nic, r->qp[k][i], NULL);
	}
	peer_close(r->peer);
	for (uint32_t k = 0; k < RIG_LANES; k++)
		if (r->cq[k])
			nic_cq_destroy(r->nic, r->cq[k], NULL);
	nic_mr_dereg(r->nic, &r->mr, NULL);
	mem_close(&r->source);
	mem_ctx_close(r->mem);
	nic_close(r->nic);
}

int lane_rig_serve(struct lane_rig *r, struct err *e)
{
	struct slots slots[RIG_LANES * RIG_QPS];
	const struct peer_service service = {
		.work = r->spec.op->peer == OP_ECHOES ? PEER_ECHO : PEER_RECEIVE,
		.link = r->link,
		.target = r->target.id,
		.qps = r->spec.qps,
		.slots = slots,
		.imm = r->spec.op->opcode == IBV_WR_RDMA_WRITE_WITH_IMM,
		.reply_addr = r->mr.addr + lane_reply_offset(r->source.bytes),
		.reply_rkey = r->mr.mr->rkey,
		.consume = CONSUME_NONE,
	};

	if (r->spec.op->peer == OP_ALONE)
		return 0;
	for (uint32_t i = 0; i < r->spec.qps; i++)
		slots[i] = lane_rig_trace(r, i).slots;
	return peer_serve(r->peer, &service, r->cpu, r->spec.lanes, e);
}

struct lane_trace lane_rig_trace(const struct lane_rig *r, uint32_t i)
{
	return lane_trace(&r->lane[i % r->spec.lanes], i / r->spec.lanes);
}
