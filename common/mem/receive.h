/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef P2P_MEM_RECEIVE_H
#define P2P_MEM_RECEIVE_H

/*
 * One descriptor over a Unix socket, by SCM_RIGHTS, from a process that need not mean well. Private to mem/.
 *
 * The sender listens at `socket` of the memory (SOCK_STREAM or SOCK_SEQPACKET) and sends one message with one
 * descriptor and at least one byte. The connection ends with that; the sender has to keep its device open.
 */

struct config_memory;
struct err;
struct sys;

/* Is there a socket? Does not connect: a sender may have one descriptor to give. Return: 0 or -errno. */
int receive_probe(const struct sys *sys, const struct config_memory *m, struct err *e);

/**
 * receive_fd() - connect and wait some seconds
 *
 * Return: the descriptor, close-on-exec and checked for nothing; -EINVAL none, several or something else came
 * (all are closed); -ETIMEDOUT; -ENOENT, -ECONNREFUSED, ... as connect(2).
 */
int receive_fd(const struct sys *sys, const struct config_memory *m, struct err *e);

#endif
