/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef P2P_PEER_AGENT_H
#define P2P_PEER_AGENT_H

/*
 * The other end of host.h: answer one initiator until it leaves. Every request is hostile: sizes, depths,
 * handles and ranges are checked before anything is made of them, memory opened in one session is bounded,
 * and all of it is closed when the session ends, however it ends.
 */

#include <stddef.h>
#include <stdint.h>

#include <jansson.h>

struct channel;
struct err;
struct sys;
struct topo;

/**
 * struct agent_verb - a request that the program answers, beside those of responders
 * @handle: @ask borrowed (an object); @answer: a new reference. Return: 0 or -errno with @e
 */
struct agent_verb {
	const char *name;
	int (*handle)(void *arg, const json_t *ask, json_t **answer, struct err *e);
};

/**
 * struct agent_input - borrowed while agent_run() runs
 * @verbs: ended by a NULL name; may be NULL; @arg: theirs
 * @idle_ns: a session without a request for so long ends; 0 = 10 min, and 15 s until hello
 * @memory_max: bytes of memory a session may have open at a time; 0 = all that the machine gives
 */
struct agent_input {
	const struct sys *sys;
	const struct topo *topo;
	const struct agent_verb *verbs;
	void *arg;
	const char *version, *build;
	int64_t idle_ns;
	uint64_t memory_max;
};

/**
 * agent_run() - one session; the channel stays the caller's
 *
 * Return: 0 the initiator said goodbye or has closed; -ETIMEDOUT nothing was asked for too long; -EPROTO it
 * talks nonsense or another protocol; as channel.h otherwise, with @e for the log. Nothing stays open either
 * way.
 */
int agent_run(struct channel *c, const struct agent_input *in, struct err *e);

#endif
