/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef P2P_NIC_SOFT_IMPORT_H
#define P2P_NIC_SOFT_IMPORT_H

/*
 * Import of a dma-buf by a device that has no DMA: the fd is mapped. A memfd is taken too, as the
 * declared stand-in for a dma-buf. Exporters without mmap, VFIO among them, cannot be imported.
 */

#include <stddef.h>
#include <stdint.h>

struct err;
struct sys;

/* A mapped part of an fd; all zero = nothing mapped. */
struct soft_map {
	void *base;
	size_t bytes;
	const struct sys *sys;
};

/**
 * soft_map_fd() - map [offset, offset + bytes) of @fd shared, to read and write
 * @first: address of the byte at @offset
 *
 * The fd may be closed afterwards.
 * Return: 0; -EBADF not an open fd; -EINVAL neither dma-buf nor memfd, or the range is not within it;
 * -EOPNOTSUPP the exporter has no mmap; others as mmap(2) answers (-EACCES a read-only fd).
 */
int soft_map_fd(const struct sys *sys, int fd, uint64_t offset, uint64_t bytes, struct soft_map *out,
		unsigned char **first, struct err *e);
void soft_unmap(struct soft_map *m); /* idempotent */

#endif
