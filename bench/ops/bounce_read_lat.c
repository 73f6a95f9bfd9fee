// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * READ latency by the detour: from just before the CPU copies one message from the target to the staging to
 * the completion of the READ that fetches it from there. One message in flight, copied and posted by this
 * thread. The clock's own cost (run.json: clock.overhead_ns) is inside and not subtracted.
 */
#include "ops/ops.h"

#include "meas/lane_bounce.h"

static int bounce_read_lat_run(struct lane *l, const atomic_bool *stop)
{
	return lane_drive_bounce_lat(l, stop, &op_bounce_read_lat);
}

const struct op op_bounce_read_lat = {
	.measure = MEASURE_LAT,
	.op = OP_READ,
	.about = "a CPU's copy of one message from the target, and its READ from there to the completion",
	.opcode = IBV_WR_RDMA_READ,
	.bounce = true,
	.check = OP_CHECK_SOURCE,
	.run = bounce_read_lat_run,
};
