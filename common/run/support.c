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
	return a < AX_COUNT; /* all there are */
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

/* What needs the CPU to work on the source as on any memory; its kind tells. */
static const char *cannot_source(const struct config *c, const struct point *pt)
{
	int64_t kind = pt->v[AX_SOURCE] == AXIS_EMPTY ? MEM_HOST : c->memory[pt->v[AX_SOURCE]].kind;

	if (kind != MEM_VFIO && kind != MEM_FD)
		return NULL;
	/* Host memory is allocated twice; of these there is one. */
	if (!c->peer.place && pt->v[AX_SOURCE] == pt->v[AX_TARGET] && pt->v[AX_MEASURE] != MEASURE_REG)
		return "source and target are the same bytes: give each a memory, with a range of its own";
	if (kind != MEM_VFIO)
		return NULL;
	if (pt->v[AX_OP] == OP_PINGPONG)
		return "pingpong: the CPU cannot poll a source of kind vfio for the answer";
	if (pt->v[AX_INLINE] == 1)
		return "inline: the CPU would read the source, which is of kind vfio";
	if (pt->v[AX_INTERCONNECT] == INTERCONNECT_BOUNCE)
		return "bounce with a source of kind vfio is not in this version";
	return NULL;
}

/* What this process would have to do at the responder. */
static const char *cannot_far(const struct config *c, const struct point *pt)
{
	if (c->peer.place && pt->v[AX_INTERCONNECT] == INTERCONNECT_BOUNCE)
		return "bounce: the copies are made by the process that measures, and the target is at the "
		       "peer";
	return NULL;
}

/* The first reason of kinds that need no place in the text. */
static const char *cannot(const struct config *c, const struct point *pt)
{
	const char *why = NULL;

	if (pt->v[AX_CPU] != AXIS_EMPTY && pt->v[AX_NUMA] != AXIS_EMPTY)
		return "cpu and numa both say where threads run: give one";
	why = cannot_far(c, pt);
	if (!why)
		why = cannot_bounce(pt);
	return why ? why : cannot_source(c, pt);
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
	if (pt->v[AX_TPH] == TPH_EXPORTER) {
		why = mem_can_export(c->memory[pt->v[AX_TARGET]].kind);
		if (why)
			return say(buf, len, "tph exporter: %s", why);
	}
	why = cannot(c, pt);
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

static const char *lacks_connect(const struct support_ends *ends, const struct point *pt, char *buf,
				 size_t len)
{
	const struct nic_attr *a = ends->nic, *there = ends->there;
	bool cm = pt->v[AX_CONNECT] == CONNECT_CM;

	if (cm && (a->cm_why[0] || there->cm_why[0]))
		a = a->cm_why[0] ? a : there;
	else if (!cm && (a->cm_only || there->cm_only))
		a = a->cm_only ? a : there;
	else
		return NULL;
	return cm ? say(buf, len, "connect cm on %s: %s", a->name, a->cm_why)
		  : say(buf, len, "connect oob on %s: iWARP is connected by rdma_cm only: connect cm",
			a->name);
}

/* What one end's device has not, whichever end it is. */
static const char *lacks_device(const struct nic_attr *a, const struct op *op, char *buf, size_t len)
{
	if (op->peer == OP_ECHOES && !a->moves_data)
		return say(buf, len, "pingpong on %s: it moves no data, so no answer would come", a->name);
	if (is_atomic(op) && !a->atomics)
		return say(buf, len, "%s has no atomics on reliable connections", a->name);
	return NULL;
}

const char *support_lacks(const struct support_ends *ends, const cpu_set_t *allowed, const struct point *pt,
			  const struct op *op, char *buf, size_t len)
{
	const struct nic_attr *a = ends->nic, *there = ends->there;
	const char *why;

	if (pt->v[AX_TPH] == TPH_DMAH && !there->dmah)
		return say(buf, len, "tph dmah on %s: %s", there->name, there->dmah_why);
	if (!op->run)
		return NULL;
	why = lacks_connect(ends, pt, buf, len);
	if (why)
		return why;
	if (a->moves_data != there->moves_data)
		return say(buf, len, "%s moves no data and %s does: they are no pair",
			   a->moves_data ? there->name : a->name, a->moves_data ? a->name : there->name);
	why = lacks_device(a, op, buf, len);
	if (!why)
		why = lacks_device(there, op, buf, len);
	if (why)
		return why;
	if (pt->v[AX_POST] == POST_WR && !a->wr_api)
		return say(buf, len, "post wr: %s has no ibv_wr_*()", a->name);
	return lacks_cpus(allowed, pt, buf, len);
}

/* An amount and the maximum it is held against. */
struct limit {
	enum axis axis;
	const char *what, *max_name;
	uint64_t asked, max;
	const char *device;
};

static uint64_t given(const struct point *pt, enum axis a)
{
	return pt->v[a] > 0 ? (uint64_t)pt->v[a] : 0;
}

int support_limits(const struct support_ends *ends, const struct config *c, const struct point *pt,
		   const struct op *op, const struct mark **where, struct err *e)
{
	const struct nic_attr *a = ends->nic, *b = ends->there;
	const struct nic_attr *reads = a->max_rd_atomic_init < b->max_rd_atomic_dest ? a : b;
	const struct nic_attr *mtu = a->active_mtu < b->active_mtu ? a : b;
	const struct nic_attr *size = a->max_msg_size < b->max_msg_size ? a : b;
	const struct nic_attr *most = a->max_qp < b->max_qp ? a : b;
	uint64_t qps = (uint64_t)pt->v[AX_QPS], lanes = (uint64_t)pt->v[AX_THREADS], wrs;

	if (!op->run)
		return 0;
	wrs = setup_wrs(pt, op);

	const struct limit limit[] = {
		{AX_SIZE, "bytes in one message", "max_msg_sz", (uint64_t)pt->v[AX_SIZE], size->max_msg_size,
		 size->name},
		{AX_QD, "work requests on a queue pair", "max_qp_wr", wrs, a->max_qp_wr, a->name},
		{AX_QPS, ends->loop ? "queue pairs at both ends" : "queue pairs", "max_qp",
		 ends->loop ? 2 * qps : qps, most->max_qp, most->name},
		{AX_QD, "completions a CQ must hold (qd x qps of a thread)", "max_cqe",
		 wrs * ((qps + lanes - 1) / lanes), a->max_cqe, a->name},
		{AX_MTU, "bytes of path MTU", "active_mtu", given(pt, AX_MTU), (uint64_t)mtu->active_mtu,
		 mtu->name},
		{AX_RD_ATOMIC, "reads in flight on a queue pair", "max_qp_rd_atom", given(pt, AX_RD_ATOMIC),
		 reads == a ? a->max_rd_atomic_init : b->max_rd_atomic_dest, reads->name},
	};

	for (size_t i = 0; i < ARRAY_LEN(limit); i++) {
		if (limit[i].asked <= limit[i].max)
			continue;
		*where = setup_place(c, pt, limit[i].axis);
		return err_set(e, -EINVAL,
			       "%s: %s %" PRIu64 ": %" PRIu64 " %s asked, the device has %" PRIu64 " (%s)",
			       limit[i].device, keys_axis(limit[i].axis)->name,
			       (uint64_t)pt->v[limit[i].axis], limit[i].asked, limit[i].what, limit[i].max,
			       limit[i].max_name);
	}
	return 0;
}
