// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Kind `host`: anonymous memory of the default page size, reached by its address.
 */
#include "mem/kinds.h"

static int host_probe(const struct config_memory *m, const struct sys *sys, struct err *e)
{
	(void)m;
	(void)sys;
	(void)e;
	return 0;
}

static int host_open(const struct config_memory *m, struct mem_buf *b, struct err *e)
{
	return mem_map(m, b, e);
}

const struct mem_kind mem_kind_host = {
	.probe = host_probe,
	.open = host_open,
	.no_export = "memory kind host is no dma-buf: it has no exporter that could set a steering tag",
};
