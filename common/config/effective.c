// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * From what was written to what it means: drops x- keys, folds `defaults` and `extends` into each
 * sweep, adds the built-in memory `host` and nics named by flags alone, fills in the defaults of
 * the option table. Nothing is typed here.
 */
#include <string.h>

#include "config/load.h"

static const struct mark by_default = {.len = 1};

bool names_are_free(const char *section)
{
	return !strcmp(section, "nics") || !strcmp(section, "memory") || !strcmp(section, "tags");
}

/* Removes x- keys where the grammar fixes the keys, so not among names the user chose (@named). */
static void strip_notes(struct node *n, bool named, int level)
{
	size_t kept = 0;

	for (size_t i = 0; i < n->n; i++) {
		struct node_entry e = n->entry[i];

		if (n->kind == NODE_MAP && !named && !strncmp(e.key->text, "x-", 2))
			continue;
		strip_notes(e.val, level == 0 && names_are_free(e.key->text), level + 1);
		n->entry[kept++] = e;
	}
	n->n = kept;
}

static void set_default(struct load *ld, struct node *map, const char *key, const char *text)
{
	if (!node_get(map, key))
		node_set(ld->arena, map, node_scalar(ld->arena, key, by_default),
			 node_scalar(ld->arena, text, by_default));
}

static void fill(struct load *ld, struct node *map, unsigned int scope)
{
	for (size_t i = 0; map && i < keys_len; i++) {
		if ((keys[i].scope & scope) && keys[i].dflt)
			set_default(ld, map, keys[i].name, keys[i].dflt);
	}
}

/* The map at @key of the top level; made when it is missing, NULL when it is no map. */
static struct node *section(struct load *ld, const char *key)
{
	struct node *n = node_get(ld->tree, key);

	if (!n) {
		n = node_new(ld->arena, NODE_MAP, by_default);
		node_set(ld->arena, ld->tree, node_scalar(ld->arena, key, by_default), n);
	}
	return need_kind(ld, n, NODE_MAP, key) ? n : NULL;
}

static void complete_nics(struct load *ld, const struct node *nics)
{
	for (size_t i = 0; nics && i < nics->n; i++) {
		struct node *nic = nics->entry[i].val;

		if (!need_kind(ld, nic, NODE_MAP, nics->entry[i].key->text))
			continue;
		check_keys(ld, nic, SCOPE_NIC, "a nic");
		fill(ld, nic, SCOPE_NIC);
	}
}

/* A list of maps: @key of a memory. */
static void complete_list(struct load *ld, const struct node *mem, const char *key, unsigned int scope,
			  const char *where)
{
	const struct node *list = need_kind(ld, node_get(mem, key), NODE_LIST, key);

	for (size_t i = 0; list && i < list->n; i++) {
		struct node *r = list->entry[i].val;

		if (!need_kind(ld, r, NODE_MAP, key))
			continue;
		check_keys(ld, r, scope, where);
		fill(ld, r, scope);
	}
}

static void complete_tph(struct load *ld, struct node *tph)
{
	if (!need_kind(ld, tph, NODE_MAP, "tph_feature"))
		return;
	check_keys(ld, tph, SCOPE_TPH, "tph_feature");
	fill(ld, tph, SCOPE_TPH);
}

static void complete_memory(struct load *ld, struct node *memory)
{
	if (memory && !node_get(memory, "host")) {
		struct node *host = node_new(ld->arena, NODE_MAP, by_default);

		if (host)
			set_default(ld, host, "kind", "host");
		node_set(ld->arena, memory, node_scalar(ld->arena, "host", by_default), host);
	}
	for (size_t i = 0; memory && i < memory->n; i++) {
		struct node *mem = memory->entry[i].val;

		if (!need_kind(ld, mem, NODE_MAP, memory->entry[i].key->text))
			continue;
		check_keys(ld, mem, SCOPE_MEMORY, "a memory");
		complete_list(ld, mem, "ranges", SCOPE_RANGE, "a range");
		complete_list(ld, mem, "init", SCOPE_INIT, "a register of init");
		complete_tph(ld, node_get(mem, "tph_feature"));
		if (!node_get(mem, "ranges")) /* else it is the sum of them */
			fill(ld, mem, SCOPE_MEMORY);
	}
}

