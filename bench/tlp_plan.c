// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "tlp_plan.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "interconnect/match.h"
#include "run/limits.h"

enum { CONFIG_HEADER = 64 };

bool tlp_plan_writes(int64_t op)
{
	return op == OP_WRITE || op == OP_WRITE_IMM || op == OP_WRITE_CQE;
}

/* Its TLPs to the target are all alike and carry the whole message. */
static bool told(const struct point *pt)
{
	return pt->v[AX_MEASURE] != MEASURE_REG && pt->v[AX_INTERCONNECT] != INTERCONNECT_BOUNCE &&
	       pt->v[AX_DIR] != DIR_BIDI && (tlp_plan_writes(pt->v[AX_OP]) || pt->v[AX_OP] == OP_READ);
}

static void find_sender(const struct plan_machine *m, const struct config *c, struct tlp_way *w)
{
	const struct config_nic *n = &c->nics[w->nic];
	int main = plan_nic_fn(m, n);

	w->fn = main;
	w->software = plan_nic_software(m, n);
	w->fn_why = main >= 0	  ? ""
		    : w->software ? "a software device sends no TLPs"
				  : "where this NIC sits is unknown here";
	if (main < 0 || w->interconnect != INTERCONNECT_DATA_DIRECT)
		return;
	w->fn = topo_data_direct(m->t, main);
	if (w->fn < 0)
		w->fn_why = topo_data_direct_unknown(m->t, main)
				    ? "which data-direct function it has is unknown (run as root)"
				    : "this NIC has no data-direct function";
}

/* An IOMMU that translates gives the NIC addresses of its own; without, it sends the CPU's. */
static enum match_answer translates(const struct topo_fn *f)
{
	if (!f->cfg.bytes || (f->iommu_group >= 0 && !f->group_type[0]))
		return MATCH_UNKNOWN;
	return strncmp(f->group_type, "DMA", strlen("DMA")) != 0 ? MATCH_NO : MATCH_YES;
}

static void find_base(const struct plan_machine *m, const struct config_memory *mem, struct tlp_way *w)
{
	const struct topo_fn *nic = topo_fn(m->t, (size_t)w->fn);
	const struct topo_bar *bar =
		&topo_fn(m->t, (size_t)w->route.target)->bar[mem->bar < 0 ? 0 : mem->bar];

	if (!bar->bytes)
		snprintf(w->base_why, sizeof(w->base_why), "unknown: the BAR is not known of this machine");
	else if (w->route.way == ROUTE_WAY_NONE)
		snprintf(w->base_why, sizeof(w->base_why), "none: the kernel refuses this pair");
	else if (w->route.way == ROUTE_WAY_UNKNOWN)
		snprintf(w->base_why, sizeof(w->base_why), "unknown: the way is (run as root)");
	else if (w->route.way == ROUTE_WAY_HOST_BRIDGE && translates(nic) != MATCH_NO)
		snprintf(w->base_why, sizeof(w->base_why), "unknown: through the CPU the NIC sends %s",
			 translates(nic) == MATCH_YES ? "IOMMU addresses (IOVA), chosen at registration"
						      : "addresses that depend on the IOMMU");
	else
		w->base = bar->start;
}

static void find_ends(const struct plan_machine *m, const struct config *c, struct tlp_way *w)
{
	const struct config_memory *mem = &c->memory[w->target];
	int target = m->t ? limits_target(m->t, mem) : LIMITS_ELSEWHERE;

	find_sender(m, c, w);
	w->tags = (struct topo_tags){.can = TAGS_UNKNOWN};
	if (w->fn >= 0)
		w->tags = topo_tags(m->t, w->fn);
	w->has_route = w->fn >= 0 && target >= 0;
	if (!w->has_route) {
		snprintf(w->base_why, sizeof(w->base_why), "unknown: %s",
			 mem->kind == MEM_VFIO || mem->kind == MEM_FD
				 ? "where the target lies is unknown here"
				 : "system memory, wherever the kernel put its pages");
		return;
	}
	w->route = route_find(m->t, w->fn, target);
	find_base(m, mem, w);
}

static int find_way(const struct plan_machine *m, const struct config *c, const struct point *pt,
		    struct tlp_plan *x, size_t *out)
{
	const int64_t *v = pt->v;
	struct tlp_way w = {.nic = v[AX_PEER_NIC] == AXIS_EMPTY ? v[AX_NIC] : v[AX_PEER_NIC],
			    .target = v[AX_TARGET],
			    .interconnect = v[AX_INTERCONNECT]};
	struct tlp_way *grown;

