// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* What planning a sweep found, in words and with its place; see findings.h. */
#include "plan/findings.h"

#include <inttypes.h>

#include "base/units.h"

/* The value's own place, else the include's, else the sweep's. */
static struct mark mark_of(const struct config *c, const struct walk *w, const enum axis *ax)
{
	for (; *ax != AX_COUNT; ax++) {
		const struct config_value *val = w->b->ax[*ax].val;

		if (val && (val[w->digit[*ax]].mark.line || val[w->digit[*ax]].mark.flag))
			return val[w->digit[*ax]].mark;
	}
	return w->b->include ? w->b->include->mark : c->sweeps[w->b->sweep].mark;
}

/* "batch 16, qd 1"; memory with its length. */
static void describe(const struct config *c, const struct walk *w, const enum axis *ax, char *buf, size_t len)
{
	size_t used = 0;

	buf[0] = '\0';
	for (; *ax != AX_COUNT && used < len; ax++) {
		int64_t v = w->v[*ax];
		char text[32], size[UNITS_TEXT];

		if (v == AXIS_EMPTY)
			continue;
		used += (size_t)snprintf(buf + used, len - used, "%s%s %s", used ? ", " : "",
					 keys_axis(*ax)->name, config_value_text(c, *ax, v, text));
		if ((*ax == AX_TARGET || *ax == AX_SOURCE) && used < len)
			used += (size_t)snprintf(buf + used, len - used, " (%s)",
						 units_size_text(size, c->memory[v].length));
	}
}

/* Return: whether it is an error. */
static bool report_rule(const struct config *c, struct diags *d, const struct config_sweep *s,
			const struct rule *rule, const struct broken *broken)
{
	bool note = rule->by_kind && !broken->block->include;
	char what[256], points[48];
	struct walk w;
	struct mark m;

	walk_seek(&w, c, broken->block, broken->raw);
	describe(c, &w, rule->ax, what, sizeof(what));
	m = mark_of(c, &w, rule->ax);
	snprintf(points, sizeof(points), "%" PRIu64 " point%s", broken->count, broken->count == 1 ? "" : "s");
	if (note)
		diags_add(d, DIAG_NOTE, &m, "sweep '%s': %s left out: %s: %s", s->name, points, what,
			  rule->why);
	else
		diags_add(d, DIAG_ERROR, &m, "sweep '%s': %s: %s (%s)", s->name, what, rule->why, points);
	return !note;
}

/* Return: whether any is an error. */
static bool report_rules(const struct config *c, struct diags *d, const struct config_sweep *s,
			 const struct broken *broken)
{
	size_t per_rule = c->n_memory;
	bool errors = false;

	for (size_t i = 0; i < rules_len() * per_rule; i++) {
		if (broken[i].count)
			errors |= report_rule(c, d, s, rules_at(i / per_rule), &broken[i]);
	}
	return errors;
}

static void report_excludes(struct diags *d, const struct config_sweep *s, const uint64_t *excluded)
{
	for (size_t i = 0; i < s->n_exclude; i++) {
		if (!excluded[i])
			diags_add(d, DIAG_WARNING, &s->exclude[i].mark,
				  "exclude #%zu removes 0 points in sweep '%s'", i + 1, s->name);
	}
}

static const char *differing(const struct config_settings *a, const struct config_settings *b)
{
	if (a->rounds_min != b->rounds_min || a->rounds_max != b->rounds_max)
		return "rounds";
	if (a->window_ns != b->window_ns)
		return "window";
	if (a->ops != b->ops)
		return "ops";
	return a->verify != b->verify ? "verify" : NULL;
}

/* A point is measured once, with the settings of the sweep it is first in. */
static void report_shared(const struct config *c, struct diags *d, const struct config_sweep *s,
			  const uint64_t *shared)
{
	for (const struct config_sweep *first = c->sweeps; first < s; first++) {
		uint64_t n = shared[first - c->sweeps];
		const char *key = differing(&first->set, &s->set);

		if (n && key)
			diags_add(d, DIAG_ERROR, &s->mark,
				  "sweep '%s': %" PRIu64
				  " point%s already in sweep '%s', where %s differs; exclude "
				  "them here or set the same %s",
				  s->name, n, n == 1 ? " is" : "s are", first->name, key, key);
		else if (n)
			diags_add(d, DIAG_WARNING, &s->mark,
				  "sweep '%s': %" PRIu64 " point%s already in sweep '%s' and measured once",
				  s->name, n, n == 1 ? " is" : "s are", first->name);
	}
}

static void report_empty(struct diags *d, const struct config_sweep *s, const struct plan_count *n)
{
	if (n->kept == 0)
		diags_add(d, DIAG_ERROR, &s->mark,
			  "sweep '%s' has no points left: of %" PRIu64 ", %" PRIu64 " excluded, %" PRIu64
			  " impossible, %" PRIu64 " in an earlier sweep",
			  s->name, n->raw, n->excluded, n->impossible, n->duplicate);
}

void findings_report(const struct config *c, struct diags *d, const struct config_sweep *s,
		     const struct findings *f)
{
	report_excludes(d, s, f->excluded);
	report_shared(c, d, s, f->shared);
	if (!report_rules(c, d, s, f->broken))
		report_empty(d, s, &f->count);
}
