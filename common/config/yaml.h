/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef P2P_CONFIG_YAML_H
#define P2P_CONFIG_YAML_H

/*
 * YAML text -> tree of nodes that know their place. Values stay text until the option table types
 * them, so that YAML's own guesses (0000:41:00.0 is a number, no is false) cannot bite. What makes
 * YAML dangerous or surprising is refused: aliases, anchors, tags, merge keys, second documents.
 */

#include <stdbool.h>
#include <stddef.h>

#include "config/arena.h"
#include "config/diag.h"

enum { YAML_MAX_DEPTH = 16, YAML_MAX_NODES = 100000, YAML_MAX_BYTES = 1 << 20 };

enum node_kind { NODE_SCALAR, NODE_LIST, NODE_MAP };

struct node_entry {
	struct node *key; /* scalar; NULL in a list */
	struct node *val;
};

/**
 * struct node - a scalar with its text, or a list or map with its entries in the order written
 * @text: NODE_SCALAR only; no NUL inside
 */
struct node {
	enum node_kind kind;
	struct mark mark;
	const char *text;
	struct node_entry *entry;
	size_t n;
};

/**
 * yaml_parse() - read one document
 * @place: mark of every node when the text is no file (it came with a flag, or is built in), else NULL
 * @d: receives what is wrong; must have been opened on @text when @place is NULL
 *
 * Return: the root, or NULL after an error in @d or a failed arena.
 */
struct node *yaml_parse(struct arena *a, const char *text, size_t len, const struct mark *place,
			struct diags *d);

/**
 * yaml_check_text() - is it text at all: size, UTF-8, no control characters
 *
 * Return: true when it is; otherwise one error is in @d.
 */
bool yaml_check_text(const char *text, size_t len, const struct mark *place, struct diags *d);

/* May these bytes, escapes resolved, be a key or value? Tab and line feed are left to notes, typing refuses
 * them. */
bool yaml_check_scalar(const char *text, size_t len, const struct mark *m, struct diags *d);

/* libyaml's own words for a syntax error -> what to do about it; @at is the character it stopped at. */
const char *yaml_explain(const char *context, const char *problem, char at);

/* Return: a new node or NULL. Texts are copied. */
struct node *node_new(struct arena *a, enum node_kind kind, struct mark mark);
struct node *node_scalar(struct arena *a, const char *text, struct mark mark);

/* Return: the value at @key, or NULL; @map may be NULL or no map. */
struct node *node_get(const struct node *map, const char *key);

/* Replaces the value at @key's text, or appends the pair. */
void node_set(struct arena *a, struct node *map, struct node *key, struct node *val);
void node_append(struct arena *a, struct node *list, struct node *val);

#endif
