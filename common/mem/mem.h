/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef P2P_MEM_MEM_H
#define P2P_MEM_MEM_H

/*
 * Memory a NIC can be pointed at. One file a kind behind one contract: a buffer is a CPU address, a
 * dma-buf file descriptor, or both. Nothing here knows about NICs.
 */

#include <stddef.h>
#include <stdint.h>

#include "base/sys.h"
#include "config/config.h"

struct err;

/**
 * struct mem_hint - the TLP processing hint asked for a target: the axes of the same names
 * @tph: TPH_*; the others: value or AXIS_EMPTY
 */
struct mem_hint {
	int64_t tph, st, st_ext, ph, tph_cpu, tph_mem;
};

#define MEM_NO_HINT ((struct mem_hint){TPH_NONE, AXIS_EMPTY, AXIS_EMPTY, AXIS_EMPTY, AXIS_EMPTY, AXIS_EMPTY})

/**
 * struct mem_buf - an open buffer
 * @kind: MEM_*
 * @bytes: usable length, the asked length rounded up to @granule
 * @granule: offsets and lengths given to a NIC must be multiples of this (a page)
 * @va: CPU mapping, NULL when the kind has none
 * @fd: dma-buf (or its declared stand-in, memfd), -1 when the kind has none; owned by the buffer
 * @map_bytes: what mem_close() unmaps of @va, 0 = nothing
 * @sys: syscalls used by close
 * @hint: what the exporter of @fd answers an importer that asks; tph none unless mem_export() set it
 *
 * All zero except @fd = -1 is the closed state (MEM_BUF_CLOSED).
 */
struct mem_buf {
	int64_t kind;
	uint64_t bytes;
	uint64_t granule;
	void *va;
	int fd;
	uint64_t map_bytes;
	const struct sys *sys;
	struct mem_hint hint;
};

#define MEM_BUF_CLOSED ((struct mem_buf){.fd = -1, .hint = MEM_NO_HINT})

/**
 * mem_kind_name() - word of MEM_*; also the CSV column target_kind
 */
const char *mem_kind_name(int64_t kind);

/**
 * mem_probe() - can this machine open the kind at all
 *
 * Changes nothing on the machine.
 * Return: 0; -ENOTSUP when this version cannot open the kind; else what opening its device node
 * gives (-ENOENT, -EACCES, ...). @e says what is missing and how to get it.
 */
int mem_probe(const struct config_memory *m, const struct sys *sys, struct err *e);

/**
 * mem_open() - allocate and map
 * @m: what was asked; @m->length is rounded up to a page; @m->numa: a node or CONFIG_NUMA_ANY: near and far
 *are the caller's to find out. Pages that are not on the node are an error (numa.h)
 * @out: MEM_BUF_CLOSED on failure; mem_close() it when done
 *
 * Pages are touched, so that no page fault falls into a measurement.
 * Return: 0; -ENOTSUP, -ENOENT, -EACCES as mem_probe(); -ENOMEM; or the failing call's errno.
 */
int mem_open(const struct config_memory *m, const struct sys *sys, struct mem_buf *out, struct err *e);

/**
 * mem_can_export() - can buffers of this kind carry the exporter's hint
 *
 * Return: NULL, or why not, for a `skipped` row: "memory kind udmabuf sets no steering tags".
 */
const char *mem_can_export(int64_t kind);

/**
 * mem_export() - the same memory as one more dma-buf, which carries @hint
 * @hint: tph exporter
 * @out: a buffer with its own fd and the same CPU address; mem_close() it before @b
 *
 * A hint must be on the dma-buf before it is imported, so there is one export for each hint.
 * Return: 0; -ENOTSUP the kind sets no hints; or the failing call's errno.
 */
int mem_export(const struct mem_buf *b, const struct mem_hint *hint, struct mem_buf *out, struct err *e);

/* Idempotent; accepts a closed or half-built buffer. Every MR over the buffer must be gone. */
void mem_close(struct mem_buf *b);

#endif
