// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * A NIC of the plan: opened, its ways to each memory tried, what all points need of it summed up, its setup
 * built. In a run it is asked again when a setup cannot be had: the device or the path may be gone.
 */
#include "run/station.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "run/canary.h"
#include "run/limits.h"
#include "topo/tags.h"

const char *run_takes(const struct run *r, const struct point *pt, struct chosen *out)
{
	const struct station *s = &r->station[pt->v[AX_NIC]];
	const struct run_input *in = &r->in;
	const char *why = run_unsupported(in->config, in->ops, pt, out->why, sizeof(out->why));
	struct err e = {0};
	int first;

	if (!why)
		why = support_lacks(nic_attr(s->nic), &r->allowed, pt, run_find_op(in->ops, pt), out->why,
				    sizeof(out->why));
	if (why)
		return why;
	why = choose_point(&in->config->sweeps[pt->sweep].set, &s->places, nic_attr(s->nic),
			   &s->way[pt->v[AX_TARGET]].reach, pt, out);
	/* `auto` and fallbacks come to what was not asked. */
	if (!why && out->pt.v[AX_INTERCONNECT] != pt->v[AX_INTERCONNECT])
		why = run_unsupported(in->config, in->ops, &out->pt, out->why, sizeof(out->why));
	if (!why && s->open && !s->way[pt->v[AX_TARGET]].lost[0])
		why = setup_lacks(&s->setup, &out->pt);
	if (!why && places_cpus(&s->places, pt, &first, 1, &e))
		why = e.text;
	if (why && why != out->why)
		snprintf(out->why, sizeof(out->why), "%.500s", why);
	return why ? out->why : NULL;
}

/* A misspelt device gets the name that was probably meant as its hint. */
static void suggest_device(const char *device, struct err *e)
{
	struct nic_entry *list;
	const char **names, *near = NULL;
	int n = nic_list(&list, NULL);

	if (n < 0)
		return;
	names = calloc((size_t)n + 1, sizeof(const char *));
	for (int i = 0; names && i < n; i++)
		names[i] = list[i].name;
	if (names)
		near = diag_nearest(device, names);
	if (near && strcmp(near, device) != 0)
		err_hint(e, -ENODEV, "did you mean '%s'? `p2pbench list devices` lists all", near);
	free(names);
	free(list);
}

static int open_nic(struct run *r, size_t i, const struct mark **where, struct err *e)
{
	const struct config_nic *n = &r->in.config->nics[i];
	struct station *s = &r->station[i];
	int rc;

	*where = &n->mark;
	rc = nic_open(n->device, (int)n->port, (int)n->gid_index, &s->nic, e);
	if (rc == -ENODEV)
		suggest_device(n->device, e);
	if (rc)
		return rc;
	*where = NULL;
	s->places = (struct places){
		.topo = r->topo,
		.nic_fn = limits_nic(r->topo, nic_attr(s->nic)),
		.software = nic_attr(s->nic)->evidence == NIC_SOFTWARE,
		.allowed = &r->allowed,
	};
	s->way = calloc(r->in.config->n_memory, sizeof(*s->way));
	return s->way ? 0 : err_set(e, -ENOMEM, "out of memory");
}

static int try_way(struct run *r, struct station *s, size_t memory, struct err *e)
{
	struct config_memory m = r->in.config->memory[memory];
	int node = m.numa == CONFIG_NUMA_ANY ? CONFIG_NUMA_ANY : places_node(&s->places, m.numa, NULL);

	m.numa = node < 0 ? CONFIG_NUMA_ANY : node;
	return reach_try(s->nic, r->mem, r->topo, s->places.nic_fn, &m, &s->way[memory].reach, e);
}

/* The NICs and ways of all points that this version runs. */
static int open_ways(struct run *r, const struct mark **where, struct err *e)
{
	const struct config *c = r->in.config;
	struct point pt;
	char why[CHOOSE_WHY];
	int rc = 0;

	for (size_t i = 0; !rc && i < r->points; i++) {
		struct station *s;
		size_t memory;

		plan_point(r->in.plan, i, &pt);
		if (run_unsupported(c, r->in.ops, &pt, why, sizeof(why)))
			continue;
		s = &r->station[pt.v[AX_NIC]];
		memory = (size_t)pt.v[AX_TARGET];
		if (!s->nic)
			rc = open_nic(r, (size_t)pt.v[AX_NIC], where, e);
		if (rc || s->way[memory].reach.tried)
			continue;
		rc = try_way(r, s, memory, e);
		*where = rc ? &c->memory[memory].mark : NULL;
	}
	return rc;
}

