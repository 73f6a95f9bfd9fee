// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * RDMA READ bandwidth, target -> source: messages whose completion was seen between the two edges of the
 * window. A READ's completion means its data has arrived here. Not in it: making work requests,
 * registration, connection, data checks, ramp and drain.
 */
#include "ops/ops.h"

#include "meas/lane_loop.h"

static int read_bw_run(struct lane *l, const atomic_bool *stop)
{
	return lane_drive_bw(l, stop, &op_read_bw);
}

const struct op op_read_bw = {
	.measure = MEASURE_BW,
	.op = OP_READ,
	.about = "bytes of READs completed per second between the edges of the window",
	.opcode = IBV_WR_RDMA_READ,
	.check = OP_CHECK_SOURCE,
	.run = read_bw_run,
};
