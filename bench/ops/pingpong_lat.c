// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Ping-pong: from just before the post of a WRITE into the target to the moment the CPU here sees the
 * answer's last byte in its own memory. The responder's CPU polls the target, which must be memory it can
 * read, and answers with a WRITE of the same size as soon as it has seen the message (with consume: all,
 * after it has read the payload). A full round trip through both CPUs, never halved. The WRITE's own
 * completion is taken after the interval. The answer's last byte proves that its last packet is here, not
 * that the others are. One message in flight. The clock's own cost (run.json: clock.overhead_ns) is inside
 * and not subtracted.
 */
#include "ops/ops.h"

#include "meas/lane_echo.h"

static int pingpong_lat_run(struct lane *l, const atomic_bool *stop)
{
	return lane_drive_echo(l, stop, &op_pingpong_lat);
}

const struct op op_pingpong_lat = {
	.measure = MEASURE_LAT,
	.op = OP_PINGPONG,
	.about = "post of a WRITE to the last byte of its answer seen by the polling CPU: the whole round "
		 "trip",
	.opcode = IBV_WR_RDMA_WRITE,
	.peer = OP_ECHOES,
	.check = OP_CHECK_ECHO,
	.run = pingpong_lat_run,
};
