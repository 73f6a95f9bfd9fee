// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* One function: from what sysfs says to facts. */
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "topo/topo.h"
#include "topo/topo_raw.h"

enum { TOPO_NODES_MAX = 1023 }; /* CONFIG_NODES_SHIFT of the largest machines */

static unsigned long number(const char *text, int base)
{
	return text ? strtoul(text, NULL, base) : 0;
}

/* 0 .. @most, -1 = not there or "-1". */
static int index_of(const char *text, long most)
{
	long v = text && *text ? strtol(text, NULL, 10) : -1;

	return v >= 0 && v <= most ? (int)v : -1;
}

/* "16.0 GT/s PCIe" -> 160. */
static unsigned int speed(const char *text)
{
	double gt = text ? strtod(text, NULL) : 0;

	return gt > 0 && gt < 1000 ? (unsigned int)(gt * 10 + 0.5) : 0;
}

static unsigned int width(const char *text)
{
	unsigned long w = number(text, 10);

	return w <= 32 ? (unsigned int)w : 0; /* 255 is what sysfs says for no link */
}

/* Names are printed on terminals and in documents: plain ASCII, whatever a file says. */
static void copy_text(char *out, size_t len, const char *text)
{
	snprintf(out, len, "%s", text ? text : "");
	for (char *p = out; *p; p++)
		*p = *p > ' ' && *p < 127 ? *p : '?';
}

void raw_copy_name(char *out, const char *text)
{
	copy_text(out, TOPO_NAME, text);
}

/* Lines of `resource`: start end flags; the first six are BARs (include/linux/ioport.h has the flags). */
static void fill_bars(struct topo_fn *f, const char *text)
{
	enum { IO = 0x100, MEM = 0x200, PREFETCH = 0x2000, MEM_64 = 0x100000, UNSET = 0x20000000 };

	for (int i = 0; i < TOPO_BARS && text; i++) {
		char *p;
		uint64_t start = strtoull(text, &p, 16), end = strtoull(p, &p, 16),
			 flags = strtoull(p, &p, 16);

		if (flags & MEM && !(flags & UNSET) && end > start)
			f->bar[i] = (struct topo_bar){.start = start,
						      .bytes = end - start + 1,
						      .prefetch = flags & PREFETCH,
						      .wide = flags & MEM_64};
		f->bar[i].io = flags & IO && end > start;
		text = strchr(text, '\n');
		text = text ? text + 1 : NULL;
	}
}

/*
 * Its host bridge is the last one in the path: a VMD controller, itself a function, has one below it:
 * pci0000:00/0000:00:0e.0/pci10000:e0/10000:e0:06.0.
 */
static uint64_t root_bus(const char *path)
{
	uint64_t domain = 0, bus = 0;

	for (const char *p = path; p; p = strchr(p, '/')) {
		p += *p == '/';
		if (!strncmp(p, "pci", 3)) {
			char *end;

			domain = strtoul(p + 3, &end, 16);
			bus = *end == ':' ? strtoul(end + 1, NULL, 16) : 0;
		}
	}
	return (domain & UINT32_MAX) << 8 | (bus & 0xff);
}

/* aer_dev_*: a line per kind of error, at the end "TOTAL_ERR_COR 12". */
static long long error_count(const char *text)
{
	const char *total = text ? strstr(text, "TOTAL_ERR_") : NULL;
	const char *n = total ? strchr(total, ' ') : NULL;

	return n ? strtoll(n, NULL, 10) : -1;
}

void raw_fill(struct topo_fn *f, const struct raw_fn *raw)
{
	*f = (struct topo_fn){
		.up = -1,
		.root_bus = root_bus(raw->attr[RAW_PATH]),
		.vendor = (uint16_t)number(raw->attr[RAW_VENDOR], 16),
		.device = (uint16_t)number(raw->attr[RAW_DEVICE], 16),
		.class_code = (uint32_t)number(raw->attr[RAW_CLASS], 16),
		.cfg = config_space_parse(raw->config, raw->config_len),
		.numa_node = index_of(raw->attr[RAW_NUMA_NODE], TOPO_NODES_MAX),
		.iommu_group = index_of(raw->attr[RAW_GROUP], INT_MAX),
		.physfn = -1,
		.speed = speed(raw->attr[RAW_SPEED]),
		.width = width(raw->attr[RAW_WIDTH]),
		.max_speed = speed(raw->attr[RAW_MAX_SPEED]),
		.max_width = width(raw->attr[RAW_MAX_WIDTH]),
	};
	raw_addr(raw, &f->addr);
	fill_bars(f, raw->attr[RAW_RESOURCE]);
	for (int i = 0; i < TOPO_ERRORS; i++)
		f->errors[i] = error_count(raw->attr[RAW_AER_CORRECTABLE + i]);
	copy_text(f->cpus, sizeof(f->cpus), raw->attr[RAW_CPUS]);
	raw_copy_name(f->driver, raw->attr[RAW_DRIVER]);
	raw_copy_name(f->group_type, raw->attr[RAW_GROUP_TYPE]);
	raw_copy_name(f->power_state, raw->attr[RAW_POWER_STATE]);
	raw_copy_name(f->ibdev, raw->attr[RAW_IBDEV]);
	raw_copy_name(f->netdev, raw->attr[RAW_NETDEV]);
	raw_copy_name(f->vfio_dev, raw->attr[RAW_VFIO_DEV]);
}
