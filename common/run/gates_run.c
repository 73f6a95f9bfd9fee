// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Gates that a run decides: counters of the kernel before and after, and what the windows themselves saw. */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "run/gates_parts.h"

enum { STAT_LINES = 16384, STAT_FIELDS = 8, STAT_STEAL = 7, STAT_IDLE = 3, STAT_IOWAIT = 4 };

#define CPU	      "sys/devices/system/cpu/"
#define WINDOWS_PCT   5.0 /* of the windows may be disturbed */
#define SIBLING_PCT   5.0 /* of its time a sibling may be busy */
#define STEAL_PCT     0.5 /* of its time a CPU may be taken away */
#define DRIFT_MAX_PPM 50.0

static void add_known(uint64_t *sum, uint64_t v)
{
	if (v != GATE_NONE)
		*sum = *sum == GATE_NONE ? v : *sum + v;
}

/* Path of this process's control group (v2), "" for the topmost one or where it is not known. */
static void own_group(const char *root, char path[GATE_TEXT])
{
	char *at;

	gate_read(root, path, GATE_TEXT, "proc/self/cgroup");
	at = strstr(path, "0::/");
	/* A group outside of what is mounted here has a name with dots. */
	if (!at || strstr(at, "/..")) {
		path[0] = '\0';
		return;
	}
	at += strlen("0::");
	at[strcspn(at, "\n")] = '\0';
	memmove(path, at, strlen(at) + 1);
}

/* nr_throttled of this process's control group and those above it; GATE_NONE where there is no quota. */
static uint64_t quota_throttled(const char *root)
{
	char group[GATE_TEXT], text[GATE_TEXT];
	uint64_t sum = GATE_NONE;
	char *end;

	own_group(root, group);
	do {
		const char *at;

		end = strrchr(group, '/');
		if (end && !end[1])
			*end = '\0';
		gate_read(root, text, sizeof(text), "sys/fs/cgroup%s/cpu.stat", group);
		at = strstr(text, "nr_throttled ");
		if (at)
			add_known(&sum, strtoull(at + strlen("nr_throttled "), NULL, 10));
		end = strrchr(group, '/');
		if (end)
			*end = '\0';
	} while (end);
	return sum;
}

static uint64_t throttled(const struct gates_input *in)
{
	uint64_t sum = GATE_NONE;

	for (uint32_t i = 0; i < in->n_cpu; i++) {
		if (in->cpu[i] < 0)
			continue;
		add_known(&sum, gate_number(in->root, CPU "cpu%d/thermal_throttle/core_throttle_count",
					    in->cpu[i]));
		add_known(&sum, gate_number(in->root, CPU "cpu%d/thermal_throttle/package_throttle_count",
					    in->cpu[i]));
	}
	add_known(&sum, quota_throttled(in->root));
	return sum;
}

static bool is_lane(const struct gates_input *in, int cpu)
{
	for (uint32_t i = 0; i < in->n_cpu; i++)
		if (in->cpu[i] == cpu)
			return true;
	return false;
}

static bool is_sibling(const struct gates_input *in, int cpu)
{
	char list[GATE_TEXT];

	for (uint32_t i = 0; i < in->n_cpu; i++)
		if (in->cpu[i] >= 0 &&
		    gate_read(in->root, list, sizeof(list), CPU "cpu%d/topology/thread_siblings_list",
			      in->cpu[i]) &&
		    gate_list_has(list, cpu))
			return true;
	return false;
}

/* A line "cpuN user nice system idle iowait irq softirq steal ..." of /proc/stat. */
static void count_line(const struct gates_input *in, const char *line, struct gates_count *out)
{
	uint64_t field[STAT_FIELDS] = {0}, all = 0;
	char *p;
	int cpu = (int)strtol(line + strlen("cpu"), &p, 10);

	for (int i = 0; i < STAT_FIELDS; i++)
		all += field[i] = strtoull(p, &p, 10);
	if (is_lane(in, cpu)) {
		add_known(&out->lane_steal, field[STAT_STEAL]);
		add_known(&out->lane_all, all);
	} else if (is_sibling(in, cpu)) {
		add_known(&out->sibling_busy, all - field[STAT_IDLE] - field[STAT_IOWAIT]);
		add_known(&out->sibling_all, all);
	}
}

void gates_count_read(const struct gates_input *in, struct gates_count *out)
{
	char path[GATE_TEXT], line[512];
	CLEANUP_FILE FILE *f = NULL;

	*out = (struct gates_count){throttled(in), GATE_NONE, GATE_NONE, GATE_NONE, GATE_NONE};
	if (snprintf(path, sizeof(path), "%s/proc/stat", in->root) < (int)sizeof(path))
		f = fopen(path, "re");
	for (int left = STAT_LINES; f && left && fgets(line, sizeof(line), f); left--) {
		if (strncmp(line, "cpu", 3) != 0)
			break;
		if (line[3] >= '0' && line[3] <= '9')
			count_line(in, line, out);
	}
}

