/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef P2P_BENCH_AGENT_VERBS_H
#define P2P_BENCH_AGENT_VERBS_H

/* What this program answers as an agent, beside requests to responders: its own verbs, asked of this machine.
 */

#include "peer/agent.h"

struct channel;
struct err;
struct sys;
struct topo;

/**
 * struct agent_self - the machine that is asked; the @arg of every handler
 */
struct agent_self {
	const struct sys *sys;
	const struct topo *topo;
};

/* The table, ended by a NULL name. A verb is a function with its JSON, and a line there. */
extern const struct agent_verb agent_verbs[];

/* "topo": {} -> what `topo --save` writes. */
int agent_topo(void *arg, const json_t *ask, json_t **answer, struct err *e);

/*
 * "doctor": {"form": "text" | "json" | "script", "hardware": bool, "nic": text, "target": text} -> what
 * `doctor` with these prints: {"status": its exit status, "document": of json, "text": of the others,
 * "notes": what it says on standard error}.
 */
int agent_doctor(void *arg, const json_t *ask, json_t **answer, struct err *e);

/* "reach", "cpus": run/reach_far.h. */
int agent_reach(void *arg, const json_t *ask, json_t **answer, struct err *e);
int agent_cpus(void *arg, const json_t *ask, json_t **answer, struct err *e);

/**
 * agent_session() - read this machine, and answer one initiator until it leaves
 * @arg: not looked at; the channel stays the caller's
 *
 * Return as agent_run().
 */
int agent_session(void *arg, struct channel *c, struct err *e);

#endif
