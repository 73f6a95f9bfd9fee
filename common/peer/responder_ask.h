/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef P2P_PEER_RESPONDER_ASK_H
#define P2P_PEER_RESPONDER_ASK_H

/* The requests of responder_ask(), in two files. Private to peer/. */

#include "peer/message.h"
#include "peer/responder.h"

/**
 * struct responder_request - a request by its name
 * @handle: reads all of @in, ends that by message_done(), and puts results into *@out, in some also after a
 *	failure
 */
struct responder_request {
	const char *name;
	int (*handle)(struct responder *r, struct message_in *in, json_t **out, struct err *e);
};

/* Ended by a NULL name. */
extern const struct responder_request responder_requests[];

/* What one request may take: time and times of repeated registration, time of a look that waits. */
#define RESPONDER_REG_NS  600000000000ll
#define RESPONDER_SPOT_NS 60000000000ll
enum { RESPONDER_REG_LEAST = 1 << 24 };

/* What one step of rdma_cm may take. */
#define RESPONDER_CM_NS 60000000000ll

/**
 * struct ask_link - what a request for a link brings
 * @addr: of its @spec.n queue pairs at the initiator, then room for as many here; free() it
 */
struct ask_link {
	struct peer_link_spec spec;
	struct nic_qp_addr *addr;
};

/* Ends @in by message_done(). Return: @in->rc. */
int ask_link_read(struct message_in *in, struct ask_link *out);

int ask_cm_listen(struct responder *r, struct message_in *in, json_t **out, struct err *e);
int ask_cm_accept(struct responder *r, struct message_in *in, json_t **out, struct err *e);
int ask_cm_finish(struct responder *r, struct message_in *in, json_t **out, struct err *e);
int ask_serve(struct responder *r, struct message_in *in, json_t **out, struct err *e);
int ask_serve_stop(struct responder *r, struct message_in *in, json_t **out, struct err *e);
int ask_target_poison(struct responder *r, struct message_in *in, json_t **out, struct err *e);
int ask_target_zero(struct responder *r, struct message_in *in, json_t **out, struct err *e);
int ask_target_fill(struct responder *r, struct message_in *in, json_t **out, struct err *e);
int ask_target_check(struct responder *r, struct message_in *in, json_t **out, struct err *e);
int ask_target_spot(struct responder *r, struct message_in *in, json_t **out, struct err *e);
int ask_target_sum(struct responder *r, struct message_in *in, json_t **out, struct err *e);

#endif
