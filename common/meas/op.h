/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef P2P_MEAS_OP_H
#define P2P_MEAS_OP_H

/*
 * A benchmark: which work requests a message is made of, which loop drives them, what the responder does
 * meanwhile. One file each in bench/ops/, gathered in bench/ops/ops.c.
 */

#include <stdatomic.h>
#include <stdbool.h>

#include <infiniband/verbs.h>

struct lane;

/* What the responder's CPU does during a window (peer/peer.h). */
enum op_peer { OP_ALONE, OP_RECEIVES, OP_ECHOES };

/* How the outcome is checked. */
enum op_check {
	OP_CHECK_TARGET, /* the pattern went from source to target */
	OP_CHECK_SOURCE, /* the pattern went from target to source */
	OP_CHECK_ADD,  /* 8-byte words of the target count the fetch_adds, the source has the values before */
	OP_CHECK_SWAP, /* 8-byte words of target and source went back and forth between two values */
	OP_CHECK_ECHO, /* the pattern came back into the reply half of the source */
	OP_CHECK_NONE, /* no data moved (reg) */
};

/**
 * struct op - one (measure, op) pair
 * @measure, @op: MEASURE_*, OP_* (-1: reg, which has none); measure rate uses the bw entry
 * @about: what is timed from where to where, one sentence for help and run.json
 * @opcode: of the message's first work request
 * @fence: the message is followed by a READ of its last byte on the same QP, and that READ completes it
 * @bounce: for targets behind a bounce: a CPU copies each message between staging and target
 *	(meas/bounce.h). Of such an op there is also one without, and never the other way round
 * @peer, @check: see above
 * @run: the hot loop; returns when *stop is set (0) or on the first failure (lane_fail() has it). NULL: no
 *	lane runs, the responder is timed (reg)
 */
struct op {
	int measure;
	int op;
	const char *about;
	enum ibv_wr_opcode opcode;
	bool fence;
	bool bounce;
	enum op_peer peer;
	enum op_check check;
	int (*run)(struct lane *l, const atomic_bool *stop);
};

/*
 * A WRITE's or SEND's completion is acceptance only: a READ behind it proves placement. What a CPU copied to
 * the target is not placed by the NIC.
 */
static inline bool op_accepted_only(const struct op *op)
{
	return op->check == OP_CHECK_TARGET && !op->fence && !op->bounce;
}

#endif
