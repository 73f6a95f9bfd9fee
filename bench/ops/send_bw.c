// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * SEND bandwidth, source -> target: messages whose completion was seen by the sender between the two edges
 * of the window. The responder's CPU posts receives into the target's slots, in the order in which the
 * messages come; when it is late, the NICs make this end wait, and that wait is in the figure. Not in it:
 * making work requests, registration, connection, data checks, ramp and drain. A completion says that the
 * responder took responsibility, no more.
 */
#include "ops/ops.h"

#include "meas/lane_loop.h"

static int send_bw_run(struct lane *l, const atomic_bool *stop)
{
	return lane_drive_bw(l, stop, &op_send_bw);
}

const struct op op_send_bw = {
	.measure = MEASURE_BW,
	.op = OP_SEND,
	.about = "bytes of SENDs completed at the sender per second between the edges of the window",
	.opcode = IBV_WR_SEND,
	.peer = OP_RECEIVES,
	.check = OP_CHECK_TARGET,
	.run = send_bw_run,
};
