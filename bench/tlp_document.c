// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* tph-expect --json. A fact that is unknown, or that a row does not have, is null. */
#include <errno.h>

#include "tlp_plan.h"

static json_t *number(int64_t n)
{
	return n < 0 ? json_null() : json_integer(n);
}

static json_t *axis(const struct config *c, enum axis a, int64_t v)
{
	char buf[32];
	const char *text = config_value_csv(c, a, v, buf);

	return v == AXIS_EMPTY ? json_null() : json_string(text);
}

static json_t *addresses(const struct config_memory *mem, const struct tlp_way *w)
{
	json_t *list = json_array();
	uint64_t first, last;

	for (size_t i = 0; tlp_plan_slice(w, mem, i, &first, &last); i++)
		json_array_append_new(
			list, json_pack("{s:I, s:I}", "first", (json_int_t)first, "last", (json_int_t)last));
	return list;
}

static json_t *way(const struct plan_machine *m, const struct config *c, const struct tlp_way *w)
{
	char addr[TOPO_ADDR];
	const struct topo_fn *f = w->fn < 0 ? NULL : topo_fn(m->t, (size_t)w->fn);

	return json_pack(
		"{s:s, s:s, s:o, s:o, s:o, s:s, s:o, s:s, s:o}", "nic", c->nics[w->nic].name, "target",
		c->memory[w->target].name, "interconnect", axis(c, AX_INTERCONNECT, w->interconnect),
		"requester", f ? json_string(topo_addr_text(addr, f->addr)) : json_null(), "requester_id",
		f ? json_integer(tlp_requester(f->addr)) : json_null(), "requester_why", w->fn_why,
		"addresses", addresses(&c->memory[w->target], w), "addresses_why", w->base_why, "route",
		w->has_route && w->route.way != ROUTE_WAY_UNKNOWN ? json_string(route_way_name(w->route.way))
								  : json_null());
}

static json_t *row(const struct config *c, const struct tlp_row *r)
{
	const struct tlp *t = &r->tlp;

	return json_pack(
		"{s:I, s:o, s:I, s:o, s:o, s:o, s:o, s:o, s:s, s:o, s:I, s:o, s:o, s:o, s:o, s:o, s:i, s:s}",
		"way", (json_int_t)r->way, "op", axis(c, AX_OP, r->op), "size_bytes", (json_int_t)r->size,
		"tph", axis(c, AX_TPH, r->tph), "st", axis(c, AX_ST, r->st), "st_ext",
		axis(c, AX_ST_EXT, r->st_ext), "ph", axis(c, AX_PH, r->ph), "tph_cpu",
		axis(c, AX_TPH_CPU, r->tph_cpu), "tlp", t->name, "fmt_type", number(t->code), "full_tlps",
		(json_int_t)t->full, "full_length_dw", t->full_dw ? json_integer(t->full_dw) : json_null(),
		"last_length_dw", t->rest_dw ? json_integer(t->rest_dw) : json_null(), "expected_th",
		number(t->th), "expected_ph", number(t->ph), "expected_st", number(t->st), "st_bits",
		t->st < 0 ? 0
		: t->wide ? 16
			  : 8,
		"where", tlp_carrier_about(t->carrier));
}

int tlp_document(const struct plan_machine *m, const struct config *c, const struct tlp_plan *x, FILE *out)
{
	json_t *ways = json_array(), *rows = json_array(), *j;
	int rc;

	for (size_t i = 0; i < x->n_ways; i++)
		json_array_append_new(ways, way(m, c, &x->way[i]));
	for (size_t i = 0; i < x->n_rows; i++)
		json_array_append_new(rows, row(c, &x->row[i]));
	j = json_pack("{s:i, s:s, s:o, s:o, s:I}", "schema", 1, "machine",
		      m->t ? topo_source(m->t) : "unknown", "ways", ways, "rows", rows, "left_out_points",
		      (json_int_t)x->left_out);
	if (!j)
		return -ENOMEM;
	rc = json_dumpf(j, out, JSON_INDENT(2)) || fputc('\n', out) < 0;
	json_decref(j);
	return rc ? -EIO : 0;
}
