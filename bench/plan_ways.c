// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* plan: from NICs to targets. A way is judged once, however many points take it. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/units.h"
#include "ops/ops.h"
#include "plan_machine.h"
#include "run/limits.h"
#include "run/support.h"
#include "topo_view.h"

enum { OPS = OP_PINGPONG + 1, DIRS = DIR_BIDI + 1 };

/**
 * struct plan_way - points of one NIC, peer, target and interconnect
 * @largest: of each operation and direction, where @has; bandwidth and rate only
 */
struct plan_way {
	int64_t nic, peer, target, interconnect;
	bool has[OPS][DIRS];
	struct point largest[OPS][DIRS];
};

struct ways {
	struct plan_way *at;
	size_t n;
};

static struct plan_way *find_way(struct ways *w, const struct point *pt)
{
	const int64_t *v = pt->v;
	struct plan_way *grown;
	int64_t by =
		v[AX_INTERCONNECT] == INTERCONNECT_DATA_DIRECT || v[AX_INTERCONNECT] == INTERCONNECT_BOUNCE
			? v[AX_INTERCONNECT]
			: INTERCONNECT_MAIN;
	int64_t peer = v[AX_PEER_NIC] == AXIS_EMPTY ? v[AX_NIC] : v[AX_PEER_NIC];

	for (size_t i = 0; i < w->n; i++)
		if (w->at[i].nic == v[AX_NIC] && w->at[i].peer == peer && w->at[i].target == v[AX_TARGET] &&
		    w->at[i].interconnect == by)
			return &w->at[i];
	grown = reallocarray(w->at, w->n + 1, sizeof(*grown));
	if (!grown)
		return NULL;
	w->at = grown;
	w->at[w->n] =
		(struct plan_way){.nic = v[AX_NIC], .peer = peer, .target = v[AX_TARGET], .interconnect = by};
	return &w->at[w->n++];
}

static void note_size(struct plan_way *w, const struct point *pt)
{
	const int64_t *v = pt->v;
	bool *has = &w->has[v[AX_OP]][v[AX_DIR] == DIR_BIDI];
	struct point *most = &w->largest[v[AX_OP]][v[AX_DIR] == DIR_BIDI];

	if (v[AX_MEASURE] != MEASURE_BW && v[AX_MEASURE] != MEASURE_RATE)
		return;
	if (!*has || v[AX_SIZE] > most->v[AX_SIZE])
		*most = *pt;
	*has = true;
}

static struct ways collect(const struct loaded *l)
{
	struct ways w = {0};

	for (size_t i = 0; i < plan_points(l->plan); i++) {
		struct plan_way *way;
		struct point pt;

		plan_point(l->plan, i, &pt);
		way = find_way(&w, &pt);
		if (way)
			note_size(way, &pt);
	}
	return w;
}

/**
 * struct leg - a way as functions of one machine
 * @here: who posts, and its data; @there: who reaches the target, its main or its data-direct function
 * @loop: both ends are at one NIC
 */
struct leg {
	const struct topo *t;
	struct limits_end here, there;
	bool loop;
};

/* Why there is no figure for a point that has a rate. */
static const char *why_unbound(const struct leg *leg, const struct point *pt, bool modelled)
{
	enum route_way way = leg->there.memory < 0
				     ? ROUTE_WAY_HOST
				     : route_find(leg->t, leg->there.nic, leg->there.memory).way;

	if (way == ROUTE_WAY_NONE)
		return "none: the kernel refuses; what is left is the detour through host memory (bounce)";
	if (way == ROUTE_WAY_UNKNOWN)
		return "unknown here: the way";
	if (pt->v[AX_OP] == OP_FETCH_ADD || pt->v[AX_OP] == OP_CMP_SWAP)
		return "no bound: how an atomic crosses the link is the NIC's affair";
	if (!modelled)
		return "no bound: not in the model";
	if (leg->there.memory >= 0 && pt->v[AX_DIR] == DIR_BIDI)
		return "no bound: the mix of both directions is known only afterwards";
	return "unknown here: no link of the way tells its speed (run as root)";
}

