/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef P2P_PEER_HOST_H
#define P2P_PEER_HOST_H

/*
 * Where responders live: a process on another machine (or another process here), reached over a channel. One
 * a run. peer_open_at() makes responders there (peer.h); what the machine itself is asked (its topology, its
 * doctor) goes by peer_host_ask(), whose answers are the program's own (agent.h: struct agent_verb).
 *
 * Every request has a timeout. After a request that the other side did not answer the host is dead: all that
 * follows is -ENOTCONN at once, with what happened first in the message.
 *
 * Threads: the controlling thread only.
 */

#include <stdbool.h>
#include <stdint.h>

#include <jansson.h>

struct channel;
struct err;
struct peer_host; /* opaque */

/**
 * struct peer_place - a parsed `peer:`
 * @kind: where an agent is found
 * @host: ssh: what ssh is given ("rack7", "user@rack7", an alias); tcp: name or address
 * @port: tcp only
 */
enum peer_place_kind { PEER_SSH, PEER_TCP };
struct peer_place {
	enum peer_place_kind kind;
	char host[256];
	uint16_t port;
};

/* "ssh:HOST", "HOST:PORT", "HOST", "[ADDR6]:PORT". Return: 0; -EINVAL with what is wrong and the two forms.
 */
int peer_place_parse(const char *text, struct peer_place *out, struct err *e);

enum { PEER_PORT = 7471 }; /* of `serve` and HOST without a port */

/**
 * struct peer_dial - how to reach it
 * @place: where
 * @ssh: command that takes "--", HOST and a command line, NULL = that of the environment's P2PBENCH_SSH, else
 *	"ssh -T -o BatchMode=yes"; split at blanks, no shell looks at it
 * @agent: program there, NULL = "p2pbench"; the shell there reads it, so "sudo p2pbench" is one as well
 * @token_file: tcp: file that holds the secret, NULL = none
 * @version: of this program, for messages; NULL = not told
 * @timeout_ns: of connecting and authentication together; 0 = 15 s. Names are looked up before, in the
 *	resolver's own time
 */
struct peer_dial {
	struct peer_place place;
	const char *ssh, *agent, *token_file, *version;
	int64_t timeout_ns;
};

/**
 * peer_dial_open() - connect, and prove who we are
 * @pid: ssh: receives the process that was started, for peer_dial_close(); else -1
 *
 * Return: 0; -ECONNREFUSED, -EHOSTUNREACH, -ETIMEDOUT, -ENOENT (no ssh program); -EACCES the token is wrong
 * or wanted and not given, the file's rights are too wide, or ssh refused (its last line is in @e: host key,
 * password); -EPROTO no p2pbench answers there; -EBUSY it serves another, and @e says whom and since when.
 */
int peer_dial_open(const struct peer_dial *dial, struct channel **out, int *pid, struct err *e);

/* End the channel, and wait for @pid a bounded time before it is ended. */
void peer_dial_close(struct channel *c, int pid);

/**
 * struct peer_about - what the other side says of itself in its hello
 * @version: of the program; @protocol: spoken; @build: hash of the binary ("" unknown)
 */
struct peer_about {
	char version[32];
	uint32_t protocol;
	char build[80];
	char hostname[80];
	char kernel[128];
};

/**
 * peer_host_open() - say hello over @c, which is owned from here on, also on failure
 * @pid: as of peer_dial_open(), ended by peer_host_close()
 *
 * Return: 0; -EPROTO not p2pbench, or no common protocol (@e names both versions and which is older); as
 * channel_receive().
 */
int peer_host_open(struct channel *c, int pid, struct peer_host **out, struct err *e);
void peer_host_close(struct peer_host *h); /* NULL is fine; its responders must be closed */

const struct peer_about *peer_host_about(const struct peer_host *h);

/* Did its hello name @feature: the verbs of its program's table. */
bool peer_host_has(const struct peer_host *h, const char *feature);

/**
 * peer_host_ask() - one of the program's own requests
 * @verb: name in the agent's table; @ask: borrowed, NULL = no arguments
 * @answer: a new reference
 * @timeout_ns: 0 = 30 s
 *
 * Return: 0; what the other side's handler returned, with its message; -EOPNOTSUPP it has no such verb;
 * -ENOTCONN; -ETIMEDOUT.
 */
int peer_host_ask(struct peer_host *h, const char *verb, const json_t *ask, json_t **answer,
		  int64_t timeout_ns, struct err *e);

#endif
