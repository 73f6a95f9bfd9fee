/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef P2P_RUN_GATES_H
#define P2P_RUN_GATES_H

/*
 * Noise gates: what on this machine can move a number for reasons that are not the device's. Each has a
 * verdict, the value seen, why it matters and the command that mends it; nothing is mended here. Looked at
 * before the first window and, where a run can change the answer, judged again at its end.
 *
 * Everything is read below a root directory, is not trusted and is read in bounded pieces.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/clock.h"

/* unknown: this machine does not say (a VM without cpufreq), or not yet. Only fail stops a strict run. */
enum gate_verdict { GATE_OK, GATE_UNKNOWN, GATE_WARN, GATE_FAIL };

/* "ok", "unknown", "warn", "fail" */
const char *gate_verdict_name(enum gate_verdict v);

enum { GATES_MAX = 20 };

/**
 * struct gate - one finding
 * @name, @why: static text; @value: what was seen; @fix: what the user can do, empty when verdict is ok
 */
struct gate {
	const char *name;
	const char *why;
	enum gate_verdict verdict;
	char value[120];
	char fix[200];
};

/**
 * struct gates_input - what is looked at; borrowed until gates_close()
 * @root: directory that holds proc, sys and dev; "" = this machine
 * @cpu: CPUs the lanes run on, @n_cpu of them; negative ones are ignored
 * @clock: opened
 * @locked_bytes: memory that will be registered, 0 = none is locked (software devices)
 * @hold_awake: keep CPUs out of idle states while the gates are open, by /dev/cpu_dma_latency
 */
struct gates_input {
	const char *root;
	const int *cpu;
	uint32_t n_cpu;
	const struct clock *clock;
	uint64_t locked_bytes;
	bool hold_awake;
};

/* Counters of the kernel; a difference over the run is judged. UINT64_MAX = not known. */
struct gates_count {
	uint64_t throttled;
	uint64_t sibling_busy, sibling_all; /* jiffies of the SMT siblings of the lanes' CPUs */
	uint64_t lane_steal, lane_all;	    /* jiffies of the lanes' CPUs */
};

/**
 * struct gates - zeroed before gates_open(), closed with gates_close()
 * @gate: @n of them, in the table's order
 */
struct gates {
	struct gate gate[GATES_MAX];
	size_t n;
	/* private */
	struct gates_input in;
	struct gates_count start;
	int latency_fd; /* -1 = not held */
};

/* Look at everything that is known before a run. */
void gates_open(struct gates *g, const struct gates_input *in);

/**
 * struct gates_run - what a run has seen
 * @windows: windows measured; @switched, @faulted: those with involuntary context switches and page faults;
 *	@switches, @faults: their sums
 * @drift_ppm: clock_drift_ppm()
 * @canary: verdict on the canary, unknown with too few rounds; @canary_why: of a warning
 */
struct gates_run {
	uint64_t windows, switched, switches, faulted, faults;
	double drift_ppm;
	enum gate_verdict canary;
	const char *canary_why;
};

/* Judge again what the run could change. */
void gates_finish(struct gates *g, const struct gates_run *run);

/* Lets CPUs sleep again. Idempotent; the findings stay readable. */
void gates_close(struct gates *g);

/* How many gates have verdict @v. */
size_t gates_count(const struct gates *g, enum gate_verdict v);

#endif
