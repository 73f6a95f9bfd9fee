// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * READ latency: from just before the post of one READ to its completion seen by the polling CPU. It holds
 * the wire's round trip and the whole PCIe round trip on the target's path (request, completion with data).
 * It is not a one-way time. One message in flight. The clock's own cost (run.json: clock.overhead_ns) is
 * inside and not subtracted. With a rate, every message counts from the moment it was due
 * (meas/lane_pace.h).
 */
#include "ops/ops.h"

#include "meas/lane_loop.h"

static int read_lat_run(struct lane *l, const atomic_bool *stop)
{
	return lane_drive_lat(l, stop, &op_read_lat);
}

const struct op op_read_lat = {
	.measure = MEASURE_LAT,
	.op = OP_READ,
	.about = "post of one READ to its completion: wire and PCIe round trip to the target",
	.opcode = IBV_WR_RDMA_READ,
	.check = OP_CHECK_SOURCE,
	.run = read_lat_run,
};
