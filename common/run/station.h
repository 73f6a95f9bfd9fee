/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef P2P_RUN_STATION_H
#define P2P_RUN_STATION_H

/* What run.c opens and schedule.c uses. Private to run/. */

#include <jansson.h>

#include "base/err.h"
#include "nic/nic_cm.h"
#include "run/choose.h"
#include "run/places.h"
#include "run/run.h"
#include "run/setup.h"
#include "run/side.h"
#include "run/support.h"
#include "run/visit.h"

/**
 * struct way - a memory of the plan as the responder's NIC reaches it
 * @held: what texts of @reach lie in, of a responder elsewhere
 * @lost: why the setup is without it, "" = it is not
 */
struct way {
	struct reach reach;
	json_t *held;
	char lost[REACH_TEXT];
};

/*
 * A pair of NICs with what the plan asks of it. @loop: one NIC is both ends, and opened once; @way: by
 * memory;
 * @open: its setup is, and has number @setup_id; @opened: one has been; @fresh: no row has told of that setup
 * yet. @cm: what rdma_cm chose for it, mtu 0 = it connected nothing. @places_why, @spilled: what
 * places_about() says of @threads.
 */
struct station {
	size_t at_nic, at_peer; /* places in config->nics */
	bool loop;
	struct end here, there;
	struct limits_net net;
	uint32_t threads; /* the most of any point */
	char places_why[PLACE_WHY];
	unsigned int spilled;
	struct way *way;
	struct setup_need need;
	struct setup setup;
	struct nic_cm_route cm;
	int64_t setup_id; /* 0 = not numbered yet */
	bool open, opened;
	bool fresh;
};

/**
 * struct run - see run.h
 * @station: @stations of them, in the order in which the plan first names each pair
 * @mem: what memory here is opened on: a VFIO device stays open over all setups
 * @here, @there: both machines
 */
struct run {
	struct run_input in;
	struct station **station;
	size_t stations;
	size_t points;
	struct mem_ctx *mem;
	struct side here, there;
	int cpu;
	const struct resume *done; /* of run_sweep(), and how it ended */
	enum run_stop stop;
};

/* The station of @pt, NULL = its pair was not opened: no point of it can be run. */
struct station *run_station(const struct run *r, const struct point *pt);

/* Is the machine of the responder still there? Return: 0; what killed it (host.h), with @e. */
int run_peer_alive(const struct run *r, struct err *e);

/**
 * run_takes() - how @pt is measured here
 *
 * Return: NULL; or why it gets a `skipped` row (in @out): run_unsupported(), or what this machine lacks.
 */
const char *run_takes(const struct run *r, const struct point *pt, struct chosen *out);

/**
 * stations_open() - every pair of NICs that a point names which this version runs, what it reaches, and what
 * the points need of it
 * @where: on failure the place in the config that asked for it, or NULL
 *
 * Return: 0; the failure that makes the run impossible.
 */
int stations_open(struct run *r, const struct mark **where, struct err *e);
void station_close(const struct run *r, struct station *s);

/* Open a setup on a station that has none. A path that has gone since the last one is negotiated anew. */
int station_setup(struct run *r, struct station *s, struct err *e);

#endif
