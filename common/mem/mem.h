/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef P2P_MEM_MEM_H
#define P2P_MEM_MEM_H

/*
 * Memory a NIC can be pointed at. One file a kind behind one contract: a buffer is a CPU address, a
 * dma-buf file descriptor, or both. Nothing here knows about NICs.
 *
 * Threads: a context and everything opened from it belong to one controlling thread; the bytes of a buffer
 * to whoever the caller says.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/sys.h"
#include "config/config.h"

struct err;
struct topo;
struct vfio_device;

/**
 * struct mem_hint - the TLP processing hint asked for a target: the axes of the same names
 * @tph: TPH_*; the others: value or AXIS_EMPTY
 */
struct mem_hint {
	int64_t tph, st, st_ext, ph, tph_cpu, tph_mem;
};

#define MEM_NO_HINT ((struct mem_hint){TPH_NONE, AXIS_EMPTY, AXIS_EMPTY, AXIS_EMPTY, AXIS_EMPTY, AXIS_EMPTY})

/**
 * struct mem_ctx - what memory is opened on; opaque
 *
 * Keeps devices open from their first use to mem_ctx_close(): opening one resets it, and its descriptor has
 * to outlive every MR over its BARs. Two memories on one device share it. A descriptor that came over a
 * socket (kind fd) is kept too: its sender is asked once.
 */
struct mem_ctx;

/**
 * mem_ctx_open() - nothing opened yet
 * @topo: the machine, for driver, group and capabilities of PCI devices; NULL = unknown: kind vfio then fails
 * with -ENODEV. Borrowed like @sys until mem_ctx_close()
 *
 * Return: 0, -ENOMEM.
 */
int mem_ctx_open(const struct sys *sys, const struct topo *topo, struct mem_ctx **out, struct err *e);
/* Closes the devices. NULL is fine; every buffer must be closed. */
void mem_ctx_close(struct mem_ctx *c);

const struct sys *mem_ctx_sys(const struct mem_ctx *c);

/**
 * mem_ctx_share() - from now on memory of kind host is made so that another process of this user can map it
 *
 * For a software device whose peer is another process: its CPU has to reach the memory. Such memory is a
 * memfd, shared and sealed against shrinking, instead of anonymous memory; placement and `pages` are as asked
 * (thp needs /sys/kernel/mm/transparent_hugepage/shmem_enabled). Not for other devices, whose host memory is
 * meant to be anonymous.
 */
void mem_ctx_share(struct mem_ctx *c);

/**
 * mem_ctx_keep() - a config whose memory is going to be opened, for those that have no place of their own
 * for what must outlive the context
 * @owned: config_free() at mem_ctx_close(); the caller's after a failure
 *
 * Return: 0, -ENOMEM.
 */
int mem_ctx_keep(struct mem_ctx *c, struct config *owned);

/* What the CPU of this process can do with a buffer. */
enum mem_cpu {
	MEM_CPU_NONE,	/* nothing: @va is NULL */
	MEM_CPU_DEVICE, /* a BAR: uncached, slow to read, only by mem_device_read() and mem_device_write() */
	MEM_CPU_RAM,	/* everything */
};

/**
 * struct mem_buf - an open buffer
 * @kind: MEM_*
 * @bytes: usable length, the asked length rounded up to @granule
 * @granule: offsets and lengths given to a NIC must be multiples of this (a page)
 * @va: CPU mapping, NULL when the kind has none; @cpu: what may be done with it
 * @fd: dma-buf (or its declared stand-in, memfd), -1 when the kind has none; owned by the buffer
 * @fd_offset: where in @fd the buffer begins; a multiple of @granule, 0 but for kind fd
 * @shared_fd: memfd behind @va (mem_ctx_share()), 0 = none; owned by the buffer. No dma-buf: a NIC gets @va
 * @map_bytes: what mem_close() unmaps of @va, 0 = nothing
 * @sys: syscalls used by close; @ctx: what it was opened on
 * @device: the VFIO device behind it, owned by the context; NULL for other kinds
 * @memory: what it was opened from; borrowed
 * @hint: what the exporter of @fd answers an importer that asks; tph none unless mem_export() set it
 *
 * All zero except @fd = -1 is the closed state (MEM_BUF_CLOSED).
 */
