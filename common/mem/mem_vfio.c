// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Kind `vfio`: slices of a BAR of a device bound to vfio-pci, exported as one dma-buf, and mapped through the
 * device for the CPU. A device is opened once, for all memories on it, and stays open until mem_ctx_close().
 */
#include "mem/kinds.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/err.h"
#include "mem/tph/tph.h"
#include "topo/topo.h"

/* What is exported of the BAR: the ranges, or the first `length` bytes. @one: room for that. */
static const struct config_range *ranges_of(const struct config_memory *m, struct config_range *one,
					    size_t *n)
{
	*one = (struct config_range){.length = m->length};
	*n = m->n_ranges ? m->n_ranges : 1;
	return m->n_ranges ? m->ranges : one;
}

static int find_fn(const struct mem_ctx *c, const struct config_memory *m, const struct topo_fn **out,
		   struct err *e)
{
	int i;

	if (!c->host.topo) {
		err_set(e, -ENODEV, "memory '%s': %s: the PCI devices of this machine are unknown", m->name,
			m->device);
		return err_hint(e, -ENODEV, "is /sys mounted here? `p2pbench topo` shows what is seen");
	}
	i = topo_find(c->host.topo, m->device);
	if (i < 0) {
		err_set(e, -ENODEV, "memory '%s': no PCI device %s in this machine", m->name, m->device);
		return err_hint(e, -ENODEV, "`p2pbench topo --tree` shows those there are");
	}
	*out = topo_fn(c->host.topo, (size_t)i);
	return 0;
}

static struct mem_device *find_open(const struct mem_ctx *c, const struct topo_fn *fn)
{
	struct mem_device *d = c->devices;

	while (d && (vfio_device_fn(d->vfio) != fn || vfio_dead(d->vfio)))
		d = d->next;
	return d;
}

/* A device is opened once: what another memory wants of the opening would be passed over. */
static int check_opening(const struct config_memory *was, const struct config_memory *m, struct err *e)
{
	bool same_init = m->n_init == was->n_init;

	for (size_t i = 0; same_init && i < m->n_init; i++)
		same_init = m->init[i].bar == was->init[i].bar && m->init[i].offset == was->init[i].offset &&
			    m->init[i].bytes == was->init[i].bytes && m->init[i].value == was->init[i].value;
	if (same_init && m->access == was->access)
		return 0;
	err_set(e, -EINVAL, "memory '%s': %s is open already for memory '%s', with another `%s`", m->name,
		m->device, was->name, same_init ? "access" : "init");
	return err_hint(e, -EINVAL, "write the same `access` and `init` in both");
}

static int device_of(struct mem_ctx *c, const struct config_memory *m, struct vfio_device **out,
		     struct err *e)
{
	const struct topo_fn *fn = NULL;
	struct mem_device *d;
	int rc = find_fn(c, m, &fn, e);

	if (rc)
		return rc;
	d = find_open(c, fn);
	if (d) {
		*out = d->vfio;
		return check_opening(&d->opened_for, m, e);
	}
	d = calloc(1, sizeof(*d));
	if (!d)
		return err_set(e, -ENOMEM, "out of memory");
	rc = vfio_device_open(&c->host, fn, m->access, m->init, m->n_init, &d->vfio, e);
	if (rc) {
		free(d);
		return rc;
	}
	d->opened_for = *m;
	d->next = c->devices;
	c->devices = d;
	*out = d->vfio;
	return 0;
}

void mem_devices_close(struct mem_ctx *c)
{
	for (struct mem_device *d = c->devices, *next; d; d = next) {
		next = d->next;
		vfio_device_close(d->vfio);
		free(d);
	}
	c->devices = NULL;
}

static int bar_probe(struct mem_ctx *c, const struct config_memory *m, struct err *e)
{
	const struct topo_fn *fn = NULL;
	int rc = find_fn(c, m, &fn, e);

	if (rc || find_open(c, fn))
		return rc;
	return vfio_check(&c->host, fn, m->access, e);
}

static int bar_open(struct mem_ctx *c, const struct config_memory *m, struct mem_buf *b, struct err *e)
{
	struct config_range one;
	const struct config_range *range;
	size_t n;
	int rc = device_of(c, m, &b->device, e);

	if (rc)
		return rc;
	range = ranges_of(m, &one, &n);
	b->fd = vfio_export(b->device, m->bar, range, n, e);
	if (b->fd < 0)
		return b->fd;
	rc = vfio_map(b->device, m->bar, range, n, &b->va, e);
	if (rc || !b->va)
		return rc;
	b->map_bytes = b->bytes;
	b->cpu = MEM_CPU_DEVICE;
	return 0;
}

static struct mem_device *owner_of(const struct mem_buf *b)
{
	struct mem_device *d = b->ctx->devices;

	while (d->vfio != b->device)
		d = d->next;
	return d;
}

static void bar_tph(const struct mem_buf *b, struct mem_tph *out)
{
	const struct config_tph *asked = &b->memory->tph;
	struct mem_device *d = owner_of(b);

	if (!d->tph_known || asked->index != d->tph_asked.index || asked->force != d->tph_asked.force)
		tph_detect(b->sys, d->vfio, asked, &d->tph);
	d->tph_known = true;
	d->tph_asked = *asked;
	*out = d->tph;
}

static int bar_export(const struct mem_buf *b, struct mem_buf *out, struct err *e)
{
	struct config_range one;
	const struct config_range *range;
	struct mem_tph tph;
	size_t n;
	int rc;

	bar_tph(b, &tph);
	if (!tph.usable)
		return err_set(e, -ENOTSUP, "memory '%s': %s", b->memory->name, tph.why);
	range = ranges_of(b->memory, &one, &n);
	out->fd = vfio_export(b->device, b->memory->bar, range, n, e);
	if (out->fd < 0)
		return out->fd;
	rc = tph_set(b->device, &tph, out->fd, &out->hint, e);
	if (rc < 0)
		b->sys->close(out->fd);
	return rc;
}

const struct mem_kind mem_kind_vfio = {
	.probe = bar_probe,
	.open = bar_open,
	.export = bar_export,
	.tph = bar_tph,
};
