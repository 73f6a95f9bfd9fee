// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* list devices|memory|ops|runs: what can be named in a config, usable verbatim. */
#include "bench.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "document.h"
#include "nic/nic.h"
#include "ops/ops.h"
#include "result/runjson.h"

/* Takes @list over; without --json it has been printed as text. */
static int list_end(const struct opt *o, const char *name, json_t *list)
{
	if (o->json)
		return document_print(json_pack("{s:i, s:o}", "schema", DOCUMENT_SCHEMA, name, list));
	json_decref(list);
	return EXIT_OK;
}

static int list_devices(const struct opt *o)
{
	struct nic_entry *list = NULL;
	struct err e = {0};
	int n = nic_list(&list, &e);
	json_t *devices;

	if (n < 0)
		return fail_with(&e, EXIT_MACHINE);
	devices = json_array();
	for (int i = 0; i < n; i++)
		json_array_append_new(devices, json_pack("{s:s, s:s, s:o}", "name", list[i].name, "evidence",
							 nic_evidence_name(list[i].evidence), "about",
							 runjson_text(list[i].about)));
	for (int i = 0; i < n && !o->json; i++)
		printf("%-12s %-10s %s\n", list[i].name, nic_evidence_name(list[i].evidence), list[i].about);
	free(list);
	return list_end(o, "devices", devices);
}

static int list_ops(const struct opt *o)
{
	const struct key *measure = keys_axis(AX_MEASURE), *op = keys_axis(AX_OP);
	json_t *list = json_array();

	for (const struct op *const *p = ops; *p; p++) {
		const char *name = (*p)->measure == MEASURE_REG ? "" : op->words[(*p)->op];

		json_array_append_new(list, json_pack("{s:s, s:s, s:b, s:s}", "measure",
						      measure->words[(*p)->measure], "op", name, "bounce",
						      (*p)->bounce ? 1 : 0, "about", (*p)->about));
		if (!o->json)
			printf("%-4s %-12s %s%s\n", measure->words[(*p)->measure], name,
			       (*p)->bounce ? "bounce: " : "", (*p)->about);
	}
	return list_end(o, "ops", list);
}

int cmd_list(const struct opt *o)
{
	const char *what = o->n_args ? o->arg[0] : "";

	if (o->from && strcmp(what, "memory") != 0) {
		fprintf(stderr, "p2pbench: list %s: --from belongs to list memory\n", what);
		return EXIT_USAGE;
	}
	if (o->n_where && strcmp(what, "runs") != 0) {
		fprintf(stderr, "p2pbench: list %s: --where belongs to list runs\n", what);
		return EXIT_USAGE;
	}
	if (!strcmp(what, "devices"))
		return list_devices(o);
	if (!strcmp(what, "memory"))
		return list_memory(o);
	if (!strcmp(what, "ops"))
		return list_ops(o);
	if (!strcmp(what, "runs"))
		return list_runs(o);
	if (*what)
		fprintf(stderr, "p2pbench: list: no list of '%s'\n", what);
	else
		fputs("p2pbench: list what?\n", stderr);
	fputs("          p2pbench list devices|memory|ops|runs\n", stderr);
	return EXIT_USAGE;
}
