// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* One visit: the crew is made, timed, stopped and asked what happened. */
#include "meas/window.h"

#include <math.h>
#include <sched.h>

#include "base/err.h"
#include "meas/runner.h"

/* Keep the controlling thread, and lanes without a CPU of their own, off the CPUs of the others; @old
 * restores. */
static void step_aside(const struct window_rule *rule, uint32_t n, cpu_set_t *old)
{
	cpu_set_t set;

	CPU_ZERO(old);
	if (!rule->cpu || sched_getaffinity(0, sizeof(*old), old))
		return;
	set = *old;
	for (uint32_t i = 0; i < n; i++) {
		if (rule->cpu[i] >= 0)
			CPU_CLR(rule->cpu[i], &set);
		if (rule->copier_cpu && rule->copier_cpu[i] >= 0)
			CPU_CLR(rule->copier_cpu[i], &set);
	}
	if (CPU_COUNT(&set))
		sched_setaffinity(0, sizeof(set), &set);
}

/* How it ended, from the threads' own view: a fault says more than the silence that followed it. */
static void conclude(const struct crew *c, struct window *out)
{
	for (uint32_t i = 0; i < c->n; i++) {
		const struct runner *r = &c->runner[i];

		out->nivcsw += r->nivcsw;
		out->faults += r->faults;
		out->migrated |= r->migrated;
		if (!isnan(r->drain_ns) && !(r->drain_ns <= out->drain_ns))
			out->drain_ns = r->drain_ns;
		if (!r->rc || out->end == WINDOW_FAULT)
			continue;
		if (!r->lane->fault.status && out->end == WINDOW_TIMEOUT)
			continue;
		out->end = r->lane->fault.status ? WINDOW_FAULT : WINDOW_TIMEOUT;
		out->lane = i;
	}
}

static void merge(const struct crew *c, int which, struct hist *out)
{
	for (uint32_t i = 0; out && i < c->n; i++)
		hist_merge(out, &c->runner[i].hist[which]);
}

/* NOLINTNEXTLINE(readability-function-size): the parameters are window.h's */
int window_run(struct lane *lanes, uint32_t n, const struct op *op, const struct window_rule *rule,
	       struct hist *lat, struct hist *lag, struct window *out, struct err *e)
{
	struct crew crew;
	cpu_set_t old;
	int rc;

	*out = (struct window){.slope_pct = (double)NAN, .first_pct = (double)NAN, .drain_ns = (double)NAN};
	if (lat)
		hist_clear(lat);
	if (lag)
		hist_clear(lag);
	step_aside(rule, n, &old);
	rc = crew_open(&crew, lanes, n, op, rule, e);
	if (!rc) {
		crew_start(&crew);
		crew_time(&crew, out);
		crew_stop(&crew, out->end == WINDOW_OK);
		conclude(&crew, out);
		merge(&crew, RUNNER_LAT, lat);
		merge(&crew, RUNNER_LAG, lag);
		crew_close(&crew);
	}
	if (CPU_COUNT(&old))
		sched_setaffinity(0, sizeof(old), &old);
	return rc;
}

uint32_t window_cpus(int *cpu, uint32_t n)
{
	uint32_t own = 0, spare = 0;
	cpu_set_t set;

	if (!sched_getaffinity(0, sizeof(set), &set))
		spare = (uint32_t)CPU_COUNT(&set) - 1;
	for (int i = CPU_SETSIZE - 1; i >= 0 && own < n && own < spare; i--)
		if (CPU_ISSET(i, &set))
			cpu[own++] = i;
	for (uint32_t i = own; i < n; i++)
		cpu[i] = -1;
	return own;
}
