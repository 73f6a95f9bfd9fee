// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * A device by its own node: open is cheap, BIND_IOMMUFD is the real open (drivers/vfio/device_cdev.c). It
 * stays without an address space: a device that is only a target makes no DMA.
 */
#include "mem/vfio/device.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <time.h>

#include "base/err.h"
#include "topo/topo.h"

/* Half a second in all: a reset by function takes a tenth. */
enum { TRIES = 20, WAIT_NS = 25000000 };

int vfio_ioctl(const struct sys *sys, int fd, unsigned long request, void *arg, bool patient)
{
	const struct timespec wait = {.tv_nsec = WAIT_NS};
	int rc = sys->ioctl(fd, request, arg);

	for (int i = 1; i < TRIES && (rc == -EINTR || (patient && rc == -EAGAIN)); i++) {
		if (rc == -EAGAIN)
			nanosleep(&wait, NULL);
		rc = sys->ioctl(fd, request, arg);
	}
	return rc;
}

char *vfio_cdev_node(const struct topo_fn *fn, char buf[VFIO_NODE])
{
	snprintf(buf, VFIO_NODE, "/dev/vfio/devices/%s", fn->vfio_dev);
	return buf;
}

/* One for all devices: those of one IOMMU group must have one owner. */
static int iommu_get(struct vfio_device *d, struct err *e)
{
	struct vfio_host *h = d->host;
	int fd = h->iommu_users ? h->iommu : d->sys->open("/dev/iommu", O_RDWR, 0);

	if (fd < 0)
		return vfio_error(h, d->fn, VFIO_STEP_IOMMU, NULL, fd, e);
	h->iommu = fd;
	h->iommu_users++;
	d->in_iommu = true;
	return 0;
}

void vfio_iommu_put(struct vfio_device *d)
{
	if (d->in_iommu && !--d->host->iommu_users)
		d->sys->close(d->host->iommu);
	d->in_iommu = false;
}

/*
 * Is it still the device's node? Names are given out anew when a function is bound anew, and the open of
 * another function would reset that.
 */
static int check_node(const struct vfio_device *d, const char *node, struct err *e)
{
	char addr[TOPO_ADDR], path[128];
	int fd;

	topo_addr_text(addr, d->fn->addr);
	snprintf(path, sizeof(path), "/sys/bus/pci/devices/%s/vfio-dev/%s", addr, d->fn->vfio_dev);
	fd = d->sys->open(path, O_PATH, 0);
	if (fd >= 0) {
		d->sys->close(fd);
		return 0;
	}
	err_set(e, fd, "pci/%s: %s is not its node any more: %s: %s", addr, node, path, err_name(fd));
	return err_hint(e, fd,
			"was it bound anew since this program started? Start it again; or access: group");
}

int vfio_cdev_open(struct vfio_device *d, struct err *e)
{
	struct uapi_vfio_bind_iommufd bind = {.argsz = UAPI_VFIO_BIND_ARGSZ};
	char node[VFIO_NODE], what[VFIO_NODE + 32];
	int rc;

	vfio_cdev_node(d->fn, node);
	rc = check_node(d, node, e);
	if (rc)
		return rc;
	d->fd = d->sys->open(node, O_RDWR, 0);
	if (d->fd < 0) {
		snprintf(what, sizeof(what), "open %s", node);
		return vfio_error(d->host, d->fn, VFIO_STEP_CDEV, what, d->fd, e);
	}
	rc = iommu_get(d, e);
	if (rc)
		return rc;
	bind.iommufd = d->host->iommu;
	rc = vfio_ioctl(d->sys, d->fd, VFIO_DEVICE_BIND_IOMMUFD, &bind, true);
	if (rc >= 0)
		return 0;
	snprintf(what, sizeof(what), "BIND_IOMMUFD on %s", node);
	return vfio_error(d->host, d->fn, VFIO_STEP_BIND, what, rc, e);
}
