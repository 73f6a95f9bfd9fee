/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef P2P_PEER_SERVER_H
#define P2P_PEER_SERVER_H

/*
 * A listener that answers one initiator at a time. Every connection is a process of its own from its first
 * byte: what crashes, hangs or leaks there ends with it, and the listener, which reads nothing that came over
 * the network, goes on.
 *
 * Threads: the process must have no other while server_run() runs (it forks).
 */

#include <stdbool.h>
#include <stdint.h>

struct auth_token;
struct channel;
struct err;
struct server; /* opaque */

/**
 * server_open() - listen
 * @bind: "ADDR", "ADDR:PORT", "[ADDR6]:PORT"; port 0 = any that is free, none = PEER_PORT
 *
 * Return: 0; -EINVAL no such form; -EADDRNOTAVAIL not an address of this machine; -EADDRINUSE; another -errno
 * of socket(), bind(), listen().
 */
int server_open(const char *bind, struct server **out, struct err *e);
void server_close(struct server *s); /* NULL is fine */

/* What it listens on, as peer: takes it: "127.0.0.1:7471". Valid until server_close(). */
const char *server_address(const struct server *s);

/* Can only this machine reach it. */
bool server_is_loopback(const struct server *s);

/**
 * struct server_input - borrowed while server_run() runs
 * @token: what initiators prove that they hold; NULL = anybody is served
 * @version: of the program, told to initiators
 * @once: end after the first session
 * @auth_ns: what is not authenticated after so long is cut; 0 = 5 s
 * @half_open: connections on their way through authentication at a time, 1..SERVER_HALF_OPEN_MAX, 0 = 16. The
 *	oldest gives way: an honest one needs a round trip only
 * @grace_ns: a session whose initiator has gone and that has not ended by itself after so long is killed; 0 =
 *30 s
 * @session: one session, in a process of its own; the channel stays the caller's
 * @say: a line for the log, from either process
 */
enum { SERVER_HALF_OPEN_MAX = 64 };
struct server_input {
	const struct auth_token *token;
	const char *version;
	bool once;
	int64_t auth_ns;
	uint32_t half_open;
	int64_t grace_ns;
	int (*session)(void *arg, struct channel *c, struct err *e);
	void (*say)(void *arg, const char *line);
	void *arg;
};

/**
 * server_run() - serve until SIGTERM or SIGINT, or the first session has ended (@once)
 *
 * While a session lasts, who else proves to hold the token is told with whom it is and since when.
 * Return: 0, with no process left behind; -errno of what a server cannot do without (signalfd(), poll()).
 */
int server_run(struct server *s, const struct server_input *in, struct err *e);

#endif
