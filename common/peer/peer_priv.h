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
 * struct memory - what targets are made of
 * @gone: how it was taken away and not given back: no CPU may touch it
 */
struct memory {
	struct mem_buf buf;
	enum mem_revoke gone;
};

/**
 * struct target - one MR over one memory, or over @staging beside it
 * @asked: what @staging was opened from
 */
struct target {
	const struct memory *memory;
	struct config_memory asked;
	struct mem_buf staging; /* MEM_BUF_CLOSED unless interconnect is bounce */
	int64_t interconnect;
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
	struct mem_ctx *mem;
	struct peer_table memory;  /* struct memory */
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

/* An open target; NULL with @e set (-EINVAL). */
const struct target *peer_find_target(const struct peer *p, uint32_t id, struct err *e);

/**
 * peer_reach_target() - an open target whose memory the CPU can reach at this moment
 *
 * Return: 0; -EINVAL not open; -EOPNOTSUPP no CPU mapping; -ENODEV the memory was taken away.
 */
int peer_reach_target(const struct peer *p, uint32_t id, const struct target **out, struct err *e);

#endif
