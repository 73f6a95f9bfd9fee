// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* A machine as text: memory, order and look-up. */
#include "topo/topo_raw.h"

#include <stdlib.h>
#include <string.h>

#include "topo/topo.h"

const char *const raw_name[RAW_ATTRS] = {
	[RAW_PATH] = "path",
	[RAW_VENDOR] = "vendor",
	[RAW_DEVICE] = "device",
	[RAW_CLASS] = "class",
	[RAW_NUMA_NODE] = "numa_node",
	[RAW_SPEED] = "current_link_speed",
	[RAW_WIDTH] = "current_link_width",
	[RAW_MAX_SPEED] = "max_link_speed",
	[RAW_MAX_WIDTH] = "max_link_width",
	[RAW_RESOURCE] = "resource",
	[RAW_POWER_STATE] = "power_state",
	[RAW_CPUS] = "local_cpulist",
	[RAW_AER_CORRECTABLE] = "aer_dev_correctable",
	[RAW_AER_NONFATAL] = "aer_dev_nonfatal",
	[RAW_AER_FATAL] = "aer_dev_fatal",
	[RAW_DRIVER] = "driver",
	[RAW_GROUP] = "iommu_group",
	[RAW_GROUP_TYPE] = "iommu_group_type",
	[RAW_PHYSFN] = "physfn",
	[RAW_IBDEV] = "infiniband",
	[RAW_NETDEV] = "net",
	[RAW_IRQ_CPUS] = "irq_cpus",
	[RAW_VFIO_DEV] = "vfio-dev",
	[RAW_PORTS] = "ports",
	[RAW_NET_SPEED] = "net_speed",
	[RAW_EMULATED] = "emulated_infiniband",
};

void raw_free(struct raw *r)
{
	for (size_t i = 0; i < r->n; i++) {
		for (int a = 0; a < RAW_ATTRS; a++)
			free(r->fn[i].attr[a]);
		free(r->fn[i].config);
		free(r->fn[i].vpd);
	}
	free(r->fn);
	free(r->hwloc);
	free(r->cpu_vendor);
	free(r->cpu_family);
	free(r->isolated);
	*r = (struct raw){0};
}

struct raw_fn *raw_add(struct raw *r)
{
	struct raw_fn *grown;

	if (r->n == RAW_FNS_MAX)
		return NULL;
	if ((r->n & (r->n - 1)) == 0) { /* full at every power of two */
		grown = reallocarray(r->fn, r->n ? 2 * r->n : 1, sizeof(*grown));
		if (!grown)
			return NULL;
		r->fn = grown;
	}
	r->fn[r->n] = (struct raw_fn){0};
	return &r->fn[r->n++];
}

int raw_addr(const struct raw_fn *fn, struct topo_addr *out)
{
	const char *path = fn->attr[RAW_PATH], *last = path ? strrchr(path, '/') : NULL;

	return path ? topo_addr_parse(last ? last + 1 : path, out) : -1;
}

/* Those without an address come first; the caller refuses them or has none. */
static int compare_raw(const void *a, const void *b)
{
	struct topo_addr x = {0}, y = {0};

	raw_addr(a, &x);
	raw_addr(b, &y);
	return topo_addr_compare(x, y);
}

void raw_sort(struct raw *r)
{
	if (r->n)
		qsort(r->fn, r->n, sizeof(*r->fn), compare_raw);
}

struct raw_fn *raw_find(const struct raw *r, struct topo_addr addr)
{
	size_t lo = 0, hi = r->n;

	while (lo < hi) {
		size_t mid = (lo + hi) / 2;
		struct topo_addr at = {0};
		int c;

		raw_addr(&r->fn[mid], &at);
		c = topo_addr_compare(at, addr);
		if (!c)
			return &r->fn[mid];
		if (c < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	return NULL;
}
