// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Blocks -> points: exclude, leave out or report what is impossible, drop duplicates, hold the
 * budget. A kept point is its raw number and its id; the rest is decoded on demand.
 */
#include "plan/plan.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/rng.h"
#include "plan/block.h"
#include "plan/findings.h"
#include "plan/match.h"
#include "plan/members.h"
#include "plan/rules.h"

enum { RAW_MASK = (1 << 20) - 1, MEMBER_SHIFT = 20 };

/*
 * A point's place: its raw number, and what was made of it (MEMBER_*). @member and @first: points by cell,
 * and where in there a cell begins; one more than cells.
 */
struct plan {
	const struct config *c;
	struct blocks blocks;
	struct plan_count *count; /* one a sweep */
	uint32_t *raw;
	uint64_t *id;
	size_t n;
	uint32_t *member, *first;
	size_t cells;
	bool hinted; /* some point has a hint; without any, every point is a cell */
};

/* What is only needed while building. */
struct build {
	struct plan *p;
	struct diags *d;
	uint32_t *slot;	       /* hash of the kept points by id: index + 1, 0 = free */
	size_t mask;	       /* its room - 1 */
	uint64_t *excluded;    /* points removed, one an exclude rule of the sweep */
	uint64_t *shared;      /* points of the sweep that are there already, one an earlier sweep */
	struct broken *broken; /* by rule and memory, see broken_slot() */
};

static bool is_excluded(const struct build *b, const struct config_sweep *s, const int64_t *v)
{
	for (size_t i = 0; i < s->n_exclude; i++) {
		if (match_point(&s->exclude[i], v)) {
			b->excluded[i]++;
			return true;
		}
	}
	return false;
}

static const struct block *block_of(const struct plan *p, uint32_t place)
{
	size_t lo = 0, hi = p->blocks.n;
	uint32_t raw = place & RAW_MASK;

	while (hi - lo > 1) {
		size_t mid = lo + (hi - lo) / 2;

		if (p->blocks.block[mid].start <= raw)
			lo = mid;
		else
			hi = mid;
	}
	return &p->blocks.block[lo];
}

/* Where the point @id is, or the free slot where it belongs. */
static uint32_t *slot_of(const struct build *b, uint64_t id)
{
	size_t i = rng_mix(id) & b->mask;

	while (b->slot[i] && b->p->id[b->slot[i] - 1] != id)
		i = (i + 1) & b->mask;
	return &b->slot[i];
}

static void append(struct build *b, uint64_t id, uint32_t place, uint32_t *slot)
{
	struct plan *p = b->p;

	p->raw[p->n] = place;
	p->id[p->n] = id;
	*slot = (uint32_t)++p->n;
}

static bool has_hint(const int64_t *v)
{
	return v[AX_TPH] != TPH_NONE && v[AX_TPH] != AXIS_EMPTY;
}

static void keep(struct build *b, const struct walk *w, uint64_t raw, struct plan_count *count)
{
	uint32_t *slot = slot_of(b, w->id[AX_COUNT]);
	struct plan *p = b->p;

	if (*slot) {
		b->shared[block_of(p, p->raw[*slot - 1])->sweep]++;
		count->duplicate++;
		return;
	}
	append(b, w->id[AX_COUNT], (uint32_t)raw, slot);
	p->hinted |= has_hint(w->v);
	count->kept++;
}

/* What a cell with a hint lacks to be compared, and to be compared with itself. */
static void complete_cells(struct build *b)
{
	struct plan *p = b->p;
	size_t as_written = p->hinted ? p->n : 0;

	for (size_t i = 0; i < as_written; i++) {
		struct point pt;
		struct plan_count *count;

		plan_point(p, i, &pt);
		if (!has_hint(pt.v))
			continue;
		count = &p->count[pt.sweep];
		for (enum member m = MEMBER_PLAIN; m <= MEMBER_CONTROL; m++) {
			uint64_t id;
			uint32_t *slot;

			member_values(m, pt.v);
			id = walk_id(p->c, pt.v);
			slot = slot_of(b, id);
			if (*slot)
				continue;
			append(b, id, (p->raw[i] & RAW_MASK) | (uint32_t)m << MEMBER_SHIFT, slot);
			count->plain += m == MEMBER_PLAIN;
			count->controls += m == MEMBER_CONTROL;
			count->kept++;
		}
	}
}