struct mem_buf {
	int64_t kind;
	uint64_t bytes;
	uint64_t granule;
	void *va;
	enum mem_cpu cpu;
	int fd;
	uint64_t fd_offset;
	int shared_fd;
	uint64_t map_bytes;
	const struct sys *sys;
	struct mem_ctx *ctx;
	struct vfio_device *device;
	const struct config_memory *memory;
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
 * Changes nothing on the machine: no device is opened.
 * Return: 0; -ENOTSUP when this version cannot open the kind; -EBUSY bound to another driver; else what
 * opening its device node gives (-ENOENT, -EACCES, ...). @e says what is missing and how to get it.
 */
int mem_probe(struct mem_ctx *c, const struct config_memory *m, struct err *e);

/**
 * mem_open() - allocate or receive, and map
 * @m: what was asked; @m->length is rounded up to a page; @m->numa: a node or CONFIG_NUMA_ANY: near and far
 *are the caller's to find out. Pages that are not on the node are an error (numa.h). Borrowed until
 *mem_close(); of kind vfio what it points to until mem_ctx_close()
 * @out: MEM_BUF_CLOSED on failure; mem_close() it when done
 *
 * Pages of RAM are touched, so that no page fault falls into a measurement. Opening a VFIO device resets it.
 * Return: 0; -ENOTSUP, -ENOENT, -EACCES, -EBUSY as mem_probe(); -ENOMEM, also when there are too few reserved
 * huge pages; -EINVAL ranges beyond the BAR, a device that is open already with other `access` or `init`, or
 * a received descriptor that is not what was promised; -ETIMEDOUT nothing received; or the failing call's
 *errno.
 */
int mem_open(struct mem_ctx *c, const struct config_memory *m, struct mem_buf *out, struct err *e);

/**
 * mem_can_export() - can buffers of this kind carry the exporter's hint
 *
 * By kind alone; whether a VFIO device takes one is mem_tph()'s to say.
 * Return: NULL, or why not, for a `skipped` row: "memory kind udmabuf sets no steering tags".
 */
const char *mem_can_export(int64_t kind);

/**
 * struct mem_tph - what is known of the exporter's interface for steering tags; opening and probing it once
 * per device is done by mem_tph()
 * @usable: tags can be set; else @why says what stands against it
 * @st, @st_ext: 8-bit and 16-bit tags are taken (the target's DevCap2)
 * @index: feature index used, -1 = none; @source: where it is from: "config", "header"
 * @symbol: "kallsyms", "btf", "both": where the kernel's own name for the feature was found; "unknown"
 */
struct mem_tph {
	bool usable, st, st_ext;
	int index;
	const char *source, *symbol;
	char why[256];
};

/**
 * mem_tph() - may steering tags be set on exports of @b
 *
 * The detection of tph/tph.h, once per device and then from memory; sends nothing that could modify an
 * export. Kind memfd always can (soft0's analyzer counts them).
 */
void mem_tph(const struct mem_buf *b, struct mem_tph *out);

/**
 * mem_export() - the same memory as one more dma-buf, which carries @hint
 * @hint: tph exporter
 * @out: a buffer with its own fd and the same CPU address; mem_close() it before @b
 *
 * A hint must be on the dma-buf before it is imported, so there is one export for each hint.
 * Return: 0; -ENOTSUP the kind or the device sets no hints; or the failing call's errno.
 */
int mem_export(const struct mem_buf *b, const struct mem_hint *hint, struct mem_buf *out, struct err *e);

/* Idempotent; accepts a closed or half-built buffer. Every MR over the buffer must be gone. */
void mem_close(struct mem_buf *b);

/*
 * Device memory by the CPU: aligned accesses of 8 bytes and below, nothing wider, each exactly once, in
 * ascending order; the mapping is uncached. A device that has its memory disabled raises SIGBUS.
 */
void mem_device_write(void *device, const void *ram, size_t bytes);
void mem_device_read(void *ram, const void *device, size_t bytes);

/* Ways to take a BAR away from those who imported it; the words of the sweep setting `revoke`. */
enum mem_revoke { MEM_REVOKE_NONE, MEM_REVOKE_RESET, MEM_REVOKE_MEMORY_OFF, MEM_REVOKE_CLOSE };

/**
 * mem_revoke() - have the kernel revoke every dma-buf of the device behind @b, now
 *
 * reset: VFIO_DEVICE_RESET; the exports come back by themselves. memory_off: PCI_COMMAND.MEM cleared, until
 * mem_restore(). close: the device's descriptors closed: exports are dead for good, and @b and every other
 * buffer of the device can only be closed; the next mem_open() opens the device anew.
 * Blocks until the importers have let go. Do not touch @va meanwhile: it may fault.
 * Return: 0; -ENOTSUP no VFIO device; -EOPNOTSUPP memory_off of a VF; the failing call's errno.
 */
int mem_revoke(const struct mem_buf *b, enum mem_revoke how, struct err *e);

/* Undo what mem_revoke() left: memory on, registers of `init` written again. Return: 0, -ENODEV after close.
 */
int mem_restore(const struct mem_buf *b, struct err *e);

/**
 * struct mem_health - PCIe errors the device behind a buffer has noticed
 * @devsta: Device Status (bit 0 correctable, 1 non-fatal, 2 fatal, 3 unsupported request)
 * @uncorrectable, @correctable: AER status registers, 0 without AER
 */
struct mem_health {
	uint16_t devsta;
	uint32_t uncorrectable, correctable;
};

/* Return: 0; -ENOTSUP no device behind it; -EIO it has gone; or the failing call's errno. Reads only. */
int mem_health(const struct mem_buf *b, struct mem_health *out, struct err *e);

#endif
