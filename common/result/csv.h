/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef P2P_RESULT_CSV_H
#define P2P_RESULT_CSV_H

/*
 * Reader for our own CSV files, also after a spreadsheet has been at them: CRLF, quotes, BOM,
 * reordered or extra columns. Goes by column name. Bounded: no allocation is sized by the file's
 * claims. Pure on memory; fuzzed.
 */

#include <stddef.h>

struct err;

/* One field: text without quotes; not NUL-terminated. */
struct csv_field {
	const char *s;
	size_t len;
};

enum { CSV_FIELDS_MAX = 512, CSV_FIELD_MAX = 4096, CSV_RECORD_MAX = 65536 };

/**
 * struct csv - cursor over a text
 * @line: last line of the record last read, 1-based
 * @offset: where the next record starts
 */
struct csv {
	const char *text;
	size_t len;
	size_t offset;
	int line;
	char scratch[CSV_RECORD_MAX]; /* unquoted fields live here until the next call */
};

void csv_open(struct csv *c, const char *text, size_t len);

/**
 * csv_next() - read one record
 * @field, @n: up to CSV_FIELDS_MAX fields
 *
 * Return: 1 a record; 0 end of text; -ENODATA the text ends inside a record (no final newline or an open
 * quote): a torn line; -EINVAL a malformed record (text after a closing quote, NUL, too long, too many
 * fields) with @e naming line and what: the cursor is then behind the next line end. Empty lines are no
 * records; a BOM is skipped.
 */
int csv_next(struct csv *c, struct csv_field *field, size_t *n, struct err *e);

/**
 * csv_cell() - @text as a cell, quoted only when it must be; no NUL behind it
 *
 * Return: length, or -ENOSPC when it is more than @len.
 */
int csv_cell(char *buf, size_t len, const char *text);

#endif
