// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* libyaml events -> nodes; see yaml.h. Knows YAML and limits, not what keys mean. */
#include "config/yaml.h"

#include <stdint.h>
#include <string.h>
#include <yaml.h>

#include "base/rng.h"
#include "config/u64set.h"
#include "config/utf8.h"

/* A container being read; @key waits for its value in a map. */
struct level {
	struct node *node;
	struct node *key;
	struct u64set keys;
};

struct builder {
	struct arena *arena;
	struct diags *diags;
	const struct mark *place; /* NULL: from the file */
	struct node *root;
	struct level level[YAML_MAX_DEPTH];
	int depth;
	size_t nodes, documents;
	bool broken; /* stopped early: the tree is not the whole text */
};

struct node *node_new(struct arena *a, enum node_kind kind, struct mark mark)
{
	struct node *n = arena_alloc(a, 1, sizeof(*n));

	if (!n)
		return NULL;
	n->kind = kind;
	n->mark = mark;
	n->text = "";
	return n;
}

static struct node *scalar_bytes(struct arena *a, const char *text, size_t len, struct mark mark)
{
	struct node *n = node_new(a, NODE_SCALAR, mark);

	if (n)
		n->text = arena_text(a, text, len);
	return n && n->text ? n : NULL;
}

struct node *node_scalar(struct arena *a, const char *text, struct mark mark)
{
	return scalar_bytes(a, text, strlen(text), mark);
}

struct node *node_get(const struct node *map, const char *key)
{
	if (!map || map->kind != NODE_MAP)
		return NULL;
	for (size_t i = 0; i < map->n; i++) {
		if (!strcmp(map->entry[i].key->text, key))
			return map->entry[i].val;
	}
	return NULL;
}

static void add_entry(struct arena *a, struct node *to, struct node *key, struct node *val)
{
	struct node_entry *e = val ? arena_push(a, &to->entry, &to->n, sizeof(*e)) : NULL;

	if (e)
		*e = (struct node_entry){.key = key, .val = val};
}

void node_set(struct arena *a, struct node *map, struct node *key, struct node *val)
{
	if (!key || !val)
		return;
	for (size_t i = 0; i < map->n; i++) {
		if (!strcmp(map->entry[i].key->text, key->text)) {
			map->entry[i] = (struct node_entry){.key = key, .val = val};
			return;
		}
	}
	add_entry(a, map, key, val);
}

void node_append(struct arena *a, struct node *list, struct node *val)
{
	add_entry(a, list, NULL, val);
}

static struct mark mark_of(const struct builder *b, const yaml_mark_t *from, const yaml_mark_t *to)
{
	if (b->place)
		return *b->place;
	return (struct mark){
		.line = (int)from->line + 1,
		.col = (int)from->column + 1,
		.len = to && to->line == from->line && to->column > from->column
			       ? (int)(to->column - from->column)
			       : 1,
	};
}

static void report(const struct builder *b, const yaml_event_t *ev, const char *text)
{
	struct mark m = mark_of(b, &ev->start_mark, &ev->end_mark);

	diags_add(b->diags, DIAG_ERROR, &m, "%s", text);
}

static bool refuse(struct builder *b, const yaml_event_t *ev, const char *text)
{
	report(b, ev, text);
	b->broken = true;
	return false;
}

/* A map key: plain text, no merge, not seen before in this map. */
static bool take_key(struct builder *b, struct level *top, struct node *key, const yaml_event_t *ev)
{
	bool added;

	if (key->kind != NODE_SCALAR)
		return refuse(b, ev, "a list or map cannot be a key; write `key: value`");
	if (!strcmp(key->text, "<<"))
		return refuse(
			b, ev,
			"merge keys (<<) are not supported; repeat the keys, or use `extends` or `defaults`");
	if (u64set_add(&top->keys, fnv64(FNV64_INIT, key->text, strlen(key->text)), &added) != 0)
		return refuse(b, ev, "out of memory");
	top->key = key;
	if (added || !node_get(top->node, key->text))
		return true;
	diags_add(b->diags, DIAG_ERROR, &key->mark, "key '%.64s' is given twice in this map; keep one",
		  key->text);
	return true; /* go on: more errors may follow */
}

static bool attach(struct builder *b, struct node *n, const yaml_event_t *ev)
{
	struct level *top = b->depth ? &b->level[b->depth - 1] : NULL;

	if (!n)
		return false;
	if (!top)
		b->root = n;
	else if (top->node->kind == NODE_LIST)
		node_append(b->arena, top->node, n);
	else if (!top->key)
		return take_key(b, top, n, ev);
	else {
		add_entry(b->arena, top->node, top->key, n);
		top->key = NULL;
	}
	return true;
}

/* Anchors and tags may stand on any node; without them the tree is still the user's. */
static bool plain_node(struct builder *b, const yaml_event_t *ev, const yaml_char_t *anchor,
		       const yaml_char_t *tag)
{
	if (anchor)
		report(b, ev,
		       "anchors (&name) are not supported; repeat the value, or use `extends` or `defaults`");
	if (tag)
		report(b, ev,
		       "tags (!name) are not supported; remove it (quote the text if it starts with '!')");
	if (++b->nodes > YAML_MAX_NODES)
		return refuse(
			b, ev,
			"the file has more than 100000 values; use ranges (64..1M x4) instead of long lists");
	return true;
}

