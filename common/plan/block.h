/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef P2P_PLAN_BLOCK_H
#define P2P_PLAN_BLOCK_H

/*
 * Inside plan/ only. A block is a full product of axes: a sweep without cases is one block, with
 * cases one block a case, and every include is a block of its own. Points are numbered through all
 * blocks in order; the axis with the highest number turns fastest.
 */

#include <stdbool.h>

#include "plan/plan.h"

/* Values of one axis of a block; n is at least 1, @val NULL means one empty value. */
struct block_axis {
	const struct config_value *val;
	size_t n;
};

struct block {
	struct block_axis ax[AX_COUNT];
	const struct config_map *include; /* NULL for a part of the sweep's product */
	uint32_t sweep;
	uint64_t start, count; /* raw numbers of its points */
};

struct blocks {
	struct block *block;
	size_t n;
	uint64_t raw;			    /* points of all blocks, saturating */
	struct config_value dflt[AX_COUNT]; /* defaults of the option table, typed */
};

/* Places in a block: one digit an axis, and what has been hashed up to each axis. */
struct walk {
	const struct config *c;
	const struct block *b;
	size_t digit[AX_COUNT];
	int64_t v[AX_COUNT];
	uint64_t id[AX_COUNT + 1];
	uint64_t cell[AX_COUNT + 1];
};

/* Axes in which the members of a cell differ. */
static inline bool is_tph(int axis)
{
	return axis >= AX_TPH && axis <= AX_TPH_MEM;
}

/* Id of the point with these values. */
uint64_t walk_id(const struct config *c, const int64_t *v);

/* Return: 0, -ENOMEM, -EINVAL with errors in @d. blocks_close() in any case. */
int blocks_open(const struct config *c, struct diags *d, struct blocks *out);
void blocks_close(struct blocks *b);

/* More raw points than this are refused. */
enum { BLOCKS_RAW_MAX = 1000000 };

/* Return: 0, -EINVAL with an error in @d that names the sweep with the most. */
int blocks_check(const struct blocks *bs, const struct config *c, struct diags *d);

/* Points there may be, and one more: where there are hints, each may need two others (members.h). */
size_t blocks_room(const struct blocks *bs);

/* Puts the walk on point number @raw of its block. */
void walk_seek(struct walk *w, const struct config *c, const struct block *b, uint64_t raw);
/* Return: false behind the last point. */
bool walk_next(struct walk *w);

#endif
