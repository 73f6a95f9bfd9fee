// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * write_fence latency by the detour: from just before the post of a WRITE to the staging and a READ of its
 * last byte to the moment the data is in the target: the READ has completed, the CPU has copied the message
 * and, where the target is a device, has read its last word back, which its stores cannot be passed by. One
 * message in flight, all by this thread. The clock's own cost (run.json: clock.overhead_ns) is inside and not
 * subtracted.
 */
#include "ops/ops.h"

#include "meas/lane_bounce.h"

static int bounce_write_fence_lat_run(struct lane *l, const atomic_bool *stop)
{
	return lane_drive_bounce_lat(l, stop, &op_bounce_write_fence_lat);
}

const struct op op_bounce_write_fence_lat = {
	.measure = MEASURE_LAT,
	.op = OP_WRITE_FENCE,
	.about = "a WRITE into host memory and a READ of its last byte, and the CPU's copy until it is in "
		 "the target",
	.opcode = IBV_WR_RDMA_WRITE,
	.fence = true,
	.bounce = true,
	.check = OP_CHECK_TARGET,
	.run = bounce_write_fence_lat_run,
};
