// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Rate of atomic cmp_swap on 8-byte words of the target: operations whose completion was seen, so whose old
 * value has arrived here, between the two edges of the window. A slot's word goes from 0 to LANE_SWAP and
 * back, visit by visit, so every comparison succeeds as long as operations are executed once and in order.
 * The loop sets the two operands of each work request before it posts it, which is in the figure; otherwise
 * not in it: making work requests, registration, connection, data checks, ramp and drain.
 */
#include "ops/ops.h"

#include "meas/lane_loop.h"

static int cmp_swap_bw_run(struct lane *l, const atomic_bool *stop)
{
	return lane_drive_bw(l, stop, &op_cmp_swap_bw);
}

const struct op op_cmp_swap_bw = {
	.measure = MEASURE_BW,
	.op = OP_CMP_SWAP,
	.about =
		"atomic cmp_swaps completed per second between the edges of the window, all of which succeed",
	.opcode = IBV_WR_ATOMIC_CMP_AND_SWP,
	.check = OP_CHECK_SWAP,
	.run = cmp_swap_bw_run,
};
