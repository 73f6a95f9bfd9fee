/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef P2P_BENCH_MACHINE_H
#define P2P_BENCH_MACHINE_H

/* The machine a command line speaks of, and the devices it names there. */

#include "opt.h"
#include "topo/topo.h"

/* --from, --peer, or this machine. Prints what is wrong. Return: exit status, 0 = @out is open. */
int machine_open(const struct opt *o, struct topo **out);

/* Index of the function called @name; of an emulated RDMA device the card's below it, with a note on stderr.
 * Return: 0; -ENOENT with the nearest names in @e. */
int machine_find(const struct topo *t, const char *name, int *out, struct err *e);

#endif
