// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Boxes, what is above them, and the lines between, as one self-contained picture. */
#include "report/tree_svg.h"

#include <errno.h>
#include <stdlib.h>

enum { BOX_W = 158, BOX_H = 46, GAP_X = 14, GAP_Y = 44, EDGE = 16, TOP = 56, LEAST_W = 480 };

/* Trees stand side by side up to this, the next one begins a band below. */
enum { BAND_W = 2600 };

/* Where a box is, and in which row of its tree. */
struct place {
	int x, y, depth;
	int first, last; /* left edges of its outermost children, -1 = none */
};

/**
 * struct drawing - at work
 * @next: left edge of the next box that has none below it; @top: of the band, @deepest: row of it
 * @right: edge of what is drawn
 */
struct drawing {
	const struct tree_box *box;
	size_t n;
	struct place *at;
	int next, top, deepest, right;
	FILE *out;
};

const char *tree_kind_name(enum tree_kind k)
{
	static const char *const name[] = {"port", "cpu", "nic", "direct", "vfio", "accel", "nvme"};

	return name[k];
}

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
			fputc((unsigned char)*s < ' ' ? '?' : *s, out);
		}
	}
}

/* A box stands in the middle above its own: those come first, @i and all below it. */
static void place(struct drawing *d, size_t i)
{
	struct place *p = &d->at[i];

	for (size_t k = i + 1; k < d->n; k++) {
		if (d->box[k].up != (int)i)
			continue;
		d->at[k].depth = p->depth + 1;
		place(d, k);
		p->first = p->first < 0 ? d->at[k].x : p->first;
		p->last = d->at[k].x;
	}
	if (p->first < 0) {
		p->first = p->last = d->next;
		d->next += BOX_W + GAP_X;
	}
	p->x = (p->first + p->last) / 2;
	d->deepest = p->depth > d->deepest ? p->depth : d->deepest;
}

static size_t root_of(const struct drawing *d, size_t i)
{
	while (d->box[i].up >= 0)
		i = (size_t)d->box[i].up;
	return i;
}

/* One tree, on a band of its own when there is no room beside the others. */
static void lay_out_tree(struct drawing *d, size_t root)
{
	int start = d->next, before = d->deepest;
	bool wrap;

	d->deepest = 0;
	place(d, root);
	wrap = start > EDGE && d->next > BAND_W;
	if (wrap)
		d->top += (before + 1) * (BOX_H + GAP_Y);
	else if (before > d->deepest)
		d->deepest = before;
	for (size_t i = root; i < d->n; i++) {
		if (root_of(d, i) != root)
			continue;
		d->at[i].x -= wrap ? start - EDGE : 0;
		d->at[i].y = d->top + d->at[i].depth * (BOX_H + GAP_Y);
	}
	d->next -= wrap ? start - EDGE : 0;
	d->right = d->next > d->right ? d->next : d->right;
}

static void draw_line(const struct drawing *d, size_t i)
{
	const struct tree_box *b = &d->box[i];
	const struct place *up = &d->at[b->up], *p = &d->at[i];
	int from_x = up->x + BOX_W / 2, from_y = up->y + BOX_H, x = p->x + BOX_W / 2,
	    bend = from_y + GAP_Y / 3;

	fprintf(d->out, "<polyline points=\"%d,%d %d,%d %d,%d %d,%d\" class=\"%s%s%s\"/>", from_x, from_y,
		from_x, bend, x, bend, x, p->y, b->line_used ? "way" : "link", b->narrow ? " narrow" : "",
		b->degraded ? " degraded" : "");
	if (!*b->link)
		return;
	fprintf(d->out, "<text x=\"%d\" y=\"%d\" class=\"s%s\">", x + 8, p->y - 6, b->narrow ? " b" : "");
	escaped(b->link, d->out);
	fputs("</text>\n", d->out);
}

