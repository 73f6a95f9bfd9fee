// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Rate of atomic fetch_add on 8-byte words of the target: operations whose completion was seen, so whose
 * old value has arrived here, between the two edges of the window. Every slot has its own word and every
 * operation adds 1, so the words count the operations. Not in it: making work requests, registration,
 * connection, data checks, ramp and drain.
 */
#include "ops/ops.h"

#include "meas/lane_loop.h"

static int fetch_add_bw_run(struct lane *l, const atomic_bool *stop)
{
	return lane_drive_bw(l, stop, &op_fetch_add_bw);
}

const struct op op_fetch_add_bw = {
	.measure = MEASURE_BW,
	.op = OP_FETCH_ADD,
	.about = "atomic fetch_adds completed per second between the edges of the window",
	.opcode = IBV_WR_ATOMIC_FETCH_AND_ADD,
	.check = OP_CHECK_ADD,
	.run = fetch_add_bw_run,
};
