// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * What all points need of a pair of NICs, and its setup. In a run it is asked again when a setup cannot be
 * had: the device or the path may be gone.
 */
#include "run/station_parts.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "run/canary.h"
#include "topo/tags.h"

struct station *run_station(const struct run *r, const struct point *pt)
{
	size_t nic = (size_t)pt->v[AX_NIC];
	size_t peer = pt->v[AX_PEER_NIC] == AXIS_EMPTY ? nic : (size_t)pt->v[AX_PEER_NIC];

	for (size_t i = 0; i < r->stations; i++)
		if (r->station[i]->at_nic == nic && r->station[i]->at_peer == peer)
			return r->station[i];
	return NULL;
}

static struct support_ends ends_of(const struct station *s)
{
	return (struct support_ends){&s->here.attr, &s->there.attr, s->loop};
}

/* Of a station with everything known of it. */
static const char *station_takes(const struct run *r, const struct station *s, const struct point *pt,
				 struct chosen *out)
{
	const struct way *way = &s->way[pt->v[AX_TARGET]];
	const struct run_input *in = &r->in;
	const struct support_ends ends = ends_of(s);
	const char *why = support_lacks(&ends, &r->here.allowed, pt, run_find_op(in->ops, pt), out->why,
					sizeof(out->why));

	if (why)
		return why;
	why = choose_point(&in->config->sweeps[pt->sweep].set, &s->there.places, &s->there.attr, &way->reach,
			   pt, out);
	/* `auto` and fallbacks come to what was not asked. */
	if (!why && out->pt.v[AX_INTERCONNECT] != pt->v[AX_INTERCONNECT])
		why = run_unsupported(in->config, in->ops, &out->pt, out->why, sizeof(out->why));
	if (!why && s->open && !way->lost[0])
		why = setup_lacks(&s->setup, &out->pt);
	return why;
}

const char *run_takes(const struct run *r, const struct point *pt, struct chosen *out)
{
	const struct station *s = run_station(r, pt);
	const struct run_input *in = &r->in;
	const char *why = run_unsupported(in->config, in->ops, pt, out->why, sizeof(out->why));
	struct err e = {0};
	int first;

	if (why || !s)
		return why ? why : "its NICs are not open";
	why = station_takes(r, s, pt, out);
	if (!why && places_cpus(&s->here.places, pt, &first, 1, &e))
		why = e.text;
	if (why && why != out->why)
		snprintf(out->why, sizeof(out->why), "%.500s", why);
	return why ? out->why : NULL;
}

/* What the points need of @s. @where: as stations_open(). */
static int sum_points(struct run *r, struct station *s, const struct mark **where, struct err *e)
{
	const struct support_ends ends = ends_of(s);
	const struct config *c = r->in.config;
	struct chosen use;
	struct point pt;

	for (size_t i = 0; i < r->points; i++) {
		const struct op *op;
		int rc;

		plan_point(r->in.plan, i, &pt);
		if (run_station(r, &pt) != s || (s->way[pt.v[AX_TARGET]].lost[0]) || run_takes(r, &pt, &use))
			continue;
		if (pt.v[AX_THREADS] > s->threads)
			s->threads = (uint32_t)pt.v[AX_THREADS];
		op = run_find_op(r->in.ops, &use.pt);
		rc = support_limits(&ends, c, &use.pt, op, where, e);
		if (rc)
			return rc;
		if (setup_need_add(&s->need, c, &use.pt, op))
			return err_set(e, -ENOMEM, "out of memory for what %zu points need", r->points);
	}
	return 0;
}

/* The node of memory @m near or far from the NIC at one end. */
static int find_node(const struct config_memory *m, const struct end *end, int64_t *node,
		     const struct mark **where, struct err *e)
{
	struct err why = {0};
	int found = places_node(&end->places, m->numa, &why);

	if (found >= 0) {
		*node = found;
		return 0;
	}
	*where = &m->mark;
	err_set(e, found, "memory '%s': numa %s: %.300s", m->name, m->numa == PLACE_NEAR ? "near" : "far",
		why.text);
	return err_hint(e, found, "give the node as a number; `p2pbench topo` shows them");
}

static int find_nodes(const struct run *r, struct station *s, const struct mark **where, struct err *e)
{
	struct setup_need *need = &s->need;
	int rc = 0;

	for (size_t i = 0; !rc && i < r->in.config->n_memory; i++) {
		const struct config_memory *m = &r->in.config->memory[i];

		if (m->numa == CONFIG_NUMA_ANY)
			continue;
		if (need->source[i])
			rc = find_node(m, &s->here, &need->numa[i], where, e);
		if (!rc && need->memory[i])
			rc = find_node(m, &s->there, &need->far_numa[i], where, e);
	}
	return rc;
}

