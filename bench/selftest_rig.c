// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* One queue pair, two buffers, one lane. */
#include <errno.h>
#include <linux/perf_event.h>
#include <math.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/err.h"
#include "ops/ops.h"
#include "selftest.h"

enum { RIG_BYTES = 1 << 20, RIG_DEPTH = 1024, RIG_SENDS = 16, WARM_NS = 5000000, WARM_MAX_NS = 20000000 };
#define RIG_WINDOW_NS  50000000ll
#define RIG_TIMEOUT_NS 2000000000ll

const struct op *rig_op(int measure, int op)
{
	for (const struct op *const *p = ops; *p; p++)
		if ((*p)->measure == measure && (*p)->op == op)
			return *p;
	return NULL;
}

static int open_memory(struct rig *r, struct err *e)
{
	const struct config_memory host = {
		.name = "host", .kind = MEM_HOST, .length = RIG_BYTES, .numa = CONFIG_NUMA_ANY, .bar = -1};
	struct nic_mr_spec spec = {.access = IBV_ACCESS_LOCAL_WRITE | IBV_ACCESS_REMOTE_WRITE};
	struct peer_target_spec target = {.interconnect = INTERCONNECT_MAIN};
	int rc = mem_ctx_open(&sys_real, NULL, &r->mem, e);

	if (!rc)
		rc = mem_open(r->mem, &host, &r->source, e);
	spec.bytes = r->source.bytes;
	if (!rc)
		rc = nic_mr_reg(r->nic, &r->source, &spec, &r->mr, e);
	if (!rc)
		rc = peer_open(r->nic, r->mem, &r->peer, e);
	if (!rc)
		rc = peer_memory_open(r->peer, &host, &target.memory, e);
	return rc ? rc : peer_target_open(r->peer, &target, &r->target, e);
}

static int open_queue(struct rig *r, struct err *e)
{
	struct peer_link_spec link = {.n = 1, .lanes = 1, .send_wrs = RIG_SENDS};
	struct nic_qp_spec spec = {.send_wrs = RIG_DEPTH};
	struct nic_qp_addr local, remote;
	uint32_t id;
	int rc = nic_cq_create(r->nic, RIG_DEPTH, &r->cq, e);

	if (rc)
		return rc;
	spec.send_cq = spec.recv_cq = r->cq;
	rc = nic_qp_create(r->nic, &spec, &r->qp, e);
	if (rc)
		return rc;
	nic_qp_addr(r->nic, r->qp, &local);
	rc = peer_connect(r->peer, &link, &local, &remote, &id, e);
	return rc ? rc : nic_qp_connect(r->nic, r->qp, &local, &remote, IBV_ACCESS_REMOTE_WRITE, e);
}

int rig_open(struct rig *r, const char *device, const struct op *op, const struct lane_shape *shape,
	     const struct clock *clock, struct err *e)
{
	struct lane_bed bed = {.n_qp = 1, .step = 1, .total = 1};
	int rc;

	*r = (struct rig){.source = MEM_BUF_CLOSED};
	rc = nic_open(device, 1, -1, &r->nic, e);
	if (!rc)
		rc = open_memory(r, e);
	if (!rc)
		rc = open_queue(r, e);
	if (rc)
		return rc;
	bed.qp = &r->qp;
	bed.cq = r->cq;
	bed.local_va = r->source.va;
	bed.local_addr = r->mr.addr;
	bed.lkey = r->mr.mr->lkey;
	bed.local_bytes = r->mr.bytes;
	bed.remote_addr = r->target.addr;
	bed.rkey = r->target.rkey;
	bed.bytes = r->mr.bytes < r->target.bytes ? r->mr.bytes : r->target.bytes;
	return lane_open(&r->lane, &bed, shape, op, clock, e);
}

void rig_close(struct rig *r)
{
	lane_close(&r->lane);
	if (r->qp)
		nic_qp_destroy(r->nic, r->qp, NULL);
	if (r->peer)
		peer_close(r->peer);
	if (r->cq)
		nic_cq_destroy(r->nic, r->cq, NULL);
	nic_mr_dereg(r->nic, &r->mr, NULL);
	mem_close(&r->source);
	mem_ctx_close(r->mem);
	nic_close(r->nic);
}

int rig_window(struct rig *r, const struct op *op, int cpu, struct window *w, struct err *e)
{
	struct window_rule rule = {
		.warm_min_ns = WARM_NS,
		.warm_max_ns = WARM_MAX_NS,
		.warm_done = r->lane.qp[0].slots.ring,
		.window_ns = RIG_WINDOW_NS,
		.window_max_ns = RIG_TIMEOUT_NS,
		.window_done = 100,
		.timeout_ns = RIG_TIMEOUT_NS,
		.cpu = &cpu,
	};
	struct hist lat;
	int rc = window_run(&r->lane, 1, op, &rule, op->measure == MEASURE_LAT ? &lat : NULL, NULL, w, e);

	if (rc || w->end == WINDOW_OK)
		return rc;
	return err_set(e, -EIO, "%s: %s: %s", nic_attr(r->nic)->name, op->about,
		       w->end == WINDOW_TIMEOUT ? "completions stopped" : nic_wc_name(r->lane.fault.status));
}

struct instructions instructions_start(void)
{
	struct perf_event_attr attr = {
		.type = PERF_TYPE_HARDWARE,
		.size = sizeof(attr),
		.config = PERF_COUNT_HW_INSTRUCTIONS,
		.inherit = 1,
		.exclude_kernel = 1,
		.exclude_hv = 1,
	};
	struct instructions i;

	i.fd = (int)syscall(SYS_perf_event_open, &attr, 0, -1, -1, PERF_FLAG_FD_CLOEXEC);
	i.why = i.fd < 0 ? errno : 0;
	return i;
}

double instructions_stop(struct instructions *i)
{
	uint64_t n = 0;
	ssize_t got;

	if (i->fd < 0)
		return (double)NAN;
	got = read(i->fd, &n, sizeof(n));
	close(i->fd);
	i->fd = -1;
	return got == sizeof(n) ? (double)n : (double)NAN;
}
