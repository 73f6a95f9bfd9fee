// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* match --json. A fact that is unknown is null. */
#include "match_view.h"

#include <errno.h>
#include <jansson.h>

#include "base/err.h"

static json_t *text_or_null(const char *s)
{
	return s[0] ? json_string(s) : json_null();
}

static json_t *address(const struct topo *t, int fn)
{
	char buf[TOPO_ADDR];

	return text_or_null(match_address(t, fn, buf));
}

static json_t *tph_bits(enum route_tph tph)
{
	static const int bits[] = {[ROUTE_TPH_8] = 8, [ROUTE_TPH_16] = 16};

	return tph == ROUTE_TPH_UNKNOWN ? json_null() : json_integer(bits[tph]);
}

/* Members of a cell that --try adds; null = not tried. */
static json_t *outcome(const struct reach *r, size_t i)
{
	if (!r->tried)
		return json_null();
	return json_pack("{s:s, s:s, s:s, s:s, s:o, s:b}", "class", match_outcome_name(r->outcome[i]),
			 "errno", r->rc[i] ? err_name(r->rc[i]) : "", "text", r->text[i], "about",
			 match_outcome_about(r->outcome[i]), "reg_us",
			 r->rc[i] ? json_null() : json_real((double)r->reg_ns[i] / 1e3), "surprise",
			 (int)r->surprise[i]);
}

static json_t *quality(const struct match_cell *c)
{
	return json_pack(
		"{s:o, s:o, s:b, s:o}", "gbyte_s", c->gbyte_s > 0 ? json_real(c->gbyte_s) : json_null(),
		"hops", c->hops ? json_integer(c->hops) : json_null(), "crosses_root", (int)c->crosses_root,
		"node_distance", c->node_distance < 0 ? json_null() : json_integer(c->node_distance));
}

static json_t *cell(const struct match_view *v, size_t i)
{
	const struct reach *r = v->reach;
	const struct match_cell *c = &r->cell[i];
	const struct match_importer *imp = &r->imp[c->importer];

	return json_pack("{s:s, s:o, s:s, s:s, s:s, s:s, s:o, s:o, s:o, s:s, s:o, s:o}", "interconnect",
			 keys_axis(AX_INTERCONNECT)->words[imp->interconnect], "function",
			 address(v->t, imp->fn), "works", match_answer_name(c->works), "why", c->why,
			 "eligible", match_answer_name(c->eligible), "eligible_why", c->eligible_why, "route",
			 text_or_null(route_way_name(c->way)), "class",
			 c->has_route ? json_string(route_class_name(c->route.class)) : json_null(),
			 "tph_bits", tph_bits(c->tph), "tph_why", c->tph_why, "quality", quality(c), "tried",
			 outcome(r, i));
}

static json_t *memory(const struct match_view *v)
{
	const struct match_exporter *x = &v->reach->exp;

	return json_pack("{s:s, s:s, s:o, s:s, s:s, s:s, s:s, s:o}", "name", v->target, "kind",
			 mem_kind_name(x->kind), "function", address(v->t, x->fn), "opens",
			 match_answer_name(x->open), "opens_why", x->open_why, "tags",
			 match_answer_name(x->tags), "tags_why", x->tags_why, "error",
			 v->opened ? json_string(v->error->text) : json_null());
}

int match_document(const struct match_view *v, FILE *out)
{
	json_t *cells = json_array(), *j;
	int rc;

	for (size_t i = 0; i < v->reach->n; i++)
		json_array_append_new(cells, cell(v, i));
	j = json_pack("{s:i, s:s, s:{s:s, s:o, s:s}, s:o, s:b, s:o}", "schema", 1, "machine",
		      topo_source(v->t), "nic", "name", v->nic, "function", address(v->t, v->ends->fn),
		      "driver", v->ends->driver, "memory", memory(v), "tried", (int)v->reach->tried, "cells",
		      cells);
	if (!j)
		return -ENOMEM;
	rc = json_dumpf(j, out, JSON_INDENT(2) | JSON_REAL_PRECISION(6)) || fputc('\n', out) < 0;
	json_decref(j);
	return rc ? -EIO : 0;
}
