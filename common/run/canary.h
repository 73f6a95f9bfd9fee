/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef P2P_RUN_CANARY_H
#define P2P_RUN_CANARY_H

/*
 * Two small windows on host memory, the same in every round and every sweep: what they show to change is the
 * machine. Per pair of NICs and round: median latency of a 64-byte READ and bandwidth of 64-KiB WRITEs. They
 * go to canary.csv of the results directory and count for no point.
 */

#include "run/run.h"

struct canary; /* opaque */
struct station;
struct sweep;

#define CANARY_CSV_HEADER "round,t_mono_s,nic,read_p50_us,write_gbyte_s,status"

/* Both points between two nics, by their numbers; false when there is no host memory for them, or
 * `order.canary` is 0. */
bool canary_points(const struct config *c, size_t nic, size_t peer, struct point out[2]);

/* What they need of the setup of @s. Return: 0, -ENOMEM. */
int canary_need(struct run *r, struct station *s);

/* How @s is called in the column nic: "a", of two NICs "a:b". Return: @buf. */
enum { CANARY_NAME = 160 };
const char *canary_name(const struct config *c, size_t nic, size_t peer, char buf[CANARY_NAME]);

/**
 * canary_open() - open DIR/canary.csv for more rows, cutting off a torn one
 *
 * Return: 0; *out is NULL when there is nothing to watch with; -errno.
 */
int canary_open(const struct run *r, const char *dir, struct canary **out, struct err *e);
void canary_close(struct canary *c);

/* Before the first visit of a round to @s. A fault becomes a row. Return: 0, or why no row; the host of the
 * responder has died. */
int canary_take(struct sweep *w, struct station *s, int64_t round, struct err *e);

/* From the file: rounds of earlier processes of this run count as well. Fills the canary's part of @out. */
void canary_judge(const struct run *r, const char *dir, struct run_outcome *out);

#endif
