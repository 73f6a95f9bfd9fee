// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* export RUN: a run for other programs, on stdout: summary as CSV, all as JSON, tables as Markdown. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/err.h"
#include "bench.h"
#include "document.h"
#include "report/table.h"
#include "run_document.h"

static int export_json(const char *dir, const struct summary *s)
{
	json_t *root = NULL;
	struct err e = {0};
	int rc = run_document(dir, s, &root, &e);

	if (rc)
		return fail_with(&e, rc == -ENOMEM ? EXIT_INTERNAL : EXIT_USAGE);
	return document_print(root);
}

int cmd_export(const struct opt *o)
{
	const char *format = o->format ? o->format : o->json ? "json" : "csv";
	bool csv = !strcmp(format, "csv"), json = !strcmp(format, "json");
	int status = EXIT_OK;
	struct summary s;
	struct err e = {0};

	if (json)
		document_start();
	if (o->json && !json)
		return fail_with(&(struct err){.text = "export: either --json or another --format, not both"},
				 EXIT_USAGE);
	if (o->n_args != 1 || (!csv && !json && strcmp(format, "md") != 0)) {
		fprintf(stderr,
			"p2pbench: export: %s%s\n          p2pbench export RUN [--format csv|json|md]\n",
			o->n_args == 1 ? "no format " : "one run at a time", o->n_args == 1 ? format : "");
		return EXIT_USAGE;
	}
	if (summary_load(o->arg[0], &s, &e))
		return fail_no_run(&e);
	if (s.ignored)
		fprintf(stderr, "rounds.csv: %llu malformed rows ignored\n", (unsigned long long)s.ignored);
	if (csv)
		summary_print(stdout, &s, NULL, NULL);
	else if (json)
		status = export_json(o->arg[0], &s);
	else
		table_markdown(&s, stdout);
	summary_free(&s);
	return status;
}
