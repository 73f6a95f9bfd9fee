// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* list devices|memory|ops: what can be named in a config, usable verbatim. */
#include "bench.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/err.h"
#include "mem/mem.h"
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

static int list_memory(void)
{
	static const struct {
		int64_t kind;
		const char *about;
	} rows[] = {
		{MEM_HOST, "host memory by address"},
		{MEM_UDMABUF, "dma-buf of host memory by /dev/udmabuf"},
		{MEM_DMA_HEAP, "dma-buf of host memory by /dev/dma_heap/NAME"},
		{MEM_VFIO, "BAR slice of a device bound to vfio-pci"},
		{MEM_FD, "dma-buf received from another process"},
		{MEM_MEMFD, "stand-in for a dma-buf, for soft0 only"},
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct config_memory m = {
			.name = "list", .kind = rows[i].kind, .heap = "system", .numa = CONFIG_NUMA_ANY};
		struct err e = {0};
		bool ok = !mem_probe(&m, &sys_real, &e);
		const char *why = strstr(e.text, ": ");

		printf("%-10s %-4s %s%s%s\n", mem_kind_name(m.kind), ok ? "yes" : "no", rows[i].about,
		       ok ? "" : ": ", ok || !why ? "" : why + 2);
	}
	return EXIT_OK;
}

static int list_ops(void)
{
	const struct key *measure = keys_axis(AX_MEASURE), *op = keys_axis(AX_OP);

	for (const struct op *const *p = ops; *p; p++)
		printf("%-4s %-12s %s\n", measure->words[(*p)->measure],
		       (*p)->measure == MEASURE_REG ? "" : op->words[(*p)->op], (*p)->about);
	return EXIT_OK;
}

int cmd_list(const struct opt *o)
{
	const char *what = o->n_args ? o->arg[0] : "";

	if (!strcmp(what, "devices"))
		return list_devices();
	if (!strcmp(what, "memory"))
		return list_memory();
	if (!strcmp(what, "ops"))
		return list_ops();
	fputs("p2pbench: list what?\n          p2pbench list devices|memory|ops\n", stderr);
	return EXIT_USAGE;
}
