/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef P2P_PEER_PEER_PRIV_H
#define P2P_PEER_PEER_PRIV_H

/* The initiator's end of a responder: what the functions of peer.h share. Private to peer/. */

#include "peer/message_types.h"
#include "peer/responder.h"

/**
 * struct peer - see peer.h
 * @host, @id: where it is, NULL = @here
 * @n: requests so far (here)
 * @qps, @links: queue pairs of each link by its handle
 */
struct peer {
	struct peer_host *host;
	uint32_t id;
	struct responder *here;
	uint64_t n;
	struct nic_attr attr;
	uint32_t *qps;
	uint32_t links;
};

/**
 * struct peer_reply - an answer; @in reads its results
 */
struct peer_reply {
	json_t *answer;
	struct message_in in;
};

/**
 * peer_ask() - one request
 * @with: stolen
 * @bytes, @ns: what the request touches and how long it is meant to take, for its timeout
 * @out: peer_end() it whatever the return
 */
int peer_ask(struct peer *p, const char *ask, json_t *with, uint64_t bytes, int64_t ns,
	     struct peer_reply *out, struct err *e);

/* Give the answer back. Return: @rc, or what was wrong with the results. */
int peer_end(struct peer_reply *reply, int rc);

/* A request without results. */
int peer_tell(struct peer *p, const char *ask, json_t *with, uint64_t bytes, struct err *e);

/* A link that the responder has: handle and addresses of its @n queue pairs. Return: 0, -EPROTO, -ENOMEM. */
int peer_take_link(struct peer *p, struct message_in *in, uint32_t n, struct nic_qp_addr *local,
		   uint32_t *link, struct err *e);

/* What a link is asked with. */
json_t *peer_of_link(const struct peer_link_spec *spec, const struct nic_qp_addr *remote);

/* Arguments that begin with a target. */
json_t *peer_of_target(uint32_t id);

#endif
