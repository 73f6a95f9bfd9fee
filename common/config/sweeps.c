// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The sweeps of the effective tree, typed. What combinations mean is plan's concern. */
#include <string.h>

#include "base/cleanup.h"
#include "config/load.h"

/* Axes a sweep cannot do without; everything else has a default or may be empty. */
static const enum axis required[] = {AX_OP, AX_NIC, AX_TARGET, AX_SIZE};

static void read_map(struct load *ld, const struct node *map, const char *where, struct config_map *out)
{
	out->mark = map->mark;
	if (map->n == 0)
		diags_add(ld->diags, DIAG_ERROR, &map->mark, "an empty map in %s; name at least one axis",
			  where);
	for (size_t i = 0; i < map->n; i++) {
		const struct key *k = keys_find(map->entry[i].key->text, SCOPE_AXIS);

		if (k)
			axis_read(ld, k, map->entry[i].val, &out->ax[k->axis]);
		else
			unknown_key(ld, map->entry[i].key, SCOPE_AXIS, where);
	}
}

/* `cases` or `include`: a list of maps. */
static void read_maps(struct load *ld, const struct node *list, const char *where, struct config_map **maps,
		      size_t *n)
{
	list = need_kind(ld, list, NODE_LIST, where);
	if (!list || !few_entries(ld, list, where))
		return;
	for (size_t i = 0; i < list->n; i++) {
		struct config_map *slot;

		if (!need_kind(ld, list->entry[i].val, NODE_MAP, where))
			continue;
		slot = arena_push(ld->arena, maps, n, sizeof(*slot));
		if (!slot)
			return;
		read_map(ld, list->entry[i].val, where, slot);
	}
}

static void read_excludes(struct load *ld, const struct node *list, struct config_sweep *s)
{
	list = need_kind(ld, list, NODE_LIST, "exclude");
	if (!list || !few_entries(ld, list, "exclude"))
		return;
	for (size_t i = 0; i < list->n; i++) {
		struct config_matcher *slot;

		if (!need_kind(ld, list->entry[i].val, NODE_MAP, "exclude"))
			continue;
		slot = arena_push(ld->arena, &s->exclude, &s->n_exclude, sizeof(*slot));
		if (!slot)
			return;
		matcher_read(ld, list->entry[i].val, "exclude", slot);
	}
}

/* rounds: N or lo..hi */
static void read_rounds(struct load *ld, const struct node *n, struct config_settings *set)
{
	const struct key *k = keys_find("rounds", SCOPE_SWEEP);
	char *copy, *lo, *hi, *step;

	if (!need_kind(ld, n, NODE_SCALAR, "rounds"))
		return;
	copy = arena_text(ld->arena, n->text, strlen(n->text));
	if (!copy)
		return;
	if (!range_split(copy, &lo, &hi, &step)) {
		if (value_read(ld, k, n, &set->rounds_min))
			set->rounds_max = set->rounds_min;
		return;
	}
	if (step || !*lo || !*hi) {
		diags_add(ld->diags, DIAG_ERROR, &n->mark,
			  "rounds: '%.64s' is neither N nor lo..hi, as 12 or 12..60", n->text);
		return;
	}
	if (!value_number(ld, k, n, lo, &set->rounds_min) || !value_number(ld, k, n, hi, &set->rounds_max))
		return;
	if (set->rounds_min > set->rounds_max)
		diags_add(ld->diags, DIAG_ERROR, &n->mark, "rounds: range '%.64s' is reversed; write %s..%s",
			  n->text, hi, lo);
	else if (value_in_range(ld, k, n, set->rounds_min))
		value_in_range(ld, k, n, set->rounds_max);
}

/* Interconnects in the order written, 4 bits each. */
static uint32_t read_prefer(struct load *ld, const struct node *n)
{
	const struct key *k = keys_find("prefer", SCOPE_SWEEP);
	bool list = n && n->kind == NODE_LIST;
	uint32_t out = 0, seen = 0;
	unsigned int at = 0;

	if (list && n->n == 0)
		diags_add(ld->diags, DIAG_ERROR, &n->mark,
			  "prefer is an empty list; remove it for all, by predicted quality");
	for (size_t i = 0; n && i < (list ? n->n : 1); i++) {
		const struct node *word = list ? n->entry[i].val : n;
		int64_t v;

		if (!value_read(ld, k, word, &v))
			return 0;
		if (seen & 1u << v) {
			diags_add(ld->diags, DIAG_ERROR, &word->mark, "prefer names %s twice", k->words[v]);
			return 0;
		}
		seen |= 1u << v;
		out |= (uint32_t)(v + 1) << 4 * at++;
	}
	return out;
}

static void read_settings(struct load *ld, const struct node *map, struct config_settings *set)
{
	read_rounds(ld, node_get(map, "rounds"), set);
	set->window_ns = value_of(ld, map, "window", SCOPE_SWEEP, 0);
	set->ops = value_of(ld, map, "ops", SCOPE_SWEEP, 0);
	set->verify = value_of(ld, map, "verify", SCOPE_SWEEP, VERIFY_SAMPLE);
	set->fallback = value_of(ld, map, "fallback", SCOPE_SWEEP, FALLBACK_NONE);
	set->revoke = value_of(ld, map, "revoke", SCOPE_SWEEP, 0);
	set->prefer = read_prefer(ld, node_get(map, "prefer"));
}