	for (*out = 0; *out < x->n_ways; ++*out) {
		const struct tlp_way *old = &x->way[*out];

		if (old->nic == w.nic && old->target == w.target && old->interconnect == w.interconnect)
			return 0;
	}
	grown = reallocarray(x->way, x->n_ways + 1, sizeof(*grown));
	if (!grown)
		return -ENOMEM;
	x->way = grown;
	find_ends(m, c, &w);
	x->way[x->n_ways++] = w;
	return 0;
}

static bool same_row(const struct tlp_row *a, const struct tlp_row *b)
{
	return a->way == b->way && a->op == b->op && a->size == b->size && a->mtu == b->mtu &&
	       a->tph == b->tph && a->st == b->st && a->st_ext == b->st_ext && a->ph == b->ph &&
	       a->tph_cpu == b->tph_cpu && a->tph_mem == b->tph_mem;
}

/* Device Capabilities 2, bits 13:12: 01 takes 8-bit tags, 11 also 16-bit ones. */
static enum tags_width target_takes(const struct plan_machine *m, const struct tlp_way *w)
{
	const struct config_space *c = w->has_route ? &topo_fn(m->t, (size_t)w->route.target)->cfg : NULL;

	if (!c || c->bytes <= CONFIG_HEADER)
		return TAGS_UNKNOWN;
	return c->exp.tph_completer == 3 ? TAGS_16 : c->exp.tph_completer ? TAGS_8 : TAGS_OFF;
}

static struct tlp row_tlp(const struct plan_machine *m, const struct tlp_way *w, const struct tlp_row *row)
{
	const struct config_space *c = w->fn < 0 ? NULL : &topo_fn(m->t, (size_t)topo_pf(m->t, w->fn))->cfg;
	bool write = tlp_plan_writes(row->op);
	const struct tlp_ask ask = {
		.write = write,
		.flit = c && c->exp.flit,
		.bytes = (uint64_t)row->size,
		.most = c && c->exp.has ? (write ? c->exp.mps : c->exp.mrrs) : 0,
		.cut = row->mtu == AXIS_EMPTY ? 0 : (unsigned int)row->mtu,
		.addr_bits = !w->base	     ? 0
			     : w->base >> 32 ? 64
					     : 32,
		.tags = w->tags,
		.target = target_takes(m, w),
		.tph = row->tph,
		.st = row->st,
		.st_ext = row->st_ext,
		.ph = row->ph,
		.tph_cpu = row->tph_cpu,
	};

	return tlp_expect(&ask);
}

static int add_row(const struct plan_machine *m, struct tlp_plan *x, struct tlp_row row)
{
	struct tlp_row *grown;

	for (size_t i = 0; i < x->n_rows; i++)
		if (same_row(&x->row[i], &row))
			return 0;
	grown = reallocarray(x->row, x->n_rows + 1, sizeof(*grown));
	if (!grown)
		return -ENOMEM;
	x->row = grown;
	row.tlp = row_tlp(m, &x->way[row.way], &row);
	x->row[x->n_rows++] = row;
	return 0;
}

int tlp_plan_open(const struct plan_machine *m, const struct loaded *l, struct tlp_plan *x)
{
	int rc = 0;

	*x = (struct tlp_plan){0};
	for (size_t i = 0; !rc && i < plan_points(l->plan); i++) {
		struct tlp_row row;
		struct point pt;

		plan_point(l->plan, i, &pt);
		if (plan_is_control(&pt))
			continue;
		if (!told(&pt)) {
			x->left_out++;
			continue;
		}
		row = (struct tlp_row){.op = pt.v[AX_OP],
				       .size = pt.v[AX_SIZE],
				       .mtu = pt.v[AX_MTU],
				       .tph = pt.v[AX_TPH],
				       .st = pt.v[AX_ST],
				       .st_ext = pt.v[AX_ST_EXT],
				       .ph = pt.v[AX_PH],
				       .tph_cpu = pt.v[AX_TPH_CPU],
				       .tph_mem = pt.v[AX_TPH_MEM]};
		rc = find_way(m, l->config, &pt, x, &row.way);
		if (!rc && !x->way[row.way].software)
			rc = add_row(m, x, row);
	}
	return rc;
}

void tlp_plan_close(struct tlp_plan *x)
{
	free(x->way);
	free(x->row);
}

bool tlp_plan_slice(const struct tlp_way *w, const struct config_memory *mem, size_t i, uint64_t *first,
		    uint64_t *last)
{
	const struct config_range whole = {.length = mem->length}, *range = &whole;

	if (!w->base || i >= (mem->n_ranges ? mem->n_ranges : 1))
		return false;
	if (mem->n_ranges)
		range = &mem->ranges[i];
	*first = w->base + (uint64_t)range->offset;
	*last = *first + (uint64_t)range->length - 1;
	return true;
}