/* A rule about a memory is reported for each memory it fails on, any other once a sweep. */
static struct broken *broken_slot(const struct build *b, size_t rule, const int64_t *v)
{
	size_t memory = 0;

	for (const enum axis *ax = rules_at(rule)->ax; *ax != AX_COUNT; ax++) {
		if (*ax == AX_TARGET || *ax == AX_SOURCE)
			memory = (size_t)v[*ax];
	}
	return &b->broken[rule * b->p->c->n_memory + memory];
}

static void take(struct build *b, const struct walk *w, uint64_t raw)
{
	const struct config *c = b->p->c;
	const struct block *blk = w->b;
	struct plan_count *count = &b->p->count[blk->sweep];
	struct broken *broken;
	size_t rule;

	if (!blk->include && is_excluded(b, &c->sweeps[blk->sweep], w->v)) {
		count->excluded++;
		return;
	}
	rule = rules_check(c, w->v);
	if (rule == rules_len()) {
		keep(b, w, raw, count);
		return;
	}
	count->impossible++;
	/* An include is counted apart: what a product may contain is an error when asked for by name. */
	broken = broken_slot(b, rule, w->v);
	if (blk->include && broken->block && !broken->block->include)
		broken->count = 0;
	if (broken->count++ == 0) {
		broken->block = blk;
		broken->raw = raw - blk->start;
	}
}

static void take_block(struct build *b, const struct block *blk)
{
	struct walk w;
	uint64_t raw = blk->start;

	walk_seek(&w, b->p->c, blk, 0);
	do
		take(b, &w, raw++);
	while (walk_next(&w));
}

static void take_include(struct build *b, const struct block *blk)
{
	const struct config_sweep *s = &b->p->c->sweeps[blk->sweep];
	struct plan_count *count = &b->p->count[blk->sweep];
	uint64_t kept = count->kept, impossible = count->impossible;

	take_block(b, blk);
	count->included += count->kept - kept;
	if (count->kept == kept && count->impossible == impossible)
		diags_add(b->d, DIAG_WARNING, &blk->include->mark,
			  "include #%zu adds 0 points in sweep '%s': all are there already",
			  (size_t)(blk->include - s->include) + 1, s->name);
}

/* All blocks of one sweep; *next moves behind them. */
static int take_sweep(struct build *b, size_t sweep, size_t *next)
{
	const struct config_sweep *s = &b->p->c->sweeps[sweep];
	struct plan_count *count = &b->p->count[sweep];
	const struct blocks *bs = &b->p->blocks;
	int rc = -ENOMEM;

	b->excluded = calloc(s->n_exclude + 1, sizeof(*b->excluded));
	b->broken = calloc(rules_len() * b->p->c->n_memory, sizeof(*b->broken));
	b->shared = calloc(b->p->c->n_sweeps, sizeof(*b->shared));
	if (!b->excluded || !b->broken || !b->shared)
		goto out;
	for (; *next < bs->n && bs->block[*next].sweep == sweep; (*next)++) {
		const struct block *blk = &bs->block[*next];

		if (blk->include) {
			take_include(b, blk);
		} else {
			count->raw += blk->count;
			take_block(b, blk);
		}
	}
	findings_report(b->p->c, b->d, s, &(struct findings){b->excluded, b->broken, b->shared, *count});
	rc = 0;
out:
	free(b->excluded);
	free(b->broken);
	free(b->shared);
	return rc;
}

static int take_all(struct plan *p, struct diags *d)
{
	struct build b = {.p = p, .d = d, .mask = 1};
	size_t next = 0;
	int rc = 0;

	while (b.mask < 2 * blocks_room(&p->blocks))
		b.mask = 2 * b.mask + 1;
	b.slot = calloc(b.mask + 1, sizeof(*b.slot));
	if (!b.slot)
		return -ENOMEM;
	for (size_t i = 0; rc == 0 && i < p->c->n_sweeps; i++)
		rc = take_sweep(&b, i, &next);
	if (rc == 0)
		complete_cells(&b);
	free(b.slot);
	return rc;
}

