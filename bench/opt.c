// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Table-driven parsing of --name VALUE, --name=VALUE, -x VALUE and -xVALUE. */
#include "opt.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/err.h"
#include "config/diag.h"

enum flag_id {
	F_RESUME,
	F_STRICT,
	F_CSV,
	F_EXPLAIN,
	F_FROM,
	F_TREE,
	F_SVG,
	F_JSON,
	F_ROUTE,
	F_SAVE,
	F_NO_NAMES,
	F_PRINT_CONFIG,
	F_SET,
	F_OUTPUT,
	F_SEED,
	F_QUIET,
	F_HELP,
	F_VERSION
};

/* In the order of enum flag_id. */
const struct opt_flag opt_flags[] = {
	[F_RESUME] = {"resume", 0, "DIR", "go on with an interrupted run"},
	[F_STRICT] =
		{"strict", 0, NULL,
		 "run: do not measure when a noise gate fails; skipped or overloaded points: exit status 4"},
	[F_CSV] = {"csv", 0, "FILE", "limit: a row of FILE per case, its columns are the keys"},
	[F_EXPLAIN] = {"explain", 0, NULL, "limit: show every intermediate figure"},
	[F_FROM] = {"from", 0, "MACHINE",
		    "topo, limit: a saved file, a copied sysfs tree or hwloc XML instead of this machine"},
	[F_TREE] = {"tree", 0, NULL, "topo: all functions below their bridges"},
	[F_SVG] = {"svg", 0, NULL, "topo: a picture"},
	[F_JSON] = {"json", 0, NULL, "topo, selftest: one JSON document instead of text"},
	[F_ROUTE] = {"route", 0, "NIC TARGET", "topo, limit: the way from one device to another"},
	[F_SAVE] = {"save", 0, "FILE",
		    "topo: write what --from reads; as root, or the capabilities are missing"},
	[F_NO_NAMES] = {"no-names", 0, NULL, "topo --save: leave out the names of network interfaces"},
	[F_PRINT_CONFIG] = {"print-config", 0, NULL, "print the effective config with origins, run nothing"},
	[F_SET] = {"set", 0, "KEY=VALUE", "set any key: sweeps.NAME.qd=8, budget.points=100, qps=1,4"},
	[F_OUTPUT] = {"output", 'o', "DIR", "results directory (output.dir); of selftest: its file"},
	[F_SEED] = {"seed", 0, "N", "order and data patterns (order.seed)"},
	[F_QUIET] = {"quiet", 0, NULL, "no progress and no notes; results and errors stay"},
	[F_HELP] = {"help", 'h', NULL, "this text"},
	[F_VERSION] = {"version", 'V', NULL, "version, and what it was built with"},
	{NULL, 0, NULL, NULL},
};

/* One flag as written: --name[=value] or -x[value]. */
struct word {
	char name[64];
	char letter;
	const char *value; /* attached value, NULL when none */
};

static int split_word(const char *arg, struct word *w, struct err *e)
{
	const char *eq = strchr(arg, '=');
	size_t len;

	*w = (struct word){0};
	if (arg[1] != '-') {
		w->letter = arg[1];
		w->value = arg[2] ? arg + 2 + (arg[2] == '=') : NULL;
		snprintf(w->name, sizeof(w->name), "-%c", arg[1]);
		return 0;
	}
	len = eq ? (size_t)(eq - arg) : strlen(arg);
	if (len - 2 >= sizeof(w->name))
		return err_set(e, -EINVAL, "unknown flag '%.40s...'", arg);
	memcpy(w->name, arg + 2, len - 2);
	w->value = eq ? eq + 1 : NULL;
	return 0;
}

static const struct opt_flag *find_flag(const struct word *w)
{
	for (const struct opt_flag *f = opt_flags; f->name; f++)
		if (w->letter ? w->letter == f->letter : !strcmp(w->name, f->name))
			return f;
	return NULL;
}

static const struct key *find_key(const struct word *w)
{
	char name[64];

	if (w->letter)
		return keys_flag(w->letter);
	snprintf(name, sizeof(name), "%s", w->name);
	for (char *p = name; *p; p++)
		*p = *p == '-' ? '_' : *p;
	return keys_find(name, SCOPE_SWEEP);
}

static int unknown_flag(const struct word *w, struct err *e)
{
	const char *names[160];
	const char *near;
	size_t n = 0;

	for (const struct opt_flag *f = opt_flags; f->name; f++)
		names[n++] = f->name;
	for (size_t i = 0; i < keys_len && n < ARRAY_LEN(names) - 1; i++)
		if (keys[i].scope & SCOPE_SWEEP)
			names[n++] = keys[i].name;
	names[n] = NULL;
	err_set(e, -EINVAL, "unknown flag '%s%s'", w->letter ? "" : "--", w->name);
	near = w->letter ? NULL : diag_nearest(w->name, names);
	return near ? err_hint(e, -EINVAL, "did you mean '--%s'? `p2pbench help` lists all", near)
		    : err_hint(e, -EINVAL, "`p2pbench help` lists all");
}

static int add_override(struct opt *o, const char *path, size_t path_len, const char *flag, const char *text,
			struct err *e)
{
	char(*room)[192];

	if (o->n_over == OPT_OVERRIDES || path_len >= sizeof(o->text[0][0]))
		return err_set(e, -EINVAL, "%s: too many or too long values on the command line (at most %d)",
			       flag, OPT_OVERRIDES);
	room = o->text[o->n_over];
	snprintf(room[0], sizeof(room[0]), "%.*s", (int)path_len, path);
	snprintf(room[1], sizeof(room[1]), "%s", flag);
	o->over[o->n_over++] = (struct config_override){.path = room[0], .text = text, .flag = room[1]};
	return 0;
}

