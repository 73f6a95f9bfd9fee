/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef P2P_RUN_SETUP_H
#define P2P_RUN_SETUP_H

/*
 * A setup: everything that lives as long as four rounds and is then made anew, so that page placement
 * and queue placement are sampled, not frozen: buffers, MRs, CQ, queue pairs, for one NIC.
 */

#include <stdbool.h>
#include <stdint.h>

#include "meas/lane.h"
#include "nic/nic.h"
#include "peer/peer.h"
#include "plan/plan.h"

struct err;

/**
 * struct setup_need - the most any point of the plan asks of one NIC
 * @source, @target: by index into config->memory: used by any point
 * @size: bytes of the largest message
 * @deepest, @largest, @widest: where the config asks for the most work requests, the largest message and the
 *	    most queue pairs, to be named when it is too much
 */
struct setup_need {
	bool used;
	uint32_t qps;
	uint32_t send_wrs; /* per QP */
	uint32_t cqes;
	uint64_t size;
	const struct mark *deepest, *largest, *widest;
	bool *source;
	bool *target;
};

/**
 * struct setup - an open one; all fields for reading only
 * @source, @target: by index into config->memory, valid where the need said so
 * @took_ns: time setup_open() took
 */
struct setup {
	struct nic *nic;
	const struct config *config;
	struct peer *peer;
	struct mem_buf *source_buf;
	struct nic_mr *source;
	struct peer_target *target;
	struct ibv_cq *cq;
	struct ibv_qp **qp;
	uint32_t n_qps;
	const struct mark *blame;
	int64_t took_ns;
};

/**
 * setup_open() - open memory, register, create and connect queue pairs
 * @nic: open; borrowed until setup_close()
 *
 * Return: 0, or the first failure with its message (-EINVAL: asked beyond the device's maximum), and then
 * @out->blame is the place in the config that asked for it, or NULL.
 */
int setup_open(struct nic *nic, const struct config *c, const struct setup_need *need, const struct sys *sys,
	       struct setup *out, struct err *e);

/* Idempotent; accepts a zeroed or half-built setup. */
void setup_close(struct setup *s);

/* The part of the setup that point @pt lies on. */
struct lane_bed setup_bed(const struct setup *s, const struct point *pt);

#endif
