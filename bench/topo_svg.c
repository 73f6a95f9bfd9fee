// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * --svg: devices, what is above them, and the links, as one self-contained picture. Names are plain ASCII
 * (topo_open() sees to that); what XML minds is escaped.
 */
#include "topo_view.h"

#include <errno.h>
#include <stdlib.h>

enum { BOX_W = 158, BOX_H = 46, GAP_X = 14, GAP_Y = 44, EDGE = 16, TOP = 56 };

/* Host bridges side by side up to this, the next one begins a band below. */
enum { BAND_W = 2600 };

/**
 * struct drawing - where the boxes are
 * @x: left edge of each function's box, -1 = not drawn; @depth: rows above it in its band, the host bridge's
 *is 0, -1 = not placed yet; @band: top of its band, -1 = not placed yet
 * @next: left edge of the next box without one below it; @deepest: row of the band at work, @top: its top
 * @right: edge of what is drawn
 */
struct drawing {
	const struct view *v;
	const struct route *r;
	int narrowest;
	int *x, *depth, *band;
	int next, deepest, top, right;
	FILE *out;
};

static void escaped(const char *s, FILE *out)
{
	for (; *s; s++) {
		switch (*s) {
		case '&':
			fputs("&amp;", out);
			break;
		case '<':
			fputs("&lt;", out);
			break;
		case '>':
			fputs("&gt;", out);
			break;
		case '"':
			fputs("&quot;", out);
			break;
		default:
			fputc(*s, out);
		}
	}
}

static int top_of(const struct drawing *d, int fn)
{
	return d->band[fn] + d->depth[fn] * (BOX_H + GAP_Y);
}

/* Only devices and what is above them: a server's other functions would bury them. */
static void mark(struct drawing *d, int fn)
{
	for (; fn >= 0 && d->x[fn] < 0; fn = topo_fn(d->v->t, (size_t)fn)->up)
		d->x[fn] = 0;
}

/* A VF without a device above it hangs where its path says, so the tree by `up` is all there is. */
static int place(struct drawing *d, int fn, int depth)
{
	int first = -1, last = -1;

	d->depth[fn] = depth;
	d->deepest = depth > d->deepest ? depth : d->deepest;
	for (size_t i = 0; i < topo_len(d->v->t); i++) {
		if (topo_fn(d->v->t, i)->up != fn || d->x[i] < 0)
			continue;
		last = place(d, (int)i, depth + 1);
		first = first < 0 ? last : first;
	}
	if (first < 0) {
		first = last = d->next;
		d->next += BOX_W + GAP_X;
	}
	d->x[fn] = (first + last) / 2;
	return d->x[fn];
}

static bool on_route(const struct drawing *d, int fn)
{
	for (int i = 0; d->r && i < d->r->n_hops; i++)
		if (d->r->hop[i] == fn)
			return true;
	/* Sent up by ACS, it passes all above the NIC. */
	for (int i = 0; d->r && d->r->way == ROUTE_WAY_HOST_BRIDGE && i < d->r->n_nic_up; i++)
		if (d->r->nic_up[i] == fn)
			return true;
	return false;
}

/* Does the route use the line above @fn? */
static bool line_used(const struct drawing *d, int fn)
{
	bool turns_here = d->r && d->r->common == fn && d->r->way != ROUTE_WAY_HOST_BRIDGE;

	return on_route(d, fn) && !turns_here;
}

static void box(const struct drawing *d, int x, int y, const char *class, const char *line1,
		const char *line2)
{
	fprintf(d->out, "<g class=\"%s\"><rect x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\" rx=\"4\"/>",
		class, x, y, BOX_W, BOX_H);
	fprintf(d->out, "<text x=\"%d\" y=\"%d\" class=\"b\">", x + BOX_W / 2, y + 19);
	escaped(line1, d->out);
	fprintf(d->out, "</text><text x=\"%d\" y=\"%d\">", x + BOX_W / 2, y + 36);
	escaped(line2, d->out);
	fputs("</text></g>\n", d->out);
}

static void line(const struct drawing *d, int fn, int from_x, int from_y)
{
	int x = d->x[fn] + BOX_W / 2, y = top_of(d, fn), bend = from_y + GAP_Y / 3;
	bool bold = d->r && fn == d->narrowest;
	char buf[VIEW_TEXT];

	fprintf(d->out, "<polyline points=\"%d,%d %d,%d %d,%d %d,%d\" class=\"%s%s%s\"/>", from_x, from_y,
		from_x, bend, x, bend, x, y, line_used(d, fn) ? "way" : "link", bold ? " narrow" : "",
		route_degraded(d->v->t, fn) ? " degraded" : "");
	if (*view_link_now(d->v, fn, buf))
		fprintf(d->out, "<text x=\"%d\" y=\"%d\" class=\"s%s\">%s</text>\n", x + 8, y - 6,
			bold ? " b" : "", view_link_now(d->v, fn, buf));
}

