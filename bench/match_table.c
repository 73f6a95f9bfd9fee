// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* match: cells as a table, and below it a paragraph for each. */
#include "match_view.h"

#include <string.h>

#include "base/err.h"
#include "grid.h"
#include "topo_view.h"
#include "wrap.h"

const char *match_address(const struct topo *t, int fn, char buf[TOPO_ADDR])
{
	return fn < 0 ? "" : topo_addr_text(buf, topo_fn(t, (size_t)fn)->addr);
}

static const char *name_of(const struct match_view *v, size_t i)
{
	int64_t by = v->reach->imp[v->reach->cell[i].importer].interconnect;

	return keys_axis(AX_INTERCONNECT)->words[by];
}

static void head(const struct match_view *v, FILE *out)
{
	const struct match_exporter *x = &v->reach->exp;
	char addr[TOPO_ADDR];
	const char *at = match_address(v->t, v->ends->fn, addr);

	fprintf(out, "%s -> %s: %s, on %s\n", v->nic, v->target,
		v->reach->tried ? "predicted and tried" : "predicted, nothing was opened", topo_source(v->t));
	fprintf(out, "  nic     %s%s%s\n", at, *at ? ", " : "",
		v->ends->driver[0] ? v->ends->driver : "driver unknown");
	wrap(out, "  memory  ", "%s%s%s%s", mem_kind_name(x->kind), x->open == MATCH_YES ? "" : ", ",
	     x->open == MATCH_NO	? "cannot be opened as it is: "
	     : x->open == MATCH_UNKNOWN ? "whether it opens is not known: "
					: "",
	     x->open_why);
	fputc('\n', out);
}

static void add_cell(const struct match_view *v, size_t i, struct grid *g)
{
	const struct reach *r = v->reach;
	const struct match_cell *c = &r->cell[i];
	char addr[TOPO_ADDR];

	grid_add(g, "  %zu", i + 1);
	grid_add(g, "%s", name_of(v, i));
	grid_add(g, "%s", match_address(v->t, r->imp[c->importer].fn, addr));
	grid_add(g, "%s", match_answer_name(c->works));
	grid_add(g, "%s", match_answer_name(c->eligible));
	grid_add(g, "%s%s%s", c->way == ROUTE_WAY_UNKNOWN ? "?" : route_way_name(c->way),
		 c->has_route ? " " : "", c->has_route ? route_class_name(c->route.class) : "");
	if (c->gbyte_s > 0)
		grid_add(g, "%.4g", c->gbyte_s);
	else
		grid_add(g, "-");
	grid_add(g, "%s", view_tph(c->tph));
	grid_add(g, "%s%s", r->tried ? match_outcome_name(r->outcome[i]) : "",
		 r->tried && r->surprise[i] ? " (!)" : "");
}

static void cells(const struct match_view *v, FILE *out)
{
	static const char *const title[] = {"  #",   "by",   "function", "works", "eligible",
					    "route", "GB/s", "tags",	 NULL};
	struct grid g = {.cols = 9};

	for (const char *const *t = title; *t; t++)
		grid_add(&g, "%s", *t);
	grid_add(&g, "%s", v->reach->tried ? "tried" : "");
	for (size_t i = 0; i < v->reach->n; i++)
		add_cell(v, i, &g);
	grid_finish(&g, out);
	fputc('\n', out);
}

/* What the registration said, and what that means. */
static void tell_outcome(const struct match_view *v, size_t i, FILE *out)
{
	const struct reach *r = v->reach;

	if (!r->rc[i]) {
		wrap(out, "    tried   ", "%s%s", match_outcome_about(r->outcome[i]),
		     r->surprise[i] ? " (!)" : "");
	} else {
		wrap(out, "    tried   ", "%s: %s", err_name(r->rc[i]), r->text[i]);
		wrap(out, "            ", "%s", match_outcome_about(r->outcome[i]));
	}
	if (r->surprise[i])
		wrap(out, "    (!)     ",
		     "not as predicted: a finding; please keep `p2pbench topo --save` and "
		     "the kernel's version with it");
}

static void tell_cell(const struct match_view *v, size_t i, FILE *out)
{
	const struct reach *r = v->reach;
	const struct match_cell *c = &r->cell[i];
	char order[200];

	fprintf(out, "  %zu %s\n", i + 1, name_of(v, i));
	wrap(out, "    why     ", "%s", c->why);
	if (c->works == MATCH_YES && strcmp(c->eligible_why, c->why) != 0 && !strstr(c->why, c->eligible_why))
		wrap(out, "    import  ", "%s", c->eligible_why);
	wrap(out, "    tags    ", "%s: %s", c->tph >= ROUTE_TPH_8 ? "yes" : view_tph(c->tph), c->tph_why);
	if (i + 1 < r->n && c->works != MATCH_NO) {
		match_order_why(c, &r->cell[i + 1], order, sizeof(order));
		wrap(out, "    rank    ", "before %zu: %s", i + 2, order);
	}
	if (r->tried)
		tell_outcome(v, i, out);
}

void match_table(const struct match_view *v, FILE *out)
{
	head(v, out);
	cells(v, out);
	for (size_t i = 0; i < v->reach->n; i++)
		tell_cell(v, i, out);
}
