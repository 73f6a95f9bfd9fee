/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef P2P_RUN_REACH_FAR_H
#define P2P_RUN_REACH_FAR_H

/*
 * What a run asks of the machine of a responder elsewhere beside its topology: which memory its NIC reaches
 * and how (the request `reach`), and which CPUs it may use (`cpus`). Both ends of these requests.
 */

#include <sched.h>

#include <jansson.h>

#include "run/reach.h"

struct config_nic;
struct config_memory;
struct peer_host;
struct sys;

/**
 * reach_far() - reach_try() there, with what its NIC and its topology offer
 * @nic: device, port and GID index there; @m: numa is a node or CONFIG_NUMA_ANY
 * @held: receives a reference that @out points into
 *
 * Return: 0; as reach_try() and nic_open(); as peer_host_ask(). After a failure @out holds nothing.
 */
int reach_far(struct peer_host *host, const struct config_nic *nic, const struct config_memory *m,
	      struct reach *out, json_t **held, struct err *e);

/* CPUs that the process there may use. Return: 0; -EPROTO no such answer; as peer_host_ask(). */
int reach_far_cpus(struct peer_host *host, cpu_set_t *out, struct err *e);

/**
 * reach_answer(), cpus_answer() - the same from the other end: handlers for struct agent_verb
 * @sys, @t: what memory is opened on, and the machine (NULL = unknown)
 *
 * @ask is hostile: types and ranges are checked. Return: 0; -EPROTO, -EINVAL; as reach_try() and nic_open().
 */
int reach_answer(const struct sys *sys, const struct topo *t, const json_t *ask, json_t **answer,
		 struct err *e);
int cpus_answer(json_t **answer, struct err *e);

#endif
