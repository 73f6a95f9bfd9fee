// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * CPU mappings of BARs. A dma-buf of VFIO's has none; the device's descriptor has, and each mapping holds the
 * device open after its descriptor is closed: the list of them is what lets a close take effect.
 */
#include "mem/vfio/device.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>

#include "base/err.h"

static int map_ranges(struct vfio_device *d, int64_t bar, const struct config_range *range, size_t n,
		      char *va)
{
	for (size_t i = 0; i < n; i++) {
		void *at = va;
		int rc = d->sys->mmap(&at, (size_t)range[i].length, PROT_READ | PROT_WRITE,
				      MAP_SHARED | MAP_FIXED, d->fd,
				      (off_t)(d->bar[bar].offset + (uint64_t)range[i].offset));

		if (rc)
			return rc;
		va += range[i].length;
	}
	return 0;
}

static int reserve(struct vfio_device *d, size_t bytes, void **out)
{
	return d->sys->mmap(out, bytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
}

int vfio_map(struct vfio_device *d, int64_t bar, const struct config_range *range, size_t n, void **out,
	     struct err *e)
{
	struct vfio_mapping *m;
	char what[64];
	int rc = vfio_bar_check(d, bar, range, n, e);

	*out = NULL;
	if (rc || !(d->bar[bar].flags & VFIO_REGION_INFO_FLAG_MMAP))
		return rc;
	m = calloc(1, sizeof(*m));
	if (!m)
		return err_set(e, -ENOMEM, "out of memory");
	for (size_t i = 0; i < n; i++)
		m->bytes += (size_t)range[i].length;
	rc = reserve(d, m->bytes, &m->va);
	if (!rc)
		rc = map_ranges(d, bar, range, n, m->va);
	if (rc) {
		if (m->va)
			d->sys->munmap(m->va, m->bytes);
		free(m);
		snprintf(what, sizeof(what), "mmap of BAR %lld", (long long)bar);
		return vfio_error(d->host, d->fn, VFIO_STEP_MAP, what, rc, e);
	}
	m->next = d->mapped;
	d->mapped = m;
	*out = m->va;
	return 0;
}

void vfio_unmap(struct vfio_device *d, void *va)
{
	for (struct vfio_mapping **at = &d->mapped; *at; at = &(*at)->next) {
		struct vfio_mapping *m = *at;

		if (m->va != va)
			continue;
		*at = m->next;
		if (m->bytes)
			d->sys->munmap(m->va, m->bytes);
		free(m);
		return;
	}
}

/* The addresses stay reserved, so that nothing else gets them before vfio_unmap(). */
void vfio_drop_mappings(struct vfio_device *d)
{
	for (struct vfio_mapping *m = d->mapped; m; m = m->next) {
		void *at = m->va;

		if (d->sys->mmap(&at, m->bytes, PROT_NONE,
				 MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED, -1, 0)) {
			d->sys->munmap(m->va, m->bytes);
			m->bytes = 0;
		}
	}
}
