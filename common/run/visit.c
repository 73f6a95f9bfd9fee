// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The order of a visit: rings, data (both untimed, together switch_s), responder, window, drain, checks. Data
 * is written by the CPU into source and target before and compared after; none of it is inside the window.
 */
#include "run/visit.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "run/visit_parts.h"

enum { WARM_MIN_NS = 5000000, WARM_MAX_NS = 20000000, WARM_AGAIN = 4, WARM_DEPTHS = 4 };
enum { LAT_OPS = 2000, BW_OPS = 100, REG_TIMES = 20 };
#define WARM_WRITE_BYTES     (64ull << 20)
#define WINDOW_MAX_NS	     2000000000ll
#define TIMEOUT_NS	     2000000000ll
#define SLOWEST_NS_PER_BYTE  20.0  /* 50 MB/s: what is in flight may take so long before it counts as stuck */
#define UNCACHED_NS_PER_BYTE 500.0 /* a CPU's word of a device may take so long */
#define RATE_LEAST	     0.99

static uint64_t larger(uint64_t a, uint64_t b)
{
	return a > b ? a : b;
}

/* Time between two messages of all lanes together, 0 = closed loop. */
static double interval_ns(const struct point *pt)
{
	return pt->v[AX_RATE] > 0 ? 1e9 / (double)pt->v[AX_RATE] : 0;
}

static struct lane_shape shape_of(const struct visit *v, uint32_t lane)
{
	const int64_t *a = v->point->v;

	return (struct lane_shape){
		.size = (uint64_t)a[AX_SIZE],
		.qd = (uint32_t)a[AX_QD],
		.batch = (uint32_t)a[AX_BATCH],
		.signal_every = (uint32_t)a[AX_SIGNAL_EVERY],
		.inline_data = a[AX_INLINE] == 1,
		.wr_api = setup_posts_wr(v->setup->wr_api, v->point),
		.bidi = a[AX_DIR] == DIR_BIDI,
		.pattern = a[AX_PATTERN] == AXIS_EMPTY ? PATTERN_SEQ : a[AX_PATTERN],
		.footprint = a[AX_FOOTPRINT] == AXIS_EMPTY ? 0 : (uint64_t)a[AX_FOOTPRINT],
		.offset = a[AX_OFFSET] == AXIS_EMPTY ? -1 : a[AX_OFFSET],
		.overlap = a[AX_OVERLAP] == 1,
		.interval_ns = interval_ns(v->point) * (double)a[AX_THREADS],
		.phase_ns = interval_ns(v->point) * (double)lane,
	};
}

/* Has each lane a second thread. */
static bool copies_beside(const struct visit *v)
{
	return v->op->bounce && v->op->measure == MEASURE_BW && v->point->v[AX_OVERLAP] == 1;
}

static bool writes(const struct op *op)
{
	return op->check == OP_CHECK_TARGET;
}

/* Nanoseconds that a byte in flight may take. */
static double slowest(const struct stage *s)
{
	return s->v->op->bounce && s->bounce.cpu == MEM_CPU_DEVICE ? UNCACHED_NS_PER_BYTE
								   : SLOWEST_NS_PER_BYTE;
}

static struct window_rule rule_of(struct stage *s)
{
	const struct visit *v = s->v;
	const int64_t *a = v->point->v;
	int64_t warm = v->repeat ? WARM_AGAIN : 1;
	uint64_t least = v->op->measure == MEASURE_LAT ? LAT_OPS : BW_OPS, ops = (uint64_t)v->set->ops;
	uint64_t in_flight = (uint64_t)a[AX_QD] * (uint64_t)a[AX_QPS], ring = 0, warm_done;

