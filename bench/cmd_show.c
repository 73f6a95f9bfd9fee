// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* show RUN: the tables of a run that is over, or one figure over two axes. */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/err.h"
#include "bench.h"
#include "document.h"
#include "report/matrix.h"
#include "report/table.h"
#include "run_document.h"
#include "run_json.h"

static int show_matrix(const struct opt *o, const struct summary *s)
{
	struct matrix m;
	struct err e = {0};

	if (matrix_read(o->matrix, o->value, s, &m, &e))
		return fail_with(&e, EXIT_USAGE);
	if (!matrix_print(&m, s, stdout))
		return EXIT_OK;
	err_set(&e, -ENOMEM, "show: out of memory");
	return fail_with(&e, EXIT_INTERNAL);
}

static int show_table(const struct summary *s)
{
	struct winsize w = {0};

	if (!isatty(STDOUT_FILENO) || ioctl(STDOUT_FILENO, TIOCGWINSZ, &w))
		w.ws_col = 0;
	table_print(s, w.ws_col, stdout);
	return EXIT_OK;
}

/* Every point's value of both axes and its figure. */
static int matrix_json(const struct opt *o, const struct summary *s)
{
	json_t *cells = json_array();
	struct matrix m;
	struct err e = {0};

	if (matrix_read(o->matrix, o->value, s, &m, &e)) {
		json_decref(cells);
		return fail_with(&e, EXIT_USAGE);
	}
	for (size_t i = 0; i < s->n; i++) {
		json_t *point = summary_point_json(&s->point[i]), *cell = json_object();
		const char *name[] = {keys_axis(m.row)->column, keys_axis(m.col)->column, "point_id"};
		double v;

		for (size_t k = 0; k < sizeof(name) / sizeof(name[0]); k++)
			json_object_set(cell, name[k], json_object_get(point, name[k]));
		json_object_set_new(cell, "value",
				    summary_number(&s->point[i], m.value, &v) && isfinite(v) ? json_real(v)
											     : json_null());
		json_array_append_new(cells, cell);
		json_decref(point);
	}
	return document_print(json_pack("{s:i, s:s, s:s, s:s, s:o}", "schema", DOCUMENT_SCHEMA, "row",
					keys_axis(m.row)->column, "col", keys_axis(m.col)->column, "value",
					m.value, "cells", cells));
}

static int show_json(const struct opt *o, const struct summary *s)
{
	json_t *root = NULL;
	struct err e = {0};

	if (o->matrix)
		return matrix_json(o, s);
	if (run_document(o->arg[0], s, &root, &e))
		return fail_with(&e, EXIT_USAGE);
	return document_print(root);
}

int cmd_show(const struct opt *o)
{
	struct summary s;
	struct err e = {0};
	int status;

	if (o->n_args != 1 || (o->value && !o->matrix)) {
		fprintf(stderr,
			"p2pbench: show: %s\n          p2pbench show RUN [--matrix size,target "
			"[--value COLUMN]]\n",
			o->n_args == 1 ? "--value belongs to --matrix" : "one run at a time");
		return EXIT_USAGE;
	}
	if (summary_load(o->arg[0], &s, &e))
		return fail_no_run(&e);
	if (o->json)
		status = show_json(o, &s);
	else
		status = o->matrix ? show_matrix(o, &s) : show_table(&s);
	summary_free(&s);
	return status;
}
