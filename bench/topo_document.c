// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* --json: what the other outputs say, for programs. A fact that is unknown is null. */
#include "topo_view.h"

#include <errno.h>
#include <string.h>

#include "base/cleanup.h"

static json_t *text(const char *s)
{
	return s[0] && strcmp(s, "?") != 0 ? json_string(s) : json_null();
}

static json_t *address(const struct view *v, int fn)
{
	char buf[TOPO_ADDR];

	return fn < 0 ? json_null() : json_string(topo_addr_text(buf, topo_fn(v->t, (size_t)fn)->addr));
}

/* @known: else null. */
static json_t *number(bool known, long long n)
{
	return known ? json_integer(n) : json_null();
}

/* Registers of the PF for a VF, which has none of its own. */
static json_t *express(const struct view *v, int fn)
{
	const struct config_space *c = &topo_fn(v->t, (size_t)topo_pf(v->t, fn))->cfg;

	if (!c->exp.has)
		return json_null();
	return json_pack("{s:i, s:i, s:i, s:i, s:i, s:b, s:b, s:b, s:b, s:b, s:b, s:b}", "type", c->exp.type,
			 "mps", (int)c->exp.mps, "mps_max", (int)c->exp.mps_max, "mrrs", (int)c->exp.mrrs,
			 "rcb", (int)c->exp.rcb, "relaxed_ordering", c->exp.relaxed_ordering, "ext_tag",
			 c->exp.ext_tag, "tag10", c->exp.tag10, "ido_request", c->exp.ido_request,
			 "ido_completion", c->exp.ido_completion, "tlp_prefix", c->exp.prefix, "flit",
			 c->exp.flit);
}

/* null = there is no link above it. */
static json_t *link_facts(const struct view *v, int fn)
{
	char now[VIEW_TEXT], max[VIEW_TEXT];

	if (!route_has_link(v->t, topo_pf(v->t, fn)))
		return json_null();
	return json_pack("{s:o, s:o, s:b}", "now", text(view_link_now(v, fn, now)), "max",
			 text(view_link_max(v, fn, max)), "degraded", route_degraded(v->t, fn));
}

static json_t *tph_facts(const struct topo_fn *f)
{
	static const int bits[] = {0, 8, 0, 16};
	const struct config_space *c = &f->cfg;
	int requester = !c->tph.has ? 0 : c->tph.extended ? 16 : 8;

	if (view_blind(f))
		return json_null();
	return json_pack("{s:i, s:i, s:b, s:b, s:b, s:i, s:i, s:i, s:i}", "completer_bits",
			 bits[c->exp.tph_completer & 3], "requester_bits", requester, "no_st", c->tph.no_st,
			 "interrupt_vector", c->tph.interrupt_vector, "device_specific",
			 c->tph.device_specific, "table_location", c->tph.table, "table_entries",
			 (int)c->tph.entries, "mode", c->tph.mode, "enabled_bits", bits[c->tph.enable & 3]);
}

/* false = no capability. */
static json_t *acs_facts(const struct topo_fn *f)
{
	char buf[VIEW_TEXT];

	if (!f->cfg.acs.has)
		return *view_acs(f, buf) == '?' ? json_null() : json_false();
	return json_pack("{s:i, s:i}", "capability", (int)f->cfg.acs.cap, "control", (int)f->cfg.acs.ctrl);
}

/* Counters since boot, and the status registers as they stand. */
static json_t *errors(const struct topo_fn *f)
{
	static const char *const name[] = {"correctable", "nonfatal", "fatal"};
	json_t *o = json_object();

	for (int i = 0; i < TOPO_ERRORS; i++)
		json_object_set_new(o, name[i], number(f->errors[i] >= 0, f->errors[i]));
	json_object_set_new(o, "correctable_status", number(f->cfg.aer.has, f->cfg.aer.correctable));
	json_object_set_new(o, "uncorrectable_status", number(f->cfg.aer.has, f->cfg.aer.uncorrectable));
	json_object_set_new(o, "ecrc", f->cfg.aer.has ? json_boolean(f->cfg.aer.ecrc) : json_null());
	return o;
}

static json_t *bars(const struct topo_fn *f)
{
	json_t *list = json_array();

	for (int i = 0; i < TOPO_BARS; i++)
		if (f->bar[i].bytes)
			json_array_append_new(list, json_pack("{s:i, s:I, s:b, s:b}", "bar", i, "bytes",
							      (json_int_t)f->bar[i].bytes, "prefetchable",
							      f->bar[i].prefetch, "64bit", f->bar[i].wide));
	return list;
}

/* false = the NIC has none. */
static json_t *data_direct(const struct view *v, int fn)
{
	if (topo_data_direct(v->t, fn) < 0 && !topo_data_direct_unknown(v->t, fn))
		return json_false();
	return address(v, topo_data_direct(v->t, fn));
}

/* Of the first port; null = unknown, or no RDMA device. */
static json_t *port(const struct view *v, int fn)
{
	struct topo_port p;

	if (topo_port(v->t, fn, 1, &p))
		return json_null();
	return json_pack("{s:s, s:o}", "link_layer", p.ethernet ? "Ethernet" : "InfiniBand", "gbit_s",
			 p.gbit > 0 ? json_real(p.gbit) : json_null());
}

