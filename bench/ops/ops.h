/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef P2P_BENCH_OPS_OPS_H
#define P2P_BENCH_OPS_OPS_H

/* The benchmarks, one file each. Every file opens with what is timed from where to where. */

#include "config/keys.h"
#include "meas/op.h"

extern const struct op op_write_bw;
extern const struct op op_write_imm_bw;
extern const struct op op_read_bw;
extern const struct op op_send_bw;
extern const struct op op_fetch_add_bw;
extern const struct op op_cmp_swap_bw;
extern const struct op op_read_lat;
extern const struct op op_write_fence_lat;
extern const struct op op_write_cqe_lat;
extern const struct op op_fetch_add_lat;
extern const struct op op_cmp_swap_lat;
extern const struct op op_pingpong_lat;
extern const struct op op_reg;
/* The same by the detour through host memory (op.bounce). */
extern const struct op op_bounce_write_bw;
extern const struct op op_bounce_read_bw;
extern const struct op op_bounce_read_lat;
extern const struct op op_bounce_write_fence_lat;
extern const struct op op_bounce_write_cqe_lat;

/* All of the above, NULL-terminated. (measure, op, bounce) is unique. */
extern const struct op *const ops[];

#endif
