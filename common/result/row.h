/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef P2P_RESULT_ROW_H
#define P2P_RESULT_ROW_H

/*
 * One row of rounds.csv being built: cells by column, text kept in the row itself. Setting a cell
 * twice keeps the last value; a cell that finds no room stays empty. Control characters become
 * blanks, bytes that are not UTF-8 '?'. Formats are those of measurement results: C locale, %.9g,
 * never nan or inf (empty instead), decimal integers.
 */

#include <stddef.h>
#include <stdint.h>

#include "result/columns.h"

enum { ROW_TEXT = 6144 };

struct row {
	uint16_t at[COL_COUNT]; /* offset of the cell's text, 0 = empty */
	size_t used;		/* bytes of @text in use; starts at 1 */
	char text[ROW_TEXT];
};

void row_clear(struct row *r);
void row_text(struct row *r, enum column c, const char *text); /* cut to 512 bytes; kept printable UTF-8 */
void row_int(struct row *r, enum column c, int64_t v);
void row_num(struct row *r, enum column c, double v);
void row_text_n(struct row *r, enum column c, const char *text, size_t len); /* @text without a NUL */

/* Cells @first to @last of @from. */
void row_copy(struct row *r, const struct row *from, enum column first, enum column last);

/* "" for an empty cell. */
const char *row_get(const struct row *r, enum column c);

/* The cell as a number, NaN when it is empty or not one. */
double row_get_num(const struct row *r, enum column c);

/**
 * row_dup() - copy to keep: allocated only as long as the text in use, so for reading only
 *
 * Return: the row, freed with free(); NULL without memory.
 */
struct row *row_dup(const struct row *r);

/**
 * row_csv() - the row as one RFC 4180 line with its newline
 *
 * Return: length, or -ENOSPC when @buf is too small.
 */
int row_csv(const struct row *r, char *buf, size_t len);

#endif