	for (uint32_t i = 0; i < a[AX_QPS]; i++)
		ring += stage_trace(s, i).slots.ring;
	warm_done = larger(ring, WARM_DEPTHS * in_flight);
	if (writes(v->op))
		warm_done = larger(warm_done, WARM_WRITE_BYTES / (uint64_t)a[AX_SIZE]);
	/* The middle of a window is told by time alone. */
	if (v->set->revoke != MEM_REVOKE_NONE)
		warm_done = 0;
	return (struct window_rule){
		.warm_min_ns = WARM_MIN_NS * warm,
		.warm_max_ns = WARM_MAX_NS * warm,
		.warm_done = warm_done,
		.window_ns = v->set->window_ns,
		.window_max_ns = ops || v->set->window_ns > WINDOW_MAX_NS ? INT64_MAX : WINDOW_MAX_NS,
		.window_done = larger(ops, least),
		.timeout_ns = TIMEOUT_NS + (int64_t)((double)a[AX_SIZE] * (double)in_flight * slowest(s)) +
			      (int64_t)(interval_ns(v->point) * (double)a[AX_THREADS]),
		.cpu = s->cpu,
		.copier_cpu = copies_beside(v) ? s->cpu + s->lanes : NULL,
		.watch = stage_watch,
		.watch_arg = s,
	};
}

static int open_lanes(struct stage *s, struct err *e)
{
	const struct visit *v = s->v;
	int rc = 0;

	s->lane = aligned_alloc(_Alignof(struct lane), s->lanes * sizeof(*s->lane));
	s->cpu = calloc(2 * (size_t)s->lanes, sizeof(*s->cpu));
	s->slots = calloc((size_t)v->point->v[AX_QPS], sizeof(*s->slots));
	if (v->point->v[AX_RATE] > 0)
		s->lag = malloc(sizeof(*s->lag));
	if (v->point->v[AX_CONSUME] == CONSUME_ALL)
		s->consume = malloc(sizeof(*s->consume));
	if (!s->lane || !s->cpu || !s->slots || (v->point->v[AX_RATE] > 0 && !s->lag) ||
	    (v->point->v[AX_CONSUME] == CONSUME_ALL && !s->consume))
		return err_set(e, -ENOMEM, "visit: out of memory for %u lanes", s->lanes);
	if (s->consume)
		hist_clear(s->consume);
	rc = places_cpus(v->places, v->point, s->cpu, copies_beside(v) ? 2 * s->lanes : s->lanes, e);
	if (!rc && v->op->bounce)
		rc = peer_target_bounce(v->setup->peer, s->target->id, &s->bounce, e);
	for (; !rc && s->open_lanes < s->lanes; s->open_lanes++) {
		struct lane_bed bed = setup_bed(v->setup, s->link, v->point, s->open_lanes);
		struct lane_shape shape = shape_of(v, s->open_lanes);

		bed.bounce = v->op->bounce ? &s->bounce : NULL;
		bed.copier_cpu = copies_beside(v) ? s->cpu[s->lanes + s->open_lanes] : -1;
		s->lane[s->open_lanes] = (struct lane){0};
		rc = lane_open(&s->lane[s->open_lanes], &bed, &shape, v->op, v->clock, e);
	}
	return rc;
}

/* Everything untimed before the window. */
static int prepare(struct stage *s, struct err *e)
{
	struct visit *v = s->v;
	int rc = 0;

	s->link = setup_link(v->setup, v->point);
	if (v->op->peer == OP_RECEIVES) {
		rc = setup_link_open(v->setup, v->point, v->op, &s->own, e);
		s->link = &s->own;
	}
	if (!rc)
		rc = open_lanes(s, e);
	if (!rc)
		stage_copy(s);
	if (!rc && visit_verified(v))
		rc = stage_place(s, e);
	return rc ? rc : stage_count(s, e);
}

static int serve(struct stage *s, struct err *e)
{
	const struct visit *v = s->v;
	const struct nic_mr *source = &v->setup->source[v->point->v[AX_SOURCE]];
	struct peer_service ask = {
		.work = v->op->peer == OP_ECHOES ? PEER_ECHO : PEER_RECEIVE,
		.link = s->link->peer,
		.target = s->target->id,
		.qps = (uint32_t)v->point->v[AX_QPS],
		.slots = s->slots,
		.imm = v->op->opcode == IBV_WR_RDMA_WRITE_WITH_IMM,
		.reply_addr = source->addr + lane_reply_offset(source->bytes),
		.reply_rkey = source->mr->rkey,
		.consume = s->consume ? CONSUME_ALL : CONSUME_NONE,
		/* What a tick of another host is worth nobody here knows. */
		.clock_raw = v->clock->raw || !peer_is_here(v->setup->peer),
	};
	int rc;

	if (v->op->peer == OP_ALONE)
		return 0;
	for (uint32_t i = 0; i < ask.qps; i++)
		s->slots[i] = stage_trace(s, i).slots;
	rc = peer_serve(v->setup->peer, &ask, s->cpu, s->lanes, e);
	s->serving = !rc;
	return rc;
}

