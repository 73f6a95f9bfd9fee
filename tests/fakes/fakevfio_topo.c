// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The devices that a machine has bound to vfio-pci. */
#include "fakes/fakevfio.h"

#include <string.h>

#include "topo/topo.h"

/* Drivers that take the DMA of a group for the host; those of bridges do not. */
static bool host_driver(const struct topo_fn *f)
{
	return f->driver[0] && !strstr(f->driver, "vfio") && strcmp(f->driver, "pcieport") != 0 &&
	       strcmp(f->driver, "pci-stub") != 0;
}

static bool group_busy(const struct topo *t, const struct topo_fn *f)
{
	for (size_t i = 0; i < topo_len(t); i++)
		if (topo_fn(t, i)->iommu_group == f->iommu_group && host_driver(topo_fn(t, i)))
			return true;
	return false;
}

void fakevfio_devices_of(const struct topo *t)
{
	for (size_t i = 0; i < topo_len(t); i++) {
		const struct topo_fn *f = topo_fn(t, i);
		struct fakevfio_device d = {
			.vfio_dev = f->vfio_dev,
			.group = f->iommu_group,
			.group_busy = group_busy(t, f),
			.completer = f->cfg.exp.has ? (unsigned int)f->cfg.exp.tph_completer : 0,
			.requester = f->cfg.tph.has,
		};
		char addr[TOPO_ADDR];

		if (!strstr(f->driver, "vfio"))
			continue;
		d.bdf = topo_addr_text(addr, f->addr);
		for (int b = 0; b < FAKEVFIO_BARS; b++)
			d.bar[b] = f->bar[b].bytes;
		fakevfio_device_add(&d);
	}
}
