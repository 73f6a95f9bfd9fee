// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * What all points together need of one pair of NICs. A plan may have a hundred thousand points and as many
 * tags: targets are collected, sorted and made unique whenever their room is full. Links differ in few
 * values, so they are simply looked through.
 */
#include "run/setup_parts.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* Compared byte by byte. */
_Static_assert(sizeof(struct target_key) == 3 * sizeof(int64_t) + sizeof(struct mem_hint) &&
		       sizeof(struct mem_hint) == 6 * sizeof(int64_t),
	       "no padding");

int setup_need_open(const struct config *c, bool wr_api, struct setup_need *out)
{
	*out = (struct setup_need){.wr_api = wr_api};
	out->source = calloc(c->n_memory, sizeof(bool));
	out->memory = calloc(c->n_memory, sizeof(bool));
	out->numa = calloc(c->n_memory, sizeof(*out->numa));
	out->far_numa = calloc(c->n_memory, sizeof(*out->far_numa));
	for (size_t i = 0; out->numa && out->far_numa && i < c->n_memory; i++)
		out->numa[i] = out->far_numa[i] = CONFIG_NUMA_ANY;
	return out->source && out->memory && out->numa && out->far_numa ? 0 : -ENOMEM;
}

void setup_need_close(struct setup_need *n)
{
	for (size_t i = 0; i < n->n_links; i++)
		free(n->link[i].wrs);
	free(n->link);
	free(n->target);
	free(n->source);
	free(n->memory);
	free(n->numa);
	free(n->far_numa);
	*n = (struct setup_need){0};
}

const struct mark *setup_place(const struct config *c, const struct point *pt, enum axis a)
{
	const struct config_sweep *sweep = &c->sweeps[pt->sweep];
	const struct config_axis *axis = &sweep->ax[a];

	for (size_t i = 0; i < axis->n; i++)
		if (axis->val[i].v == pt->v[a] && (axis->val[i].mark.line || axis->val[i].mark.flag))
			return &axis->val[i].mark;
	return axis->mark.line || axis->mark.flag ? &axis->mark : &sweep->mark;
}

uint32_t setup_wrs(const struct point *pt, const struct op *op)
{
	return (uint32_t)pt->v[AX_QD] * (op->fence ? 2 : 1);
}

bool setup_posts_wr(bool wr_api, const struct point *pt)
{
	return pt->v[AX_POST] == POST_WR || (pt->v[AX_POST] == POST_AUTO && wr_api);
}

struct target_key setup_target_key(const struct point *pt)
{
	const int64_t *v = pt->v;

	return (struct target_key){
		.memory = v[AX_TARGET],
		.interconnect = v[AX_INTERCONNECT] == AXIS_EMPTY ? INTERCONNECT_MAIN : v[AX_INTERCONNECT],
		.ro = v[AX_RO] == 1,
		.hint = {v[AX_TPH], v[AX_ST], v[AX_ST_EXT], v[AX_PH], v[AX_TPH_CPU], v[AX_TPH_MEM]},
	};
}

struct link_key setup_link_key(bool wr_api, const struct point *pt)
{
	return (struct link_key){
		.lanes = pt->v[AX_THREADS],
		.mtu = pt->v[AX_MTU],
		.rd_atomic = pt->v[AX_RD_ATOMIC],
		.wr_api = setup_posts_wr(wr_api, pt),
		.inline_data = pt->v[AX_INLINE] == 1,
		.cm = pt->v[AX_CONNECT] == CONNECT_CM,
	};
}

int setup_target_order(const void *a, const void *b)
{
	return memcmp(a, b, sizeof(struct target_key));
}

static void unique_targets(struct setup_need *n)
{
	size_t kept = 0;

	qsort(n->target, n->n_targets, sizeof(*n->target), setup_target_order);
	for (size_t i = 0; i < n->n_targets; i++)
		if (!kept || setup_target_order(&n->target[kept - 1], &n->target[i]))
			n->target[kept++] = n->target[i];
	n->n_targets = kept;
}

static int add_target(struct setup_need *n, const struct point *pt)
{
	struct target_key k = setup_target_key(pt);

	/* The points of a plan come with their tags in turn or the same all the time. */
	if (n->n_targets && !setup_target_order(&n->target[n->n_targets - 1], &k))
		return 0;
	if (n->n_targets == n->targets_room) {
		if (n->n_targets)
			unique_targets(n);
		if (2 * n->n_targets >= n->targets_room) {
			size_t room = n->targets_room ? 2 * n->targets_room : 64;
			struct target_key *grown = reallocarray(n->target, room, sizeof(*grown));

			if (!grown)
				return -ENOMEM;
			n->target = grown;
			n->targets_room = room;
		}
	}
	n->target[n->n_targets++] = k;
	return 0;
}

