/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef P2P_TESTS_SOFT_LANE_RIG_H
#define P2P_TESTS_SOFT_LANE_RIG_H

/* Lanes on a device with nothing of run/ around them: for the tests of meas/ and for tests/bench/figures.c.
 */

#include "meas/window.h"
#include "mem/mem.h"
#include "nic/nic.h"
#include "peer/peer.h"

enum { RIG_LANES = 8, RIG_QPS = 16 };

/**
 * struct rig_spec - what is wanted
 * @qps, @lanes: QP i belongs to lane i % lanes
 * @bytes: of source and target, both host memory
 * @ticks: time by the CPU's counter (its rate is not calibrated), else in nanoseconds
 * @uncached: op with a bounce: copies treat the target as a device's memory
 */
struct rig_spec {
	const char *device;
	const struct op *op;
	struct lane_shape shape;
	uint32_t qps, lanes;
	uint64_t bytes;
	bool ticks;
	bool uncached;
};

/* Queue pairs lie lane by lane: QP number i is qp[i % lanes][i / lanes]. */
struct lane_rig {
	struct rig_spec spec;
	struct nic *nic;
	struct mem_ctx *mem;
	struct peer *peer;
	struct config_memory asked;
	struct mem_buf source;
	struct nic_mr mr;
	struct peer_target target;
	struct peer_bounce bounce;
	uint32_t link;
	struct ibv_cq *cq[RIG_LANES];
	struct ibv_qp *qp[RIG_LANES][RIG_QPS];
	struct ibv_qp_ex *qpx[RIG_LANES][RIG_QPS];
	struct lane lane[RIG_LANES];
	int cpu[RIG_LANES];
};

/* Return: 0 or the first failure; lane_rig_close() takes a half-built one. Queues are exactly as deep as
 * asked. */
int lane_rig_open(struct lane_rig *r, const struct rig_spec *spec, struct err *e);
void lane_rig_close(struct lane_rig *r);

/* What lane @lane was opened on. */
struct lane_bed lane_rig_bed(const struct lane_rig *r, uint32_t lane);

/* Start what the op wants of the responder; nothing for most. */
int lane_rig_serve(struct lane_rig *r, struct err *e);

/* Where QP number @i moves its data. */
struct lane_trace lane_rig_trace(const struct lane_rig *r, uint32_t i);

/* The target as the CPU sees it (host memory: addresses are the CPU's); behind a bounce not the staging. */
static inline uint8_t *lane_rig_target(const struct lane_rig *r)
{
	if (r->spec.op->bounce)
		return r->bounce.memory;
	return (uint8_t *)(uintptr_t)r->target.addr;
}

#endif
