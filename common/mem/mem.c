// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Choosing a memory kind, and what all kinds share: rounding, mapping, closing. */
#include "mem/mem.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/err.h"
#include "base/units.h"
#include "mem/kinds.h"
#include "mem/numa.h"

/* In the order of MEM_*. NULL: the word is known, this version cannot open it. */
static const struct mem_kind *const kinds[] = {
	[MEM_HOST] = &mem_kind_host,
	[MEM_UDMABUF] = &mem_kind_udmabuf,
	[MEM_DMA_HEAP] = &mem_kind_dma_heap,
	[MEM_VFIO] = NULL,
	[MEM_FD] = NULL,
	[MEM_MEMFD] = &mem_kind_memfd,
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

	if (!k) {
		err_set(e, -ENOTSUP, "memory '%s': kind %s cannot be opened by this version of p2pbench",
			m->name, mem_kind_name(m->kind));
		err_hint(e, -ENOTSUP, "kinds that can: host, udmabuf, dma_heap, memfd");
	}
	return k;
}

/* What no kind, or not this one, can do. */
static int check_placement(const struct config_memory *m, struct err *e)
{
	if (m->pages) {
		err_set(e, -ENOTSUP, "memory '%s': `pages` cannot be honoured by this version", m->name);
		return err_hint(e, -ENOTSUP, "leave it out: pages of the default size");
	}
	if (m->kind == MEM_UDMABUF && m->numa != CONFIG_NUMA_ANY) {
		err_set(e, -ENOTSUP, "memory '%s': `numa` of kind udmabuf cannot be honoured by this version",
			m->name);
		return err_hint(e, -ENOTSUP, "leave it out, or use kind host");
	}
	return 0;
}

int mem_probe(const struct config_memory *m, const struct sys *sys, struct err *e)
{
	const struct mem_kind *k = find_kind(m, e);
	int rc = k ? check_placement(m, e) : -ENOTSUP;

	return rc ? rc : k->probe(m, sys, e);
}

/* All pages, on the node that was asked. */
static int touch(const struct config_memory *m, struct mem_buf *b, struct err *e)
{
	bool placed = m->numa != CONFIG_NUMA_ANY && (m->kind == MEM_HOST || m->kind == MEM_MEMFD);
	int rc = 0;

	if (placed && m->numa < 0)
		return err_set(e, -EINVAL, "memory '%s': which node is near the NIC was not found out",
			       m->name);
	if (placed)
		rc = numa_prefer(b->sys, b->va, b->bytes, (unsigned int)m->numa, e);
	if (rc)
		return rc;
	memset(b->va, 0, b->bytes);
	return placed ? numa_verify(b->sys, b->va, b->bytes, (unsigned int)m->numa, e) : 0;
}

int mem_map(const struct config_memory *m, struct mem_buf *b, struct err *e)
{
	int flags = b->fd < 0 ? MAP_PRIVATE | MAP_ANONYMOUS : MAP_SHARED;
	char size[UNITS_TEXT];
	void *va;
	int rc = b->sys->mmap(&va, b->bytes, PROT_READ | PROT_WRITE, flags, b->fd, 0);

	if (rc < 0) {
		err_set(e, rc, "memory '%s': cannot map %s of %s: %s", m->name,
			units_size_text(size, b->bytes), mem_kind_name(m->kind), err_name(rc));
		return rc == -ENOMEM ? err_hint(e, rc, "ask for less (length:), or free memory") : rc;
	}
	b->va = va;
	b->map_bytes = b->bytes;
	return touch(m, b, e);
}

int mem_open(const struct config_memory *m, const struct sys *sys, struct mem_buf *out, struct err *e)
{
	const struct mem_kind *k = find_kind(m, e);
	uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE);
	int rc;

	*out = MEM_BUF_CLOSED;
	rc = k ? check_placement(m, e) : -ENOTSUP;
	if (rc)
		return rc;
	out->kind = m->kind;
	out->sys = sys;
	out->granule = page;
	out->bytes = ((uint64_t)m->length + page - 1) / page * page;
	rc = k->open(m, out, e);
	if (rc < 0)
		mem_close(out);
	return rc;
}

const char *mem_can_export(int64_t kind)
{
	const struct mem_kind *k = kind_of(kind);

	return k ? k->no_export : "this version of p2pbench cannot open that memory kind";
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
	out->map_bytes = 0; /* the mapping stays @b's */
	out->hint = *hint;
	rc = kinds[b->kind]->export(b, out, e);
	if (rc < 0)
		*out = MEM_BUF_CLOSED;
	return rc < 0 ? rc : 0;
}

void mem_close(struct mem_buf *b)
{
	if (b->map_bytes)
		b->sys->munmap(b->va, b->map_bytes);
	if (b->fd >= 0)
		b->sys->close(b->fd);
	*b = MEM_BUF_CLOSED;
}
