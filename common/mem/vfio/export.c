// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Feature DMA_BUF: ranges of one BAR as a dma-buf. And device features at large. */
#include "mem/vfio/device.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/err.h"

enum { PAYLOAD_MAX = 64 };

int vfio_feature_argsz(struct vfio_device *d, uint32_t op, uint32_t index, const void *payload, size_t len,
		       uint32_t argsz)
{
	_Alignas(8) unsigned char raw[sizeof(struct vfio_device_feature) + PAYLOAD_MAX] = {0};
	struct vfio_device_feature head = {.argsz = argsz, .flags = op | index};

	if (index > VFIO_DEVICE_FEATURE_MASK || len > PAYLOAD_MAX || argsz > sizeof(raw))
		return -EINVAL;
	if (vfio_dead(d))
		return -ENODEV;
	memcpy(raw, &head, sizeof(head));
	if (len)
		memcpy(raw + sizeof(head), payload, len);
	return vfio_ioctl(d->sys, d->fd, VFIO_DEVICE_FEATURE, raw, false);
}

int vfio_feature(struct vfio_device *d, uint32_t op, uint32_t index, const void *payload, size_t len)
{
	return vfio_feature_argsz(d, op, index, payload, len,
				  (uint32_t)(sizeof(struct vfio_device_feature) + len));
}

int vfio_export(struct vfio_device *d, int64_t bar, const struct config_range *range, size_t n, struct err *e)
{
	CLEANUP_FREE struct vfio_device_feature *head = NULL;
	struct uapi_vfio_dma_buf *ask;
	size_t bytes;
	char what[64];
	int rc = vfio_bar_check(d, bar, range, n, e);

	if (rc)
		return rc;
	snprintf(what, sizeof(what), "export %zu range%s of BAR %lld", n, n == 1 ? "" : "s", (long long)bar);
	if (n > (UINT32_MAX - sizeof(*head) - sizeof(*ask)) / sizeof(ask->ranges[0]))
		return vfio_error(d->host, d->fn, VFIO_STEP_EXPORT, what, -EOVERFLOW, e);
	bytes = sizeof(*head) + sizeof(*ask) + n * sizeof(ask->ranges[0]);
	head = calloc(1, bytes);
	if (!head)
		return vfio_error(d->host, d->fn, VFIO_STEP_EXPORT, what, -ENOMEM, e);
	head->argsz = (uint32_t)bytes;
	head->flags = VFIO_DEVICE_FEATURE_GET | VFIO_DEVICE_FEATURE_DMA_BUF;
	ask = (struct uapi_vfio_dma_buf *)(void *)head->data;
	ask->region_index = (uint32_t)bar;
	ask->open_flags = O_RDWR | O_CLOEXEC;
	ask->nr_ranges = (uint32_t)n;
	for (size_t i = 0; i < n; i++)
		ask->ranges[i] =
			(struct uapi_vfio_dma_range){(uint64_t)range[i].offset, (uint64_t)range[i].length};
	rc = vfio_ioctl(d->sys, d->fd, VFIO_DEVICE_FEATURE, head, false);
	return rc < 0 ? vfio_error(d->host, d->fn, VFIO_STEP_EXPORT, what, rc, e) : rc;
}
