/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef P2P_RESULT_RUN_POINTS_H
#define P2P_RESULT_RUN_POINTS_H

/*
 * One run as compare needs it: for every point the values of its rounds. Reads rounds.csv, whoever wrote it
 * (schema 1) and whatever a spreadsheet has done to it; what cannot be used is counted by cause.
 */

#include <stddef.h>
#include <stdint.h>

#include "result/row.h"
#include "result/rounds.h"

struct err;

/* The figure a point is compared by; times are of lat_p50_us. */
enum figure_of { FIGURE_BW, FIGURE_RATE, FIGURE_LAT, FIGURE_REG, FIGURE_COUNT };

/* "bw", "rate", "lat", "reg": the words of the axis measure. */
const char *figure_word(enum figure_of f);

/* What a point had in one round; @order: its place in the file. */
struct run_value {
	double v;
	int32_t round;
	uint32_t order;
};

/**
 * struct run_point - one point of a run
 * @key: identity, key and state cells of its first usable row, else of its first row
 * @key_hash: of the key cells; two points of one id differ in it when a file was tampered with
 * @value: of the n usable rows (status ok, round 1 or later), by round; never below 0
 * @n_other: rows that are not ok, round 0 aside; @status: of the first of them, "" when there is none
 */
struct run_point {
	const struct row *key;
	uint64_t key_hash;
	enum figure_of figure;
	struct run_value *value;
	size_t n, room;
	size_t n_other;
	char status[16];
};

/**
 * struct run_ignored - rows left out, by cause
 * @malformed: wrong number of fields, torn, not CSV; @value: an ok row without a number to compare (empty,
 *	nan, inf, negative, a decimal comma); @twice: a second ok row of one point and round; @key: its key
 *	columns are not those of the first row of its point_id; @measure: an unknown word
 */
struct run_ignored {
	uint64_t malformed, value, twice, key, measure;
};

/**
 * struct run_points - a run read
 * @run_id: of the first row that has one
 * @slot, @mask: hash table of point numbers + 1
 */
struct run_points {
	struct run_point *point;
	size_t n, room;
	uint32_t *slot;
	size_t mask;
	uint64_t rows;
	struct run_ignored ignored;
	char run_id[64];
};

/* Add a row as it comes from rounds_each(). Return: 0 or -ENOMEM. Start with an empty struct. */
int run_points_add(struct run_points *r, const struct row *row);

/* After the last row: values by round, each round once, the first of the file. */
void run_points_finish(struct run_points *r);

/**
 * run_points_load() - read DIR/rounds.csv
 *
 * Return: 0; what rounds_each() returns (-ENOENT: not a run); -EINVAL no row is usable as a row at all;
 * -ENOMEM. On failure nothing is held.
 */
int run_points_load(const char *dir, struct run_points *out, struct err *e);
void run_points_free(struct run_points *r);

/* Point named @id, or NULL. */
const struct run_point *run_points_find(const struct run_points *r, const char *id);

uint64_t run_ignored_sum(const struct run_ignored *i);

#endif
