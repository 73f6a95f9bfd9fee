// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* One node -> one typed value, by its row of the option table. */
#include <inttypes.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/rng.h"
#include "base/units.h"
#include "config/load.h"

enum { LIST_LEN = 640, ENOUGH_ERRORS = 20, SHORT_LIST = 16 };

/* Has the list of this kind of word been printed? Remembers that it now is. */
static bool listed(struct load *ld, const char *what, const char *where)
{
	uint64_t id = fnv64(fnv64(FNV64_INIT, what, strlen(what)), where, strlen(where));

	for (size_t i = 0; i < ld->n_listed; i++) {
		if (ld->listed[i] == id)
			return true;
	}
	if (ld->n_listed < ARRAY_LEN(ld->listed))
		ld->listed[ld->n_listed++] = id;
	return false;
}

/* "a, b, c", cut with "..." when it gets long. */
static const char *join(char buf[LIST_LEN], const char *const *words)
{
	size_t used = 0;

	buf[0] = '\0';
	for (; *words; words++) {
		int n = snprintf(buf + used, LIST_LEN - used, "%s%s", used ? ", " : "", *words);

		if (used + (size_t)n >= LIST_LEN - 8) {
			snprintf(buf + used, LIST_LEN - used, ", ...");
			break;
		}
		used += (size_t)n;
	}
	return buf;
}

static size_t count(const char *const *words)
{
	size_t n = 0;

	while (words[n])
		n++;
	return n;
}

void unknown_word(struct load *ld, const struct node *n, const char *what, const char *where,
		  const char *const *words)
{
	char list[LIST_LEN], hint[128] = "";
	const char *near;

	/* Past what is printed, looking for suggestions is wasted on a hostile file. */
	if (diags_errors(ld->diags) >= ENOUGH_ERRORS) {
		diags_add(ld->diags, DIAG_ERROR, &n->mark, "unknown %s", what);
		return;
	}
	near = diag_nearest(n->text, words);
	if (near)
		snprintf(hint, sizeof(hint), "; did you mean '%s'?", near);
	/* A good guess makes a long list noise, and so does having read it. */
	if (count(words) > SHORT_LIST && (near || listed(ld, what, where)))
		diags_add(ld->diags, DIAG_ERROR, &n->mark, "unknown %s '%.64s'%s%s", what, n->text, where,
			  hint);
	else
		diags_add(ld->diags, DIAG_ERROR, &n->mark, "unknown %s '%.64s'%s%s valid: %s", what, n->text,
			  where, near ? hint : ";", *words ? join(list, words) : "(none)");
}

