/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef P2P_PEER_MESSAGE_TYPES_H
#define P2P_PEER_MESSAGE_TYPES_H

/*
 * Structures that cross as parts of messages, a pair of functions each: one puts, one reads what the other
 * put. Reading checks types and what has no meaning anywhere; what a device or a memory allows is judged
 * where it is used. Private to peer/.
 */

#include "peer/message.h"
#include "peer/peer.h"
#include "peer/responder.h"

struct config;
struct nic_cm_where;

/* Most of a request; far above what a device has. */
enum { MESSAGE_QPS = 65536, MESSAGE_HINTS = 65536 };

void put_slots(json_t **o, const char *key, const struct slots *s, size_t n);
/* @n of them. Return: malloc'ed, NULL after a failure and for none. */
struct slots *take_slots(struct message_in *in, const char *key, size_t n);

/* NULL and no hint are the same. */
void put_hint(json_t **o, const char *key, const struct mem_hint *h);
void take_hint(struct message_in *in, const char *key, struct mem_hint *out);

void put_hint_counts(json_t **o, const char *key, const struct nic_hint_count *c, size_t n);
void take_hint_counts(struct message_in *in, const char *key, struct nic_hint_count *out, size_t n);

void put_addrs(json_t **o, const char *key, const struct nic_qp_addr *a, size_t n);
void take_addrs(struct message_in *in, const char *key, struct nic_qp_addr *out, size_t n);

void put_where(json_t **o, const char *key, const struct nic_cm_where *w);
void take_where(struct message_in *in, const char *key, struct nic_cm_where *out);

void put_hist(json_t **o, const char *key, const struct hist *h);
void take_hist(struct message_in *in, const char *key, struct hist *out);

void put_nic_attr(json_t **o, const char *key, const struct nic_attr *a);
void take_nic_attr(struct message_in *in, const char *key, struct nic_attr *out);

void put_target(json_t **o, const struct peer_target *t);
void take_target(struct message_in *in, struct peer_target *out);

void put_tph(json_t **o, const struct mem_tph *t);
void take_tph(struct message_in *in, struct mem_tph *out);

/**
 * put_memory() - a memory in the words of a config
 * take_memory() - judged by the config's own rules
 * @owner: holds what @m points to; config_free()
 */
void put_memory(json_t **o, const char *key, const struct config_memory *m);
const struct config_memory *take_memory(struct message_in *in, const char *key, struct config **owner);

/* The node and the pages of a staging, and its name, for messages. */
void put_staging(json_t **o, const char *key, const struct config_memory *m);
/* @name: room of STAGING_NAME, which @out points to. Return: is there one. */
bool take_staging(struct message_in *in, const char *key, struct config_memory *out, char *name);

#endif
