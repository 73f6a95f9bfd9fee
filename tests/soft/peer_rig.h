/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef P2P_TESTS_SOFT_PEER_RIG_H
#define P2P_TESTS_SOFT_PEER_RIG_H

/*
 * A responder on soft0 and an initiator made by hand. Compiled with PEER_RIG_AT_AGENT the responder is an
 * agent's, with a device of its own, behind a channel. The target and the source have the same
 * length; work requests use the same offset in both. Everything asserts, and waits end after 20 s.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/err.h"
#include "nic/nic.h"
#include "peer/peer.h"
#include "soft/agent_rig.h"

enum { RIG_QPS = 8, RIG_BYTES = 65536, RIG_SLICE = RIG_BYTES / RIG_QPS, RIG_MESSAGE = 100 };

/* One queue pair that answers; five in two lanes that receive. */
extern const struct peer_link_spec peer_rig_plain, peer_rig_receiving;

/* Is the responder in this process, on the initiator's own device. */
extern const bool peer_rig_here;

struct peer_rig {
	struct nic *nic;
	struct mem_ctx *mem;
	struct peer *peer;
	struct peer_host *host; /* NULL: the responder is in this process */
	struct agent_rig agent;
	int64_t kind;
	uint32_t memory;
	struct peer_target target;
	struct mem_buf source;
	unsigned char *bytes; /* of the source */
	struct nic_mr mr;
	struct ibv_cq *cq[RIG_QPS]; /* one a lane */
	struct ibv_qp *qp[RIG_QPS];
	struct peer_link_spec spec;
	uint32_t link;
};

void peer_rig_open(struct peer_rig *r, int64_t kind);
void peer_rig_link(struct peer_rig *r, const struct peer_link_spec *spec);
void peer_rig_unlink(struct peer_rig *r);
void peer_rig_close(struct peer_rig *r); /* unlinks too; a service may still run */

/* What the responder said, without the name of its host. */
const char *peer_rig_said(const struct err *e);

/* One more memory like the rig's target. */
void peer_rig_memory(struct peer_rig *r, uint32_t *id);

/* One more target over the rig's memory. Return as peer_target_open(). */
int peer_rig_target(struct peer_rig *r, const struct mem_hint *hint, bool ro, struct peer_target *out,
		    struct err *e);

/* A work request of @bytes at offset @at of source and target. */
struct rig_wr {
	struct ibv_sge sge;
	struct ibv_send_wr wr;
};
void peer_rig_wr(const struct peer_rig *r, struct rig_wr *w, enum ibv_wr_opcode opcode, uint64_t at,
		 uint32_t bytes);

/* Post it on queue pair @qp and wait; one thread a lane. Return: IBV_WC_* of its completion. */
int peer_rig_do(struct peer_rig *r, uint32_t qp, struct rig_wr *w);

/* Slots of RIG_MESSAGE bytes for queue pair @qp, away from all others'; @pattern: PATTERN_SEQ or
 * PATTERN_RAND. */
struct slots peer_rig_slice(uint32_t qp, int64_t pattern);

/* peer_serve() of the rig's link and target, which must work. */
void peer_rig_serve(struct peer_rig *r, struct peer_service *s, const struct slots *slots);

/* 20 s from now, and whether they are over. */
int64_t peer_rig_deadline(void);
bool peer_rig_late(int64_t deadline_ns);

#endif
