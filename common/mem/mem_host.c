// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Kind `host`: anonymous memory, reached by its address.
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

static int host_open(struct mem_ctx *c, const struct config_memory *m, struct mem_buf *b, struct err *e)
{
	bool thp = m->pages == CONFIG_PAGES_THP;
	int rc = thp ? huge_map_thp(m, b, e) : mem_map(m, b, e);

	(void)c;
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