static json_t *function(const struct view *v, int fn)
{
	const struct topo_fn *f = topo_fn(v->t, (size_t)fn);
	const struct config_space *c = &f->cfg;
	json_t *o = json_pack("{s:o, s:o, s:s, s:i, s:i, s:i, s:o, s:o}", "address", address(v, fn), "above",
			      address(v, f->up), "what", view_about(v, fn), "vendor", f->vendor, "device",
			      f->device, "class", (int)f->class_code, "link", link_facts(v, fn), "express",
			      express(v, fn));

	if (!o)
		return NULL;
	json_object_set_new(o, "acs", acs_facts(f));
	json_object_set_new(o, "tph", tph_facts(f));
	json_object_set_new(o, "ats", view_blind(f) ? json_null() : json_boolean(c->ats.enabled));
	json_object_set_new(o, "flit_segment",
			    c->dev3.has ? json_boolean(c->dev3.flit_segment) : json_null());
	json_object_set_new(o, "errors", errors(f));
	json_object_set_new(o, "bars", bars(f));
	json_object_set_new(o, "numa", number(f->numa_node >= 0, f->numa_node));
	json_object_set_new(o, "cpus", text(f->cpus));
	json_object_set_new(o, "iommu_group", number(f->iommu_group >= 0, f->iommu_group));
	json_object_set_new(o, "iommu_group_type", text(f->group_type));
	json_object_set_new(o, "power_state", text(f->power_state));
	json_object_set_new(o, "driver", text(f->driver));
	json_object_set_new(o, "ibdev", text(f->ibdev));
	json_object_set_new(o, "netdev", text(f->netdev));
	json_object_set_new(o, "port", port(v, fn));
	json_object_set_new(o, "vf_of", address(v, f->physfn));
	json_object_set_new(o, "vfio_dev", text(f->vfio_dev));
	json_object_set_new(o, "data_direct", data_direct(v, fn));
	json_object_set_new(o, "data_direct_of", address(v, topo_data_direct_of(v->t, fn)));
	return o;
}

static json_t *limit_facts(const struct view *v, const struct route *r, enum limit_op op)
{
	const struct path_limit l = view_limit(v, r, op);

	if (l.hop < 0 || r->way == ROUTE_WAY_NONE || r->way == ROUTE_WAY_SELF)
		return json_null();
	return json_pack("{s:i, s:f, s:f, s:s, s:o, s:s}", "size_bytes", 65536, "limit_gbyte_s",
			 l.hard.gbyte_s, "expected_gbyte_s", l.expected.gbyte_s, "limit_by",
			 limit_by_name(l.hard.by), "limit_hop", address(v, l.hop), "limit_source",
			 path_source_name(l.source));
}

static json_t *pair(const struct view *v, const struct route *r, bool whole)
{
	json_t *hops = json_array();
	json_t *o = json_pack("{s:o, s:o, s:s, s:o, s:s, s:o, s:s}", "nic", address(v, r->nic), "target",
			      address(v, r->target), "class", route_class_name(r->class), "route",
			      text(route_way_name(r->way)), "why", r->why, "tph_bits",
			      r->tph == ROUTE_TPH_UNKNOWN ? json_null()
							  : json_integer(r->tph == ROUTE_TPH_NO	 ? 0
									 : r->tph == ROUTE_TPH_8 ? 8
												 : 16),
			      "tph_why", r->tph_why);

	for (int i = 0; i < r->n_hops; i++)
		json_array_append_new(hops, address(v, r->hop[i]));
	if (!o || !whole) {
		json_decref(hops);
		return o;
	}
	json_object_set_new(o, "hops", hops);
	json_object_set_new(o, "redirect", address(v, r->redirect));
	json_object_set_new(o, "degraded", address(v, r->degraded));
	json_object_set_new(o, "write", limit_facts(v, r, LIMIT_WRITE));
	json_object_set_new(o, "read", limit_facts(v, r, LIMIT_READ));
	return o;
}

/* One line each: a large machine has tens of thousands of pairs, too many to hold and to look at otherwise.
 */
static int put(FILE *out, const char *before, json_t *value)
{
	int rc = !value ? -ENOMEM : fputs(before, out) < 0 ? -EIO : 0;

	if (!rc && json_dumpf(value, out, JSON_COMPACT | JSON_ENCODE_ANY | JSON_REAL_PRECISION(9)))
		rc = -EIO;
	json_decref(value);
	return rc;
}

static int put_functions(const struct view *v, FILE *out)
{
	int rc = 0;

	for (size_t i = 0; !rc && i < topo_len(v->t); i++)
		rc = put(out, i ? ",\n  " : "\n  ", function(v, (int)i));
	return rc;
}

static int put_pairs(const struct view *v, FILE *out)
{
	int rc = 0;

	for (size_t i = 0; !rc && i < v->n_from * v->n; i++) {
		const struct route one = route_find(v->t, v->dev[i / v->n], v->dev[i % v->n]);

		rc = put(out, i ? ",\n  " : "\n  ", pair(v, &one, false));
	}
	return rc;
}

int topo_document(const struct view *v, const struct route *r, FILE *out)
{
	const struct topo_cpu *cpu = topo_cpu(v->t);
	int rc = put(out, "{\"schema\": 1,\n \"source\": ", json_string(topo_source(v->t)));

	if (!rc)
		rc = put(out, ",\n \"cpu\": ",
			 json_pack("{s:o, s:o}", "vendor", text(cpu->vendor), "family",
				   number(cpu->family >= 0, cpu->family)));
	if (!rc && fputs(",\n \"functions\": [", out) < 0)
		rc = -EIO;
	if (!rc)
		rc = put_functions(v, out);
	if (!rc && fputs("],\n \"pairs\": [", out) < 0)
		rc = -EIO;
	if (!rc)
		rc = r ? put(out, "\n  ", pair(v, r, true)) : put_pairs(v, out);
	if (!rc && fputs("]}\n", out) < 0)
		rc = -EIO;
	return rc;
}
