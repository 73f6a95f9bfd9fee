// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The sections nics and memory: typed entries, and which key belongs to which kind of memory. */
#include <string.h>

#include "base/cleanup.h"
#include "base/units.h"
#include "config/load.h"

#define KIND(k) (1u << MEM_##k)

/* Keys that only some kinds have; the rest is for all. */
static const struct {
	const char *key;
	unsigned int kinds;
} kind_keys[] = {
	{"heap", KIND(DMA_HEAP)},
	{"device", KIND(VFIO)},
	{"bar", KIND(VFIO)},
	{"ranges", KIND(VFIO)},
	{"numa", KIND(HOST) | KIND(UDMABUF) | KIND(MEMFD)},
	{"pages", KIND(HOST) | KIND(UDMABUF) | KIND(MEMFD)},
};

static const char *entry_name(struct load *ld, const struct node *key, const char *what)
{
	if (name_valid(key->text))
		return key->text;
	diags_add(ld->diags, DIAG_ERROR, &key->mark, "%s '%.64s' is no name: " NAME_RULE, what, key->text);
	return NULL;
}

/* The section as a map of maps; NULL when there is nothing to read. */
static const struct node *section_of(struct load *ld, const char *name)
{
	const struct node *map = node_get(ld->tree, name);

	if (!map || map->kind != NODE_MAP)
		return NULL;
	return few_entries(ld, map, name) ? map : NULL;
}

void nics_read(struct load *ld)
{
	const struct node *map = section_of(ld, "nics");

	for (size_t i = 0; map && i < map->n; i++) {
		const struct node *key = map->entry[i].key, *n = map->entry[i].val;
		const char *name = entry_name(ld, key, "nic");
		struct config_nic *nic;

		if (!name || n->kind != NODE_MAP)
			continue;
		nic = arena_push(ld->arena, &ld->cfg->nics, &ld->cfg->n_nics, sizeof(*nic));
		if (!nic)
			return;
		nic->name = name;
		nic->mark = key->mark;
		nic->device = text_of(ld, n, "device", true);
		nic->port = value_of(ld, n, "port", SCOPE_NIC, 1);
		nic->gid_index = value_of(ld, n, "gid_index", SCOPE_NIC, -1);
		if (!node_get(n, "device"))
			diags_add(ld->diags, DIAG_ERROR, &key->mark,
				  "nic '%s' names no device; add `device: soft0` or an RDMA device (p2pbench "
				  "list devices)",
				  name);
	}
}

static void check_kind_keys(struct load *ld, const struct node *n, const struct config_memory *m)
{
	const char *kind = keys_find("kind", SCOPE_MEMORY)->words[m->kind];

	for (size_t i = 0; i < ARRAY_LEN(kind_keys); i++) {
		const struct node *v = node_get(n, kind_keys[i].key);

		if (v && !(kind_keys[i].kinds & 1u << m->kind))
			diags_add(ld->diags, DIAG_ERROR, &v->mark,
				  "memory '%s': key '%s' does not belong to kind %s; remove it", m->name,
				  kind_keys[i].key, kind);
	}
}

static bool hex_digits(const char *s, int n)
{
	while (n > 0 && strchr("0123456789abcdef", *s) && *s)
		n--, s++;
	return n == 0;
}

/* "pci/0000:41:00.0": devlink's form, which YAML 1.1 readers do not take for a number. */
static bool pci_id_valid(const char *s)
{
	return strlen(s) == 16 && !strncmp(s, "pci/", 4) && hex_digits(s + 4, 4) && s[8] == ':' &&
	       hex_digits(s + 9, 2) && s[11] == ':' && hex_digits(s + 12, 2) && s[14] == '.' &&
	       s[15] >= '0' && s[15] <= '7';
}

static void check_vfio(struct load *ld, const struct node *n, const struct config_memory *m)
{
	if (!node_get(n, "device"))
		diags_add(ld->diags, DIAG_ERROR, &m->mark,
			  "memory '%s': kind vfio needs a device, as pci/0000:41:00.0", m->name);
	else if (m->device && !pci_id_valid(m->device))
		diags_add(ld->diags, DIAG_ERROR, &node_get(n, "device")->mark,
			  "memory '%s': '%.64s' is no PCI device; write it as pci/0000:41:00.0 (lower case)",
			  m->name, m->device);
	if (!node_get(n, "bar"))
		diags_add(ld->diags, DIAG_ERROR, &m->mark, "memory '%s': kind vfio needs `bar: 0..5`",
			  m->name);
}

