// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * fetch_add latency: from just before the post of one atomic fetch_add to its completion, when the word's
 * old value has arrived here. It holds the wire's round trip and what the responder takes to read, add and
 * write the target's word; whether it does that in the target or in a cache of its own is its affair. One
 * message in flight. The clock's own cost (run.json: clock.overhead_ns) is inside and not subtracted. With
 * a rate, every message counts from the moment it was due (meas/lane_pace.h).
 */
#include "ops/ops.h"

#include "meas/lane_loop.h"

static int fetch_add_lat_run(struct lane *l, const atomic_bool *stop)
{
	return lane_drive_lat(l, stop, &op_fetch_add_lat);
}

const struct op op_fetch_add_lat = {
	.measure = MEASURE_LAT,
	.op = OP_FETCH_ADD,
	.about = "post of one atomic fetch_add to its completion with the old value",
	.opcode = IBV_WR_ATOMIC_FETCH_AND_ADD,
	.check = OP_CHECK_ADD,
	.run = fetch_add_lat_run,
};
