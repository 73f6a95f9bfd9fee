/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef P2P_BENCH_RUN_PEER_H
#define P2P_BENCH_RUN_PEER_H

/* The machine of a run's responder: reached, told of, written down. */

#include <jansson.h>

#include "bench.h"
#include "peer/host.h"

/**
 * run_peer_open() - reach the peer of @c
 * @out: NULL when it has none
 *
 * Return: 0; as peer_dial_open() and peer_host_open(), with the peer's name and the next step in @e.
 */
int run_peer_open(const struct config *c, struct peer_host **out, struct err *e);

/* Who answered, and the addresses of both ends of each pair, a line each on stderr. */
void run_peer_note(const struct config *c, const struct peer_host *host, const struct run *run);

/* What is said when it dies in mid-run. */
void run_peer_died(const struct config *c, struct err *e);

/* Its part "peer" of run.json: what it said of itself, and what cannot be had of it; null without one. */
json_t *run_peer_json(const struct config *c, const struct peer_host *host);

#endif
