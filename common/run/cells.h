/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef P2P_RUN_CELLS_H
#define P2P_RUN_CELLS_H

/*
 * Which cells still get rounds. A cell stops as a whole, so that its members stay paired: when the interval
 * of each is narrow enough at one of the listed looks, at its last round, or when no member is left.
 *
 * Memory: 32 bytes a cell and 16 a point; for points whose rounds are a range 8 more a round, up to the next
 * look. 100 000 points after 60 rounds: 55 MB; with a fixed number of rounds 5 MB.
 */

#include <stdbool.h>
#include <stdint.h>

#include "plan/plan.h"
#include "result/row.h"

enum cell_stop { CELL_OPEN, CELL_PRECISION, CELL_MAX_ROUNDS, CELL_ERROR };

/**
 * struct cell - rounds are those of the member that asks for most
 * @worst: at the last look: largest half width of its members, as a multiple of what is asked; infinite
 * before
 */
struct cell {
	int64_t lo, hi;
	double worst;
	enum cell_stop stop;
};

/**
 * struct cells - numbered as plan_cell() does; for reading only
 * @of: cell of each point
 * @open: cells that still get rounds; @rounds: the most any cell may get
 */
struct cells {
	const struct plan *plan;
	size_t n, open;
	struct cell *cell;
	uint32_t *of;
	int64_t rounds;
	double **value;	   /* [point][round - 1], NaN = none */
	uint16_t *room;	   /* of value[point] */
	uint16_t *lost_at; /* round in which the point was given up, UINT16_MAX = never */
	double *scratch;
};

/* Return: 0, -ENOMEM. @plan is borrowed. cells_close() accepts a zeroed one. */
int cells_open(const struct plan *plan, struct cells *out);
void cells_close(struct cells *c);

/* Take the main figure of a measured window (ok or overload) of round @round. Return: 0, -ENOMEM. */
int cells_add(struct cells *c, size_t point, int64_t round, const struct row *row);

/* The point gets no more windows from @round on. */
void cells_lose(struct cells *c, size_t point, int64_t round);

/* Has the point been given up, or never been taken. */
static inline bool cells_lost(const struct cells *c, size_t point)
{
	return c->lost_at[point] != UINT16_MAX;
}

/* After round @round, of which every open cell has had its part: stop what can stop. */
void cells_look(struct cells *c, int64_t round);

#endif
