// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* plan -v: where threads and host memory would go. */
#include <errno.h>
#include <hwloc.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/err.h"
#include "mem/mem.h"
#include "plan_machine.h"
#include "run/places.h"

/* CPUs a process there can have: this one's mask, of another machine all. */
static void allowed_cpus(const struct plan_machine *m, cpu_set_t *out)
{
	hwloc_topology_t h = m->t && !m->here ? topo_hwloc(m->t) : NULL;
	hwloc_const_bitmap_t all = h ? hwloc_topology_get_complete_cpuset(h) : NULL;
	int cpu = all ? hwloc_bitmap_first(all) : -1;

	CPU_ZERO(out);
	if (m->here && sched_getaffinity(0, sizeof(*out), out))
		CPU_ZERO(out);
	for (; cpu >= 0 && cpu < CPU_SETSIZE; cpu = hwloc_bitmap_next(all, cpu))
		CPU_SET((size_t)cpu, out);
}

/* What decides where a point's threads run. */
struct ask {
	int64_t nic, threads, cpu, numa;
};

struct asks {
	struct ask *at;
	size_t n;
};

static void add_ask(struct asks *a, const struct point *pt)
{
	const struct ask one = {pt->v[AX_NIC], pt->v[AX_THREADS] > 0 ? pt->v[AX_THREADS] : 1, pt->v[AX_CPU],
				pt->v[AX_NUMA]};
	struct ask *grown;

	for (size_t i = 0; i < a->n; i++)
		if (a->at[i].nic == one.nic && a->at[i].threads == one.threads && a->at[i].cpu == one.cpu &&
		    a->at[i].numa == one.numa)
			return;
	grown = reallocarray(a->at, a->n + 1, sizeof(*grown));
	if (!grown)
		return;
	a->at = grown;
	a->at[a->n++] = one;
}

static void print_cpus(const int *cpu, uint32_t n)
{
	enum { FEW = 32 };

	fputs("CPU", stdout);
	for (uint32_t i = 0; i < n && i < FEW; i++) {
		if (cpu[i] < 0)
			fputs(" any", stdout);
		else
			printf(" %d", cpu[i]);
	}
	fputs(n > FEW ? " ...: " : ": ", stdout);
}

static void print_ask(const struct places *p, const struct config *c, const struct ask *a)
{
	struct point pt = {0};
	char word[32], why[PLACE_WHY];
	int cpu[PLACE_CPUS_MAX];
	struct err e = {0};
	uint32_t n = a->threads < PLACE_CPUS_MAX ? (uint32_t)a->threads : PLACE_CPUS_MAX;

	for (int i = 0; i < AX_COUNT; i++)
		pt.v[i] = AXIS_EMPTY;
	pt.v[AX_CPU] = a->cpu;
	pt.v[AX_NUMA] = a->numa;
	printf("  %s, %u thread%s", c->nics[a->nic].name, n, n == 1 ? "" : "s");
	if (a->cpu != AXIS_EMPTY)
		printf(", cpu %s", config_value_text(c, AX_CPU, a->cpu, word));
	if (a->numa != AXIS_EMPTY)
		printf(", numa %s", config_value_text(c, AX_NUMA, a->numa, word));
	fputs(": ", stdout);
	if (a->cpu >= CPU_SETSIZE || (a->cpu >= 0 && !CPU_ISSET((size_t)a->cpu, p->allowed))) {
		printf("skipped: CPU %lld is not among the %d there are to use\n", (long long)a->cpu,
		       CPU_COUNT(p->allowed));
		return;
	}
	if (places_explain(p, &pt, cpu, n, why, &e)) {
		printf("unknown here: %s\n", e.text);
		return;
	}
	print_cpus(cpu, n);
	puts(why);
}

/* Memory of the host that asks for a node. */
static void print_memory(const struct places *p, const struct config *c, size_t nic)
{
	for (size_t i = 0; i < c->n_memory; i++) {
		const struct config_memory *m = &c->memory[i];
		struct err e = {0};
		int node;

		if (m->kind != MEM_HOST && m->kind != MEM_MEMFD && m->numa == CONFIG_NUMA_ANY)
			continue;
		printf("  %s for %s: ", m->name, c->nics[nic].name);
		node = m->numa == CONFIG_NUMA_ANY ? -1 : places_node(p, m->numa, &e);
		if (m->numa == CONFIG_NUMA_ANY)
			puts("on the node of the thread that touches it first");
		else if (node < 0)
			printf("unknown here: %s\n", e.text);
		else
			printf("node %d %s\n", node,
			       m->numa == PLACE_NEAR  ? "near the NIC"
			       : m->numa == PLACE_FAR ? "far from the NIC"
						      : "as asked");
	}
}

static bool used(const struct asks *a, size_t nic)
{
	for (size_t i = 0; i < a->n; i++)
		if (a->at[i].nic == (int64_t)nic)
			return true;
	return false;
}

void plan_print_places(const struct plan_machine *m, const struct loaded *l)
{
	const struct config *c = l->config;
	struct asks a = {0};
	cpu_set_t allowed;

	allowed_cpus(m, &allowed);
	for (size_t i = 0; i < plan_points(l->plan); i++) {
		struct point pt;

		plan_point(l->plan, i, &pt);
		add_ask(&a, &pt);
	}
	puts("placement");
	for (size_t nic = 0; nic < c->n_nics; nic++) {
		const struct places p = {.topo = m->t,
					 .nic_fn = plan_nic_fn(m, &c->nics[nic]),
					 .software = plan_nic_software(m, &c->nics[nic]),
					 .allowed = &allowed};

		if (!used(&a, nic))
			continue;
		if (!m->here && (p.nic_fn < 0 || !CPU_COUNT(&allowed))) {
			printf("  %s: %s\n", c->nics[nic].name,
			       p.software     ? "a software device: from the highest CPU down"
			       : p.nic_fn < 0 ? "unknown here: where the NIC sits"
					      : "unknown here: which CPUs there are");
			continue;
		}
		for (size_t i = 0; i < a.n; i++)
			if (a.at[i].nic == (int64_t)nic)
				print_ask(&p, c, &a.at[i]);
		print_memory(&p, c, nic);
	}
	free(a.at);
}
