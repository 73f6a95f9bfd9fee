// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* export RUN: a run for other programs, on stdout: summary as CSV, all as JSON, tables as Markdown. */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "bench.h"
#include "report/table.h"
#include "result/row_json.h"
#include "result/runjson.h"

/* Every column of summary.csv: numbers as numbers, unknown ones left out. */
static json_t *point_json(const struct summary_point *p)
{
	json_t *o = json_object();

	for (int c = COL_POINT_ID; c <= COL_TPH_EVIDENCE; c++) {
		if (c != COL_PCT_LIMIT && *row_get(p->key, (enum column)c))
			json_object_set_new(o, column_name((enum column)c), row_json(p->key, (enum column)c));
	}
	for (size_t i = 0; summary_column(i); i++) {
		const char *name = summary_column(i);
		double v;

		if (!summary_number(p, name, &v) || !isfinite(v) || json_object_get(o, name))
			continue;
		json_object_set_new(o, name,
				    v == rint(v) && fabs(v) < 0x1p53 ? json_integer((json_int_t)v)
								     : json_real(v));
	}
	json_object_set_new(o, "flags", runjson_text(p->flags));
	json_object_set_new(o, "status", runjson_text(p->status));
	json_object_set_new(o, "reason", runjson_text(p->reason));
	return o;
}

static int export_json(const char *dir, const struct summary *s)
{
	json_t *run = NULL, *points = json_array(), *root;
	struct err e = {0};
	int rc = runjson_read(dir, &run, &e);

	if (rc && rc != -ENOENT) {
		json_decref(points);
		return fail_with(&e, EXIT_USAGE);
	}
	for (size_t i = 0; i < s->n; i++)
		json_array_append_new(points, point_json(&s->point[i]));
	root = json_pack("{s:i, s:o, s:I, s:o}", "schema", RESULT_SCHEMA, "run", run ? run : json_null(),
			 "ignored_rows", (json_int_t)s->ignored, "points", points);
	if (!root || json_dumpf(root, stdout, JSON_INDENT(2) | JSON_REAL_PRECISION(9)))
		rc = fail_with(&(struct err){.text = "export: out of memory"}, EXIT_INTERNAL);
	else
		rc = EXIT_OK;
	putchar('\n');
	json_decref(root);
	return rc;
}

int cmd_export(const struct opt *o)
{
	const char *format = o->format ? o->format : "csv";
	bool csv = !strcmp(format, "csv"), json = !strcmp(format, "json");
	int status = EXIT_OK;
	struct summary s;
	struct err e = {0};

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
