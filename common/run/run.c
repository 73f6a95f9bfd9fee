// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Before the first window: NICs and setups (station.c), and whether any point can be run. The schedule itself
 * is schedule.c.
 */
#include "run/run.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "meas/window.h"
#include "run/station.h"

/* For people, and the CPU whose state the gates look at. */
static void describe_places(struct run *r)
{
	for (size_t i = r->in.config->n_nics; i-- > 0;) {
		struct station *s = &r->station[i];
		struct point none = {0};

		if (!s->nic)
			continue;
		none.v[AX_CPU] = none.v[AX_NUMA] = AXIS_EMPTY;
		places_cpus(&s->places, &none, &r->cpu, 1, NULL);
		s->spilled = places_about(&s->places, s->threads ? s->threads : 1, s->places_why);
	}
}

static int open_setups(struct run *r, const struct mark **where, struct err *e)
{
	for (size_t i = 0; i < r->in.config->n_nics; i++) {
		struct station *s = &r->station[i];
		int rc = s->nic ? station_setup(r, s, e) : 0;

		*where = s->nic ? s->setup.blame : NULL;
		if (rc)
			return rc;
	}
	return 0;
}

/* Targets that cannot be registered are known now: is there a point left? */
static int check_any(const struct run *r, struct err *e)
{
	struct chosen first = {0}, use;
	struct point pt;

	for (size_t i = 0; i < r->points; i++) {
		plan_point(r->in.plan, i, &pt);
		if (!run_takes(r, &pt, i ? &use : &first))
			return 0;
	}
	err_set(e, -ENOTSUP, "none of the %zu planned points can be run; the first: %.420s", r->points,
		first.why);
	return err_hint(e, -ENOTSUP, "`p2pbench plan` lists what each sweep asks for");
}

int run_open(const struct run_input *in, struct run **out, const struct mark **where, struct err *e)
{
	struct run *r = calloc(1, sizeof(*r));
	int rc = 0;

	*where = NULL;
	if (r) {
		r->in = *in;
		r->points = plan_points(in->plan);
		r->station = calloc(in->config->n_nics, sizeof(*r->station));
	}
	if (!r || !r->station) {
		free(r);
		return err_set(e, -ENOMEM, "out of memory");
	}
	if (sched_getaffinity(0, sizeof(r->allowed), &r->allowed))
		rc = err_set(e, -errno, "sched_getaffinity: %s", err_name(errno));
	window_cpus(&r->cpu, 1);
	/* Without it limits stay unknown and CPUs are chosen as on a machine that says nothing. */
	if (topo_open(NULL, &r->topo, &r->topo_err))
		r->topo = NULL;
	if (!rc)
		rc = mem_ctx_open(in->sys, r->topo, &r->mem, e);
	if (!rc)
		rc = stations_open(r, where, e);
	if (!rc)
		rc = check_any(r, e);
	if (!rc)
		rc = open_setups(r, where, e);
	if (!rc)
		rc = check_any(r, e);
	if (!rc)
		describe_places(r);
	if (rc) {
		run_close(r);
		return rc;
	}
	*out = r;
	return 0;
}

void run_close(struct run *r)
{
	for (size_t i = 0; r && r->station && i < r->in.config->n_nics; i++)
		station_close(&r->station[i]);
	if (r) {
		mem_ctx_close(r->mem);
		topo_close(r->topo);
		free(r->station);
	}
	free(r);
}

const struct topo *run_topo(const struct run *r, const char **why)
{
	*why = r->topo ? "" : r->topo_err.text;
	return r->topo;
}

const char *run_places(const struct run *r, size_t i, unsigned int *spilled)
{
	*spilled = r->station[i].spilled;
	return r->station[i].places_why;
}

int run_lane_cpus(const struct run *r, const struct point *pt, int *cpu, uint32_t n)
{
	const struct station *s = &r->station[pt->v[AX_NIC]];

	return s->nic ? places_cpus(&s->places, pt, cpu, n, NULL) : -ENODEV;
}

int run_nic_fn(const struct run *r, size_t i)
{
	return r->station[i].nic ? r->station[i].places.nic_fn : -1;
}

const struct nic_attr *run_nic_attr(const struct run *r, size_t i)
{
	return r->station[i].nic ? nic_attr(r->station[i].nic) : NULL;
}

const struct reach *run_reach(const struct run *r, size_t nic, size_t memory)
{
	const struct station *s = &r->station[nic];

	return s->nic && s->way[memory].reach.n ? &s->way[memory].reach : NULL;
}

int run_cpu(const struct run *r)
{
	return r->cpu;
}
