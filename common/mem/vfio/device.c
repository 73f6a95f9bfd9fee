// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Opening, what the device says of its regions, and closing. */
#include "mem/vfio/device.h"

#include <errno.h>
#include <stdlib.h>

#include "base/cleanup.h"
#include "base/err.h"
#include "topo/topo.h"

static int read_region(struct vfio_device *d, uint32_t index, struct vfio_region *out, struct err *e)
{
	struct vfio_region_info info = {.argsz = sizeof(info), .index = index};
	int rc = vfio_ioctl(d->sys, d->fd, VFIO_DEVICE_GET_REGION_INFO, &info, false);

	if (rc < 0)
		return vfio_error(d->host, d->fn, VFIO_STEP_INFO, "DEVICE_GET_REGION_INFO", rc, e);
	*out = (struct vfio_region){.size = info.size, .offset = info.offset, .flags = info.flags};
	return 0;
}

static int read_info(struct vfio_device *d, struct err *e)
{
	struct vfio_device_info info = {.argsz = sizeof(info)};
	int rc = vfio_ioctl(d->sys, d->fd, VFIO_DEVICE_GET_INFO, &info, false);

	if (rc < 0)
		return vfio_error(d->host, d->fn, VFIO_STEP_INFO, NULL, rc, e);
	d->flags = info.flags;
	for (uint32_t i = 0; i < VFIO_BARS && !rc; i++)
		rc = read_region(d, VFIO_PCI_BAR0_REGION_INDEX + i, &d->bar[i], e);
	return rc ? rc : read_region(d, VFIO_PCI_CONFIG_REGION_INDEX, &d->config, e);
}

/* Everything the device holds; what it is stays. */
static void release(struct vfio_device *d)
{
	if (d->fd >= 0)
		d->sys->close(d->fd);
	d->fd = -1;
	vfio_iommu_put(d);
	vfio_group_put(d);
}

static int open_way(struct vfio_device *d, enum vfio_way way, struct err *e)
{
	int rc = vfio_check_way(d->fn, way, e);

	if (rc)
		return rc;
	d->way = way;
	rc = way == VFIO_WAY_CDEV ? vfio_cdev_open(d, e) : vfio_group_open_device(d, e);
	if (rc)
		release(d);
	return rc;
}

static int open_any(struct vfio_device *d, int64_t access, struct err *e)
{
	enum vfio_way way[2];
	size_t n = vfio_ways(d->fn, access, way);
	int rc = -ENOENT;

	for (size_t i = 0; i < n && rc == -ENOENT; i++)
		rc = open_way(d, way[i], e);
	return rc;
}

int vfio_device_open(struct vfio_host *host, const struct topo_fn *fn, int64_t access,
		     const struct config_init *init, size_t n_init, struct vfio_device **out, struct err *e)
{
	struct vfio_device *d;
	int rc = vfio_check_driver(fn, e);

	if (rc)
		return rc;
	d = calloc(1, sizeof(*d));
	if (!d)
		return err_set(e, -ENOMEM, "out of memory");
	*d = (struct vfio_device){
		.host = host, .sys = host->sys, .fn = fn, .fd = -1, .init = init, .n_init = n_init};
	rc = open_any(d, access, e);
	if (!rc)
		rc = read_info(d, e);
	if (!rc)
		rc = vfio_prepare(d, e);
	if (rc) {
		vfio_device_close(d);
		return rc;
	}
	*out = d;
	return 0;
}

void vfio_device_close(struct vfio_device *d)
{
	if (!d)
		return;
	while (d->mapped)
		vfio_unmap(d, d->mapped->va);
	release(d);
	free(d);
}

void vfio_device_shut(struct vfio_device *d)
{
	vfio_drop_mappings(d);
	release(d);
}

const struct topo_fn *vfio_device_fn(const struct vfio_device *d)
{
	return d->fn;
}

const char *vfio_device_access(const struct vfio_device *d)
{
	static const char *const words[] = {"cdev", "group", "noiommu"};

	return words[d->way];
}

bool vfio_dead(const struct vfio_device *d)
{
	return d->fd < 0;
}
