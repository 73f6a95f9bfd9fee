// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Values from the command line, set in the tree of the file as if they stood there: `qps` in every
 * sweep, `sweeps.NAME.qps` in one, `output.dir` and the like where their path says. A path that
 * leads nowhere is put in the tree too: the check of keys reports it, with its suggestions.
 */
#include <string.h>

#include "config/load.h"

/* "[::1]:7471" is no list. */
static bool is_text(const char *path)
{
	const struct key *k = keys_find(path, SCOPE_TOP);

	return k && k->type == KEY_TEXT;
}

/* The value's text as a node; a @list may be written without brackets. */
static struct node *value_node(struct load *ld, const struct config_override *o, struct mark mark, bool list)
{
	size_t len = strlen(o->text);
	char *text;

	if ((o->text[0] == '[' || o->text[0] == '{') && !is_text(o->path))
		return yaml_parse(ld->arena, o->text, len, &mark, ld->diags);
	if (!list || !strchr(o->text, ','))
		return yaml_check_text(o->text, len, &mark, ld->diags) &&
				       yaml_check_scalar(o->text, len, &mark, ld->diags)
			       ? node_scalar(ld->arena, o->text, mark)
			       : NULL;
	text = arena_alloc(ld->arena, len + 3, 1);
	if (!text)
		return NULL;
	text[0] = '[';
	memcpy(text + 1, o->text, len);
	text[len + 1] = ']';
	return yaml_parse(ld->arena, text, len + 2, &mark, ld->diags);
}

/* Axes, and the one setting whose order means something. */
static bool takes_list(const char *name)
{
	const struct key *k = keys_find(name, SCOPE_SWEEP);

	return k && (k->axis >= 0 || k->type == KEY_WORDS);
}

static struct node *sweeps_of(struct load *ld)
{
	struct node *sweeps = node_get(ld->tree, "sweeps");

	return sweeps && sweeps->kind == NODE_LIST ? sweeps : NULL;
}

static void set_in_sweeps(struct load *ld, const char *name, struct node *key, struct node *val)
{
	const struct node *sweeps = sweeps_of(ld);
	bool found = false;

	for (size_t i = 0; sweeps && i < sweeps->n; i++) {
		struct node *s = sweeps->entry[i].val;
		const struct node *is = node_get(s, "name");

		if (s->kind != NODE_MAP ||
		    (name && (!is || is->kind != NODE_SCALAR || strcmp(is->text, name) != 0)))
			continue;
		node_set(ld->arena, s, key, val);
		found = true;
	}
	if (name && !found)
		diags_add(ld->diags, DIAG_ERROR, &key->mark, "the config has no sweep '%.64s'", name);
}

/* Map at @name, made when it is missing; NULL when something else stands there. */
static struct node *child_map(struct load *ld, struct node *map, const char *name, struct mark mark)
{
	struct node *child = node_get(map, name);

	if (!child) {
		child = node_new(ld->arena, NODE_MAP, mark);
		node_set(ld->arena, map, node_scalar(ld->arena, name, mark), child);
	}
	if (child && child->kind == NODE_MAP)
		return child;
	if (child)
		diags_add(ld->diags, DIAG_ERROR, &mark, "'%.64s' is no map in this config", name);
	return NULL;
}

/* @path is "a", "a.b" or "a.NAME.b"; names may hold dots themselves, keys do not. */
static void set_at(struct load *ld, char *path, const char *last, struct node *key, struct node *val)
{
	struct node *map = ld->tree;
	char *dot = strchr(path, '.');

	if (dot)
		*dot = '\0';
	if (!strcmp(path, "sweeps") && dot) {
		set_in_sweeps(ld, dot + 1, key, val);
		return;
	}
	for (; path && path < last && map; path = dot ? dot + 1 : NULL, dot = NULL)
		map = child_map(ld, map, path, key->mark);
	if (map)
		node_set(ld->arena, map, key, val);
}

void override_apply(struct load *ld, const struct config_override *o)
{
	struct mark mark = {.flag = arena_text(ld->arena, o->flag, strlen(o->flag)), .len = 1};
	char *path = arena_text(ld->arena, o->path, strlen(o->path)), *dot;
	const char *last;
	struct node *key, *val;
	bool in_sweep;

	if (!path || !mark.flag)
		return;
	dot = strrchr(path, '.');
	last = dot ? dot + 1 : path;
	key = node_scalar(ld->arena, last, mark);
	/* output.dir is no axis, though there is one of that name. */
	in_sweep = !dot || !strncmp(path, "sweeps.", strlen("sweeps."));
	val = value_node(ld, o, mark, in_sweep && takes_list(last));
	if (!key || !val)
		return;
	if (dot)
		*dot = '\0';
	if (!strncmp(last, "x-", 2) && !(dot && names_are_free(path))) {
		diags_add(ld->diags, DIAG_ERROR, &mark,
			  "keys that start with x- are notes in a file; setting one does nothing");
		return;
	}
	if (dot) {
		set_at(ld, path, last, key, val);
	} else if (keys_find(last, SCOPE_TOP) || !sweeps_of(ld)) {
		node_set(ld->arena, ld->tree, key, val);
	} else {
		set_in_sweeps(ld, NULL, key, val);
	}
}
