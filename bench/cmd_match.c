// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * match NIC TARGET: by which interconnects the NIC may reach the memory, best first, and why. A prediction;
 * with --try each is put to the test by a registration. docs/interconnect.md explains the answers.
 */
#include "bench.h"
#include "document.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/err.h"
#include "base/sys.h"
#include "machine.h"
#include "match_view.h"

/* What the try does to the machine is said before it is done. */
static void warn(const struct opt *o, const struct match_ends *m)
{
	if (!o->quiet && m->memory.kind == MEM_VFIO)
		fprintf(stderr, "note: opening %s by VFIO resets it\n",
			m->memory.device ? m->memory.device : m->memory.name);
}

/* @opened: of the memory; without it there is still the prediction. Return: exit status of the NIC's part. */
static int try_cells(const struct opt *o, const struct topo *t, const struct match_ends *m, struct reach *r,
		     int *opened, struct err *e)
{
	struct mem_ctx *mem = NULL;
	struct nic *nic = NULL;

	if (!m->device[0]) {
		err_set(e, -ENODEV, "%s: no RDMA device at this function", o->arg[0]);
		err_hint(e, -ENODEV, "`p2pbench list devices` shows those there are");
		return fail_with(e, EXIT_MACHINE);
	}
	if (nic_open(m->device, m->port, m->gid_index, &nic, e))
		return fail_with(e, EXIT_MACHINE);
	*opened = mem_ctx_open(&sys_real, t, &mem, e);
	if (!*opened) {
		warn(o, m);
		*opened = reach_try(nic, mem, t, m->fn, &m->memory, r, e);
	}
	mem_ctx_close(mem);
	nic_close(nic);
	return EXIT_OK;
}

static int show(const struct match_view *v, const struct opt *o)
{
	FILE *f;

	if (!o->json) {
		match_table(v, stdout);
		return EXIT_OK;
	}
	f = document_open();
	return document_close(f, f ? match_document(v, f) : -ENOMEM);
}

static int match(const struct opt *o, const struct topo *t, const struct match_ends *m)
{
	struct err e = {0};
	struct reach r;
	struct match_view v = {
		.t = t, .ends = m, .reach = &r, .nic = o->arg[0], .target = o->arg[1], .error = &e};
	int status = EXIT_OK;

	if (o->try)
		status = try_cells(o, t, m, &r, &v.opened, &e);
	else
		reach_predict(t, m->fn, m->driver, m->data_direct, &m->memory, &r);
	if (status)
		return status;
	status = show(&v, o);
	return status || !v.opened ? status : fail_with(&e, EXIT_MACHINE);
}

static int check_flags(const struct opt *o)
{
	const char *wrong = NULL;

	if (o->n_args != 2)
		wrong = "wants a NIC and a target: a memory of --config FILE, a PCI address, host, udmabuf, "
			"dma_heap or memfd";
	else if (o->try && o->from)
		wrong = "--try is for this machine, not for that of --from";
	else if (o->bar && o->config)
		wrong = "--bar belongs to a PCI address; a memory of --config has its own";
	if (!wrong)
		return EXIT_OK;
	fprintf(stderr,
		"p2pbench: match: %s\n          p2pbench match NIC TARGET [--bar N] [--config FILE] "
		"[--from MACHINE | --try] [--json]\n",
		wrong);
	return EXIT_USAGE;
}

int cmd_match(const struct opt *o)
{
	struct topo *t = NULL;
	struct match_ends ends;
	int status = check_flags(o);

	if (!status)
		status = machine_open(o, &t);
	if (status)
		return status;
	status = match_ends_find(o, t, &ends);
	if (!status)
		status = match(o, t, &ends);
	match_ends_free(&ends);
	topo_close(t);
	return status;
}
