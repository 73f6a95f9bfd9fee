// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* All functions below their bridges, with what decides about peer traffic. */
#include "topo_view.h"

#include <linux/pci_regs.h>

#include "base/cleanup.h"
#include "grid.h"

static const char *const head[] = {"",	  "what", "link now", "link max", "MPS",    "MRRS",
				   "ACS", "TPH",  "NUMA",     "group",	  "driver", ""};

/* Requester as r8 or r16, completer as c8 or c16. */
static const char *tph_text(const struct topo_fn *f, char buf[VIEW_TEXT])
{
	const struct config_space *c = &f->cfg;

	if (view_blind(f))
		return "?";
	snprintf(buf, VIEW_TEXT, "%s%s%s",
		 !c->tph.has	   ? ""
		 : c->tph.extended ? "r16"
				   : "r8",
		 c->tph.has && c->exp.tph_completer ? " " : "",
		 !c->exp.tph_completer	     ? ""
		 : c->exp.tph_completer == 3 ? "c16"
					     : "c8");
	return buf[0] ? buf : "-";
}

static void add_number(struct grid *g, const struct topo_fn *f, unsigned int bytes)
{
	if (f->cfg.exp.has)
		grid_add(g, "%u", bytes);
	else
		grid_add(g, "%s", view_blind(f) ? "?" : "-");
}

static void remarks(const struct view *v, int fn, struct grid *g)
{
	const struct topo_fn *f = topo_fn(v->t, (size_t)fn);
	char pf[TOPO_ADDR], text[VIEW_TEXT] = "";
	size_t len = 0;

	if (route_degraded(v->t, fn))
		len += (size_t)snprintf(text + len, sizeof(text) - len, " DEGRADED");
	if (f->cfg.exp.flit)
		len += (size_t)snprintf(text + len, sizeof(text) - len, " flit");
	if (f->cfg.ats.enabled)
		len += (size_t)snprintf(text + len, sizeof(text) - len, " ATS");
	if (f->power_state[0] == 'D' && f->power_state[1] != '0')
		len += (size_t)snprintf(text + len, sizeof(text) - len, " %.8s", f->power_state);
	if (f->physfn >= 0)
		len += (size_t)snprintf(text + len, sizeof(text) - len, " VF of %s",
					topo_addr_text(pf, topo_fn(v->t, (size_t)f->physfn)->addr));
	if (topo_data_direct(v->t, fn) >= 0)
		snprintf(text + len, sizeof(text) - len, " data-direct by %s",
			 topo_addr_text(pf, topo_fn(v->t, (size_t)topo_data_direct(v->t, fn))->addr));
	grid_add(g, "%s", *text ? text + 1 : "");
}

static void add_fn(const struct view *v, int fn, int depth, struct grid *g)
{
	const struct topo_fn *f = topo_fn(v->t, (size_t)fn);
	const struct topo_fn *own = topo_fn(v->t, (size_t)topo_pf(v->t, fn)); /* a VF's registers are empty */
	char buf[VIEW_TEXT];

	grid_add(g, "%*s%s", 2 * depth, "", topo_addr_text(buf, f->addr));
	if (view_kind(v, fn) == VIEW_OTHER && !f->cfg.bridge && f->class_code >> 16 != 6)
		grid_add(g, "class %04x", f->class_code >> 8);
	else
		grid_add(g, "%s%s%s%s%s", view_what(v, fn, buf), f->ibdev[0] ? " " : "", f->ibdev,
			 f->netdev[0] ? " " : "", f->netdev);
	grid_add(g, "%s", view_link_now(v, fn, buf));
	grid_add(g, "%s", view_link_max(v, fn, buf));
	add_number(g, own, own->cfg.exp.mps);
	add_number(g, own, own->cfg.exp.mrrs);
	grid_add(g, "%s", view_acs(f, buf));
	grid_add(g, "%s", tph_text(f, buf));
	if (f->numa_node >= 0)
		grid_add(g, "%d", f->numa_node);
	else
		grid_add(g, "-");
	if (f->iommu_group >= 0)
		grid_add(g, "%d%s%s", f->iommu_group, f->group_type[0] ? " " : "", f->group_type);
	else
		grid_add(g, "%s", f->cfg.bytes ? "-" : "?");
	grid_add(g, "%s", f->driver[0] ? f->driver : f->cfg.bytes ? "-" : "?");
	remarks(v, fn, g);
}

/* Functions directly below @up, and so on; of a root bus when @up is -1. Depth is bounded by topo_open(). */
static void add_below(const struct view *v, int up, uint64_t root_bus, int depth, struct grid *g)
{
	for (size_t i = 0; i < topo_len(v->t); i++) {
		const struct topo_fn *f = topo_fn(v->t, i);

		if (f->up != up || (up < 0 && f->root_bus != root_bus))
			continue;
		add_fn(v, (int)i, depth, g);
		if (f->cfg.bridge || !f->cfg.bytes)
			add_below(v, (int)i, root_bus, depth + 1, g);
	}
}

static void add_bus(const struct view *v, uint64_t root_bus, struct grid *g)
{
	grid_add(g, "host bridge %04x:%02x", (unsigned int)(root_bus >> 8), (unsigned int)(root_bus & 0xff));
	for (size_t i = 1; i < g->cols; i++)
		grid_add(g, "%s", "");
	add_below(v, -1, root_bus, 1, g);
}

void topo_tree(const struct view *v, FILE *out)
{
	struct grid g = {.cols = ARRAY_LEN(head)};
	bool blind = false;

	for (size_t i = 0; i < ARRAY_LEN(head); i++)
		grid_add(&g, "%s", head[i]);
	for (size_t i = 0; i < topo_len(v->t); i++) {
		const struct topo_fn *f = topo_fn(v->t, i);
		bool first = f->up < 0;

		blind |= view_blind(f);
		for (size_t k = 0; first && k < i; k++)
			first = topo_fn(v->t, k)->up >= 0 || topo_fn(v->t, k)->root_bus != f->root_bus;
		if (first)
			add_bus(v, f->root_bus, &g);
	}
	grid_finish(&g, out);
	fputs("\n"
	      "  link: above the function; MPS, MRRS in bytes; ACS: control bits that are on, as lspci names "
	      "them\n"
	      "  TPH: r = can send tags (requester), c = takes them (completer), of 8 or 16 bits\n"
	      "  DEGRADED: the link runs below what both its ends can; D3hot: asleep\n",
	      out);
	if (blind)
		fputs("  ?: unknown (run as root)\n", out);
}
