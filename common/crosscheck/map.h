/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef P2P_CROSSCHECK_MAP_H
#define P2P_CROSSCHECK_MAP_H

/* From a point to the perftest program and flags that do the same work, or to why there are none. Pure. */

#include "crosscheck/perftest.h"
#include "plan/plan.h"

/* What the flags need to know of the device. @gid_index: -1 = it needs none; @mtu: of the port, in bytes. */
struct map_nic {
	const char *device;
	int port, gid_index, mtu;
};

/**
 * struct map_work - one launch
 * @program: ib_write_bw, ...
 * @factor: times a printed latency this is ours: 2 where perftest halves the round trip
 * @messages: to move, of all queue pairs
 * @differs: what is not the same on both sides and no flag can change; "" = nothing known
 */
struct map_work {
	const char *program;
	enum perftest_kind kind;
	double factor;
	uint64_t messages;
	char differs[200];
};

/* Programs a directory must have; ends with NULL. */
extern const char *const map_programs[];

/**
 * map_why_not() - what of @pt this version cannot express
 * @pt: as measured
 *
 * Return: NULL it can; else @buf, "a VFIO target: perftest takes no dma-buf of it".
 */
const char *map_why_not(const struct perftest_version *v, const struct config *c, const struct point *pt,
			char *buf, size_t len);

/**
 * map_work() - what to run for a point that can be expressed
 * @like: messages that our own window counted, the warm-up's for choice; as many are asked for, at least 1000
 */
void map_work(const struct point *pt, uint64_t like, struct map_work *out);

/* Ends of a pair of processes. */
enum map_end { MAP_SERVER, MAP_CLIENT };

enum { MAP_ARGS = 48, MAP_ARG = 64 };

/* An argument vector without the program; argv[n] is NULL. */
struct map_args {
	char *argv[MAP_ARGS + 2];
	size_t n;
	char text[MAP_ARGS][MAP_ARG];
};

/**
 * map_args() - flags of one end, all that matters written out: versions differ in their defaults
 * @path: of the program, argv[0]; borrowed
 * @tcp: port both ends meet at; @json: descriptor the client's report goes to, -1 = none
 */
void map_args(const struct perftest_version *v, const struct map_nic *nic, const struct point *pt,
	      const struct map_work *w, enum map_end end, const char *path, int tcp, int json,
	      struct map_args *out);

#endif