static int check_budget(const struct plan *p, struct diags *d)
{
	const struct config *c = p->c;

	if (p->n > (uint64_t)c->budget_points)
		diags_add(d, DIAG_ERROR, &c->budget_mark,
			  "the plan has %zu points, budget.points allows %" PRId64
			  "; exclude some or raise budget.points",
			  p->n, c->budget_points);
	return diags_errors(d) ? -EINVAL : 0;
}

static int group_by_cell(struct plan *p)
{
	struct member_cell *all = calloc(p->n + 1, sizeof(*all));
	struct point pt;

	if (!all)
		return -ENOMEM;
	for (size_t i = 0; i < p->n; i++) {
		plan_point(p, i, &pt);
		all[i] = (struct member_cell){.cell = pt.cell, .point = (uint32_t)i};
	}
	p->cells = member_group(all, p->n, p->member, p->first);
	free(all);
	return 0;
}

static int group_cells(struct plan *p)
{
	p->member = calloc(p->n + 1, sizeof(*p->member));
	p->first = calloc(p->n + 2, sizeof(*p->first));
	if (!p->member || !p->first)
		return -ENOMEM;
	if (p->hinted)
		return group_by_cell(p);
	p->cells = p->n;
	for (size_t i = 0; i <= p->n; i++)
		p->member[i] = p->first[i] = (uint32_t)i;
	return 0;
}

static int build(struct plan *p, struct diags *d)
{
	int rc = blocks_open(p->c, d, &p->blocks);

	if (rc == 0)
		rc = blocks_check(&p->blocks, p->c, d);
	if (rc)
		return rc;
	p->count = calloc(p->c->n_sweeps + 1, sizeof(*p->count));
	p->raw = calloc(blocks_room(&p->blocks), sizeof(*p->raw));
	p->id = calloc(blocks_room(&p->blocks), sizeof(*p->id));
	if (!p->count || !p->raw || !p->id)
		return -ENOMEM;
	rc = take_all(p, d);
	if (!rc)
		rc = check_budget(p, d);
	return rc ? rc : group_cells(p);
}

int plan_build(const struct config *c, struct diags *d, struct plan **out)
{
	struct plan *p = calloc(1, sizeof(*p));
	int rc;

	if (!p)
		return -ENOMEM;
	p->c = c;
	rc = build(p, d);
	if (rc)
		plan_free(p);
	else
		*out = p;
	return rc;
}

void plan_free(struct plan *p)
{
	if (!p)
		return;
	blocks_close(&p->blocks);
	free(p->count);
	free(p->raw);
	free(p->id);
	free(p->member);
	free(p->first);
	free(p);
}

const struct config *plan_config(const struct plan *p)
{
	return p->c;
}

size_t plan_points(const struct plan *p)
{
	return p->n;
}

void plan_point(const struct plan *p, size_t i, struct point *out)
{
	const struct block *b = block_of(p, p->raw[i]);
	struct walk w;

	walk_seek(&w, p->c, b, (p->raw[i] & RAW_MASK) - b->start);
	memcpy(out->v, w.v, sizeof(out->v));
	for (enum member m = MEMBER_PLAIN; m <= (enum member)(p->raw[i] >> MEMBER_SHIFT); m++)
		member_values(m, out->v);
	out->id = p->id[i];
	out->cell = w.cell[AX_COUNT];
	out->sweep = b->sweep;
}

size_t plan_cells(const struct plan *p)
{
	return p->cells;
}

const uint32_t *plan_cell(const struct plan *p, size_t k, size_t *n)
{
	*n = p->first[k + 1] - p->first[k];
	return p->member + p->first[k];
}

struct plan_count plan_count(const struct plan *p, size_t sweep)
{
	return p->count[sweep];
}
