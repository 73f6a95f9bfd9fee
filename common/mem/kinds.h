/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef P2P_MEM_KINDS_H
#define P2P_MEM_KINDS_H

/* The memory kinds behind mem.h, and what they are opened on. Private to mem/. */

#include "mem/mem.h"
#include "mem/vfio/vfio.h"

/**
 * struct mem_device - an open VFIO device
 * @opened_for: the memory it was opened for
 * @tph: what was detected, once @tph_known, for @tph_asked
 *
 * Stays in the list when vfio_revoke() closed it: buffers still refer to it.
 */
struct mem_device {
	struct vfio_device *vfio;
	struct config_memory opened_for;
	bool tph_known;
	struct config_tph tph_asked;
	struct mem_tph tph;
	struct mem_device *next;
};

/* A descriptor that came over a socket: its sender may have had only that one to give. */
struct mem_received {
	char socket[108];
	int fd;
	struct mem_received *next;
};

struct mem_ctx {
	struct vfio_host host;
	struct mem_device *devices;
	struct mem_received *received;
	struct config **kept;
	size_t n_kept;
	bool share; /* mem_ctx_share() */
};

/**
 * struct mem_kind - one way to get memory
 * @probe: see mem_probe(); changes nothing
 * @open: fills va, cpu, fd, map_bytes of @b, whose kind, bytes, granule, sys, ctx and memory are set. On
 *        failure it may leave a half-built buffer: mem_open() closes it
 * @export: fills fd of @out, a copy of @b without fd and mapping of its own, as mem_export(); NULL when the
 *        kind has no exporter that takes a hint: @no_export then says why, in words of mem_can_export()
 * @tph: see mem_tph(); with @export only
 */
struct mem_kind {
	int (*probe)(struct mem_ctx *c, const struct config_memory *m, struct err *e);
	int (*open)(struct mem_ctx *c, const struct config_memory *m, struct mem_buf *b, struct err *e);
	int (*export)(const struct mem_buf *b, struct mem_buf *out, struct err *e);
	void (*tph)(const struct mem_buf *b, struct mem_tph *out);
	const char *no_export;
};

extern const struct mem_kind mem_kind_host;
extern const struct mem_kind mem_kind_memfd;
extern const struct mem_kind mem_kind_udmabuf;
extern const struct mem_kind mem_kind_dma_heap;
extern const struct mem_kind mem_kind_vfio;
extern const struct mem_kind mem_kind_fd;

/* Map b->bytes of @fd, or anonymous memory when it is -1. */
int mem_map(const struct config_memory *m, struct mem_buf *b, int fd, struct err *e);

/* A memfd of b->bytes, of the pages asked, that cannot shrink. Return: its descriptor, never 0; or -errno. */
int mem_sealed_memfd(const struct config_memory *m, const struct mem_buf *b, struct err *e);

/* Write every page of b->va, placed on the node asked and looked up there afterwards. */
int mem_touch(const struct config_memory *m, struct mem_buf *b, struct err *e);

/* Close what mem_kind_vfio opened and mem_kind_fd received. */
void mem_devices_close(struct mem_ctx *c);
void mem_received_close(struct mem_ctx *c);

#endif
