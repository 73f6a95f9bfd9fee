// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* A VFIO device by group and container: see vfio.h. */
#include "vfio.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/vfio.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "tap.h"

#ifndef VFIO_DEVICE_FEATURE_DMA_BUF /* since 6.19; Debian's linux-libc-dev is older */
#define VFIO_DEVICE_FEATURE_DMA_BUF 11
struct vfio_region_dma_range {
	__u64 offset;
	__u64 length;
};
struct vfio_device_feature_dma_buf {
	__u32 region_index;
	__u32 open_flags;
	__u32 flags;
	__u32 nr_ranges;
	struct vfio_region_dma_range dma_ranges[];
};
#endif

enum {
	PCI_COMMAND_AT = 4,
	PCI_COMMAND_MEMORY = 2,
	PCI_COMMAND_MASTER = 4,
	NVME_PMRCTL = 0xe04, /* in BAR 0; bit 0 enables the region, a reset clears it */
	NVME_PMR_BAR = 4,
};

static struct vfio_region_info region(struct vfio *vf, unsigned int index)
{
	struct vfio_region_info info = {.argsz = sizeof(info), .index = index};

	if (ioctl(vf->dev, VFIO_DEVICE_GET_REGION_INFO, &info))
		bail("VFIO_DEVICE_GET_REGION_INFO");
	return info;
}

static int group_open(const char *bdf)
{
	char link[256], path[512];
	ssize_t n;

	snprintf(path, sizeof(path), "/sys/bus/pci/devices/%s/iommu_group", bdf);
	n = readlink(path, link, sizeof(link) - 1);
	if (n < 0)
		bail(path);
	link[n] = '\0';
	snprintf(path, sizeof(path), "/dev/vfio/%s", strrchr(link, '/') + 1);
	return open(path, O_RDWR | O_CLOEXEC);
}

void vfio_open(struct vfio *vf, const char *bdf)
{
	vf->bdf = bdf;
	vf->container = open("/dev/vfio/vfio", O_RDWR | O_CLOEXEC);
	vf->group = group_open(bdf);
	if (vf->container < 0 || vf->group < 0)
		bail("open of VFIO container and group");
	if (ioctl(vf->group, VFIO_GROUP_SET_CONTAINER, &vf->container) ||
	    ioctl(vf->container, VFIO_SET_IOMMU, VFIO_TYPE1v2_IOMMU))
		bail("VFIO_SET_IOMMU");
	vf->dev = ioctl(vf->group, VFIO_GROUP_GET_DEVICE_FD, bdf);
	if (vf->dev < 0)
		bail("VFIO_GROUP_GET_DEVICE_FD");
	vf->bar = region(vf, 2).size ? 2 : NVME_PMR_BAR;
	vfio_memory(vf, true);
}

void vfio_close(struct vfio *vf)
{
	close(vf->dev);
	close(vf->group);
	close(vf->container);
}

static void enable_pmr(struct vfio *vf)
{
	uint32_t enable = 1;

	if (pwrite(vf->dev, &enable, sizeof(enable), (off_t)(region(vf, 0).offset + NVME_PMRCTL)) !=
	    sizeof(enable))
		bail("write of PMRCTL");
}

void vfio_memory(struct vfio *vf, bool on)
{
	off_t at = (off_t)region(vf, VFIO_PCI_CONFIG_REGION_INDEX).offset + PCI_COMMAND_AT;
	uint16_t cmd;

	if (pread(vf->dev, &cmd, sizeof(cmd), at) != sizeof(cmd))
		bail("read of PCI_COMMAND");
	cmd = (uint16_t)(on ? cmd | PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER : cmd & ~PCI_COMMAND_MEMORY);
	if (pwrite(vf->dev, &cmd, sizeof(cmd), at) != sizeof(cmd))
		bail("write of PCI_COMMAND");
	if (on && vf->bar == NVME_PMR_BAR)
		enable_pmr(vf);
}

int vfio_reset(struct vfio *vf)
{
	return ioctl(vf->dev, VFIO_DEVICE_RESET);
}

uint8_t *vfio_map(struct vfio *vf, size_t len)
{
	void *p = mmap(NULL, len, PROT_READ | PROT_WRITE, MAP_SHARED, vf->dev,
		       (off_t)region(vf, vf->bar).offset);

	if (p == MAP_FAILED)
		bail("mmap of the BAR");
	return p;
}

int vfio_export(struct vfio *vf, uint64_t off, uint64_t len)
{
	struct {
		struct vfio_device_feature head;
		struct vfio_device_feature_dma_buf buf;
		struct vfio_region_dma_range range;
	} req = {
		.head = {.argsz = sizeof(req),
			 .flags = VFIO_DEVICE_FEATURE_GET | VFIO_DEVICE_FEATURE_DMA_BUF},
		.buf = {.region_index = vf->bar, .open_flags = O_RDWR | O_CLOEXEC, .nr_ranges = 1},
		.range = {.offset = off, .length = len},
	};

	return ioctl(vf->dev, VFIO_DEVICE_FEATURE, &req);
}

int vfio_feature(struct vfio *vf, unsigned int index, uint32_t op, const void *payload, size_t len)
{
	struct {
		struct vfio_device_feature head;
		uint8_t payload[32];
	} req = {
		.head = {.argsz = (uint32_t)(sizeof(req.head) + len), .flags = op | index},
	};

	memcpy(req.payload, payload, len);
	return ioctl(vf->dev, VFIO_DEVICE_FEATURE, &req) < 0 ? errno : 0;
}
