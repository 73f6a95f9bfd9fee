// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Which points run, and the words for those that do not. */
#include "run/support.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

#include "base/cleanup.h"
#include "base/err.h"
#include "meas/bounce.h"
#include "mem/mem.h"
#include "run/run.h"
#include "run/setup.h"

static __attribute__((format(printf, 3, 4))) const char *say(char *buf, size_t len, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(buf, len, fmt, ap);
	va_end(ap);
	return buf;
}

const struct op *run_find_op(const struct op *const *ops, const struct point *pt)
{
	int64_t measure = pt->v[AX_MEASURE] == MEASURE_RATE ? MEASURE_BW : pt->v[AX_MEASURE];

	bool bounce = pt->v[AX_INTERCONNECT] == INTERCONNECT_BOUNCE && measure != MEASURE_REG;

	for (; *ops; ops++)
		if ((*ops)->measure == measure && (*ops)->bounce == bounce &&
		    ((*ops)->op == pt->v[AX_OP] || measure == MEASURE_REG)) /* which moves no message */
			return *ops;
	return NULL;
}

bool run_honours(enum axis a)
{
	switch (a) {
	case AX_PEER_NIC:
	case AX_CONNECT:
		return false;
	default:
		return true;
	}
}

/* NULL also for a point that is not bounced. */
static const char *cannot_bounce(const struct point *pt)
{
	const struct lane_shape shape = {
		.interval_ns = pt->v[AX_RATE] > 0 ? 1 : 0,
		.bidi = pt->v[AX_DIR] == DIR_BIDI,
	};

	return pt->v[AX_INTERCONNECT] == INTERCONNECT_BOUNCE ? bounce_cannot(&shape, pt->v[AX_BOUNCE_BY])
							     : NULL;
}

const char *run_unsupported(const struct config *c, const struct op *const *ops, const struct point *pt,
			    char *buf, size_t len)
{
	char value[32], op[32];
	const char *why;

	for (int a = 0; a < AX_COUNT; a++)
		if (!run_honours(a) && pt->v[a] != AXIS_EMPTY)
			return say(buf, len, "%s %s is not in this version", keys_axis(a)->name,
				   config_value_text(c, a, pt->v[a], value));
	if (pt->v[AX_CPU] != AXIS_EMPTY && pt->v[AX_NUMA] != AXIS_EMPTY)
		return say(buf, len, "cpu and numa both say where threads run: give one");
	if (pt->v[AX_TPH] == TPH_EXPORTER) {
		why = mem_can_export(c->memory[pt->v[AX_TARGET]].kind);
		if (why)
			return say(buf, len, "tph exporter: %s", why);
	}
	why = cannot_bounce(pt);
	if (why)
		return say(buf, len, "%s", why);
	if (run_find_op(ops, pt))
		return NULL;
	return say(buf, len, "measure %s of op %s%s is not in this version",
		   config_value_text(c, AX_MEASURE, pt->v[AX_MEASURE], value),
		   config_value_text(c, AX_OP, pt->v[AX_OP], op),
		   pt->v[AX_INTERCONNECT] == INTERCONNECT_BOUNCE ? " through a bounce" : "");
}

static int highest_cpu(const cpu_set_t *allowed)
{
	int cpu = CPU_SETSIZE - 1;

	while (cpu > 0 && !CPU_ISSET(cpu, allowed))
		cpu--;
	return cpu;
}

static const char *lacks_cpus(const cpu_set_t *allowed, const struct point *pt, char *buf, size_t len)
{
	int n = CPU_COUNT(allowed);

	if (pt->v[AX_THREADS] > n)
		return say(buf, len, "threads %" PRId64 " asked, this process may use %d CPU%s",
			   pt->v[AX_THREADS], n, n == 1 ? "" : "s");
	if (pt->v[AX_CPU] >= 0 &&
	    (pt->v[AX_CPU] >= CPU_SETSIZE || !CPU_ISSET((size_t)pt->v[AX_CPU], allowed)))
		return say(buf, len,
			   "cpu %" PRId64 " asked, this process may not use it (%d allowed, up to %d)",
			   pt->v[AX_CPU], n, highest_cpu(allowed));
	return NULL;
}

static bool is_atomic(const struct op *op)
{
	return op->opcode == IBV_WR_ATOMIC_FETCH_AND_ADD || op->opcode == IBV_WR_ATOMIC_CMP_AND_SWP;
}

const char *support_lacks(const struct nic_attr *a, const cpu_set_t *allowed, const struct point *pt,
			  const struct op *op, char *buf, size_t len)
{
	if (pt->v[AX_TPH] == TPH_DMAH && !a->dmah)
		return say(buf, len, "tph dmah on %s: %s", a->name, a->dmah_why);
	if (!op->run)
		return NULL;
	if (op->peer == OP_ECHOES && !a->moves_data)
		return say(buf, len, "pingpong on %s: it moves no data, so no answer would come", a->name);
	if (is_atomic(op) && !a->atomics)
		return say(buf, len, "%s has no atomics on reliable connections", a->name);
	if (pt->v[AX_POST] == POST_WR && !a->wr_api)
		return say(buf, len, "post wr: %s has no ibv_wr_*()", a->name);
	return lacks_cpus(allowed, pt, buf, len);
}

/* An amount and the maximum it is held against. */
struct limit {
	enum axis axis;
	const char *what, *max_name;
	uint64_t asked, max;
};

int support_limits(const struct nic_attr *a, const struct config *c, const struct point *pt,
		   const struct op *op, const struct mark **where, struct err *e)
{
	uint32_t reads =
		a->max_rd_atomic_init < a->max_rd_atomic_dest ? a->max_rd_atomic_init : a->max_rd_atomic_dest;
	uint64_t qps = (uint64_t)pt->v[AX_QPS], lanes = (uint64_t)pt->v[AX_THREADS], wrs;

	if (!op->run)
		return 0;
	wrs = setup_wrs(pt, op);

	const struct limit limit[] = {
		{AX_SIZE, "bytes in one message", "max_msg_sz", (uint64_t)pt->v[AX_SIZE], a->max_msg_size},
		{AX_QD, "work requests on a queue pair", "max_qp_wr", wrs, a->max_qp_wr},
		{AX_QPS, "queue pairs at both ends", "max_qp", 2 * qps, a->max_qp},
		{AX_QD, "completions a CQ must hold (qd x qps of a thread)", "max_cqe",
		 wrs * ((qps + lanes - 1) / lanes), a->max_cqe},
		{AX_MTU, "bytes of path MTU", "active_mtu", pt->v[AX_MTU] > 0 ? (uint64_t)pt->v[AX_MTU] : 0,
		 (uint64_t)a->active_mtu},
		{AX_RD_ATOMIC, "reads in flight on a queue pair", "max_qp_rd_atom",
		 pt->v[AX_RD_ATOMIC] > 0 ? (uint64_t)pt->v[AX_RD_ATOMIC] : 0, reads},
	};

	for (size_t i = 0; i < ARRAY_LEN(limit); i++) {
		if (limit[i].asked <= limit[i].max)
			continue;
		*where = setup_place(c, pt, limit[i].axis);
		return err_set(e, -EINVAL,
			       "%s: %s %" PRIu64 ": %" PRIu64 " %s asked, the device has %" PRIu64 " (%s)",
			       a->name, keys_axis(limit[i].axis)->name, (uint64_t)pt->v[limit[i].axis],
			       limit[i].asked, limit[i].what, limit[i].max, limit[i].max_name);
	}
	return 0;
}
