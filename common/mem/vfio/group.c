// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * A device by its IOMMU group: group into container, an IOMMU for the container, then the device
 * (drivers/vfio/{group,container}.c). A group can be open once, so the devices of one group share it and its
 * container.
 */
#include "mem/vfio/device.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/err.h"
#include "topo/topo.h"

/* @users: devices open by it. */
struct vfio_group {
	struct vfio_group *next;
	int number, container, fd;
	enum vfio_way way;
	size_t users;
};

char *vfio_group_node(const struct topo_fn *fn, enum vfio_way way, char buf[VFIO_NODE])
{
	snprintf(buf, VFIO_NODE, "/dev/vfio/%s%d", way == VFIO_WAY_NOIOMMU ? "noiommu-" : "",
		 fn->iommu_group);
	return buf;
}

static struct vfio_group *find_group(const struct vfio_host *host, const struct topo_fn *fn)
{
	for (struct vfio_group *g = host->groups; g; g = g->next)
		if (g->number == fn->iommu_group)
			return g;
	return NULL;
}

bool vfio_group_is_open(const struct vfio_host *host, const struct topo_fn *fn)
{
	return find_group(host, fn) != NULL;
}

static void group_free(const struct sys *sys, struct vfio_group *g)
{
	if (g->fd >= 0)
		sys->close(g->fd);
	if (g->container >= 0)
		sys->close(g->container);
	free(g);
}

void vfio_group_put(struct vfio_device *d)
{
	struct vfio_group *g = d->group, **at = &d->host->groups;

	d->group = NULL;
	if (!g || --g->users)
		return;
	while (*at != g)
		at = &(*at)->next;
	*at = g->next;
	group_free(d->sys, g);
}

static int open_container(struct vfio_device *d, struct vfio_group *g, int type, struct err *e)
{
	int rc;

	g->container = d->sys->open("/dev/vfio/vfio", O_RDWR, 0);
	if (g->container < 0)
		return vfio_error(d->host, d->fn, VFIO_STEP_CONTAINER, NULL, g->container, e);
	rc = vfio_ioctl(d->sys, g->container, VFIO_GET_API_VERSION, NULL, false);
	if (rc > 0)
		return err_set(e, -ENOTSUP, "/dev/vfio/vfio: GET_API_VERSION: %d where 0 is known", rc);
	if (!rc)
		/* The type is the argument itself. */
		rc = vfio_ioctl(d->sys, g->container, VFIO_CHECK_EXTENSION, (void *)(uintptr_t)type, false);
	if (rc > 0)
		return 0;
	rc = rc < 0 ? rc : -EOPNOTSUPP;
	return vfio_error(d->host, d->fn, VFIO_STEP_CONTAINER, "/dev/vfio/vfio: CHECK_EXTENSION", rc, e);
}

static int attach(struct vfio_device *d, struct vfio_group *g, int type, struct err *e)
{
	struct vfio_group_status status = {.argsz = sizeof(status)};
	char node[VFIO_NODE], what[VFIO_NODE + 32];
	int rc;

	vfio_group_node(d->fn, d->way, node);
	snprintf(what, sizeof(what), "open %s", node);
	g->fd = d->sys->open(node, O_RDWR, 0);
	if (g->fd < 0)
		return vfio_error(d->host, d->fn, VFIO_STEP_GROUP, what, g->fd, e);
	rc = vfio_ioctl(d->sys, g->fd, VFIO_GROUP_GET_STATUS, &status, false);
	if (rc < 0)
		return vfio_error(d->host, d->fn, VFIO_STEP_STATUS, NULL, rc, e);
	snprintf(what, sizeof(what), "GROUP_SET_CONTAINER on %s", node);
	rc = status.flags & VFIO_GROUP_FLAGS_VIABLE ? 0 : -EPERM;
	if (!rc)
		rc = vfio_ioctl(d->sys, g->fd, VFIO_GROUP_SET_CONTAINER, &g->container, false);
	if (rc < 0)
		return vfio_error(d->host, d->fn, VFIO_STEP_ATTACH, what, rc, e);
	rc = vfio_ioctl(d->sys, g->container, VFIO_SET_IOMMU, (void *)(uintptr_t)type, false);
	return rc < 0 ? vfio_error(d->host, d->fn, VFIO_STEP_SET_IOMMU, NULL, rc, e) : 0;
}

/* NULL with @e set when it cannot be opened. */
static struct vfio_group *open_group(struct vfio_device *d, struct err *e, int *rc)
{
	int type = d->way == VFIO_WAY_NOIOMMU ? VFIO_NOIOMMU_IOMMU : VFIO_TYPE1v2_IOMMU;
	struct vfio_group *g = malloc(sizeof(*g));

	if (!g) {
		*rc = err_set(e, -ENOMEM, "out of memory");
		return NULL;
	}
	*g = (struct vfio_group){.number = d->fn->iommu_group, .container = -1, .fd = -1, .way = d->way};
	*rc = open_container(d, g, type, e);
	if (!*rc)
		*rc = attach(d, g, type, e);
	if (*rc) {
		group_free(d->sys, g);
		return NULL;
	}
	g->next = d->host->groups;
	d->host->groups = g;
	return g;
}

int vfio_group_open_device(struct vfio_device *d, struct err *e)
{
	struct vfio_group *g = find_group(d->host, d->fn);
	char addr[TOPO_ADDR], what[VFIO_NODE + 32];
	int rc = 0;

	if (!g)
		g = open_group(d, e, &rc);
	if (!g)
		return rc;
	g->users++;
	d->group = g;
	d->way = g->way;
	topo_addr_text(addr, d->fn->addr);
	d->fd = vfio_ioctl(d->sys, g->fd, VFIO_GROUP_GET_DEVICE_FD, addr, true);
	if (d->fd >= 0)
		return 0;
	snprintf(what, sizeof(what), "GROUP_GET_DEVICE_FD of group %d", g->number);
	return vfio_error(d->host, d->fn, VFIO_STEP_DEVICE, what, d->fd, e);
}
