/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef P2P_RESULT_ROWMAP_H
#define P2P_RESULT_ROWMAP_H

/* From records of a rounds.csv, whose columns may be reordered, missing or unknown, to rows. Pure; fuzzed. */

#include <stdbool.h>

#include "result/csv.h"
#include "result/row.h"

struct err;

/**
 * struct rowmap - what stands where in a record
 * @column: column of each field, -1 = unknown, skipped
 */
struct rowmap {
	size_t n;
	int16_t column[CSV_FIELDS_MAX];
};

/* Return: 0; -EINVAL when schema, point_id, round or status is missing or a known column stands twice. */
int rowmap_header(struct rowmap *m, const struct csv_field *field, size_t n, struct err *e);

/* Read only columns that @wanted() says and those every row needs; the others stay empty. Faster. */
void rowmap_only(struct rowmap *m, bool (*wanted)(enum column c));

/**
 * rowmap_row() - fill @row from a record
 *
 * Return: 0; -EPROTO a malformed row (wrong number of fields, schema or round not an integer, no
 * point_id); -EINVAL a row of another schema than ours.
 */
int rowmap_row(const struct rowmap *m, const struct csv_field *field, size_t n, struct row *row,
	       struct err *e);

#endif
