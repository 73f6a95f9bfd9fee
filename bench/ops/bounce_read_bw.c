// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * READ bandwidth by the detour, target -> staging -> source: messages whose READ was seen to complete between
 * the two edges of the window. A CPU has copied each from the target first; with overlap 1 a thread beside
 * this one copies ahead, with overlap 0 copies and transfers alternate. Not in it: making work requests,
 * registration, connection, data checks, ramp and drain.
 */
#include "ops/ops.h"

#include "meas/lane_bounce.h"

static int bounce_read_bw_run(struct lane *l, const atomic_bool *stop)
{
	return lane_drive_bounce_bw(l, stop, &op_bounce_read_bw);
}

const struct op op_bounce_read_bw = {
	.measure = MEASURE_BW,
	.op = OP_READ,
	.about =
		"bytes of READs from host memory that a CPU has filled from the target, completed per second",
	.opcode = IBV_WR_RDMA_READ,
	.bounce = true,
	.check = OP_CHECK_SOURCE,
	.run = bounce_read_bw_run,
};
