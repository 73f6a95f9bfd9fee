/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef P2P_BENCH_SELFTEST_H
#define P2P_BENCH_SELFTEST_H

/* The parts of `selftest`, each of which adds lines to one result. */

#include <jansson.h>

#include "base/clock.h"
#include "bench.h"
#include "meas/window.h"
#include "mem/mem.h"
#include "peer/peer.h"

struct err;

enum selftest_verdict { SELFTEST_OK, SELFTEST_FAIL, SELFTEST_SKIP };

/**
 * struct selftest - one in progress
 * @checks: what was found, by name, for JSON; @print: lines go to stdout as they come
 * @evidence: of @device, a static word
 * @floor: what noise_floor.h stores; NULL until it is known
 */
struct selftest {
	const char *device;
	const char *evidence;
	struct clock clock;
	json_t *checks;
	json_t *floor;
	const atomic_int *interrupt;
	bool print;
	bool failed;
	int cpu;
};

/* Add "name  ok  text" and the same with @value and @unit to the JSON; NaN = no value. */
void selftest_line(struct selftest *s, const char *name, enum selftest_verdict v, double value,
		   const char *unit, const char *fmt, ...) __attribute__((format(printf, 6, 7)));

/*
 * The parts. Return: 0 also when a check failed (a line says so); -errno with @e when it could not be made.
 */
int selftest_clock(struct selftest *s);
void selftest_drift(struct selftest *s);
int selftest_harness(struct selftest *s, struct err *e);
int selftest_data(struct selftest *s, struct err *e);
int selftest_noise(struct selftest *s, struct err *e);

/**
 * struct rig - one queue pair on a device, its memory and a lane on it: a window without a plan around it
 */
struct rig {
	struct nic *nic;
	struct mem_ctx *mem;
	struct peer *peer;
	struct mem_buf source;
	struct nic_mr mr;
	struct peer_target target;
	struct ibv_cq *cq;
	struct ibv_qp *qp;
	struct lane lane;
};

/* The op of this table entry; every entry asked for here is in it. */
const struct op *rig_op(int measure, int op);

/* Return: 0 or the first failure; rig_close() it in either case. */
int rig_open(struct rig *r, const char *device, const struct op *op, const struct lane_shape *shape,
	     const struct clock *clock, struct err *e);
void rig_close(struct rig *r);

/* One short window. Return: 0; -EIO when it did not end well. */
int rig_window(struct rig *r, const struct op *op, int cpu, struct window *w, struct err *e);

/* Instructions of this process in user space from here on, threads started later included. */
struct instructions {
	int fd;	 /* -1 = not counted */
	int why; /* errno that says why not */
};
struct instructions instructions_start(void);
/* Ends the count. Return: how many; NaN when not counted. */
double instructions_stop(struct instructions *i);

#endif
