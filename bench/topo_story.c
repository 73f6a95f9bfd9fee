// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* --route: which way peer traffic goes, whether a tag arrives, what the most is. */
#include "topo_view.h"

#include <string.h>

#include "grid.h"
#include "wrap.h"

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
	static const char head[] = "  IOMMU  ";
	char name[2][VIEW_TEXT];

	if (!a->cfg.bytes || !b->cfg.bytes)
		wrap(out, head, "unknown: hwloc's XML has no groups");
	else if (a->iommu_group < 0 || b->iommu_group < 0)
		wrap(out, head, "no groups: it is off");
	else if (r->nic == r->target)
		wrap(out, head, "group %d %s", a->iommu_group, a->group_type);
	else if (a->iommu_group == b->iommu_group)
		wrap(out, head, "both in group %d%s%s%s: not isolated from each other", a->iommu_group,
		     a->group_type[0] ? " (" : "", a->group_type, a->group_type[0] ? ")" : "");
	else
		wrap(out, head, "%s in group %d%s%s, %s in group %d%s%s", view_name(v, r->nic, name[0]),
		     a->iommu_group, a->group_type[0] ? " " : "", a->group_type,
		     view_name(v, r->target, name[1]), b->iommu_group, b->group_type[0] ? " " : "",
		     b->group_type);
}

#define UNDER "         " /* where the text of a row stands */

static void print_limit(const char *head, const char *what, const struct path_limit *l, FILE *out)
{
	const char *about = l->source == PATH_ASSUMED ? "~" : "";

	wrap(out, head, "%s at most %s%.4g GB/s (expected %s%.4g)", what, about, l->hard.gbyte_s, about,
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
	char name[VIEW_TEXT], other[VIEW_TEXT], link[VIEW_TEXT];

	wrap(out, UNDER, "set by the link above %s, %s%s%s%s; source %s", view_name(v, w->hop, name),
	     view_link_now(v, w->hop, link), d->hop != w->hop ? " (reads: above " : "",
	     d->hop != w->hop ? view_name(v, d->hop, other) : "", d->hop != w->hop ? ")" : "",
	     path_source_name(w->source));
	if (w->source == PATH_ASSUMED)
		wrap(out, UNDER, "~: packet sizes are assumed, %s",
		     any_blind(v, r) ? "they are unknown (run as root)"
				     : "a function of the way has no PCI Express capability");
	if (r->way == ROUTE_WAY_HOST_BRIDGE)
		wrap(out, UNDER, "what the CPU itself can pass on is not known and not in it");
	if (r->way == ROUTE_WAY_UNKNOWN)
		wrap(out, UNDER, "for the way as the tree lays it out");
}

static void limits(const struct view *v, const struct route *r, FILE *out)
{
	const struct path_limit w = view_limit(v, r, LIMIT_WRITE), d = view_limit(v, r, LIMIT_READ);
	static const char head[] = "  limit  ";

	if (r->way == ROUTE_WAY_NONE) {
		wrap(out, head,
		     "0 GB/s: no peer traffic; what is left is the detour through host memory (bounce)");
	} else if (r->way == ROUTE_WAY_SELF) {
		wrap(out, head, "none by PCIe: the traffic does not leave the function");
	} else if (w.hop < 0) {
		wrap(out, head, "unknown%s: no link on the way tells its speed",
		     any_blind(v, r) ? " (run as root)" : "");
	} else {
		print_limit(head, "64K writes", &w, out);
		print_limit(UNDER, "64K reads", &d, out);
		print_source(v, r, &w, &d, out);
	}
}

/* Traffic that stays inside the NIC does not meet it; of the shortest headers and the longest packets. */
static void port(const struct view *v, const struct route *r, FILE *out)
{
	const struct limit_message m = {.op = LIMIT_WRITE, .size = 65536, .mtu = LIMIT_PAGE};
	struct limit_port p = {.ip = 4};
	struct topo_port facts;

	if (topo_port(v->t, r->nic, 1, &facts) || !(facts.gbit > 0))
		return;
	p.gbit = facts.gbit;
	p.net = facts.ethernet ? LIMIT_ROCE : LIMIT_IB;
	wrap(out, "  port   ", "%s, %g Gbit/s: over the wire 64K writes at most %.4g GB/s",
	     facts.ethernet ? "Ethernet" : "InfiniBand", facts.gbit, limit_of_port(&p, &m).gbyte_s);
}

/* Tags by that function are not promised: the driver has no TPH beside data-direct. */
static void other_way(const struct view *v, const struct route *r, int fn, const char *about, FILE *out)
{
	const struct route other = route_find(v->t, fn, r->target);
	char addr[TOPO_ADDR];

	wrap(out, "  also   ", "%sdata-direct function %s: %s, %s", about,
	     topo_addr_text(addr, topo_fn(v->t, (size_t)fn)->addr), route_class_name(other.class),
	     view_way_about(other.way));
	if (view_kind(v, r->target) == VIEW_VFIO)
		wrap(out, UNDER, "(kernels to 7.3 refuse VFIO memory there: mlx5 cannot revoke it)");
}

/* The second function of the NIC; all that it may be when its product data are not readable. */
static void data_direct(const struct view *v, const struct route *r, FILE *out)
{
	int fn = topo_data_direct(v->t, r->nic);

	if (fn >= 0)
		other_way(v, r, fn, "its ", out);
	for (size_t i = v->n_nics; topo_data_direct_unknown(v->t, r->nic) && i < v->n_from; i++)
		if (topo_data_direct_of(v->t, v->dev[i]) < 0)
			other_way(v, r, v->dev[i], "perhaps its, unknown (run as root): ", out);
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
	wrap(out, "  class  ", "%s: %s", route_class_name(r->class), route_class_about(r->class));
	wrap(out, "  way    ", "%s", r->why);
	wrap(out, "  TPH    ", "%s: %s", r->tph >= ROUTE_TPH_8 ? "yes" : view_tph(r->tph), r->tph_why);
	groups(v, r, out);
	limits(v, r, out);
	port(v, r, out);
	data_direct(v, r, out);
	topo_advice(v, r, out);
}