static int add_set(struct opt *o, const char *value, struct err *e)
{
	const char *eq = strchr(value, '=');
	char flag[192];

	if (!eq || eq == value)
		return err_set(e, -EINVAL, "--set %s: wants KEY=VALUE, e.g. --set qps=1,4", value);
	snprintf(flag, sizeof(flag), "--set %.*s", (int)(eq - value), value);
	return add_override(o, value, (size_t)(eq - value), flag, eq + 1, e);
}

static int apply_flag(struct opt *o, const struct opt_flag *f, const char *value, struct err *e)
{
	switch ((enum flag_id)(f - opt_flags)) {
	case F_RESUME:
		o->resume = value;
		return 0;
	case F_STRICT:
		o->strict = true;
		return 0;
	case F_CSV:
		o->csv = value;
		return 0;
	case F_EXPLAIN:
		o->explain = true;
		return 0;
	case F_FROM:
		o->from = value;
		return 0;
	case F_TREE:
		o->tree = true;
		return 0;
	case F_SVG:
		o->svg = true;
		return 0;
	case F_JSON:
		o->json = true;
		return 0;
	case F_ROUTE:
		o->route = value;
		return 0;
	case F_SAVE:
		o->save = value;
		return 0;
	case F_NO_NAMES:
		o->no_names = true;
		return 0;
	case F_PRINT_CONFIG:
		o->print_config = true;
		return 0;
	case F_SET:
		return add_set(o, value, e);
	case F_OUTPUT:
		return add_override(o, "output.dir", strlen("output.dir"), "--output", value, e);
	case F_SEED:
		return add_override(o, "order.seed", strlen("order.seed"), "--seed", value, e);
	case F_QUIET:
		o->quiet = true;
		return 0;
	case F_HELP:
		o->help = true;
		return 0;
	case F_VERSION:
		o->version = true;
		return 0;
	}
	return 0;
}

static int apply_key(struct opt *o, const struct key *k, const struct word *w, const char *value,
		     struct err *e)
{
	char flag[80];

	snprintf(flag, sizeof(flag), "%s%s", w->letter ? "" : "--", w->name);
	return add_override(o, k->name, strlen(k->name), flag, value, e);
}

static int parse_flag(struct opt *o, char **argv, int *i, struct err *e)
{
	const struct opt_flag *f;
	const struct key *k;
	const char *value;
	struct word w;
	int rc = split_word(argv[*i], &w, e);

	if (rc)
		return rc;
	f = find_flag(&w);
	k = f ? NULL : find_key(&w);
	if (!f && !k)
		return unknown_flag(&w, e);
	if (f && !f->metavar) {
		if (w.value)
			return err_set(e, -EINVAL, "%s takes no value", argv[*i]);
		return apply_flag(o, f, "", e);
	}
	value = w.value ? w.value : argv[*i + 1];
	if (!value || (!w.value && !strncmp(value, "--", 2)))
		return err_set(e, -EINVAL, "%s wants a value: %s", argv[*i], f ? f->metavar : k->metavar);
	if (!w.value)
		(*i)++;
	return f ? apply_flag(o, f, value, e) : apply_key(o, k, &w, value, e);
}

/* Is @verb a word of @words? */
static bool among(const char *verb, const char *words)
{
	const char *at = strstr(words, verb);

	return at && (at == words || at[-1] == ' ') && strchr(" ", at[strlen(verb)]);
}

/* What the verb would ignore is a mistake. */
static int check_verb(const struct opt *o, struct err *e)
{
	const struct {
		bool given;
		const char *flag, *verbs;
	} rule[] = {
		{o->csv, "--csv", "limit"},	      {o->explain, "--explain", "limit"},
		{o->resume, "--resume", "run"},	      {o->print_config, "--print-config", "run plan"},
		{o->from, "--from", "topo limit"},    {o->route, "--route", "topo limit"},
		{o->tree, "--tree", "topo"},	      {o->svg, "--svg", "topo"},
		{o->json, "--json", "topo selftest"}, {o->save, "--save", "topo"},
		{o->no_names, "--no-names", "topo"},  {o->strict, "--strict", "run"},
	};

	if (among(o->verb, "run plan") && o->n_args > 1)
		return err_set(e, -EINVAL, "%s: one file at a time; '%s' is one too many", o->verb,
			       o->arg[1]);
	if (!strcmp(o->verb, "selftest") && o->n_args)
		return err_set(e, -EINVAL, "selftest takes no word: '%s'; a device is named with -d",
			       o->arg[0]);
	if (among(o->verb, "list help limit topo") && o->n_over)
		return err_set(e, -EINVAL, "%s does not use %s", o->verb, o->over[0].flag);
	for (size_t i = 0; i < ARRAY_LEN(rule); i++)
		if (rule[i].given && !among(o->verb, rule[i].verbs))
			return err_set(e, -EINVAL, "%s does not use %s", o->verb, rule[i].flag);
	return 0;
}

int opt_parse(int argc, char **argv, struct opt *o, struct err *e)
{
	bool words_only = false;

	*o = (struct opt){0};
	for (int i = 1; i < argc; i++) {
		int rc = 0;

		if (!strcmp(argv[i], "--") && !words_only)
			words_only = true;
		else if (argv[i][0] == '-' && argv[i][1] && !words_only)
			rc = parse_flag(o, argv, &i, e);
		else if (!o->verb)
			o->verb = argv[i];
		else if (o->n_args < OPT_ARGS)
			o->arg[o->n_args++] = argv[i];
		else
			rc = err_set(e, -EINVAL, "one word too many: '%s'", argv[i]);
		if (rc)
			return rc;
	}
	return o->verb && !o->help && !o->version ? check_verb(o, e) : 0;
}
