// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Timing lanes from outside. Each lane's edges are taken on a change of its own counter, so that its part of
 * the window holds whole completions; the ten slices of all lanes together are for drift only and not
 * aligned.
 */
#include <errno.h>
#include <math.h>
#include <sched.h>
#include <stdlib.h>
#include <time.h>

#include "meas/runner.h"
#include "stats/stats.h"

enum { SLICES = 10, SLOPE_MIN_CQES = 1000 };
#define POLL_NS 200000ll    /* how often the counters are looked at while waiting */
#define EDGE_NS 100000000ll /* longest spin for counters to change, but for those that do so in turns */

static struct sample sample_now(const struct lane *l)
{
	struct sample s = {.done = atomic_load_explicit(&l->done, memory_order_acquire)};

	s.t_ns = clock_raw_ns();
	return s;
}

static struct sample sample_all(const struct crew *c)
{
	struct sample sum = {0};

	for (uint32_t i = 0; i < c->n; i++)
		sum.done += atomic_load_explicit(&c->runner[i].lane->done, memory_order_acquire);
	sum.t_ns = clock_raw_ns();
	return sum;
}

/* A fault of a lane or of the device. */
static bool broken(const struct crew *c, struct window *out)
{
	for (uint32_t i = 0; i < c->n; i++) {
		if (!atomic_load(&c->runner[i].ended))
			continue;
		out->end = WINDOW_FAULT;
		out->lane = i;
		return true;
	}
	if (!c->rule->watch || !c->rule->watch(c->rule->watch_arg))
		return false;
	out->end = WINDOW_FAULT;
	out->lane = UINT32_MAX;
	return true;
}

/* A lane whose counter stands still for timeout_ns, beyond what its own schedule lets it. */
static bool stuck(const struct crew *c, struct window *out)
{
	for (uint32_t i = 0; i < c->n; i++) {
		struct runner *r = &c->runner[i];
		struct sample now = sample_now(r->lane);

		if (now.done != r->track.seen.done)
			r->track.seen = now;
		if (now.t_ns - r->track.seen.t_ns < c->rule->timeout_ns + (int64_t)(2 * r->lane->interval_ns))
			continue;
		out->end = WINDOW_TIMEOUT;
		out->lane = i;
		return true;
	}
	return false;
}

/*
 * What a stretch of waiting is for: at least @min_ns and @min_done after @from, at most @max_ns.
 * @all: and until no lane is without a completion, however long that takes
 */
struct stretch {
	struct sample from;
	int64_t min_ns, max_ns;
	uint64_t min_done;
	bool all;
};

static bool all_moved(const struct crew *c)
{
	for (uint32_t i = 0; i < c->n; i++)
		if (!atomic_load_explicit(&c->runner[i].lane->done, memory_order_relaxed))
			return false;
	return true;
}

static bool stretch_over(const struct stretch *w, struct sample now)
{
	int64_t t = now.t_ns - w->from.t_ns;

	if (t >= w->min_ns && now.done - w->from.done >= w->min_done)
		return true;
	/* Nothing completed yet: keep waiting for the first one until the timeout. */
	return t >= w->max_ns && now.done != w->from.done;
}

static void nap(const struct stretch *w, int64_t now_ns)
{
	int64_t left = w->from.t_ns + w->min_ns - now_ns;
	struct timespec ts = {.tv_nsec = left > 0 && left < POLL_NS ? left : POLL_NS};

	clock_nanosleep(CLOCK_MONOTONIC, 0, &ts, NULL);
}

/* Sleep until the stretch is over. Return: false when something ended it before. */
static bool wait_stretch(const struct crew *c, const struct stretch *w, struct window *out)
{
	for (;;) {
		struct sample now = sample_all(c);

		if (broken(c, out) || stuck(c, out))
			return false;
		if (stretch_over(w, now) && (!w->all || all_moved(c)))
			return true;
		nap(w, now.t_ns);
	}
}

/*
 * The instant of the next completion of every lane. A lane without a CPU of its own would wait for us: then,
 * and when none comes for EDGE_NS, its edge is wherever we are, and the window says so.
 * @first: the edge before the window, which turns the recording on; else the one after, which turns it off.
 */
static void take_edge(struct runner *r, struct sample s, bool first)
{
	struct track *t = &r->track;
	struct lane *l = r->lane;
	uint64_t sends = atomic_load_explicit(&l->sends, memory_order_relaxed);
	uint64_t late = atomic_load_explicit(&l->late, memory_order_relaxed);

	t->to = s;
	if (first)
		t->from = s;
	t->sends = sends - t->sends;
	t->late = late - t->late;
	atomic_store_explicit(&l->hist, &r->hist[first ? RUNNER_LAT : RUNNER_REST], memory_order_relaxed);
	atomic_store_explicit(&l->lag, &r->hist[first ? RUNNER_LAG : RUNNER_REST], memory_order_relaxed);
}

/* Without an edge between two turns of a bounce the window would hold more of one stage than of the other. */
static bool in_turns(const struct lane *l)
{
	return l->step > l->per_cqe;
}

