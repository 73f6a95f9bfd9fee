/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef P2P_BENCH_SESSION_H
#define P2P_BENCH_SESSION_H

/* One run of the verb `run`: cmd_run.c says in which order, session.c opens, session_end.c closes. */

#include "bench.h"
#include "events.h"
#include "run/budget.h"
#include "run_gates.h"
#include "run_json.h"
#include "run_peer.h"

struct err;

enum { DIR_LEN = 4096, ID_LEN = 32 };

/* From loading to summary; every pointer is closed by session_close(). */
struct session {
	const struct opt *opt;
	struct loaded loaded;
	struct clock clock;
	struct budget_need need;
	struct run_gates gates;
	struct peer_host *host; /* of the responder, NULL = in this process */
	struct run *run;
	struct rounds *rounds;
	struct resume done;
	struct progress progress;
	struct events events;
	uint32_t gates_told; /* noise gates that were an event, a bit each */
	struct run_outcome out;
	bool swept; /* @out is known */
	/* run_input's; where @beside is set, its setter prints the end (crosscheck). */
	int (*beside)(void *arg, const struct run_turn *turn, struct row *row);
	const char *(*leave_out)(void *arg, const struct point *pt, char *buf, size_t len);
	void *beside_arg;
	const atomic_int *interrupt;
	json_t *old; /* run.json of the run to resume */
	json_t *json;
	char dir[DIR_LEN];
	char run_id[ID_LEN];
	char started_utc[ID_LEN];
};

/* The config, of a file, of flags or of the run to resume, and its plan. Return: exit status, 0 = loaded. */
int session_load(struct session *s);

/* Clock, devices and a look at the machine. Return: exit status, 0 = open. */
int session_open(struct session *s);

/* The results directory, new or resumed, with run.json in it. Return: exit status, 0 = open. */
int session_results(struct session *s);

/* Summary, run.json, table and notes after the last window. Return: exit status of the run. */
int session_end(struct session *s);

void session_close(struct session *s);

#endif
