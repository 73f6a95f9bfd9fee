// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* tph_notes: what the user has seen of steering tags on a PCIe analyzer. */
#include "config/load.h"

static void read_note(struct load *ld, const struct node *map, struct config_tph_note *x)
{
	const struct node *when = need_kind(ld, node_get(map, "when"), NODE_MAP, "when");

	x->mark = map->mark;
	check_keys(ld, map, SCOPE_NOTE, "a note");
	if (when)
		matcher_read(ld, when, "when", &x->when);
	x->note = text_of(ld, map, "note", false);
	if (!when || !x->note)
		diags_add(ld->diags, DIAG_ERROR, &map->mark,
			  "a note says which points it is about (when) and what was seen (note), e.g. {when: "
			  "{st: "
			  "0xf0, ph: 2}, note: capture 17}");
}

void tph_notes_read(struct load *ld)
{
	const struct node *list = need_kind(ld, node_get(ld->tree, "tph_notes"), NODE_LIST, "tph_notes");

	if (!list || !few_entries(ld, list, "tph_notes"))
		return;
	for (size_t i = 0; i < list->n; i++) {
		const struct node *map = need_kind(ld, list->entry[i].val, NODE_MAP, "tph_notes");
		struct config_tph_note *x =
			arena_push(ld->arena, &ld->cfg->tph_note, &ld->cfg->n_tph_notes, sizeof(*x));

		if (map && x)
			read_note(ld, map, x);
	}
}
