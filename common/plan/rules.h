/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef P2P_PLAN_RULES_H
#define P2P_PLAN_RULES_H

/* Inside plan/ only: combinations of values that cannot be measured, whatever the machine. */

#include <stdbool.h>

#include "config/config.h"

enum { RULE_AXES = 4 };

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

extern const struct rule rules[];
extern const size_t rules_len;

/* Index of the first rule the point breaks, rules_len for none. */
size_t rules_check(const struct config *c, const int64_t *v);

#endif
