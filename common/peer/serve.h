/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef P2P_PEER_SERVE_H
#define P2P_PEER_SERVE_H

/*
 * A running service: one thread a lane, each with its own part, which nobody else reads or writes before it
 * is joined. Private to peer/.
 */

#include <pthread.h>
#include <stdatomic.h>

#include "peer/responder_priv.h"

enum { SERVE_POLL = 16 }; /* most completions taken per poll */

/* A queue pair that receives; @next: number of the message its next receive is for, restarting at the ring.
 */
struct serve_qp {
	struct ibv_qp *qp;
	struct slots slots;
	uint64_t next;
} __attribute__((aligned(128))); /* neighbours belong to other lanes */

/* The first thing that went wrong: a completion (@status > 0), a post (-errno) or a poll (what it returned).
 */
struct serve_fault {
	int status;
	const char *call; /* "ibv_post_recv", ...; NULL = a completion */
	uint32_t vendor_err;
	struct ibv_qp *qp; /* NULL: a poll */
};

struct serve_lane {
	pthread_t thread;
	struct service *s;
	struct ibv_cq *cq;
	uint64_t messages;
	struct serve_fault fault;
} __attribute__((aligned(128)));

/**
 * struct service - what responder_serve() was asked, with its handles looked up
 * @qp: receive: the queue pairs that take part
 * @lane, @n_lanes: those with queue pairs that take part; @started: threads that run
 * @consume: echo: times of reading; NULL = not asked
 */
struct service {
	struct peer_service ask;
	struct slots slots; /* of queue pair 0 */
	struct link *link;
	const struct target *target;
	struct serve_qp *qp;
	struct serve_lane *lane;
	uint32_t n_lanes, started;
	struct hist *consume;
	atomic_bool stop;
};

/* Post every receive of every queue pair: before the threads start. Return: 0 or -errno of the post. */
int serve_receive_prepare(struct service *s, struct err *e);

/* The threads' work, until s->stop or the lane's first failure. */
void serve_receive(struct serve_lane *l);
void serve_echo(struct serve_lane *l);

/* Record a failure. */
void serve_fail_wc(struct serve_lane *l, const struct ibv_wc *wc);
/* @rc: as the call returned it: an errno of either sign, or what a provider means by a negative number. */
void serve_fail_call(struct serve_lane *l, const char *call, struct ibv_qp *qp, int rc);

#endif
