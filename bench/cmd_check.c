// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* check FILE...: read the text, touch nothing. */
#include "bench.h"

#include <stdio.h>

#include "document.h"
#include "result/runjson.h"

static json_t *result(const char *file, const struct loaded *l)
{
	json_t *o = json_pack("{s:o, s:b}", "file", runjson_text(file), "ok", l ? 1 : 0), *problems;

	if (l) {
		json_object_set_new(o, "sweeps", json_integer((json_int_t)l->config->n_sweeps));
		json_object_set_new(o, "points", json_integer((json_int_t)plan_points(l->plan)));
	}
	problems = document_take_problems();
	json_object_set_new(o, "problems", problems ? problems : json_array());
	return o;
}

static int finish(const struct opt *o, json_t *files, int status)
{
	if (o->json)
		return document_print(json_pack("{s:i, s:o}", "schema", DOCUMENT_SCHEMA, "files", files))
			       ? EXIT_INTERNAL
			       : status;
	json_decref(files);
	return status;
}

int cmd_check(const struct opt *o)
{
	int status = EXIT_OK;
	json_t *files;

	if (!o->n_args) {
		fputs("p2pbench: check wants a file\n          p2pbench check FILE...\n", stderr);
		return EXIT_USAGE;
	}
	files = json_array();
	for (int i = 0; i < o->n_args; i++) {
		struct loaded l;

		if (load_plan(o, o->arg[i], &l)) {
			json_array_append_new(files, result(o->arg[i], NULL));
			status = EXIT_USAGE;
			continue;
		}
		json_array_append_new(files, result(o->arg[i], &l));
		if (!o->json)
			printf("%s: ok: %zu sweep%s, %zu point%s\n", o->arg[i], l.config->n_sweeps,
			       l.config->n_sweeps == 1 ? "" : "s", plan_points(l.plan),
			       plan_points(l.plan) == 1 ? "" : "s");
		load_free(&l);
	}
	return finish(o, files, status);
}
