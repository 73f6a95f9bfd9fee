/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef P2P_RUN_CHOOSE_H
#define P2P_RUN_CHOOSE_H

/*
 * From a point as asked to the point as measured: the interconnect that `auto` and fallbacks come to, the CPU
 * that tph_cpu near and far mean. Or why it cannot be measured here. Key columns keep what was asked.
 */

#include "plan/plan.h"
#include "run/places.h"
#include "run/reach.h"

enum { CHOOSE_WHY = 600 };

/**
 * struct chosen - a point as it is measured
 * @pt: with the interconnect used, and tph_cpu as a number
 * @fell_back: by its fallback, because nothing that was asked works
 * @why: why it is not measured, or why the fallback; "" = neither
 */
struct chosen {
	struct point pt;
	bool fell_back;
	char why[CHOOSE_WHY];
};

/**
 * choose_point() - decide for @pt, which the device can run (support.h)
 * @set: of its sweep
 * @places, @a: the responder's NIC, which reaches the target, and what surrounds it
 * @reach: of that NIC and the memory, tried
 *
 * Also says no where a tag would not be sent or set: the memory's device, the NIC's enabled namespace, what
 * its table can hold. Those are gates of hardware: on software devices every tag goes.
 * Return: NULL, or @out->why for a `skipped` row.
 */
const char *choose_point(const struct config_settings *set, const struct places *places,
			 const struct nic_attr *a, const struct reach *reach, const struct point *pt,
			 struct chosen *out);

/* Function by which @interconnect reaches memory, -1 = none or unknown. */
int choose_fn(const struct places *places, const struct nic_attr *a, int64_t interconnect);

#endif
