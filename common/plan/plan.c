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

#include "config/u64set.h"
#include "plan/block.h"
#include "plan/findings.h"
#include "plan/rules.h"

enum { MAX_RAW = 1000000 };

struct plan {
	const struct config *c;
	struct blocks blocks;
	struct plan_count *count; /* one a sweep */
	uint32_t *raw;
	uint64_t *id;
	size_t n;
	struct u64set shared; /* cells with more than one point */
};

/* What is only needed while building. */
struct build {
	struct plan *p;
	struct diags *d;
	struct u64set ids, cells;
	bool has_tph;
	uint64_t *excluded;    /* points removed, one an exclude rule of the sweep */
	struct broken *broken; /* by rule and memory, see broken_slot() */
};

static bool item_matches(const struct config_match_axis *a, int64_t v)
{
	for (size_t i = 0; i < a->n; i++) {
		if (v >= a->item[i].lo && v <= a->item[i].hi)
			return true;
	}
	return false;
}

static bool matches(const struct config_matcher *m, const int64_t *v)
{
	for (uint64_t left = m->named; left; left &= left - 1) {
		int ax = __builtin_ctzll(left);

		if (v[ax] == AXIS_EMPTY || !item_matches(&m->ax[ax], v[ax]))
			return false;
	}
	return !m->not_map || !matches(m->not_map, v);
}

static bool is_excluded(const struct build *b, const struct config_sweep *s, const int64_t *v)
{
	for (size_t i = 0; i < s->n_exclude; i++) {
		if (matches(&s->exclude[i], v)) {
			b->excluded[i]++;
			return true;
		}
	}
	return false;
}

static int note_cell(struct build *b, uint64_t cell)
{
	bool first = true, added;
	int rc = u64set_add(&b->cells, cell, &first);

	return rc == 0 && !first ? u64set_add(&b->p->shared, cell, &added) : rc;
}

/* Return: 0, or -ENOMEM. */
static int keep(struct build *b, const struct walk *w, uint64_t raw, struct plan_count *count)
{
	struct plan *p = b->p;
	bool added = false;

	if (u64set_add(&b->ids, w->id[AX_COUNT], &added) != 0)
		return -ENOMEM;
	if (!added) {
		count->duplicate++;
		return 0;
	}
	p->raw[p->n] = (uint32_t)raw;
	p->id[p->n] = w->id[AX_COUNT];
	p->n++;
	count->kept++;
	return b->has_tph ? note_cell(b, w->cell[AX_COUNT]) : 0;
}

/* A rule about a memory is reported for each memory it fails on, any other once a sweep. */
static struct broken *broken_slot(const struct build *b, size_t rule, const int64_t *v)
{
	size_t memory = 0;

	for (const enum axis *ax = rules[rule].ax; *ax != AX_COUNT; ax++) {
		if (*ax == AX_TARGET || *ax == AX_SOURCE)
			memory = (size_t)v[*ax];
	}
	return &b->broken[rule * b->p->c->n_memory + memory];
}

static int take(struct build *b, const struct walk *w, uint64_t raw)
{
	const struct config *c = b->p->c;
	const struct block *blk = w->b;
	struct plan_count *count = &b->p->count[blk->sweep];
	struct broken *broken;
	size_t rule;

	if (!blk->include && is_excluded(b, &c->sweeps[blk->sweep], w->v)) {
		count->excluded++;
		return 0;
	}
	rule = rules_check(c, w->v);
	if (rule == rules_len)
		return keep(b, w, raw, count);
	count->impossible++;
	/* An include is told apart: what a product may contain is an error when asked for by name. */
	broken = broken_slot(b, rule, w->v);
	if (broken->count++ == 0 || (blk->include && !broken->block->include)) {
		broken->block = blk;
		broken->raw = raw - blk->start;
	}
	return 0;
}

static int take_block(struct build *b, const struct block *blk)
{
	struct walk w;
	uint64_t raw = blk->start;
	int rc;

	walk_seek(&w, b->p->c, blk, 0);
	do {
		rc = take(b, &w, raw++);
	} while (rc == 0 && walk_next(&w));
	return rc;
}

static int take_include(struct build *b, const struct block *blk)
{
	const struct config_sweep *s = &b->p->c->sweeps[blk->sweep];
	struct plan_count *count = &b->p->count[blk->sweep];
	uint64_t kept = count->kept, impossible = count->impossible;
	int rc = take_block(b, blk);

	count->included += count->kept - kept;
	if (rc == 0 && count->kept == kept && count->impossible == impossible)
		diags_add(b->d, DIAG_WARNING, &blk->include->mark,
			  "include #%zu adds 0 points in sweep '%s': all are there already",
			  (size_t)(blk->include - s->include) + 1, s->name);
	return rc;
}

