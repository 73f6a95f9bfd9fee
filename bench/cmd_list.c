// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* list devices|memory|ops|runs: what can be named in a config, usable verbatim. */
#include "bench.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "nic/nic.h"
#include "ops/ops.h"

static int list_devices(void)
{
	struct nic_entry *list = NULL;
	struct err e = {0};
	int n = nic_list(&list, &e);

	if (n < 0)
		return fail_with(&e, EXIT_MACHINE);
	for (int i = 0; i < n; i++)
		printf("%-12s %-10s %s\n", list[i].name, nic_evidence_name(list[i].evidence), list[i].about);
	free(list);
	return EXIT_OK;
}

static int list_ops(void)
{
	const struct key *measure = keys_axis(AX_MEASURE), *op = keys_axis(AX_OP);

	for (const struct op *const *p = ops; *p; p++)
		printf("%-4s %-12s %s%s\n", measure->words[(*p)->measure],
		       (*p)->measure == MEASURE_REG ? "" : op->words[(*p)->op],
		       (*p)->bounce ? "bounce: " : "", (*p)->about);
	return EXIT_OK;
}

int cmd_list(const struct opt *o)
{
	const char *what = o->n_args ? o->arg[0] : "";

	if ((o->from || o->json) && strcmp(what, "memory") != 0) {
		fprintf(stderr, "p2pbench: list %s: %s belongs to list memory\n", what,
			o->from ? "--from" : "--json");
		return EXIT_USAGE;
	}
	if (o->n_where && strcmp(what, "runs") != 0) {
		fprintf(stderr, "p2pbench: list %s: --where belongs to list runs\n", what);
		return EXIT_USAGE;
	}
	if (!strcmp(what, "devices"))
		return list_devices();
	if (!strcmp(what, "memory"))
		return list_memory(o);
	if (!strcmp(what, "ops"))
		return list_ops();
	if (!strcmp(what, "runs"))
		return list_runs(o);
	if (*what)
		fprintf(stderr, "p2pbench: list: no list of '%s'\n", what);
	else
		fputs("p2pbench: list what?\n", stderr);
	fputs("          p2pbench list devices|memory|ops|runs\n", stderr);
	return EXIT_USAGE;
}
