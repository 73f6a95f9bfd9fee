/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef P2P_CONFIG_LOAD_H
#define P2P_CONFIG_LOAD_H

/*
 * Inside config/ only: the steps of config_load(). Overrides, `defaults`, `extends` and the table's
 * defaults are first folded into one effective tree (override.c, effective.c); then every value is
 * typed from that tree, so that typing needs no rule of precedence and printing is a tree walk.
 *
 * Readers report what is wrong and go on; a missing allocation makes them return early and shows
 * in arena_state().
 */

#include "config/arena.h"
#include "config/config.h"
#include "config/yaml.h"

enum { AXIS_MAX_VALUES = 10000, MAX_ENTRIES = 1000, LINE_MAX_LEN = 512 };

#define NAME_RULE "use 1 to 64 of A-Z a-z 0-9 . _ -, without '..' or a leading '-'"

struct load {
	struct arena *arena;
	struct diags *diags;
	struct config *cfg;
	struct node *tree;
	uint64_t listed[32]; /* lists of valid words that were printed, by hash */
	size_t n_listed;
};

/* override.c: sets @over in ld->tree. */
void override_apply(struct load *ld, const struct config_override *over);

/* effective.c: ld->tree -> the tree with nothing left implicit. */
void effective_tree(struct load *ld);
/* Are the keys of this top-level map names the user chose? */
bool names_are_free(const char *section);

/* value.c */
bool value_read(struct load *ld, const struct key *k, const struct node *n, int64_t *out);
/* A number as @k types it, from @text; errors are placed at @n. */
bool value_number(struct load *ld, const struct key *k, const struct node *n, const char *text, int64_t *out);
bool value_in_range(struct load *ld, const struct key *k, const struct node *n, int64_t v);
/* A typed value of the key @name in @map (which effective_tree() has completed), @none when it has none. */
int64_t value_of(struct load *ld, const struct node *map, const char *name, unsigned int scope, int64_t none);
/* A text or name at @key; NULL when there is none or it is wrong. */
const char *text_of(struct load *ld, const struct node *map, const char *key, bool name);
/* The text of @n, the value at @key. */
const char *text_read(struct load *ld, const struct node *n, const char *key, bool name);
bool name_valid(const char *s);
/* "unknown WHAT 'text'WHERE; did you mean ...? valid: ..." */
void unknown_word(struct load *ld, const struct node *n, const char *what, const char *where,
		  const char *const *words);
/* @where finishes "unknown key 'x' in ...". */
void unknown_key(struct load *ld, const struct node *key, unsigned int scope, const char *where);
/* Every key of @map is one of @scope. */
void check_keys(struct load *ld, const struct node *map, unsigned int scope, const char *where);
/* Reports when @n is given and of another kind. Return: @n if it is of @kind, else NULL. */
const struct node *need_kind(struct load *ld, const struct node *n, enum node_kind kind, const char *what);
/* Reports a list or map with more than MAX_ENTRIES. */
bool few_entries(struct load *ld, const struct node *n, const char *what);

/* axis.c: a scalar, range or list of them. */
void axis_read(struct load *ld, const struct key *k, const struct node *n, struct config_axis *out);
/* Splits "lo..hi step" in place. Return: false when @text is no range. */
bool range_split(char *text, char **lo, char **hi, char **step);

/* matcher.c */
void matcher_read(struct load *ld, const struct node *map, const char *where, struct config_matcher *out);

/* memory.c: nics and memory. */
void nics_read(struct load *ld);
void memory_read(struct load *ld);
/* memory_vfio.c: the keys of kind vfio at @n. */
void vfio_read(struct load *ld, const struct node *n, struct config_memory *m);
/* Does @m agree with the memories read before it about the device they share? */
void vfio_check_shared(struct load *ld, const struct config_memory *m);

/* sweeps.c, expect.c, tph_note.c */
void sweeps_read(struct load *ld);
void expect_read(struct load *ld);
void tph_notes_read(struct load *ld);

#endif
