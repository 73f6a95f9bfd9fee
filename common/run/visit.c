// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The order of a visit: rings, data (both untimed, together switch_s), window, drain, check. Data is
 * written by the CPU into source and target before and compared after; none of it is inside the
 * window.
 */
#include "run/visit.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/err.h"
#include "meas/window.h"

enum { WARM_MIN_NS = 5000000, WARM_MAX_NS = 20000000, LAT_OPS = 2000, BW_OPS = 100 };
#define WINDOW_MAX_NS	    2000000000ll
#define TIMEOUT_NS	    2000000000ll
#define SLOWEST_NS_PER_BYTE 20.0 /* 50 MB/s: what is in flight may take so long before it counts as stuck */
#define DRIFT_PCT	    5.0

static struct lane_shape shape_of(const struct point *pt)
{
	return (struct lane_shape){
		.size = (uint64_t)pt->v[AX_SIZE],
		.qd = (uint32_t)pt->v[AX_QD],
		.batch = (uint32_t)pt->v[AX_BATCH],
		.signal_every = (uint32_t)pt->v[AX_SIGNAL_EVERY],
	};
}

static bool verified(const struct visit *v)
{
	return v->set->verify != VERIFY_NONE && nic_attr(v->setup->nic)->moves_data;
}

/* Pattern where the data comes from, poison where it goes to, over every QP's slots. */
static int place_data(const struct visit *v, const struct lane *l, struct err *e)
{
	void *source = v->setup->source_buf[v->point->v[AX_SOURCE]].va;
	uint32_t target = v->setup->target[v->point->v[AX_TARGET]].id;
	int rc = 0;

	for (uint32_t i = 0; !rc && i < l->n_qp; i++) {
		const struct pattern_slots *s = &l->qp[i].slots;
		uint64_t bytes = (s->count - 1) * s->stride + s->size;

		if (v->op->from_target) {
			pattern_poison(source, s->offset, bytes);
			rc = peer_target_fill(v->setup->peer, target, s->offset, bytes, v->key, e);
		} else {
			pattern_fill(source, s->offset, bytes, v->key);
			rc = peer_target_poison(v->setup->peer, target, s->offset, bytes, e);
		}
	}
	return rc;
}

static int check_data(const struct visit *v, const struct lane *l, struct err *e)
{
	const void *source = v->setup->source_buf[v->point->v[AX_SOURCE]].va;
	uint32_t target = v->setup->target[v->point->v[AX_TARGET]].id;
	bool full = v->set->verify == VERIFY_FULL;
	uint64_t bad;
	int rc = 0;

	for (uint32_t i = 0; !rc && i < l->n_qp; i++) {
		struct pattern_slots s = lane_touched(l, i);

		rc = v->op->from_target
			     ? pattern_check(source, &s, v->key, full, &bad, e)
			     : peer_target_check(v->setup->peer, target, &s, v->key, full, &bad, e);
	}
	return rc;
}

static struct window_rule rule_of(const struct visit *v, const struct lane *l)
{
	bool lat = v->op->measure == MEASURE_LAT;
	uint64_t least = lat ? LAT_OPS : BW_OPS, ops = (uint64_t)v->set->ops;
	double in_flight = (double)v->point->v[AX_SIZE] * (double)v->point->v[AX_QD] * l->n_qp;
	uint64_t ring = (uint64_t)l->qp[0].n * l->group_msgs * l->n_qp;

	return (struct window_rule){
		.warm_min_ns = WARM_MIN_NS,
		.warm_max_ns = WARM_MAX_NS,
		.warm_done = ring,
		.window_ns = v->set->window_ns,
		.window_max_ns = ops || v->set->window_ns > WINDOW_MAX_NS ? INT64_MAX : WINDOW_MAX_NS,
		.window_done = ops > least ? ops : least,
		.timeout_ns = TIMEOUT_NS + (int64_t)(in_flight * SLOWEST_NS_PER_BYTE),
		.cpu = v->cpu,
	};
}

static void row_latency(struct row *row, const struct hist *h, double ns_per_tick)
{
	static const struct {
		enum column column;
		double q;
	} quantile[] = {
		{COL_LAT_P50_US, 0.5},	  {COL_LAT_P90_US, 0.9},      {COL_LAT_P99_US, 0.99},
		{COL_LAT_P999_US, 0.999}, {COL_LAT_P9999_US, 0.9999},
	};
	double us = ns_per_tick / 1e3;
	uint64_t n = hist_count(h);

	row_int(row, COL_LAT_N, (int64_t)n);
	if (!n)
		return;
	row_num(row, COL_LAT_MIN_US, (double)h->min * us);
	row_num(row, COL_LAT_MEAN_US, (double)h->sum / (double)n * us);
	row_num(row, COL_LAT_MAX_US, (double)h->max * us);
	for (size_t i = 0; i < sizeof(quantile) / sizeof(quantile[0]); i++)
		if (hist_supports(n, quantile[i].q))
			row_num(row, quantile[i].column, (double)hist_quantile(h, quantile[i].q) * us);
}

static void row_window(struct row *row, const struct visit *v, const struct window *w)
{
	double s = (double)w->window_ns / 1e9;
	double bytes = (double)w->ops * (double)v->point->v[AX_SIZE];

	row_num(row, COL_WINDOW_S, s);
	row_num(row, COL_WARMUP_S, (double)w->warmup_ns / 1e9);
	row_int(row, COL_OPS, (int64_t)w->ops);
	row_int(row, COL_BYTES, (int64_t)w->ops * v->point->v[AX_SIZE]);
	if (v->op->measure == MEASURE_BW)
		row_num(row, COL_BW_GBYTE_S, bytes / s / 1e9);
	row_num(row, COL_MSG_MOPS, (double)w->ops / s / 1e6);
	row_num(row, COL_SLICE_SLOPE_PCT, w->slope_pct);
	row_int(row, COL_NIVCSW, w->nivcsw);
	row_int(row, COL_FAULTS, w->faults);
}

