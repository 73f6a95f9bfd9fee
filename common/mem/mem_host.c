// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Kind `host`: anonymous memory, reached by its address; or, where another process has to reach it as well, a
 * memfd (mem_ctx_share()).
 */
#include "mem/huge.h"
#include "mem/kinds.h"

#include <sys/mman.h>

#include "base/sys.h"

static int host_probe(struct mem_ctx *c, const struct config_memory *m, struct err *e)
{
	return huge_probe(c->host.sys, m, e);
}

/* Ordinary pages asked for by size: where transparent huge pages are always on, they would be huge. Kernels
 * without those answer EINVAL. */
static void keep_small(const struct config_memory *m, const struct mem_buf *b)
{
	if (m->pages > 0 && !huge_asked(m))
		b->sys->madvise(b->va, b->bytes, MADV_NOHUGEPAGE);
}

static int map_shared(const struct config_memory *m, struct mem_buf *b, struct err *e)
{
	int fd = mem_sealed_memfd(m, b, e);

	if (fd < 0)
		return fd;
	b->shared_fd = fd;
	if (m->pages != CONFIG_PAGES_THP)
		return mem_map(m, b, fd, e);
	return huge_map_thp(m, b, fd, e);
}

static int host_open(struct mem_ctx *c, const struct config_memory *m, struct mem_buf *b, struct err *e)
{
	bool thp = m->pages == CONFIG_PAGES_THP;
	int rc;

	if (c->share)
		rc = map_shared(m, b, e);
	else
		rc = thp ? huge_map_thp(m, b, -1, e) : mem_map(m, b, -1, e);
	if (!rc) {
		keep_small(m, b);
		rc = mem_touch(m, b, e);
	}
	return rc || !thp ? rc : huge_check_thp(m, b, e);
}

const struct mem_kind mem_kind_host = {
	.probe = host_probe,
	.open = host_open,
	.no_export = "memory kind host is no dma-buf: it has no exporter that could set a steering tag",
};
