// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* schema config|rounds|run: what files of this program look like, for editors and readers. */
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "bench.h"
#include "document.h"
#include "schema.h"

int cmd_schema(const struct opt *o)
{
	static const struct {
		const char *name;
		json_t *(*make)(void);
	} schema[] = {{"config", schema_config}, {"rounds", schema_rounds}, {"run", schema_run}};

	for (size_t i = 0; o->n_args == 1 && i < ARRAY_LEN(schema); i++) {
		if (!strcmp(o->arg[0], schema[i].name))
			return document_print(schema[i].make());
	}
	fprintf(stderr, "p2pbench: schema: %s\n          p2pbench schema config|rounds|run\n",
		o->n_args ? "one of config, rounds, run" : "of what?");
	return EXIT_USAGE;
}
