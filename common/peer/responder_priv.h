/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef P2P_PEER_RESPONDER_PRIV_H
#define P2P_PEER_RESPONDER_PRIV_H

/* What the parts of the responder share. Private to peer/. */

#include "peer/responder.h"

struct config;
struct nic_cm;
struct service;

/**
 * struct responder_table - handles: an item's place, NULL = free and given out again
 * @n: places; @low: none below it is free
 */
struct responder_table {
	void **at;
	uint32_t n, low;
};

/* Most handles of a kind: what a sweep over all steering tags takes. */
enum { RESPONDER_HANDLES = 65536 };

/* Return: 0 and the handle, or -ENOMEM. */
int responder_table_add(struct responder_table *t, void *item, uint32_t *id, struct err *e);

/* Make the handle of an item free. */
void responder_table_drop(struct responder_table *t, uint32_t id);

static inline void *responder_table_find(const struct responder_table *t, uint32_t id)
{
	return id < t->n ? t->at[id] : NULL;
}

/**
 * struct memory - what targets are made of
 * @owner: holds what @buf was opened from, unless the memory's context keeps it; config_free()
 * @gone: how it was taken away and not given back: no CPU may touch it
 */
struct memory {
	struct mem_buf buf;
	struct config *owner;
	enum mem_revoke gone;
};

/**
 * struct target - one MR over one memory, or over @staging beside it
 * @asked: what @staging was opened from; @name: its name
 */
struct target {
	const struct memory *memory;
	struct config_memory asked;
	char name[STAGING_NAME];
	struct mem_buf exported; /* with the hint, while others may need it */
	struct mem_buf staging;	 /* MEM_BUF_CLOSED unless interconnect is bounce */
	int64_t interconnect;
	struct mem_hint hint;
	struct nic_mr mr;
	int access;
};

/**
 * struct link - a set of queue pairs; @cq: one a lane
 * @cm: connected by rdma_cm; NULL = by addresses
 * @received: receives were posted: see struct peer_link_spec
 * @echoes: echoes posted and not yet seen complete, of all services so far
 */
struct link {
	struct peer_link_spec spec;
	struct ibv_cq **cq;
	struct ibv_qp **qp;
	struct nic_cm *cm;
	bool received;
	uint32_t echoes;
};

struct responder {
	struct nic *nic;
	struct mem_ctx *mem;
	struct responder_budget *budget; /* NULL = none */
	struct responder_table memory;	 /* struct memory */
	struct responder_table targets;	 /* struct target */
	struct responder_table links;	 /* struct link */
	struct service *service;	 /* NULL = none runs */
};

/* Rights of the responder's queue pairs, and of targets beside local write. */
int responder_rights(const struct responder *r);

/* Free what stands behind a handle that is taken out of its table. */
void memory_free(struct responder *r, struct memory *m);
int target_free(struct responder *r, struct target *t, struct err *e);
int link_free(struct responder *r, struct link *l, struct err *e);

/* Queue pairs in RESET, with their addresses. */
int link_make(struct responder *r, const struct peer_link_spec *spec, struct nic_qp_addr *local,
	      struct link **out, struct err *e);

/* Is the running service, if any, using it. */
bool responder_serves_target(const struct responder *r, const struct target *t);
bool responder_serves_link(const struct responder *r, const struct link *l);

/* An open target; NULL with @e set (-EINVAL). */
const struct target *responder_find_target(const struct responder *r, uint32_t id, struct err *e);

/**
 * responder_reach_target() - an open target whose memory the CPU can reach at this moment
 *
 * Return: 0; -EINVAL not open; -EOPNOTSUPP no CPU mapping; -ENODEV the memory was taken away.
 */
int responder_reach_target(const struct responder *r, uint32_t id, const struct target **out, struct err *e);

#endif
