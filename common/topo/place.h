/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef P2P_TOPO_PLACE_H
#define P2P_TOPO_PLACE_H

/*
 * Where to run: CPUs for posting threads and the NUMA node for their buffers, near or far from a NIC. The
 * same question on the same machine gets the same answer. Nothing is bound here.
 */

#include "topo/topo.h"

struct err;

enum place_where { WHERE_NEAR, WHERE_FAR, WHERE_NODE, WHERE_CPU };

enum { PLACE_CPUS_MAX = 1024, PLACE_WHY = 240 };

/**
 * struct place_ask - the question
 * @nic: function of the NIC, -1 = none (a software device): then no CPU is nearer than another
 * @where: near or far from it, on node @number, or from CPU @number on (the rest on its node)
 * @threads: 1 .. PLACE_CPUS_MAX
 * @allowed: list of the CPUs that may be used, "0-3,8"; NULL = the affinity mask of the calling thread (which
 *lies within the cpuset), on a machine that is not this one: all
 */
struct place_ask {
	int nic;
	enum place_where where;
	unsigned int number, threads;
	const char *allowed;
};

/**
 * struct place - the answer
 * @cpu, @n: one CPU a thread; @n is what was asked
 * @spilled: how many of them lie elsewhere than asked, because there were no more; they stand last
 * @siblings: how many are the second thread of a core, or a later one
 * @noisy: how many take interrupts of the NIC or do the housekeeping (CPU 0, or, where CPUs are isolated, one
 *that is not)
 * @shared: how many threads had to be given a CPU that another one has: more threads than CPUs
 * @why: one sentence
 */
struct place {
	int cpu[PLACE_CPUS_MAX];
	unsigned int n, spilled, siblings, noisy, shared;
	char why[PLACE_WHY];
};

/**
 * place_cpus() - CPUs in the order threads shall take them: as near as asked, then first threads of cores,
 * then quiet ones, then by number
 *
 * Return: 0; -ENODATA the machine's CPUs, or the NIC's node, are unknown; -ENODEV no such node or CPU, or far
 * on a machine of one node; -EPERM the CPU is not among the allowed ones.
 */
int place_cpus(const struct topo *t, const struct place_ask *ask, struct place *out, struct err *e);

/**
 * place_node() - NUMA node for buffers: near or far from the NIC, or @number itself (WHERE_NODE); WHERE_CPU:
 * the one of CPU @number
 *
 * Return: number of the node; negative as above, -ENODEV also for a node without memory.
 */
int place_node(const struct topo *t, const struct place_ask *ask, char why[PLACE_WHY], struct err *e);

#endif
