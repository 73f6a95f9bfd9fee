/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef P2P_PLAN_PLAN_H
#define P2P_PLAN_PLAN_H

/*
 * Config -> the ordered list of points. Pure: no device, no clock, no output. A point is decoded
 * on demand from its place in the product, so a plan of a million points is some 20 megabytes (12 bytes a
 * point, 8 for its cell).
 */

#include <stddef.h>
#include <stdint.h>

#include "config/config.h"

enum { PLAN_POINT_ID = 18 }; /* 'p' + 16 hex + NUL */

/**
 * struct point - one combination of axis values
 * @v: value per axis, AXIS_EMPTY where the point has none. Names are indices into the config
 * @id: FNV-1a 64 over "column=value;" of the non-empty key columns in column order
 * @cell: id of the group of points this one is compared with: the same, without the columns tph, st,
 *        st_ext, ph, tph_cpu and tph_mem; of an A/A control: the cell it stands in
 * @sweep: index into config->sweeps
 */
struct point {
	int64_t v[AX_COUNT];
	uint64_t id;
	uint64_t cell;
	uint32_t sweep;
};

struct plan; /* opaque, immutable after plan_build() */

/*
 * A cell with a hint in it also has the plain point (tph none), added when no sweep has it, and its A/A
 * control: the same point once more, with the variant `off2` or `NAME.off2`.
 */
static inline bool plan_is_control(const struct point *pt)
{
	return pt->v[AX_VARIANT] < 0 && pt->v[AX_VARIANT] != AXIS_EMPTY;
}

/* What became of the raw product of one sweep, in order of application. */
struct plan_count {
	uint64_t raw;	     /* product of axes and cases */
	uint64_t excluded;   /* by exclude rules */
	uint64_t impossible; /* by kind: named in notes */
	uint64_t included;   /* added by include */
	uint64_t duplicate;  /* same point in an earlier place */
	uint64_t plain;	     /* `tph: none` points added, for cells that lack one */
	uint64_t controls;   /* A/A controls added */
	uint64_t kept;	     /* with those added */
};

/**
 * plan_build() - expand, exclude, include, drop what is impossible by kind
 * @c: borrowed until plan_free()
 * @d: rules without effect, points two sweeps share (warning, or error when their settings differ),
 * combinations removed by kind (note), combinations that cannot be measured (error), limits (error): over 1
 * 000 000 raw points, an empty sweep, more points than the budget
 *
 * Return: 0, -EINVAL when @d has errors, -ENOMEM.
 */
int plan_build(const struct config *c, struct diags *d, struct plan **out);
void plan_free(struct plan *p);

/* What it was built from. */
const struct config *plan_config(const struct plan *p);

/* The user's note that the hint of @pt was seen on an analyzer; NULL = none, or it has no hint. */
const struct config_tph_note *plan_tph_note(const struct config *c, const struct point *pt);

/* Points kept, in plan order; plan_point() decodes number @i < plan_points(). */
size_t plan_points(const struct plan *p);
void plan_point(const struct plan *p, size_t i, struct point *out);

/**
 * plan_cells() - how many cells there are
 * plan_cell() - the points of cell number @k < plan_cells(), in plan order
 * @n: how many
 *
 * Cells ascend by cell id. Return: point numbers, owned by @p.
 */
size_t plan_cells(const struct plan *p);
const uint32_t *plan_cell(const struct plan *p, size_t k, size_t *n);

/* Counts of sweep number @sweep. */
struct plan_count plan_count(const struct plan *p, size_t sweep);

/* "p" + 16 hex digits. Return: @buf. */
char *plan_point_id(char buf[PLAN_POINT_ID], uint64_t id);

/* One line for people: "write host 64K q64 x4". Return: @buf. */
char *plan_point_text(const struct config *c, const struct point *pt, char *buf, size_t len);

#endif