/* What the points need of @s. @where: as stations_open(). */
static int sum_points(struct run *r, struct station *s, const struct mark **where, struct err *e)
{
	const struct config *c = r->in.config;
	struct chosen use;
	struct point pt;

	for (size_t i = 0; i < r->points; i++) {
		const struct op *op;
		int rc;

		plan_point(r->in.plan, i, &pt);
		if (&r->station[pt.v[AX_NIC]] != s || (s->way[pt.v[AX_TARGET]].lost[0]) ||
		    run_takes(r, &pt, &use))
			continue;
		if (pt.v[AX_THREADS] > s->threads)
			s->threads = (uint32_t)pt.v[AX_THREADS];
		op = run_find_op(r->in.ops, &use.pt);
		rc = support_limits(nic_attr(s->nic), c, &use.pt, op, where, e);
		if (rc)
			return rc;
		if (setup_need_add(&s->need, c, &use.pt, op))
			return err_set(e, -ENOMEM, "out of memory for what %zu points need", r->points);
	}
	return 0;
}

/* The node of each memory that says near or far. */
static int find_nodes(const struct run *r, struct station *s, const struct mark **where, struct err *e)
{
	for (size_t i = 0; i < r->in.config->n_memory; i++) {
		const struct config_memory *m = &r->in.config->memory[i];
		struct err why = {0};
		int node;

		if (m->numa == CONFIG_NUMA_ANY || (!s->need.source[i] && !s->need.memory[i]))
			continue;
		node = places_node(&s->places, m->numa, &why);
		if (node < 0) {
			*where = &m->mark;
			err_set(e, node, "memory '%s': numa %s: %.300s", m->name,
				m->numa == PLACE_NEAR ? "near" : "far", why.text);
			return err_hint(e, node, "give the node as a number; `p2pbench topo` shows them");
		}
		s->need.numa[i] = node;
	}
	return 0;
}

/* More tags than the NIC has room for at a time: the driver would register without and not say so. */
static void count_tags(const struct run *r, struct station *s)
{
	struct topo_tags tags;

	if (!r->topo || s->places.nic_fn < 0)
		return;
	tags = topo_tags(r->topo, s->places.nic_fn);
	if (tags.live && tags.live < setup_need_tags(&s->need))
		s->need.on_demand = true;
}

static int sum_needs(struct run *r, struct station *s, const struct mark **where, struct err *e)
{
	bool on_demand = s->need.on_demand;
	int rc;

	setup_need_close(&s->need);
	rc = setup_need_open(r->in.config, nic_attr(s->nic)->wr_api, &s->need);
	if (rc)
		return err_set(e, rc, "out of memory");
	s->need.on_demand = on_demand;
	rc = sum_points(r, s, where, e);
	if (!rc && canary_need(r, (size_t)(s - r->station)))
		rc = err_set(e, -ENOMEM, "out of memory");
	if (rc)
		return rc;
	setup_need_done(&s->need);
	count_tags(r, s);
	return find_nodes(r, s, where, e);
}

int stations_open(struct run *r, const struct mark **where, struct err *e)
{
	int rc = open_ways(r, where, e);

	for (size_t i = 0; !rc && i < r->in.config->n_nics; i++)
		if (r->station[i].nic)
			rc = sum_needs(r, &r->station[i], where, e);
	return rc;
}

void station_close(struct station *s)
{
	if (s->open)
		setup_close(&s->setup);
	setup_need_close(&s->need);
	nic_close(s->nic);
	free(s->way);
}

static int open_setup(struct run *r, struct station *s, struct err *e)
{
	const struct config_nic *n = &r->in.config->nics[s - r->station];
	int rc = setup_open(s->nic, r->mem, r->in.config, &s->need, &s->setup, e);

	/* Others hold tags too. */
	if (rc == -EBUSY && !s->need.on_demand) {
		s->need.on_demand = true;
		rc = setup_open(s->nic, r->mem, r->in.config, &s->need, &s->setup, e);
	}
	/* A device that was reset or taken away and came back has to be opened anew. */
	if (rc == -EIO || rc == -ENODEV) {
		struct nic *again;

		if (!nic_open(n->device, (int)n->port, (int)n->gid_index, &again, NULL)) {
			nic_close(s->nic);
			s->nic = again;
			rc = setup_open(s->nic, r->mem, r->in.config, &s->need, &s->setup, e);
		}
	}
	return rc;
}

/* What is known of a memory that cannot be had stays known: it may come back. */
static void try_again(struct run *r, struct station *s, size_t memory)
{
	struct way *w = &s->way[memory];
	struct reach known = w->reach;
	struct err gone = {0};

	w->lost[0] = '\0';
	if (!try_way(r, s, memory, &gone))
		return;
	w->reach = known;
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

int station_setup(struct run *r, struct station *s, struct err *e)
{
	bool lost = any_lost(r, s);
	int rc = lost ? negotiate(r, s, e) : 0;

	if (!rc)
		rc = open_setup(r, s, e);
	if (rc && s->opened && !lost && !negotiate(r, s, e))
		rc = open_setup(r, s, e);
	s->open = s->fresh = !rc;
	s->opened |= !rc;
	return rc;
}
