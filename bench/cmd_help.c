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
#include "version.h"
#include "wrap.h"

void help_usage(FILE *out)
{
	fputs("usage: p2pbench VERB [FILE] [--key value ...]\n"
	      "\n"
	      "  p2pbench run               a first sweep on the software device, about 15 s\n"
	      "  p2pbench run -d mlx5_0 --op write --size '64..1M x4' --qps 1,4\n"
	      "  p2pbench run sweep.yaml --rounds 20\n"
	      "\n"
	      "  run [FILE]      measure; results go to one directory, a table to stdout\n"
	      "  plan [FILE]     what a run would do: points, counts, time\n"
	      "  check FILE...   is the text right\n"
	      "  list devices|memory|ops|runs\n"
	      "  compare A B     two results, or A... -- B...: better, worse, same, and why\n"
	      "  show RUN        its tables again; --matrix size,target --value bw_gbyte_s\n"
	      "  export RUN      --format csv|json|md on stdout\n"
	      "  report RUN...   a page to send: findings, plots, tables, machine; --md\n"
	      "  selftest        can numbers of this machine be trusted; about 20 s\n"
	      "  topo            which way peer traffic goes; --tree, --route NIC TARGET, --svg\n"
	      "  match NIC TARGET  by which interconnects a NIC may reach a memory, and why; --try\n"
	      "  doctor [NIC TARGET]  what stands between here and a run on hardware, the fixes\n"
	      "  tph-expect FILE what a PCIe analyzer should show of each steering tag\n"
	      "  limit KEY=VALUE ...  what a link and a port can carry; --route: what a way can\n"
	      "  help [keys|config|exit-codes|KEY]\n",
	      out);
}

static void help_flags(FILE *out)
{
	fputs("\nflags\n", out);
	for (const struct opt_flag *f = opt_flags; f->name; f++) {
		char left[40], head[48];

		snprintf(left, sizeof(left), "%c%c --%s %s", f->letter ? '-' : ' ',
			 f->letter ? f->letter : ' ', f->name, f->metavar ? f->metavar : "");
		snprintf(head, sizeof(head), "  %-26s ", left);
		wrap(out, head, "%s", f->help);
	}
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

static void help_keys(FILE *out)
{
	fputs("\nkeys of a sweep: flags here, keys in a file; [default]. Axes take lists and ranges:\n"
	      "'64..1M x4', 1,4 or [1, 4]; K M G T are powers of 1024\n",
	      out);
	print_sweep_keys(true, out);
	fputs("\nkeys that can be checked and planned; this version runs only their defaults, and skips "
	      "other\n"
	      "points with the reason\n",
	      out);
	print_sweep_keys(false, out);
}

static void help_exit_codes(FILE *out)
{
	fputs("exit codes\n"
	      "  0  ok\n"
	      "  1  internal error\n"
	      "  2  command line or config is wrong\n"
	      "  3  this machine lacks what was asked, or nothing can be compared\n"
	      "  4  some points failed (the others are in the results), or a selftest; with --strict also\n"
	      "     when points were skipped or overloaded, or a noise gate fails at the end; compare with\n"
	      "     --fail-on inconclusive\n"
	      "  5  an expectation was missed, or compare found something worse\n"
	      "  130, 143  interrupted by SIGINT or SIGTERM; results so far are kept and can be resumed\n",
	      out);
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
	const char *names[160] = {0};
	const char *near;
	size_t n = 0;
	bool found = false;

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
		"p2pbench: no help on '%s'%s%s%s\n          topics: keys, config, exit-codes, or a key\n",
		name, near ? "; did you mean '" : "", near ? near : "", near ? "'?" : "");
	return EXIT_USAGE;
}

/* The general help is the help of each verb. */
static bool is_verb(const char *word)
{
	for (const char *const *v = verbs; *v; v++)
		if (!strcmp(word, *v))
			return true;
	return false;
}

int cmd_help(const struct opt *o)
{
	const char *topic = o->help || !o->n_args ? NULL : o->arg[0];

	if (!topic || is_verb(topic)) {
		help_usage(stdout);
		help_flags(stdout);
		help_keys(stdout);
		fputc('\n', stdout);
		help_exit_codes(stdout);
		return EXIT_OK;
	}
	if (!strcmp(topic, "keys")) {
		help_keys(stdout);
		return EXIT_OK;
	}
	if (!strcmp(topic, "config")) {
		help_config(stdout);
		return EXIT_OK;
	}
	if (!strcmp(topic, "exit-codes")) {
		help_exit_codes(stdout);
		return EXIT_OK;
	}
	return help_key(topic);
}

void cmd_version(void)
{
	int major, minor, patch;

	yaml_get_version(&major, &minor, &patch);
	printf("p2pbench %s (%s)\n", P2P_VERSION, P2P_COMMIT);
	printf("libyaml %d.%d.%d, jansson %s, built against libibverbs %s, %s\n", major, minor, patch,
	       jansson_version_str(), P2P_IBVERBS_VERSION, P2P_COMPILER);
}
