// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * write_cqe: from just before the post of one WRITE to its completion. This is ACCEPTANCE: the responder
 * NIC took responsibility. The data may not have reached the target; use write_fence for that. One message
 * in flight. The clock's own cost (run.json: clock.overhead_ns) is inside and not subtracted. With a rate,
 * every message counts from the moment it was due (meas/lane_pace.h).
 */
#include "ops/ops.h"

#include "meas/lane_loop.h"

static int write_cqe_lat_run(struct lane *l, const atomic_bool *stop)
{
	return lane_drive_lat(l, stop, &op_write_cqe_lat);
}

const struct op op_write_cqe_lat = {
	.measure = MEASURE_LAT,
	.op = OP_WRITE_CQE,
	.about = "acceptance: post of one WRITE to its completion; says nothing about arrival in the target",
	.opcode = IBV_WR_RDMA_WRITE,
	.check = OP_CHECK_TARGET,
	.run = write_cqe_lat_run,
};
