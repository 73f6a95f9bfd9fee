// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* A machine as the boxes that are drawn: which functions, what is written in each, what the way touches. */
#include "topo_boxes.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/**
 * struct boxes - being made
 * @shown: by function; @at: its box, valid where it is shown
 * @narrowest: function below the link that limits the way, -1 = none known
 */
struct boxes {
	const struct view *v;
	const struct route *r;
	bool *shown;
	int *at;
	int narrowest;
	struct tree_box *box;
	size_t n;
};

/* A function comes with all above it. */
static void mark(struct boxes *b, int fn)
{
	for (; fn >= 0 && !b->shown[fn]; fn = topo_fn(b->v->t, (size_t)fn)->up)
		b->shown[fn] = true;
}

/* Of a route the host bridges it touches are drawn. */
static bool concerns(const struct boxes *b, int fn)
{
	const struct topo *t = b->v->t;
	uint64_t bus = topo_fn(t, (size_t)fn)->root_bus;

	return !b->r || bus == topo_fn(t, (size_t)b->r->nic)->root_bus ||
	       bus == topo_fn(t, (size_t)b->r->target)->root_bus;
}

/* Only devices and what is above them: a server's other functions would bury them. */
static void choose(struct boxes *b, bool only)
{
	for (size_t i = 0; !only && i < b->v->n; i++)
		if (concerns(b, b->v->dev[i]))
			mark(b, b->v->dev[i]);
	for (int i = 0; b->r && i < b->r->n_hops; i++)
		mark(b, b->r->hop[i]);
}

static bool on_route(const struct boxes *b, int fn)
{
	const struct route *r = b->r;

	for (int i = 0; r && i < r->n_hops; i++)
		if (r->hop[i] == fn)
			return true;
	/* Sent up by ACS, it passes all above the NIC. */
	for (int i = 0; r && r->way == ROUTE_WAY_HOST_BRIDGE && i < r->n_nic_up; i++)
		if (r->nic_up[i] == fn)
			return true;
	return false;
}

static void fill_function(const struct boxes *b, int fn, struct tree_box *box)
{
	static const enum tree_kind kind[] = {TREE_NIC,	  TREE_DIRECT, TREE_VFIO,
					      TREE_ACCEL, TREE_NVME,   TREE_PORT};
	const struct topo_fn *f = topo_fn(b->v->t, (size_t)fn);
	char addr[TOPO_ADDR], acs[VIEW_TEXT];
	const struct route *r = b->r;

	box->kind = kind[view_kind(b->v, fn)];
	view_name(b->v, fn, box->name);
	if (f->ibdev[0] || f->netdev[0])
		snprintf(box->about, sizeof(box->about), "%s", topo_addr_text(addr, f->addr));
	else if (f->cfg.acs.has)
		snprintf(box->about, sizeof(box->about), "ACS %.60s", view_acs(f, acs));
	else
		snprintf(box->about, sizeof(box->about), "%s", view_about(b->v, fn));
	view_link_now(b->v, fn, box->link);
	box->used = on_route(b, fn);
	/* Where the way turns it does not go further up. */
	box->line_used = box->used && !(r && r->common == fn && r->way != ROUTE_WAY_HOST_BRIDGE);
	box->narrow = r && fn == b->narrowest;
	box->degraded = route_degraded(b->v->t, fn);
}

/* The functions below @up (or on a host bridge's bus): a box stands behind the one it hangs from. */
static void add_below(struct boxes *b, int up, uint64_t root_bus, int box)
{
	for (size_t i = 0; i < topo_len(b->v->t); i++) {
		const struct topo_fn *f = topo_fn(b->v->t, i);

		if (!b->shown[i] || f->up != up || f->root_bus != root_bus)
			continue;
		b->at[i] = (int)b->n;
		b->box[b->n] = (struct tree_box){.up = box};
		fill_function(b, (int)i, &b->box[b->n++]);
		add_below(b, (int)i, root_bus, b->at[i]);
	}
}

static void add_bus(struct boxes *b, const struct topo_fn *f)
{
	struct tree_box *box = &b->box[b->n];

	*box = (struct tree_box){.up = -1, .kind = TREE_CPU};
	snprintf(box->name, sizeof(box->name), "host bridge %04x:%02x", (unsigned int)(f->root_bus >> 8),
		 (unsigned int)(f->root_bus & 0xff));
	if (f->numa_node < 0)
		snprintf(box->about, sizeof(box->about), "no NUMA node");
	else
		snprintf(box->about, sizeof(box->about), "NUMA node %d", f->numa_node);
	add_below(b, -1, f->root_bus, (int)b->n++);
}

/* Does a function before @i stand on the same root bus? */
static bool bus_known(const struct boxes *b, size_t i)
{
	const struct topo *t = b->v->t;

	for (size_t k = 0; k < i; k++)
		if (b->shown[k] && topo_fn(t, k)->up < 0 &&
		    topo_fn(t, k)->root_bus == topo_fn(t, i)->root_bus)
			return true;
	return false;
}

static void add_all(struct boxes *b)
{
	const struct topo *t = b->v->t;

	for (size_t i = 0; i < topo_len(t); i++)
		if (b->shown[i] && topo_fn(t, i)->up < 0 && !bus_known(b, i))
			add_bus(b, topo_fn(t, i));
}

int topo_boxes(const struct view *v, const struct route *r, bool only, struct tree_box **box, size_t *n)
{
	size_t len = topo_len(v->t);
	struct boxes b = {.v = v, .r = r, .narrowest = -1};

	b.shown = calloc(len + 1, sizeof(*b.shown));
	b.at = calloc(len + 1, sizeof(*b.at));
	b.box = calloc(2 * len + 1, sizeof(*b.box)); /* at most a host bridge a function */
	*box = b.box;
	if (r && r->way != ROUTE_WAY_NONE)
		b.narrowest = view_limit(v, r, LIMIT_WRITE).hop;
	if (b.shown && b.at && b.box) {
		choose(&b, only);
		add_all(&b);
		*n = b.n;
	} else {
		free(b.box);
		b.box = *box = NULL;
	}
	free(b.shown);
	free(b.at);
	return b.box ? 0 : -ENOMEM;
}