static void draw_fn(const struct drawing *d, int fn)
{
	static const char *const class[] = {"nic", "direct", "vfio", "accel", "nvme", "port"};
	const struct topo_fn *f = topo_fn(d->v->t, (size_t)fn);
	enum view_kind k = view_kind(d->v, fn);
	char name[VIEW_TEXT], addr[TOPO_ADDR], text[VIEW_TEXT], acs[VIEW_TEXT];
	bool named = f->ibdev[0] || f->netdev[0];

	if (named)
		snprintf(text, sizeof(text), "%s", topo_addr_text(addr, f->addr));
	else if (f->cfg.acs.has)
		snprintf(text, sizeof(text), "ACS %.60s", view_acs(f, acs));
	else
		snprintf(text, sizeof(text), "%s", view_about(d->v, fn));
	snprintf(acs, sizeof(acs), "%s%s", class[k], on_route(d, fn) ? " used" : "");
	box(d, d->x[fn], top_of(d, fn), acs, view_name(d->v, fn, name), text);
}

/**
 * struct bus - where a host bridge's box is
 * @x: its left edge; @top: of its band; @node: NUMA node
 */
struct bus {
	int x, top, node;
};

/* Above the middle of all that hangs on its bus. */
static struct bus find_bus(const struct drawing *d, uint64_t root_bus)
{
	struct bus b = {.top = TOP, .node = -1};
	int first = -1, last = -1;

	for (size_t i = 0; i < topo_len(d->v->t); i++) {
		const struct topo_fn *f = topo_fn(d->v->t, i);

		if (f->up >= 0 || f->root_bus != root_bus || d->x[i] < 0)
			continue;
		first = first < 0 || d->x[i] < first ? d->x[i] : first;
		last = d->x[i] > last ? d->x[i] : last;
		b.node = f->numa_node;
		b.top = d->band[i];
	}
	b.x = (first + last) / 2;
	return b;
}

static void draw_bus(const struct drawing *d, uint64_t root_bus)
{
	struct bus b = find_bus(d, root_bus);
	char name[VIEW_TEXT], numa[VIEW_TEXT];

	snprintf(name, sizeof(name), "host bridge %04x:%02x", (unsigned int)(root_bus >> 8),
		 (unsigned int)(root_bus & 0xff));
	snprintf(numa, sizeof(numa), b.node < 0 ? "no NUMA node" : "NUMA node %d", b.node);
	box(d, b.x, b.top, "cpu", name, numa);
}

/* The line above @fn, from its bridge or host bridge. */
static void draw_line(const struct drawing *d, int fn)
{
	const struct topo_fn *f = topo_fn(d->v->t, (size_t)fn);
	struct bus b;

	if (f->up >= 0) {
		line(d, fn, d->x[f->up] + BOX_W / 2, top_of(d, f->up) + BOX_H);
		return;
	}
	b = find_bus(d, f->root_bus);
	line(d, fn, b.x + BOX_W / 2, b.top + BOX_H);
}

/* Lines share their upper part: those of the way are drawn over the others. */
static void draw_lines(const struct drawing *d)
{
	for (int used = 0; used < 2; used++)
		for (size_t i = 0; i < topo_len(d->v->t); i++)
			if (d->x[i] >= 0 && line_used(d, (int)i) == used)
				draw_line(d, (int)i);
}

static void draw(const struct drawing *d)
{
	static const char style[] =
		"text{font:12px "
		"sans-serif;text-anchor:middle;fill:#222}.b{font-weight:bold}.s{font-size:10px;text-anchor:"
		"start;paint-order:stroke;stroke:#fff;stroke-width:3px}"
		".t{font-size:14px;text-anchor:start}rect{fill:#f4f4f4;stroke:#888}.nic rect{fill:#d7e8fa}"
		".direct rect{fill:#d7e8fa;stroke-dasharray:5 3}.vfio rect{fill:#fde8c8}.accel "
		"rect{fill:#dcf2d8}.nvme rect{fill:#ece0f5}"
		"polyline{fill:none}.cpu rect{fill:#e2e2e2}.used "
		"rect{stroke:#0a58ca;stroke-width:3}.link{stroke:#999;"
		"stroke-width:1.5}.way{stroke:#0a58ca;stroke-width:3}.narrow{stroke-width:8}"
		".degraded{stroke:#d00}";
	int w = d->right + EDGE, h = d->top + d->deepest * (BOX_H + GAP_Y) + BOX_H + EDGE;
	char a[VIEW_TEXT], b[VIEW_TEXT];

	w = w < 480 ? 480 : w;
	fprintf(d->out,
		"<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\" viewBox=\"0 0 %d "
		"%d\">\n"
		"<style>%s</style>\n<rect width=\"%d\" height=\"%d\" style=\"fill:#fff;stroke:none\"/>\n"
		"<text x=\"%d\" y=\"22\" class=\"t b\">",
		w, h, w, h, style, w, h, EDGE);
	if (d->r) {
		fprintf(d->out, "%s to %s: ", view_name(d->v, d->r->nic, a),
			view_name(d->v, d->r->target, b));
		fprintf(d->out, "%s, %s", route_class_name(d->r->class), view_way_about(d->r->way));
	} else {
		escaped(topo_source(d->v->t), d->out);
	}
	fprintf(d->out,
		"</text>\n<text x=\"%d\" y=\"40\" class=\"t s\">red: link below what both ends "
		"can%s</text>\n",
		EDGE, d->r ? "; blue: the way; thick: the narrowest link of it" : "");
	draw_lines(d);
	for (size_t i = 0; i < topo_len(d->v->t); i++)
		if (d->x[i] >= 0)
			draw_fn(d, (int)i);
}

