// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The table of benchmarks: a new one is a new file and a line here. */
#include "ops/ops.h"

#include <stddef.h>

const struct op *const ops[] = {
	&op_write_bw,
	&op_write_imm_bw,
	&op_read_bw,
	&op_send_bw,
	&op_fetch_add_bw,
	&op_cmp_swap_bw,
	&op_read_lat,
	&op_write_fence_lat,
	&op_write_cqe_lat,
	&op_fetch_add_lat,
	&op_cmp_swap_lat,
	&op_pingpong_lat,
	&op_reg,
	&op_bounce_write_bw,
	&op_bounce_read_bw,
	&op_bounce_read_lat,
	&op_bounce_write_fence_lat,
	&op_bounce_write_cqe_lat,
	NULL,
};
