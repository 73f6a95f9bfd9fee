/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef P2P_PEER_DIAL_H
#define P2P_PEER_DIAL_H

/* The two ways to an agent. Private to peer/. */

#include "peer/host.h"

/* Connect to one of the addresses of @p, all of them within the deadline. Return: as peer_dial_open(). */
int dial_tcp(const struct peer_place *p, int64_t deadline_ns, int *fd, struct err *e);

/* Start ssh in a process group of its own: an interrupt at the terminal is for the run to handle. */
int dial_ssh(const struct peer_dial *d, struct channel **out, int *pid, struct err *e);

/**
 * dial_ssh_why() - make of a first word that did not come what ssh says of it
 * @pid: -1 afterwards when it has ended
 * @code: what the channel said, with @e
 *
 * Return: as peer_dial_open().
 */
int dial_ssh_why(const struct peer_dial *d, struct channel *c, int *pid, int code, struct err *e);

/* Wait for a child at most @ms. Return: 0 and its @status; -ETIMEDOUT; -errno of waitpid(). */
int dial_reap(int pid, int ms, int *status);

#endif
