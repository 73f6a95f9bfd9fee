// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "match_ends.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/err.h"
#include "base/units.h"
#include "config/diag.h"
#include "machine.h"
#include "mem/mem.h"

enum { PAGE = 4096, BARS = 6 };

void match_ends_free(struct match_ends *m)
{
	load_free(&m->loaded);
}

/* A device of ours has no place in any machine. */
static bool software(const char *device)
{
	return !strcmp(device, "soft0") || !strcmp(device, "null0");
}

static const struct config_nic *config_nic(const struct match_ends *m, const char *name)
{
	const struct config *c = m->loaded.config;

	for (size_t i = 0; c && i < c->n_nics; i++)
		if (!strcmp(c->nics[i].name, name))
			return &c->nics[i];
	return NULL;
}

static int find_nic(const struct topo *t, const char *name, struct match_ends *m, struct err *e)
{
	const struct config_nic *n = config_nic(m, name);
	int rc;

	m->device = n ? n->device : name;
	m->port = n ? (int)n->port : 1;
	m->gid_index = n ? (int)n->gid_index : -1;
	m->fn = m->data_direct = -1;
	if (software(m->device)) {
		m->driver = "software";
		return 0;
	}
	m->fn = topo_find_emulated(t, m->device);
	if (m->fn >= 0) {
		m->driver = "rdma_rxe"; /* only that one names the network device it stands on */
		return 0;
	}
	rc = machine_find(t, m->device, &m->fn, e);
	if (rc)
		return rc;
	m->driver = topo_fn(t, (size_t)m->fn)->driver;
	m->device = topo_fn(t, (size_t)m->fn)->ibdev;
	m->data_direct = topo_data_direct(t, m->fn);
	return 0;
}

/* Near and far are the NIC's to say; what is not known does not bind the memory. */
static void place_memory(const struct topo *t, struct match_ends *m)
{
	int node = m->fn < 0 ? -1 : topo_fn(t, (size_t)m->fn)->numa_node;

	if (m->memory.numa == PLACE_NEAR && node >= 0)
		m->memory.numa = node;
	else if (m->memory.numa < 0)
		m->memory.numa = CONFIG_NUMA_ANY;
}

static int of_config(const struct config *c, const char *name, struct config_memory *out, struct err *e)
{
	const char *names[64] = {0};
	const char *near;
	char all[256] = "";
	size_t len = 0;

	for (size_t i = 0; i < c->n_memory; i++) {
		if (!strcmp(c->memory[i].name, name)) {
			*out = c->memory[i];
			return 0;
		}
		if (i < ARRAY_LEN(names) - 1)
			names[i] = c->memory[i].name;
		if (len < sizeof(all))
			len += (size_t)snprintf(all + len, sizeof(all) - len, "%s%s", i ? ", " : "",
						c->memory[i].name);
	}
	near = diag_nearest(name, names);
	err_set(e, -EINVAL, "%s: no memory '%.60s'", c->source, name);
	return near ? err_hint(e, -EINVAL, "did you mean '%s'? There are: %s", near, all)
		    : err_hint(e, -EINVAL, "there are: %s", all);
}

/* Kinds that need no more than a word. */
static bool of_kind(const char *word, struct config_memory *out)
{
	static const int64_t kinds[] = {MEM_HOST, MEM_UDMABUF, MEM_DMA_HEAP, MEM_MEMFD};

	for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
		if (strcmp(mem_kind_name(kinds[i]), word) != 0)
			continue;
		*out = (struct config_memory){.name = mem_kind_name(kinds[i]),
					      .kind = kinds[i],
					      .length = PAGE,
					      .heap = "system",
					      .bar = -1,
					      .tph.index = -1,
					      .fd = -1,
					      .numa = CONFIG_NUMA_ANY};
		return true;
	}
	return false;
}

static int read_bar(const struct opt *o, int64_t *bar, struct err *e)
{
	const char *why;

	*bar = -1;
	if (!o->bar || (!units_int(o->bar, bar, &why) && *bar >= 0 && *bar < BARS))
		return 0;
	return err_set(e, -EINVAL, "--bar %.20s: a BAR is a number from 0 to %d", o->bar, BARS - 1);
}

/* One page of the BAR, at its start: nothing is written to it. */
static int of_device(const struct opt *o, const struct topo *t, const char *name, struct match_ends *m,
		     struct err *e)
{
	char addr[TOPO_ADDR];
	int64_t bar;
	int fn, rc = read_bar(o, &bar, e);

	if (!rc && o->try && bar < 0)
		rc = err_set(e, -EINVAL,
			     "match: --try of a device wants --bar N: `p2pbench list memory` "
			     "shows what it has");
	if (rc)
		return rc;
	rc = machine_find(t, name, &fn, e);
	if (rc)
		return rc;
	snprintf(m->address, sizeof(m->address), "pci/%s",
		 topo_addr_text(addr, topo_fn(t, (size_t)fn)->addr));
	m->page = (struct config_range){.length = PAGE};
	m->memory = (struct config_memory){.name = m->address + strlen("pci/"),
					   .kind = MEM_VFIO,
					   .length = PAGE,
					   .device = m->address,
					   .bar = bar,
					   .tph.index = -1,
					   .fd = -1,
					   .ranges = &m->page,
					   .n_ranges = 1,
					   .numa = CONFIG_NUMA_ANY};
	return 0;
}

static int find_target(const struct opt *o, const struct topo *t, const char *name, struct match_ends *m,
		       struct err *e)
{
	if (m->loaded.config)
		return of_config(m->loaded.config, name, &m->memory, e);
	if (of_kind(name, &m->memory))
		return o->bar ? err_set(e, -EINVAL, "--bar belongs to a PCI address; %s has none", name) : 0;
	return of_device(o, t, name, m, e);
}

int match_ends_find(const struct opt *o, const struct topo *t, struct match_ends *out)
{
	struct err e = {0};
	int rc;

	*out = (struct match_ends){0};
	if (o->config) {
		rc = load_plan(o, o->config, &out->loaded);
		if (rc)
			return rc;
	}
	rc = find_nic(t, o->arg[0], out, &e);
	if (!rc)
		rc = find_target(o, t, o->arg[1], out, &e);
	if (rc)
		return fail_with(&e, rc == -ENOENT ? EXIT_MACHINE : EXIT_USAGE);
	place_memory(t, out);
	return EXIT_OK;
}