/* All blocks of one sweep; *next moves behind them. */
static int take_sweep(struct build *b, size_t sweep, size_t *next)
{
	const struct config_sweep *s = &b->p->c->sweeps[sweep];
	struct plan_count *count = &b->p->count[sweep];
	const struct blocks *bs = &b->p->blocks;
	int rc = 0;

	b->excluded = calloc(s->n_exclude + 1, sizeof(*b->excluded));
	b->broken = calloc(rules_len * b->p->c->n_memory, sizeof(*b->broken));
	if (!b->excluded || !b->broken)
		rc = -ENOMEM;
	for (; rc == 0 && *next < bs->n && bs->block[*next].sweep == sweep; (*next)++) {
		const struct block *blk = &bs->block[*next];

		if (!blk->include)
			count->raw += blk->count;
		rc = blk->include ? take_include(b, blk) : take_block(b, blk);
	}
	if (rc == 0)
		findings_report(b->p->c, b->d, s, &(struct findings){b->excluded, b->broken, *count});
	free(b->excluded);
	free(b->broken);
	return rc;
}

static int take_all(struct plan *p, struct diags *d)
{
	struct build b = {.p = p, .d = d};
	size_t next = 0;
	int rc = 0;

	for (size_t i = 0; i < p->blocks.n; i++)
		b.has_tph |= block_has_tph(&p->blocks.block[i]);
	for (size_t i = 0; rc == 0 && i < p->c->n_sweeps; i++)
		rc = take_sweep(&b, i, &next);
	u64set_close(&b.ids);
	u64set_close(&b.cells);
	return rc;
}

static int check_raw(const struct plan *p, struct diags *d)
{
	const struct config *c = p->c;

	if (p->blocks.raw <= MAX_RAW)
		return 0;
	for (size_t i = 0; i < p->blocks.n; i++) {
		const struct block *b = &p->blocks.block[i];

		if (b->count <= MAX_RAW - (b->start < MAX_RAW ? b->start : MAX_RAW))
			continue;
		diags_add(d, DIAG_ERROR, &c->sweeps[b->sweep].mark,
			  "sweep '%s' takes the plan over %d combinations (its axes multiply to %s%" PRIu64
			  "); use fewer values or several sweeps",
			  c->sweeps[b->sweep].name, MAX_RAW, b->count == UINT64_MAX ? "more than " : "",
			  b->count);
		break;
	}
	return -EINVAL;
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

static int build(struct plan *p, struct diags *d)
{
	int rc = blocks_open(p->c, d, &p->blocks);

	if (rc == 0)
		rc = check_raw(p, d);
	if (rc)
		return rc;
	p->count = calloc(p->c->n_sweeps + 1, sizeof(*p->count));
	p->raw = calloc(p->blocks.raw + 1, sizeof(*p->raw));
	p->id = calloc(p->blocks.raw + 1, sizeof(*p->id));
	if (!p->count || !p->raw || !p->id)
		return -ENOMEM;
	rc = take_all(p, d);
	return rc ? rc : check_budget(p, d);
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
	u64set_close(&p->shared);
	free(p->count);
	free(p->raw);
	free(p->id);
	free(p);
}

size_t plan_points(const struct plan *p)
{
	return p->n;
}

static const struct block *block_of(const struct plan *p, uint32_t raw)
{
	size_t lo = 0, hi = p->blocks.n;

	while (hi - lo > 1) {
		size_t mid = lo + (hi - lo) / 2;

		if (p->blocks.block[mid].start <= raw)
			lo = mid;
		else
			hi = mid;
	}
	return &p->blocks.block[lo];
}

void plan_point(const struct plan *p, size_t i, struct point *out)
{
	const struct block *b = block_of(p, p->raw[i]);
	struct walk w;

	walk_seek(&w, p->c, b, p->raw[i] - b->start);
	memcpy(out->v, w.v, sizeof(out->v));
	out->id = p->id[i];
	out->cell = u64set_has(&p->shared, w.cell[AX_COUNT]) ? w.cell[AX_COUNT] : out->id;
	out->sweep = b->sweep;
}

struct plan_count plan_count(const struct plan *p, size_t sweep)
{
	return p->count[sweep];
}