/* `-d mlx5_0` needs no entry in nics: the flag names the device. */
static void implicit_nics(struct load *ld, struct node *nics, const struct node *n)
{
	struct node *nic;

	if (!n || !nics)
		return;
	for (size_t i = 0; n->kind == NODE_LIST && i < n->n; i++)
		implicit_nics(ld, nics, n->entry[i].val);
	if (n->kind != NODE_SCALAR || !n->mark.flag || !name_valid(n->text) || node_get(nics, n->text))
		return;
	nic = node_new(ld->arena, NODE_MAP, n->mark);
	if (nic)
		node_set(ld->arena, nic, node_scalar(ld->arena, "device", n->mark),
			 node_scalar(ld->arena, n->text, n->mark));
	node_set(ld->arena, nics, node_scalar(ld->arena, n->text, n->mark), nic);
}

static const struct node *find_sweep(const struct node *sweeps, const char *name)
{
	for (size_t i = 0; i < sweeps->n; i++) {
		const struct node *is = node_get(sweeps->entry[i].val, "name");

		if (is && is->kind == NODE_SCALAR && !strcmp(is->text, name))
			return sweeps->entry[i].val;
	}
	return NULL;
}

static void unknown_base(struct load *ld, const struct node *sweeps, const struct node *ext)
{
	const char **names = arena_alloc(ld->arena, sweeps->n + 1, sizeof(*names));
	size_t n = 0;

	for (size_t i = 0; names && i < sweeps->n; i++) {
		const struct node *sweep = sweeps->entry[i].val, *name = node_get(sweep, "name");

		if (!node_get(sweep, "extends") && name && name->kind == NODE_SCALAR)
			names[n++] = name->text;
	}
	if (names)
		unknown_word(ld, ext, "sweep", "", names);
}

/* The sweep @own extends; NULL when it extends none or cannot. */
static const struct node *base_of(struct load *ld, const struct node *sweeps, const struct node *own)
{
	const struct node *ext = need_kind(ld, node_get(own, "extends"), NODE_SCALAR, "extends"), *base;

	if (!ext)
		return NULL;
	base = find_sweep(sweeps, ext->text);
	if (base && base != own && !node_get(base, "extends"))
		return base;
	if (!base)
		unknown_base(ld, sweeps, ext);
	else if (base == own)
		diags_add(ld->diags, DIAG_ERROR, &ext->mark, "sweep '%.64s' extends itself", ext->text);
	else
		diags_add(ld->diags, DIAG_ERROR, &ext->mark,
			  "sweep '%.64s' extends another sweep itself; one level is allowed, extend that one",
			  ext->text);
	return NULL;
}

static bool cases_name(const struct node *cases, const char *axis)
{
	for (size_t i = 0; cases && cases->kind == NODE_LIST && i < cases->n; i++) {
		if (node_get(cases->entry[i].val, axis))
			return true;
	}
	return false;
}

/* Where a sweep's keys come from, nearest first: itself, the sweep it extends, `defaults`. */
enum { LEVELS = 3 };

static int nearest_level(const struct node *const level[LEVELS], const char *key)
{
	int i = 0;

	while (i < LEVELS && !node_get(level[i], key))
		i++;
	return i;
}

/* The value of a sweep's key; NULL when it has none or when nearer cases name the axis. */
static struct node *inherited(const struct node *const level[LEVELS], const struct key *k)
{
	int from = k->scope & SCOPE_ENTRY ? 0 : nearest_level(level, k->name);
	int cases = nearest_level(level, "cases");

	if (from == LEVELS || (from > cases && cases_name(node_get(level[cases], "cases"), k->name)))
		return NULL;
	return node_get(level[from], k->name);
}

static bool defaulted(const struct node *const level[LEVELS], const struct key *k)
{
	int cases = nearest_level(level, "cases");

	return k->dflt && (cases == LEVELS || !cases_name(node_get(level[cases], "cases"), k->name));
}

/* All keys of a sweep in one map, its name first. An axis that only some cases name means its default in the
 * others. */
static struct node *merged_sweep(struct load *ld, const struct node *const level[LEVELS])
{
	struct node *out = node_new(ld->arena, NODE_MAP, level[0]->mark), *name = node_get(level[0], "name");

