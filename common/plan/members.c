// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The points of a cell; see members.h. */
#include "plan/members.h"

#include <stdlib.h>

#include "plan/block.h"

void member_values(enum member m, int64_t *v)
{
	if (m == MEMBER_CONTROL)
		v[AX_VARIANT] = config_control(v[AX_VARIANT]);
	if (m != MEMBER_PLAIN)
		return;
	for (int ax = 0; ax < AX_COUNT; ax++)
		if (is_tph(ax))
			v[ax] = ax == AX_TPH ? TPH_NONE : AXIS_EMPTY;
}

static int by_cell(const void *a, const void *b)
{
	const struct member_cell *x = a, *y = b;

	if (x->cell != y->cell)
		return x->cell < y->cell ? -1 : 1;
	return x->point < y->point ? -1 : x->point > y->point;
}

size_t member_group(struct member_cell *all, size_t n, uint32_t *member, uint32_t *first)
{
	size_t cells = 0;

	qsort(all, n, sizeof(*all), by_cell);
	for (size_t i = 0; i < n; i++) {
		if (!i || all[i].cell != all[i - 1].cell)
			first[cells++] = (uint32_t)i;
		member[i] = all[i].point;
	}
	first[cells] = (uint32_t)n;
	return cells;
}
