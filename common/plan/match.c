// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Does a map of values and ranges say this point: of exclude (match.h), of tph_notes (plan.h). */
#include "plan/match.h"

#include "plan/plan.h"

static bool item_matches(const struct config_match_axis *a, int64_t v)
{
	size_t lo = 0, hi = a->n;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (v > a->item[mid].hi)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo < a->n && v >= a->item[lo].lo;
}

bool match_point(const struct config_matcher *m, const int64_t *v)
{
	for (uint64_t left = m->named; left; left &= left - 1) {
		int ax = __builtin_ctzll(left);

		if (v[ax] == AXIS_EMPTY || !item_matches(&m->ax[ax], v[ax]))
			return false;
	}
	return !m->not_map || !match_point(m->not_map, v);
}

const struct config_tph_note *plan_tph_note(const struct config *c, const struct point *pt)
{
	for (size_t i = 0; pt->v[AX_TPH] > TPH_NONE && i < c->n_tph_notes; i++)
		if (match_point(&c->tph_note[i].when, pt->v))
			return &c->tph_note[i];
	return NULL;
}
