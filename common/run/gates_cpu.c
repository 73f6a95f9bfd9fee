// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Gates about the CPUs the lanes run on. Where the kernel places the lanes the lowest CPU speaks for all. */
#include <dirent.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "run/gates_parts.h"

enum { IDLE_STATES = 16, WAKE_US = 10, IRQS_MAX = 65536, CPUS_TEXT = 64 };

#define CPU "sys/devices/system/cpu/"

/* The verdict of one governor under one driver. */
static enum gate_verdict judge_governor(const char *governor, const char *driver)
{
	if (!strcmp(governor, "performance"))
		return GATE_OK;
	/* Two drivers call their default "powersave" although it follows the load. */
	if (!strcmp(governor, "powersave") && strcmp(driver, "intel_pstate") != 0 &&
	    strcmp(driver, "amd-pstate-epp") != 0)
		return GATE_FAIL;
	return GATE_WARN;
}

void gate_governor(const struct gates *all, struct gate *g)
{
	const struct gates_input *in = &all->in;
	char cpus[CPUS_TEXT], governor[32], driver[32];

	gate_say(g, GATE_UNKNOWN, "no cpufreq: a VM, or the firmware sets the frequency");
	for (uint32_t i = 0; i < in->n_cpu; i++) {
		enum gate_verdict v;

		if (in->cpu[i] < 0 || !gate_read(in->root, governor, sizeof(governor),
						 CPU "cpu%d/cpufreq/scaling_governor", in->cpu[i]))
			continue;
		gate_read(in->root, driver, sizeof(driver), CPU "cpu%d/cpufreq/scaling_driver", in->cpu[i]);
		v = judge_governor(governor, driver);
		if (g->verdict != GATE_UNKNOWN && v <= g->verdict)
			continue;
		gate_say(g, v, "%s (%s) on CPU %d", governor, driver[0] ? driver : "unknown driver",
			 in->cpu[i]);
		if (v != GATE_OK)
			gate_fix(g, "cpupower -c %s frequency-set -g performance",
				 gate_cpus(in, cpus, sizeof(cpus)));
	}
}

void gate_frequency(const struct gates *all, struct gate *g)
{
	const struct gates_input *in = &all->in;
	char cpus[CPUS_TEXT], governor[32];
	int cpu = gate_cpu(in);
	uint64_t min = gate_number(in->root, CPU "cpu%d/cpufreq/scaling_min_freq", cpu);
	uint64_t max = gate_number(in->root, CPU "cpu%d/cpufreq/scaling_max_freq", cpu);
	uint64_t top = gate_number(in->root, CPU "cpu%d/cpufreq/cpuinfo_max_freq", cpu);
	bool fixed;

	if (min == GATE_NONE || max == GATE_NONE) {
		gate_say(g, GATE_UNKNOWN, "no cpufreq: a VM, or the firmware sets the frequency");
		return;
	}
	gate_read(in->root, governor, sizeof(governor), CPU "cpu%d/cpufreq/scaling_governor", cpu);
	fixed = min == max || !strcmp(governor, "performance");
	if (fixed && (top == GATE_NONE || max >= top)) {
		gate_say(g, GATE_OK, "%" PRIu64 " to %" PRIu64 " MHz", min / 1000, max / 1000);
		return;
	}
	if (top != GATE_NONE && max < top) {
		gate_say(g, GATE_WARN, "capped at %" PRIu64 " of %" PRIu64 " MHz", max / 1000, top / 1000);
	} else {
		gate_say(g, GATE_WARN, "anywhere from %" PRIu64 " to %" PRIu64 " MHz", min / 1000,
			 max / 1000);
		top = max;
	}
	gate_fix(g, "cpupower -c %s frequency-set -d %" PRIu64 "MHz -u %" PRIu64 "MHz",
		 gate_cpus(in, cpus, sizeof(cpus)), top / 1000, top / 1000);
}

void gate_turbo(const struct gates *all, struct gate *g)
{
	const char *root = all->in.root;
	uint64_t no_turbo = gate_number(root, CPU "intel_pstate/no_turbo");
	uint64_t boost = gate_number(root, CPU "cpufreq/boost");

	if (no_turbo == GATE_NONE && boost == GATE_NONE) {
		gate_say(g, GATE_UNKNOWN, "the kernel has no switch for it here");
	} else if (no_turbo == 1 || (no_turbo == GATE_NONE && boost == 0)) {
		gate_say(g, GATE_OK, "off");
	} else {
		gate_say(g, GATE_WARN, "on");
		gate_fix(g, "echo %d | sudo tee /" CPU "%s", no_turbo == GATE_NONE ? 0 : 1,
			 no_turbo == GATE_NONE ? "cpufreq/boost" : "intel_pstate/no_turbo");
	}
}

void gate_idle_states(const struct gates *all, struct gate *g)
{
	const struct gates_input *in = &all->in;
	char name[32] = "", deepest[32] = "";
	uint64_t worst = 0;
	bool any = false;
	int cpu = gate_cpu(in);

	for (int s = 0; s < IDLE_STATES; s++) {
		uint64_t us = gate_number(in->root, CPU "cpu%d/cpuidle/state%d/latency", cpu, s);
		uint64_t off = gate_number(in->root, CPU "cpu%d/cpuidle/state%d/disable", cpu, s);

		if (us == GATE_NONE)
			continue;
		any = true;
		gate_read(in->root, name, sizeof(name), CPU "cpu%d/cpuidle/state%d/name", cpu, s);
		if (off == 1 || (us < worst && deepest[0]))
			continue;
		worst = us;
		snprintf(deepest, sizeof(deepest), "%s", name);
	}
	if (!any) {
		gate_say(g, GATE_UNKNOWN, "no cpuidle: a VM, or idle states are off%s",
			 all->latency_fd >= 0 ? "; held awake for the run all the same" : "");
	} else if (all->latency_fd >= 0) {
		gate_say(g, GATE_OK, "deepest %s (%" PRIu64 " us); held awake for the run", deepest, worst);
	} else if (worst <= WAKE_US) {
		gate_say(g, GATE_OK, "deepest %s (%" PRIu64 " us)", deepest, worst);
	} else {
		gate_say(g, GATE_WARN, "deepest %s takes %" PRIu64 " us to leave", deepest, worst);
		gate_fix(g,
			 "run as root, or: sudo chmod o+w /dev/cpu_dma_latency (CPUs are then held awake)");
	}
}