	if (out && name)
		node_set(ld->arena, out, node_scalar(ld->arena, "name", name->mark), name);
	for (size_t i = 0; out && i < keys_len; i++) {
		const struct key *k = &keys[i];
		struct node *v;

		/* A base that could not be followed stays visible: what it lacks is no second fault. */
		if (!(k->scope & (SCOPE_SWEEP | SCOPE_ENTRY)) || (level[1] && !strcmp(k->name, "extends")))
			continue;
		v = inherited(level, k);
		if (v)
			node_set(ld->arena, out, node_scalar(ld->arena, k->name, v->mark), v);
		else if (defaulted(level, k))
			set_default(ld, out, k->name, k->dflt);
	}
	return out;
}

static void complete_sweeps(struct load *ld, struct node *nics, const struct node *defaults)
{
	const struct node *list = need_kind(ld, node_get(ld->tree, "sweeps"), NODE_LIST, "sweeps");
	struct node *done = list ? node_new(ld->arena, NODE_LIST, list->mark) : NULL;

	/* One more than allowed, for sweeps_read() to see. */
	for (size_t i = 0; done && i < list->n && i <= MAX_ENTRIES; i++) {
		const struct node *own = need_kind(ld, list->entry[i].val, NODE_MAP, "sweeps");
		struct node *sweep;

		if (!own)
			continue;
		check_keys(ld, own, SCOPE_SWEEP | SCOPE_ENTRY, "a sweep");
		sweep = merged_sweep(
			ld, (const struct node *const[LEVELS]){own, base_of(ld, list, own), defaults});
		if (!sweep)
			return;
		implicit_nics(ld, nics, node_get(sweep, "nic"));
		implicit_nics(ld, nics, node_get(sweep, "peer_nic"));
		node_append(ld->arena, done, sweep);
	}
	if (done)
		node_set(ld->arena, ld->tree, node_scalar(ld->arena, "sweeps", list->mark), done);
}

/* `--set defaults.qd` does nothing when each sweep has a qd of its own; files say so on purpose, flags not.
 */
static void check_defaults_reach(struct load *ld, const struct node *defaults)
{
	const struct node *sweeps = node_get(ld->tree, "sweeps");

	for (size_t i = 0; defaults && sweeps && i < defaults->n; i++) {
		const struct node_entry *e = &defaults->entry[i];
		bool reached = sweeps->n == 0;

		for (size_t s = 0; s < sweeps->n; s++)
			reached |= node_get(sweeps->entry[s].val, e->key->text) == e->val;
		if (e->val->mark.flag && !reached)
			diags_add(
				ld->diags, DIAG_WARNING, &e->val->mark,
				"no effect: every sweep sets %.64s itself; use --%.64s or sweeps.NAME.%.64s",
				e->key->text, e->key->text, e->key->text);
	}
}

/* Without a peer there is nothing to say of it. */
static void complete_peer(struct load *ld)
{
	struct node *options = node_get(ld->tree, "peer_options");

	if (!options && node_get(ld->tree, "peer")) {
		options = node_new(ld->arena, NODE_MAP, by_default);
		node_set(ld->arena, ld->tree, node_scalar(ld->arena, "peer_options", by_default), options);
	}
	if (!need_kind(ld, options, NODE_MAP, "peer_options"))
		return;
	check_keys(ld, options, SCOPE_PEER, "peer_options");
	fill(ld, options, SCOPE_PEER);
}

static void complete_section(struct load *ld, const char *name, unsigned int scope)
{
	struct node *n = section(ld, name);

	check_keys(ld, n, scope, name);
	fill(ld, n, scope);
}

void effective_tree(struct load *ld)
{
	const struct node *defaults;
	struct node *nics, *memory;

	strip_notes(ld->tree, false, 0);
	check_keys(ld, ld->tree, SCOPE_TOP, "the top level");
	fill(ld, ld->tree, SCOPE_TOP);
	defaults = need_kind(ld, node_get(ld->tree, "defaults"), NODE_MAP, "defaults");
	check_keys(ld, defaults, SCOPE_SWEEP, "defaults");
	nics = section(ld, "nics");
	memory = section(ld, "memory");
	complete_sweeps(ld, nics, defaults);
	check_defaults_reach(ld, defaults);
	complete_nics(ld, nics);
	complete_memory(ld, memory);
	complete_peer(ld);
	complete_section(ld, "budget", SCOPE_BUDGET);
	complete_section(ld, "order", SCOPE_ORDER);
	complete_section(ld, "output", SCOPE_OUTPUT);
}
