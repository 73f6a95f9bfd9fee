// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "plan_document.h"

#include <string.h>

#include "base/err.h"
#include "base/units.h"
#include "config/yaml.h"
#include "document.h"
#include "ops/ops.h"
#include "result/columns.h"
#include "result/runjson.h"
#include "run/budget.h"
#include "run/limits.h"
#include "topo/route.h"

static json_t *plain(const char *text)
{
	int64_t v;

	return units_int(text, &v, NULL) || text[0] == '+' ? runjson_text(text) : json_integer((json_int_t)v);
}

static json_t *node_json(const struct node *n)
{
	json_t *o;

	if (n->kind == NODE_SCALAR)
		return plain(n->text);
	o = n->kind == NODE_LIST ? json_array() : json_object();
	for (size_t i = 0; i < n->n; i++) {
		if (n->kind == NODE_LIST)
			json_array_append_new(o, node_json(n->entry[i].val));
		else
			json_object_set_new(o, n->entry[i].key->text, node_json(n->entry[i].val));
	}
	return o;
}

json_t *config_document(const struct config *c)
{
	json_t *o = node_json(c->tree);

	/* Folded into the sweeps already. */
	json_object_del(o, "defaults");
	return json_pack("{s:i, s:o}", "schema", DOCUMENT_SCHEMA, "config", o);
}

static json_t *point_json(const struct loaded *l, size_t i)
{
	char id[PLAN_POINT_ID], buf[32], why[128];
	json_t *o = json_object();
	const char *reason;
	struct point pt;

	plan_point(l->plan, i, &pt);
	json_object_set_new(o, "point_id", json_string(plan_point_id(id, pt.id)));
	json_object_set_new(o, "sweep", json_string(l->config->sweeps[pt.sweep].name));
	for (int ax = 0; ax < AX_COUNT; ax++) {
		const char *text = config_value_csv(l->config, (enum axis)ax, pt.v[ax], buf);
		const struct key *k = keys_axis((enum axis)ax);

		if (*text)
			json_object_set_new(o, k->column,
					    k->type == KEY_INT || k->type == KEY_SIZE ? plain(text)
										      : runjson_text(text));
	}
	reason = run_unsupported(l->config, ops, &pt, why, sizeof(why));
	if (reason)
		json_object_set_new(o, "skipped", runjson_text(reason));
	return o;
}

static json_t *sweep_json(const struct loaded *l, size_t i)
{
	const struct config_sweep *s = &l->config->sweeps[i];
	struct plan_count n = plan_count(l->plan, i);

	return json_pack("{s:s, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I}", "name", s->name, "raw",
			 (json_int_t)n.raw, "excluded", (json_int_t)n.excluded, "impossible",
			 (json_int_t)n.impossible, "included", (json_int_t)n.included, "duplicate",
			 (json_int_t)n.duplicate, "plain", (json_int_t)n.plain, "controls",
			 (json_int_t)n.controls, "points", (json_int_t)n.kept, "rounds_min",
			 (json_int_t)s->set.rounds_min, "rounds_max", (json_int_t)s->set.rounds_max);
}

static json_t *address(const struct plan_machine *m, int fn)
{
	char addr[TOPO_ADDR];

	return fn < 0 || !m->t ? json_null()
			       : json_string(topo_addr_text(addr, topo_fn(m->t, (size_t)fn)->addr));
}

/* From a NIC to a memory, as far as this machine tells; a software device has no way. */
static json_t *way_json(const struct plan_machine *m, const struct config_nic *n,
			const struct config_memory *mem)
{
	int nic = plan_nic_fn(m, n), target = m->t ? limits_target(m->t, mem) : LIMITS_ELSEWHERE;
	json_t *o = json_pack("{s:s, s:s, s:o}", "nic", n->name, "memory", mem->name, "function",
			      address(m, target));
	struct route r;

	if (nic < 0 || target < 0)
		return o;
	r = route_find(m->t, nic, target);
	json_object_set_new(o, "class", json_string(route_class_name(r.class)));
	json_object_set_new(o, "why", runjson_text(r.why));
	return o;
}

static json_t *machine_json(const struct plan_machine *m, const struct config *c)
{
	json_t *nics = json_array(), *ways = json_array();

	for (size_t i = 0; i < c->n_nics; i++) {
		json_array_append_new(nics, json_pack("{s:s, s:s, s:b, s:o}", "name", c->nics[i].name,
						      "device", c->nics[i].device, "software",
						      plan_nic_software(m, &c->nics[i]), "function",
						      address(m, plan_nic_fn(m, &c->nics[i]))));
		for (size_t k = 0; k < c->n_memory; k++)
			json_array_append_new(ways, way_json(m, &c->nics[i], &c->memory[k]));
	}
	return json_pack("{s:o, s:o, s:o}", "source", m->t ? runjson_text(topo_source(m->t)) : json_null(),
			 "nics", nics, "ways", ways);
}

static double seconds(int64_t ns)
{
	return (double)ns / 1e9;
}

int plan_document(const struct plan_machine *m, const struct loaded *l)
{
	struct budget_need need = budget_need(l->config, l->plan, ops);
	json_t *sweeps = json_array(), *points = json_array();
	struct err e = {0};

	for (size_t i = 0; i < l->config->n_sweeps; i++)
		json_array_append_new(sweeps, sweep_json(l, i));
	for (size_t i = 0; i < plan_points(l->plan); i++)
		json_array_append_new(points, point_json(l, i));
	if (document_print(json_pack("{s:i, s:s, s:s, s:I, s:o, s:{s:f, s:f, s:f, s:f}, s:o, s:o}", "schema",
				     DOCUMENT_SCHEMA, "name", l->config->name, "source", l->name, "cells",
				     (json_int_t)plan_cells(l->plan), "sweeps", sweeps, "time", "least_s",
				     seconds(need.least_ns), "most_s", seconds(need.most_ns), "window_s",
				     seconds(need.window_ns), "budget_s", seconds(l->config->budget_time_ns),
				     "machine", machine_json(m, l->config), "points", points)))
		return EXIT_INTERNAL;
	return budget_check(l->config, &need, &e) ? fail_with(&e, EXIT_USAGE) : EXIT_OK;
}