/* Is another of the lanes' CPUs a sibling of number @i? */
static bool lanes_share(const struct gates_input *in, uint32_t i, const char *siblings)
{
	for (uint32_t k = 0; k < in->n_cpu; k++)
		if (k != i && in->cpu[k] >= 0 && in->cpu[k] != in->cpu[i] &&
		    gate_list_has(siblings, in->cpu[k]))
			return true;
	return false;
}

void gate_smt(const struct gates *all, struct gate *g)
{
	const struct gates_input *in = &all->in;
	char siblings[CPUS_TEXT], own[16];

	gate_say(g, GATE_UNKNOWN, "the kernel does not say which CPUs share a core");
	for (uint32_t i = 0; i < in->n_cpu; i++) {
		if (in->cpu[i] < 0 || !gate_read(in->root, siblings, sizeof(siblings),
						 CPU "cpu%d/topology/thread_siblings_list", in->cpu[i]))
			continue;
		snprintf(own, sizeof(own), "%d", in->cpu[i]);
		if (lanes_share(in, i, siblings)) {
			gate_say(g, GATE_WARN, "two posting threads share the core of CPUs %s", siblings);
			gate_fix(g, "fewer threads, or: echo off | sudo tee /" CPU "smt/control");
			return;
		}
		if (!strcmp(siblings, own)) {
			if (g->verdict == GATE_UNKNOWN)
				gate_say(g, GATE_OK, "CPU %d has its core alone", in->cpu[i]);
		} else if (g->verdict != GATE_WARN) {
			gate_say(g, GATE_WARN, "CPU %d shares its core: %s", in->cpu[i], siblings);
			gate_fix(g, "keep work off the sibling, or: echo off | sudo tee /" CPU "smt/control");
		}
	}
}

void gate_isolation(const struct gates *all, struct gate *g)
{
	const struct gates_input *in = &all->in;
	char isolated[GATE_TEXT], nohz[GATE_TEXT], cpus[CPUS_TEXT];
	bool alone = true, tickless = true;

	gate_read(in->root, isolated, sizeof(isolated), CPU "isolated");
	gate_read(in->root, nohz, sizeof(nohz), CPU "nohz_full");
	for (uint32_t i = 0; i < in->n_cpu; i++) {
		if (in->cpu[i] < 0)
			continue;
		alone = alone && gate_list_has(isolated, in->cpu[i]);
		tickless = tickless && gate_list_has(nohz, in->cpu[i]);
	}
	gate_cpus(in, cpus, sizeof(cpus));
	if (!cpus[0]) {
		gate_say(g, GATE_UNKNOWN, "posting threads have no CPU of their own");
		return;
	}
	gate_say(g, alone && tickless ? GATE_OK : GATE_WARN, "CPU %s: %sisolated, %stickless", cpus,
		 alone ? "" : "not ", tickless ? "" : "not ");
	if (g->verdict != GATE_OK)
		gate_fix(g, "boot with isolcpus=%s nohz_full=%s rcu_nocbs=%s", cpus, cpus, cpus);
}

/* May interrupt @name be delivered to one of the lanes' CPUs? */
static bool irq_hits(const struct gates_input *in, const char *name, bool *known)
{
	char list[GATE_TEXT];

	if (!gate_read(in->root, list, sizeof(list), "proc/irq/%.16s/effective_affinity_list", name) &&
	    !gate_read(in->root, list, sizeof(list), "proc/irq/%.16s/smp_affinity_list", name))
		return false;
	*known = true;
	for (uint32_t i = 0; i < in->n_cpu; i++)
		if (in->cpu[i] >= 0 && gate_list_has(list, in->cpu[i]))
			return true;
	return false;
}

void gate_irqs(const struct gates *all, struct gate *g)
{
	const struct gates_input *in = &all->in;
	char path[GATE_TEXT], cpus[CPUS_TEXT];
	unsigned int hits = 0, seen = 0, left = IRQS_MAX;
	struct dirent *d;
	DIR *dir = NULL;

	if (snprintf(path, sizeof(path), "%s/proc/irq", in->root) < (int)sizeof(path))
		dir = opendir(path);
	while (dir && left-- && (d = readdir(dir))) {
		bool known = false;

		if (d->d_name[0] < '0' || d->d_name[0] > '9')
			continue;
		hits += irq_hits(in, d->d_name, &known);
		seen += known;
	}
	if (dir)
		closedir(dir);
	gate_cpus(in, cpus, sizeof(cpus));
	if (!seen || !cpus[0]) {
		gate_say(g, GATE_UNKNOWN, "%s",
			 seen ? "posting threads have no CPU of their own" : "affinities cannot be read");
		return;
	}
	gate_say(g, hits ? GATE_WARN : GATE_OK, "%u of %u go to CPU %s", hits, seen, cpus);
	if (hits)
		gate_fix(g, "stop irqbalance and write other CPUs to /proc/irq/*/smp_affinity_list");
}