static void read_ranges(struct load *ld, const struct node *list, struct config_memory *m)
{
	int64_t sum = 0;

	if (!list || list->kind != NODE_LIST)
		return;
	for (size_t i = 0; i < list->n; i++) {
		const struct node *r = list->entry[i].val;
		struct config_range *slot;

		if (r->kind != NODE_MAP)
			continue;
		if (!node_get(r, "length"))
			diags_add(ld->diags, DIAG_ERROR, &r->mark, "memory '%s': a range needs a length",
				  m->name);
		slot = arena_push(ld->arena, &m->ranges, &m->n_ranges, sizeof(*slot));
		if (!slot)
			return;
		slot->offset = value_of(ld, r, "offset", SCOPE_RANGE, 0);
		slot->length = value_of(ld, r, "length", SCOPE_RANGE, 0);
		if (__builtin_add_overflow(sum, slot->length, &sum))
			sum = INT64_MAX;
	}
	if (list->n == 0)
		diags_add(ld->diags, DIAG_ERROR, &list->mark,
			  "memory '%s': ranges is an empty list; remove it for one slice", m->name);
	else if (m->length && m->length != sum)
		diags_add(ld->diags, DIAG_ERROR, &list->mark,
			  "memory '%s': length is not the sum of its ranges; remove `length`", m->name);
	m->length = sum;
}

static void read_pages(struct load *ld, const struct node *n, struct config_memory *m)
{
	m->pages = value_of(ld, n, "pages", SCOPE_MEMORY, 0);
	if (m->pages & (m->pages - 1))
		diags_add(ld->diags, DIAG_ERROR, &node_get(n, "pages")->mark,
			  "memory '%s': pages must be a power of two, as 4K, 2M or 1G", m->name);
	else if (m->pages && m->length % m->pages != 0)
		diags_add(ld->diags, DIAG_ERROR, &node_get(n, "pages")->mark,
			  "memory '%s': its length is no multiple of its pages", m->name);
}

static void read_memory(struct load *ld, const struct node *n, struct config_memory *m)
{
	bool ranges = node_get(n, "ranges") != NULL;

	m->kind = value_of(ld, n, "kind", SCOPE_MEMORY, -1);
	m->length = value_of(ld, n, "length", SCOPE_MEMORY, 0);
	m->heap = text_of(ld, n, "heap", true);
	m->device = text_of(ld, n, "device", false);
	m->bar = value_of(ld, n, "bar", SCOPE_MEMORY, -1);
	m->numa = value_of(ld, n, "numa", SCOPE_MEMORY, CONFIG_NUMA_ANY);
	if (ranges)
		read_ranges(ld, node_get(n, "ranges"), m);
	read_pages(ld, n, m);
	if (!node_get(n, "kind"))
		diags_add(ld->diags, DIAG_ERROR, &m->mark,
			  "memory '%s' names no kind; valid: host, udmabuf, dma_heap, vfio, fd, memfd",
			  m->name);
	if (m->kind < 0)
		return;
	check_kind_keys(ld, n, m);
	if (m->kind == MEM_VFIO)
		check_vfio(ld, n, m);
	if (m->kind == MEM_DMA_HEAP && !m->heap)
		m->heap = "system";
}

void memory_read(struct load *ld)
{
	const struct node *map = section_of(ld, "memory");

	for (size_t i = 0; map && i < map->n; i++) {
		const struct node *key = map->entry[i].key;
		const char *name = entry_name(ld, key, "memory");
		struct config_memory *m;

		if (!name || map->entry[i].val->kind != NODE_MAP)
			continue;
		m = arena_push(ld->arena, &ld->cfg->memory, &ld->cfg->n_memory, sizeof(*m));
		if (!m)
			return;
		m->name = name;
		m->mark = key->mark;
		read_memory(ld, map->entry[i].val, m);
	}
}
