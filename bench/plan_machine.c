// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "plan_machine.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/units.h"
#include "machine.h"
#include "mem/mem.h"
#include "run/limits.h"
#include "topo/tags.h"
#include "topo_view.h"

int plan_machine_open(const struct opt *o, struct plan_machine *out)
{
	struct err e = {0};
	int status = EXIT_OK;

	*out = (struct plan_machine){.here = !o->from};
	if (o->from)
		status = machine_open(o, &out->t);
	else if (topo_open(NULL, &out->t, NULL))
		out->t = NULL;
	out->n_list = status ? 0 : nic_list(&out->list, &e);
	return status;
}

void plan_machine_close(struct plan_machine *m)
{
	topo_close(m->t);
	free(m->list);
}

static const struct nic_entry *find_entry(const struct plan_machine *m, const char *device)
{
	for (int i = 0; i < m->n_list; i++)
		if (!strcmp(m->list[i].name, device))
			return &m->list[i];
	return NULL;
}

bool plan_nic_software(const struct plan_machine *m, const struct config_nic *n)
{
	const struct nic_entry *entry = find_entry(m, n->device);

	return entry && entry->evidence == NIC_SOFTWARE;
}

int plan_nic_fn(const struct plan_machine *m, const struct config_nic *n)
{
	const struct nic_entry *entry = find_entry(m, n->device);
	int fn;

	if (!m->t || plan_nic_software(m, n) || (m->here && (!entry || entry->evidence != NIC_HARDWARE)))
		return -1;
	fn = topo_find(m->t, n->device);
	return fn < 0 ? -1 : fn;
}

/* "at 0000:41:00.0, NUMA node 0, 32 GT/s x16" */
static void print_seat(const struct view *v, int fn)
{
	const struct topo_fn *f = topo_fn(v->t, (size_t)fn);
	char addr[TOPO_ADDR], link[VIEW_TEXT];
	const char *now = view_link_now(v, fn, link);

	printf("at %s, ", topo_addr_text(addr, f->addr));
	if (f->numa_node >= 0)
		printf("NUMA node %d", f->numa_node);
	else
		fputs("no NUMA node", stdout);
	if (*now)
		printf(", %s", *now == '?' ? "link unknown (run as root)" : now);
	if (f->driver[0])
		printf(", %s", f->driver);
}

static void print_tags(const struct view *v, int fn)
{
	const struct topo_tags tags = topo_tags(v->t, fn);

	printf("  %-16s tags it can send: ", "");
	if (tags.can == TAGS_UNKNOWN || tags.can == TAGS_OFF)
		printf("%s%s\n", tags.can == TAGS_OFF ? "none: " : "", tags.why);
	else
		printf("%s; now: %s\n", tags.why, tags_width_name(tags.enabled));
}

/* A NIC that the tree has no function for, or one that is not this program's to measure by. */
static void print_absent(const struct plan_machine *m, const struct config_nic *n)
{
	const struct nic_entry *entry = find_entry(m, n->device);
	int card = m->t ? topo_find_emulated(m->t, n->device) : -1;
	char addr[TOPO_ADDR];

	if (entry)
		printf("%s", entry->about);
	else if (card >= 0)
		fputs("emulated (software)", stdout);
	else
		printf("unknown here%s", m->here ? " (p2pbench list devices)" : "");
	if (card >= 0)
		printf(", above the card at %s", topo_addr_text(addr, topo_fn(m->t, (size_t)card)->addr));
	putchar('\n');
}

static void print_nic(const struct plan_machine *m, const struct view *v, const struct config_nic *n)
{
	const struct nic_entry *entry = m->here ? find_entry(m, n->device) : NULL;
	int fn = plan_nic_fn(m, n);
	struct topo_port port;

	printf("  nic %-12s %s: ", n->name, n->device);
	if (fn < 0) {
		print_absent(m, n);
		return;
	}
	if (entry)
		printf("%s\n  %-16s ", entry->about, "");
	print_seat(v, fn);
	if (!topo_port(m->t, fn, (int)n->port, &port) && port.gbit > 0)
		printf(", %s %g Gbit/s", port.ethernet ? "Ethernet" : "InfiniBand", port.gbit);
	putchar('\n');
	print_tags(v, fn);
}

