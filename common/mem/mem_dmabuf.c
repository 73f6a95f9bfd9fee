// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Kinds that are a file descriptor: `udmabuf` (a memfd wrapped by /dev/udmabuf), `dma_heap` (a page
 * allocator behind /dev/dma_heap), and `memfd`, the declared stand-in that only the software device
 * imports. The first two are real dma-bufs of host memory that any importing NIC accepts.
 */
#include "mem/huge.h"
#include "mem/kinds.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/dma-heap.h>
#include <linux/udmabuf.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

#include "base/err.h"
#include "base/units.h"

#define UDMABUF_NODE "/dev/udmabuf"

static int node_error(const struct config_memory *m, const char *node, const char *option, int rc,
		      struct err *e)
{
	err_set(e, rc, "memory '%s': cannot open %s: %s", m->name, node, err_name(rc));
	if (rc == -EACCES || rc == -EPERM)
		return err_hint(e, rc, "run as root, or give your user access to %s", node);
	return err_hint(e, rc, "the running kernel needs %s; kind memfd is the stand-in for soft0", option);
}

static int probe_node(const struct config_memory *m, const struct sys *sys, const char *node,
		      const char *option, struct err *e)
{
	int fd = sys->open(node, O_RDWR, 0);

	if (fd < 0)
		return node_error(m, node, option, fd, e);
	sys->close(fd);
	return 0;
}

static int map_and_touch(const struct config_memory *m, struct mem_buf *b, struct err *e)
{
	int rc = mem_map(m, b, b->fd, e);

	return rc ? rc : mem_touch(m, b, e);
}

static int memfd_probe(struct mem_ctx *c, const struct config_memory *m, struct err *e)
{
	return huge_probe(c->host.sys, m, e);
}

static int memfd_open(struct mem_ctx *c, const struct config_memory *m, struct mem_buf *b, struct err *e)
{
	(void)c;
	b->fd = mem_sealed_memfd(m, b, e);
	return b->fd < 0 ? b->fd : map_and_touch(m, b, e);
}

static int udmabuf_probe(struct mem_ctx *c, const struct config_memory *m, struct err *e)
{
	int rc = probe_node(m, c->host.sys, UDMABUF_NODE, "CONFIG_UDMABUF (modprobe udmabuf)", e);

	return rc ? rc : huge_probe(c->host.sys, m, e);
}

static int udmabuf_wrap(const struct config_memory *m, struct mem_buf *b, int node, int memfd, struct err *e)
{
	struct udmabuf_create create = {
		.memfd = (uint32_t)memfd,
		.flags = UDMABUF_FLAGS_CLOEXEC,
		.size = b->bytes,
	};

	b->fd = b->sys->ioctl(node, UDMABUF_CREATE, &create);
	if (b->fd >= 0)
		return 0;
	err_set(e, b->fd, "memory '%s': UDMABUF_CREATE of %llu bytes: %s", m->name,
		(unsigned long long)b->bytes, err_name(b->fd));
	return err_hint(e, b->fd,
			"larger than /sys/module/udmabuf/parameters/size_limit_mb? ask for less (length:)");
}

/* Pages are where the memfd put them: it is mapped, placed and written first. */
static int udmabuf_make(const struct config_memory *m, struct mem_buf *b, int node, struct err *e)
{
	struct mem_buf pages = *b;
	int rc;

	pages.fd = mem_sealed_memfd(m, b, e);
	rc = pages.fd < 0 ? pages.fd : map_and_touch(m, &pages, e);
	if (!rc)
		rc = udmabuf_wrap(m, b, node, pages.fd, e);
	mem_close(&pages); /* the dma-buf holds them */
	return rc;
}

static int udmabuf_open(struct mem_ctx *c, const struct config_memory *m, struct mem_buf *b, struct err *e)
{
	int node = c->host.sys->open(UDMABUF_NODE, O_RDWR, 0);
	int rc;

	if (node < 0)
		return node_error(m, UDMABUF_NODE, "CONFIG_UDMABUF (modprobe udmabuf)", node, e);
	rc = udmabuf_make(m, b, node, e);
	b->sys->close(node);
	if (!rc)
		rc = mem_map(m, b, b->fd, e);
	if (!rc)
		memset(b->va, 0, b->bytes); /* the page faults of this mapping */
	return rc;
}

static void heap_node(const struct config_memory *m, char *path, size_t len)
{
	snprintf(path, len, "/dev/dma_heap/%s", m->heap);
}

static int heap_probe(struct mem_ctx *c, const struct config_memory *m, struct err *e)
{
	char path[128];

	heap_node(m, path, sizeof(path));
	return probe_node(m, c->host.sys, path, "CONFIG_DMABUF_HEAPS and the heap's own option", e);
}

static int heap_open(struct mem_ctx *c, const struct config_memory *m, struct mem_buf *b, struct err *e)
{
	struct dma_heap_allocation_data alloc = {.len = b->bytes, .fd_flags = O_RDWR | O_CLOEXEC};
	char path[128];
	int node, rc;

	heap_node(m, path, sizeof(path));
	node = c->host.sys->open(path, O_RDWR, 0);
	if (node < 0)
		return node_error(m, path, "CONFIG_DMABUF_HEAPS and the heap's own option", node, e);
	rc = b->sys->ioctl(node, DMA_HEAP_IOCTL_ALLOC, &alloc);
	b->sys->close(node);
	if (rc < 0) {
		err_set(e, rc, "memory '%s': DMA_HEAP_IOCTL_ALLOC of %llu bytes on %s: %s", m->name,
			(unsigned long long)b->bytes, path, err_name(rc));
		return err_hint(e, rc,
				"ask for less (length:); a heap of CMA has what `cma=` reserved at boot");
	}
	b->fd = (int)alloc.fd;
	return map_and_touch(m, b, e);
}

/* The stand-in has no exporter to tell: the hint stays with the buffer, where the software device asks. */
static int memfd_export(const struct mem_buf *b, struct mem_buf *out, struct err *e)
{
	out->fd = b->sys->fcntl(b->fd, F_DUPFD_CLOEXEC, 0);
	if (out->fd < 0)
		return err_set(e, out->fd, "memory kind memfd: cannot duplicate its descriptor: %s",
			       err_name(out->fd));
	return 0;
}

/* soft0 counts the tags: all of them. */
static void memfd_tph(const struct mem_buf *b, struct mem_tph *out)
{
	(void)b;
	out->usable = out->st = out->st_ext = true;
}

const struct mem_kind mem_kind_memfd = {
	.probe = memfd_probe,
	.open = memfd_open,
	.export = memfd_export,
	.tph = memfd_tph,
};
const struct mem_kind mem_kind_udmabuf = {
	.probe = udmabuf_probe,
	.open = udmabuf_open,
	.no_export = "memory kind udmabuf sets no steering tags",
};
const struct mem_kind mem_kind_dma_heap = {
	.probe = heap_probe,
	.open = heap_open,
	.no_export = "memory kind dma_heap sets no steering tags",
};
