/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef P2P_PEER_SERVER_PRIV_H
#define P2P_PEER_SERVER_PRIV_H

/* What the listener and the processes it starts share. Private to peer/. */

#include <signal.h>
#include <sys/types.h>

#include "peer/server.h"

/* What the listener answers a connection that has authenticated: @code 0 = it is the session. */
struct verdict {
	int code;
	char text[200];
};

/**
 * struct guest - a connection and its process
 * @pid: 0 = free
 * @talk: one byte comes when it has authenticated, a struct verdict goes back
 * @fd: the connection, to see its end; also keeps it open until the process is gone
 * @since_ns: of the connection, then of the session; CLOCK_MONOTONIC
 * @asked_ns: when it had authenticated, 0 = not yet; @told: and was answered
 * @gone_ns: when the initiator of a session was seen to be gone, 0 = not yet
 */
struct guest {
	pid_t pid;
	int talk, fd;
	bool session, told;
	int64_t since_ns, asked_ns, gone_ns;
	char since[24]; /* of the session, UTC */
	char who[72];
};

/* Guests beyond the half-open ones: the session, and those that are being told of it. */
enum { GUESTS = SERVER_HALF_OPEN_MAX + 8 };

struct server {
	int listener, signals;
	bool loopback;
	char address[72];
	sigset_t before;
	struct guest guest[GUESTS];
};

/* Numeric text of an address and port. */
struct sockaddr;
void server_name(const struct sockaddr *a, unsigned int len, char *out, size_t size);

/* The process of a connection: authenticate, ask, serve. Never returns. */
void guest_serve(const struct server_input *in, int fd, int talk, const char *who) __attribute__((noreturn));

#endif
