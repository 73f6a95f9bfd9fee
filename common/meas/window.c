// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Timing a lane from outside. The edges of a window are taken on a change of the lane's counter, so
 * that the window holds whole completions; its ten slices are for drift only and are not aligned.
 */
#include "meas/window.h"

#include <errno.h>
#include <math.h>
#include <pthread.h>
#include <sched.h>
#include <stdlib.h>
#include <sys/resource.h>

#include "base/err.h"
#include "stats/stats.h"

enum { SLICES = 10, SLOPE_MIN_OPS = 1000 };
#define POLL_NS 200000ll    /* how often the counter is looked at while waiting */
#define EDGE_NS 100000000ll /* longest spin for a counter change */

/* The lane's thread and what it reports back. */
struct runner {
	struct lane *lane;
	const struct op *op;
	atomic_bool stop;
	atomic_bool ended; /* the loop returned by itself: a fault */
	int64_t drain_ns;  /* longest wait for what is in flight after the stop */
	int rc;
	long nivcsw, faults;
};

struct sample {
	int64_t t_ns;
	uint64_t done;
};

static void *runner_main(void *arg)
{
	struct runner *r = arg;
	struct rusage before, after;

	getrusage(RUSAGE_THREAD, &before);
	r->rc = r->op->run(r->lane, &r->stop);
	getrusage(RUSAGE_THREAD, &after);
	r->nivcsw = after.ru_nivcsw - before.ru_nivcsw;
	r->faults = after.ru_minflt + after.ru_majflt - before.ru_minflt - before.ru_majflt;
	atomic_store(&r->ended, true);
	return NULL;
}

static struct sample sample_now(const struct lane *l)
{
	struct sample s = {.done = atomic_load_explicit(&l->done, memory_order_acquire)};

	s.t_ns = clock_raw_ns();
	return s;
}

/*
 * The instant of the next completion. Without a CPU of its own the lane would wait for us: then, and when
 * none comes for EDGE_NS, the edge is wherever we are, and the window says so.
 */
static struct sample sample_edge(const struct runner *r, bool spin, bool *unaligned)
{
	struct sample first = sample_now(r->lane), s = first;

	while (spin && s.done == first.done && s.t_ns - first.t_ns < EDGE_NS && !atomic_load(&r->ended))
		s = sample_now(r->lane);
	*unaligned |= s.done == first.done;
	return s;
}

static void nap(int64_t ns)
{
	struct timespec ts = {.tv_sec = ns / 1000000000, .tv_nsec = ns % 1000000000};

	clock_nanosleep(CLOCK_MONOTONIC, 0, &ts, NULL);
}

/* What a stretch of waiting is for: at least @min_ns and @min_done after @from, at most @max_ns. */
struct stretch {
	struct sample from;
	int64_t min_ns, max_ns;
	uint64_t min_done;
	int64_t timeout_ns;
};

static int64_t next_nap(const struct stretch *w, int64_t now_ns)
{
	int64_t left = w->from.t_ns + w->min_ns - now_ns;

	return left > 0 && left < POLL_NS ? left : POLL_NS;
}

/* Sleep until the stretch is over. Counters that stand still for timeout_ns end it. */
static enum window_end wait_stretch(const struct runner *r, const struct stretch *w)
{
	struct sample progress = w->from;

	for (;;) {
		struct sample now = sample_now(r->lane);
		int64_t t = now.t_ns - w->from.t_ns;

		if (atomic_load(&r->ended))
			return WINDOW_FAULT;
		if (now.done != progress.done)
			progress = now;
		if (now.t_ns - progress.t_ns >= w->timeout_ns)
			return WINDOW_TIMEOUT;
		if (t >= w->min_ns && now.done - w->from.done >= w->min_done)
			return WINDOW_OK;
		/* Nothing completed yet: keep waiting for the first one until the timeout. */
		if (t >= w->max_ns && now.done != w->from.done)
			return WINDOW_OK;
		nap(next_nap(w, now.t_ns));
	}
}

static enum window_end warm_up(const struct runner *r, const struct window_rule *rule)
{
	struct stretch w = {
		.from = sample_now(r->lane),
		.min_ns = rule->warm_min_ns,
		.max_ns = rule->warm_max_ns,
		.min_done = rule->warm_done,
		.timeout_ns = rule->timeout_ns,
	};

	return wait_stretch(r, &w);
}

/* Theil-Sen slope of the slices' rates, scaled to the whole window, in percent of their median. */
static double slope_pct(const struct sample *s)
{
	double x[SLICES], rate[SLICES], sorted[SLICES];
	double slope;

	if (s[SLICES].done - s[0].done < SLOPE_MIN_OPS)
		return (double)NAN;
	for (int i = 0; i < SLICES; i++) {
		x[i] = i;
		rate[i] = (double)(s[i + 1].done - s[i].done) / (double)(s[i + 1].t_ns - s[i].t_ns);
		sorted[i] = rate[i];
	}
	slope = stats_slope(x, rate, SLICES);
	return slope * SLICES / stats_median_ci(sorted, SLICES).median * 100.0;
}

