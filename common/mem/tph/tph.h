/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef P2P_MEM_TPH_TPH_H
#define P2P_MEM_TPH_TPH_H

/*
 * VFIO_DEVICE_FEATURE_DMA_BUF_TPH, proposed and not merged ("vfio/dma-buf: add TPH support for peer-to-peer
 * access", v11, 2026-07-02). Its number collides with others, and a SET sent to the wrong feature can destroy
 * the export. So: no built-in number, evidence before any call, and only calls that cannot modify anything
 * before it is known to be the right one (layouts v6 to v11 are one). Private to mem/.
 */

#include "mem/mem.h"

struct err;
struct vfio_device;

/**
 * tph_detect() - the rule of docs/tph.md: index from the config or the build's header; refused at 12 and
 * below, and where the header calls it something else unless forced; the kernel's tables (kallsyms, BTF); the
 * target's DevCap2; PROBE|SET and PROBE|GET; the fingerprint, with descriptor -1
 * @kernel: reads /proc/kallsyms and /sys/kernel/btf through it
 *
 * Never fails: what stands against it is @out->why. Sends no call that could modify an export.
 */
void tph_detect(const struct sys *kernel, struct vfio_device *d, const struct config_tph *asked,
		struct mem_tph *out);

/**
 * tph_set() - put @hint on a dma-buf that @d exported; replaces what was there
 * @found: usable
 *
 * Return: 0; -EOPNOTSUPP a 16-bit tag where the target takes 8; -EINVAL, -EBADF as kernel.md 2.1; -EINTR is
 * tried again.
 */
int tph_set(struct vfio_device *d, const struct mem_tph *found, int fd, const struct mem_hint *hint,
	    struct err *e);

#endif
