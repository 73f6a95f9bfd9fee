// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * cmp_swap latency: from just before the post of one atomic cmp_swap to its completion, when the word's old
 * value has arrived here. Every comparison succeeds (see cmp_swap_bw.c); the operands are set before the
 * interval begins. One message in flight. The clock's own cost (run.json: clock.overhead_ns) is inside and
 * not subtracted. With a rate, every message counts from the moment it was due (meas/lane_pace.h).
 */
#include "ops/ops.h"

#include "meas/lane_loop.h"

static int cmp_swap_lat_run(struct lane *l, const atomic_bool *stop)
{
	return lane_drive_lat(l, stop, &op_cmp_swap_lat);
}

const struct op op_cmp_swap_lat = {
	.measure = MEASURE_LAT,
	.op = OP_CMP_SWAP,
	.about = "post of one atomic cmp_swap, which succeeds, to its completion with the old value",
	.opcode = IBV_WR_ATOMIC_CMP_AND_SWP,
	.check = OP_CHECK_SWAP,
	.run = cmp_swap_lat_run,
};
