/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef P2P_PEER_PEER_H
#define P2P_PEER_PEER_H

/*
 * The responder: everything that happens at the target's side of a run goes through here, as plain
 * requests and answers that could cross a wire. This version has the in-process form; the caller
 * cannot tell. Memory contents are described (a pattern and a range), never shipped.
 */

#include <stdint.h>

#include "config/config.h"
#include "mem/mem.h"
#include "mem/pattern.h"
#include "nic/nic.h"

struct err;
struct peer; /* opaque */

/**
 * peer_open() - a responder on this process
 * @nic: its device; borrowed until peer_close() (peer_nic defaults to the initiator's own: loopback)
 */
int peer_open(struct nic *nic, const struct sys *sys, struct peer **out, struct err *e);
void peer_close(struct peer *p);

/**
 * struct peer_target - a target as the initiator sees it
 * @id: handle for later requests; @addr, @rkey, @bytes: where RDMA may go
 * @kind: MEM_* actually used (column target_kind); @reg_ns: time of its registration
 */
struct peer_target {
	uint32_t id;
	uint64_t addr;
	uint32_t rkey;
	uint64_t bytes;
	int64_t kind;
	int64_t reg_ns;
};

/* Open memory, export, register for remote read and write. Return as mem_open() and nic_mr_reg(). */
int peer_target_open(struct peer *p, const struct config_memory *m, struct peer_target *out, struct err *e);
int peer_target_close(struct peer *p, uint32_t id, struct err *e);

/**
 * peer_connect() - one responder QP per initiator QP, each to RTS
 * @remote: @n addresses of the initiator's QPs
 * @local: receives the @n addresses of the responder's
 */
int peer_connect(struct peer *p, const struct nic_qp_addr *remote, struct nic_qp_addr *local, uint32_t n,
		 struct err *e);
/* Destroy the responder's QPs. */
int peer_disconnect(struct peer *p, struct err *e);

/* Fill [offset, offset+bytes) of a target: poison, or the pattern of @key (mem/pattern.h). */
int peer_target_poison(struct peer *p, uint32_t id, uint64_t offset, uint64_t bytes, struct err *e);
int peer_target_fill(struct peer *p, uint32_t id, uint64_t offset, uint64_t bytes, uint64_t key,
		     struct err *e);

/* pattern_check() at the responder; arguments and results as there, plus -errno of the request itself. */
int peer_target_check(struct peer *p, uint32_t id, const struct pattern_slots *s, uint64_t key, bool full,
		      uint64_t *bad, struct err *e);

#endif
