/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef P2P_MEAS_OP_H
#define P2P_MEAS_OP_H

/*
 * A benchmark: which work requests a message is made of and which loop drives them. One file each in
 * bench/ops/, gathered in bench/ops/ops.c.
 */

#include <stdatomic.h>
#include <stdbool.h>

#include <infiniband/verbs.h>

struct lane;

/**
 * struct op - one (measure, op) pair
 * @measure, @op: MEASURE_*, OP_*
 * @about: what is timed from where to where, one sentence for help and run.json
 * @opcode: of the message's first work request
 * @fence: the message is followed by a READ of its last byte on the same QP, and that READ completes it
 * @from_target: data flows from target to source (verification looks at the source)
 * @run: the hot loop; returns when *stop is set (0) or on the first failure (lane_fail() has it)
 */
struct op {
	int measure;
	int op;
	const char *about;
	enum ibv_wr_opcode opcode;
	bool fence;
	bool from_target;
	int (*run)(struct lane *l, const atomic_bool *stop);
};

#endif
