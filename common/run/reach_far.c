// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* struct reach across hosts: its plain parts as they are, its texts kept in the answer they came with. */
#include "run/reach_far.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/cleanup.h"
#include "base/err.h"
#include "peer/host.h"
#include "peer/message_types.h"
#include "run/limits.h"

enum { DEVICE_ROOM = 65, CELL_TEXT = 256, CPUS_MAX = CPU_SETSIZE };

/* Longest registration of a page of each interconnect, a device's reset before it included. */
#define REACH_TIMEOUT_NS 60000000000ll

static json_t *cell_put(const struct reach *r, size_t i)
{
	const struct match_cell *c = &r->cell[i];
	const struct match_importer *imp = &r->imp[c->importer];
	json_t *o = json_object();

	message_put_int(&o, "interconnect", imp->interconnect);
	message_put_bool(&o, "software", imp->software);
	message_put_int(&o, "eligible", c->eligible);
	message_put_text(&o, "eligible_why", c->eligible_why);
	message_put_int(&o, "way", c->way);
	message_put_int(&o, "works", c->works);
	message_put_text(&o, "why", c->why);
	message_put_int(&o, "outcome", r->outcome[i]);
	message_put_int(&o, "rc", r->rc[i]);
	message_put_int(&o, "reg_ns", r->reg_ns[i]);
	message_put_bool(&o, "surprise", r->surprise[i]);
	message_put_text(&o, "text", r->text[i]);
	return o;
}

/* What @want of it is printable here goes to @out. */
static void cell_take(struct message_in *in, size_t i, struct reach *out)
{
	struct match_cell *c = &out->cell[i];
	struct match_importer *imp = &out->imp[i];

	*imp = (struct match_importer){.driver = "", .fn = -1, .node = -1};
	imp->interconnect = message_int(in, "interconnect", INTERCONNECT_MAIN, INTERCONNECT_BOUNCE);
	imp->software = message_bool(in, "software");
	*c = (struct match_cell){.importer = i, .bounce = imp->interconnect == INTERCONNECT_BOUNCE};
	c->eligible = (enum match_answer)message_int(in, "eligible", MATCH_UNKNOWN, MATCH_YES);
	c->eligible_why = message_text(in, "eligible_why", CELL_TEXT);
	c->way = (enum route_way)message_int(in, "way", ROUTE_WAY_UNKNOWN, ROUTE_WAY_HOST);
	c->works = (enum match_answer)message_int(in, "works", MATCH_UNKNOWN, MATCH_YES);
	message_shown(in, "why", c->why, sizeof(c->why));
	out->outcome[i] = (enum match_outcome)message_int(in, "outcome", MATCH_WORKED, MATCH_OTHER);
	out->rc[i] = (int)message_int(in, "rc", -4095, 0);
	out->reg_ns[i] = message_int(in, "reg_ns", 0, INT64_MAX);
	out->surprise[i] = message_bool(in, "surprise");
	message_shown(in, "text", out->text[i], sizeof(out->text[i]));
}

/* @m: what was asked about; its name and kind are known here. */
static int reach_take(const json_t *answer, const struct config_memory *m, struct reach *out, struct err *e)
{
	struct message_in in = message_open(answer, "answer reach", e);
	const json_t *cells = message_array(&in, "cells", REACH_IMPORTERS), *tags;

	*out = (struct reach){.exp = {.name = m->name, .kind = m->kind, .fn = MATCH_ELSEWHERE, .node = -1}};
	tags = message_object(&in, "tags");
	if (tags) {
		struct message_in t = message_open(tags, "answer reach", e);

		take_tph(&t, &out->tags);
		in.rc = in.rc ? in.rc : t.rc;
	}
	out->exp.tags = out->tags.usable ? MATCH_YES : MATCH_NO;
	out->exp.tags_why = out->tags.why;
	out->exp.dmabuf = message_bool(&in, "dmabuf");
	for (; !in.rc && out->n < json_array_size(cells); out->n++) {
		struct message_in c = message_open(json_array_get(cells, out->n), "answer reach", e);

		cell_take(&c, out->n, out);
		in.rc = c.rc;
	}
	out->tried = true;
	return in.rc;
}

