// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * write_cqe by the detour: from just before the post of one WRITE to the staging to the end of the CPU's copy
 * of it to the target, begun at the WRITE's completion. That completion is ACCEPTANCE: nothing says that the
 * data lies in the staging when the copy begins, as write_fence does; the data check finds a copy that came
 * too early only where the slot held something else before. To a device the copy ends with the CPU's last
 * store. One message in flight. The clock's own cost (run.json: clock.overhead_ns) is inside and not
 * subtracted.
 */
#include "ops/ops.h"

#include "meas/lane_bounce.h"

static int bounce_write_cqe_lat_run(struct lane *l, const atomic_bool *stop)
{
	return lane_drive_bounce_lat(l, stop, &op_bounce_write_cqe_lat);
}

const struct op op_bounce_write_cqe_lat = {
	.measure = MEASURE_LAT,
	.op = OP_WRITE_CQE,
	.about =
		"post of one WRITE into host memory to its completion and the CPU's copy of it to the target",
	.opcode = IBV_WR_RDMA_WRITE,
	.bounce = true,
	.check = OP_CHECK_TARGET,
	.run = bounce_write_cqe_lat_run,
};
