/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef P2P_MEM_NUMA_H
#define P2P_MEM_NUMA_H

/*
 * Host buffers on a NUMA node: asked for before the first touch, looked up after it. A buffer that lies
 * elsewhere is an error, never a footnote. Any thread; one caller a buffer.
 */

#include <stddef.h>

struct err;
struct sys;

enum { NUMA_NODES_MAX = 1024 };

/**
 * numa_prefer() - have the pages of a fresh mapping taken from @node
 * @addr: start of a page; none of the @length bytes has been touched yet
 * @node: 0 .. NUMA_NODES_MAX - 1
 *
 * A node that is full does not kill the process: pages then come from elsewhere, and numa_verify() says so.
 * Return: 0; -EINVAL there is no such node; else what mbind(2) answered.
 */
int numa_prefer(const struct sys *sys, void *addr, size_t length, unsigned int node, struct err *e);

/**
 * numa_verify() - are all pages on @node?
 * @addr, @length: as above, each page touched
 *
 * Return: 0; -EXDEV some are elsewhere, with how many and where the first one is; -ENOENT some were never
 * touched; else what move_pages(2) answered.
 */
int numa_verify(const struct sys *sys, void *addr, size_t length, unsigned int node, struct err *e);

#endif
