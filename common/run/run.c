// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Before the first window: machines, NICs and setups (station.c), and whether any point can be run. The
 * schedule itself is schedule.c.
 */
#include "run/run.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "meas/window.h"
#include "run/reach_far.h"
#include "run/station.h"

/* For people, and the CPU whose state the gates look at. */
static void describe_places(struct run *r)
{
	for (size_t i = r->stations; i-- > 0;) {
		struct station *s = r->station[i];
		struct point none = {0};

		none.v[AX_CPU] = none.v[AX_NUMA] = AXIS_EMPTY;
		places_cpus(&s->here.places, &none, &r->cpu, 1, NULL);
		s->spilled = places_about(&s->here.places, s->threads ? s->threads : 1, s->places_why);
	}
}

static int open_setups(struct run *r, const struct mark **where, struct err *e)
{
	for (size_t i = 0; i < r->stations; i++) {
		struct station *s = r->station[i];
		int rc = station_setup(r, s, e);

		*where = s->setup.blame;
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

static int open_all(struct run *r, const struct mark **where, struct err *e)
{
	int rc = side_open_here(&r->here, e);

	window_cpus(&r->cpu, 1);
	if (!rc)
		rc = side_open_there(r->in.host, &r->here, &r->there, e);
	if (!rc)
		rc = mem_ctx_open(r->in.sys, r->here.topo, &r->mem, e);
	if (!rc)
		rc = stations_open(r, where, e);
	if (!rc)
		rc = check_any(r, e);
	if (!rc)
		rc = open_setups(r, where, e);
	return rc ? rc : check_any(r, e);
}

int run_open(const struct run_input *in, struct run **out, const struct mark **where, struct err *e)
{
	struct run *r = calloc(1, sizeof(*r));
	int rc;

	*where = NULL;
	if (!r)
		return err_set(e, -ENOMEM, "out of memory");
	r->in = *in;
	r->points = plan_points(in->plan);
	rc = open_all(r, where, e);
	if (rc) {
		run_close(r);
		return rc;
	}
	describe_places(r);
	*out = r;
	return 0;
}

void run_close(struct run *r)
{
	for (size_t i = 0; r && i < r->stations; i++)
		station_close(r, r->station[i]);
	if (r) {
		mem_ctx_close(r->mem);
		side_close(&r->there);
		side_close(&r->here);
		free(r->station);
	}
	free(r);
}

int run_peer_alive(const struct run *r, struct err *e)
{
	cpu_set_t cpus;
	int rc = r->there.host ? reach_far_cpus(r->there.host, &cpus, e) : 0;

	return side_died(rc) ? rc : 0;
}

const struct topo *run_topo(const struct run *r, enum run_side side, const char **why)
{
	const struct side *s = side == RUN_THERE ? &r->there : &r->here;

	*why = s->topo ? "" : s->topo_err.text;
	return s->topo;
}

size_t run_pairs(const struct run *r)
{
	return r->stations;
}

void run_pair(const struct run *r, size_t i, struct run_pair *out)
{
	const struct station *s = r->station[i];

	*out = (struct run_pair){
		.nic = s->at_nic,
		.peer = s->at_peer,
		.loop = s->loop,
		.here = {&s->here.attr, s->here.places.nic_fn},
		.there = {&s->there.attr, s->there.places.nic_fn},
		.cm = s->cm.mtu ? &s->cm : NULL,
		.net = s->net.name,
		.cpus = s->places_why,
		.spilled = s->spilled,
	};
}

int run_lane_cpus(const struct run *r, const struct point *pt, int *cpu, uint32_t n)
{
	const struct station *s = run_station(r, pt);

	return s ? places_cpus(&s->here.places, pt, cpu, n, NULL) : -ENODEV;
}

const struct nic_attr *run_nic_attr(const struct run *r, size_t i)
{
	for (size_t k = 0; k < r->stations; k++) {
		const struct station *s = r->station[k];

		if (s->at_nic == i)
			return &s->here.attr;
		if (s->at_peer == i && s->there.nic)
			return &s->there.attr;
	}
	return NULL;
}

const struct reach *run_reach(const struct run *r, size_t pair, size_t memory)
{
	const struct station *s = r->station[pair];

	return s->way[memory].reach.n ? &s->way[memory].reach : NULL;
}

int run_cpu(const struct run *r)
{
	return r->cpu;
}
