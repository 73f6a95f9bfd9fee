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
	{"access", KIND(VFIO)},
	{"init", KIND(VFIO)},
	{"tph_feature", KIND(VFIO)},
	{"fd", KIND(FD)},
	{"socket", KIND(FD)},
	{"exporter", KIND(FD)},
	{"offset", KIND(FD)},
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

static void read_pages(struct load *ld, const struct node *n, struct config_memory *m)
{
	m->pages = value_of(ld, n, "pages", SCOPE_MEMORY, 0);
	if (m->pages > 0 && m->pages & (m->pages - 1))
		diags_add(ld->diags, DIAG_ERROR, &node_get(n, "pages")->mark,
			  "memory '%s': pages must be thp or a power of two, as 4K, 2M or 1G", m->name);
	else if (m->pages == CONFIG_PAGES_THP && m->kind != MEM_HOST && m->kind >= 0)
		diags_add(ld->diags, DIAG_ERROR, &node_get(n, "pages")->mark,
			  "memory '%s': pages: thp is for kind host; others take a page size", m->name);
	else if (m->pages > 0 && m->length % m->pages != 0)
		diags_add(ld->diags, DIAG_ERROR, &node_get(n, "pages")->mark,
			  "memory '%s': its length is no multiple of its pages", m->name);
}

/* Longest path that fits a socket's address (unix(7): 108 bytes with the final NUL). */
enum { SOCKET_PATH = 107, PAGE = 4096 };

static void read_fd(struct load *ld, const struct node *n, struct config_memory *m)
{
	const struct node *fd = node_get(n, "fd"), *path = node_get(n, "socket");

	m->fd = value_of(ld, n, "fd", SCOPE_MEMORY, -1);
	m->socket = text_of(ld, n, "socket", false);
	m->exporter = text_of(ld, n, "exporter", true);
	m->offset = value_of(ld, n, "offset", SCOPE_MEMORY, 0);
	if (m->kind != MEM_FD)
		return;
	if (!fd == !path)
		diags_add(ld->diags, DIAG_ERROR, &m->mark,
			  "memory '%s': kind fd needs either `fd: N`, a descriptor it inherits, or `socket: "
			  "PATH`, where one is sent%s",
			  m->name, fd ? "; remove one" : "");
	if (m->socket && strlen(m->socket) > SOCKET_PATH)
		diags_add(ld->diags, DIAG_ERROR, &path->mark,
			  "memory '%s': the path of a socket has at most %d characters", m->name,
			  SOCKET_PATH);
	if (m->offset % PAGE)
		diags_add(ld->diags, DIAG_ERROR, &node_get(n, "offset")->mark,
			  "memory '%s': offset must be a multiple of 4K", m->name);
}

static void read_memory(struct load *ld, const struct node *n, struct config_memory *m)
{
	m->kind = value_of(ld, n, "kind", SCOPE_MEMORY, -1);
	m->length = value_of(ld, n, "length", SCOPE_MEMORY, 0);
	m->heap = text_of(ld, n, "heap", true);
	m->numa = value_of(ld, n, "numa", SCOPE_MEMORY, CONFIG_NUMA_ANY);
	vfio_read(ld, n, m);
	read_fd(ld, n, m);
	read_pages(ld, n, m);
	if (!node_get(n, "kind"))
		diags_add(ld->diags, DIAG_ERROR, &m->mark,
			  "memory '%s' names no kind; valid: host, udmabuf, dma_heap, vfio, fd, memfd",
			  m->name);
	if (m->kind < 0)
		return;
	check_kind_keys(ld, n, m);
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
		vfio_check_shared(ld, m);
	}
}
