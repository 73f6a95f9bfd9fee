// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Pairs of NICs of the plan: opened at both ends, and the ways from the responder's to each memory tried. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "peer/host.h"
#include "run/reach_far.h"
#include "run/station_parts.h"

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

static int open_nic(const struct config_nic *n, struct end *out, const struct mark **where, struct err *e)
{
	int rc;

	out->config = n;
	*where = &n->mark;
	rc = nic_open(n->device, (int)n->port, (int)n->gid_index, &out->nic, e);
	if (rc == -ENODEV)
		suggest_device(n->device, e);
	if (rc)
		return rc;
	*where = NULL;
	out->attr = *nic_attr(out->nic);
	return 0;
}

/* Only to see what it is: each setup opens it anew. */
static int look_at_peer(const struct run *r, const struct config_nic *n, struct end *out,
			const struct mark **where, struct err *e)
{
	struct peer *p;
	int rc = peer_open_at(r->there.host, n->device, (int)n->port, (int)n->gid_index, &p, e);

	out->config = n;
	*where = rc ? &n->mark : NULL;
	if (rc)
		return rc;
	out->attr = *peer_nic_attr(p);
	peer_close(p);
	return 0;
}

static int open_ends(const struct run *r, struct station *s, const struct mark **where, struct err *e)
{
	const struct config_nic *nics = r->in.config->nics;
	int rc = open_nic(&nics[s->at_nic], &s->here, where, e);

	s->loop = !r->there.host && s->at_nic == s->at_peer;
	if (rc)
		return rc;
	if (r->there.host && s->here.attr.evidence == NIC_SOFTWARE)
		mem_ctx_share(r->mem);
	if (s->loop)
		s->there = s->here;
	else if (r->there.host)
		rc = look_at_peer(r, &nics[s->at_peer], &s->there, where, e);
	else
		rc = open_nic(&nics[s->at_peer], &s->there, where, e);
	if (!rc && !s->loop)
		rc = nic_gid_agree(&s->here.attr, &s->there.attr, e);
	return rc;
}

/* Column net. What the ports are is known even where the topology is not. */
static void name_net(struct station *s)
{
	const struct limits_end here = {s->here.places.topo, s->here.places.nic_fn, s->here.attr.port,
					LIMITS_HOST};
	const struct limits_end there = {s->there.places.topo, s->there.places.nic_fn, s->there.attr.port,
					 LIMITS_HOST};

	s->net = limits_net(&here, &there);
	if (s->loop || s->here.attr.evidence == NIC_SOFTWARE)
		s->net.name = "none";
	else if (!*s->net.name)
		s->net.name = s->here.attr.link_layer == IBV_LINK_LAYER_INFINIBAND ? "ib" : "roce";
}

static int open_station(struct run *r, const struct point *pt, struct station **out,
			const struct mark **where, struct err *e)
{
	struct station **grown = reallocarray(r->station, r->stations + 1, sizeof(struct station *));
	struct station *s = calloc(1, sizeof(*s));
	int rc;

	if (grown)
		r->station = grown;
	if (!grown || !s) {
		free(s);
		return err_set(e, -ENOMEM, "out of memory");
	}
	r->station[r->stations++] = *out = s;
	s->at_nic = s->at_peer = (size_t)pt->v[AX_NIC];
	if (pt->v[AX_PEER_NIC] != AXIS_EMPTY)
		s->at_peer = (size_t)pt->v[AX_PEER_NIC];
	s->way = calloc(r->in.config->n_memory, sizeof(*s->way));
	if (!s->way)
		return err_set(e, -ENOMEM, "out of memory");
	rc = open_ends(r, s, where, e);
	if (rc)
		return rc;
	end_place(&s->here, &r->here);
	end_place(&s->there, &r->there);
	name_net(s);
	return 0;
}

/* Where the responder is. */
int station_try_way(struct run *r, struct station *s, size_t memory, struct err *e)
{
	struct config_memory m = r->in.config->memory[memory];
	int node = m.numa == CONFIG_NUMA_ANY ? CONFIG_NUMA_ANY : places_node(&s->there.places, m.numa, NULL);
	struct way *w = &s->way[memory];

	m.numa = node < 0 ? CONFIG_NUMA_ANY : node;
	if (r->there.host)
		return reach_far(r->there.host, s->there.config, &m, &w->reach, &w->held, e);
	return reach_try(s->there.nic, r->mem, r->there.topo, s->there.places.nic_fn, &m, &w->reach, e);
}

/* The pairs and ways of all points that this version runs. */
int stations_ways(struct run *r, const struct mark **where, struct err *e)
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
		s = run_station(r, &pt);
		memory = (size_t)pt.v[AX_TARGET];
		if (!s)
			rc = open_station(r, &pt, &s, where, e);
		if (rc || !s || s->way[memory].reach.tried)
			continue;
		rc = station_try_way(r, s, memory, e);
		*where = rc ? &c->memory[memory].mark : NULL;
	}
	return rc;
}

bool station_reopen(struct end *end)
{
	const struct config_nic *n = end->config;
	struct nic *again;

	if (!end->nic || nic_open(n->device, (int)n->port, (int)n->gid_index, &again, NULL))
		return false;
	nic_close(end->nic);
	end->nic = again;
	return true;
}