/* Memory on a machine that is not here cannot be tried: where it lies is all that can be said. */
static void print_memory_there(const struct view *v, const struct config_memory *m)
{
	int fn = limits_target(v->t, m);
	const struct topo_fn *f = fn < 0 ? NULL : topo_fn(v->t, (size_t)fn);
	char size[UNITS_TEXT];

	if (fn == LIMITS_HOST) {
		puts("system memory");
	} else if (!f) {
		printf("unknown here: %s%s\n",
		       m->device ? "no " : "its exporter is known once it is received",
		       m->device ? m->device : "");
	} else {
		print_seat(v, fn);
		if (m->bar >= 0 && m->bar < TOPO_BARS && f->bar[m->bar].bytes)
			printf(", BAR %d of %s", (int)m->bar,
			       units_size_text(size, (int64_t)(f->bar[m->bar].bytes & INT64_MAX)));
		else if (m->bar >= 0 && f->cfg.bytes)
			printf(", BAR %d unknown here", (int)m->bar);
		putchar('\n');
	}
}

static void print_memory_here(struct mem_ctx *mem, const struct config_memory *m)
{
	struct err e = {0};

	if (mem_probe(mem, m, &e))
		printf("unknown here: %s\n", e.text);
	else
		puts("can be opened");
}

/* What points use of this machine, by places in the config. */
struct used {
	bool *nic, *memory;
};

/* Return: false without memory. */
static bool find_used(const struct loaded *l, struct used *out)
{
	struct point pt;

	out->nic = calloc(l->config->n_nics + 1, sizeof(bool));
	out->memory = calloc(l->config->n_memory + 1, sizeof(bool));
	if (!out->nic || !out->memory)
		return false;
	for (size_t i = 0; i < plan_points(l->plan); i++) {
		plan_point(l->plan, i, &pt);
		out->nic[pt.v[AX_NIC]] = true;
		if (pt.v[AX_SOURCE] >= 0)
			out->memory[pt.v[AX_SOURCE]] = true;
	}
	return true;
}

static void free_used(struct used *u)
{
	free(u->nic);
	free(u->memory);
}

static void print_memory(const struct plan_machine *m, const struct view *v, struct mem_ctx *mem,
			 const struct config_memory *c)
{
	printf("  memory %-9s %s: ", c->name, mem_kind_name((int)c->kind));
	if (mem)
		print_memory_here(mem, c);
	else if (!m->here)
		print_memory_there(v, c);
	else
		puts("unknown here");
}

/* What lies there a plan does not look at: it asks nobody. */
static void print_peer(const struct config *c, const struct used *here)
{
	printf("peer %s\n  not asked: unknown here\n", c->peer.place);
	for (size_t i = 0; i < c->n_nics; i++)
		if (!here->nic[i])
			printf("  nic %-12s %s: unknown here\n", c->nics[i].name, c->nics[i].device);
	for (size_t i = 0; i < c->n_memory; i++)
		if (!here->memory[i])
			printf("  memory %-9s %s: unknown here\n", c->memory[i].name,
			       mem_kind_name((int)c->memory[i].kind));
}

void plan_print_machine(const struct plan_machine *m, const struct loaded *l)
{
	const struct config *c = l->config;
	bool far = c->peer.place;
	struct mem_ctx *mem = NULL;
	struct used here = {0};
	struct view v = {0};

	if ((m->t && view_open(m->t, &v)) || !find_used(l, &here)) {
		free_used(&here);
		return;
	}
	if (m->here && mem_ctx_open(&sys_real, m->t, &mem, NULL))
		mem = NULL;
	printf("machine%s%s\n", m->here ? "" : " ", m->here ? "" : topo_source(m->t));
	for (size_t i = 0; i < c->n_nics; i++)
		if (!far || here.nic[i])
			print_nic(m, &v, &c->nics[i]);
	for (size_t i = 0; i < c->n_memory; i++)
		if (!far || here.memory[i])
			print_memory(m, &v, mem, &c->memory[i]);
	if (far)
		print_peer(c, &here);
	mem_ctx_close(mem);
	free_used(&here);
	if (m->t)
		view_close(&v);
}