/* Of a route the host bridges it touches are drawn. */
static bool concerns(const struct drawing *d, int fn)
{
	const struct topo *t = d->v->t;
	uint64_t bus = topo_fn(t, (size_t)fn)->root_bus;

	return !d->r || bus == topo_fn(t, (size_t)d->r->nic)->root_bus ||
	       bus == topo_fn(t, (size_t)d->r->target)->root_bus;
}

/* All below one host bridge has been placed from @start on, the deepest in row @deepest; into which band? */
static void settle(struct drawing *d, int start, int deepest)
{
	bool wrap = start > EDGE && d->next > BAND_W;

	if (wrap)
		d->top += (d->deepest + 1) * (BOX_H + GAP_Y);
	for (size_t i = 0; i < topo_len(d->v->t); i++) {
		if (d->depth[i] < 0 || d->band[i] >= 0)
			continue;
		d->band[i] = d->top;
		d->x[i] -= wrap ? start - EDGE : 0;
	}
	d->next -= wrap ? start - EDGE : 0;
	d->deepest = wrap || deepest > d->deepest ? deepest : d->deepest;
	d->right = d->next > d->right ? d->next : d->right;
}

static void lay_out_bus(struct drawing *d, size_t first)
{
	uint64_t root_bus = topo_fn(d->v->t, first)->root_bus;
	int start = d->next, before = d->deepest, deepest;

	d->deepest = 0;
	for (size_t i = first; i < topo_len(d->v->t); i++)
		if (d->x[i] >= 0 && topo_fn(d->v->t, i)->up < 0 && topo_fn(d->v->t, i)->root_bus == root_bus)
			place(d, (int)i, 1);
	deepest = d->deepest;
	d->deepest = before;
	settle(d, start, deepest);
}

static void lay_out(struct drawing *d)
{
	for (size_t i = 0; i < topo_len(d->v->t); i++)
		d->x[i] = d->depth[i] = d->band[i] = -1;
	for (size_t i = 0; i < d->v->n; i++)
		if (concerns(d, d->v->dev[i]))
			mark(d, d->v->dev[i]);
	for (int i = 0; d->r && i < d->r->n_hops; i++)
		mark(d, d->r->hop[i]);
	for (size_t i = 0; i < topo_len(d->v->t); i++)
		if (d->x[i] >= 0 && topo_fn(d->v->t, i)->up < 0 && d->depth[i] < 0)
			lay_out_bus(d, i);
}

/* Does a drawn function on the root bus of @i stand before it? */
static bool bus_drawn(const struct drawing *d, size_t i)
{
	const struct topo *t = d->v->t;

	for (size_t k = 0; k < i; k++)
		if (d->x[k] >= 0 && topo_fn(t, k)->up < 0 &&
		    topo_fn(t, k)->root_bus == topo_fn(t, i)->root_bus)
			return true;
	return false;
}

static void close_drawing(struct drawing *d)
{
	free(d->x);
	free(d->depth);
	free(d->band);
}

int topo_svg(const struct view *v, const struct route *r, FILE *out)
{
	struct drawing d = {.v = v, .r = r, .next = EDGE, .top = TOP, .out = out, .narrowest = -1};

	d.x = calloc(topo_len(v->t) + 1, sizeof(*d.x));
	d.depth = calloc(topo_len(v->t) + 1, sizeof(*d.depth));
	d.band = calloc(topo_len(v->t) + 1, sizeof(*d.band));
	if (!d.x || !d.depth || !d.band) {
		close_drawing(&d);
		return -ENOMEM;
	}
	if (r && r->way != ROUTE_WAY_NONE)
		d.narrowest = view_limit(v, r, LIMIT_WRITE).hop;
	lay_out(&d);
	draw(&d);
	for (size_t i = 0; i < topo_len(v->t); i++)
		if (d.x[i] >= 0 && topo_fn(v->t, i)->up < 0 && !bus_drawn(&d, i))
			draw_bus(&d, topo_fn(v->t, i)->root_bus);
	fputs("</svg>\n", out);
	close_drawing(&d);
	return 0;
}
