/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef P2P_RUN_VISIT_PARTS_H
#define P2P_RUN_VISIT_PARTS_H

/* Between visit.c, visit_data.c, visit_row.c and visit_fault.c: one visit in progress. */

#include <math.h>

#include "base/err.h"
#include "meas/window.h"
#include "run/setup.h"
#include "run/visit.h"

#define DRIFT_SLOPE_PCT 5.0
#define DRIFT_FIRST_PCT 10.0

/**
 * struct stage - all that a visit has open
 * @own: a link opened for this visit alone; @link: the one in use
 * @bounce: both ends of the copies, for an op with a bounce
 * @lane: @lanes of them; @cpu: of each, then of each lane's copier
 * @slots: of the point's queue pairs in their order, for the responder
 * @counts: what the device's analyzer had seen before; @n_counts of them, -1 = it counts nothing
 * @tag_counted: the analyzer saw this point's tag
 * @serving: the responder works; @served: messages it answered; @serve_rc, @serve_err: how it ended
 * @lag, @consume: how late sends were, time to read a payload; NULL = not wanted
 * @first_ns, @moved_ns: setting `revoke`: when the window was first looked at, and when every lane had
 *	completed something; @taken: the memory has been taken away, or that failed (@take_rc, @take_err)
 * @event: the first asynchronous event since the visit began, or the fatal one; its text is empty when there
 *was none
 */
struct stage {
	struct visit *v;
	struct row *row;
	const struct peer_target *target;
	struct setup_link own;
	const struct setup_link *link;
	struct peer_bounce bounce;
	struct lane *lane;
	uint32_t lanes, open_lanes;
	int *cpu;
	struct slots *slots;
	struct nic_hint_count *counts;
	int n_counts;
	bool tag_counted;
	bool serving;
	uint64_t served;
	int serve_rc;
	struct err serve_err;
	struct hist *lag, *consume;
	struct window_rule rule;
	struct window w;
	int64_t first_ns, moved_ns;
	bool taken;
	int take_rc;
	struct err take_err;
	struct nic_event event;
};

static inline struct nic *visit_nic(const struct visit *v)
{
	return v->setup->nic;
}

/* Theil-Sen slope beyond 5 % of the window, or a first slice beyond 10 %: not in a steady state. */
static inline bool stage_drifts(const struct stage *s)
{
	return fabs(s->w.slope_pct) > DRIFT_SLOPE_PCT || fabs(s->w.first_pct) > DRIFT_FIRST_PCT;
}

/* Queue pair @i of the point: its lane, and its place there. */
static inline struct lane_trace stage_trace(const struct stage *s, uint32_t i)
{
	return lane_trace(&s->lane[i % s->lanes], i / s->lanes);
}

/* ---- visit_data.c ---- */

/* Is moved data compared after this visit. */
bool visit_verified(const struct visit *v);

/* Contents of source and target before the window, over every QP's slots. */
int stage_place(const struct stage *s, struct err *e);

/* And what must be there afterwards. Return: 0, -EBADMSG wrong data, or -errno. */
int stage_check(const struct stage *s, struct err *e);

/**
 * stage_count() - what the device's analyzer has seen so far, before any lane runs
 * stage_counted() - afterwards: this point's tag must have got exactly what the lanes sent, others nothing
 *
 * Return: 0; -ENOMEM; -EBADMSG the counts differ.
 */
int stage_count(struct stage *s, struct err *e);
int stage_counted(struct stage *s, struct err *e);

/* ---- visit_carry.c: contents of source and target by queue pair @qp of the point ---- */

/* Do they go through the NIC. */
bool stage_carries(const struct stage *s);

/* What they go through is ready afterwards. Return: 0, -errno. */
int carry_prepare(const struct stage *s, struct err *e);

/* Pattern, poison, zeroes over all of @slots; after that as the functions of peer.h of these names. */
int carry_fill(const struct stage *s, uint32_t qp, const struct slots *slots, struct err *e);
int carry_poison(const struct stage *s, uint32_t qp, const struct slots *slots, struct err *e);
int carry_zero(const struct stage *s, uint32_t qp, const struct slots *slots, struct err *e);
int carry_check(const struct stage *s, uint32_t qp, const struct slots *slots, uint64_t messages, bool full,
		struct err *e);
int carry_sum(const struct stage *s, uint32_t qp, const struct slots *slots, uint64_t *sum, struct err *e);

/*
 * Contents of the source, pattern or poison over all of @slots, and pattern_check() of them. A source that
 * the CPU cannot work on gets them from the target through queue pair @qp, and shows them there: @slots of
 * the target are overwritten.
 */
bool stage_source_ram(const struct stage *s);
int source_fill(const struct stage *s, uint32_t qp, const struct slots *slots, struct err *e);
int source_poison(const struct stage *s, uint32_t qp, const struct slots *slots, struct err *e);
int source_check(const struct stage *s, uint32_t qp, const struct slots *slots, uint64_t messages, bool full,
		 struct err *e);

/* Sum, modulo 2^64, of the first word of every slot of a buffer here. */
uint64_t carry_words(const uint8_t *base, const struct slots *slots);

/* ---- visit_revoke.c ---- */

/* Called while the window runs: takes the target's memory away when it is time, once. */
void stage_revoke(struct stage *s);

/* After that window: gives it back, finds out what works again, and ends the visit as `revoked`. */
void stage_revoked(struct stage *s);

/* ---- visit_limit.c ---- */

/* Route and bound by the topology. */
void visit_bound(struct visit *v, struct row *row);

/* On a software device: the bound is what the CPU copies. Overwrites the target. */
void stage_copy(struct stage *s);

/* The figure of a window against the bound. */
void stage_judge_bound(struct stage *s);

/* ---- visit_health.c ---- */

/* Return: does a device behind the target tell. */
bool visit_health(const struct visit *v, struct mem_health *out);

/* Flag and words for what has come up since @before. */
void row_health(struct row *row, const struct visit *v, const struct mem_health *before);

/* ---- visit_row.c ---- */

void row_state(struct row *row, const struct visit *v);
void row_cpus(struct row *row, const int *cpu, uint32_t n);
void row_latency(struct row *row, const struct hist *h, double ns_per_tick);

/* Everything a window gave, also one that is void. */
void row_window(struct row *row, const struct stage *s);

/* ---- visit_fault.c ---- */

/* End the visit as @status: cells reason, err_code, err_text. */
void visit_fail(struct visit *v, struct row *row, enum status status, int code, const char *reason,
		const struct err *e);

/* The same as `error`, or as `revoked` when that is because the target's memory is gone. */
void stage_fail(struct stage *s, int code, const char *reason, const struct err *e);

/* The window did not end well: which end, which queue pair, and why. */
void stage_fault(struct stage *s);

/* Asynchronous events since the last look. Return: 0; -EIO one of them ends the window. */
int stage_events(struct stage *s);

/* window_rule.watch: the same, and the setting `revoke`. */
int stage_watch(void *arg);

#endif
