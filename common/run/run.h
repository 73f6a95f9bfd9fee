/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef P2P_RUN_RUN_H
#define P2P_RUN_RUN_H

/*
 * The schedule of a sweep: which point when, in which setup, what to do after a fault, when to stop.
 * Alone joins meas, stats and result. Round 0 visits every point as warm-up. A later round visits each
 * that is still open once: cells shuffled, the members of a cell next to each other, from the seed. A new
 * setup comes every four rounds.
 */

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/clock.h"
#include "base/sys.h"
#include "meas/op.h"
#include "nic/nic.h"
#include "plan/plan.h"
#include "result/rounds.h"
#include "run/resume.h"

struct err;
struct nic_cm_route;
struct peer_host;
struct reach;
struct topo;
struct run; /* opaque: open NICs and their setups */

/* What the caller shows while a sweep runs; valid during the call only. */
struct run_progress {
	uint64_t visit, visits; /* windows so far and in all, skipped points not counted */
	int64_t round, rounds;
	const struct point *point;
	const struct row *row; /* the row just written */
};

/**
 * struct run_turn - another program's turn at a point, beside a window of ours
 * @index: of the point in the plan; @point: as it is measured
 * @own: the row of our window where that came first in this round, else NULL
 */
struct run_turn {
	size_t index;
	const struct point *point;
	int64_t round;
	const struct row *own;
};

/**
 * struct run_input - everything a sweep needs; borrowed until run_close()
 * @ops: NULL-terminated table of what can be measured
 * @host: where the responder is, NULL = in this process
 * @interrupt: set by a signal handler: the window in progress is finished, then the sweep ends
 * @beside: NULL, or called once for each point and round that is measured here: right after our window in
 *	round 0, later before or after it by a coin from the seed. @row has its identity, of the point itself;
 *	the call makes it that of a point of its own (rows of two programs in one point would mix), fills in
 *	the rest but COL_STATUS and returns the status, or -1 when there is no row to write
 * @leave_out: NULL, or why a point that could be measured shall not be (into @buf), as its `skipped` row
 *says; NULL from it: measure
 */
struct run_input {
	const struct config *config;
	const struct plan *plan;
	const struct op *const *ops;
	struct peer_host *host;
	const struct sys *sys;
	const struct clock *clock;
	const atomic_int *interrupt;
	void (*progress)(void *arg, const struct run_progress *p);
	void *arg;
	int (*beside)(void *arg, const struct run_turn *turn, struct row *row);
	const char *(*leave_out)(void *arg, const struct point *pt, char *buf, size_t len);
	void *beside_arg; /* of both */
};

/**
 * run_open() - open every NIC of the plan and a first setup on each
 * @where: on failure the place in the config that asked for what is missing, or NULL
 *
 * Return: 0; or the failure that makes the run impossible on these machines: device or memory missing,
 * depths beyond the device, nothing of the plan supported.
 */
int run_open(const struct run_input *in, struct run **out, const struct mark **where, struct err *e);
void run_close(struct run *r);

/* The open NIC behind config->nics[i], NULL when the plan uses none of that name in this process. */
const struct nic_attr *run_nic_attr(const struct run *r, size_t i);

/* The ends of a run: this process, and the responder, which may be on another machine. */
enum run_side { RUN_HERE, RUN_THERE };

/* The machine of an end as read at run_open(), NULL = unknown, and then @why. The same one without a peer. */
const struct topo *run_topo(const struct run *r, enum run_side side, const char **why);

/* A NIC of a pair; @fn: function of its machine, -1 = none or unknown. */
struct run_end {
	const struct nic_attr *attr;
	int fn;
};

/**
 * struct run_pair - an initiator's NIC and a responder's that points of the plan name
 * @nic, @peer: places in config->nics; @loop: one NIC is both ends
 * @net: column net
 * @cm: what rdma_cm has chosen so far, NULL = it was not asked
 * @cpus: where threads run by default, and why; @spilled: how many find no CPU near the NIC
 */
struct run_pair {
	size_t nic, peer;
	bool loop;
	struct run_end here, there;
	const struct nic_cm_route *cm;
	const char *net, *cpus;
	unsigned int spilled;
};
size_t run_pairs(const struct run *r);
void run_pair(const struct run *r, size_t i, struct run_pair *out);

/* The CPU of each of @n lanes of @pt, -1 = not pinned. Return: 0; -ENODEV its NIC is not open; else as
 * places_cpus(). */
int run_lane_cpus(const struct run *r, const struct point *pt, int *cpu, uint32_t n);

/* What came of trying the interconnects between the responder's NIC of pair @pair and a memory, by its place
 * in the config; NULL = the plan has no such way. */
const struct reach *run_reach(const struct run *r, size_t pair, size_t memory);

/* CPU the lane runs on, -1 = not pinned. */
int run_cpu(const struct run *r);

enum run_stop { RUN_COMPLETE, RUN_INTERRUPTED, RUN_BUDGET };

/* Did the machine hold still, by the two windows on host memory of every round (canary.csv). */
enum run_canary { RUN_CANARY_UNKNOWN, RUN_CANARY_OK, RUN_CANARY_WARN };

/**
 * struct run_outcome - how it ended
 * @window_ns: windows were shortened to this for the budget, 0 = as asked
 * @canary: unknown with fewer than 6 rounds or `order.canary: 0`; @canary_why: of a warning
 * @rows: rows written, by status
 */
struct run_outcome {
	enum run_stop stop;
	int64_t window_ns;
	enum run_canary canary;
	char canary_why[160];
	uint64_t rows[ST_COUNT];
};

/**
 * run_sweep() - all rounds of the plan into @rounds
 * @run_id: for the rows
 * @done: windows that an earlier process of this run has finished; resume_open() makes an empty one
 *
 * Faults of single points become rows. Return: 0; -errno when results cannot be written; -ENOTCONN, -EPIPE,
 * -ETIMEDOUT the host of the responder has died: what was taken before stays.
 */
int run_sweep(struct run *r, struct rounds *rounds, const char *run_id, struct resume *done,
	      struct run_outcome *out, struct err *e);

/**
 * run_stop_reason() - why a point gets no more rounds, after run_sweep()
 *
 * The @done of run_sweep() must still be open. Return: "precision", "max_rounds", "budget", "interrupted",
 * "error" (given up); NULL for a point that is not of this plan.
 */
const char *run_stop_reason(const struct run *r, const char *point_id);

/* Does this version run any value of axis @a? The others it runs at their default only. */
bool run_honours(enum axis a);

/*
 * Why this version cannot run @pt, whatever the machine: "connect cm is not in this version". For plan and
 * skipped rows. Return: @buf, or NULL when it can.
 */
const char *run_unsupported(const struct config *c, const struct op *const *ops, const struct point *pt,
			    char *buf, size_t len);

#endif
