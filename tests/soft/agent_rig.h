/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef P2P_TESTS_SOFT_AGENT_RIG_H
#define P2P_TESTS_SOFT_AGENT_RIG_H

/* An agent in a thread of this process, behind a pair of sockets. Everything asserts. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <pthread.h>

#include "base/err.h"
#include "peer/agent.h"
#include "peer/channel.h"
#include "peer/host.h"

/**
 * struct agent_rig - @rc, @e: what agent_run() returned, valid after agent_rig_join()
 */
struct agent_rig {
	struct agent_input in;
	struct channel *far;
	pthread_t thread;
	int rc;
	struct err e;
};

/* Start it; the defaults of *@in, which may be NULL, are filled in. Return: this end. */
struct channel *agent_rig_start(struct agent_rig *r, const struct agent_input *in);

/* The same with a host on it, after hello. */
struct peer_host *agent_rig_open(struct agent_rig *r, const struct agent_input *in);

/* Wait until it has ended: this end must be closed, or the session at its end. Return: its rc. */
int agent_rig_join(struct agent_rig *r);

/* 30 s from now: nothing here takes so long. */
int64_t agent_rig_deadline(void);

#endif
