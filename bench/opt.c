// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Table-driven parsing of --name VALUE, --name=VALUE, -x VALUE and -xVALUE. */
#include "opt.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/err.h"
#include "config/diag.h"
#include "verbs.h"

enum flag_id { F_SET, F_TAG, F_WHERE, F_OUTPUT, F_SEED, F_REST };

#define AT(member) offsetof(struct opt, member)

/* Those of enum flag_id first, in its order; then in the order help shows them. */
const struct opt_flag opt_flags[] = {
	[F_SET] = {"set", 0, "KEY=VALUE", "any key: sweeps.NAME.qd=8, budget.points=100, qps=1,4",
		   "run crosscheck plan check tph-expect", 0},
	[F_TAG] = {"tag", 0, "KEY=VALUE", "a note kept in run.json (tags.KEY); may be repeated",
		   "run crosscheck plan check tph-expect", 0},
	[F_WHERE] = {"where", 0, "KEY=VALUE",
		     "list runs: only those with this tag or member of run.json (kernel=6.12.1, "
		     "complete=yes); report: "
		     "points with this value of an axis (measure=bw, size=4K); may be repeated",
		     "list report", 0},
	[F_OUTPUT] = {"output", 'o', "DIR",
		      "where results go: a directory (output.dir) [results/{name}-{time}]; of compare, "
		      "report and selftest "
		      "a file",
		      "run crosscheck plan check tph-expect selftest compare report", 0},
	[F_SEED] = {"seed", 0, "N", "of the random order and the data patterns (order.seed) [1]",
		    "run crosscheck plan check tph-expect", 0},
	{"tool", 0, "PATH", "directory of perftest's programs, or one of them [the first in PATH]",
	 "crosscheck", AT(tool)},
	{"resume", 0, "DIR", "go on with an interrupted run", "run", AT(resume)},
	{"events", 0, "FILE|-", "what happens, as JSON lines; -: on stdout, and tables go to stderr", "run",
	 AT(events)},
	{"strict", 0, NULL,
	 "do not measure when a noise gate fails; skipped or overloaded points: exit status 4", "run",
	 AT(strict)},
	{"print-config", 0, NULL, "print the effective config with origins, run nothing", "run plan",
	 AT(print_config)},
	{"tph-note", 0, "FILE",
	 "hints that were seen on a PCIe analyzer (tph_notes): [{when: {st: 0xf0, ph: 2}, note: capture 17}]",
	 "run plan check", AT(tph_note)},
	{"verbose", 'v', NULL, "where threads and host memory would go, and why", "plan", AT(verbose)},
	{"from", 0, "MACHINE",
	 "a file of topo --save, a directory that holds a copied sys, or hwloc XML instead of this machine",
	 "topo limit plan match list tph-expect doctor", AT(from)},
	{"route", 0, "NIC TARGET", "the way from one device to another", "topo limit", AT(route)},
	{"tree", 0, NULL,
	 "all functions below their bridges, with link, MPS, MRRS, ACS, TPH, IOMMU group, driver", "topo",
	 AT(tree)},
	{"svg", 0, NULL, "a picture; with --route the way is drawn", "topo", AT(svg)},
	{"save", 0, "FILE", "write what --from reads; as root, or the capabilities are missing", "topo",
	 AT(save)},
	{"no-names", 0, NULL,
	 "with --save: leave out the names of network interfaces, and product data, which hold serial "
	 "numbers",
	 "topo", AT(no_names)},
	{"config", 'f', "FILE", "NIC and memory are names of this config; doctor: all pairs of it",
	 "match doctor", AT(config)},
	{"bar", 0, "N", "BAR of a target that is a PCI address", "match doctor", AT(bar)},
	{"try", 0, NULL, "register a page by each interconnect; opening a target resets it", "match",
	 AT(try)},
	{"need", 0, "hardware", "what a run on hardware lacks is a failure, not a warning", "doctor",
	 AT(need)},
	{"fix-script", 0, NULL, "print the fixes and their undo as a shell script; runs nothing", "doctor",
	 AT(fix_script)},
	{"peer", 0, "HOST",
	 "where the responder is (key peer); topo, doctor: look at that machine; ssh:HOST, or HOST:PORT of a "
	 "`p2pbench serve`",
	 "run plan check topo doctor", AT(peer)},
	{"token-file", 0, "FILE", "file with the secret of both, for HOST:PORT and serve",
	 "run plan check topo doctor serve", AT(token_file)},
	{"bind", 0, "ADDR[:PORT]", "address of this machine to listen on; port 0: any [port 7471]", "serve",
	 AT(bind)},
	{"once", 0, NULL, "end after the first session", "serve", AT(once)},
	{"no-auth", 0, NULL, "without a token, on a loopback address", "serve", AT(no_auth)},
	{"force", 0, NULL, "with --no-auth: on any address", "serve", AT(force)},
	{"stdio", 0, NULL, "speak with the other end on standard input and output", "agent", AT(stdio)},
	{"csv", 0, "FILE", "a row of FILE per case, its columns are the keys", "limit", AT(csv)},
	{"explain", 0, NULL, "show every intermediate figure", "limit", AT(explain)},
	{"within", 0, "RUN", "points of one run that differ in --axis only", "compare", AT(within)},
	{"axis", 0, "KEY", "with --within: tph, interconnect, or any axis", "compare", AT(axis)},
	{"base", 0, "VALUE",
	 "with --within: what the others are compared with [tph none, interconnect main, else the least]",
	 "compare", AT(base)},
	{"fail-on", 0, "LIST",
	 "what is a failure: worse (status 5), worse:3% (only where the whole interval lies beyond), "
	 "inconclusive "
	 "(4), missing (3), none [worse]",
	 "compare", AT(fail_on)},
	{"waive", 0, "LIST", "differences that forbid no verdict: cpu, link, mps", "compare", AT(waive)},
	{"mixed", 0, NULL, "show points of different evidence, without a verdict", "compare", AT(mixed)},
	{"within-run-only", 0, NULL, "judge without a noise floor; says nothing about another run", "compare",
	 AT(within_run_only)},
	{"matrix", 0, "ROW,COL", "a table over two axes", "show", AT(matrix)},
	{"value", 0, "COLUMN",
	 "with --matrix: the figure, a column of summary.csv, bw_gbyte_s or lat_p50_us [by what was "
	 "measured]",
	 "show", AT(value)},
	{"format", 0, "csv|json|md", "how [csv]", "export", AT(format)},
	{"md", 0, NULL, "Markdown, without plots", "report", AT(md)},
	{"json", 0, NULL, "one JSON document on stdout, also when it fails",
	 "run crosscheck plan check list compare show export report selftest topo match doctor tph-expect "
	 "limit help",
	 AT(json)},
	{"quiet", 0, NULL, "no progress and no notes; results and errors stay", NULL, AT(quiet)},
	{"help", 'h', NULL, "help on the verb", NULL, AT(help)},
	{"version", 'V', NULL, "version, and what it was built with", NULL, AT(version)},
	{NULL, 0, NULL, NULL, NULL, 0},
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
	return near ? err_hint(e, -EINVAL,
			       "did you mean '--%s'? `p2pbench help flags` and `p2pbench help keys` list all",
			       near)
		    : err_hint(e, -EINVAL, "`p2pbench help flags` and `p2pbench help keys` list all");
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

	o->given |= 1ull << (f - opt_flags);
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

const char *opt_key_flag(const struct key *k, char buf[OPT_FLAG_TEXT])
{
	snprintf(buf, OPT_FLAG_TEXT, "%s", k->name);
	for (char *p = buf; *p; p++)
		*p = *p == '_' ? '-' : *p;
	return buf;
}

static int refuse(const struct verb *v, const char *flag, struct err *e)
{
	err_set(e, -EINVAL, "%s does not use %s", v->name, flag);
	return err_hint(e, -EINVAL, "`p2pbench help %s` shows what it takes", v->name);
}

/* A key given as a flag of its own, not by --set or a flag that stands for one. */
static bool is_key_flag(const struct config_override *over)
{
	return !strchr(over->flag, ' ') && keys_find(over->path, SCOPE_SWEEP);
}

/* What the verb would ignore is a mistake. */
static int check_verb(const struct opt *o, struct err *e)
{
	const struct verb *v = verb_find(o->verb);
	char flag[80];

	if (!v)
		return 0; /* main's to say */
	if (v->one_file && o->n_args > 1)
		return err_set(e, -EINVAL, "%s: one file at a time; '%s' is one too many", o->verb,
			       o->arg[1]);
	if (!strcmp(o->verb, "selftest") && o->n_args)
		return err_set(e, -EINVAL, "selftest takes no word: '%s'; a device is named with -d",
			       o->arg[0]);
	for (size_t i = 0; i < o->n_over; i++)
		if (is_key_flag(&o->over[i]) && !verb_takes_key(v, o->over[i].path))
			return refuse(v, o->over[i].flag, e);
	for (size_t i = 0; opt_flags[i].name; i++) {
		snprintf(flag, sizeof(flag), "--%s", opt_flags[i].name);
		if (o->given >> i & 1 && !verb_takes_flag(v, &opt_flags[i]))
			return refuse(v, flag, e);
	}
	return 0;
}

int opt_parse(int argc, char **argv, struct opt *o, struct err *e)
{
	bool words_only = false;

	*o = (struct opt){.sep = -1, .argc = argc, .argv = argv};
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
