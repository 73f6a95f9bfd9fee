// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Sweeps -> blocks, and the walk over a block's points; see block.h. */
#include "plan/block.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/rng.h"
#include "base/units.h"
#include "plan/members.h"

static int64_t word_index(const char *const *words, const char *word)
{
	for (int64_t i = 0; words[i]; i++) {
		if (!strcmp(words[i], word))
			return i;
	}
	return AXIS_EMPTY;
}

/* The table's default of an axis as a value; AXIS_EMPTY when it has none. */
static int64_t default_value(const struct config *c, const struct key *k)
{
	int64_t v = AXIS_EMPTY;

	if (!k->dflt)
		return v;
	if (k->type == KEY_WORD)
		return word_index(k->words, k->dflt);
	if (k->type != KEY_NAME)
		return units_size(k->dflt, &v, NULL) == 0 ? v : AXIS_EMPTY;
	for (size_t i = 0; i < c->n_memory; i++) {
		if (!strcmp(c->memory[i].name, k->dflt))
			v = (int64_t)i;
	}
	return v;
}

static struct block_axis values_of(const struct config_axis *a)
{
	return (struct block_axis){.val = a->val, .n = a->n};
}

static struct block_axis default_of(const struct blocks *bs, int axis)
{
	return (struct block_axis){.val = bs->dflt[axis].v == AXIS_EMPTY ? NULL : &bs->dflt[axis], .n = 1};
}

static bool named_by_cases(const struct config_sweep *s, int axis)
{
	for (size_t i = 0; i < s->n_cases; i++) {
		if (s->cases[i].ax[axis].n)
			return true;
	}
	return false;
}

/* A case's own values; the default where only its siblings name the axis; else the sweep's. */
static void product_block(const struct blocks *bs, const struct config_sweep *s,
			  const struct config_map *of_case, struct block *b)
{
	for (int ax = 0; ax < AX_COUNT; ax++) {
		if (of_case && of_case->ax[ax].n)
			b->ax[ax] = values_of(&of_case->ax[ax]);
		else if (!(of_case && named_by_cases(s, ax)) && s->ax[ax].n)
			b->ax[ax] = values_of(&s->ax[ax]);
		else
			b->ax[ax] = default_of(bs, ax);
	}
}

/* An include's own values; the sweep's where it has just one; else the default. */
static bool include_block(const struct blocks *bs, const struct config_sweep *s, const struct config_map *inc,
			  struct diags *d, struct block *b)
{
	bool ok = true;

	b->include = inc;
	for (int ax = 0; ax < AX_COUNT; ax++) {
		if (inc->ax[ax].n)
			b->ax[ax] = values_of(&inc->ax[ax]);
		else if (s->ax[ax].n == 1)
			b->ax[ax] = values_of(&s->ax[ax]);
		else
			b->ax[ax] = default_of(bs, ax);
		if (b->ax[ax].val || s->ax[ax].n <= 1)
			continue;
		diags_add(d, DIAG_ERROR, &inc->mark,
			  "include names no %s, and sweep '%s' has %zu values of it; name one",
			  keys_axis((enum axis)ax)->name, s->name, s->ax[ax].n);
		ok = false;
	}
	return ok;
}

static void add_block(struct blocks *bs, struct block *b)
{
	b->start = bs->raw;
	b->count = 1;
	for (int ax = 0; ax < AX_COUNT; ax++) {
		if (__builtin_mul_overflow(b->count, b->ax[ax].n, &b->count))
			b->count = UINT64_MAX;
	}
	if (__builtin_add_overflow(bs->raw, b->count, &bs->raw))
		bs->raw = UINT64_MAX;
	bs->n++;
}

static int sweep_blocks(const struct config *c, size_t sweep, struct diags *d, struct blocks *bs)
{
	const struct config_sweep *s = &c->sweeps[sweep];
	int rc = 0;

	for (size_t i = 0; i < (s->n_cases ? s->n_cases : 1); i++) {
		struct block *b = &bs->block[bs->n];

		b->sweep = (uint32_t)sweep;
		product_block(bs, s, s->n_cases ? &s->cases[i] : NULL, b);
		add_block(bs, b);
	}
	for (size_t i = 0; i < s->n_include; i++) {
		struct block *b = &bs->block[bs->n];

		b->sweep = (uint32_t)sweep;
		if (!include_block(bs, s, &s->include[i], d, b))
			rc = -EINVAL;
		add_block(bs, b);
	}
	return rc;
}

