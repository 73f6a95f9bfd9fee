/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef P2P_UAPI_VFIO_H
#define P2P_UAPI_VFIO_H

/*
 * What <linux/vfio.h> of the build host may lack, with the values of include/uapi/linux/vfio.h of Linux 7.3:
 * the cdev ioctl (since 6.6) and the dma-buf feature (since 6.19). Structs carry names of their own, so that
 * a newer header does no harm.
 */

#include <stddef.h>
#include <stdint.h>

#include <linux/vfio.h>

#ifndef VFIO_DEVICE_BIND_IOMMUFD
#define VFIO_DEVICE_BIND_IOMMUFD _IO(VFIO_TYPE, VFIO_BASE + 18)
#endif

#ifndef VFIO_DEVICE_FEATURE_DMA_BUF
#define VFIO_DEVICE_FEATURE_DMA_BUF 11
#endif

/* struct vfio_device_bind_iommufd */
struct uapi_vfio_bind_iommufd {
	uint32_t argsz;
	uint32_t flags; /* 0 */
	int32_t iommufd;
	uint32_t out_devid;
	uint64_t token_uuid_ptr; /* with VFIO_DEVICE_BIND_FLAG_TOKEN only */
};

/* Through 6.17 the struct ended before the token; argsz of then is taken by all kernels. */
enum { UAPI_VFIO_BIND_ARGSZ = offsetof(struct uapi_vfio_bind_iommufd, token_uuid_ptr) };

/* struct vfio_region_dma_range */
struct uapi_vfio_dma_range {
	uint64_t offset, length;
};

/* struct vfio_device_feature_dma_buf, behind struct vfio_device_feature */
struct uapi_vfio_dma_buf {
	uint32_t region_index;
	uint32_t open_flags;
	uint32_t flags; /* 0 */
	uint32_t nr_ranges;
	struct uapi_vfio_dma_range ranges[];
};

_Static_assert(sizeof(struct vfio_device_feature) == 8, "head of every feature");
_Static_assert(UAPI_VFIO_BIND_ARGSZ == 16, "layout of BIND_IOMMUFD before tokens");
_Static_assert(sizeof(struct uapi_vfio_bind_iommufd) == 24, "layout of BIND_IOMMUFD");
_Static_assert(sizeof(struct uapi_vfio_dma_range) == 16, "layout of a range");
_Static_assert(offsetof(struct uapi_vfio_dma_buf, ranges) == 16, "layout of feature DMA_BUF");
_Static_assert(VFIO_DEVICE_FEATURE_DMA_BUF == 11, "number of feature DMA_BUF");
_Static_assert(VFIO_DEVICE_BIND_IOMMUFD == 0x3b76, "number of BIND_IOMMUFD");
_Static_assert(VFIO_DEVICE_FEATURE == 0x3b75 && VFIO_GROUP_GET_DEVICE_FD == 0x3b6a, "numbers of VFIO");

#endif