static void stop_serving(struct stage *s)
{
	struct peer_served served = {.consume = s->consume};

	if (s->serving)
		s->serve_rc = peer_serve_stop(s->v->setup->peer, &served, &s->serve_err);
	s->serving = false;
	s->served = served.messages;
}

static void put_aside(struct stage *s, enum status status, const char *reason)
{
	s->v->status = status;
	row_text(s->row, COL_REASON, reason);
}

/* A window that went through and whose data is right: may it count? */
static void judge(struct stage *s)
{
	struct visit *v = s->v;
	double asked = (double)v->point->v[AX_RATE];
	/* An edge that met no completion hides up to one message of each lane's schedule. */
	double ops = (double)s->w.ops + (s->w.unaligned ? s->lanes : 0);
	double rate = (double)s->w.ops * 1e9 / (double)s->w.window_ns;
	char reason[96];

	if (s->event.text[0]) {
		put_aside(s, ST_VOID, s->event.text);
	} else if (s->w.migrated) {
		put_aside(s, ST_VOID, "thread migrated");
	} else if (v->point->v[AX_RATE] > 0 && ops * 1e9 / (double)s->w.window_ns < RATE_LEAST * asked) {
		snprintf(reason, sizeof(reason), "%.6g operations/s reached of %.6g asked", rate, asked);
		put_aside(s, ST_OVERLOAD, reason);
	} else if (stage_drifts(s) && !v->repeat && !v->once && v->set->revoke == MEM_REVOKE_NONE) {
		put_aside(s, ST_VOID, VISIT_REPEATED);
		v->again = true;
	}
}

static void conclude(struct stage *s)
{
	struct visit *v = s->v;
	struct err e = {0}, miscounted = {0};
	/* First: checking may read the target through the NIC. What a revoke leaves in it nobody promises. */
	int counted = s->taken ? 0 : stage_counted(s, &miscounted);
	int rc = visit_verified(v) && !s->taken ? stage_check(s, &e) : 0;

	if (rc) {
		if (rc == -EBADMSG)
			visit_fail(v, s->row, ST_ERROR, rc, "wrong data", &e);
		else
			stage_fail(s, rc, "cannot check", &e);
		return;
	}
	if (counted) {
		visit_fail(v, s->row, ST_ERROR, counted, "analyzer disagrees", &miscounted);
		return;
	}
	judge(s);
	row_window(s->row, s);
	stage_judge_bound(s);
}

static void run_window(struct stage *s)
{
	struct visit *v = s->v;
	bool lat = v->op->measure == MEASURE_LAT || s->lag;
	struct err e = {0};
	int rc;

	s->rule = rule_of(s);
	/* Events of the time before are about what has been rebuilt since. */
	rc = stage_events(s);
	if (rc) {
		err_set(&e, rc, "%s", s->event.text);
		visit_fail(v, s->row, ST_ERROR, rc, "asynchronous event", &e);
		return;
	}
	s->event = (struct nic_event){0};
	rc = serve(s, &e);
	if (rc) {
		visit_fail(v, s->row, ST_ERROR, rc, "responder cannot start", &e);
		return;
	}
	rc = window_run(s->lane, s->lanes, v->op, &s->rule, lat ? v->hist : NULL, s->lag, &s->w, &e);
	stop_serving(s);
	stage_events(s);
	if (rc) {
		visit_fail(v, s->row, ST_ERROR, rc, "no thread", &e);
	} else if (s->taken && s->take_rc) {
		visit_fail(v, s->row, ST_ERROR, s->take_rc, "cannot revoke", &s->take_err);
	} else if (s->w.end != WINDOW_OK) {
		stage_fault(s);
	} else if (s->serve_rc) {
		visit_fail(v, s->row, ST_ERROR, s->serve_rc, "responder failed", &s->serve_err);
	} else {
		v->tick_ns = lat ? v->clock->ns_per_tick : 0;
		conclude(s);
	}
	if (s->taken && !s->take_rc)
		stage_revoked(s);
	else if (v->set->revoke != MEM_REVOKE_NONE && v->status == ST_OK)
		put_aside(s, ST_VOID, "the window was over before its middle was seen");
}

