// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Fields of a CSV record to cells of a row, by the names of the header. */
#include "result/rowmap.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "base/err.h"

static const enum column needed[] = {COL_SCHEMA, COL_POINT_ID, COL_ROUND, COL_STATUS};

int rowmap_header(struct rowmap *m, const struct csv_field *field, size_t n, struct err *e)
{
	bool seen[COL_COUNT] = {false};

	m->n = n;
	for (size_t i = 0; i < n; i++) {
		int c = column_find(field[i].s, field[i].len);

		if (c >= 0 && seen[c])
			return err_set(e, -EINVAL, "its header names '%s' twice",
				       column_name((enum column)c));
		if (c >= 0)
			seen[c] = true;
		m->column[i] = (int16_t)c;
	}
	for (size_t i = 0; i < sizeof(needed) / sizeof(needed[0]); i++) {
		if (!seen[needed[i]]) {
			err_set(e, -EINVAL, "its header lacks the column '%s'", column_name(needed[i]));
			return err_hint(e, -EINVAL,
					"this is not a rounds.csv of p2pbench, or its first line was lost");
		}
	}
	return 0;
}

void rowmap_only(struct rowmap *m, bool (*wanted)(enum column c))
{
	for (size_t i = 0; i < m->n; i++) {
		bool keep = m->column[i] >= 0 && wanted((enum column)m->column[i]);

		for (size_t k = 0; k < sizeof(needed) / sizeof(needed[0]); k++)
			keep = keep || m->column[i] == (int)needed[k];
		if (!keep)
			m->column[i] = -1;
	}
}

/* Decimal digits only, few enough for an int64_t. */
static bool is_count(const char *s)
{
	size_t n = strspn(s, "0123456789");

	return n && n <= 18 && !s[n];
}

int rowmap_row(const struct rowmap *m, const struct csv_field *field, size_t n, struct row *row,
	       struct err *e)
{
	const char *schema;

	if (n != m->n)
		return err_set(e, -EPROTO, "a row has %zu fields, the header %zu", n, m->n);
	row_clear(row);
	for (size_t i = 0; i < n; i++) {
		if (m->column[i] >= 0)
			row_text_n(row, (enum column)m->column[i], field[i].s, field[i].len);
	}
	schema = row_get(row, COL_SCHEMA);
	if (!is_count(schema) || !is_count(row_get(row, COL_ROUND)) || !*row_get(row, COL_POINT_ID))
		return err_set(e, -EPROTO, "a row lacks its schema, round or point_id");
	if (!strcmp(schema, "1"))
		return 0;
	err_set(e, -EINVAL, "its rows are of schema %s, this program reads schema %d", schema, RESULT_SCHEMA);
	return err_hint(e, -EINVAL, "read it with the p2pbench that wrote it, or a newer one");
}