bool setup_link_same(const struct link_key *a, const struct link_key *b)
{
	return a->lanes == b->lanes && a->mtu == b->mtu && a->rd_atomic == b->rd_atomic &&
	       a->wr_api == b->wr_api && a->inline_data == b->inline_data && a->cm == b->cm;
}

static struct link_need *find_link(struct setup_need *n, const struct link_key *k)
{
	struct link_need *grown;

	for (size_t i = 0; i < n->n_links; i++)
		if (setup_link_same(&n->link[i].key, k))
			return &n->link[i];
	grown = reallocarray(n->link, n->n_links + 1, sizeof(*grown));
	if (!grown)
		return NULL;
	n->link = grown;
	n->link[n->n_links] = (struct link_need){.key = *k};
	return &n->link[n->n_links++];
}

int setup_link_need_add(struct link_need *l, const struct config *c, const struct point *pt,
			const struct op *op)
{
	uint32_t qps = (uint32_t)pt->v[AX_QPS], lanes = (uint32_t)l->key.lanes, wrs = setup_wrs(pt, op);
	uint32_t cqes = wrs * ((qps + lanes - 1) / lanes), size = (uint32_t)pt->v[AX_SIZE];

	if (qps > l->qps || !l->wrs) {
		uint32_t *grown = reallocarray(l->wrs, qps, sizeof(*grown));

		if (!grown)
			return -ENOMEM;
		memset(grown + l->qps, 0, (qps - l->qps) * sizeof(*grown));
		l->wrs = grown;
		l->qps = qps;
		l->widest = setup_place(c, pt, AX_QPS);
	}
	/* Of the last one only; setup_need_done() has the others follow. */
	if (wrs > l->wrs[qps - 1])
		l->wrs[qps - 1] = wrs;
	if (cqes > l->cqes)
		l->cqes = cqes;
	if (l->key.inline_data && size > l->inline_bytes) {
		l->inline_bytes = size;
		l->inlined = setup_place(c, pt, AX_INLINE);
	}
	return 0;
}

int setup_need_add(struct setup_need *n, const struct config *c, const struct point *pt, const struct op *op)
{
	struct link_key k = setup_link_key(n->wr_api, pt);
	struct link_need *l;

	n->memory[pt->v[AX_TARGET]] = true;
	if (!op->run)
		return add_target(n, pt);
	n->source[pt->v[AX_SOURCE]] = true;
	if (op->peer == OP_RECEIVES && pt->v[AX_QPS] > n->visit_qps)
		n->visit_qps = (uint32_t)pt->v[AX_QPS];
	/* What a device takes inline only a queue pair can tell, and a visit's own would tell it too late. */
	if (op->peer == OP_RECEIVES && !k.inline_data)
		return add_target(n, pt);
	l = find_link(n, &k);
	if (!l || setup_link_need_add(l, c, pt, op))
		return -ENOMEM;
	return add_target(n, pt);
}

/* A load on n queue pairs uses the first n: each must hold what any wider load asks of it. */
void setup_link_need_done(struct link_need *l)
{
	for (uint32_t i = l->qps; i-- > 1;)
		if (l->wrs[i] > l->wrs[i - 1])
			l->wrs[i - 1] = l->wrs[i];
}

/* What takes an entry of its own: the tag, or the CPU it is made for. The same for many ph. */
static struct mem_hint entry_of(const struct target_key *k)
{
	struct mem_hint h = k->hint;

	h.ph = AXIS_EMPTY;
	return h;
}

static int entry_order(const void *a, const void *b)
{
	return memcmp(a, b, sizeof(struct mem_hint));
}

size_t setup_need_tags(const struct setup_need *n)
{
	struct mem_hint *all = calloc(n->n_targets + 1, sizeof(*all));
	size_t tags = 0, distinct = 0;

	for (size_t i = 0; all && i < n->n_targets; i++)
		if (n->target[i].hint.tph > TPH_NONE)
			all[tags++] = entry_of(&n->target[i]);
	if (tags)
		qsort(all, tags, sizeof(*all), entry_order);
	for (size_t i = 0; i < tags; i++)
		distinct += !i || entry_order(&all[i - 1], &all[i]);
	if (!all)
		return n->n_targets;
	free(all);
	return distinct;
}

void setup_need_done(struct setup_need *n)
{
	if (n->n_targets)
		unique_targets(n);
	for (size_t i = 0; i < n->n_links; i++)
		setup_link_need_done(&n->link[i]);
}
