// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* check FILE...: read the text, touch nothing. */
#include "bench.h"

#include <stdio.h>

int cmd_check(const struct opt *o)
{
	int status = EXIT_OK;

	if (!o->n_args) {
		fputs("p2pbench: check wants a file\n          p2pbench check FILE...\n", stderr);
		return EXIT_USAGE;
	}
	for (int i = 0; i < o->n_args; i++) {
		struct loaded l;

		if (load_plan(o, o->arg[i], &l)) {
			status = EXIT_USAGE;
			continue;
		}
		printf("%s: ok: %zu sweep%s, %zu point%s\n", o->arg[i], l.config->n_sweeps,
		       l.config->n_sweeps == 1 ? "" : "s", plan_points(l.plan),
		       plan_points(l.plan) == 1 ? "" : "s");
		load_free(&l);
	}
	return status;
}
