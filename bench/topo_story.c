// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* --route: which way peer traffic goes, whether a tag arrives, what the most is. */
#include "topo_view.h"

#include <string.h>

#include "grid.h"

enum { VENDOR_MELLANOX = 0x15b3, DEVICE_DATA_DIRECT = 0x2100 };

/* Append to @text, of VIEW_TEXT characters. */
static void append(char *text, const char *words)
{
	size_t len = strlen(text);

	snprintf(text + len, VIEW_TEXT - len, " <- %s", words);
}

/* The worst kind that AER counted. */
static void append_errors(const struct topo_fn *f, char *text)
{
	static const char *const kind[] = {"corrected", "uncorrected", "fatal"};
	char words[48];

	for (int i = TOPO_FATAL; i >= TOPO_CORRECTABLE; i--) {
		if (f->errors[i] <= 0)
			continue;
		snprintf(words, sizeof(words), "%lld %s errors", f->errors[i], kind[i]);
		append(text, words);
		return;
	}
}

/* What is remarkable about the i-th hop. */
static void remark(const struct view *v, const struct route *r, int i, int narrowest, char *text)
{
	*text = '\0';
	if (r->hop[i] == narrowest)
		append(text, "narrowest");
	if (route_degraded(v->t, r->hop[i]))
		append(text, "degraded");
	if (r->hop[i] == r->redirect && r->common >= 0)
		append(text, "redirects");
	append_errors(topo_fn(v->t, (size_t)r->hop[i]), text);
	if (r->common < 0 && i == r->turn)
		append(text, "the CPU lies behind");
	else if (i == r->turn && r->way == ROUTE_WAY_SWITCH)
		append(text, "turns here");
}

static void add_hop(const struct view *v, const struct route *r, int i, int narrowest, struct grid *g)
{
	const struct topo_fn *f = topo_fn(v->t, (size_t)r->hop[i]);
	const struct topo_fn *own = topo_fn(v->t, (size_t)topo_pf(v->t, r->hop[i]));
	char buf[VIEW_TEXT];

	grid_add(g, "  %s", i ? "" : "hops ");
	grid_add(g, "%s", topo_addr_text(buf, f->addr));
	grid_add(g, "%s%s%s", view_about(v, r->hop[i]), f->driver[0] && !f->cfg.bridge ? ", " : "",
		 f->cfg.bridge ? "" : f->driver);
	grid_add(g, "%s", view_link_now(v, r->hop[i], buf));
	if (own->cfg.exp.has)
		grid_add(g, "MPS %u", own->cfg.exp.mps);
	else
		grid_add(g, "%s", view_blind(f) ? "MPS ?" : "");
	grid_add(g, "%s%s", f->cfg.bridge ? "ACS " : "", f->cfg.bridge ? view_acs(f, buf) : "");
	remark(v, r, i, narrowest, buf);
	grid_add(g, "%s", *buf ? buf + 1 : "");
}

static void groups(const struct view *v, const struct route *r, FILE *out)
{
	const struct topo_fn *a = topo_fn(v->t, (size_t)r->nic), *b = topo_fn(v->t, (size_t)r->target);
	char name[2][VIEW_TEXT];

	fputs("  IOMMU  ", out);
	if (!a->cfg.bytes || !b->cfg.bytes)
		fputs("unknown: hwloc's XML has no groups\n", out);
	else if (a->iommu_group < 0 || b->iommu_group < 0)
		fputs("no groups: it is off\n", out);
	else if (r->nic == r->target)
		fprintf(out, "group %d %s\n", a->iommu_group, a->group_type);
	else if (a->iommu_group == b->iommu_group)
		fprintf(out, "both in group %d%s%s%s: not isolated from each other\n", a->iommu_group,
			a->group_type[0] ? " (" : "", a->group_type, a->group_type[0] ? ")" : "");
	else
		fprintf(out, "%s in group %d%s%s, %s in group %d%s%s\n", view_name(v, r->nic, name[0]),
			a->iommu_group, a->group_type[0] ? " " : "", a->group_type,
			view_name(v, r->target, name[1]), b->iommu_group, b->group_type[0] ? " " : "",
			b->group_type);
}

