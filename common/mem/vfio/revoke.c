// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Taking a BAR away from its importers, giving it back, and what the device has noticed. The kernel waits in
 * each of the three until every importer has let go (drivers/vfio/pci/vfio_pci_dmabuf.c).
 */
#include "mem/vfio/device.h"

#include <errno.h>

#include "base/err.h"
#include "topo/config_space.h"
#include "topo/topo.h"

int vfio_closed(const struct vfio_device *d, struct err *e)
{
	char addr[TOPO_ADDR];

	err_set(e, -ENODEV, "pci/%s: its descriptor was closed to revoke its exports",
		topo_addr_text(addr, d->fn->addr));
	return err_hint(e, -ENODEV, "close what was opened on it; the next open starts anew");
}

static int reset(struct vfio_device *d, struct err *e)
{
	int rc = d->flags & VFIO_DEVICE_FLAGS_RESET ? vfio_ioctl(d->sys, d->fd, VFIO_DEVICE_RESET, NULL, true)
						    : -EINVAL;

	return rc < 0 ? vfio_error(d->host, d->fn, VFIO_STEP_RESET, NULL, rc, e) : 0;
}

/*
 * A VF has no such bit: VFIO keeps one for it, which reads back as written, but exports stay usable
 * (no_command_memory, __vfio_pci_memory_enabled()).
 */
static int memory_off(struct vfio_device *d, struct err *e)
{
	char addr[TOPO_ADDR];

	if (d->fn->physfn < 0)
		return vfio_memory(d, false, e);
	err_set(e, -EOPNOTSUPP, "pci/%s: a VF, whose memory cannot be switched off",
		topo_addr_text(addr, d->fn->addr));
	return err_hint(e, -EOPNOTSUPP, "revoke: reset or close");
}

int vfio_revoke(struct vfio_device *d, enum mem_revoke how, struct err *e)
{
	if (vfio_dead(d))
		return vfio_closed(d, e);
	switch (how) {
	case MEM_REVOKE_NONE:
		return 0;
	case MEM_REVOKE_RESET:
		return reset(d, e);
	case MEM_REVOKE_MEMORY_OFF:
		return memory_off(d, e);
	case MEM_REVOKE_CLOSE:
		vfio_device_shut(d);
		return 0;
	}
	return err_set(e, -EINVAL, "unknown way %d to revoke", (int)how);
}

int vfio_restore(struct vfio_device *d, struct err *e)
{
	return vfio_dead(d) ? vfio_closed(d, e) : vfio_prepare(d, e);
}

int vfio_health(struct vfio_device *d, struct mem_health *out, struct err *e)
{
	size_t len = d->config.size < VFIO_CONFIG_MAX ? (size_t)d->config.size : VFIO_CONFIG_MAX;
	uint8_t config[VFIO_CONFIG_MAX];
	struct config_space cs;
	uint16_t command;
	int rc;

	*out = (struct mem_health){0};
	if (vfio_dead(d))
		return vfio_closed(d, e);
	rc = vfio_command(d, &command, e);
	if (!rc)
		rc = vfio_config_read(d, 0, config, len, e);
	if (rc)
		return rc;
	cs = config_space_parse(config, len);
	*out = (struct mem_health){(uint16_t)cs.exp.devsta, cs.aer.uncorrectable, cs.aer.correctable};
	return 0;
}
