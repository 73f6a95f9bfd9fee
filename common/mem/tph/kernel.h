/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef P2P_MEM_TPH_KERNEL_H
#define P2P_MEM_TPH_KERNEL_H

/* What the running kernel says of itself about the feature, without being asked by an ioctl. Private to tph/.
 */

#include <stddef.h>
#include <stdint.h>

#include "mem/mem.h"

/* The names of the proposal. */
#define TPH_SYMBOL "vfio_pci_core_feature_dma_buf_tph"
#define TPH_STRUCT "vfio_device_feature_dma_buf_tph"

enum { TPH_MODULE = 64 };

/**
 * tph_kallsyms() - is the feature's handler in /proc/kallsyms
 * @module: the module that has it, "" = built in; it need not be vfio_pci_core
 *
 * Return: 1; 0 the list has it not; -errno it cannot be read, -ENODATA it is empty.
 */
int tph_kallsyms(const struct sys *sys, char module[TPH_MODULE]);

/* One line of kallsyms. Return: 1 it is the handler's. */
int tph_kallsyms_line(const char *line, char module[TPH_MODULE]);

/**
 * tph_tables() - both tables of the kernel; sets @out->symbol
 *
 * Return: true: the feature is there with layout v6, or neither table can be read. False: @out->why.
 */
bool tph_tables(const struct sys *sys, struct mem_tph *out);

#endif