static void print_limit(const char *what, const struct path_limit *l, FILE *out)
{
	const char *about = l->source == PATH_ASSUMED ? "~" : "";

	fprintf(out, "%s at most %s%.4g GB/s (expected %s%.4g)", what, about, l->hard.gbyte_s, about,
		l->expected.gbyte_s);
}

static bool any_blind(const struct view *v, const struct route *r)
{
	for (int i = 0; i < r->n_hops; i++)
		if (view_blind(topo_fn(v->t, (size_t)r->hop[i])))
			return true;
	return false;
}

static void print_source(const struct view *v, const struct route *r, const struct path_limit *w,
			 const struct path_limit *d, FILE *out)
{
	char name[VIEW_TEXT], link[VIEW_TEXT];

	fprintf(out, "         set by the link above %s, %s", view_name(v, w->hop, name),
		view_link_now(v, w->hop, link));
	if (d->hop != w->hop)
		fprintf(out, " (reads: above %s)", view_name(v, d->hop, name));
	fprintf(out, "; source %s\n", path_source_name(w->source));
	if (w->source == PATH_ASSUMED)
		fprintf(out, "         ~: packet sizes are assumed, %s\n",
			any_blind(v, r) ? "they are unknown (run as root)"
					: "a function of the way has no PCI Express capability");
	if (r->way == ROUTE_WAY_HOST_BRIDGE)
		fputs("         what the CPU itself can pass on is not known and not in it\n", out);
	if (r->way == ROUTE_WAY_UNKNOWN)
		fputs("         for the way as the tree lays it out\n", out);
}

static void limits(const struct view *v, const struct route *r, FILE *out)
{
	const struct path_limit w = view_limit(v, r, LIMIT_WRITE), d = view_limit(v, r, LIMIT_READ);

	fputs("  limit  ", out);
	if (r->way == ROUTE_WAY_NONE) {
		fputs("0 GB/s: no peer traffic; what is left is the detour through host memory (bounce)\n",
		      out);
	} else if (r->way == ROUTE_WAY_SELF) {
		fputs("none by PCIe: the traffic does not leave the function\n", out);
	} else if (w.hop < 0) {
		fprintf(out, "unknown%s: no link on the way tells its speed\n",
			any_blind(v, r) ? " (run as root)" : "");
	} else {
		print_limit("64K writes", &w, out);
		fputs(", ", out);
		print_limit("reads", &d, out);
		fputc('\n', out);
		print_source(v, r, &w, &d, out);
	}
}

/* Which NIC such a function belongs to is in its VPD, which is not read: all are shown. */
static void data_direct(const struct view *v, const struct route *r, FILE *out)
{
	for (size_t i = 0; i < topo_len(v->t); i++) {
		const struct topo_fn *f = topo_fn(v->t, i);
		char addr[TOPO_ADDR];
		struct route other;

		if (f->vendor != VENDOR_MELLANOX || f->device != DEVICE_DATA_DIRECT)
			continue;
		other = route_find(v->t, (int)i, r->target);
		fprintf(out,
			"  also   data-direct function %s: %s, %s (its NIC is the one with the same VPD "
			"V3)\n",
			topo_addr_text(addr, f->addr), route_class_name(other.class),
			view_way_about(other.way));
	}
}

void topo_story(const struct view *v, const struct route *r, FILE *out)
{
	const int narrowest = r->way == ROUTE_WAY_NONE ? -1 : view_limit(v, r, LIMIT_WRITE).hop;
	struct grid g = {.cols = 7};
	char a[VIEW_TEXT], b[VIEW_TEXT];

	fprintf(out, "%s -> %s: %s, %s; tags: %s\n\n", view_name(v, r->nic, a), view_name(v, r->target, b),
		route_class_name(r->class), view_way_about(r->way), view_tph(r->tph));
	for (int i = 0; i < r->n_hops; i++)
		add_hop(v, r, i, narrowest, &g);
	grid_finish(&g, out);
	fprintf(out, "  class  %s: %s\n", route_class_name(r->class), route_class_about(r->class));
	fprintf(out, "  way    %s\n", r->why);
	fprintf(out, "  TPH    %s: %s\n", r->tph >= ROUTE_TPH_8 ? "yes" : view_tph(r->tph), r->tph_why);
	groups(v, r, out);
	limits(v, r, out);
	data_direct(v, r, out);
	topo_advice(v, r, out);
}