bool name_valid(const char *s)
{
	size_t len = strspn(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-");

	/* A name may become part of a path and of a command line. */
	return len >= 1 && len <= 64 && s[len] == '\0' && s[0] != '-' && strcmp(s, ".") != 0 &&
	       !strstr(s, "..");
}

const struct node *need_kind(struct load *ld, const struct node *n, enum node_kind kind, const char *what)
{
	static const char *const words[] = {"takes one value",
					    "takes a list: [a, b] or lines starting with '- '",
					    "takes a map: {key: value} or indented lines"};

	if (!n || n->kind == kind)
		return n;
	diags_add(ld->diags, DIAG_ERROR, &n->mark, "'%s' %s", what, words[kind]);
	return NULL;
}

bool few_entries(struct load *ld, const struct node *n, const char *what)
{
	if (n->n <= MAX_ENTRIES)
		return true;
	diags_add(ld->diags, DIAG_ERROR, &n->mark, "%s has more than %d entries", what, MAX_ENTRIES);
	return false;
}

static const char *const *names_in_scope(struct load *ld, unsigned int scope)
{
	const char **list = arena_alloc(ld->arena, keys_len + 2, sizeof(*list));
	size_t n = 0;

	for (size_t i = 0; list && i < keys_len; i++) {
		if (keys[i].scope & scope)
			list[n++] = keys[i].name;
	}
	if (list && (scope & SCOPE_RULE))
		list[n] = "not";
	return (const char *const *)list;
}

void unknown_key(struct load *ld, const struct node *key, unsigned int scope, const char *where)
{
	const char *const *valid = names_in_scope(ld, scope);
	char in[64];

	snprintf(in, sizeof(in), " in %s", where);
	if (valid)
		unknown_word(ld, key, "key", in, valid);
}

void check_keys(struct load *ld, const struct node *map, unsigned int scope, const char *where)
{
	for (size_t i = 0; map && i < map->n; i++) {
		if (!keys_find(map->entry[i].key->text, scope))
			unknown_key(ld, map->entry[i].key, scope, where);
	}
}

/* Names an axis may hold: the entries of nics or memory. NULL-terminated. */
static const char *const *axis_names(struct load *ld, enum axis axis)
{
	const struct config *c = ld->cfg;
	bool nic = axis == AX_NIC || axis == AX_PEER_NIC;
	size_t n = nic ? c->n_nics : c->n_memory;
	const char **list = arena_alloc(ld->arena, n + 1, sizeof(*list));

	for (size_t i = 0; list && i < n; i++)
		list[i] = nic ? c->nics[i].name : c->memory[i].name;
	return (const char *const *)list;
}

static bool find_name(struct load *ld, const struct key *k, const struct node *n, int64_t *out)
{
	const struct config *c = ld->cfg;
	bool nic = k->axis == AX_NIC || k->axis == AX_PEER_NIC;
	const struct node *section;
	const char *const *valid;

	for (size_t i = 0; i < (nic ? c->n_nics : c->n_memory); i++) {
		if (!strcmp(n->text, nic ? c->nics[i].name : c->memory[i].name)) {
			*out = (int64_t)i;
			return true;
		}
	}
	valid = axis_names(ld, (enum axis)k->axis);
	section = node_get(ld->tree, nic ? "nics" : "memory");
	/* A section whose entries are all wrong has been reported. */
	if (!valid || (!valid[0] && (!section || section->kind != NODE_MAP || section->n)))
		return false;
	if (nic && !valid[0])
		diags_add(ld->diags, DIAG_ERROR, &n->mark,
			  "unknown %s '%.64s': the config has no nics; add `nics: {%.64s: {device: soft0}}`",
			  k->name, n->text, n->text);
	else
		unknown_word(ld, n, k->name, "", valid);
	return false;
}

/* Labels are free: a new one is added to the config's list. */
static bool find_variant(struct load *ld, const struct node *n, int64_t *out)
{
	struct config *c = ld->cfg;
	const char **slot;

	if (!name_valid(n->text)) {
		diags_add(ld->diags, DIAG_ERROR, &n->mark, "'%.64s' is no label: " NAME_RULE, n->text);
		return false;
	}
	for (size_t i = 0; i < c->n_variants; i++) {
		if (!strcmp(c->variants[i], n->text)) {
			*out = (int64_t)i;
			return true;
		}
	}
	slot = arena_push(ld->arena, &c->variants, &c->n_variants, sizeof(*slot));
	if (!slot)
		return false;
	*slot = n->text;
	*out = (int64_t)c->n_variants - 1;
	return true;
}

static bool find_word(struct load *ld, const struct key *k, const struct node *n, int64_t *out)
{
	for (int64_t i = 0; k->words[i]; i++) {
		if (!strcmp(k->words[i], n->text)) {
			*out = i;
			return true;
		}
	}
	unknown_word(ld, n, k->name, "", k->words);
	return false;
}

/* A word in the place of a number. */
static bool is_word(const struct key *k, const char *text, int64_t *out)
{
	for (int64_t i = 0; k->words && k->words[i]; i++) {
		if (!strcmp(k->words[i], text)) {
			*out = -1 - i;
			return true;
		}
	}
	return false;
}

static const char *number_text(const struct key *k, int64_t v, char buf[UNITS_TEXT])
{
	if (k->type == KEY_SIZE)
		return units_size_text(buf, v);
	if (k->type == KEY_TIME)
		return units_time_exact(buf, v);
	snprintf(buf, UNITS_TEXT, "%" PRId64, v);
	return buf;
}

bool value_in_range(struct load *ld, const struct key *k, const struct node *n, int64_t v)
{
	char is[UNITS_TEXT], lo[UNITS_TEXT], hi[UNITS_TEXT];

	if (v >= k->min && v <= k->max)
		return true;
	diags_add(ld->diags, DIAG_ERROR, &n->mark, "%s %s is out of range; valid: %s%s%s", k->name,
		  number_text(k, v, is), number_text(k, k->min, lo), k->min == k->max ? "" : "..",
		  k->min == k->max ? "" : number_text(k, k->max, hi));
	return false;
}

bool value_number(struct load *ld, const struct key *k, const struct node *n, const char *text, int64_t *out)
{
	const char *why = "", *kind = "whole number";
	int rc;

	if (k->type == KEY_SIZE) {
		kind = "size";
		rc = units_size(text, out, &why);
	} else if (k->type == KEY_TIME) {
		kind = "time";
		rc = units_time(text, out, &why);
	} else {
		rc = units_int(text, out, &why);
	}
	if (rc == 0)
		return true;
	if (strchr("<>=", text[0]))
		why = "a range is written 64K..1M, in rules also 64K.. and ..64K";
	else if (k->type == KEY_PLACE)
		why = "near and far are in no range; list them, as [near, 0..3]";
	else if (k->type == KEY_INT && k->min == 0 && k->max == 1)
		why = "valid: 0, 1";
	diags_add(ld->diags, DIAG_ERROR, &n->mark, "%s: '%.64s' is not a %s: %s", k->name, text, kind, why);
	return false;
}

static bool read_place(struct load *ld, const struct key *k, const struct node *n, int64_t *out)
{
	const char *why;

	if (!strcmp(n->text, "near") || !strcmp(n->text, "far")) {
		*out = n->text[0] == 'n' ? PLACE_NEAR : PLACE_FAR;
		return true;
	}
	if (units_int(n->text, out, &why) == 0)
		return value_in_range(ld, k, n, *out);
	diags_add(ld->diags, DIAG_ERROR, &n->mark,
		  "%s: '%.64s' is neither a number nor a place; valid: near, far, %d..%d", k->name, n->text,
		  (int)k->min, (int)k->max);
	return false;
}

bool value_read(struct load *ld, const struct key *k, const struct node *n, int64_t *out)
{
	if (!need_kind(ld, n, NODE_SCALAR, k->name))
		return false;
	if (n->text[0] == '\0') {
		diags_add(ld->diags, DIAG_ERROR, &n->mark, "'%s' has no value (%s)", k->name, k->help);
		return false;
	}
	switch (k->type) {
	case KEY_WORD:
	case KEY_WORDS:
		return find_word(ld, k, n, out);
	case KEY_NAME:
		return k->axis == AX_VARIANT ? find_variant(ld, n, out) : find_name(ld, k, n, out);
	case KEY_PLACE:
		return read_place(ld, k, n, out);
	default:
		return is_word(k, n->text, out) ||
		       (value_number(ld, k, n, n->text, out) && value_in_range(ld, k, n, *out));
	}
}

int64_t value_of(struct load *ld, const struct node *map, const char *name, unsigned int scope, int64_t none)
{
	const struct node *n = node_get(map, name);
	int64_t v = none;

	return n && value_read(ld, keys_find(name, scope), n, &v) ? v : none;
}

const char *text_of(struct load *ld, const struct node *map, const char *key, bool name)
{
	return text_read(ld, node_get(map, key), key, name);
}

const char *text_read(struct load *ld, const struct node *n, const char *key, bool name)
{
	if (!need_kind(ld, n, NODE_SCALAR, key) || !n)
		return NULL;
	if (name && !name_valid(n->text)) {
		diags_add(ld->diags, DIAG_ERROR, &n->mark, "%s '%.64s' is no name: " NAME_RULE, key, n->text);
		return NULL;
	}
	if (n->text[0] == '\0' || strlen(n->text) > LINE_MAX_LEN || strpbrk(n->text, "\n\r\t")) {
		diags_add(ld->diags, DIAG_ERROR, &n->mark, "'%s' must be one line of 1 to %d characters", key,
			  LINE_MAX_LEN);
		return NULL;
	}
	return n->text;
}
