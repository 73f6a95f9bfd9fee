/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef P2P_BENCH_PLAN_MACHINE_H
#define P2P_BENCH_PLAN_MACHINE_H

/* What a machine, this one or that of --from, says of a plan. What it does not tell is "unknown here". */

#include "bench.h"
#include "nic/nic.h"
#include "topo/topo.h"

/**
 * struct plan_machine - the machine
 * @t: NULL = unknown; @here: it is this one: devices can be listed, memory tried
 * @list, @n_list: nic_list(): the software devices, and here those of libibverbs
 */
struct plan_machine {
	struct topo *t;
	bool here;
	struct nic_entry *list;
	int n_list;
};

/* Return: exit status, 0 = opened. */
int plan_machine_open(const struct opt *o, struct plan_machine *out);
void plan_machine_close(struct plan_machine *m);

/* Is it a device of ours, which no machine has a place for? */
bool plan_nic_software(const struct plan_machine *m, const struct config_nic *n);

/* Function of a NIC, -1 = none or unknown. Only hardware sits where its function says. */
int plan_nic_fn(const struct plan_machine *m, const struct config_nic *n);

/* Each NIC and memory that the config names; what only a responder elsewhere uses is not asked for. */
void plan_print_machine(const struct plan_machine *m, const struct loaded *l);

/* Each way of the plan's points: class, verdict, tags, what bounds the largest message. */
void plan_print_ways(const struct plan_machine *m, const struct loaded *l);

/* Which CPUs and nodes threads and host memory would get, and why. */
void plan_print_places(const struct plan_machine *m, const struct loaded *l);

#endif
