/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef P2P_BENCH_CROSSCHECK_H
#define P2P_BENCH_CROSSCHECK_H

/*
 * A run with perftest beside it: cmd_crosscheck.c says in which order, crosscheck_tool.c finds perftest,
 * crosscheck_turn.c takes its turns, crosscheck_end.c judges, crosscheck_print.c shows.
 */

#include <sched.h>

#include "crosscheck/judge.h"
#include "crosscheck/map.h"
#include "session.h"

enum { CHECK_WHY = 256, CHECK_DIR = 3072 };

/**
 * struct check_point - one of the plan
 * @id: of perftest's rows
 * @why: why it is not compared, "" = it is; @differs: what is not alike on both sides
 * @like: messages of our first window; @cpu: its CPU, -1 = any
 * @rounding: largest of its reports
 * @faults: launches that failed; @fault: what the last of them said
 */
struct check_point {
	char id[PLAN_POINT_ID];
	char why[CHECK_WHY], differs[CHECK_WHY], fault[CHECK_WHY];
	uint64_t like;
	int cpu;
	double rounding;
	unsigned int faults;
	struct judgement judged;
	enum perftest_kind kind;
};

/**
 * struct crosscheck - one invocation
 * @dir: where perftest's programs are; @all: CPUs of this process before a run pins anything
 */
struct crosscheck {
	struct session s;
	const struct perftest_version *version;
	char dir[CHECK_DIR];
	cpu_set_t all;
	struct check_point *point;
	size_t n;
};

/* Find perftest and ask for its version. Return: exit status, 0 = known. */
int crosscheck_tool(struct crosscheck *x, const char *tool);

/* What of the plan cannot be expressed, into the points. Return: how many can; x->point is NULL without
 * memory. */
size_t crosscheck_plan(struct crosscheck *x);

/* run_input.beside and .leave_out */
int crosscheck_turn(void *crosscheck, const struct run_turn *turn, struct row *row);
const char *crosscheck_leave_out(void *crosscheck, const struct point *pt, char *buf, size_t len);

/* After the run: judge, write crosscheck.json, print. @status: of the run. Return: exit status. */
int crosscheck_end(struct crosscheck *x, int status);

/* Text for people, and the document. */
void crosscheck_table(const struct crosscheck *x, FILE *out);
json_t *crosscheck_json(const struct crosscheck *x);

/* The figure a point is compared by: "GB/s", "Mops", "us". */
const char *crosscheck_unit(const struct point *pt);

#endif
