/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef P2P_RUN_STATION_H
#define P2P_RUN_STATION_H

/* What run.c opens and schedule.c uses. Private to run/. */

#include <sched.h>

#include "base/err.h"
#include "run/choose.h"
#include "run/places.h"
#include "run/run.h"
#include "run/setup.h"
#include "run/support.h"

/* A memory of the plan as this NIC reaches it; @lost: why the setup is without it, "" = it is not. */
struct way {
	struct reach reach;
	char lost[REACH_TEXT];
};

/*
 * One NIC of the config with what the plan asks of it; @way: by memory; @open: its setup is, and has number
 * @setup_id; @opened: one has been; @fresh: no row has told of that setup yet. @places_why, @spilled: what
 * places_about() says of @threads.
 */
struct station {
	struct nic *nic;
	struct places places;
	uint32_t threads; /* the most of any point */
	char places_why[PLACE_WHY];
	unsigned int spilled;
	struct way *way;
	struct setup_need need;
	struct setup setup;
	int64_t setup_id; /* 0 = not numbered yet */
	bool open, opened;
	bool fresh;
};

/**
 * struct run - see run.h
 * @station: by index into config->nics
 * @allowed: CPUs of this process
 * @mem: what memory is opened on: a VFIO device stays open over all setups
 * @topo: NULL = it could not be read, and @topo_err says why
 */
struct run {
	struct run_input in;
	struct station *station;
	size_t points;
	cpu_set_t allowed;
	struct mem_ctx *mem;
	struct topo *topo;
	struct err topo_err;
	int cpu;
	const struct resume *done; /* of run_sweep(), and how it ended */
	enum run_stop stop;
};

/**
 * run_takes() - how @pt is measured here
 *
 * Return: NULL; or why it gets a `skipped` row (in @out): run_unsupported(), or what this machine lacks.
 */
const char *run_takes(const struct run *r, const struct point *pt, struct chosen *out);

/**
 * stations_open() - every NIC that a point names which this version runs, what it reaches, and what the
 * points need of it
 * @where: on failure the place in the config that asked for it, or NULL
 *
 * Return: 0; the failure that makes the run impossible.
 */
int stations_open(struct run *r, const struct mark **where, struct err *e);
void station_close(struct station *s);

/* Open a setup on a station that has none. A path that has gone since the last one is negotiated anew. */
int station_setup(struct run *r, struct station *s, struct err *e);

#endif
