// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The grammar of axis values: item, or list of items (lists in lists flatten); an item is a word,
 * a number or a range `lo..hi`, `lo..hi xN` (times N), `lo..hi +N`.
 */
#include <inttypes.h>
#include <string.h>

#include "base/units.h"
#include "config/load.h"
#include "config/u64set.h"

/* An axis while it is read. */
struct reading {
	struct load *ld;
	const struct key *key;
	struct config_axis *axis;
	struct u64set seen;
	bool full;
};

struct range {
	int64_t lo, hi;
	bool times;
	int64_t step;
};

bool range_split(char *text, char **lo, char **hi, char **step)
{
	char *dots = strstr(text, ".."), *blank;

	if (!dots)
		return false;
	*dots = '\0';
	*lo = text;
	*hi = dots + 2;
	blank = strchr(*hi, ' ');
	*step = blank ? blank + strspn(blank, " ") : NULL;
	if (blank)
		*blank = '\0';
	return true;
}

static void push(struct reading *r, const struct node *n, int64_t v)
{
	struct config_value *val;
	char text[32];
	bool added = false;

	if (r->full)
		return;
	if (u64set_add(&r->seen, (uint64_t)v, &added) != 0)
		return;
	if (!added) {
		diags_add(r->ld->diags, DIAG_NOTE, &n->mark, "%s %s is listed twice; it is measured once",
			  r->key->name, config_value_text(r->ld->cfg, (enum axis)r->key->axis, v, text));
		return;
	}
	if (r->axis->n == AXIS_MAX_VALUES) {
		diags_add(r->ld->diags, DIAG_ERROR, &n->mark,
			  "%s has more than %d values; narrow the range or take larger steps", r->key->name,
			  AXIS_MAX_VALUES);
		r->full = true;
		return;
	}
	val = arena_push(r->ld->arena, &r->axis->val, &r->axis->n, sizeof(*val));
	if (val)
		*val = (struct config_value){.v = v, .mark = n->mark};
}

static bool bad_range(struct reading *r, const struct node *n, const char *why)
{
	diags_add(r->ld->diags, DIAG_ERROR, &n->mark, "%s: range '%.64s' %s", r->key->name, n->text, why);
	return false;
}

/* Without a step a size doubles and a count goes up by one. */
static bool read_step(struct reading *r, const struct node *n, const char *text, struct range *out)
{
	out->times = text ? *text == 'x' : r->key->type == KEY_SIZE;
	out->step = out->times ? 2 : 1;
	if (text) {
		if (*text != 'x' && *text != '+')
			return bad_range(r, n, "has a step other than xN (times N) or +N");
		if (!value_number(r->ld, r->key, n, text + 1, &out->step))
			return false;
	}
	if (out->times && out->step < 2)
		return bad_range(r, n, "never ends: the factor must be 2 or more");
	if (!out->times && out->step < 1)
		return bad_range(r, n, "never ends: the step must be 1 or more");
	if (out->times && out->lo == 0)
		return bad_range(r, n, "never leaves 0 by multiplying; use a step, as in 0..1K +64");
	return true;
}

static bool read_range(struct reading *r, const struct node *n, char *text, struct range *out)
{
	char *lo, *hi, *step;

	if (strstr(text, " ..") || strstr(text, ".. "))
		return bad_range(r, n, "has blanks around '..'; write it without, as 64..1K");
	if (!range_split(text, &lo, &hi, &step))
		return false;
	if (!*lo || !*hi)
		return bad_range(r, n,
				 "is open; both ends are needed here (open ends are for exclude and expect)");
	if (!value_number(r->ld, r->key, n, lo, &out->lo) || !value_number(r->ld, r->key, n, hi, &out->hi))
		return false;
	if (out->lo > out->hi) {
		diags_add(r->ld->diags, DIAG_ERROR, &n->mark, "%s: range '%.64s' is reversed; write %s..%s",
			  r->key->name, n->text, hi, lo);
		return false;
	}
	return value_in_range(r->ld, r->key, n, out->lo) && value_in_range(r->ld, r->key, n, out->hi) &&
	       read_step(r, n, step, out);
}

static void push_range(struct reading *r, const struct node *n, const struct range *g)
{
	enum axis axis = (enum axis)r->key->axis;
	char hi[32], last[32];
	int64_t v = g->lo, next;

	for (;;) {
		push(r, n, v);
		if (g->times ? __builtin_mul_overflow(v, g->step, &next)
			     : __builtin_add_overflow(v, g->step, &next))
			break;
		if (next > g->hi || r->full)
			break;
		v = next;
	}
	if (v != g->hi && !r->full)
		diags_add(r->ld->diags, DIAG_WARNING, &n->mark, "%s: '%.64s' ends at %s; %s is not in it",
			  r->key->name, n->text, config_value_text(r->ld->cfg, axis, v, last),
			  config_value_text(r->ld->cfg, axis, g->hi, hi));
}

static bool numeric(const struct key *k)
{
	return k->type == KEY_INT || k->type == KEY_SIZE || k->type == KEY_PLACE;
}

static void read_item(struct reading *r, const struct node *n)
{
	struct range range;
	int64_t v;
	char *copy;

	if (numeric(r->key) && strstr(n->text, "..")) {
		copy = arena_text(r->ld->arena, n->text, strlen(n->text));
		if (copy && read_range(r, n, copy, &range))
			push_range(r, n, &range);
		return;
	}
	if (value_read(r->ld, r->key, n, &v))
		push(r, n, v);
}

static void read_items(struct reading *r, const struct node *n)
{
	if (n->kind != NODE_LIST) {
		read_item(r, n);
		return;
	}
	if (n->n == 0)
		diags_add(r->ld->diags, DIAG_ERROR, &n->mark, "%s is an empty list (%s)", r->key->name,
			  r->key->help);
	for (size_t i = 0; i < n->n; i++)
		read_items(r, n->entry[i].val);
}

void axis_read(struct load *ld, const struct key *k, const struct node *n, struct config_axis *out)
{
	struct reading r = {.ld = ld, .key = k, .axis = out};

	out->mark = n->mark;
	if (n->kind == NODE_MAP)
		need_kind(ld, n, NODE_SCALAR, k->name);
	else
		read_items(&r, n);
	u64set_close(&r.seen);
}
