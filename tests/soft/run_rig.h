/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef P2P_TESTS_SOFT_RUN_RIG_H
#define P2P_TESTS_SOFT_RUN_RIG_H

/* Whole sweeps in this process: from text to the rows of a directory, with faults armed between windows. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "base/err.h"
#include "nic/soft/soft.h"
#include "result/rounds.h"
#include "run/run.h"
#include "unit/tempdir.h"

/**
 * struct bench - a sweep under test: what is run, where it goes, what came of it
 * @seen: rows reported so far
 * @fault: armed when @fault_at rows have been seen, for @fault_for rows
 * @each: called after each row
 * @sys: NULL = the kernel
 * @stop_at: interrupt after so many rows, 0 = never
 */
struct bench {
	struct diags *d;
	struct config *config;
	struct plan *plan;
	struct clock clock;
	struct run *run;
	struct rounds *rounds;
	struct resume done;
	struct run_outcome out;
	atomic_int interrupt;
	char dir[2 * TEMP_PATH];
	uint64_t seen;
	const struct soft_fault *fault;
	uint64_t fault_at, fault_for;
	void (*each)(struct bench *b, const struct row *row);
	const struct sys *sys;
	uint64_t stop_at;
};

/* What the rows of a directory say; texts are of the last row that was neither ok, warmup nor void. */
struct tally {
	uint64_t rows[ST_COUNT];
	uint64_t setups;
	uint64_t order;		/* hash of (round, point) in file order */
	double window_s, lat_s; /* of the ok rows: windows, and latencies added up */
	char reason[512];
	char text[512];
	char skipped[512]; /* reason of the last skipped row */
	char flags[128];   /* of the last row with a window */
};

struct bench *bench_new(const char *tmp, const char *name);

/* Config -> plan; what run_open() takes. */
struct run_input bench_plan(struct bench *b, const char *text);

/* Config -> plan -> run_open() -> resume; a failure fails the test. @resume_dir: NULL = a fresh run. */
void bench_open(struct bench *b, const char *text, const char *resume_dir);

/* The same up to a run_open() that must fail. Return: its value; @line: place it names, 0 = none. */
int bench_refused(struct bench *b, const char *text, int *line, struct err *e);
void bench_run(struct bench *b);

/* Everything in one go: open, run. */
struct bench *bench_sweep(const char *tmp, const char *name, const char *text);

/* With one fault in the row behind number @at. */
struct bench *bench_fault(const char *tmp, const char *name, const char *text, const struct soft_fault *fault,
			  uint64_t at);
void bench_finish(struct bench *b);

struct ibv_context *bench_ctx(const struct bench *b); /* of the first NIC */

struct tally tally(const char *dir);
double row_number(const struct row *row, enum column c);

/* cmocka group fixtures: *state is a directory of the group. */
int bench_tmp(void **state);
int bench_tmp_drop(void **state);

#endif
