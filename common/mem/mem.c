// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Choosing a memory kind, and what all kinds share: rounding, mapping, closing. */
#include "mem/mem.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/err.h"
#include "base/units.h"
#include "mem/huge.h"
#include "mem/kinds.h"
#include "mem/numa.h"

#ifndef MADV_POPULATE_WRITE
#define MADV_POPULATE_WRITE 23
#endif

/* In the order of MEM_*. */
static const struct mem_kind *const kinds[] = {
	[MEM_HOST] = &mem_kind_host, [MEM_UDMABUF] = &mem_kind_udmabuf, [MEM_DMA_HEAP] = &mem_kind_dma_heap,
	[MEM_VFIO] = &mem_kind_vfio, [MEM_FD] = &mem_kind_fd,		[MEM_MEMFD] = &mem_kind_memfd,
};

const char *mem_kind_name(int64_t kind)
{
	const char *const *words = keys_find("kind", SCOPE_MEMORY)->words;

	return kind >= 0 && (size_t)kind < ARRAY_LEN(kinds) ? words[kind] : "unknown";
}

static const struct mem_kind *kind_of(int64_t kind)
{
	return kind >= 0 && (size_t)kind < ARRAY_LEN(kinds) ? kinds[kind] : NULL;
}

static const struct mem_kind *find_kind(const struct config_memory *m, struct err *e)
{
	const struct mem_kind *k = kind_of(m->kind);

	if (!k)
		err_set(e, -ENOTSUP, "memory '%s': unknown kind", m->name);
	return k;
}

int mem_ctx_open(const struct sys *sys, const struct topo *topo, struct mem_ctx **out, struct err *e)
{
	struct mem_ctx *c = calloc(1, sizeof(*c));

	*out = c;
	if (!c)
		return err_set(e, -ENOMEM, "out of memory");
	c->host = (struct vfio_host){.sys = sys, .topo = topo};
	return 0;
}

void mem_ctx_close(struct mem_ctx *c)
{
	if (c) {
		mem_devices_close(c);
		mem_received_close(c);
		for (size_t i = 0; i < c->n_kept; i++)
			config_free(c->kept[i]);
		free(c->kept);
	}
	free(c);
}

int mem_ctx_keep(struct mem_ctx *c, struct config *owned)
{
	struct config **grown = reallocarray(c->kept, c->n_kept + 1, sizeof(struct config *));

	if (!grown)
		return -ENOMEM;
	c->kept = grown;
	c->kept[c->n_kept++] = owned;
	return 0;
}

const struct sys *mem_ctx_sys(const struct mem_ctx *c)
{
	return c->host.sys;
}

void mem_ctx_share(struct mem_ctx *c)
{
	c->share = true;
}

int mem_probe(struct mem_ctx *c, const struct config_memory *m, struct err *e)
{
	const struct mem_kind *k = find_kind(m, e);

	return k ? k->probe(c, m, e) : -ENOTSUP;
}

int mem_map(const struct config_memory *m, struct mem_buf *b, int fd, struct err *e)
{
	int flags = fd < 0 ? MAP_PRIVATE | MAP_ANONYMOUS : MAP_SHARED;
	char size[UNITS_TEXT];
	void *va;
	int rc;

	if (fd < 0 && huge_asked(m))
		flags |= MAP_HUGETLB | huge_bits(m);
	rc = b->sys->mmap(&va, b->bytes, PROT_READ | PROT_WRITE, flags, fd, 0);
	if (rc == -ENOMEM && huge_asked(m))
		return huge_missing(b->sys, m, b->bytes, e);
	if (rc < 0) {
		err_set(e, rc, "memory '%s': cannot map %s of %s: %s", m->name,
			units_size_text(size, (int64_t)b->bytes), mem_kind_name(m->kind), err_name(rc));
		return rc == -ENOMEM ? err_hint(e, rc, "ask for less (length:), or free memory") : rc;
	}
	b->va = va;
	b->map_bytes = b->bytes;
	b->cpu = MEM_CPU_RAM;
	return 0;
}

