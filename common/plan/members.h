/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef P2P_PLAN_MEMBERS_H
#define P2P_PLAN_MEMBERS_H

/* Inside plan/ only: what is added to a cell with hints, and which points make a cell. */

#include <stddef.h>
#include <stdint.h>

/* What was made of a point of the product; each step builds on the one before. */
enum member { MEMBER_AS_WRITTEN, MEMBER_PLAIN, MEMBER_CONTROL };
enum { MEMBERS_ADDED = 2 };

/* Turns the values of the member before @m into those of @m. */
void member_values(enum member m, int64_t *v);

/* A point and its cell. */
struct member_cell {
	uint64_t cell;
	uint32_t point;
};

/**
 * member_group() - sort @all by cell and point
 * @member: receives the points, cell by cell; @first: where each cell begins, and one more for the end
 *
 * Return: number of cells.
 */
size_t member_group(struct member_cell *all, size_t n, uint32_t *member, uint32_t *first);

#endif
