// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The ways in: which of them are there, and which to take. */
#include "mem/vfio/device.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "base/err.h"
#include "topo/topo.h"

/* Variant drivers are called ...-vfio-pci. */
int vfio_check_driver(const struct topo_fn *fn, struct err *e)
{
	char addr[TOPO_ADDR];

	topo_addr_text(addr, fn->addr);
	if (strstr(fn->driver, "vfio"))
		return 0;
	if (!fn->driver[0]) {
		err_set(e, -EBUSY, "pci/%s: bound to no driver; it takes vfio-pci", addr);
		return err_hint(e, -EBUSY, "scripts/vfio-bind bind %s --apply", addr);
	}
	err_set(e, -EBUSY, "pci/%s: bound to %s, not to vfio-pci", addr, fn->driver);
	return err_hint(e, -EBUSY, "scripts/vfio-bind bind %s --apply; it ends what %s does with it now",
			addr, fn->driver);
}

static int no_group(const struct topo_fn *fn, struct err *e)
{
	char addr[TOPO_ADDR];

	err_set(e, -ENODEV, "pci/%s: it is in no IOMMU group", topo_addr_text(addr, fn->addr));
	return err_hint(
		e, -ENODEV,
		"turn the IOMMU on (firmware; intel_iommu=on or amd_iommu=on); or, on a machine you "
		"trust it with: modprobe vfio enable_unsafe_noiommu_mode=1, bind it anew, access: noiommu");
}

static int no_cdev(const struct topo_fn *fn, struct err *e)
{
	char addr[TOPO_ADDR];

	err_set(e, -ENOENT, "pci/%s: the kernel shows no node /dev/vfio/devices/vfioN for it",
		topo_addr_text(addr, fn->addr));
	return err_hint(e, -ENOENT, "that takes CONFIG_VFIO_DEVICE_CDEV (Linux 6.6); or access: group");
}

/* A node without IOMMU is called noiommu-vfioN; that is no way in unless asked for by its name. */
static bool has_cdev(const struct topo_fn *fn)
{
	return fn->vfio_dev[0] && strncmp(fn->vfio_dev, "noiommu-", 8) != 0;
}

/* Is a way in excluded by what the machine shows of the function? */
int vfio_check_way(const struct topo_fn *fn, enum vfio_way way, struct err *e)
{
	if (way == VFIO_WAY_CDEV)
		return has_cdev(fn) ? 0 : no_cdev(fn, e);
	return fn->iommu_group >= 0 ? 0 : no_group(fn, e);
}

size_t vfio_ways(const struct topo_fn *fn, int64_t access, enum vfio_way way[2])
{
	size_t n = 0;

	if (access == ACCESS_NOIOMMU)
		way[n++] = VFIO_WAY_NOIOMMU;
	if (access == ACCESS_CDEV || (access == ACCESS_AUTO && has_cdev(fn)))
		way[n++] = VFIO_WAY_CDEV;
	if (access == ACCESS_GROUP || access == ACCESS_AUTO)
		way[n++] = VFIO_WAY_GROUP;
	return n;
}

static int try_node(const struct vfio_host *host, const struct topo_fn *fn, enum vfio_step step,
		    const char *node, struct err *e)
{
	int fd = host->sys->open(node, O_RDWR, 0);
	char what[VFIO_NODE + 8];

	if (fd >= 0) {
		host->sys->close(fd);
		return 0;
	}
	snprintf(what, sizeof(what), "open %s", node);
	return vfio_error(host, fn, step, what, fd, e);
}

static int check_nodes(const struct vfio_host *host, const struct topo_fn *fn, enum vfio_way way,
		       struct err *e)
{
	char node[VFIO_NODE];
	int rc = vfio_check_way(fn, way, e);

	if (rc)
		return rc;
	if (way == VFIO_WAY_CDEV) {
		rc = try_node(host, fn, VFIO_STEP_CDEV, vfio_cdev_node(fn, node), e);
		return rc ? rc : try_node(host, fn, VFIO_STEP_IOMMU, "/dev/iommu", e);
	}
	rc = try_node(host, fn, VFIO_STEP_CONTAINER, "/dev/vfio/vfio", e);
	if (rc || vfio_group_is_open(host, fn))
		return rc;
	return try_node(host, fn, VFIO_STEP_GROUP, vfio_group_node(fn, way, node), e);
}

int vfio_check(const struct vfio_host *host, const struct topo_fn *fn, int64_t access, struct err *e)
{
	enum vfio_way way[2];
	size_t n = vfio_ways(fn, access, way);
	int rc = vfio_check_driver(fn, e);

	if (rc)
		return rc;
	rc = -ENOENT;
	for (size_t i = 0; i < n && rc == -ENOENT; i++)
		rc = check_nodes(host, fn, way[i], e);
	return rc;
}
