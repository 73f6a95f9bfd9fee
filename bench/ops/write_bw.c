// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * RDMA WRITE bandwidth, source -> target: messages whose completion was seen between the two edges of the
 * window. Not in it: making work requests, registration, connection, data checks, ramp and drain. A
 * completion says that the responder took responsibility, not that the target holds the data: the last
 * queue depth of messages may still be on its way.
 */
#include "ops/ops.h"

#include "meas/lane_loop.h"

static int write_bw_run(struct lane *l, const atomic_bool *stop)
{
	return lane_drive_bw(l, stop, &op_write_bw);
}

const struct op op_write_bw = {
	.measure = MEASURE_BW,
	.op = OP_WRITE,
	.about = "bytes of WRITEs completed per second between the edges of the window",
	.opcode = IBV_WR_RDMA_WRITE,
	.check = OP_CHECK_TARGET,
	.run = write_bw_run,
};
