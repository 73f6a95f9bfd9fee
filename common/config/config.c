// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* config_load(): the steps from text to checked values, in order. */
#include "config/config.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "config/load.h"

/* What a config may grow to; far above any real one, far below what hurts. */
enum { ARENA_BYTES = 256 << 20 };

static const struct mark by_default = {.len = 1};

/* What takes the place of a file when there are flags alone. */
static const char cli_text[] = "version: 1\n"
			       "defaults: {target: host, size: 64K}\n"
			       "sweeps: [{name: cli}]\n";

static void read_version(struct load *ld)
{
	if (!node_get(ld->tree, "version"))
		diags_add(ld->diags, DIAG_ERROR, NULL,
			  "the config names no version; add `version: 1` at the top");
	value_of(ld, ld->tree, "version", SCOPE_TOP, 1);
}

static void read_tags(struct load *ld)
{
	const struct node *map = need_kind(ld, node_get(ld->tree, "tags"), NODE_MAP, "tags");
	struct config *c = ld->cfg;

	if (map && !few_entries(ld, map, "tags"))
		return;
	for (size_t i = 0; map && i < map->n; i++) {
		const struct node *key = map->entry[i].key;
		struct config_tag *tag;

		if (!name_valid(key->text)) {
			diags_add(ld->diags, DIAG_ERROR, &key->mark, "tag '%.64s' is no name: " NAME_RULE,
				  key->text);
			continue;
		}
		tag = arena_push(ld->arena, &c->tags, &c->n_tags, sizeof(*tag));
		if (!tag)
			return;
		tag->key = key->text;
		tag->value = text_read(ld, map->entry[i].val, key->text, false);
	}
}

/* What rounds_dir_name() can expand, told where it was written. */
static void check_output(struct load *ld)
{
	const struct config *c = ld->cfg;

	for (const char *p = c->output_dir; p && (p = strchr(p, '{')); p++) {
		if (strncmp(p, "{name}", 6) != 0 && strncmp(p, "{time}", 6) != 0)
			diags_add(ld->diags, DIAG_ERROR, &c->output_mark,
				  "dir: '%.64s': only {name} and {time} are replaced", p);
	}
}

/* Variants are known once the sweeps are. */
static void name_controls(struct load *ld)
{
	static const char control[] = "off2";
	struct config *c = ld->cfg;

	c->controls = arena_alloc(ld->arena, c->n_variants + 1, sizeof(*c->controls));
	if (!c->controls)
		return;
	c->controls[0] = control;
	for (size_t i = 0; i < c->n_variants; i++) {
		size_t len = strlen(c->variants[i]) + sizeof(".off2");
		char *name = arena_alloc(ld->arena, len, 1);

		if (!name)
			return;
		snprintf(name, len, "%s.%s", c->variants[i], control);
		c->controls[i + 1] = name;
	}
}

/* Options of no peer would be ignored, which is a mistake. */
static void read_peer(struct load *ld)
{
	const struct node *n = node_get(ld->tree, "peer"), *map = node_get(ld->tree, "peer_options");
	struct config_peer *p = &ld->cfg->peer;

	p->place = text_of(ld, ld->tree, "peer", false);
	p->mark = n ? n->mark : by_default;
	p->timeout_ns = value_of(ld, map, "timeout", SCOPE_PEER, 0);
	if (!map || map->kind != NODE_MAP)
		return;
	p->token_file = text_of(ld, map, "token_file", false);
	p->ssh = text_of(ld, map, "ssh", false);
	p->agent = text_of(ld, map, "agent", false);
	if (!n)
		diags_add(ld->diags, DIAG_ERROR, &map->mark,
			  "peer_options without a peer; add `peer: ssh:HOST` or `peer: HOST:PORT`");
}

static void read_sections(struct load *ld)
{
	const struct node *budget = node_get(ld->tree, "budget");
	const struct node *points = node_get(budget, "points");
	const struct node *output = node_get(ld->tree, "output");
	struct config *c = ld->cfg;

	c->budget_points = value_of(ld, budget, "points", SCOPE_BUDGET, 0);
	c->budget_mark = points ? points->mark : by_default;
	c->budget_time_ns = value_of(ld, budget, "time", SCOPE_BUDGET, 0);
	c->budget_refuse = value_of(ld, budget, "when_over", SCOPE_BUDGET, 0) != 0;
	c->seed = (uint64_t)value_of(ld, node_get(ld->tree, "order"), "seed", SCOPE_ORDER, 1);
	c->canary = value_of(ld, node_get(ld->tree, "order"), "canary", SCOPE_ORDER, 1) != 0;
	c->output_dir = text_of(ld, output, "dir", false);
	c->output_mark = node_get(output, "dir") ? node_get(output, "dir")->mark : by_default;
	check_output(ld);
}

static void read_values(struct load *ld)
{
	read_version(ld);
	ld->cfg->name = text_of(ld, ld->tree, "name", true);
	read_tags(ld);
	read_peer(ld);
	nics_read(ld);
	memory_read(ld);
	sweeps_read(ld);
	name_controls(ld);
	expect_read(ld);
	tph_notes_read(ld);
	read_sections(ld);
}

static void load_text(struct load *ld, const char *text, size_t len, const struct config_override *over,
		      size_t n_over)
{
	ld->tree = text ? yaml_parse(ld->arena, text, len, NULL, ld->diags)
			: yaml_parse(ld->arena, cli_text, strlen(cli_text), &by_default, ld->diags);
	if (!ld->tree)
		return;
	if (ld->tree->kind != NODE_MAP) {
		diags_add(ld->diags, DIAG_ERROR, &ld->tree->mark,
			  "this is no config: the top level must be `key: value` lines");
		return;
	}
	for (size_t i = 0; i < n_over; i++)
		override_apply(ld, &over[i]);
	effective_tree(ld);
	ld->cfg->tree = ld->tree;
	read_values(ld);
}

static struct config *new_config(const char *name)
{
	struct arena *a = arena_open(ARENA_BYTES);
	struct config *c = a ? arena_alloc(a, 1, sizeof(*c)) : NULL;

	if (!c) {
		arena_close(a);
		return NULL;
	}
	c->arena = a;
	c->source = arena_text(a, name, strlen(name));
	return c;
}

int config_load(const char *name, const char *text, size_t len, const struct config_override *over,
		size_t n_over, struct diags *d, struct config **out)
{
	struct config *c = new_config(name);
	struct load ld = {.arena = c ? c->arena : NULL, .diags = d, .cfg = c};
	enum arena_state state;

	if (!c)
		return -ENOMEM;
	load_text(&ld, text, len, over, n_over);
	state = arena_state(c->arena);
	if (state == ARENA_LIMIT)
		diags_add(d, DIAG_ERROR, NULL,
			  "the config expands to more than 256 MiB; use fewer sweeps, cases or values");
	if (state == ARENA_OK && diags_errors(d) == 0) {
		*out = c;
		return 0;
	}
	config_free(c);
	return state == ARENA_NOMEM ? -ENOMEM : -EINVAL;
}

void config_free(struct config *c)
{
	if (c)
		arena_close(c->arena);
}
