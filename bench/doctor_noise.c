// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* What moves numbers for reasons that are not the device's: the gates of a run, looked at before there is
 * one. */
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "doctor_parts.h"
#include "run/gates_parts.h"
#include "topo/place.h"

#define GROUP "noise"

enum { CPUS = 8 };

/**
 * struct looked - a gate of the run (run/gates.c has its reasons) and how its fix is taken back
 * @command: the gate's fix is one; @undo: "" = by governor() or turbo()
 */
struct looked {
	const char *name, *why, *undo;
	void (*look)(const struct gates *all, struct gate *g);
	unsigned int how;
};

static const struct looked table[] = {
	{"governor", "the CPU's frequency follows its load, and the posting rate with it", "", gate_governor,
	 FIX_COMMAND | FIX_ROOT},
	{"turbo", "boost depends on temperature and on what other cores do", "", gate_turbo,
	 FIX_COMMAND | FIX_ROOT},
	{"idle_states", "a CPU that wakes from a deep state answers late", "", gate_idle_states,
	 FIX_COMMAND | FIX_ROOT},
	{"thp", "the kernel may compact and remap memory during a window",
	 "echo always | tee /sys/kernel/mm/transparent_hugepage/enabled", gate_thp, FIX_COMMAND | FIX_ROOT},
	{"numa_balancing", "the kernel unmaps pages to see who uses them", "sysctl kernel.numa_balancing=1",
	 gate_numa_balancing, FIX_COMMAND | FIX_ROOT},
	{"load", "other work competes for CPU, caches and memory", "", gate_load, 0},
};

/* CPUs that `run` would post from. Return: how many. */
static unsigned int near_cpus(const struct doctor *d, int *cpu)
{
	const struct place_ask ask = {.nic = doctor_nic(d), .where = WHERE_NEAR, .threads = CPUS};
	struct place p;
	unsigned int n;

	if (place_cpus(d->ask.t, &ask, &p, NULL)) {
		cpu[0] = 0;
		return 1;
	}
	n = p.n - p.shared;
	for (unsigned int i = 0; i < n; i++)
		cpu[i] = p.cpu[i];
	return n;
}

/* Commands are printed for root: the script asks for it once. */
static void without_sudo(char *out, size_t len, const char *fix)
{
	size_t n = 0;

	while (*fix && n + 1 < len) {
		if (!strncmp(fix, "sudo ", 5))
			fix += 5;
		else
			out[n++] = *fix++;
	}
	out[n] = '\0';
}

static void undo_governor(const struct doctor *d, const struct gates *all, struct doctor_check *c)
{
	char cpus[64], governor[32];

	if (doctor_text(d, governor, sizeof(governor),
			"sys/devices/system/cpu/cpu%d/cpufreq/scaling_governor", gate_cpu(&all->in)) &&
	    doctor_word(governor))
		doctor_undo(c, "cpupower -c %s frequency-set -g %s", gate_cpus(&all->in, cpus, sizeof(cpus)),
			    governor);
}

static void undo_turbo(struct doctor_check *c)
{
	const bool intel = strstr(c->fix, "no_turbo");

	doctor_undo(c, "echo %d | tee /sys/devices/system/cpu/%s", intel ? 0 : 1,
		    intel ? "intel_pstate/no_turbo" : "cpufreq/boost");
}

/* A run that may open this file holds its CPUs awake itself. */
static void idle_states(const struct doctor *d, struct doctor_check *c)
{
	const size_t len = strlen(c->value);

	if (d->ask.live && !doctor_access(d, W_OK, "dev/cpu_dma_latency")) {
		c->status = DOCTOR_OK;
		snprintf(c->value + len, sizeof(c->value) - len, "; `run` holds its CPUs awake");
		c->fix[0] = '\0';
		return;
	}
	doctor_fix(c, FIX_COMMAND | FIX_ROOT, "chmod o+w /dev/cpu_dma_latency");
	doctor_undo(c, "chmod o-w /dev/cpu_dma_latency");
}

static void report(struct doctor *d, const struct gates *all, const struct looked *k, const struct gate *g)
{
	/* Noise costs precision, never the run. */
	const enum doctor_status s = g->verdict == GATE_OK	  ? DOCTOR_OK
				     : g->verdict == GATE_UNKNOWN ? DOCTOR_SKIP
								  : DOCTOR_WARN;
	struct doctor_check *c;
	char fix[sizeof(g->fix)];

	if (s == DOCTOR_SKIP) {
		doctor_skip(d, GROUP, k->name, g->value);
		return;
	}
	c = doctor_add(d, GROUP, k->name, s, "%s", g->value);
	if (s == DOCTOR_OK)
		return;
	without_sudo(fix, sizeof(fix), g->fix);
	doctor_why(c, "%s", k->why);
	doctor_fix(c, k->how, "%s", fix);
	doctor_undo(c, "%s", k->undo);
	if (!strcmp(k->name, "governor"))
		undo_governor(d, all, c);
	else if (!strcmp(k->name, "turbo"))
		undo_turbo(c);
	else if (!strcmp(k->name, "idle_states"))
		idle_states(d, c);
}

void doctor_noise(struct doctor *d)
{
	const struct clock none = {0};
	struct gates all = {.in = {.root = d->ask.root, .clock = &none}, .latency_fd = -1};
	int cpu[CPUS];

	if (!d->ask.root) {
		doctor_skip(d, GROUP, "gates", "");
		return;
	}
	all.in.cpu = cpu;
	all.in.n_cpu = near_cpus(d, cpu);
	for (size_t i = 0; i < ARRAY_LEN(table); i++) {
		struct gate g = {.name = table[i].name};

		table[i].look(&all, &g);
		report(d, &all, &table[i], &g);
	}
}
