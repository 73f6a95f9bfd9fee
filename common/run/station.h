/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef P2P_RUN_STATION_H
#define P2P_RUN_STATION_H

/* What run.c opens and schedule.c uses. Private to run/. */

#include <sched.h>

#include "base/err.h"
#include "run/places.h"
#include "run/run.h"
#include "run/setup.h"
#include "run/support.h"

/*
 * One NIC of the config with what the plan asks of it; @open: its setup is, and has number @setup_id; @fresh:
 * no row has told of that setup yet. @places_why, @spilled: what places_about() says of @threads.
 */
struct station {
	struct nic *nic;
	struct places places;
	uint32_t threads; /* the most of any point */
	char places_why[PLACE_WHY];
	unsigned int spilled;
	struct setup_need need;
	struct setup setup;
	int64_t setup_id; /* 0 = not numbered yet */
	bool open;
	bool fresh;
};

/**
 * struct run - see run.h
 * @station: by index into config->nics
 * @allowed: CPUs of this process
 * @topo: NULL = it could not be read, and @topo_err says why
 */
struct run {
	struct run_input in;
	struct station *station;
	size_t points;
	cpu_set_t allowed;
	struct topo *topo;
	struct err topo_err;
	int cpu;
	const struct resume *done; /* of run_sweep(), and how it ended */
	enum run_stop stop;
};

/* Why @pt gets a `skipped` row: run_unsupported(), or what this machine lacks. Return: @buf, NULL = it can
 * run. */
const char *run_skips(const struct run *r, const struct point *pt, char *buf, size_t len);

/* Open a setup on a station that has none. */
int station_setup(struct run *r, struct station *s, struct err *e);

#endif
