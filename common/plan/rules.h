/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef P2P_PLAN_RULES_H
#define P2P_PLAN_RULES_H

/* Inside plan/ only: combinations of values that cannot be measured, whatever the machine. */

#include <stdbool.h>

#include "config/config.h"

enum { RULE_AXES = 5 };

/**
 * struct rule - one kind of impossible combination
 * @by_kind: a product may contain it (it is left out and counted); otherwise it is an error
 * @ax: axes to show, the one to point at first; AX_COUNT ends the list
 * @why: finishes "batch 16, qd 1: "
 */
struct rule {
	bool (*broken)(const struct config *c, const int64_t *v);
	bool by_kind;
	enum axis ax[RULE_AXES];
	const char *why;
};

/* What goes by kind, and what is an error. */
extern const struct rule rules_kind[], rules_error[];
extern const size_t rules_kind_len, rules_error_len;

/* All of them, those by kind first: such a point is left out before it can be an error. */
size_t rules_len(void);
const struct rule *rules_at(size_t i);

/* Index of the first rule the point breaks, rules_len() for none. */
size_t rules_check(const struct config *c, const int64_t *v);

static inline bool rule_given(const int64_t *v, enum axis ax)
{
	return v[ax] != AXIS_EMPTY;
}

/* AXIS_EMPTY is below every limit, so a comparison with > needs no look at it. */
static inline bool rule_over(const int64_t *v, enum axis ax, int64_t limit)
{
	return v[ax] > limit;
}

static inline bool rule_is_atomic(const int64_t *v)
{
	return v[AX_OP] == OP_FETCH_ADD || v[AX_OP] == OP_CMP_SWAP;
}

#endif