static void draw_box(const struct drawing *d, size_t i)
{
	const struct tree_box *b = &d->box[i];
	const struct place *p = &d->at[i];

	fprintf(d->out,
		"<g class=\"%s%s\"><rect x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\" rx=\"4\"/>"
		"<text x=\"%d\" y=\"%d\" class=\"b\">",
		tree_kind_name(b->kind), b->used ? " used" : "", p->x, p->y, BOX_W, BOX_H, p->x + BOX_W / 2,
		p->y + 19);
	escaped(b->name, d->out);
	fprintf(d->out, "</text><text x=\"%d\" y=\"%d\">", p->x + BOX_W / 2, p->y + 36);
	escaped(b->about, d->out);
	fputs("</text></g>\n", d->out);
}

/* In a page the colours outside the boxes are the page's; the boxes are light on any. */
static void draw_head(const struct drawing *d, const char *title, bool way)
{
	static const char style[] =
		".tree text{font:12px sans-serif;text-anchor:middle;fill:#222}.tree .b{font-weight:bold}"
		".tree .s{font-size:10px;text-anchor:start;fill:var(--fg,#222);paint-order:stroke;"
		"stroke:var(--bg,#fff);stroke-width:3px}.tree .t{font-size:14px;text-anchor:start;"
		"fill:var(--fg,#222)}.tree .page{fill:var(--bg,#fff);stroke:none}"
		".tree rect{fill:#f4f4f4;stroke:#888}.tree .nic rect{fill:#d7e8fa}"
		".tree .direct rect{fill:#d7e8fa;stroke-dasharray:5 3}.tree .vfio rect{fill:#fde8c8}"
		".tree .accel rect{fill:#dcf2d8}.tree .nvme rect{fill:#ece0f5}.tree .cpu rect{fill:#e2e2e2}"
		".tree polyline{fill:none}.tree .used rect{stroke:#0a58ca;stroke-width:3}"
		".tree .link{stroke:#999;stroke-width:1.5}.tree .way{stroke:#2f7de1;stroke-width:3}"
		".tree .narrow{stroke-width:8}.tree .degraded{stroke:#d00}";
	int w = d->right + EDGE, h = d->top + (d->deepest + 1) * (BOX_H + GAP_Y) - GAP_Y + EDGE;

	w = w < LEAST_W ? LEAST_W : w;
	fprintf(d->out,
		"<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"tree\" width=\"%d\" height=\"%d\" "
		"viewBox=\"0 0 %d %d\" style=\"max-width:%dpx\">\n<style>%s</style>\n"
		"<rect class=\"page\" width=\"%d\" height=\"%d\"/>\n<text x=\"%d\" y=\"22\" class=\"t b\">",
		w, h, w, h, w, style, w, h, EDGE);
	escaped(title, d->out);
	fprintf(d->out,
		"</text>\n<text x=\"%d\" y=\"40\" class=\"t s\">red: link below what both ends "
		"can%s</text>\n",
		EDGE, way ? "; blue: the way; thick: the narrowest link of it" : "");
}

/* Lines share their upper part: those of the way are drawn over the others. */
static void draw(const struct drawing *d)
{
	for (int used = 0; used < 2; used++)
		for (size_t i = 0; i < d->n; i++)
			if (d->box[i].up >= 0 && d->box[i].line_used == used)
				draw_line(d, i);
	for (size_t i = 0; i < d->n; i++)
		draw_box(d, i);
	fputs("</svg>\n", d->out);
}

/* Every box stands behind the one it hangs from. */
static bool ordered(const struct tree_box *box, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (box[i].up < -1 || box[i].up >= (int)i)
			return false;
	return true;
}

int tree_svg(const struct tree_box *box, size_t n, const char *title, bool way, FILE *out)
{
	struct drawing d = {.box = box, .n = n, .next = EDGE, .top = TOP, .out = out};

	if (n > TREE_BOXES_MAX || !ordered(box, n))
		return -EINVAL;
	d.at = calloc(n + 1, sizeof(*d.at));
	if (!d.at)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++)
		d.at[i].first = -1;
	for (size_t i = 0; i < n; i++)
		if (box[i].up < 0)
			lay_out_tree(&d, i);
	draw_head(&d, title, way);
	draw(&d);
	free(d.at);
	return 0;
}
