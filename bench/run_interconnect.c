// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* What run.json and the end of a run say of interconnects: predicted, tried, and where the two contradict. */
#include <stdio.h>

#include "base/err.h"
#include "run/reach.h"
#include "run_json.h"

static const char *word(int64_t interconnect)
{
	return keys_axis(AX_INTERCONNECT)->words[interconnect];
}

/* @i: which cell. */
static json_t *cell_json(const struct reach *r, size_t i)
{
	const struct match_cell *c = &r->cell[i];
	json_t *o = json_pack("{s:s, s:s, s:s, s:s, s:s, s:s}", "interconnect",
			      word(r->imp[c->importer].interconnect), "route", route_way_name(c->way),
			      "eligible", match_answer_name(c->eligible), "eligible_why", c->eligible_why,
			      "predicted", match_answer_name(c->works), "why", c->why);

	if (!r->tried)
		return o;
	json_object_set_new(o, "outcome", json_string(match_outcome_name(r->outcome[i])));
	json_object_set_new(o, "errno", r->rc[i] ? json_string(err_name(r->rc[i])) : json_null());
	json_object_set_new(o, "text", json_string(r->text[i]));
	json_object_set_new(o, "reg_us", r->rc[i] ? json_null() : json_real((double)r->reg_ns[i] / 1e3));
	json_object_set_new(o, "surprise", json_boolean(r->surprise[i]));
	return o;
}

static json_t *tags_json(const struct reach *r)
{
	const struct mem_tph *t = &r->tags;

	return json_pack("{s:b, s:b, s:b, s:o, s:s, s:s, s:s}", "usable", t->usable, "st", t->st, "st_ext",
			 t->st_ext, "index", t->index < 0 ? json_null() : json_integer(t->index), "source",
			 t->source ? t->source : "", "symbol", t->symbol ? t->symbol : "", "why", t->why);
}

static json_t *way_json(const struct config *c, const struct run_pair *p, size_t memory,
			const struct reach *r)
{
	json_t *cells = json_array();

	for (size_t i = 0; i < r->n; i++)
		json_array_append_new(cells, cell_json(r, i));
	return json_pack("{s:s, s:s, s:s, s:o, s:o}", "nic", c->nics[p->nic].name, "peer_nic",
			 p->nic == p->peer ? "" : c->nics[p->peer].name, "memory", c->memory[memory].name,
			 "tags", tags_json(r), "cells", cells);
}

json_t *run_interconnect_json(const struct config *c, const struct run *run)
{
	json_t *all = json_array();

	for (size_t i = 0; i < run_pairs(run); i++) {
		struct run_pair p;

		run_pair(run, i, &p);
		for (size_t m = 0; m < c->n_memory; m++) {
			const struct reach *r = run_reach(run, i, m);

			if (r)
				json_array_append_new(all, way_json(c, &p, m, r));
		}
	}
	return all;
}

static void say(const struct config_nic *nic, const struct reach *r, size_t i)
{
	const struct match_cell *c = &r->cell[i];

	fprintf(stderr, "finding: nic %s to memory %s by %s: predicted %s (%s), but it %s%s\n", nic->name,
		r->exp.name, word(r->imp[c->importer].interconnect), match_answer_name(c->works), c->why,
		r->rc[i] ? "did not: " : "worked", r->rc[i] ? r->text[i] : "");
}

void run_interconnect_findings(const struct config *c, const struct run *run)
{
	for (size_t p = 0; p < run_pairs(run); p++) {
		struct run_pair pair;

		run_pair(run, p, &pair);
		for (size_t m = 0; m < c->n_memory; m++) {
			const struct reach *r = run_reach(run, p, m);

			for (size_t i = 0; r && i < r->n; i++)
				if (r->surprise[i])
					say(&c->nics[pair.peer], r, i);
		}
	}
}