static bool in_cases(const struct config_sweep *s, enum axis axis)
{
	for (size_t i = 0; i < s->n_cases; i++) {
		if (s->cases[i].ax[axis].n)
			return true;
	}
	return false;
}

static bool in_every_case(const struct config_sweep *s, enum axis axis)
{
	for (size_t i = 0; i < s->n_cases; i++) {
		if (!s->cases[i].ax[axis].n)
			return false;
	}
	return s->n_cases > 0;
}

/* Registering memory is no operation on it. */
static bool only_registers(const struct config_sweep *s)
{
	const struct config_axis *m = &s->ax[AX_MEASURE];

	return m->n == 1 && m->val[0].v == MEASURE_REG;
}

static void check_required(struct load *ld, const struct node *map, const struct config_sweep *s)
{
	const char *missing[ARRAY_LEN(required)], *hint = "";
	char text[64] = "";
	size_t n = 0, used = 0;

	for (size_t i = 0; i < ARRAY_LEN(required); i++) {
		const struct key *k = keys_axis(required[i]);

		if (node_get(map, k->name) || node_get(map, "extends") || in_every_case(s, required[i]) ||
		    (required[i] == AX_OP && only_registers(s)))
			continue;
		missing[n++] = k->name;
		if (required[i] == AX_NIC)
			hint = "`-d DEVICE` (e.g. -d soft0)";
	}
	for (size_t i = 0; i < n; i++)
		used += (size_t)snprintf(text + used, sizeof(text) - used, "%s%s",
					 i == 0	      ? ""
					 : i + 1 == n ? " and "
						      : ", ",
					 missing[i]);
	if (n && (s->mark.line || s->mark.flag))
		diags_add(ld->diags, DIAG_ERROR, &s->mark, "sweep '%s' names no %s", s->name, text);
	else if (n) /* flags alone */
		diags_add(ld->diags, DIAG_ERROR, NULL, "the flags name no %s; add %s%s%s", text, hint,
			  *hint && n > 1 ? " and " : "", *hint && n == 1 ? "" : "--op OP");
}

/* The cases would silently win over a value that somebody wrote down. */
static void check_twice(struct load *ld, const struct config_sweep *s)
{
	char place[64] = "";

	if (s->n_cases && s->cases[0].mark.flag)
		snprintf(place, sizeof(place), "%s", s->cases[0].mark.flag);
	else if (s->n_cases)
		snprintf(place, sizeof(place), "line %d", s->cases[0].mark.line);
	for (int ax = 0; ax < AX_COUNT; ax++) {
		const struct mark *m = &s->ax[ax].mark;

		if (s->ax[ax].n && (m->line || m->flag) && in_cases(s, (enum axis)ax))
			diags_add(ld->diags, DIAG_ERROR, m,
				  "sweep '%s' sets %s here and in its cases; keep one (the cases: %s)",
				  s->name, keys_axis((enum axis)ax)->name, place);
	}
}

static void read_sweep(struct load *ld, const struct node *map, struct config_sweep *s)
{
	const struct node *name = node_get(map, "name"), *cases = node_get(map, "cases");

	s->mark = name ? name->mark : map->mark;
	s->name = text_of(ld, map, "name", true);
	if (!name)
		diags_add(ld->diags, DIAG_ERROR, &map->mark, "a sweep has no name; add `name:`");
	if (!s->name)
		s->name = "?";
	for (int ax = 0; ax < AX_COUNT; ax++) {
		const struct key *k = keys_axis((enum axis)ax);
		const struct node *n = node_get(map, k->name);

		if (n)
			axis_read(ld, k, n, &s->ax[ax]);
	}
	if (cases && cases->kind == NODE_LIST && cases->n == 0)
		diags_add(ld->diags, DIAG_ERROR, &cases->mark,
			  "cases is an empty list; add a case or remove it");
	read_maps(ld, cases, "cases", &s->cases, &s->n_cases);
	read_excludes(ld, node_get(map, "exclude"), s);
	read_maps(ld, node_get(map, "include"), "include", &s->include, &s->n_include);
	read_settings(ld, map, &s->set);
	check_required(ld, map, s);
	check_twice(ld, s);
}

static void check_names(struct load *ld)
{
	const struct config *c = ld->cfg;

	for (size_t i = 0; i < c->n_sweeps; i++) {
		for (size_t j = 0; j < i; j++) {
			if (strcmp(c->sweeps[i].name, "?") != 0 &&
			    !strcmp(c->sweeps[i].name, c->sweeps[j].name))
				diags_add(ld->diags, DIAG_ERROR, &c->sweeps[i].mark,
					  "sweep '%s' is defined twice; rename one", c->sweeps[i].name);
		}
	}
}

void sweeps_read(struct load *ld)
{
	const struct node *list = node_get(ld->tree, "sweeps");
	struct config *c = ld->cfg;

	if (!list || (list->kind == NODE_LIST && list->n == 0))
		diags_add(ld->diags, DIAG_ERROR, list ? &list->mark : NULL,
			  "there are no sweeps; add `sweeps:` with at least one `- name: ...`");
	if (!list || list->kind != NODE_LIST)
		return;
	if (!few_entries(ld, list, "sweeps"))
		return;
	for (size_t i = 0; i < list->n; i++) {
		struct config_sweep *s = arena_push(ld->arena, &c->sweeps, &c->n_sweeps, sizeof(*s));

		if (!s)
			return;
		read_sweep(ld, list->entry[i].val, s);
	}
	check_names(ld);
}
