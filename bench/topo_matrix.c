// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Every device against every NIC, as `nvidia-smi topo -m` does it, with the kernel's answer at each class. */
#include "topo_view.h"

#include "base/cleanup.h"
#include "grid.h"

/* What of the legend was used. */
struct seen {
	bool class[ROUTE_SYS + 1];
	bool way[ROUTE_WAY_NONE + 1];
	bool blank;
};

static void add_row(const struct view *v, int fn, size_t cols, struct grid *g, struct seen *s)
{
	const struct topo_fn *f = topo_fn(v->t, (size_t)fn);
	char buf[VIEW_TEXT];

	grid_add(g, "%s", view_name(v, fn, buf));
	for (size_t c = 0; c < cols; c++) {
		struct route r = route_find(v->t, v->dev[c], fn);

		s->class[r.class] = true;
		s->way[r.way] = true;
		grid_add(g, "%s%s", route_class_name(r.class), view_way_mark(r.way));
	}
	grid_add(g, "%s", view_cpus(v, fn, buf));
	if (f->numa_node < 0)
		grid_add(g, "-");
	else
		grid_add(g, "%d", f->numa_node);
	grid_add(g, "%s", view_what(v, fn, buf));
	grid_add(g, "%s", f->driver[0] ? f->driver : "-");
	grid_add(g, "%s%s", view_link_now(v, fn, buf), route_degraded(v->t, fn) ? " degraded" : "");
	grid_add(g, "%s", topo_addr_text(buf, f->addr));
	s->blank |= view_blind(f);
}

static void legend(const struct seen *s, FILE *out)
{
	static const char *const about[] = {
		[ROUTE_WAY_UNKNOWN] = "unknown (run as root)",
		[ROUTE_WAY_HOST_BRIDGE] = "peer traffic goes up through the CPU's host bridge",
		[ROUTE_WAY_NONE] = "no peer-to-peer: the kernel refuses this pair",
	};

	fputc('\n', out);
	for (enum route_class c = ROUTE_SELF; c <= ROUTE_SYS; c++)
		if (s->class[c])
			fprintf(out, "  %-5s %s\n", route_class_name(c), route_class_about(c));
	for (enum route_way w = ROUTE_WAY_UNKNOWN; w <= ROUTE_WAY_NONE; w++)
		if (s->way[w] && about[w])
			fprintf(out, "  %-5s %s\n", view_way_mark(w), about[w]);
	if (s->way[ROUTE_WAY_SWITCH])
		fputs("  no mark: peer traffic turns below the CPU\n", out);
}

/* Also those of switches, which have no row. */
static void degraded_links(const struct view *v, FILE *out)
{
	enum { FEW = 16 };
	char name[VIEW_TEXT], now[VIEW_TEXT], max[VIEW_TEXT];
	size_t n = 0;

	for (size_t i = 0; i < topo_len(v->t); i++) {
		if (!route_degraded(v->t, (int)i) || ++n > FEW)
			continue;
		fprintf(out, "%sdegraded: the link above %s (%s) runs at %s, it can %s\n", n == 1 ? "\n" : "",
			view_name(v, (int)i, name), view_about(v, (int)i), view_link_now(v, (int)i, now),
			view_link_max(v, (int)i, max));
	}
	if (n > FEW)
		fprintf(out, "degraded: %zu more; `p2pbench topo --tree` marks all\n", n - FEW);
}

void topo_matrix(const struct view *v, FILE *out)
{
	size_t cols = v->n_from ? v->n_from : v->n;
	struct grid g = {.cols = cols + 7};
	struct seen s = {0};
	char buf[VIEW_TEXT];

	grid_add(&g, "%s", "");
	for (size_t c = 0; c < cols; c++)
		grid_add(&g, "%s", view_name(v, v->dev[c], buf));
	static const char *const head[] = {"CPUs", "NUMA", "what", "driver", "link", "address"};
	for (size_t i = 0; i < ARRAY_LEN(head); i++)
		grid_add(&g, "%s", head[i]);
	for (size_t i = 0; i < v->n; i++)
		add_row(v, v->dev[i], cols, &g, &s);
	grid_finish(&g, out);
	legend(&s, out);
	degraded_links(v, out);
	fprintf(out, "\n%s`p2pbench topo --route %s` tells why, what limits it and what would change it\n",
		v->n_from ? "" : "no NIC here: columns are all devices; ",
		v->n_from ? "NIC TARGET" : "FROM TO");
}