/* The timed part: edge, ten slices, edge. */
static enum window_end time_window(const struct runner *r, const struct window_rule *rule, bool spin,
				   struct hist *hist, struct hist *rest, struct window *out)
{
	struct sample s[SLICES + 1];
	struct stretch w = {.timeout_ns = rule->timeout_ns, .max_ns = rule->window_max_ns};
	enum window_end end = WINDOW_OK;

	s[0] = sample_edge(r, spin, &out->unaligned);
	atomic_store_explicit(&r->lane->hist, hist, memory_order_relaxed);
	for (int i = 1; i <= SLICES && end == WINDOW_OK; i++) {
		w.from = s[0];
		w.min_ns = rule->window_ns * i / SLICES;
		w.min_done = rule->window_done * (uint64_t)i / SLICES;
		end = wait_stretch(r, &w);
		s[i] = i < SLICES ? sample_now(r->lane) : sample_edge(r, spin, &out->unaligned);
	}
	atomic_store_explicit(&r->lane->hist, rest, memory_order_relaxed);
	if (end != WINDOW_OK)
		return end;
	out->ops = s[SLICES].done - s[0].done;
	out->window_ns = s[SLICES].t_ns - s[0].t_ns;
	out->coarse = out->ops < rule->window_done;
	out->slope_pct = slope_pct(s);
	return out->ops ? WINDOW_OK : WINDOW_TIMEOUT;
}

static int start_thread(struct runner *r, int cpu, pthread_t *thread, struct err *e)
{
	pthread_attr_t attr;
	cpu_set_t set;
	int rc;

	pthread_attr_init(&attr);
	CPU_ZERO(&set);
	if (cpu >= 0) {
		CPU_SET(cpu, &set);
		pthread_attr_setaffinity_np(&attr, sizeof(set), &set);
	}
	rc = pthread_create(thread, &attr, runner_main, r);
	pthread_attr_destroy(&attr);
	if (rc)
		return err_set(e, -rc, "cannot start a thread on CPU %d: %s", cpu, err_name(rc));
	return 0;
}

/* Keep the controlling thread off @cpu while a lane runs there; @old restores. */
static void step_aside(int cpu, cpu_set_t *old)
{
	cpu_set_t set;

	CPU_ZERO(old);
	if (sched_getaffinity(0, sizeof(*old), old) || cpu < 0)
		return;
	set = *old;
	CPU_CLR(cpu, &set);
	if (CPU_COUNT(&set))
		sched_setaffinity(0, sizeof(set), &set);
}

/* Take what is in flight; written data is in the target when this returns 0. */
static int settle(const struct runner *r)
{
	int64_t deadline = clock_raw_ns() + r->drain_ns;
	bool accepted_only = r->op->opcode == IBV_WR_RDMA_WRITE && !r->op->fence;
	int rc = lane_drain(r->lane, deadline);

	return rc || !accepted_only ? rc : lane_fence(r->lane, deadline);
}

static void finish(struct runner *r, pthread_t thread, struct window *out)
{
	atomic_store(&r->stop, true);
	pthread_join(thread, NULL);
	out->nivcsw = r->nivcsw;
	out->faults = r->faults;
	if (r->rc)
		out->end = WINDOW_FAULT;
	else if (out->end == WINDOW_OK && settle(r))
		out->end = r->lane->fault.status ? WINDOW_FAULT : WINDOW_TIMEOUT;
}

int window_run(struct lane *l, const struct op *op, const struct window_rule *rule, struct hist *hist,
	       struct window *out, struct err *e)
{
	struct runner r = {.lane = l, .op = op, .drain_ns = rule->timeout_ns};
	struct hist *rest = malloc(sizeof(*rest)); /* takes what is recorded outside the window */
	bool spin = rule->cpu >= 0;
	pthread_t thread;
	cpu_set_t old;
	int rc;

	*out = (struct window){.slope_pct = (double)NAN};
	if (!rest)
		return err_set(e, -ENOMEM, "window: out of memory");
	hist_clear(rest);
	if (hist)
		hist_clear(hist);
	atomic_store(&l->hist, rest);
	atomic_store(&l->done, 0);
	step_aside(rule->cpu, &old);
	rc = start_thread(&r, rule->cpu, &thread, e);
	if (!rc) {
		int64_t t0 = clock_raw_ns();

		out->end = warm_up(&r, rule);
		out->warmup_ns = clock_raw_ns() - t0;
		if (out->end == WINDOW_OK)
			out->end = time_window(&r, rule, spin, hist ? hist : rest, rest, out);
		finish(&r, thread, out);
	}
	if (CPU_COUNT(&old))
		sched_setaffinity(0, sizeof(old), &old);
	free(rest);
	return rc;
}

int window_cpu(void)
{
	cpu_set_t set;
	int last = -1;

	if (sched_getaffinity(0, sizeof(set), &set) || CPU_COUNT(&set) < 2)
		return -1;
	for (int i = 0; i < CPU_SETSIZE; i++)
		if (CPU_ISSET(i, &set))
			last = i;
	return last;
}
