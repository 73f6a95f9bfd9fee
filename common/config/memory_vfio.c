// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* What only memory of kind vfio has: the device, slices of its BAR, registers to write, the TPH feature. */
#include <string.h>

#include "config/load.h"

enum { PAGE = 4096 };

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

static bool written(const struct node *n)
{
	return n && (n->mark.line || n->mark.flag);
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
	/* A BAR may hold registers with side effects: nothing of it is written that was not named. */
	if (!node_get(n, "ranges") && !written(node_get(n, "length")))
		diags_add(ld->diags, DIAG_ERROR, &m->mark,
			  "memory '%s': which part of the BAR may be written has to be said; add `ranges: "
			  "[{offset: 0, length: 16M}]`, or `length` for its first bytes",
			  m->name);
	if (!node_get(n, "ranges") && m->length % PAGE)
		diags_add(ld->diags, DIAG_ERROR, &node_get(n, "length")->mark,
			  "memory '%s': length must be a multiple of 4K: BARs are exported by the page",
			  m->name);
}

static void read_range(struct load *ld, const struct node *r, const char *memory, struct config_range *out)
{
	if (!node_get(r, "length"))
		diags_add(ld->diags, DIAG_ERROR, &r->mark, "memory '%s': a range needs a length", memory);
	out->offset = value_of(ld, r, "offset", SCOPE_RANGE, 0);
	out->length = value_of(ld, r, "length", SCOPE_RANGE, 0);
	if (out->offset % PAGE || out->length % PAGE)
		diags_add(ld->diags, DIAG_ERROR, &r->mark,
			  "memory '%s': offset and length of a range must be multiples of 4K: BARs are "
			  "exported by the page",
			  memory);
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
		slot = arena_push(ld->arena, &m->ranges, &m->n_ranges, sizeof(*slot));
		if (!slot)
			return;
		read_range(ld, r, m->name, slot);
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

static void check_register(struct load *ld, const struct node *r, const char *memory,
			   const struct config_init *in)
{
	if (!node_get(r, "offset") || !node_get(r, "value"))
		diags_add(ld->diags, DIAG_ERROR, &r->mark,
			  "memory '%s': a register of init needs offset and value", memory);
	if (in->bytes & (in->bytes - 1))
		diags_add(ld->diags, DIAG_ERROR, &r->mark,
			  "memory '%s': a register of init has 1, 2, 4 or 8 bytes", memory);
	else if (in->offset % in->bytes)
		diags_add(ld->diags, DIAG_ERROR, &r->mark,
			  "memory '%s': a register of %lld bytes lies at a multiple of %lld", memory,
			  (long long)in->bytes, (long long)in->bytes);
	else if (in->bytes < 8 && in->value >> 8 * in->bytes)
		diags_add(ld->diags, DIAG_ERROR, &r->mark,
			  "memory '%s': value 0x%llx does not fit `bytes: %lld`", memory,
			  (unsigned long long)in->value, (long long)in->bytes);
}

static void read_init(struct load *ld, const struct node *list, struct config_memory *m)
{
	if (!list || list->kind != NODE_LIST || !few_entries(ld, list, "init"))
		return;
	for (size_t i = 0; i < list->n; i++) {
		const struct node *r = list->entry[i].val;
		struct config_init *slot;

		if (r->kind != NODE_MAP)
			continue;
		slot = arena_push(ld->arena, &m->init, &m->n_init, sizeof(*slot));
		if (!slot)
			return;
		slot->bar = value_of(ld, r, "bar", SCOPE_INIT, m->bar < 0 ? 0 : m->bar);
		slot->offset = value_of(ld, r, "offset", SCOPE_INIT, 0);
		slot->bytes = value_of(ld, r, "bytes", SCOPE_INIT, 4);
		slot->value = value_of(ld, r, "value", SCOPE_INIT, 0);
		check_register(ld, r, m->name, slot);
	}
}

static void read_tph(struct load *ld, const struct node *tph, struct config_memory *m)
{
	m->tph.index = -1;
	if (!tph || tph->kind != NODE_MAP)
		return;
	m->tph.index = value_of(ld, tph, "index", SCOPE_TPH, -1);
	value_of(ld, tph, "layout", SCOPE_TPH, 0);
	m->tph.force = value_of(ld, tph, "force", SCOPE_TPH, 0) != 0;
	if (!node_get(tph, "index") || !node_get(tph, "layout"))
		diags_add(ld->diags, DIAG_ERROR, &tph->mark,
			  "memory '%s': tph_feature needs `index: N` and `layout: v6`; neither has a default "
			  "(docs/tph.md says how to find them)",
			  m->name);
}

void vfio_read(struct load *ld, const struct node *n, struct config_memory *m)
{
	m->device = text_of(ld, n, "device", false);
	m->bar = value_of(ld, n, "bar", SCOPE_MEMORY, -1);
	m->access = value_of(ld, n, "access", SCOPE_MEMORY, ACCESS_AUTO);
	read_ranges(ld, node_get(n, "ranges"), m);
	read_init(ld, node_get(n, "init"), m);
	read_tph(ld, node_get(n, "tph_feature"), m);
	if (m->kind == MEM_VFIO)
		check_vfio(ld, n, m);
}

static bool same_init(const struct config_memory *a, const struct config_memory *b)
{
	return a->n_init == b->n_init &&
	       (!a->n_init || !memcmp(a->init, b->init, a->n_init * sizeof(*a->init)));
}

/* A device is opened once for all memories on it. */
void vfio_check_shared(struct load *ld, const struct config_memory *m)
{
	const struct config *c = ld->cfg;
	const char *key;

	for (size_t i = 0; m->kind == MEM_VFIO && m->device && i + 1 < c->n_memory; i++) {
		const struct config_memory *other = &c->memory[i];

		if (other->kind != MEM_VFIO || !other->device || strcmp(other->device, m->device) != 0)
			continue;
		key = other->access != m->access					     ? "access"
		      : !same_init(other, m)						     ? "init"
		      : other->tph.index != m->tph.index || other->tph.force != m->tph.force ? "tph_feature"
											     : NULL;
		if (key)
			diags_add(
				ld->diags, DIAG_ERROR, &m->mark,
				"memory '%s': %s differs from that of memory '%s' on the same device; write "
				"the same in both",
				m->name, key, other->name);
		return;
	}
}