/* More tags than the NIC has room for at a time: the driver would register without and not say so. */
static void count_tags(const struct run *r, struct station *s)
{
	struct topo_tags tags;

	if (!r->there.topo || s->there.places.nic_fn < 0)
		return;
	tags = topo_tags(r->there.topo, s->there.places.nic_fn);
	if (tags.live && tags.live < setup_need_tags(&s->need))
		s->need.on_demand = true;
}

static int sum_needs(struct run *r, struct station *s, const struct mark **where, struct err *e)
{
	bool on_demand = s->need.on_demand;
	int rc;

	setup_need_close(&s->need);
	rc = setup_need_open(r->in.config, s->here.attr.wr_api, &s->need);
	if (rc)
		return err_set(e, rc, "out of memory");
	s->need.on_demand = on_demand;
	rc = sum_points(r, s, where, e);
	if (!rc && canary_need(r, s))
		rc = err_set(e, -ENOMEM, "out of memory");
	if (rc)
		return rc;
	setup_need_done(&s->need);
	count_tags(r, s);
	return find_nodes(r, s, where, e);
}

int stations_open(struct run *r, const struct mark **where, struct err *e)
{
	int rc = stations_ways(r, where, e);

	for (size_t i = 0; !rc && i < r->stations; i++)
		rc = sum_needs(r, r->station[i], where, e);
	return rc;
}

void station_close(const struct run *r, struct station *s)
{
	if (s->open)
		setup_close(&s->setup);
	setup_need_close(&s->need);
	if (!s->loop)
		nic_close(s->there.nic);
	nic_close(s->here.nic);
	for (size_t i = 0; s->way && i < r->in.config->n_memory; i++)
		json_decref(s->way[i].held);
	free(s->way);
	free(s);
}

static int make_setup(struct run *r, struct station *s, struct err *e)
{
	const struct setup_ends ends = {
		.nic = s->here.nic,
		.there = s->there.nic,
		.mem = r->mem,
		.host = r->there.host,
		.peer = s->there.config,
	};

	return setup_open(&ends, r->in.config, &s->need, &s->setup, e);
}

static int open_setup(struct run *r, struct station *s, struct err *e)
{
	int rc = make_setup(r, s, e);
	bool again;

	/* Others hold tags too. */
	if (rc == -EBUSY && !s->need.on_demand) {
		s->need.on_demand = true;
		rc = make_setup(r, s, e);
	}
	if (rc != -EIO && rc != -ENODEV)
		return rc;
	again = station_reopen(&s->here);
	if (s->loop)
		s->there.nic = s->here.nic;
	else
		again |= station_reopen(&s->there);
	return again ? make_setup(r, s, e) : rc;
}

/* What is known of a memory that cannot be had stays known: it may come back. */
static void try_again(struct run *r, struct station *s, size_t memory)
{
	struct way *w = &s->way[memory];
	struct reach known = w->reach;
	struct err gone = {0};
	int rc;

	w->lost[0] = '\0';
	rc = station_try_way(r, s, memory, &gone);
	if (!rc)
		return;
	w->reach = known;
	/* A peer tries beside its responders, of which another one may have the device open. */
	if (r->there.host && rc == -EBUSY)
		return;
	snprintf(w->lost, sizeof(w->lost), "%.190s", gone.text);
}

/* Which ways are left, and what the points then need. */
static int negotiate(struct run *r, struct station *s, struct err *e)
{
	const struct mark *where;

	for (size_t i = 0; i < r->in.config->n_memory; i++)
		if (s->way[i].reach.n)
			try_again(r, s, i);
	return sum_needs(r, s, &where, e);
}

static bool any_lost(const struct run *r, const struct station *s)
{
	size_t i = 0;

	while (i < r->in.config->n_memory && !s->way[i].lost[0])
		i++;
	return i < r->in.config->n_memory;
}

static void keep_route(struct station *s)
{
	for (size_t i = 0; i < s->setup.n_links; i++)
		if (s->setup.link[i].cm)
			nic_cm_route(s->setup.link[i].cm, &s->cm);
}

int station_setup(struct run *r, struct station *s, struct err *e)
{
	bool lost = any_lost(r, s);
	int rc = lost ? negotiate(r, s, e) : 0;

	if (!rc)
		rc = open_setup(r, s, e);
	if (rc && s->opened && !lost && !negotiate(r, s, e))
		rc = open_setup(r, s, e);
	if (!rc)
		keep_route(s);
	s->open = s->fresh = !rc;
	s->opened |= !rc;
	return rc;
}
