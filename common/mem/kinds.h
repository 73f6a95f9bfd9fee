/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef P2P_MEM_KINDS_H
#define P2P_MEM_KINDS_H

/* The memory kinds behind mem.h. Private to mem/. */

#include "mem/mem.h"

/**
 * struct mem_kind - one way to get memory
 * @probe: see mem_probe(); changes nothing
 * @open: fills va, fd, map_bytes of @b, whose kind, bytes, granule and sys are set. On failure it may
 *        leave a half-built buffer: mem_open() closes it
 * @export: fills fd of @out, a copy of @b without fd and mapping of its own, as mem_export(); NULL when the
 *        kind has no exporter that takes a hint: @no_export then says why, in words of mem_can_export()
 */
struct mem_kind {
	int (*probe)(const struct config_memory *m, const struct sys *sys, struct err *e);
	int (*open)(const struct config_memory *m, struct mem_buf *b, struct err *e);
	int (*export)(const struct mem_buf *b, struct mem_buf *out, struct err *e);
	const char *no_export;
};

extern const struct mem_kind mem_kind_host;
extern const struct mem_kind mem_kind_memfd;
extern const struct mem_kind mem_kind_udmabuf;
extern const struct mem_kind mem_kind_dma_heap;

/* Map b->bytes of b->fd (or anonymous memory when it is -1) and touch every page. */
int mem_map(const struct config_memory *m, struct mem_buf *b, struct err *e);

#endif
