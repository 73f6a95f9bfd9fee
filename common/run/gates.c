// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The table of noise gates. What may be `fail`: a governor that pins the lowest frequency, a clock too
 * coarse for latencies, throttling, a clock that drifted. All else that is
 * wrong widens intervals and is a `warn`: the interval already says how much.
 */
#include "run/gates.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "run/gates_parts.h"

static const struct {
	const char *name;
	const char *why;
	void (*look)(const struct gates *all, struct gate *g);
	void (*finish)(const struct gates *all, const struct gates_run *run, struct gate *g);
} table[] = {
	{"governor", "the CPU's frequency follows its load, and the posting rate with it", gate_governor,
	 NULL},
	{"frequency", "the CPU may run at less than its full frequency", gate_frequency, NULL},
	{"turbo", "boost depends on temperature and on what other cores do", gate_turbo, NULL},
	{"idle_states", "a CPU that wakes from a deep state answers late", gate_idle_states, NULL},
	{"smt", "two threads of one core share its execution units and caches", gate_smt, gate_smt_end},
	{"isolation", "the scheduler and its tick may interrupt the posting threads", gate_isolation, NULL},
	{"irqs", "interrupt handlers run on the posting threads' CPUs", gate_irqs, NULL},
	{"load", "other work competes for CPU, caches and memory", gate_load, NULL},
	{"thp", "the kernel may compact and remap memory during a window", gate_thp, NULL},
	{"numa_balancing", "the kernel unmaps pages to see who uses them", gate_numa_balancing, NULL},
	{"iommu", "DMA addresses are translated: misses of its cache cost time", gate_iommu, NULL},
	{"clock", "every latency is a difference of two readings", gate_clock, NULL},
	{"memlock", "registered memory is locked, and the limit may refuse it", gate_memlock, NULL},
	{"throttling", "the CPU was slowed by heat, power or a quota", gate_throttling, gate_throttling_end},
	{"steal", "the hypervisor ran something else on the posting threads' CPUs", gate_pending,
	 gate_steal_end},
	{"context_switches", "a posting thread lost its CPU inside a window", gate_pending,
	 gate_switches_end},
	{"page_faults", "a posting thread touched a page that was not mapped", gate_pending, gate_faults_end},
	{"canary", "a fixed host-memory load says whether the machine itself changed", gate_pending,
	 gate_canary_end},
	{"clock_drift", "the clock's rate at the end differs from its calibration", gate_pending,
	 gate_drift_end},
};

_Static_assert(sizeof(table) / sizeof(table[0]) <= GATES_MAX, "room in struct gates");

const char *gate_verdict_name(enum gate_verdict v)
{
	static const char *const name[] = {"ok", "unknown", "warn", "fail"};

	return name[v];
}

/* A request of 0 us is in force while the file is open; the kernel drops it when the process ends. */
static int hold_awake(const struct gates_input *in)
{
	char path[GATE_TEXT];
	int32_t none = 0;
	int fd;

	if (!in->hold_awake ||
	    snprintf(path, sizeof(path), "%s/dev/cpu_dma_latency", in->root) >= (int)sizeof(path))
		return -1;
	fd = open(path, O_WRONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd >= 0 && write(fd, &none, sizeof(none)) == sizeof(none))
		return fd;
	if (fd >= 0)
		close(fd);
	return -1;
}

void gates_open(struct gates *g, const struct gates_input *in)
{
	*g = (struct gates){.in = *in, .n = ARRAY_LEN(table)};
	g->latency_fd = hold_awake(in);
	gates_count_read(in, &g->start);
	for (size_t i = 0; i < g->n; i++) {
		g->gate[i].name = table[i].name;
		g->gate[i].why = table[i].why;
		table[i].look(g, &g->gate[i]);
	}
}

void gates_finish(struct gates *g, const struct gates_run *run)
{
	for (size_t i = 0; i < g->n; i++)
		if (table[i].finish)
			table[i].finish(g, run, &g->gate[i]);
}

void gates_close(struct gates *g)
{
	if (g->n && g->latency_fd >= 0)
		close(g->latency_fd);
	g->latency_fd = -1;
}

size_t gates_count(const struct gates *g, enum gate_verdict v)
{
	size_t n = 0;

	for (size_t i = 0; i < g->n; i++)
		n += g->gate[i].verdict == v;
	return n;
}
