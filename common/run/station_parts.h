/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef P2P_RUN_STATION_PARTS_H
#define P2P_RUN_STATION_PARTS_H

/* Between station.c and station_open.c. */

#include "run/station.h"

/* The pairs and ways of all points that this version runs. @where: as stations_open(). */
int stations_ways(struct run *r, const struct mark **where, struct err *e);

/* Try by which interconnects the responder's NIC of @s reaches @memory. Return: as reach_try(), reach_far().
 */
int station_try_way(struct run *r, struct station *s, size_t memory, struct err *e);

/* A device that was reset or taken away and came back. Return: is @end open anew. */
bool station_reopen(struct end *end);

#endif
