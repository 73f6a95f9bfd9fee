// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * write_fence latency: from just before the post of a WRITE and, behind it on the same QP, a READ of its
 * last byte, to the completion of the READ. The responder executes the READ after the WRITE, and on PCIe a
 * read may not pass earlier posted writes on its path, so the interval ends after the data is in the
 * target. WRITE and READ overlap in part: it is not the sum of two latencies. One message in flight. The
 * clock's own cost (run.json: clock.overhead_ns) is inside and not subtracted. With a rate, every message
 * counts from the moment it was due (meas/lane_pace.h).
 */
#include "ops/ops.h"

#include "meas/lane_loop.h"

static int write_fence_lat_run(struct lane *l, const atomic_bool *stop)
{
	return lane_drive_lat(l, stop, &op_write_fence_lat);
}

const struct op op_write_fence_lat = {
	.measure = MEASURE_LAT,
	.op = OP_WRITE_FENCE,
	.about =
		"post of a WRITE and a READ of its last byte to the READ's completion: data is in the target",
	.opcode = IBV_WR_RDMA_WRITE,
	.fence = true,
	.check = OP_CHECK_TARGET,
	.run = write_fence_lat_run,
};
