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
	F_VERBOSE,
	F_CONFIG,
	F_BAR,
	F_TRY,
	F_NEED,
	F_FIX_SCRIPT,
	F_WITHIN,
	F_AXIS,
	F_BASE,
	F_FAIL_ON,
	F_WAIVE,
	F_MIXED,
	F_WITHIN_RUN_ONLY,
	F_MATRIX,
	F_VALUE,
	F_FORMAT,
	F_MD,
	F_WHERE,
	F_TAG,
	F_PRINT_CONFIG,
	F_SET,
	F_OUTPUT,
	F_SEED,
	F_QUIET,
	F_HELP,
	F_VERSION
};

#define AT(member) offsetof(struct opt, member)

/* In the order of enum flag_id. */
const struct opt_flag opt_flags[] = {
	[F_RESUME] = {"resume", 0, "DIR", "go on with an interrupted run", AT(resume)},
	[F_STRICT] =
		{"strict", 0, NULL,
		 "run: do not measure when a noise gate fails; skipped or overloaded points: exit status 4",
		 AT(strict)},
	[F_CSV] = {"csv", 0, "FILE", "limit: a row of FILE per case, its columns are the keys", AT(csv)},
	[F_EXPLAIN] = {"explain", 0, NULL, "limit: show every intermediate figure", AT(explain)},
	[F_FROM] = {"from", 0, "MACHINE",
		    "topo, limit, plan, match, list memory, tph-expect, doctor: a saved file, a copied sysfs "
		    "tree or hwloc XML instead of this machine",
		    AT(from)},
	[F_TREE] = {"tree", 0, NULL, "topo: all functions below their bridges", AT(tree)},
	[F_SVG] = {"svg", 0, NULL, "topo: a picture", AT(svg)},
	[F_JSON] = {"json", 0, NULL,
		    "topo, selftest, compare, match, list memory, tph-expect, doctor: one JSON document "
		    "instead of text",
		    AT(json)},
	[F_ROUTE] = {"route", 0, "NIC TARGET", "topo, limit: the way from one device to another", AT(route)},
	[F_SAVE] = {"save", 0, "FILE",
		    "topo: write what --from reads; as root, or the capabilities are missing", AT(save)},
	[F_NO_NAMES] = {"no-names", 0, NULL, "topo --save: leave out the names of network interfaces",
			AT(no_names)},
	[F_VERBOSE] = {"verbose", 'v', NULL, "plan: where threads and host memory would go, and why",
		       AT(verbose)},
	[F_CONFIG] = {"config", 'f', "FILE", "match: NIC and memory are names of this config", AT(config)},
	[F_BAR] = {"bar", 0, "N", "match: BAR of a target that is a PCI address", AT(bar)},
	[F_TRY] = {"try", 0, NULL, "match: register a page by each interconnect; opening a target resets it",
		   AT(try)},
	[F_NEED] = {"need", 0, "hardware", "doctor: what a run on hardware lacks is a failure", AT(need)},
	[F_FIX_SCRIPT] = {"fix-script", 0, NULL,
			  "doctor: print the fixes and their undo as a shell script; runs nothing",
			  AT(fix_script)},
	[F_WITHIN] = {"within", 0, "RUN", "compare: points of one run that differ in --axis only",
		      AT(within)},
	[F_AXIS] = {"axis", 0, "KEY", "compare --within: tph, interconnect, or any axis", AT(axis)},
	[F_BASE] = {"base", 0, "VALUE", "compare --within: what the others are compared with", AT(base)},
	[F_FAIL_ON] =
		{"fail-on", 0, "LIST",
		 "compare: worse (default), worse:3% (whole interval beyond it), inconclusive, missing, "
		 "none",
		 AT(fail_on)},
	[F_WAIVE] = {"waive", 0, "LIST", "compare: differences that forbid no verdict: cpu, link, mps",
		     AT(waive)},
	[F_MIXED] = {"mixed", 0, NULL, "compare: show points of different evidence, without a verdict",
		     AT(mixed)},
	[F_WITHIN_RUN_ONLY] = {"within-run-only", 0, NULL,
			       "compare: judge without a noise floor; says nothing about another run",
			       AT(within_run_only)},
	[F_MATRIX] = {"matrix", 0, "ROW,COL", "show: a table over two axes", AT(matrix)},
	[F_VALUE] = {"value", 0, "COLUMN", "show --matrix: the figure, e.g. bw_gbyte_s, lat_p50_us",
		     AT(value)},
	[F_FORMAT] = {"format", 0, "csv|json|md", "export: how [csv]", AT(format)},
	[F_MD] = {"md", 0, NULL, "report: Markdown, without plots", AT(md)},
	[F_WHERE] = {"where", 0, "KEY=VALUE",
		     "list runs: only those with this tag or member of run.json; report: points of this axis "
		     "value"},
	[F_TAG] = {"tag", 0, "KEY=VALUE", "run: a note kept in run.json (tags.KEY)"},
	[F_PRINT_CONFIG] = {"print-config", 0, NULL, "print the effective config with origins, run nothing",
			    AT(print_config)},
	[F_SET] = {"set", 0, "KEY=VALUE", "set any key: sweeps.NAME.qd=8, budget.points=100, qps=1,4"},
	[F_OUTPUT] = {"output", 'o', "DIR",
		      "results directory (output.dir); of selftest, compare and report: their file"},
	[F_SEED] = {"seed", 0, "N", "order and data patterns (order.seed)"},
	[F_QUIET] = {"quiet", 0, NULL, "no progress and no notes; results and errors stay", AT(quiet)},
	[F_HELP] = {"help", 'h', NULL, "this text", AT(help)},
	[F_VERSION] = {"version", 'V', NULL, "version, and what it was built with", AT(version)},
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

/* KEY=VALUE of --set and --tag; @under: in front of the key. */
static int add_pair(struct opt *o, const struct opt_flag *f, const char *under, const char *value,
		    struct err *e)
{
	const char *eq = strchr(value, '=');
	char flag[192], path[192];

	if (!eq || eq == value)
		return err_set(e, -EINVAL, "--%s %s: wants KEY=VALUE, e.g. --%s", f->name, value,
			       *under ? "tag driver=6.12" : "set qps=1,4");
	snprintf(flag, sizeof(flag), "--%s %.*s", f->name, (int)(eq - value), value);
	if (snprintf(path, sizeof(path), "%s%.*s", under, (int)(eq - value), value) >= (int)sizeof(path))
		return err_set(e, -EINVAL, "%.60s...: too long a key", flag);
	return add_override(o, path, strlen(path), flag, eq + 1, e);
}

static int add_where(struct opt *o, const char *value, struct err *e)
{
	const char *eq = strchr(value, '=');

	if (!eq || eq == value)
		return err_set(e, -EINVAL, "--where %s: wants KEY=VALUE, e.g. --where kernel=6.12.1", value);
	if (o->n_where == OPT_WHERE)
		return err_set(e, -EINVAL, "--where: at most %d of them", OPT_WHERE);
	o->where[o->n_where++] = value;
	return 0;
}

/* Flags that set one member are told by the table, the others here. */
static int apply_flag(struct opt *o, const struct opt_flag *f, const char *value, struct err *e)
{
	char *member = (char *)o + f->at;

	if (f->at && f->metavar)
		*(const char **)(void *)member = value;
	else if (f->at)
		*(bool *)(void *)member = true;
	if (f->at)
		return 0;
	switch ((enum flag_id)(f - opt_flags)) {
	case F_SET:
		return add_pair(o, f, "", value, e);
	case F_TAG:
		return add_pair(o, f, "tags.", value, e);
	case F_WHERE:
		return add_where(o, value, e);
	case F_OUTPUT:
		return add_override(o, "output.dir", strlen("output.dir"), "--output", value, e);
	default:
		return add_override(o, "order.seed", strlen("order.seed"), "--seed", value, e);
	}
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
		{o->csv, "--csv", "limit"},
		{o->explain, "--explain", "limit"},
		{o->resume, "--resume", "run"},
		{o->print_config, "--print-config", "run plan"},
		{o->from, "--from", "topo limit plan match list tph-expect doctor"},
		{o->route, "--route", "topo limit"},
		{o->tree, "--tree", "topo"},
		{o->svg, "--svg", "topo"},
		{o->json, "--json", "topo selftest compare match list tph-expect doctor"},
		{o->save, "--save", "topo"},
		{o->no_names, "--no-names", "topo"},
		{o->strict, "--strict", "run"},
		{o->verbose, "--verbose", "plan"},
		{o->config, "--config", "match"},
		{o->bar, "--bar", "match"},
		{o->try, "--try", "match"},
		{o->need, "--need", "doctor"},
		{o->fix_script, "--fix-script", "doctor"},
		{o->within, "--within", "compare"},
		{o->axis, "--axis", "compare"},
		{o->base, "--base", "compare"},
		{o->fail_on, "--fail-on", "compare"},
		{o->waive, "--waive", "compare"},
		{o->mixed, "--mixed", "compare"},
		{o->within_run_only, "--within-run-only", "compare"},
		{o->matrix, "--matrix", "show"},
		{o->value, "--value", "show"},
		{o->format, "--format", "export"},
		{o->md, "--md", "report"},
		{o->n_where, "--where", "list report"},
	};

	if (among(o->verb, "run plan tph-expect") && o->n_args > 1)
		return err_set(e, -EINVAL, "%s: one file at a time; '%s' is one too many", o->verb,
			       o->arg[1]);
	if (!strcmp(o->verb, "selftest") && o->n_args)
		return err_set(e, -EINVAL, "selftest takes no word: '%s'; a device is named with -d",
			       o->arg[0]);
	if (among(o->verb, "list help limit topo match doctor show export") && o->n_over)
		return err_set(e, -EINVAL, "%s does not use %s", o->verb, o->over[0].flag);
	for (size_t i = 0; i < ARRAY_LEN(rule); i++)
		if (rule[i].given && !among(o->verb, rule[i].verbs))
			return err_set(e, -EINVAL, "%s does not use %s", o->verb, rule[i].flag);
	return 0;
}

int opt_parse(int argc, char **argv, struct opt *o, struct err *e)
{
	bool words_only = false;

	*o = (struct opt){.sep = -1};
	for (int i = 1; i < argc; i++) {
		int rc = 0;

		if (!strcmp(argv[i], "--") && !words_only) {
			/* Between the sides of a comparison it ends no flags. */
			words_only = o->sep >= 0 || !o->verb || strcmp(o->verb, "compare") != 0;
			o->sep = o->n_args;
		} else if (argv[i][0] == '-' && argv[i][1] && !words_only) {
			rc = parse_flag(o, argv, &i, e);
		} else if (!o->verb) {
			o->verb = argv[i];
		} else if (o->n_args < OPT_ARGS) {
			o->arg[o->n_args++] = argv[i];
		} else {
			rc = err_set(e, -EINVAL, "one word too many: '%s'", argv[i]);
		}
		if (rc)
			return rc;
	}
	return o->verb && !o->help && !o->version ? check_verb(o, e) : 0;
}
