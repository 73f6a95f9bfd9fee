// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * WRITE bandwidth by the detour, source -> staging -> target: messages whose copy to the target was done
 * between the two edges of the window. Behind each WRITE comes a READ of its last byte, and the copy begins
 * when the READ has completed: a WRITE's completion does not say that the data lies in the staging. A copy to
 * a device is done when the CPU has issued its stores; the last of them may still be on their way, and are
 * waited for after the window. Copies and transfers alternate (overlap 0), or a thread beside this one copies
 * (overlap 1). Not in it: making work requests, registration, connection, data checks, ramp and drain.
 */
#include "ops/ops.h"

#include "meas/lane_bounce.h"

static int bounce_write_bw_run(struct lane *l, const atomic_bool *stop)
{
	return lane_drive_bounce_bw(l, stop, &op_bounce_write_bw);
}

const struct op op_bounce_write_bw = {
	.measure = MEASURE_BW,
	.op = OP_WRITE,
	.about = "bytes of WRITEs into host memory that a CPU has copied on to the target per second",
	.opcode = IBV_WR_RDMA_WRITE,
	.fence = true,
	.bounce = true,
	.check = OP_CHECK_TARGET,
	.run = bounce_write_bw_run,
};
