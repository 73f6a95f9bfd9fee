// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* report RUN...: read -> compare -> one page. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/cleanup.h"
#include "base/err.h"
#include "bench.h"
#include "compare_load.h"
#include "document.h"
#include "report/html.h"
#include "result/atomic.h"
#include "result/runjson.h"

enum { RUNS = 16, PLOT_MS = 20000, COMPARED = 200 };

static const struct plot_tool gnuplot = {.program = "gnuplot", .timeout_ms = PLOT_MS};

static int usage(const char *what)
{
	fprintf(stderr,
		"p2pbench: report: %s\n"
		"          p2pbench report RUN... [-o FILE] [--md] [--where KEY=VALUE]\n",
		what);
	return EXIT_USAGE;
}

/* -o FILE, or report.html: of one run in its directory, of several in the working directory. */
static int output_file(const struct opt *o, char **file)
{
	const char *name = o->md ? "report.md" : "report.html", *named = NULL;
	int n;

	for (size_t i = 0; i < o->n_over; i++) {
		if (strcmp(o->over[i].path, "output.dir") != 0) {
			fprintf(stderr, "p2pbench: report does not use %s\n", o->over[i].flag);
			return EXIT_USAGE;
		}
		named = o->over[i].text;
	}
	if (named)
		n = asprintf(file, "%s", named);
	else
		n = o->n_args == 1 ? asprintf(file, "%s/%s", o->arg[0], name) : asprintf(file, "%s", name);
	if (n < 0)
		*file = NULL;
	return n < 0 ? EXIT_INTERNAL : EXIT_OK;
}

/* A page is never put in the place of something that a run, or anything but a file, is. */
static int check_target(const char *file, struct err *e)
{
	static const char *const data[] = {"rounds.csv", "summary.csv", "hist.csv", "canary.csv", "run.json"};
	const char *slash = strrchr(file, '/'), *name = slash ? slash + 1 : file;
	struct stat st;

	for (size_t i = 0; i < ARRAY_LEN(data); i++) {
		if (!strcmp(name, data[i]))
			return err_set(e, -EINVAL, "%s: that is the name of a file of a run", file);
	}
	if (!*name || (!stat(file, &st) && !S_ISREG(st.st_mode)))
		return err_set(e, -EINVAL, "%s: not a file; -o wants the name of one", file);
	return 0;
}

static int write_file(const char *file, const char *text, size_t len, struct err *e)
{
	const char *slash = strrchr(file, '/');
	char *dir = slash ? strndup(file, slash == file ? 1 : (size_t)(slash - file)) : strdup(".");
	int rc = dir ? atomic_write(dir, slash ? slash + 1 : file, text, len, e)
		     : err_set(e, -ENOMEM, "%s: no memory to write it", file);

	free(dir);
	return rc;
}

static int put(const struct opt *o, const struct report *r, const char *file)
{
	CLEANUP_FREE char *text = NULL;
	struct err e = {0};
	size_t len = 0;
	FILE *out = open_memstream(&text, &len);
	int rc = out ? report_write(r, out) : -ENOMEM;

	if ((out && fclose(out)) || rc) {
		err_set(&e, -ENOMEM, "report: no memory for the page");
		return fail_with(&e, EXIT_INTERNAL);
	}
	if (write_file(file, text, len, &e)) {
		if (!*e.hint || strstr(e.hint, "--resume") || strstr(e.hint, "output.dir"))
			err_hint(&e, e.code, "choose another place with -o FILE");
		return fail_with(&e, EXIT_MACHINE);
	}
	if (o->json)
		return document_print(json_pack("{s:i, s:o, s:I}", "schema", DOCUMENT_SCHEMA, "file",
						runjson_text(file), "bytes", (json_int_t)len));
	if (!o->quiet)
		fprintf(stderr, "%s  %zu KiB\n", file, (len + 1023) / 1024);
	return EXIT_OK;
}

/* The first run against the others, or what stands before "--" against what stands behind it. */
static int with_compare(const struct opt *o, struct report *r, const char *file)
{
	size_t n = (size_t)o->n_args, n_a = o->sep > 0 && o->sep < o->n_args ? (size_t)o->sep : 1;
	struct compare_rule rule = compare_rule_default();
	struct read_runs runs;
	struct compare c;
	struct err e = {0};
	int status;

	if (compare_load(o->arg, n_a, n - n_a, &runs, &e))
		return fail_with(&e, EXIT_USAGE);
	if (compare_runs(&runs.side[0], &runs.side[1], &rule, &c)) {
		err_set(&e, -ENOMEM, "report: no memory to compare these runs");
		status = fail_with(&e, EXIT_INTERNAL);
	} else {
		const struct compare_view v = {
			.outcome = &c, .side = {runs.side[0], runs.side[1]}, .rule = &rule, .most = COMPARED};

		r->compare = &v;
		status = put(o, r, file);
		r->compare = NULL;
		compare_free(&c);
	}
	compare_load_free(&runs);
	return status;
}

int cmd_report(const struct opt *o)
{
	struct report_run run[RUNS];
	struct report r = {.run = run, .tool = &gnuplot, .md = o->md};
	CLEANUP_FREE char *file = NULL;
	struct err e = {0};
	int status;

	if (o->n_args < 1 || o->n_args > RUNS)
		return usage(o->n_args ? "at most 16 runs make a page" : "of which run?");
	status = output_file(o, &file);
	if (status)
		return status;
	if (check_target(file, &e))
		return fail_with(&e, EXIT_USAGE);
	for (; !status && r.n < (size_t)o->n_args; r.n += !status) {
		if (report_load(o->arg[r.n], o->where, o->n_where, &run[r.n], &e))
			status = fail_with(&e, EXIT_USAGE);
	}
	if (!status)
		status = r.n > 1 ? with_compare(o, &r, file) : put(o, &r, file);
	while (r.n)
		report_free(&run[--r.n]);
	return status;
}
