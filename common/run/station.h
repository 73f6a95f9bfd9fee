/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef P2P_RUN_STATION_H
#define P2P_RUN_STATION_H

/* What run.c opens and schedule.c uses. Private to run/. */

#include "run/run.h"
#include "run/setup.h"

/* One NIC of the config with what the plan asks of it; @open: its setup is, and has number @setup_id. */
struct station {
	struct nic *nic;
	struct setup_need need;
	struct setup setup;
	int64_t setup_id; /* 0 = not numbered yet */
	bool open;
};

struct run {
	struct run_input in;
	struct station *station; /* by index into config->nics */
	size_t points;
	int64_t rounds;
	int cpu;
};

/* The op of a point, NULL when this version has none. */
const struct op *run_find_op(const struct op *const *ops, const struct point *pt);

/* Open a setup on a station that has none. */
int station_setup(struct run *r, struct station *s, struct err *e);

#endif