void gate_pending(const struct gates *all, struct gate *g)
{
	(void)all;
	gate_say(g, GATE_UNKNOWN, "known at the end of a run");
}

void gate_throttling(const struct gates *all, struct gate *g)
{
	if (all->start.throttled == GATE_NONE)
		gate_say(g, GATE_UNKNOWN, "no counter here");
	else
		gate_pending(all, g);
}

/* Growth of a counter over the run; GATE_NONE when it was not known at either end or went backwards. */
static uint64_t grown(uint64_t before, uint64_t after)
{
	return before == GATE_NONE || after == GATE_NONE || after < before ? GATE_NONE : after - before;
}

void gate_throttling_end(const struct gates *all, const struct gates_run *run, struct gate *g)
{
	uint64_t n = grown(all->start.throttled, throttled(&all->in));

	(void)run;
	if (n == GATE_NONE)
		return;
	gate_say(g, n ? GATE_FAIL : GATE_OK, "%" PRIu64 " times", n);
	if (n)
		gate_fix(g,
			 "cool the machine, lower the frequency cap, or raise cpu.max of the control group");
}

/* @part in percent of @all; NaN when either is not known. */
static double percent(uint64_t part, uint64_t all)
{
	if (part == GATE_NONE || all == GATE_NONE || !all)
		return (double)NAN;
	return 100.0 * (double)part / (double)all;
}

/* An idle sibling does no harm. Two lanes on one core stay what they are. */
void gate_smt_end(const struct gates *all, const struct gates_run *run, struct gate *g)
{
	struct gates_count now;
	double busy;

	(void)run;
	gates_count_read(&all->in, &now);
	busy = percent(grown(all->start.sibling_busy, now.sibling_busy),
		       grown(all->start.sibling_all, now.sibling_all));
	if (g->verdict != GATE_WARN || isnan(busy) || !strncmp(g->value, "two ", 4))
		return;
	gate_say(g, busy > SIBLING_PCT ? GATE_WARN : GATE_OK, "siblings were busy %.1f %% of the time", busy);
	if (g->verdict == GATE_WARN)
		gate_fix(g, "keep work off the sibling, or: echo off | sudo tee /" CPU "smt/control");
}

void gate_steal_end(const struct gates *all, const struct gates_run *run, struct gate *g)
{
	struct gates_count now;
	double pct;

	(void)run;
	gates_count_read(&all->in, &now);
	pct = percent(grown(all->start.lane_steal, now.lane_steal), grown(all->start.lane_all, now.lane_all));
	if (isnan(pct)) {
		gate_say(g, GATE_UNKNOWN, "the kernel does not say");
		return;
	}
	gate_say(g, pct > STEAL_PCT ? GATE_WARN : GATE_OK, "%.2f %% of the time", pct);
	if (g->verdict == GATE_WARN)
		gate_fix(g, "give the guest CPUs of its own on the host");
}

static void judge_windows(struct gate *g, const struct gates_run *run, uint64_t hit, uint64_t sum)
{
	double pct = percent(hit, run->windows);

	if (isnan(pct))
		gate_say(g, GATE_UNKNOWN, "no window was measured");
	else
		gate_say(g, pct > WINDOWS_PCT ? GATE_WARN : GATE_OK,
			 "%" PRIu64 " in %" PRIu64 " of %" PRIu64 " windows", sum, hit, run->windows);
}

void gate_switches_end(const struct gates *all, const struct gates_run *run, struct gate *g)
{
	(void)all;
	judge_windows(g, run, run->switched, run->switches);
	if (g->verdict == GATE_WARN)
		gate_fix(g, "stop other work, or isolate the CPUs (gate isolation)");
}

void gate_faults_end(const struct gates *all, const struct gates_run *run, struct gate *g)
{
	(void)all;
	judge_windows(g, run, run->faulted, run->faults);
	if (g->verdict == GATE_WARN)
		gate_fix(g, "free memory, stop swapping and compaction (gates thp and numa_balancing)");
}

void gate_canary_end(const struct gates *all, const struct gates_run *run, struct gate *g)
{
	(void)all;
	if (run->canary == GATE_UNKNOWN)
		gate_say(g, GATE_UNKNOWN, "too few rounds to judge, or order.canary is 0");
	else
		gate_say(g, run->canary, "%s", run->canary == GATE_OK ? "held still" : run->canary_why);
	if (run->canary == GATE_WARN)
		gate_fix(g,
			 "the machine changed during the run: see canary.csv and the gates above, run again");
}

void gate_drift_end(const struct gates *all, const struct gates_run *run, struct gate *g)
{
	bool bad = !(fabs(run->drift_ppm) <= DRIFT_MAX_PPM);

	(void)all;
	gate_say(g, bad ? GATE_FAIL : GATE_OK, "%+.1f ppm", run->drift_ppm);
	if (bad)
		gate_fix(g, "its times are in doubt: run again; see dmesg for clocksource messages");
}
