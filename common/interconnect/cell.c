// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* What is predicted of one exporter and one importer. */
#include "interconnect/cell.h"

#include <stdio.h>

#include "interconnect/eligible.h"

/* @fn's own link when it has one; a VF hangs on its PF's. */
static double link_rate(const struct topo *t, int fn)
{
	return route_has_link(t, fn) ? route_link_rate(topo_fn(t, (size_t)topo_pf(t, fn))) : 0;
}

/* GB/s at the narrowest known link between the function and the CPU. */
static double narrowest_up(const struct topo *t, const struct route *r)
{
	double least = 0;

	for (int i = 0; i < r->n_nic_up; i++) {
		double rate = link_rate(t, r->nic_up[i]);

		if (rate > 0 && (least <= 0 || rate < least))
			least = rate;
	}
	return least;
}

/* System memory is the end of the way, or its middle when a CPU copies on. */
static void lead_to_host(const struct topo *t, const struct match_exporter *exp,
			 const struct match_importer *imp, struct match_cell *c)
{
	struct route r;

	c->way = imp->software ? ROUTE_WAY_SELF : ROUTE_WAY_HOST;
	c->crosses_root = !imp->software && exp->fn != MATCH_SYSTEM;
	if (!t || imp->fn < 0 || imp->software)
		return;
	r = route_host(t, imp->fn);
	c->hops = r.n_nic_up;
	c->gbyte_s = narrowest_up(t, &r);
}

static void lead_to_peer(const struct topo *t, const struct match_exporter *exp,
			 const struct match_importer *imp, struct match_cell *c)
{
	if (imp->software) {
		c->way = ROUTE_WAY_SELF;
		return;
	}
	c->way = ROUTE_WAY_UNKNOWN;
	if (!t || imp->fn < 0 || exp->fn < 0)
		return;
	c->has_route = true;
	c->route = route_find(t, imp->fn, exp->fn);
	c->way = c->route.way;
	c->hops = c->route.n_hops;
	c->crosses_root = c->way == ROUTE_WAY_HOST_BRIDGE;
	if (c->way != ROUTE_WAY_NONE && c->route.slowest >= 0)
		c->gbyte_s = link_rate(t, c->route.slowest);
}

static int node_distance(const struct topo *t, int a, int b)
{
	if (a >= 0 && b >= 0)
		return a != b;
	return t && topo_nodes(t) <= 1 ? 0 : -1;
}

static enum match_answer judge_works(const struct match_cell *c)
{
	if (c->eligible == MATCH_NO || c->way == ROUTE_WAY_NONE)
		return MATCH_NO;
	if (c->eligible == MATCH_UNKNOWN || c->way == ROUTE_WAY_UNKNOWN)
		return MATCH_UNKNOWN;
	return MATCH_YES;
}

static void set_tph(struct match_cell *c, enum route_tph tph, const char *why)
{
	c->tph = tph;
	snprintf(c->tph_why, sizeof(c->tph_why), "%s", why);
}

static void judge_tph(const struct match_exporter *exp, const struct match_importer *imp,
		      struct match_cell *c)
{
	const struct eligible asks = eligible_tags(imp);

	if (exp->tags == MATCH_NO)
		set_tph(c, ROUTE_TPH_NO, exp->tags_why);
	else if (imp->interconnect == INTERCONNECT_BOUNCE)
		set_tph(c, ROUTE_TPH_NO, "the NIC reaches host memory; the CPU's copy carries no tag");
	else if (c->eligible == MATCH_NO)
		set_tph(c, ROUTE_TPH_NO, "this importer does not take this exporter");
	else if (imp->software)
		set_tph(c, ROUTE_TPH_16, "the software device counts them");
	else if (asks.answer == MATCH_NO)
		set_tph(c, ROUTE_TPH_NO, asks.why);
	else if (!c->has_route)
		set_tph(c, ROUTE_TPH_UNKNOWN, "the way is not known");
	else if (c->route.tph == ROUTE_TPH_NO)
		set_tph(c, ROUTE_TPH_NO, c->route.tph_why);
	else if (exp->tags == MATCH_UNKNOWN)
		set_tph(c, ROUTE_TPH_UNKNOWN, exp->tags_why);
	else if (asks.answer == MATCH_UNKNOWN)
		set_tph(c, ROUTE_TPH_UNKNOWN, asks.why);
	else
		set_tph(c, c->route.tph, c->route.tph_why);
}

static const char *about_way(const struct match_cell *c)
{
	if (c->has_route)
		return c->route.why;
	switch (c->way) {
	case ROUTE_WAY_SELF:
		return "the CPU copies; no PCI function takes part";
	case ROUTE_WAY_HOST:
		return "system memory";
	default:
		return "where NIC and memory sit in the PCI tree is not known";
	}
}

/* What rules it out or is not known, or the way and its narrowest link. */
static void say_why(struct match_cell *c)
{
	const char *text = about_way(c);

	if (c->works == MATCH_YES ? c->bounce : c->eligible == c->works)
		text = c->eligible_why;
	if (c->works == MATCH_YES && c->gbyte_s > 0)
		snprintf(c->why, sizeof(c->why), "%.190s; narrowest link %.4g GB/s", text, c->gbyte_s);
	else
		snprintf(c->why, sizeof(c->why), "%s", text);
}

void cell_judge(const struct topo *t, const struct match_exporter *exp, const struct match_importer *imp,
		struct match_cell *out)
{
	const struct eligible e = eligible(exp, imp);

	out->eligible = e.answer;
	out->eligible_why = e.why;
	if (exp->fn == MATCH_SYSTEM || imp->interconnect == INTERCONNECT_BOUNCE)
		lead_to_host(t, exp, imp, out);
	else
		lead_to_peer(t, exp, imp, out);
	out->node_distance = node_distance(t, exp->node, imp->node);
	out->works = judge_works(out);
	judge_tph(exp, imp, out);
	say_why(out);
}
