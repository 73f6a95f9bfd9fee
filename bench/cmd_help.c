// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Help, generated from the option table where it speaks of keys. */
#include "bench.h"

#include <infiniband/verbs.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>
#include <yaml.h>

#include "base/units.h"
#include "config/diag.h"
#include "document.h"
#include "help_document.h"
#include "verbs.h"
#include "version.h"
#include "wrap.h"

enum { WIDTH = 80 };

void help_usage(FILE *out)
{
	char head[32];

	fputs("usage: p2pbench VERB [WORD ...] [--FLAG VALUE ...]\n"
	      "\n"
	      "  p2pbench run               a first sweep on the software device, about 15 s\n"
	      "  p2pbench run -d mlx5_0 --op write --size '64..1M x4' --qps 1,4\n"
	      "  p2pbench doctor            what is missing here for a run on hardware\n"
	      "\n"
	      "verbs; `p2pbench VERB --help` has examples and flags\n",
	      out);
	for (const struct verb *v = verbs; v->name; v++) {
		snprintf(head, sizeof(head), "  %-12s ", v->name);
		if (!v->hidden)
			wrap(out, head, "%s", v->about);
	}
	fputs("\n"
	      "topics: `p2pbench help keys`    what can be measured, with units and defaults\n"
	      "        `p2pbench help config`  a config to start from\n"
	      "        `p2pbench help flags`, `help exit-codes`, `help KEY`, e.g. `help size`\n",
	      out);
}

static void print_flag(const struct opt_flag *f, bool with_verbs, FILE *out)
{
	char left[48], head[56];
	bool some = with_verbs && f->verbs;

	snprintf(left, sizeof(left), "%c%c --%s %s", f->letter ? '-' : ' ', f->letter ? f->letter : ' ',
		 f->name, f->metavar ? f->metavar : "");
	snprintf(head, sizeof(head), "  %-26s ", left);
	wrap(out, head, "%s%s%s%s", f->help, some ? " (" : "", some ? f->verbs : "", some ? ")" : "");
}

static void help_flags(FILE *out)
{
	fputs("flags, [default], (the verbs that take it); keys of a sweep are flags as well: `p2pbench help "
	      "keys`\n",
	      out);
	for (const struct opt_flag *f = opt_flags; f->name; f++)
		print_flag(f, true, out);
}

static void print_key(const struct key *k, FILE *out)
{
	char left[40], head[48];

	snprintf(left, sizeof(left), "%c%c --%s %s", k->flag ? '-' : ' ', k->flag ? k->flag : ' ', k->name,
		 k->metavar);
	for (char *p = left + 5; *p && *p != ' '; p++)
		*p = *p == '_' ? '-' : *p;
	snprintf(head, sizeof(head), "  %-26s ", left);
	if (k->dflt_lat)
		wrap(out, head, "%s [%s, lat %s]", k->help, k->dflt_rest, k->dflt_lat);
	else if (k->dflt)
		wrap(out, head, "%s [%s]", k->help, k->dflt);
	else
		wrap(out, head, "%s", k->help);
}

/* Sweep keys, those that `run` honours (@honoured) or those it only plans. */
static void print_sweep_keys(bool honoured, FILE *out)
{
	for (size_t i = 0; i < keys_len; i++) {
		const struct key *k = &keys[i];

		if (k->scope & SCOPE_SWEEP && k->type != KEY_NODE &&
		    (k->axis < 0 || run_honours(k->axis)) == honoured)
			print_key(k, out);
	}
}

static bool all_run(void)
{
	int a = 0;

	while (a < AX_COUNT && run_honours((enum axis)a))
		a++;
	return a == AX_COUNT;
}

static void help_keys(FILE *out)
{
	fputs("keys of a sweep: flags here, keys in a file; [default]. Axes take lists and ranges:\n"
	      "'64..1M x4', 1,4 or [1, 4]; K M G T are powers of 1024\n",
	      out);
	print_sweep_keys(true, out);
	if (all_run())
		return;
	fputs("\nkeys that can be checked and planned; this version runs only their defaults, and skips "
	      "other\n"
	      "points with the reason\n",
	      out);
	print_sweep_keys(false, out);
}

static void help_exit_codes(FILE *out)
{
	char head[16];

	fputs("exit codes\n", out);
	for (const struct exit_code *c = exit_codes; c->text; c++) {
		snprintf(head, sizeof(head), "  %-4d ", c->code);
		wrap(out, head, "%s", c->text);
	}
}

static void help_config(FILE *out)
{
	fputs("config: YAML. The compiled-in default, which `p2pbench run` uses without a file:\n\n", out);
	fputs(config_builtin, out);
}

static void print_range(const struct key *k, FILE *out)
{
	char lo[UNITS_TEXT], hi[UNITS_TEXT];

	if (k->words) {
		fputs("  one of:", out);
		for (const char *const *w = k->words; *w; w++)
			fprintf(out, " %s", *w);
		fputc('\n', out);
	}
	if (k->type == KEY_SIZE) {
		fprintf(out, "  from %s to %s\n", units_size_text(lo, k->min), units_size_text(hi, k->max));
	} else if (k->type == KEY_TIME) {
		fprintf(out, "  from %s to %s\n", units_time_exact(lo, k->min), units_time_exact(hi, k->max));
	} else if (k->type == KEY_INT || k->type == KEY_RANGE) {
		fprintf(out, "  from %lld to %lld\n", (long long)k->min, (long long)k->max);
	}
}

