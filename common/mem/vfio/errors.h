/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef P2P_MEM_VFIO_ERRORS_H
#define P2P_MEM_VFIO_ERRORS_H

/* What the kernel's answer to each step of VFIO means: a table. Private to mem/vfio/. */

struct err;
struct topo_fn;
struct vfio_host;

/* Steps that fail for reasons of their own. */
enum vfio_step {
	VFIO_STEP_IOMMU,     /* open /dev/iommu */
	VFIO_STEP_CDEV,	     /* open /dev/vfio/devices/vfioN */
	VFIO_STEP_BIND,	     /* BIND_IOMMUFD: the real open of a cdev */
	VFIO_STEP_CONTAINER, /* open /dev/vfio/vfio, or what it can */
	VFIO_STEP_GROUP,     /* open /dev/vfio/N */
	VFIO_STEP_STATUS,    /* GROUP_GET_STATUS */
	VFIO_STEP_ATTACH,    /* GROUP_SET_CONTAINER, also a group that is not viable */
	VFIO_STEP_SET_IOMMU,
	VFIO_STEP_DEVICE, /* GROUP_GET_DEVICE_FD */
	VFIO_STEP_INFO,	  /* DEVICE_GET_INFO, GET_REGION_INFO */
	VFIO_STEP_CONFIG, /* config space through VFIO */
	VFIO_STEP_INIT,	  /* a register of `init` */
	VFIO_STEP_EXPORT, /* feature DMA_BUF */
	VFIO_STEP_MAP,	  /* mmap */
	VFIO_STEP_RESET,  /* DEVICE_RESET */
};

/**
 * vfio_error() - "pci/0000:41:00.0: BIND_IOMMUFD on /dev/vfio/devices/vfio0: EPERM", and the hint of the
 * table
 * @host: names the members of the group
 * @what: the call and its object; NULL = that of the step alone
 *
 * Return: @code.
 */
int vfio_error(const struct vfio_host *host, const struct topo_fn *fn, enum vfio_step step, const char *what,
	       int code, struct err *e);

#endif
