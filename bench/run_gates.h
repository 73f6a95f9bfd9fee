/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef P2P_BENCH_RUN_GATES_H
#define P2P_BENCH_RUN_GATES_H

/* The noise gates of a run: which CPUs they are about, how they are stored and what a user sees of them. */

#include <jansson.h>

#include "bench.h"
#include "run/gates.h"

struct err;

/* @cpu: the CPUs any lane of the plan may run on. Zeroed = closed. */
struct run_gates {
	struct gates gates;
	int *cpu;
};

/* Look at the machine; CPUs are held awake until run_gates_close(). Return: 0 or -ENOMEM. */
int run_gates_open(struct run_gates *g, const struct loaded *l, const struct run *run,
		   const struct clock *clock, struct err *e);
void run_gates_close(struct run_gates *g);

/* --strict: print the gates that fail, with their fixes. Return: how many. */
size_t run_gates_refuse(const struct run_gates *g);

/* Judge again with what rounds.csv of @dir says. Return: 0 or why it cannot be read. */
int run_gates_finish(struct run_gates *g, const char *dir, const struct run_outcome *out, double drift_ppm,
		     struct err *e);

/* One line on stderr, or none when nothing is wrong. */
void run_gates_note(const struct run_gates *g);

/* [{"name", "verdict", "value", "why", "fix"}, ...]; NULL without memory. */
json_t *run_gates_json(const struct run_gates *g);

#endif
