// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* What run.json says of the machine's topology: where each NIC sits, its ways, what the limits are made of.
 */
#include "run_json.h"

#include "base/cleanup.h"
#include "result/runjson.h"
#include "run/limits.h"
#include "topo_boxes.h"
#include "topo/tags.h"

static json_t *address(const struct topo *t, int fn)
{
	char text[TOPO_ADDR];

	return fn < 0 ? json_null() : json_string(topo_addr_text(text, topo_fn(t, (size_t)fn)->addr));
}

/* The link above a function as the limits take it. */
static json_t *link_json(const struct topo *t, int fn)
{
	enum path_source source;
	struct limit_link l;

	if (fn < 0 || !path_link(t, fn, &l, &source))
		return json_null();
	return json_pack("{s:o, s:i, s:i, s:b, s:i, s:i, s:i, s:s}", "below", address(t, fn), "gen",
			 (int)l.gen, "width", (int)l.width, "flit", l.flit, "mps", (int)l.mps, "mrrs",
			 (int)l.mrrs, "rcb", (int)l.rcb, "source", path_source_name(source));
}

/* From the NIC to the target, both included: what lies on the way, and which links run below what they can.
 */
static json_t *hops_json(const struct topo *t, const struct route *r)
{
	json_t *hops = json_array();

	for (int i = 0; i < r->n_hops; i++)
		json_array_append_new(hops, json_pack("{s:o, s:o, s:b}", "function", address(t, r->hop[i]),
						      "link", link_json(t, r->hop[i]), "degraded",
						      route_degraded(t, r->hop[i])));
	return hops;
}

/* The way as a picture: what the report draws, with the words of `topo --svg`. */
static json_t *drawing_json(const struct topo *t, const struct route *r)
{
	CLEANUP_FREE struct tree_box *box = NULL;
	json_t *all = json_array();
	struct view v;
	size_t n = 0;

	if (view_open(t, &v))
		return all;
	if (topo_boxes(&v, r, true, &box, &n))
		n = 0;
	for (size_t i = 0; i < n; i++)
		json_array_append_new(all, json_pack("{s:o, s:s, s:o, s:o, s:s, s:b, s:b, s:b, s:b}", "up",
						     box[i].up < 0 ? json_null() : json_integer(box[i].up),
						     "kind", tree_kind_name(box[i].kind), "name",
						     runjson_text(box[i].name), "about",
						     runjson_text(box[i].about), "link", box[i].link, "used",
						     box[i].used, "line_used", box[i].line_used, "narrow",
						     box[i].narrow, "degraded", box[i].degraded));
	view_close(&v);
	return all;
}

static json_t *way_json(const struct topo *t, int nic, const struct config_memory *m)
{
	int target = limits_target(t, m);
	struct route r;

	if (target == LIMITS_ELSEWHERE)
		return json_pack("{s:s, s:n}", "memory", m->name, "route");
	if (target == LIMITS_HOST)
		return json_pack("{s:s, s:s}", "memory", m->name, "route", "host");
	r = route_find(t, nic, target);
	return json_pack("{s:s, s:o, s:s, s:s, s:s, s:o, s:o, s:o}", "memory", m->name, "function",
			 address(t, target), "route", route_way_name(r.way), "class",
			 route_class_name(r.class), "why", r.why, "link", link_json(t, target), "hops",
			 hops_json(t, &r), "drawing", drawing_json(t, &r));
}

/* What it can send at all, whatever the target. */
static json_t *tags_json(const struct topo *t, int fn)
{
	struct topo_tags tags;

	if (fn < 0)
		return json_null();
	tags = topo_tags(t, fn);
	return json_pack("{s:s, s:s, s:o, s:s}", "can", tags_width_name(tags.can), "enabled",
			 tags_width_name(tags.enabled), "live",
			 tags.live == TAGS_NO_LIMIT ? json_null() : json_integer(tags.live), "why", tags.why);
}

/**
 * struct seat - a NIC of the config on the machine that is told of
 * @used: the plan has one of that name there; @reaches: a responder's, which reaches targets
 * @cpus: where threads that post to it run; "" = none do
 */
struct seat {
	struct run_end end;
	bool used, reaches;
	const char *cpus;
};

/* Without a peer both ends of every pair are on this machine. */
static struct seat find_seat(const struct run_facts *f, enum run_side side, size_t nic)
{
	struct seat seat = {.cpus = ""};

	for (size_t i = 0; i < run_pairs(f->run); i++) {
		struct run_pair p;

		run_pair(f->run, i, &p);
		if (p.peer == nic && (side == RUN_THERE || !f->host)) {
			seat.end = p.there;
			seat.used = seat.reaches = true;
		}
		if (p.nic == nic && side == RUN_HERE) {
			seat.end = p.here;
			seat.used = true;
			seat.cpus = p.cpus;
		}
	}
	return seat;
}

static json_t *nic_json(const struct config *c, const struct topo *t, const struct seat *seat, size_t i)
{
	int fn = seat->end.fn;
	json_t *ways = json_array();

	for (size_t m = 0; seat->reaches && t && fn >= 0 && m < c->n_memory; m++)
		json_array_append_new(ways, way_json(t, fn, &c->memory[m]));
	return json_pack("{s:s, s:o, s:o, s:o, s:o, s:o, s:s, s:o}", "name", c->nics[i].name, "function",
			 address(t, fn), "numa_node",
			 fn < 0 ? json_null() : json_integer(topo_fn(t, (size_t)fn)->numa_node), "link",
			 t ? link_json(t, fn) : json_null(), "data_direct",
			 fn < 0 ? json_null() : address(t, topo_data_direct(t, fn)), "tags", tags_json(t, fn),
			 "cpus", seat->cpus, "ways", ways);
}

json_t *run_topology_json(const struct run_facts *f, enum run_side side)
{
	const struct config *c = f->loaded->config;
	json_t *nics = json_array();
	const char *why;
	const struct topo *t = run_topo(f->run, side, &why);

	for (size_t i = 0; i < c->n_nics; i++) {
		const struct seat seat = find_seat(f, side, i);

		if (seat.used)
			json_array_append_new(nics, nic_json(c, t, &seat, i));
	}
	return json_pack("{s:o, s:s, s:o}", "functions",
			 t ? json_integer((json_int_t)topo_len(t)) : json_null(), "why_unknown", why, "nics",
			 nics);
}
