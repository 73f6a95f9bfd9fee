/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef P2P_PEER_PEER_PRIV_H
#define P2P_PEER_PEER_PRIV_H

/* What the parts of the responder share. Private to peer/. */

#include "peer/peer.h"

struct service;

/* Handles: an item's place, NULL = free and given out again. */
struct peer_table {
	void **at;
	uint32_t n;
};

/* Return: 0 and the handle, or -ENOMEM. */
int peer_table_add(struct peer_table *t, void *item, uint32_t *id, struct err *e);

static inline void *peer_table_find(const struct peer_table *t, uint32_t id)
{
	return id < t->n ? t->at[id] : NULL;
}

/**
 * struct target - one MR over one memory
 * @buf: the memory
 */
struct target {
	const struct mem_buf *buf;
	struct mem_hint hint;
	struct nic_mr mr;
	int access;
};

/**
 * struct link - a set of queue pairs; @cq: one a lane
 * @received: receives were posted: see struct peer_link_spec
 * @echoes: echoes posted and not yet seen complete, of all services so far
 */
struct link {
	struct peer_link_spec spec;
	struct ibv_cq **cq;
	struct ibv_qp **qp;
	bool received;
	uint32_t echoes;
};

struct peer {
	struct nic *nic;
	const struct sys *sys;
	struct peer_table memory;  /* struct mem_buf */
	struct peer_table targets; /* struct target */
	struct peer_table links;   /* struct link */
	struct service *service;   /* NULL = none runs */
};

/* Rights of the responder's queue pairs, and of targets beside local write. */
int peer_rights(const struct peer *p);

/* Free what stands behind a handle that is taken out of its table. */
int target_free(struct peer *p, struct target *t, struct err *e);
int link_free(struct peer *p, struct link *l, struct err *e);

/* Is the running service, if any, using it. */
bool peer_serves_target(const struct peer *p, const struct target *t);
bool peer_serves_link(const struct peer *p, const struct link *l);

/* An open target, whose CPU mapping (if @cpu) exists; NULL with @e set (-EINVAL). */
const struct target *peer_find_target(const struct peer *p, uint32_t id, bool cpu, struct err *e);

#endif
