/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * One VFIO device of the lab and the BAR that it exports. Debian's kernels have no iommufd,
 * so this is the group and container way. Set-up errors end the program (bail); what is
 * under test returns its errno.
 */
#ifndef LAB_VFIO_H
#define LAB_VFIO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct vfio {
	const char *bdf;
	int container, group, dev;
	unsigned int bar; /* ivshmem 2, NVMe's persistent memory region 4 */
};

void vfio_open(struct vfio *vf, const char *bdf);
void vfio_close(struct vfio *vf);

/* Memory decode; on also enables the memory region of an NVMe device. */
void vfio_memory(struct vfio *vf, bool on);

/* 0 or -1 with errno */
int vfio_reset(struct vfio *vf);

/* The first "len" bytes of the BAR, mapped. */
uint8_t *vfio_map(struct vfio *vf, size_t len);

/* A dma-buf of a slice of the BAR; -1 with errno. */
int vfio_export(struct vfio *vf, uint64_t off, uint64_t len);

/*
 * One VFIO_DEVICE_FEATURE call: op of VFIO_DEVICE_FEATURE_{PROBE,GET,SET}, a payload of
 * any bytes. Returns 0 or the errno.
 */
int vfio_feature(struct vfio *vf, unsigned int index, uint32_t op, const void *payload, size_t len);

#endif
