// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Dispatch by verb. The only place the program ends. */
#include "bench.h"

#include <stdio.h>
#include <string.h>

#include "base/err.h"
#include "config/diag.h"

const char *const verbs[] = {"run",    "plan",	     "check",  "list",	  "limit", "topo",
			     "match",  "tph-expect", "doctor", "compare", "show",  "export",
			     "report", "selftest",   "help",   NULL};

static int unknown_verb(const char *verb)
{
	const char *near = diag_nearest(verb, verbs);

	fprintf(stderr, "p2pbench: unknown verb '%s'", verb);
	if (near)
		fprintf(stderr, "; did you mean '%s'?", near);
	fputs("\n          verbs: run, plan, check, list, limit, topo, match, tph-expect, doctor, compare, "
	      "show, export, report, selftest, help\n",
	      stderr);
	return EXIT_USAGE;
}

static int dispatch(const struct opt *o, int argc, char **argv)
{
	if (o->version) {
		cmd_version();
		return EXIT_OK;
	}
	if (o->help)
		return cmd_help(o);
	if (!o->verb) {
		help_usage(stderr);
		return EXIT_USAGE;
	}
	if (!strcmp(o->verb, "run"))
		return cmd_run(o, argc, argv);
	if (!strcmp(o->verb, "plan"))
		return cmd_plan(o);
	if (!strcmp(o->verb, "check"))
		return cmd_check(o);
	if (!strcmp(o->verb, "list"))
		return cmd_list(o);
	if (!strcmp(o->verb, "selftest"))
		return cmd_selftest(o);
	if (!strcmp(o->verb, "limit"))
		return cmd_limit(o);
	if (!strcmp(o->verb, "topo"))
		return cmd_topo(o);
	if (!strcmp(o->verb, "match"))
		return cmd_match(o);
	if (!strcmp(o->verb, "tph-expect"))
		return cmd_tph_expect(o);
	if (!strcmp(o->verb, "doctor"))
		return cmd_doctor(o);
	if (!strcmp(o->verb, "compare"))
		return cmd_compare(o);
	if (!strcmp(o->verb, "show"))
		return cmd_show(o);
	if (!strcmp(o->verb, "export"))
		return cmd_export(o);
	if (!strcmp(o->verb, "report"))
		return cmd_report(o);
	if (!strcmp(o->verb, "help"))
		return cmd_help(o);
	return unknown_verb(o->verb);
}

/* A result that could not be printed is no success. */
static int flushed(int status)
{
	if (!fflush(stdout) && !ferror(stdout))
		return status;
	perror("p2pbench: standard output");
	return status ? status : EXIT_MACHINE;
}

int main(int argc, char **argv)
{
	struct opt o;
	struct err e = {0};

	if (opt_parse(argc, argv, &o, &e))
		return fail_with(&e, EXIT_USAGE);
	return flushed(dispatch(&o, argc, argv));
}
