// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Config space through VFIO's region of it: VFIO keeps its own state of it (memory on or off, what is
 * revoked), which a write by sysfs would bypass. And the registers of `init`, through their BAR.
 */
#include "mem/vfio/device.h"

#include <errno.h>
#include <linux/pci_regs.h>
#include <stdio.h>

#include "base/err.h"
#include "topo/topo.h"

/* Bits 15:11 of the command register are 0 in every function that answers; one that is gone reads all ones,
 * but for what VFIO fills in. */
enum { COMMAND_RESERVED = 0xf800 };

/* A transfer that is cut short is an error: registers are not streams. */
static int whole(ssize_t n, size_t len)
{
	if (n < 0)
		return (int)n;
	return (size_t)n == len ? 0 : -EIO;
}

int vfio_config_read(struct vfio_device *d, uint64_t offset, void *out, size_t len, struct err *e)
{
	int rc = whole(d->sys->pread(d->fd, out, len, (off_t)(d->config.offset + offset)), len);
	char what[64];

	if (!rc)
		return 0;
	snprintf(what, sizeof(what), "read config space at 0x%llx", (unsigned long long)offset);
	return vfio_error(d->host, d->fn, VFIO_STEP_CONFIG, what, rc, e);
}

int vfio_config_write(struct vfio_device *d, uint64_t offset, const void *data, size_t len, struct err *e)
{
	int rc = whole(d->sys->pwrite(d->fd, data, len, (off_t)(d->config.offset + offset)), len);
	char what[64];

	if (!rc)
		return 0;
	snprintf(what, sizeof(what), "write config space at 0x%llx", (unsigned long long)offset);
	return vfio_error(d->host, d->fn, VFIO_STEP_CONFIG, what, rc, e);
}

int vfio_command(struct vfio_device *d, uint16_t *out, struct err *e)
{
	uint8_t raw[2];
	int rc = vfio_config_read(d, PCI_COMMAND, raw, sizeof(raw), e);

	if (rc)
		return rc;
	*out = (uint16_t)(raw[0] | raw[1] << 8);
	if ((*out & COMMAND_RESERVED) != COMMAND_RESERVED)
		return 0;
	return vfio_error(d->host, d->fn, VFIO_STEP_CONFIG, "config space reads all ones", -EIO, e);
}

int vfio_memory(struct vfio_device *d, bool on, struct err *e)
{
	char addr[TOPO_ADDR];
	uint16_t command;
	uint8_t raw[2];
	int rc = vfio_command(d, &command, e);

	if (rc || !(command & PCI_COMMAND_MEMORY) == !on)
		return rc;
	command ^= PCI_COMMAND_MEMORY;
	raw[0] = (uint8_t)command;
	raw[1] = (uint8_t)(command >> 8);
	rc = vfio_config_write(d, PCI_COMMAND, raw, sizeof(raw), e);
	if (!rc)
		rc = vfio_command(d, &command, e);
	if (rc || !(command & PCI_COMMAND_MEMORY) == !on)
		return rc;
	err_set(e, -EIO, "pci/%s: PCI_COMMAND.MEM was written %d and reads %d",
		topo_addr_text(addr, d->fn->addr), on, !on);
	return err_hint(e, -EIO,
			on ? "the device does not decode memory: is it in D0, and not fallen off the bus?"
			   : "the memory of a VF cannot be switched off: revoke by reset or close");
}

static int write_register(struct vfio_device *d, const struct config_init *r, struct err *e)
{
	const struct vfio_region *bar = r->bar >= 0 && r->bar < VFIO_BARS ? &d->bar[r->bar] : NULL;
	uint8_t raw[8];
	char what[80];
	int rc;

	snprintf(what, sizeof(what), "write %lld bytes at BAR %lld + 0x%llx (`init`)", (long long)r->bytes,
		 (long long)r->bar, (unsigned long long)r->offset);
	if (!bar || r->bytes < 1 || r->bytes > 8 || r->offset < 0 || (uint64_t)r->offset >= bar->size ||
	    (uint64_t)r->bytes > bar->size - (uint64_t)r->offset || r->offset % r->bytes)
		return vfio_error(d->host, d->fn, VFIO_STEP_INIT, what, -EINVAL, e);
	for (int i = 0; i < 8; i++)
		raw[i] = (uint8_t)((uint64_t)r->value >> 8 * i);
	rc = whole(d->sys->pwrite(d->fd, raw, (size_t)r->bytes, (off_t)(bar->offset + (uint64_t)r->offset)),
		   (size_t)r->bytes);
	return rc ? vfio_error(d->host, d->fn, VFIO_STEP_INIT, what, rc, e) : 0;
}

int vfio_prepare(struct vfio_device *d, struct err *e)
{
	int rc = vfio_memory(d, true, e);

	for (size_t i = 0; i < d->n_init && !rc; i++)
		rc = write_register(d, &d->init[i], e);
	return rc;
}
