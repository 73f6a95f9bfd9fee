/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef P2P_PEER_HOST_PRIV_H
#define P2P_PEER_HOST_PRIV_H

/* What peer.c asks of a host. Private to peer/. */

#include "peer/host.h"

/* Of a request without one of its own: what memory and devices do slowly is longer. */
#define HOST_TIMEOUT_NS 30000000000ll

/**
 * peer_host_exchange() - one request to the agent
 * @with: stolen
 * @answer: the answer, a new reference, also with a failure of the other side; else NULL
 * @got: its object `with`, borrowed from @answer
 *
 * Return: 0 and the other side's failures, which leave the host alive; -ENOTCONN it is dead since before;
 * -EMSGSIZE the request is too long, -ENOMEM: nothing was sent; others as channel.h, -EPROTO: it is dead now.
 */
int peer_host_exchange(struct peer_host *h, const char *ask, uint32_t at, json_t *with, json_t **answer,
		       const json_t **got, int64_t timeout_ns, struct err *e);

/* peer_host_open() for those who know how fast the other side is: no request may take longer than @ns. */
int peer_host_open_within(struct channel *c, int pid, int64_t ns, struct peer_host **out, struct err *e);

#endif
