// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * One thread a lane. They are made and pinned first and wait for a common start, so that none measures while
 * another is still being made. After the stop each takes back what it has in flight, and after WRITEs and
 * SENDs finds out how long the last of them took to be placed.
 */
#include "meas/runner.h"

#include <errno.h>
#include <math.h>
#include <sched.h>
#include <stdlib.h>
#include <sys/resource.h>

#include "base/err.h"
#include "stats/stats.h"

enum { IDLE_READS = 5 };

/* Time of one READ behind everything, on every queue pair that wrote. */
static int time_fence(struct lane *l, int64_t deadline_ns, double *ns)
{
	int64_t t0 = clock_raw_ns();
	int rc = lane_fence(l, deadline_ns);

	*ns = (double)(clock_raw_ns() - t0);
	return rc;
}

/* The first READ waits for the last writes, those after it for nothing. */
static int place(struct lane *l, int64_t deadline_ns, double *drain_ns)
{
	double first, idle[IDLE_READS];
	int rc = time_fence(l, deadline_ns, &first);

	for (int i = 0; i < IDLE_READS && !rc; i++)
		rc = time_fence(l, deadline_ns, &idle[i]);
	if (!rc)
		*drain_ns = fmax(first - stats_median_ci(idle, IDLE_READS).median, 0.0);
	return rc;
}

/* What other lanes still have in flight would be in this one's way: wait for the last. Each tells in time. */
static void wait_until_quiet(struct crew *c)
{
	while (atomic_load(&c->quiet) < c->n)
		sched_yield();
}

static void settle(struct runner *r)
{
	struct crew *c = r->crew;

	if (!r->rc && c->settle)
		r->rc = lane_drain(r->lane, clock_raw_ns() + c->rule->timeout_ns);
	atomic_fetch_add(&c->quiet, 1);
	if (r->rc || !c->settle || !op_accepted_only(c->op))
		return;
	wait_until_quiet(c);
	r->rc = place(r->lane, clock_raw_ns() + c->rule->timeout_ns, &r->drain_ns);
}

static bool wait_for_start(struct crew *c)
{
	bool go;

	pthread_mutex_lock(&c->lock);
	c->ready++;
	pthread_cond_broadcast(&c->change);
	while (!c->start)
		pthread_cond_wait(&c->change, &c->lock);
	go = c->start > 0;
	pthread_mutex_unlock(&c->lock);
	return go;
}

static void *runner_main(void *arg)
{
	struct runner *r = arg;
	struct rusage before, after;
	int cpu;

	if (!wait_for_start(r->crew))
		return NULL;
	cpu = sched_getcpu();
	getrusage(RUSAGE_THREAD, &before);
	r->rc = r->crew->op->run(r->lane, &r->crew->stop);
	getrusage(RUSAGE_THREAD, &after);
	r->migrated = r->cpu >= 0 && (cpu != r->cpu || sched_getcpu() != cpu);
	r->nivcsw = after.ru_nivcsw - before.ru_nivcsw;
	r->faults = after.ru_minflt + after.ru_majflt - before.ru_minflt - before.ru_majflt;
	if (!atomic_load(&r->crew->stop))
		atomic_store(&r->ended, true);
	settle(r);
	return NULL;
}

static int start_thread(struct runner *r, struct err *e)
{
	pthread_attr_t attr;
	cpu_set_t set;
	int rc;

	pthread_attr_init(&attr);
	if (r->cpu >= 0) {
		CPU_ZERO(&set);
		CPU_SET(r->cpu, &set);
		pthread_attr_setaffinity_np(&attr, sizeof(set), &set);
	}
	rc = pthread_create(&r->thread, &attr, runner_main, r);
	pthread_attr_destroy(&attr);
	if (!rc)
		return 0;
	if (rc == EINVAL && r->cpu >= 0)
		return err_set(e, -EAGAIN,
			       "cannot start a thread on CPU %d: it is offline or not allowed here", r->cpu);
	return err_set(e, -EAGAIN, "cannot start thread %u of %u: %s", (uint32_t)(r - r->crew->runner) + 1,
		       r->crew->n, err_name(rc));
}

static int allocate(struct crew *c)
{
	c->runner = calloc(c->n, sizeof(*c->runner));
	for (uint32_t i = 0; c->runner && i < c->n; i++) {
		c->runner[i].hist = malloc(RUNNER_HISTS * sizeof(struct hist));
		if (!c->runner[i].hist)
			return -ENOMEM;
		for (int k = 0; k < RUNNER_HISTS; k++)
			hist_clear(&c->runner[i].hist[k]);
	}
	return c->runner ? 0 : -ENOMEM;
}

static void prepare(struct runner *r, struct crew *c, uint32_t i, struct lane *l)
{
	r->crew = c;
	r->lane = l;
	r->cpu = c->rule->cpu ? c->rule->cpu[i] : -1;
	r->drain_ns = (double)NAN;
	atomic_store(&l->hist, &r->hist[RUNNER_REST]);
	atomic_store(&l->lag, &r->hist[RUNNER_REST]);
	atomic_store(&l->done, 0);
	atomic_store(&l->sends, 0);
	atomic_store(&l->late, 0);
}

static void wait_until_ready(struct crew *c)
{
	pthread_mutex_lock(&c->lock);
	while (c->ready < c->started)
		pthread_cond_wait(&c->change, &c->lock);
	pthread_mutex_unlock(&c->lock);
}

static void announce(struct crew *c, int start)
{
	pthread_mutex_lock(&c->lock);
	c->start = start;
	pthread_cond_broadcast(&c->change);
	pthread_mutex_unlock(&c->lock);
}

static void join(struct crew *c)
{
	for (uint32_t i = 0; i < c->started; i++)
		pthread_join(c->runner[i].thread, NULL);
	c->started = 0;
}

int crew_open(struct crew *c, struct lane *lanes, uint32_t n, const struct op *op,
	      const struct window_rule *rule, struct err *e)
{
	int rc;

	*c = (struct crew){.op = op, .rule = rule, .n = n};
	pthread_mutex_init(&c->lock, NULL);
	pthread_cond_init(&c->change, NULL);
	rc = allocate(c);
	if (rc)
		err_set(e, rc, "window: out of memory for the histograms of %u threads", n);
	for (uint32_t i = 0; i < n && !rc; i++) {
		prepare(&c->runner[i], c, i, &lanes[i]);
		rc = start_thread(&c->runner[i], e);
		c->started += !rc;
	}
	if (!rc) {
		wait_until_ready(c);
		return 0;
	}
	announce(c, -1);
	join(c);
	crew_close(c);
	return rc;
}

void crew_start(struct crew *c)
{
	announce(c, 1);
}

void crew_stop(struct crew *c, bool settle)
{
	c->settle = settle;
	atomic_store(&c->stop, true);
	join(c);
}

void crew_close(struct crew *c)
{
	for (uint32_t i = 0; c->runner && i < c->n; i++)
		free(c->runner[i].hist);
	free(c->runner);
	c->runner = NULL;
	pthread_cond_destroy(&c->change);
	pthread_mutex_destroy(&c->lock);
}
