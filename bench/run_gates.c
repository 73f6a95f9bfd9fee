// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The noise gates of a run. */
#include "run_gates.h"

#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/err.h"

enum { LANES_MAX = 4096 };

/* The CPUs of one point's lanes; where a lane has none of its own, any allowed one may be it. */
static void add_cpus(cpu_set_t *used, const cpu_set_t *allowed, const struct run *run, const struct point *pt)
{
	int64_t threads = pt->v[AX_THREADS] == AXIS_EMPTY ? 1 : pt->v[AX_THREADS];
	uint32_t n = threads > LANES_MAX ? LANES_MAX : (uint32_t)threads;
	int *cpu = calloc(n, sizeof(*cpu));

	if (!cpu)
		return;
	if (run_lane_cpus(run, pt, cpu, n))
		n = 0; /* a point that will be skipped */
	for (uint32_t i = 0; i < n; i++) {
		if (cpu[i] >= 0 && cpu[i] < CPU_SETSIZE)
			CPU_SET(cpu[i], used);
		else
			CPU_OR(used, used, allowed);
	}
	free(cpu);
}

static bool same_cpus(const struct point *a, const struct point *b)
{
	return a->v[AX_NIC] == b->v[AX_NIC] && a->v[AX_PEER_NIC] == b->v[AX_PEER_NIC] &&
	       a->v[AX_THREADS] == b->v[AX_THREADS] && a->v[AX_CPU] == b->v[AX_CPU] &&
	       a->v[AX_NUMA] == b->v[AX_NUMA];
}

static void plan_cpus(const struct plan *plan, const struct run *run, cpu_set_t *used)
{
	struct point pt, last = {0};
	cpu_set_t allowed;

	CPU_ZERO(used);
	if (sched_getaffinity(0, sizeof(allowed), &allowed))
		return;
	for (size_t i = 0; i < plan_points(plan); i++) {
		plan_point(plan, i, &pt);
		if (i && same_cpus(&pt, &last))
			continue;
		last = pt;
		add_cpus(used, &allowed, run, &pt);
	}
}

/* What a NIC locks: every memory at both ends. Software devices lock nothing. */
static uint64_t locked_bytes(const struct config *c, const struct run *run)
{
	uint64_t bytes = 0;
	bool locks = false;

	for (size_t i = 0; i < c->n_nics; i++)
		locks = locks || (run_nic_attr(run, i) && run_nic_attr(run, i)->evidence != NIC_SOFTWARE);
	for (size_t i = 0; locks && i < c->n_memory; i++)
		bytes += 2 * (uint64_t)c->memory[i].length;
	return bytes;
}

int run_gates_open(struct run_gates *g, const struct loaded *l, const struct run *run,
		   const struct clock *clock, struct err *e)
{
	struct gates_input in = {
		.root = "",
		.clock = clock,
		.locked_bytes = locked_bytes(l->config, run),
		.hold_awake = true,
	};
	cpu_set_t used;

	plan_cpus(l->plan, run, &used);
	g->cpu = calloc((size_t)CPU_COUNT(&used) + 1, sizeof(*g->cpu));
	if (!g->cpu)
		return err_set(e, -ENOMEM, "gates: out of memory");
	for (int i = 0; i < CPU_SETSIZE; i++)
		if (CPU_ISSET(i, &used))
			g->cpu[in.n_cpu++] = i;
	in.cpu = g->cpu;
	gates_open(&g->gates, &in);
	return 0;
}

void run_gates_close(struct run_gates *g)
{
	gates_close(&g->gates);
	free(g->cpu);
	g->cpu = NULL;
}

size_t run_gates_refuse(const struct run_gates *g)
{
	size_t n = gates_count(&g->gates, GATE_FAIL);

	if (!n)
		return 0;
	fprintf(stderr, "p2pbench: --strict: %zu noise gate%s, nothing was measured\n", n,
		n == 1 ? " fails" : "s fail");
	for (size_t i = 0; i < g->gates.n; i++) {
		const struct gate *gate = &g->gates.gate[i];

		if (gate->verdict == GATE_FAIL)
			fprintf(stderr, "          %s: %s: %s\n          %*s  fix: %s\n", gate->name,
				gate->value, gate->why, (int)strlen(gate->name), "", gate->fix);
	}
	return n;
}

/* Windows that count, and what disturbed them. */
static int add_row(const struct row *row, void *arg)
{
	struct gates_run *run = arg;
	const char *status = row_get(row, COL_STATUS);
	uint64_t switches, faults;

	if (strcmp(status, status_name(ST_OK)) != 0 && strcmp(status, status_name(ST_OVERLOAD)) != 0)
		return 0;
	switches = strtoull(row_get(row, COL_NIVCSW), NULL, 10);
	faults = strtoull(row_get(row, COL_FAULTS), NULL, 10);
	run->windows++;
	run->switched += switches > 0;
	run->switches += switches;
	run->faulted += faults > 0;
	run->faults += faults;
	return 0;
}

int run_gates_finish(struct run_gates *g, const char *dir, const struct run_outcome *out, double drift_ppm,
		     struct err *e)
{
	static const enum gate_verdict canary[] = {
		[RUN_CANARY_UNKNOWN] = GATE_UNKNOWN,
		[RUN_CANARY_OK] = GATE_OK,
		[RUN_CANARY_WARN] = GATE_WARN,
	};
	struct gates_run run = {
		.drift_ppm = drift_ppm,
		.canary = canary[out->canary],
		.canary_why = out->canary_why,
	};
	int rc = rounds_each(dir, add_row, &run, NULL, e);

	if (!rc)
		gates_finish(&g->gates, &run);
	return rc;
}

static void name_all(const struct run_gates *g, enum gate_verdict v)
{
	bool first = true;

	for (size_t i = 0; i < g->gates.n; i++) {
		if (g->gates.gate[i].verdict != v)
			continue;
		fprintf(stderr, "%s %s", first ? ":" : ",", g->gates.gate[i].name);
		first = false;
	}
}

void run_gates_note(const struct run_gates *g)
{
	size_t fail = gates_count(&g->gates, GATE_FAIL), warn = gates_count(&g->gates, GATE_WARN);

	if (fail) {
		fprintf(stderr, "%zu noise gate%s", fail, fail == 1 ? " fails" : "s fail");
		name_all(g, GATE_FAIL);
		fputs(warn ? "; " : "", stderr);
	}
	if (warn && fail)
		fprintf(stderr, "%zu warn", warn);
	else if (warn)
		fprintf(stderr, "%zu noise gate%s", warn, warn == 1 ? " warns" : "s warn");
	name_all(g, GATE_WARN);
	if (fail || warn)
		fputs("; why and how to mend it: \"gates\" in run.json\n", stderr);
}

json_t *run_gates_json(const struct run_gates *g)
{
	json_t *list = json_array();

	for (size_t i = 0; i < g->gates.n; i++) {
		const struct gate *gate = &g->gates.gate[i];

		json_array_append_new(list, json_pack("{s:s, s:s, s:s, s:s, s:s}", "name", gate->name,
						      "verdict", gate_verdict_name(gate->verdict), "value",
						      gate->value, "why", gate->why, "fix", gate->fix));
	}
	return list;
}