static void row_flags(struct row *row, const struct visit *v, const struct window *w)
{
	char flags[96];

	snprintf(flags, sizeof(flags), "%s%s%s%s", w->coarse ? "coarse;" : "",
		 fabs(w->slope_pct) > DRIFT_PCT ? "drift_in_window;" : "",
		 w->unaligned ? "edge_unaligned;" : "", verified(v) ? "" : "unverified;");
	if (flags[0])
		flags[strlen(flags) - 1] = '\0';
	row_text(row, COL_FLAGS, flags);
}

static void fail(struct visit *v, struct row *row, enum status status, int code, const char *reason,
		 const struct err *e)
{
	v->status = status;
	row_text(row, COL_REASON, reason);
	row_int(row, COL_ERR_CODE, code);
	row_text(row, COL_ERR_TEXT, e->text);
}

/* State of the queue pair a fault names, by the device. */
static const char *faulty_state(const struct visit *v, const struct lane *l)
{
	for (uint32_t i = 0; i < l->n_qp; i++)
		if (l->qp[i].first->qp->qp_num == l->fault.qp_num)
			return nic_qp_state(v->setup->nic, l->qp[i].first->qp);
	return "?";
}

static void fail_timeout(struct visit *v, struct row *row, const struct lane *l, int64_t timeout_ns)
{
	struct ibv_qp *qp = l->qp[0].first->qp;
	struct err e;

	err_set(&e, -ETIMEDOUT,
		"no completion for %.1f s, %u groups in flight on %u QPs, the first (0x%x) in %s",
		(double)timeout_ns / 1e9, l->in_flight, l->n_qp, qp->qp_num, nic_qp_state(v->setup->nic, qp));
	fail(v, row, ST_TIMEOUT, ETIMEDOUT, "completions stopped", &e);
}

static void fail_fault(struct visit *v, struct row *row, const struct lane *l)
{
	const struct lane_fault *f = &l->fault;
	struct err e;

	if (f->status > 0) {
		err_set(&e, -EIO, "completion %s (%d), vendor_err 0x%x, QP 0x%x now in %s: %s",
			nic_wc_name(f->status), f->status, f->vendor_err, f->qp_num, faulty_state(v, l),
			nic_wc_hint(f->status));
		fail(v, row, ST_ERROR, f->status, nic_wc_name(f->status), &e);
	} else if (f->posting) {
		err_set(&e, f->status, "ibv_post_send on QP 0x%x in %s: %s", f->qp_num, faulty_state(v, l),
			err_name(f->status));
		fail(v, row, ST_ERROR, -f->status, "post refused", &e);
	} else {
		err_set(&e, f->status, "ibv_poll_cq returned %d: the completion queue is broken", f->raw);
		fail(v, row, ST_ERROR, -f->status, "poll failed", &e);
	}
}

static void row_state(struct row *row, const struct visit *v)
{
	const struct peer_target *target = &v->setup->target[v->point->v[AX_TARGET]];

	row_text(row, COL_EVIDENCE, nic_evidence_name(nic_attr(v->setup->nic)->evidence));
	row_text(row, COL_TOOL, "p2pbench");
	row_text(row, COL_TARGET_KIND, mem_kind_name(target->kind));
	row_text(row, COL_INTERCONNECT_USED, "main");
	row_text(row, COL_NET, "none");
	row_text(row, COL_TPH_EVIDENCE, "none");
	if (v->cpu >= 0)
		row_int(row, COL_CPU_USED, v->cpu);
	row_num(row, COL_SETUP_S, (double)v->setup->took_ns / 1e9);
	row_num(row, COL_REG_US, (double)target->reg_ns / 1e3);
}

static void run_window(struct visit *v, struct lane *l, struct row *row)
{
	struct window_rule rule = rule_of(v, l);
	struct window w;
	struct err e = {0};
	int rc = window_run(l, v->op, &rule, v->op->measure == MEASURE_LAT ? v->hist : NULL, &w, &e);

	if (rc) {
		fail(v, row, ST_ERROR, -rc, "no thread", &e);
		return;
	}
	if (w.end == WINDOW_TIMEOUT) {
		fail_timeout(v, row, l, rule.timeout_ns);
		return;
	}
	if (w.end == WINDOW_FAULT) {
		fail_fault(v, row, l);
		return;
	}
	rc = verified(v) ? check_data(v, l, &e) : 0;
	if (rc) {
		fail(v, row, ST_ERROR, -rc, "wrong data", &e);
		return;
	}
	row_window(row, v, &w);
	row_flags(row, v, &w);
	if (v->op->measure == MEASURE_LAT)
		row_latency(row, v->hist, v->clock->ns_per_tick);
}

void visit_run(struct visit *v, struct row *row)
{
	struct lane_bed bed = setup_bed(v->setup, v->point);
	struct lane_shape shape = shape_of(v->point);
	int64_t t0 = clock_raw_ns();
	struct lane l = {0};
	struct err e = {0};
	int rc;

	v->status = ST_OK;
	row_state(row, v);
	rc = lane_open(&l, &bed, &shape, v->op, v->clock->raw, &e);
	if (!rc && verified(v))
		rc = place_data(v, &l, &e);
	row_num(row, COL_SWITCH_S, (double)(clock_raw_ns() - t0) / 1e9);
	if (rc)
		fail(v, row, ST_ERROR, -rc, "cannot prepare", &e);
	else
		run_window(v, &l, row);
	lane_close(&l);
}
