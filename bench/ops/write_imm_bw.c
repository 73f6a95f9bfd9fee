// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * RDMA WRITE with immediate data, source -> target: messages whose completion was seen between the two
 * edges of the window. Each also consumes a receive at the responder, whose CPU posts it anew: when it is
 * late, the NICs make this end wait, and that wait is in the figure. Not in it: making work requests,
 * registration, connection, data checks, ramp and drain. A completion says no more than a WRITE's.
 */
#include "ops/ops.h"

#include "meas/lane_loop.h"

static int write_imm_bw_run(struct lane *l, const atomic_bool *stop)
{
	return lane_drive_bw(l, stop, &op_write_imm_bw);
}

const struct op op_write_imm_bw = {
	.measure = MEASURE_BW,
	.op = OP_WRITE_IMM,
	.about = "bytes of WRITEs with immediate completed per second between the edges of the window",
	.opcode = IBV_WR_RDMA_WRITE_WITH_IMM,
	.peer = OP_RECEIVES,
	.check = OP_CHECK_TARGET,
	.run = write_imm_bw_run,
};
