/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef P2P_BENCH_LIST_MEMORY_H
#define P2P_BENCH_LIST_MEMORY_H

/* The parts of `list memory`. Each as text and as JSON, in which an unknown fact is null. */

#include <jansson.h>
#include <stdio.h>

#include "topo/topo.h"

/* Kinds of this machine's own memory: can they be opened, dma-heaps, reserved huge pages of each node. */
void list_host(FILE *out);
json_t *list_host_json(void);

/* Functions bound to VFIO with their BARs, and those that could be: what can be exported, and why not. */
void list_vfio(const struct topo *t, FILE *out);
json_t *list_vfio_json(const struct topo *t);

#endif