static bool open_container(struct builder *b, enum node_kind kind, const yaml_event_t *ev)
{
	struct node *n;

	if (b->depth == YAML_MAX_DEPTH)
		return refuse(b, ev, "lists and maps are nested deeper than 16 levels");
	n = node_new(b->arena, kind, mark_of(b, &ev->start_mark, NULL));
	if (!attach(b, n, ev))
		return false;
	b->level[b->depth++] = (struct level){.node = n};
	return true;
}

static void close_container(struct builder *b)
{
	u64set_close(&b->level[--b->depth].keys);
}

static bool open_document(struct builder *b, const yaml_event_t *ev)
{
	if (++b->documents > 1)
		return refuse(b, ev,
			      "a second document starts here; a config is one document, remove the '---'");
	if (ev->data.document_start.tag_directives.start != ev->data.document_start.tag_directives.end)
		return refuse(b, ev, "%TAG directives are not supported; remove it");
	return true;
}

/* A text that is refused stays in the tree up to a NUL: other errors can still be found. */
static bool take_scalar(struct builder *b, const yaml_event_t *ev)
{
	const char *text = (const char *)ev->data.scalar.value;
	struct mark m = mark_of(b, &ev->start_mark, &ev->end_mark);

	yaml_check_scalar(text, ev->data.scalar.length, &m, b->diags);
	return attach(b, scalar_bytes(b->arena, text, ev->data.scalar.length, m), ev);
}

/* Return: false to stop reading. */
static bool take_event(struct builder *b, const yaml_event_t *ev)
{
	switch (ev->type) {
	case YAML_DOCUMENT_START_EVENT:
		return open_document(b, ev);
	case YAML_ALIAS_EVENT:
		return refuse(b, ev,
			      "aliases (*name) are not supported; repeat the value (quote the text if it "
			      "starts with '*')");
	case YAML_SCALAR_EVENT:
		return plain_node(b, ev, ev->data.scalar.anchor, ev->data.scalar.tag) && take_scalar(b, ev);
	case YAML_SEQUENCE_START_EVENT:
		return plain_node(b, ev, ev->data.sequence_start.anchor, ev->data.sequence_start.tag) &&
		       open_container(b, NODE_LIST, ev);
	case YAML_MAPPING_START_EVENT:
		return plain_node(b, ev, ev->data.mapping_start.anchor, ev->data.mapping_start.tag) &&
		       open_container(b, NODE_MAP, ev);
	case YAML_SEQUENCE_END_EVENT:
	case YAML_MAPPING_END_EVENT:
		close_container(b);
		return true;
	default:
		return ev->type != YAML_STREAM_END_EVENT;
	}
}

/* First byte of character number @index; libyaml counts characters, not bytes. */
static char char_at(const char *text, size_t len, size_t index)
{
	size_t i = 0, n = 1;
	uint32_t cp;

	for (; i < len && n != 0 && index > 0; index--, i += n)
		n = utf8_next(text + i, len - i, &cp);
	return i < len ? text[i] : '\0';
}

/* Where libyaml stopped, or where the thing began that it did not find the end of. */
static void syntax_error(const struct builder *b, const yaml_parser_t *p, const char *text, size_t len)
{
	const char *words = yaml_explain(p->context, p->problem, char_at(text, len, p->problem_mark.index));
	bool at_start =
		p->context && (strstr(p->context, "simple key") || strstr(p->context, "quoted scalar"));
	struct mark m = mark_of(b, at_start ? &p->context_mark : &p->problem_mark, NULL);

	if (!at_start && p->context && p->context_mark.line < p->problem_mark.line && !b->place)
		diags_add(b->diags, DIAG_ERROR, &m, "%s (begun in line %zu)", words,
			  p->context_mark.line + 1);
	else
		diags_add(b->diags, DIAG_ERROR, &m, "%s", words);
}

static void read_events(struct builder *b, yaml_parser_t *p, const char *text, size_t len)
{
	bool more = true;

	while (more) {
		yaml_event_t ev;

		if (!yaml_parser_parse(p, &ev)) {
			syntax_error(b, p, text, len);
			b->broken = true;
			return;
		}
		more = take_event(b, &ev);
		yaml_event_delete(&ev);
	}
}

struct node *yaml_parse(struct arena *a, const char *text, size_t len, const struct mark *place,
			struct diags *d)
{
	struct builder b = {.arena = a, .diags = d, .place = place};
	yaml_parser_t p;

	/* A byte order mark is no character of the text; libyaml would count it as a column. */
	if (len >= 3 && !memcmp(text, "\xef\xbb\xbf", 3)) {
		text += 3;
		len -= 3;
	}
	if (!yaml_check_text(text, len, place, d))
		return NULL;
	if (!yaml_parser_initialize(&p)) {
		diags_add(d, DIAG_ERROR, NULL, "out of memory");
		return NULL;
	}
	yaml_parser_set_encoding(&p, YAML_UTF8_ENCODING);
	yaml_parser_set_input_string(&p, (const unsigned char *)text, len);
	read_events(&b, &p, text, len);
	yaml_parser_delete(&p);
	while (b.depth)
		close_container(&b);
	if (b.broken || arena_state(a) != ARENA_OK)
		return NULL;
	if (!b.root)
		diags_add(d, DIAG_ERROR, place,
			  "the config is empty; `p2pbench run --print-config` prints one to start from");
	return b.root;
}
