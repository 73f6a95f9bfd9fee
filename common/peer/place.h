/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef P2P_PEER_PLACE_H
#define P2P_PEER_PLACE_H

/* Addresses as users write them. Private to peer/. */

#include "peer/host.h"

/*
 * "HOST", "HOST:PORT", "[ADDR6]", "[ADDR6]:PORT". @what: "peer", "bind", in messages;
 * @least: smallest port. Return: 0; -EINVAL with @e.
 */
int place_split(const char *what, const char *text, uint16_t least, struct peer_place *out, struct err *e);

/* A decimal number, @least to 65535. Return: 0 or -EINVAL. */
int place_port(const char *text, uint16_t least, uint16_t *out);

#endif
