/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef P2P_MEM_VFIO_DEVICE_H
#define P2P_MEM_VFIO_DEVICE_H

/* What the files of mem/vfio/ share. Private to them. */

#include "mem/vfio/errors.h"
#include "mem/vfio/vfio.h"
#include "uapi/vfio.h"

enum { VFIO_BARS = 6, VFIO_CONFIG_MAX = 4096, VFIO_NODE = 64 };

enum vfio_way { VFIO_WAY_CDEV, VFIO_WAY_GROUP, VFIO_WAY_NOIOMMU };

/* A region of the device: where it begins in its descriptor; @size 0 = absent. */
struct vfio_region {
	uint64_t size, offset;
	uint32_t flags; /* VFIO_REGION_INFO_FLAG_* */
};

/* A mapping that vfio_unmap() has not undone. */
struct vfio_mapping {
	void *va;
	size_t bytes;
	struct vfio_mapping *next;
};

/**
 * struct vfio_device
 * @fd: -1 = closed by vfio_revoke()
 * @in_iommu: a cdev: holds the host's /dev/iommu; @group: of the other ways, NULL = none
 * @flags: VFIO_DEVICE_FLAGS_*
 */
struct vfio_device {
	struct vfio_host *host;
	const struct sys *sys;
	const struct topo_fn *fn;
	enum vfio_way way;
	int fd;
	bool in_iommu;
	struct vfio_group *group;
	const struct config_init *init;
	size_t n_init;
	uint32_t flags;
	struct vfio_region bar[VFIO_BARS], config;
	struct vfio_mapping *mapped;
};

/* ioctl that a signal does not end, and, @patient, tried again while another reset holds the device's lock.
 */
int vfio_ioctl(const struct sys *sys, int fd, unsigned long request, void *arg, bool patient);

/* Is the function bound to a VFIO driver; does the machine show what the way in takes. */
int vfio_check_driver(const struct topo_fn *fn, struct err *e);
int vfio_check_way(const struct topo_fn *fn, enum vfio_way way, struct err *e);

/* The ways in that @access allows, in order; the next is for when a node is not there. Return: how many. */
size_t vfio_ways(const struct topo_fn *fn, int64_t access, enum vfio_way way[2]);

/* The ways in. Each sets what it opened in @d and leaves it there also on failure. */
int vfio_cdev_open(struct vfio_device *d, struct err *e);
int vfio_group_open_device(struct vfio_device *d, struct err *e);
/* Give back the device's share of /dev/iommu, of its group; the last one closes it (and the container). */
void vfio_iommu_put(struct vfio_device *d);
void vfio_group_put(struct vfio_device *d);
bool vfio_group_is_open(const struct vfio_host *host, const struct topo_fn *fn);

/* Paths of the nodes. Return: @buf. */
char *vfio_cdev_node(const struct topo_fn *fn, char buf[VFIO_NODE]);
char *vfio_group_node(const struct topo_fn *fn, enum vfio_way way, char buf[VFIO_NODE]);

/* Config space (vfio_config_read() is in vfio.h) through VFIO, which keeps its own books of it. Return: 0 or
 * -errno with @e set. */
int vfio_config_write(struct vfio_device *d, uint64_t offset, const void *data, size_t len, struct err *e);

/* The command register; -EIO when the function does not answer any more. */
int vfio_command(struct vfio_device *d, uint16_t *out, struct err *e);

/* PCI_COMMAND.MEM; written only when it is not as asked, and read back. */
int vfio_memory(struct vfio_device *d, bool on, struct err *e);

/* Memory on, then the registers of `init`. */
int vfio_prepare(struct vfio_device *d, struct err *e);

/* -ENODEV and why, for a device that vfio_dead(). */
int vfio_closed(const struct vfio_device *d, struct err *e);

/* Close what it has open, for good; the object stays. */
void vfio_device_shut(struct vfio_device *d);

/* All mappings made inaccessible: what is left of them no longer holds the device open. */
void vfio_drop_mappings(struct vfio_device *d);

#endif