int blocks_open(const struct config *c, struct diags *d, struct blocks *out)
{
	size_t room = 0;
	int rc = 0;

	*out = (struct blocks){0};
	for (int ax = 0; ax < AX_COUNT; ax++)
		out->dflt[ax].v = default_value(c, keys_axis((enum axis)ax));
	for (size_t i = 0; i < c->n_sweeps; i++)
		room += c->sweeps[i].n_cases + 1 + c->sweeps[i].n_include;
	out->block = calloc(room ? room : 1, sizeof(*out->block));
	if (!out->block)
		return -ENOMEM;
	for (size_t i = 0; i < c->n_sweeps; i++) {
		if (sweep_blocks(c, i, d, out) != 0)
			rc = -EINVAL;
	}
	return rc;
}

void blocks_close(struct blocks *b)
{
	free(b->block);
	*b = (struct blocks){0};
}

size_t blocks_room(const struct blocks *bs)
{
	size_t n = 1;

	for (size_t i = 0; i < bs->n; i++) {
		const struct block *b = &bs->block[i];
		const struct block_axis *tph = &b->ax[AX_TPH];
		bool hints = false;

		for (size_t k = 0; tph->val && k < tph->n; k++)
			hints |= tph->val[k].v != TPH_NONE;
		n += b->count * (hints ? 1 + MEMBERS_ADDED : 1);
	}
	return n;
}

/* The queue depth nobody chose depends on what is measured. */
static int64_t default_qd(int64_t measure)
{
	const struct key *k = keys_axis(AX_QD);
	int64_t qd = 1;

	units_int(measure == MEASURE_LAT ? k->dflt_lat : k->dflt_rest, &qd, NULL);
	return qd;
}

/* Going on from @id with one column. */
static uint64_t add_column(uint64_t id, int ax, const char *text)
{
	const char *name = keys[ax].column;

	id = fnv64(fnv64(id, name, strlen(name)), "=", 1);
	return fnv64(fnv64(id, text, strlen(text)), ";", 1);
}

uint64_t walk_id(const struct config *c, const int64_t *v)
{
	uint64_t id = FNV64_INIT;
	char buf[32];

	for (int ax = 0; ax < AX_COUNT; ax++)
		if (v[ax] != AXIS_EMPTY)
			id = add_column(id, ax, config_value_csv(c, (enum axis)ax, v[ax], buf));
	return id;
}

/* Values and hashes from axis @from on; those before it have not changed. */
static void walk_fill(struct walk *w, int from)
{
	char buf[32];

	for (int ax = from; ax < AX_COUNT; ax++) {
		const struct block_axis *a = &w->b->ax[ax];
		const char *text;

		w->v[ax] = a->val ? a->val[w->digit[ax]].v : AXIS_EMPTY;
		if (ax == AX_QD && !a->val)
			w->v[ax] = default_qd(w->v[AX_MEASURE]);
		if (ax == AX_OP && w->v[AX_MEASURE] == MEASURE_REG)
			w->v[ax] = AXIS_EMPTY;
		w->id[ax + 1] = w->id[ax];
		w->cell[ax + 1] = w->cell[ax];
		if (w->v[ax] == AXIS_EMPTY)
			continue;
		text = config_value_csv(w->c, (enum axis)ax, w->v[ax], buf);
		w->id[ax + 1] = add_column(w->id[ax], ax, text);
		if (!is_tph(ax))
			w->cell[ax + 1] = add_column(w->cell[ax], ax, text);
	}
}

void walk_seek(struct walk *w, const struct config *c, const struct block *b, uint64_t raw)
{
	*w = (struct walk){.c = c, .b = b, .id = {FNV64_INIT}, .cell = {FNV64_INIT}};
	for (int ax = AX_COUNT - 1; ax >= 0; ax--) {
		w->digit[ax] = raw % b->ax[ax].n;
		raw /= b->ax[ax].n;
	}
	walk_fill(w, 0);
}

bool walk_next(struct walk *w)
{
	for (int ax = AX_COUNT - 1; ax >= 0; ax--) {
		if (++w->digit[ax] < w->b->ax[ax].n) {
			walk_fill(w, ax);
			return true;
		}
		w->digit[ax] = 0;
	}
	return false;
}

int blocks_check(const struct blocks *bs, const struct config *c, struct diags *d)
{
	const struct block *largest = bs->block;

	if (bs->raw <= BLOCKS_RAW_MAX || !bs->n)
		return 0;
	for (size_t i = 1; i < bs->n; i++)
		if (bs->block[i].count > largest->count)
			largest = &bs->block[i];
	diags_add(d, DIAG_ERROR, &c->sweeps[largest->sweep].mark,
		  "the plan has %s%" PRIu64 " combinations, at most %d are allowed; the most come from sweep "
		  "'%s' (%s%" PRIu64 "): use fewer values or larger steps",
		  bs->raw == UINT64_MAX ? "more than " : "", bs->raw, BLOCKS_RAW_MAX,
		  c->sweeps[largest->sweep].name, largest->count == UINT64_MAX ? "more than " : "",
		  largest->count);
	return -EINVAL;
}
