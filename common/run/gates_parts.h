/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef P2P_RUN_GATES_PARTS_H
#define P2P_RUN_GATES_PARTS_H

/* What the files of the gates share: bounded reading below a root, and the gates themselves. Private, but
 * for `doctor`, which looks at some of them without a run. */

#include "run/gates.h"

enum { GATE_TEXT = 4096 };
#define GATE_NONE UINT64_MAX

/**
 * gate_read() - a file's first bytes as text, without the last newline
 *
 * Regular files only, never waits. Bytes that are not printable ASCII become '?'.
 * Return: true when there was anything to read.
 */
bool gate_read(const char *root, char *buf, size_t len, const char *path, ...)
	__attribute__((format(printf, 4, 5)));

/* A decimal number; GATE_NONE when the file is missing or holds anything else. */
uint64_t gate_number(const char *root, const char *path, ...) __attribute__((format(printf, 2, 3)));

/* Is @cpu in "0-3,8,10-11"? A text that is no such list holds nothing. */
bool gate_list_has(const char *list, int cpu);

/* "2,3,6" of the input's CPUs, cut to @len. Return: @buf. */
const char *gate_cpus(const struct gates_input *in, char *buf, size_t len);

/* First lane CPU, 0 when there is none. */
int gate_cpu(const struct gates_input *in);

/* Set verdict and value. The fix is added by gate_fix() where there is one. */
void gate_say(struct gate *g, enum gate_verdict v, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
void gate_fix(struct gate *g, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* The worst of what was and @v. */
enum gate_verdict gate_worse(enum gate_verdict a, enum gate_verdict b);

/* gates_cpu.c */
void gate_governor(const struct gates *all, struct gate *g);
void gate_frequency(const struct gates *all, struct gate *g);
void gate_turbo(const struct gates *all, struct gate *g);
void gate_idle_states(const struct gates *all, struct gate *g);
void gate_smt(const struct gates *all, struct gate *g);
void gate_isolation(const struct gates *all, struct gate *g);
void gate_irqs(const struct gates *all, struct gate *g);

/* gates_system.c */
void gate_load(const struct gates *all, struct gate *g);
void gate_thp(const struct gates *all, struct gate *g);
void gate_numa_balancing(const struct gates *all, struct gate *g);
void gate_iommu(const struct gates *all, struct gate *g);
void gate_clock(const struct gates *all, struct gate *g);
void gate_memlock(const struct gates *all, struct gate *g);

/* gates_run.c: known at the end only; at the start they say what is counted. */
void gates_count_read(const struct gates_input *in, struct gates_count *out);
void gate_pending(const struct gates *all, struct gate *g);
void gate_throttling(const struct gates *all, struct gate *g);
void gate_throttling_end(const struct gates *all, const struct gates_run *run, struct gate *g);
void gate_smt_end(const struct gates *all, const struct gates_run *run, struct gate *g);
void gate_steal_end(const struct gates *all, const struct gates_run *run, struct gate *g);
void gate_switches_end(const struct gates *all, const struct gates_run *run, struct gate *g);
void gate_faults_end(const struct gates *all, const struct gates_run *run, struct gate *g);
void gate_canary_end(const struct gates *all, const struct gates_run *run, struct gate *g);
void gate_drift_end(const struct gates *all, const struct gates_run *run, struct gate *g);

#endif
