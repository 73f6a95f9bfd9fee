// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Kind `host`: anonymous memory, reached by its address. Default page size and the kernel's own
 * placement; rows say so by having no numa and no pages.
 */
#include "mem/kinds.h"

#include <errno.h>

#include "base/err.h"

static int host_probe(const struct config_memory *m, const struct sys *sys, struct err *e)
{
	(void)sys;
	if (m->pages || m->numa != CONFIG_NUMA_ANY) {
		err_set(e, -ENOTSUP, "memory '%s': `pages` and `numa` cannot be honoured by this version",
			m->name);
		return err_hint(e, -ENOTSUP, "leave them out: default pages, placed by the kernel");
	}
	return 0;
}

static int host_open(const struct config_memory *m, struct mem_buf *b, struct err *e)
{
	int rc = host_probe(m, b->sys, e);

	return rc < 0 ? rc : mem_map(m, b, e);
}

const struct mem_kind mem_kind_host = {
	.probe = host_probe,
	.open = host_open,
	.no_export = "memory kind host is no dma-buf: it has no exporter that could set a steering tag",
};