static void print_bound(const struct leg *leg, const struct config *c, const struct point *pt)
{
	const struct op *op = run_find_op(ops, pt);
	struct bound b = BOUND_UNKNOWN;
	char size[UNITS_TEXT], word[32];
	struct path_ask ask;
	bool modelled = op && limits_traffic(pt, op, 0, &ask);

	if (modelled && leg->loop) {
		b = limits_bound(leg->t, leg->there.nic, leg->there.memory, &ask);
	} else if (modelled) {
		struct limits_net net = limits_net(&leg->here, &leg->there);

		b = limits_between(&leg->here, &leg->there, &net, &ask);
	}
	printf("    %s%s %s: ", config_value_text(c, AX_OP, pt->v[AX_OP], word),
	       pt->v[AX_DIR] == DIR_BIDI ? " both directions" : "", units_size_text(size, pt->v[AX_SIZE]));
	if (!(b.hard > 0)) {
		puts(why_unbound(leg, pt, modelled));
		return;
	}
	printf("at most %s%.4g GB/s (expected %.4g), set by %s %s %s, source %s\n", b.certain ? "" : "~",
	       b.hard, b.expected, b.by, strcmp(b.by, "wire") != 0 ? "above" : "at", b.hop, b.source);
}

static void print_route(const struct leg *leg)
{
	const struct route r = route_find(leg->t, leg->there.nic, leg->there.memory);

	printf("%s, %s\n    way: %s\n    tags arrive: %s: %s\n", route_class_name(r.class),
	       view_way_about(r.way), r.why, r.tph >= ROUTE_TPH_8 ? "yes" : view_tph(r.tph), r.tph_why);
}

static void print_leg(const struct leg *leg, const struct config *c, const struct plan_way *w)
{
	if (leg->there.memory >= 0)
		print_route(leg);
	else
		puts(leg->there.memory == LIMITS_HOST ? "system memory"
						      : "unknown here: where the target lies");
	if (leg->there.memory == LIMITS_ELSEWHERE)
		return;
	if (!leg->loop) {
		struct limits_net net = limits_net(&leg->here, &leg->there);

		printf("    net: %s", *net.name ? net.name : "unknown here");
		if (net.port.gbit > 0)
			printf(", %g Gbit/s", net.port.gbit);
		putchar('\n');
	}
	for (int op = 0; op < OPS; op++)
		for (int dir = 0; dir < DIRS; dir++)
			if (w->has[op][dir])
				print_bound(leg, c, &w->largest[op][dir]);
}

/* Return: false = one of its NICs has no place in this machine. */
static bool find_leg(const struct plan_machine *m, const struct config *c, const struct plan_way *w,
		     struct leg *out)
{
	*out = (struct leg){
		.t = m->t,
		.here = {m->t, plan_nic_fn(m, &c->nics[w->nic]), (int)c->nics[w->nic].port, LIMITS_HOST},
		.there = {m->t, plan_nic_fn(m, &c->nics[w->peer]), (int)c->nics[w->peer].port,
			  limits_target(m->t, &c->memory[w->target])},
		.loop = w->nic == w->peer,
	};
	return out->here.nic >= 0 && out->there.nic >= 0;
}

static void print_way(const struct plan_machine *m, const struct config *c, const struct plan_way *w)
{
	static const char *const by[] = {"", " by data_direct", " by bounce", ""};
	struct leg leg;
	bool known = find_leg(m, c, w, &leg);

	printf("  %s", c->nics[w->nic].name);
	if (w->peer != w->nic)
		printf(" -> %s", c->nics[w->peer].name);
	printf(" -> %s%s: ", c->memory[w->target].name, by[w->interconnect]);
	if (known && w->interconnect == INTERCONNECT_DATA_DIRECT) {
		int main = leg.there.nic;

		leg.there.nic = topo_data_direct(m->t, main);
		known = leg.there.nic >= 0;
		if (!known)
			puts(topo_data_direct_unknown(m->t, main)
				     ? "unknown here: which data-direct function it has (run as root)"
				     : "the NIC has no data-direct function");
	} else if (!known) {
		puts(plan_nic_software(m, &c->nics[w->nic]) ? "a software device: no PCI way"
							    : "unknown here: where the NIC sits");
	}
	if (known && w->interconnect == INTERCONNECT_BOUNCE)
		puts("through host memory; no bound is stated");
	else if (known)
		print_leg(&leg, c, w);
}

void plan_print_ways(const struct plan_machine *m, const struct loaded *l)
{
	bool any = !m->here;
	struct ways w;

	if (l->config->peer.place)
		return; /* all of them end there */
	for (size_t i = 0; i < l->config->n_nics; i++)
		any |= plan_nic_fn(m, &l->config->nics[i]) >= 0;
	if (!any || !m->t)
		return;
	w = collect(l);
	puts("ways");
	for (size_t i = 0; i < w.n; i++)
		print_way(m, l->config, &w.at[i]);
	free(w.at);
}