static void visit_lanes(struct visit *v, struct row *row)
{
	struct stage s = {
		.v = v,
		.row = row,
		.target = &setup_target(v->setup, v->point)->at,
		.lanes = (uint32_t)v->point->v[AX_THREADS],
		.n_counts = -1,
	};
	int64_t t0 = clock_raw_ns();
	struct err e = {0};
	int rc = prepare(&s, &e);

	row_num(row, COL_SWITCH_S, (double)(clock_raw_ns() - t0) / 1e9);
	if (rc) {
		stage_fail(&s, rc, "cannot prepare", &e);
	} else {
		row_cpus(row, s.cpu, s.lanes);
		run_window(&s);
	}
	for (uint32_t i = 0; i < s.open_lanes; i++)
		lane_close(&s.lane[i]);
	setup_link_close(v->setup, &s.own);
	free(s.lane);
	free(s.cpu);
	free(s.slots);
	free(s.counts);
	free(s.lag);
	free(s.consume);
}

static void row_reg(struct row *row, struct visit *v, const struct hist *dereg, double ns)
{
	v->tick_ns = 1.0;
	row_num(row, COL_WINDOW_S, ns / 1e9);
	row_int(row, COL_OPS, (int64_t)hist_count(v->hist));
	row_latency(row, v->hist, 1.0);
	row_num(row, COL_REG_US, (double)hist_quantile(v->hist, 0.5) / 1e3);
	row_num(row, COL_DEREG_US, (double)hist_quantile(dereg, 0.5) / 1e3);
}

/* No lane: the responder registers and deregisters. */
static void visit_reg(struct visit *v, struct row *row)
{
	const struct peer_target *target = &setup_target(v->setup, v->point)->at;
	struct peer_reg out = {.reg = v->hist, .dereg = malloc(sizeof(*out.dereg))};
	uint64_t bytes = v->point->v[AX_SIZE] > 0 ? (uint64_t)v->point->v[AX_SIZE] : target->bytes;
	int64_t t0 = clock_raw_ns();
	struct err e = {0};
	int rc;

	if (!out.dereg) {
		err_set(&e, -ENOMEM, "visit: out of memory");
		visit_fail(v, row, ST_ERROR, -ENOMEM, "cannot prepare", &e);
		return;
	}
	hist_clear(out.reg);
	hist_clear(out.dereg);
	rc = peer_target_reg(v->setup->peer, target->id, bytes, v->set->window_ns,
			     larger(REG_TIMES, (uint64_t)v->set->ops), &out, &e);
	if (rc)
		visit_fail(v, row, rc == -ENODEV ? ST_REVOKED : ST_ERROR, rc, "registration failed", &e);
	else
		row_reg(row, v, out.dereg, (double)(clock_raw_ns() - t0));
	free(out.dereg);
}

void visit_run(struct visit *v, struct row *row)
{
	struct mem_health before;
	struct err e = {0};
	bool healthy;
	int rc;

	v->status = ST_OK;
	v->again = v->broken = false;
	v->tick_ns = 0;
	rc = setup_target_take(v->setup, v->point, &e);
	row_state(row, v);
	visit_bound(v, row);
	if (rc) {
		visit_fail(v, row, rc == -ENODEV ? ST_REVOKED : ST_ERROR, rc, "cannot register", &e);
		return;
	}
	healthy = visit_health(v, &before);
	if (v->op->run)
		visit_lanes(v, row);
	else
		visit_reg(v, row);
	if (healthy)
		row_health(row, v, &before);
	setup_target_give(v->setup, v->point);
}
