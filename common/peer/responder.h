/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef P2P_PEER_RESPONDER_H
#define P2P_PEER_RESPONDER_H

/*
 * The responder proper: memory, targets, queue pairs and services of one device in this process. Its
 * functions are those of peer.h, which says what they do; requests are made of them by responder_ask(). What
 * they are given may come from a stranger. Private to peer/.
 */

#include <jansson.h>

#include "peer/peer.h"

struct responder; /* opaque */
struct nic_cm_where;
struct config;

enum { STAGING_NAME = 65 };

/**
 * struct responder_budget - what the responders of one session may use together
 * @memory_max, @memory: bytes of RAM that may be open at a time, and are; 0 = no bound
 * @devices: memories of devices that may still be opened, closed ones count
 */
struct responder_budget {
	uint64_t memory_max, memory;
	uint32_t devices;
};

/* @nic, @mem, @budget: borrowed until responder_close(); @budget NULL = no bounds. */
int responder_open(struct nic *nic, struct mem_ctx *mem, struct responder_budget *budget,
		   struct responder **out, struct err *e);
void responder_close(struct responder *r); /* NULL is fine */

/**
 * responder_ask() - one request
 * @ask: its name; @with: borrowed; @answer: an object that results are put into
 *
 * Return: what the function behind it returns; -EOPNOTSUPP there is no such request; -EPROTO, -EINVAL a key
 * of @with is missing, unknown, of another type or out of range.
 */
int responder_ask(struct responder *r, const char *ask, const json_t *with, json_t **answer, struct err *e);

const struct nic_attr *responder_nic_attr(const struct responder *r);
int responder_hint_counts(struct responder *r, struct nic_hint_count *out, int max, struct err *e);
int responder_async(struct responder *r, struct nic_event *out, struct err *e);

/* Does a service run. */
bool responder_busy(const struct responder *r);

/* As peer.h, of this process. @owned: config that holds @m, or NULL: then @m is borrowed; also on failure. */
int responder_memory_open(struct responder *r, const struct config_memory *m, struct config *owned,
			  uint32_t *id, struct err *e);
int responder_memory_tph(struct responder *r, uint32_t memory, struct mem_tph *out, struct err *e);
int responder_target_open(struct responder *r, const struct peer_target_spec *spec, struct peer_target *out,
			  struct err *e);
int responder_target_close(struct responder *r, uint32_t id, struct err *e);
int responder_target_bounce(struct responder *r, uint32_t id, struct peer_bounce *out, struct err *e);
int responder_target_revoke(struct responder *r, uint32_t id, enum mem_revoke how, struct err *e);
int responder_target_restore(struct responder *r, uint32_t id, struct err *e);
int responder_target_health(struct responder *r, uint32_t id, struct mem_health *out, struct err *e);
int responder_target_shows_tph(struct responder *r, uint32_t id, struct nic_mr_tph *out, struct err *e);
int responder_target_alive(struct responder *r, uint32_t id, struct err *e);
int responder_target_reg(struct responder *r, uint32_t id, uint64_t bytes, int64_t ns, uint64_t least,
			 const struct peer_reg *out, struct err *e);
int responder_connect(struct responder *r, const struct peer_link_spec *spec,
		      const struct nic_qp_addr *remote, struct nic_qp_addr *local, uint32_t *link,
		      struct err *e);
/*
 * peer_connect_cm() in steps, as of nic_cm.h: responder_cm_listen() is there before the initiator calls.
 * The link is open from then on, whatever comes of the rest.
 */
int responder_cm_listen(struct responder *r, const struct peer_link_spec *spec,
			const struct nic_qp_addr *remote, struct nic_qp_addr *local, uint32_t *link,
			struct nic_cm_where *where, struct err *e);
int responder_cm_accept(struct responder *r, uint32_t link, int64_t timeout_ns, struct err *e);
int responder_cm_finish(struct responder *r, uint32_t link, int64_t timeout_ns, struct err *e);
int responder_disconnect(struct responder *r, uint32_t link, struct err *e);
int responder_serve(struct responder *r, const struct peer_service *s, const int *avoid, uint32_t n_avoid,
		    struct err *e);
int responder_serve_stop(struct responder *r, struct peer_served *out, struct err *e);
int responder_target_poison(struct responder *r, uint32_t id, uint64_t offset, uint64_t bytes, struct err *e);
int responder_target_zero(struct responder *r, uint32_t id, uint64_t offset, uint64_t bytes, struct err *e);
int responder_target_fill(struct responder *r, uint32_t id, uint64_t offset, uint64_t bytes, uint64_t key,
			  struct err *e);
int responder_target_check(struct responder *r, uint32_t id, const struct slots *s, uint64_t messages,
			   uint64_t key, bool full, struct err *e);
int responder_target_copy(struct responder *r, uint32_t id, const struct slots *s, const void *source,
			  uint64_t first, uint64_t n, struct err *e);
int responder_target_spot(struct responder *r, uint32_t id, const struct slots *s, uint64_t messages,
			  uint64_t key, int64_t timeout_ns, struct err *e);
int responder_target_sum(struct responder *r, uint32_t id, const struct slots *s, uint64_t *sum,
			 struct err *e);

#endif