/* May the edge of @r still be waited for; @t0: since when. */
static bool may_wait(const struct runner *r, int64_t t0, int64_t now)
{
	bool turns = in_turns(r->lane);

	if (atomic_load(&r->ended) || now - t0 >= (turns ? r->crew->rule->timeout_ns : EDGE_NS))
		return false;
	if (r->cpu < 0 && turns)
		sched_yield();
	return r->cpu >= 0 || turns;
}

static void take_edges(const struct crew *c, bool first, bool *unaligned)
{
	int64_t t0 = clock_raw_ns();
	uint32_t left = c->n;

	for (uint32_t i = 0; i < c->n; i++) { /* t_ns == 0: not taken yet */
		struct runner *r = &c->runner[i];

		r->track.to = (struct sample){.done = sample_now(r->lane).done};
	}
	while (left) {
		for (uint32_t i = 0; i < c->n; i++) {
			struct runner *r = &c->runner[i];
			struct sample s;
			bool moved;

			if (r->track.to.t_ns) /* leave the line to the lane */
				continue;
			s = sample_now(r->lane);
			moved = s.done != r->track.to.done;
			if (!moved && may_wait(r, t0, s.t_ns))
				continue;
			*unaligned |= !moved;
			take_edge(r, s, first);
			left--;
		}
	}
}

/* Messages below which the slices say nothing: 1000 changes of a counter. */
static uint64_t least_to_judge(const struct crew *c)
{
	uint64_t step = 1;

	for (uint32_t i = 0; i < c->n; i++)
		if (c->runner[i].lane->step > step)
			step = c->runner[i].lane->step;
	return SLOPE_MIN_CQES * step;
}

/* Rates of the ten slices: their trend, the first, the odd ones. */
static void judge_slices(const struct crew *c, const struct sample *s, struct window *out)
{
	double x[SLICES], rate[SLICES], sorted[SLICES];
	struct median_ci m;

	if (s[SLICES].done - s[0].done < least_to_judge(c))
		return;
	for (int i = 0; i < SLICES; i++) {
		x[i] = i;
		rate[i] = (double)(s[i + 1].done - s[i].done) / (double)(s[i + 1].t_ns - s[i].t_ns);
		sorted[i] = rate[i];
	}
	m = stats_median_ci(sorted, SLICES);
	if (!(m.median > 0)) /* this thread was away for most of the window */
		return;
	out->slope_pct = stats_slope(x, rate, SLICES) * SLICES / m.median * 100.0;
	out->first_pct = (rate[0] / m.median - 1) * 100.0;
	out->outliers = (uint32_t)stats_outliers(rate, SLICES, m.median, m.mad);
}

/* Each lane's rate is its own: completions between its edges over the time between them. */
static void add_up(const struct crew *c, struct window *out)
{
	double rate = 0;

	for (uint32_t i = 0; i < c->n; i++) {
		const struct track *t = &c->runner[i].track;
		uint64_t ops = t->to.done - t->from.done;
		int64_t ns = t->to.t_ns - t->from.t_ns;

		out->ops += ops;
		rate += ns > 0 ? (double)ops / (double)ns : 0;
		out->sends += t->sends;
		out->late += t->late;
	}
	out->window_ns = rate > 0 ? llround((double)out->ops / rate) : 0;
	out->coarse = out->ops < c->rule->window_done;
	if (!out->ops)
		out->end = WINDOW_TIMEOUT;
}

static bool warm_up(const struct crew *c, struct window *out)
{
	const struct window_rule *rule = c->rule;
	struct stretch w = {
		.from = sample_all(c),
		.min_ns = rule->warm_min_ns,
		.max_ns = rule->warm_max_ns,
		.min_done = rule->warm_done,
		.all = true,
	};
	bool ok;

	for (uint32_t i = 0; i < c->n; i++)
		c->runner[i].track.seen = sample_now(c->runner[i].lane);
	ok = wait_stretch(c, &w, out);
	out->warmup_ns = clock_raw_ns() - w.from.t_ns;
	return ok;
}

/* The timed part: edges, ten slices, edges. */
static void time_window(const struct crew *c, struct window *out)
{
	const struct window_rule *rule = c->rule;
	struct sample s[SLICES + 1];
	struct stretch w = {0};

	take_edges(c, true, &out->unaligned);
	s[0] = sample_all(c);
	w.from = s[0];
	for (int i = 1; i <= SLICES; i++) {
		w.min_ns = rule->window_ns * i / SLICES;
		w.max_ns = rule->window_max_ns / SLICES * i;
		w.min_done = rule->window_done / SLICES * (uint64_t)i;
		if (i == SLICES) {
			w.max_ns = rule->window_max_ns;
			w.min_done = rule->window_done;
		}
		if (!wait_stretch(c, &w, out))
			return;
		s[i] = sample_all(c);
	}
	take_edges(c, false, &out->unaligned);
	if (broken(c, out))
		return;
	judge_slices(c, s, out);
	add_up(c, out);
}

void crew_time(struct crew *c, struct window *out)
{
	if (warm_up(c, out))
		time_window(c, out);
}
