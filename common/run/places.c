// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "run/places.h"

#include <errno.h>
#include <stdio.h>

#include "base/err.h"
#include "meas/window.h"

/* cpu N. */
static void count_up(const struct places *p, int next, int *cpu, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++) {
		while (!CPU_ISSET((size_t)next, p->allowed))
			next = (next + 1) % CPU_SETSIZE;
		cpu[i] = (int)i < CPU_COUNT(p->allowed) - 1 ? next : -1;
		next = (next + 1) % CPU_SETSIZE;
	}
}

static struct place_ask ask_of(const struct places *p, int64_t where, uint32_t n)
{
	return (struct place_ask){
		.nic = p->nic_fn,
		.where = where == PLACE_NEAR  ? WHERE_NEAR
			 : where == PLACE_FAR ? WHERE_FAR
					      : WHERE_NODE,
		.number = where >= 0 ? (unsigned int)where : 0,
		.threads = n,
	};
}

/* What place.h cannot be asked. */
static int unknown(const struct places *p, const char *what, int64_t where, struct err *e)
{
	if (!p->topo)
		return err_set(e, -ENODATA, "%s: the topology of this machine is unknown", what);
	if (where < 0 && p->nic_fn < 0 && !p->software)
		return err_set(e, -ENODATA, "%s: where the NIC sits is unknown", what);
	return 0;
}

static int ask_place(const struct places *p, int64_t where, int *cpu, uint32_t n, char why[PLACE_WHY],
		     struct err *e)
{
	struct place_ask ask = ask_of(p, where, n);
	struct place out;
	int rc = place_cpus(p->topo, &ask, &out, e);

	for (uint32_t i = 0; !rc && i < n; i++)
		cpu[i] = (int)i < CPU_COUNT(p->allowed) - 1 ? out.cpu[i] : -1;
	if (!rc)
		snprintf(why, PLACE_WHY, "%s", out.why);
	return rc;
}

/* Highest CPUs first: where there is nothing to be near to. */
static int from_above(const struct places *p, int *cpu, uint32_t n, char why[PLACE_WHY])
{
	window_cpus(cpu, n);
	snprintf(why, PLACE_WHY, "from the highest CPU down: %s",
		 p->software ? "the NIC is no device" : "where the NIC sits is unknown");
	return 0;
}

int places_explain(const struct places *p, const struct point *pt, int *cpu, uint32_t n, char why[PLACE_WHY],
		   struct err *e)
{
	bool on_node = pt->v[AX_CPU] == AXIS_EMPTY && pt->v[AX_NUMA] != AXIS_EMPTY;
	int64_t where = on_node ? pt->v[AX_NUMA] : pt->v[AX_CPU];
	int rc;

	if (where == AXIS_EMPTY) {
		if (p->topo && p->nic_fn >= 0 && !ask_place(p, PLACE_NEAR, cpu, n, why, NULL))
			return 0;
		return from_above(p, cpu, n, why);
	}
	if (where >= 0 && !on_node && CPU_COUNT(p->allowed) > 1) {
		count_up(p, (int)where, cpu, n);
		snprintf(why, PLACE_WHY, "as asked: CPU %d and those above it", (int)where);
		return 0;
	}
	if ((where >= 0 && !on_node) || (where == PLACE_NEAR && p->software))
		return from_above(p, cpu, n, why);
	rc = unknown(p, on_node ? "numa" : "cpu", where, e);
	return rc ? rc : ask_place(p, where, cpu, n, why, e);
}

int places_cpus(const struct places *p, const struct point *pt, int *cpu, uint32_t n, struct err *e)
{
	char why[PLACE_WHY];

	return places_explain(p, pt, cpu, n, why, e);
}

int places_tph_cpu(const struct places *p, int64_t where, struct err *e)
{
	struct place_ask ask = ask_of(p, where, 1);
	struct place out;
	int rc;

	if (where >= 0 && (where >= CPU_SETSIZE || !CPU_ISSET((size_t)where, p->allowed)))
		return err_set(e, -EPERM, "tph_cpu %d is not among the CPUs this process may use",
			       (int)where);
	if (where >= 0)
		return (int)where;
	rc = unknown(p, "tph_cpu", where, e);
	if (!rc)
		rc = place_cpus(p->topo, &ask, &out, e);
	/* The kernel's answer to a CPU outside the mask is EPERM; nothing far is allowed then. */
	if (!rc && (out.spilled || !CPU_ISSET((size_t)out.cpu[0], p->allowed)))
		rc = err_set(e, -EPERM, "tph_cpu %s: none of these CPUs is allowed to this process",
			     where == PLACE_NEAR ? "near" : "far");
	return rc ? rc : out.cpu[0];
}

unsigned int places_about(const struct places *p, uint32_t threads, char why[PLACE_WHY])
{
	struct place_ask ask = ask_of(p, PLACE_NEAR, threads);
	struct place out;

	if (!p->topo || p->nic_fn < 0 || place_cpus(p->topo, &ask, &out, NULL)) {
		snprintf(why, PLACE_WHY, "from the highest CPU down: %s",
			 p->software ? "the NIC is no device" : "where the NIC sits is unknown");
		return 0;
	}
	snprintf(why, PLACE_WHY, "%s", out.why);
	return out.spilled;
}

int places_node(const struct places *p, int64_t numa, struct err *e)
{
	struct place_ask ask = ask_of(p, numa, 1);
	char why[PLACE_WHY];
	int rc;

	/* The only node is near whatever there is. */
	if (numa == PLACE_NEAR && p->topo && topo_nodes(p->topo) == 1)
		return 0;
	rc = numa >= 0 ? 0 : unknown(p, "numa", numa, e);
	/* A number is tried: the kernel knows its nodes. */
	if (rc || numa >= 0)
		return rc ? rc : (int)numa;
	return place_node(p->topo, &ask, why, e);
}
