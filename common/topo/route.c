// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * calc_map_type_and_dist() of drivers/pci/p2pdma.c in terms of our facts. The kernel calls the target
 * `provider` and the NIC `client`.
 */
#include "topo/route.h"

#include <linux/pci_regs.h>
#include <string.h>

#include "topo/route_priv.h"

/* Peer requests or completions are sent up: request redirect, completion redirect, egress control. */
enum { ACS_REDIRECT = PCI_ACS_RR | PCI_ACS_CR | PCI_ACS_EC };

/* @fn and everything above it, bottom up. A VF hangs where its PF hangs. */
static int chain(const struct topo *t, int fn, int *out)
{
	int n = 0;

	for (out[n++] = fn, fn = topo_fn(t, (size_t)topo_pf(t, fn))->up; fn >= 0 && n < ROUTE_HOPS_MAX / 2;
	     fn = topo_fn(t, (size_t)fn)->up)
		out[n++] = fn;
	return n;
}

static void note_acs(const struct topo *t, struct route *r, int fn)
{
	const struct config_space *c = &topo_fn(t, (size_t)fn)->cfg;

	/* 256 bytes are all there is of a conventional PCI function, which has no ACS. */
	if (c->bytes <= 256 && (c->bytes <= CONFIG_UNPRIVILEGED || c->exp.has))
		r->acs_unknown = true;
	if (c->acs.has && c->acs.ctrl & ACS_REDIRECT && r->redirect < 0) {
		r->redirect = fn;
		r->redirect_bits = c->acs.ctrl & ACS_REDIRECT;
	}
}

/* Where both chains meet. VFs of one PF are functions of their own and meet above it. */
static bool meet(const int *up, int n_up, const int *down, int n_down, int *i, int *j)
{
	for (*i = 0; *i < n_up; ++*i)
		for (*j = 0; *j < n_down; ++*j)
			if (up[*i] == down[*j])
				return true;
	return false;
}

/* Hops from the NIC's side up to the turn and down to the target; ACS of all of them, the common one too. */
static void lay_hops(const struct topo *t, struct route *r)
{
	int down[ROUTE_HOPS_MAX / 2];
	int n_up = r->n_nic_up, n_down = chain(t, r->target, down);
	int i, j;

	if (meet(r->nic_up, n_up, down, n_down, &i, &j)) {
		r->common = r->nic_up[i];
		r->distance = i + j;
		n_up = i + 1;
		n_down = j; /* the common one stands once */
	}
	for (i = 0; i < n_up; i++)
		r->hop[r->n_hops++] = r->nic_up[i];
	r->turn = r->n_hops - 1;
	while (n_down > 0)
		r->hop[r->n_hops++] = down[--n_down];
	/* Without a common function the traffic goes up whatever ACS says. */
	for (i = 0; r->common >= 0 && i < r->n_hops; i++)
		note_acs(t, r, r->hop[i]);
}

/* Where no function has a node, or there is but one, all are near each other. */
static bool same_node(const struct topo *t, int a, int b)
{
	return a >= 0 && b >= 0 ? a == b : topo_nodes(t) <= 1;
}

static enum route_class classify(const struct topo *t, const struct route *r)
{
	const struct topo_fn *a = topo_fn(t, (size_t)r->nic), *b = topo_fn(t, (size_t)r->target);
	enum { ONE_SWITCH = 4 };

	if (r->nic == r->target)
		return ROUTE_SELF;
	if (r->common >= 0)
		return r->distance <= ONE_SWITCH ? ROUTE_PIX : ROUTE_PXB;
	if (a->root_bus == b->root_bus)
		return ROUTE_PHB;
	return same_node(t, a->numa_node, b->numa_node) ? ROUTE_NODE : ROUTE_SYS;
}

/* "RR CR" */
static const char *redirect_words(char buf[16], unsigned int bits)
{
	snprintf(buf, 16, "%s%s%s", bits & PCI_ACS_RR ? " RR" : "", bits & PCI_ACS_CR ? " CR" : "",
		 bits & PCI_ACS_EC ? " EC" : "");
	return buf + 1;
}

static enum route_way find_way(const struct topo *t, struct route *r)
{
	char name[TOPO_ADDR], words[16], cpu[ROUTE_WHY];
	enum route_way way;

	if (r->common < 0)
		return route_across_cpu(t, r);
	if (r->redirect >= 0) {
		way = route_across_cpu(t, r);
		memcpy(cpu, r->why, sizeof(cpu));
		topo_addr_text(name, topo_fn(t, (size_t)r->redirect)->addr);
		snprintf(r->why, sizeof(r->why), "ACS of %s sends it up (%s); %.140s", name,
			 redirect_words(words, r->redirect_bits), cpu);
		return way;
	}
	if (r->nic == r->target) {
		snprintf(r->why, sizeof(r->why), "the same function");
		return ROUTE_WAY_SELF;
	}
	if (r->acs_unknown) {
		snprintf(r->why, sizeof(r->why), "ACS of the ports on the way is unknown (run as root)");
		return ROUTE_WAY_UNKNOWN;
	}
	topo_addr_text(name, topo_fn(t, (size_t)r->common)->addr);
	snprintf(r->why, sizeof(r->why), "turns at %s below the CPU; no port on the way redirects", name);
	return ROUTE_WAY_SWITCH;
}

/* What follows from the hops and their ACS. */
static void decide(const struct topo *t, struct route *r)
{
	r->way = find_way(t, r);
	route_find_tph(t, r);
	route_survey_links(t, r);
}

struct route route_find(const struct topo *t, int nic, int target)
{
	struct route r = {.nic = nic,
			  .target = target,
			  .common = -1,
			  .distance = -1,
			  .redirect = -1,
			  .slowest = -1,
			  .degraded = -1,
			  .mps_low = -1};

	r.n_nic_up = chain(t, nic, r.nic_up);
	lay_hops(t, &r);
	r.class = classify(t, &r);
	decide(t, &r);
	return r;
}

struct route route_host(const struct topo *t, int nic)
{
	struct route r = {.nic = nic,
			  .target = -1,
			  .common = -1,
			  .distance = -1,
			  .redirect = -1,
			  .slowest = -1,
			  .degraded = -1,
			  .mps_low = -1,
			  .way = ROUTE_WAY_HOST,
			  .why = "system memory"};

	r.n_nic_up = chain(t, nic, r.nic_up);
	return r;
}

struct route route_unredirected(const struct topo *t, const struct route *r)
{
	struct route then = *r;

	then.redirect = then.slowest = then.degraded = then.mps_low = -1;
	then.redirect_bits = 0;
	then.acs_unknown = false;
	decide(t, &then);
	return then;
}

const char *route_class_name(enum route_class c)
{
	static const char *const name[] = {"X", "PIX", "PXB", "PHB", "NODE", "SYS"};

	return name[c];
}

const char *route_class_about(enum route_class c)
{
	static const char *const about[] = {
		"the same function",
		"one switch or bridge between them",
		"several switches or bridges, none of them the CPU",
		"through the CPU's host bridge",
		"through host bridges of one NUMA node",
		"across NUMA nodes",
	};

	return about[c];
}

const char *route_way_name(enum route_way w)
{
	static const char *const name[] = {"", "self", "switch", "host_bridge", "none", "host"};

	return name[w];
}
