/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef P2P_PLAN_FINDINGS_H
#define P2P_PLAN_FINDINGS_H

/* Inside plan/ only: what became of a sweep's product, counted while planning, told at the end. */

#include "plan/block.h"
#include "plan/rules.h"

/* How often a rule was broken, and where first. */
struct broken {
	uint64_t count;
	const struct block *block;
	uint64_t raw; /* number in its block */
};

/**
 * struct findings - of one sweep
 * @excluded: points removed, for each exclude rule
 * @broken: for each rule and each memory, [rule * n_memory + memory]; a rule that is about no
 *	    memory uses number 0
 * @shared: points an earlier sweep has already, one a sweep; with its own number: repeated in the sweep
 */
struct findings {
	const uint64_t *excluded;
	const struct broken *broken;
	const uint64_t *shared;
	struct plan_count count;
};

/* Adds errors, warnings and notes to @d. */
void findings_report(const struct config *c, struct diags *d, const struct config_sweep *s,
		     const struct findings *f);

#endif
