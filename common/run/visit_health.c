// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * PCIe errors that the target's device noticed during a visit. Status bits stay set until somebody clears
 * them, so only those that were clear before can show.
 */
#include <stdio.h>

#include "run/visit_parts.h"

bool visit_health(const struct visit *v, struct mem_health *out)
{
	const struct setup_target *t = setup_target(v->setup, v->point);

	return t && !peer_target_health(v->setup->peer, t->at.id, out, NULL);
}

void row_health(struct row *row, const struct visit *v, const struct mem_health *before)
{
	struct mem_health now;
	char text[160];

	if (!visit_health(v, &now) ||
	    !(now.devsta & ~before->devsta || now.uncorrectable & ~before->uncorrectable ||
	      now.correctable & ~before->correctable))
		return;
	row_flag(row, "pcie_errors");
	if (*row_get(row, COL_ERR_TEXT))
		return;
	snprintf(
		text, sizeof(text),
		"PCIe errors at the target: DevSta 0x%x to 0x%x, AER uncorrectable 0x%x to 0x%x, correctable "
		"0x%x to 0x%x",
		before->devsta, now.devsta, before->uncorrectable, now.uncorrectable, before->correctable,
		now.correctable);
	row_text(row, COL_ERR_TEXT, text);
}
