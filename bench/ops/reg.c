// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Registration: the responder registers a part of the target again and again, and each call is timed from
 * entry to return: reg_us; so is each deregistration: dereg_us. In it: pinning or mapping of the memory,
 * for dma-bufs the import, for tagged ones the exporter's answer. Not in it: opening the memory and making
 * the export. No queue pair works meanwhile.
 */
#include "ops/ops.h"

const struct op op_reg = {
	.measure = MEASURE_REG,
	.op = -1,
	.about = "one registration call, and one deregistration call, of the target's memory",
	.check = OP_CHECK_NONE,
};
