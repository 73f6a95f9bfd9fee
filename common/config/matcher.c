// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Partial maps that choose points: all keys must match, a list matches any, `not:` negates. */
#include <stdlib.h>
#include <string.h>

#include "config/load.h"

/* An end of a range; an empty text leaves *out open. */
static bool read_end(struct load *ld, const struct key *k, const struct node *n, const char *text,
		     int64_t *out)
{
	return *text == '\0' || (value_number(ld, k, n, text, out) && value_in_range(ld, k, n, *out));
}

static bool read_range(struct load *ld, const struct key *k, const struct node *n,
		       struct config_match_item *out)
{
	char *copy = arena_text(ld->arena, n->text, strlen(n->text)), *lo, *hi, *step;

	if (!copy || !range_split(copy, &lo, &hi, &step))
		return false;
	/* near and far are below 0 and in no range. */
	*out = (struct config_match_item){.lo = k->type == KEY_PLACE ? 0 : INT64_MIN, .hi = INT64_MAX};
	if (step || (!*lo && !*hi)) {
		diags_add(ld->diags, DIAG_ERROR, &n->mark,
			  "%s: a range in a rule is lo..hi, lo.. or ..hi, without a step", k->name);
		return false;
	}
	if (!read_end(ld, k, n, lo, &out->lo) || !read_end(ld, k, n, hi, &out->hi))
		return false;
	if (out->lo <= out->hi)
		return true;
	diags_add(ld->diags, DIAG_ERROR, &n->mark, "%s: range '%.64s' is reversed; write %s..%s", k->name,
		  n->text, hi, lo);
	return false;
}

static void read_item(struct load *ld, const struct key *k, const struct node *n,
		      struct config_match_axis *out)
{
	struct config_match_item item = {0}, *slot;
	bool range =
		n->kind == NODE_SCALAR && k->type != KEY_WORD && k->type != KEY_NAME && strstr(n->text, "..");

	if (range ? !read_range(ld, k, n, &item) : !value_read(ld, k, n, &item.lo))
		return;
	if (!range)
		item.hi = item.lo;
	if (out->n == AXIS_MAX_VALUES) {
		diags_add(ld->diags, DIAG_ERROR, &n->mark, "%s has more than %d values in a rule; use ranges",
			  k->name, AXIS_MAX_VALUES);
		return;
	}
	slot = arena_push(ld->arena, &out->item, &out->n, sizeof(*slot));
	if (slot)
		*slot = item;
}

static void read_items(struct load *ld, const struct key *k, const struct node *n,
		       struct config_match_axis *out)
{
	if (n->kind != NODE_LIST) {
		read_item(ld, k, n, out);
		return;
	}
	if (n->n == 0)
		diags_add(ld->diags, DIAG_ERROR, &n->mark, "%s is an empty list, which matches nothing",
			  k->name);
	for (size_t i = 0; i < n->n; i++)
		read_items(ld, k, n->entry[i].val, out);
}

static int by_low_end(const void *a, const void *b)
{
	const struct config_match_item *x = a, *y = b;

	return (x->lo > y->lo) - (x->lo < y->lo);
}

/* Sorted and disjoint, so that matching is a binary search. */
static void merge_items(struct config_match_axis *a)
{
	size_t n = 0;

	if (a->n)
		qsort(a->item, a->n, sizeof(*a->item), by_low_end);
	for (size_t i = 0; i < a->n; i++) {
		struct config_match_item it = a->item[i], *last = n ? &a->item[n - 1] : NULL;

		if (!last || it.lo > last->hi)
			a->item[n++] = it;
		else if (it.hi > last->hi)
			last->hi = it.hi;
	}
	a->n = n;
}

static void read_not(struct load *ld, const struct node *n, const char *where, struct config_matcher *out)
{
	if (!need_kind(ld, n, NODE_MAP, "not"))
		return;
	out->not_map = arena_alloc(ld->arena, 1, sizeof(*out->not_map));
	if (out->not_map)
		matcher_read(ld, n, where, out->not_map);
}

void matcher_read(struct load *ld, const struct node *map, const char *where, struct config_matcher *out)
{
	out->mark = map->mark;
	if (map->n == 0)
		diags_add(ld->diags, DIAG_ERROR, &map->mark,
			  "an empty rule would match everything; name at least one key");
	for (size_t i = 0; i < map->n; i++) {
		const struct node_entry *e = &map->entry[i];
		const struct key *k = keys_find(e->key->text, SCOPE_AXIS);

		if (!strcmp(e->key->text, "not"))
			read_not(ld, e->val, where, out);
		else if (!k)
			unknown_key(ld, e->key, SCOPE_AXIS | SCOPE_RULE, where);
		else {
			read_items(ld, k, e->val, &out->ax[k->axis]);
			merge_items(&out->ax[k->axis]);
			out->named |= 1ull << k->axis;
		}
	}
}
