/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef P2P_BENCH_PEER_LOOK_H
#define P2P_BENCH_PEER_LOOK_H

/* --peer of verbs that look at a machine and measure nothing. */

#include <jansson.h>

#include "opt.h"

/**
 * peer_look() - dial --peer, ask one question, leave
 * @ask: stolen, NULL = no arguments; @answer: a new reference
 *
 * Prints what is wrong, and unless --quiet who answers. Return: exit status, 0 = @answer is set.
 */
int peer_look(const struct opt *o, const char *verb, json_t *ask, json_t **answer);

#endif
