/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef P2P_BENCH_RUN_JSON_H
#define P2P_BENCH_RUN_JSON_H

/* What a run knows of itself, as the document run.json. */

#include <jansson.h>

#include "base/clock.h"
#include "bench.h"
#include "run_gates.h"

/**
 * struct run_facts - everything run.json is made of; borrowed
 */
struct run_facts {
	const char *run_id;
	const char *started_utc;
	int argc;
	char **argv;
	const struct loaded *loaded;
	const struct run *run;
	const struct peer_host *host;
	const struct clock *clock;
	const struct run_gates *gates;
};

/* The document of a new run, "complete" false, with this process as the only one. NULL without memory. */
json_t *run_json_new(const struct run_facts *f);

/*
 * The document of a run that goes on: @old with the process of @now added. "gates" is always of the last
 * process; those of an earlier one go to its entry in "processes". NULL without memory.
 */
json_t *run_json_resume(const json_t *old, const json_t *now);

/**
 * run_interconnect_json() - its part "interconnect": what was predicted of each NIC and memory, and came of
 * it run_interconnect_findings() - where the two contradict, to stderr
 */
json_t *run_interconnect_json(const struct config *c, const struct run *run);

/* Its part "rdma_cm": GID and MTU that rdma_cm chose, an entry a pair of NICs that it connected. (run_cm.c)
 */
json_t *run_cm_json(const struct config *c, const struct run *run);
void run_interconnect_findings(const struct config *c, const struct run *run);

/* Its part "topology", and that of "peer": the machine of one end. */
json_t *run_topology_json(const struct run_facts *f, enum run_side side);

/* "rounds", "interrupted", "budget" */
const char *run_json_stop(enum run_stop stop);

/* Add how this process ended and the gates as judged then; "complete" is true when every round was taken. */
void run_json_end(json_t *root, const struct run_outcome *out, double drift_ppm,
		  const struct run_gates *gates);

/* Text of the effective config a run.json holds, NULL when it has none. Owned by @root. */
const char *run_json_config(const json_t *root);

struct summary_point;

/* Every column of summary.csv: numbers as numbers, unknown ones left out. */
json_t *summary_point_json(const struct summary_point *p);

#endif