/* A reserved huge page that cannot be had is a signal when it is touched, but an error when asked for. */
static int populate(const struct config_memory *m, struct mem_buf *b, struct err *e)
{
	int rc = b->sys->madvise(b->va, b->bytes, MADV_POPULATE_WRITE);

	if (!rc || rc == -EINVAL) /* before Linux 5.14 */
		return 0;
	return rc == -ENOMEM || rc == -EFAULT
		       ? huge_missing(b->sys, m, b->bytes, e)
		       : err_set(e, rc, "memory '%s': madvise: %s", m->name, err_name(rc));
}

int mem_touch(const struct config_memory *m, struct mem_buf *b, struct err *e)
{
	bool placed = m->numa != CONFIG_NUMA_ANY;
	int rc = 0;

	if (placed && m->numa < 0)
		return err_set(e, -EINVAL, "memory '%s': which node is near the NIC was not found out",
			       m->name);
	if (placed)
		rc = numa_prefer(b->sys, b->va, b->bytes, (unsigned int)m->numa, e);
	if (!rc && huge_asked(m))
		rc = populate(m, b, e);
	if (rc)
		return rc;
	memset(b->va, 0, b->bytes);
	if (placed)
		rc = numa_verify(b->sys, b->va, b->bytes, (unsigned int)m->numa, e);
	return rc == -EXDEV && huge_asked(m) ? huge_missing(b->sys, m, b->bytes, e) : rc;
}

int mem_open(struct mem_ctx *c, const struct config_memory *m, struct mem_buf *out, struct err *e)
{
	const struct mem_kind *k = find_kind(m, e);
	int rc;

	*out = MEM_BUF_CLOSED;
	if (!k)
		return -ENOTSUP;
	out->kind = m->kind;
	out->sys = c->host.sys;
	out->ctx = c;
	out->memory = m;
	out->granule = (uint64_t)sysconf(_SC_PAGESIZE);
	out->bytes = huge_whole(m);
	rc = k->open(c, m, out, e);
	if (rc < 0)
		mem_close(out);
	return rc;
}

const char *mem_can_export(int64_t kind)
{
	const struct mem_kind *k = kind_of(kind);

	return k ? k->no_export : "unknown memory kind";
}

int mem_export(const struct mem_buf *b, const struct mem_hint *hint, struct mem_buf *out, struct err *e)
{
	const char *why = mem_can_export(b->kind);
	int rc;

	*out = MEM_BUF_CLOSED;
	if (why) {
		err_set(e, -ENOTSUP, "%s", why);
		return err_hint(e, -ENOTSUP,
				"tph exporter needs a dma-buf whose driver takes the tag; "
				"kind memfd stands in for one on soft0");
	}
	*out = *b;
	out->fd = -1;
	out->shared_fd = 0;
	out->map_bytes = 0; /* the mapping stays @b's */
	out->hint = *hint;
	rc = kinds[b->kind]->export(b, out, e);
	if (rc < 0)
		*out = MEM_BUF_CLOSED;
	return rc < 0 ? rc : 0;
}

void mem_tph(const struct mem_buf *b, struct mem_tph *out)
{
	const char *why = mem_can_export(b->kind);

	*out = (struct mem_tph){.index = -1, .source = "", .symbol = "unknown"};
	if (why)
		snprintf(out->why, sizeof(out->why), "%s", why);
	else
		kinds[b->kind]->tph(b, out);
}

static int no_device(const struct mem_buf *b, struct err *e)
{
	return err_set(e, -ENOTSUP, "memory kind %s has no PCI device behind it", mem_kind_name(b->kind));
}

int mem_revoke(const struct mem_buf *b, enum mem_revoke how, struct err *e)
{
	return b->device ? vfio_revoke(b->device, how, e) : no_device(b, e);
}

int mem_restore(const struct mem_buf *b, struct err *e)
{
	return b->device ? vfio_restore(b->device, e) : no_device(b, e);
}

int mem_health(const struct mem_buf *b, struct mem_health *out, struct err *e)
{
	*out = (struct mem_health){0};
	return b->device ? vfio_health(b->device, out, e) : no_device(b, e);
}

void mem_close(struct mem_buf *b)
{
	if (b->map_bytes && b->device)
		vfio_unmap(b->device, b->va);
	else if (b->map_bytes)
		b->sys->munmap(b->va, b->map_bytes);
	if (b->fd >= 0)
		b->sys->close(b->fd);
	if (b->shared_fd)
		b->sys->close(b->shared_fd);
	*b = MEM_BUF_CLOSED;
}