static int help_key(const char *name)
{
	const char *names[200] = {"keys", "flags", "config", "exit-codes"};
	const char *near;
	size_t n = 4;
	bool found = false;

	for (const struct verb *v = verbs; v->name; v++)
		if (!v->hidden)
			names[n++] = v->name;
	for (size_t i = 0; i < keys_len; i++) {
		if (n < sizeof(names) / sizeof(names[0]) - 1)
			names[n++] = keys[i].name;
		if (strcmp(keys[i].name, name))
			continue;
		found = true;
		print_key(&keys[i], stdout);
		print_range(&keys[i], stdout);
	}
	if (found)
		return EXIT_OK;
	near = diag_nearest(name, names);
	fprintf(stderr,
		"p2pbench: no help on '%s'%s%s%s\n          topics: a verb, keys, flags, config, exit-codes, "
		"or a key\n",
		name, near ? "; did you mean '" : "", near ? near : "", near ? "'?" : "");
	return EXIT_USAGE;
}

/* One synopsis behind @head, broken between what brackets hold together. */
static void print_usage(const char *p, size_t len, const char *head, FILE *out)
{
	size_t at = strlen(head) + strlen("p2pbench");

	fprintf(out, "%sp2pbench", head);
	for (const char *end = p + len; p < end; p += *p == ' ') {
		size_t n = *p == '[' ? strcspn(p, "]") + 1 : strcspn(p, " \n");

		if (at + 1 + n > WIDTH) {
			fprintf(out, "\n%*s", (int)strlen(head) + 8, "");
			at = strlen(head) + 8;
		}
		fprintf(out, " %.*s", (int)n, p);
		at += 1 + n;
		p += n;
	}
	fputc('\n', out);
}

static void print_usages(const struct verb *v, FILE *out)
{
	const char *head = "usage: ";

	for (const char *p = v->args; *p; p += *p == '\n') {
		print_usage(p, strcspn(p, "\n"), head, out);
		p += strcspn(p, "\n");
		head = "       ";
	}
}

static void print_examples(const struct verb *v, FILE *out)
{
	for (const char *p = v->examples; *p; p += *p == '\n') {
		fprintf(out, "  p2pbench %.*s\n", (int)strcspn(p, "\n"), p);
		p += strcspn(p, "\n");
	}
}

/* The keys that people look for first; the others have a page of their own. */
static void print_common_keys(const struct verb *v, FILE *out)
{
	fputs(strcmp(v->keys, "*") ? "\n" : "\nkeys of a sweep are flags too (all: `p2pbench help keys`)\n",
	      out);
	for (size_t i = 0; i < keys_len; i++) {
		const struct key *k = &keys[i];

		if (k->scope & SCOPE_SWEEP && verb_takes_key(v, k->name) && (k->flag || k->axis == AX_OP))
			print_key(k, out);
	}
}

static void help_verb(const struct verb *v, FILE *out)
{
	fprintf(out, "p2pbench %s: %s\n\n", v->name, v->about);
	print_examples(v, out);
	fputc('\n', out);
	print_usages(v, out);
	if (v->notes) {
		fputc('\n', out);
		wrap(out, "", "%s", v->notes);
	}
	fputs("\nflags, [default]\n", out);
	for (const struct opt_flag *f = opt_flags; f->name; f++) {
		if (verb_takes_flag(v, f) && strcmp(f->name, "version") != 0)
			print_flag(f, false, out);
	}
	if (v->keys)
		print_common_keys(v, out);
}

static int help_on(const char *topic)
{
	const struct verb *v = verb_find(topic);

	if (v && !v->hidden)
		help_verb(v, stdout);
	else if (!strcmp(topic, "keys"))
		help_keys(stdout);
	else if (!strcmp(topic, "flags"))
		help_flags(stdout);
	else if (!strcmp(topic, "config"))
		help_config(stdout);
	else if (!strcmp(topic, "exit-codes"))
		help_exit_codes(stdout);
	else
		return help_key(topic);
	return EXIT_OK;
}

int cmd_help(const struct opt *o)
{
	const char *topic = o->n_args ? o->arg[0] : NULL;

	/* "p2pbench VERB --help" and "p2pbench help VERB" */
	if (o->help)
		topic = o->verb;
	if (o->json)
		return document_print(help_document());
	if (topic)
		return help_on(topic);
	help_usage(stdout);
	return EXIT_OK;
}

void cmd_version(void)
{
	int major, minor, patch;

	yaml_get_version(&major, &minor, &patch);
	if (document_due()) {
		document_print(json_pack("{s:i, s:s, s:s, s:s}", "schema", DOCUMENT_SCHEMA, "version",
					 P2P_VERSION, "commit", P2P_COMMIT, "compiler", P2P_COMPILER));
		return;
	}
	printf("p2pbench %s (%s)\n", P2P_VERSION, P2P_COMMIT);
	printf("libyaml %d.%d.%d, jansson %s, built against libibverbs %s, %s\n", major, minor, patch,
	       jansson_version_str(), P2P_IBVERBS_VERSION, P2P_COMPILER);
}