int reach_far(struct peer_host *host, const struct config_nic *nic, const struct config_memory *m,
	      struct reach *out, json_t **held, struct err *e)
{
	json_t *ask = json_object(), *answer = NULL;
	int rc;

	message_put_text(&ask, "device", nic->device);
	message_put_int(&ask, "port", nic->port);
	message_put_int(&ask, "gid_index", nic->gid_index);
	put_memory(&ask, "memory", m);
	if (!ask)
		return err_set(e, -ENOMEM, "out of memory");
	rc = peer_host_ask(host, "reach", ask, &answer, REACH_TIMEOUT_NS, e);
	json_decref(ask);
	if (!rc)
		rc = reach_take(answer, m, out, e);
	if (rc) {
		json_decref(answer);
		*out = (struct reach){0};
		return rc;
	}
	json_decref(*held);
	*held = answer;
	return 0;
}

static json_t *reach_put(const struct reach *r)
{
	json_t *o = json_object(), *cells = json_array(), *tags = json_object();

	for (size_t i = 0; i < r->n; i++)
		message_push(&cells, cell_put(r, i));
	put_tph(&tags, &r->tags);
	message_put(&o, "cells", cells);
	message_put(&o, "tags", tags);
	message_put_bool(&o, "dmabuf", r->exp.dmabuf);
	return o;
}

/* With everything open that it takes. */
static int reach_here(const struct sys *sys, const struct topo *t, const struct config_nic *n,
		      const struct config_memory *m, json_t **answer, struct err *e)
{
	struct mem_ctx *mem = NULL;
	struct nic *nic = NULL;
	struct reach reach;
	int rc = nic_open(n->device, (int)n->port, (int)n->gid_index, &nic, e);

	if (!rc)
		rc = mem_ctx_open(sys, t, &mem, e);
	if (!rc)
		rc = reach_try(nic, mem, t, limits_nic(t, nic_attr(nic)), m, &reach, e);
	if (!rc)
		*answer = reach_put(&reach);
	mem_ctx_close(mem);
	nic_close(nic);
	if (!rc && !*answer)
		rc = err_set(e, -ENOMEM, "out of memory");
	return rc;
}

int reach_answer(const struct sys *sys, const struct topo *t, const json_t *ask, json_t **answer,
		 struct err *e)
{
	struct message_in in = message_open(ask, "request reach", e);
	const struct config_memory *m = NULL;
	struct config *owner = NULL;
	struct config_nic nic = {0};
	int rc;

	nic.device = message_text(&in, "device", DEVICE_ROOM);
	nic.port = message_int(&in, "port", 1, 255);
	nic.gid_index = message_int(&in, "gid_index", -1, 255);
	m = take_memory(&in, "memory", &owner);
	rc = message_done(&in);
	if (!rc)
		rc = reach_here(sys, t, &nic, m, answer, e);
	config_free(owner);
	return rc;
}

int cpus_answer(json_t **answer, struct err *e)
{
	json_t *o = json_object(), *list = json_array();
	cpu_set_t set;

	if (sched_getaffinity(0, sizeof(set), &set)) {
		json_decref(o);
		json_decref(list);
		return err_set(e, -errno, "sched_getaffinity: %s", err_name(errno));
	}
	for (int i = 0; i < CPU_SETSIZE; i++)
		if (CPU_ISSET((size_t)i, &set))
			message_push(&list, json_integer(i));
	message_put(&o, "cpus", list);
	*answer = o;
	return o ? 0 : err_set(e, -ENOMEM, "out of memory");
}

int reach_far_cpus(struct peer_host *host, cpu_set_t *out, struct err *e)
{
	json_t *answer = NULL;
	const json_t *list;
	struct message_in in;
	int rc = peer_host_ask(host, "cpus", NULL, &answer, 0, e);

	if (rc)
		return rc;
	in = message_open(answer, "answer cpus", e);
	list = message_array(&in, "cpus", CPUS_MAX);
	CPU_ZERO(out);
	for (size_t i = 0; !in.rc && i < json_array_size(list); i++)
		CPU_SET((size_t)message_item_int(&in, list, i, 0, CPU_SETSIZE - 1), out);
	json_decref(answer);
	return in.rc;
}
