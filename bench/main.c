// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Dispatch by verb. The only place the program ends. */
#include "bench.h"

#include <stdio.h>
#include <string.h>

#include "base/err.h"
#include "document.h"
#include "verbs.h"

static int unknown_verb(const char *word)
{
	const char *near = verb_nearest(word);
	size_t at = 0;

	fprintf(stderr, "p2pbench: unknown verb '%s'", word);
	if (near)
		fprintf(stderr, "; did you mean '%s'?", near);
	fputs("\n          verbs: ", stderr);
	for (const struct verb *v = verbs; v->name; v++) {
		if (!v->hidden)
			fprintf(stderr, "%s%s", !at++ ? "" : at % 9 ? ", " : ",\n                 ", v->name);
	}
	fputc('\n', stderr);
	return EXIT_USAGE;
}

static int dispatch(const struct opt *o)
{
	const struct verb *v = o->verb ? verb_find(o->verb) : NULL;

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
	return v ? v->run(o) : unknown_verb(o->verb);
}

/* A result that could not be printed is no success. */
static int flushed(int status)
{
	if (!fflush(stdout) && !ferror(stdout))
		return status;
	perror("p2pbench: standard output");
	return status ? status : EXIT_MACHINE;
}

/* Was --json meant, however wrong the rest of the line is? */
static bool wants_json(int argc, char **argv)
{
	for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++) {
		if (!strcmp(argv[i], "--json"))
			return true;
	}
	return false;
}

int main(int argc, char **argv)
{
	struct opt o;
	struct err e = {0};
	int status;

	if (wants_json(argc, argv))
		document_start();
	status = opt_parse(argc, argv, &o, &e) ? fail_with(&e, EXIT_USAGE) : dispatch(&o);
	return flushed(document_end(status));
}
