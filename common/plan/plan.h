/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef P2P_PLAN_PLAN_H
#define P2P_PLAN_PLAN_H

/*
 * Config -> the ordered list of points. Pure: no device, no clock, no output. A point is decoded
 * on demand from its place in the product, so a plan of a million points is a few megabytes.
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
 *        st_ext, ph, tph_cpu and tph_mem
 * @sweep: index into config->sweeps
 */
struct point {
	int64_t v[AX_COUNT];
	uint64_t id;
	uint64_t cell;
	uint32_t sweep;
};

struct plan; /* opaque, immutable after plan_build() */

/* What became of the raw product of one sweep, in order of application. */
struct plan_count {
	uint64_t raw;	     /* product of axes and cases */
	uint64_t excluded;   /* by exclude rules */
	uint64_t impossible; /* by kind: named in notes */
	uint64_t included;   /* added by include */
	uint64_t duplicate;  /* same point in an earlier place */
	uint64_t kept;
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

/* Points kept, in plan order; plan_point() decodes number @i < plan_points(). */
size_t plan_points(const struct plan *p);
void plan_point(const struct plan *p, size_t i, struct point *out);

/* Counts of sweep number @sweep. */
struct plan_count plan_count(const struct plan *p, size_t sweep);

/* "p" + 16 hex digits. Return: @buf. */
char *plan_point_id(char buf[PLAN_POINT_ID], uint64_t id);

/* One line for people: "write host 64K q64 x4". Return: @buf. */
char *plan_point_text(const struct config *c, const struct point *pt, char *buf, size_t len);

#endif
