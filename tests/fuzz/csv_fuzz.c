// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The CSV reader and the row parser behind it on any bytes: no crash, bounded, and what is read can be
 * written and read again. */
#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "result/csv.h"
#include "result/rowmap.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct csv csv, again;
static struct csv_field field[CSV_FIELDS_MAX], field_again[CSV_FIELDS_MAX];

/* A row written out is one record of all columns with the same text. */
static void check_round_trip(const struct row *row)
{
	static char line[2 * ROW_TEXT + 4 * COL_COUNT];
	int len = row_csv(row, line, sizeof(line));
	size_t n;

	if (len < 0)
		abort();
	csv_open(&again, line, (size_t)len);
	if (csv_next(&again, field_again, &n, NULL) != 1 || n != COL_COUNT)
		abort();
	for (size_t c = 0; c < n; c++) {
		const char *cell = row_get(row, (enum column)c);

		if (strlen(cell) != field_again[c].len ||
		    memcmp(cell, field_again[c].s, field_again[c].len) != 0)
			abort();
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	size_t n, offset = 0;
	struct rowmap map;
	bool mapped = false;
	struct row row;
	struct err e;
	int rc;

	csv_open(&csv, (const char *)data, size);
	while ((rc = csv_next(&csv, field, &n, &e)) && rc != -ENODATA) {
		if (csv.offset <= offset || csv.offset > size)
			abort();
		offset = csv.offset;
		if (rc == 1 && !mapped)
			mapped = !rowmap_header(&map, field, n, &e);
		else if (rc == 1 && !rowmap_row(&map, field, n, &row, &e))
			check_round_trip(&row);
	}
	return 0;
}
