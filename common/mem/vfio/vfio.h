/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef P2P_MEM_VFIO_VFIO_H
#define P2P_MEM_VFIO_VFIO_H

/*
 * One device bound to vfio-pci and the BARs it exports as dma-bufs, by cdev and iommufd or by group and
 * container (include/uapi/linux/vfio.h; drivers/vfio/{device_cdev,group,container}.c,
 * drivers/vfio/pci/vfio_pci_{core,dmabuf}.c of 7.3). Private to mem/.
 *
 * Every errno of the kernel's becomes a message with the likely cause and the command that mends it; the
 * return value stays the kernel's.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/sys.h"
#include "config/config.h"
#include "mem/mem.h"

struct err;
struct topo;
struct topo_fn;
struct vfio_device; /* opaque */
struct vfio_group;  /* opaque */

/**
 * struct vfio_host - the machine, and what its devices have to share: a group can be opened once only, and
 * devices of one group that are opened by cdev must be bound to one iommufd (iommu_device_claim_dma_owner())
 * @topo: to name the other members of a group; NULL = unknown; borrowed like @sys
 * @groups: empty before the first and after the last vfio_device_open()
 * @iommu: /dev/iommu while @iommu_users is not 0
 */
struct vfio_host {
	const struct sys *sys;
	const struct topo *topo;
	struct vfio_group *groups;
	int iommu;
	size_t iommu_users;
};

/**
 * vfio_check() - can @fn be opened: bound to vfio-pci, with a node that this user may open
 * @access: ACCESS_*
 *
 * Opens the nodes at most, not the device. Return: 0; -EBUSY bound to another driver, or to none, or its
 * group is open elsewhere; -ENOENT, -EACCES its node; -ENODEV no IOMMU group.
 */
int vfio_check(const struct vfio_host *host, const struct topo_fn *fn, int64_t access, struct err *e);

/**
 * vfio_device_open() - open, which resets it; memory decode on, registers of @init written
 * @fn, @init: borrowed until vfio_device_close()
 * @access: ACCESS_*: auto takes the cdev where there is one; noiommu is never chosen by auto
 *
 * Return: 0; -EPERM the IOMMU group has other owners (@e names them where known); -EBUSY, -EACCES, -EAGAIN
 * (after some tries), -EINVAL as kernel.md 1.2 and 1.3; -ENOMEM.
 */
int vfio_device_open(struct vfio_host *host, const struct topo_fn *fn, int64_t access,
		     const struct config_init *init, size_t n_init, struct vfio_device **out, struct err *e);
void vfio_device_close(struct vfio_device *d); /* NULL is fine */

/* Its function; the word of the way it was opened: "cdev", "group", "noiommu". */
const struct topo_fn *vfio_device_fn(const struct vfio_device *d);
const char *vfio_device_access(const struct vfio_device *d);

/**
 * vfio_bar_check() - may these ranges of a BAR be exported and mapped
 *
 * Page-aligned, inside the BAR, not over the MSI-X table or its pending bits; a BAR at all. -EINVAL and what
 * would be right otherwise.
 */
int vfio_bar_check(struct vfio_device *d, int64_t bar, const struct config_range *range, size_t n,
		   struct err *e);

/* Return: descriptor of a dma-buf of @range[0..n) in that order, or -errno (kernel.md 1.4). */
int vfio_export(struct vfio_device *d, int64_t bar, const struct config_range *range, size_t n,
		struct err *e);

/**
 * vfio_map() - the same ranges, contiguous for the CPU, uncached
 * @out: address, or NULL when the BAR cannot be mapped
 *
 * Return: 0, also when it cannot be mapped at all; -ENOMEM, ...
 */
int vfio_map(struct vfio_device *d, int64_t bar, const struct config_range *range, size_t n, void **out,
	     struct err *e);
/* Undo it: a mapping keeps the device open, so vfio_revoke() has to know those that are left. NULL is fine.
 */
void vfio_unmap(struct vfio_device *d, void *va);

/* One VFIO_DEVICE_FEATURE call: @op of VFIO_DEVICE_FEATURE_{GET,SET,PROBE}. Return: as the ioctl, or -errno.
 */
int vfio_feature(struct vfio_device *d, uint32_t op, uint32_t index, const void *payload, size_t len);
/* The same with an argsz that need not fit @len; at least 8, at most 64. */
int vfio_feature_argsz(struct vfio_device *d, uint32_t op, uint32_t index, const void *payload, size_t len,
		       uint32_t argsz);

/* Config space as the device has it, through VFIO. Return: 0 or -errno with @e set. */
int vfio_config_read(struct vfio_device *d, uint64_t offset, void *out, size_t len, struct err *e);

/* As mem.h says of the functions of these names. After close the device is only good for vfio_device_close().
 */
int vfio_revoke(struct vfio_device *d, enum mem_revoke how, struct err *e);
int vfio_restore(struct vfio_device *d, struct err *e);
int vfio_health(struct vfio_device *d, struct mem_health *out, struct err *e);

/* Has it been closed by vfio_revoke(). */
bool vfio_dead(const struct vfio_device *d);

#endif
