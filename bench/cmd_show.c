// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* show RUN: the tables of a run that is over, or one figure over two axes. */
#include <errno.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/err.h"
#include "bench.h"
#include "report/matrix.h"
#include "report/table.h"

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
	status = o->matrix ? show_matrix(o, &s) : show_table(&s);
	summary_free(&s);
	return status;
}
