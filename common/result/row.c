// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Cells of one row of rounds.csv and its text form. What comes in may be a device's or a user's
 * text, so a cell is made printable UTF-8 here, once, and everything behind it can rely on that.
 */
#include "result/row.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/utf8.h"
#include "result/csv.h"

enum { CELL_MAX = 512 };

void row_clear(struct row *r)
{
	memset(r->at, 0, sizeof(r->at));
	r->text[0] = '\0';
	r->used = 1;
}

/* Copy what fits of @s: control characters become blanks, bytes that are not UTF-8 '?'. */
static size_t copy_clean(char *to, size_t room, const char *s, size_t len)
{
	size_t n = 0;

	/* Nearly every cell is a word or a number; reading back a large file spends its time here. */
	for (; n < len && n < room && s[n] >= ' ' && s[n] < 0x7f; n++)
		to[n] = s[n];
	for (size_t i = n, step; i < len; i += step) {
		uint32_t cp = '?';
		size_t got = utf8_next(s + i, len - i, &cp);

		step = got ? got : 1;
		if (n + step > room)
			break;
		if (got > 1)
			memcpy(to + n, s + i, step);
		else
			to[n] = cp < ' ' || cp == 0x7f ? ' ' : (char)cp;
		n += step;
	}
	to[n] = '\0';
	return n;
}

void row_text_n(struct row *r, enum column c, const char *text, size_t len)
{
	size_t room = sizeof(r->text) - r->used;
	char *to = r->text + r->used;

	r->at[c] = 0;
	if (!len || room < 2)
		return;
	r->at[c] = (uint16_t)r->used;
	r->used += copy_clean(to, room - 1 < CELL_MAX ? room - 1 : CELL_MAX, text, len) + 1;
}

void row_text(struct row *r, enum column c, const char *text)
{
	row_text_n(r, c, text, strlen(text));
}

void row_int(struct row *r, enum column c, int64_t v)
{
	char text[24];

	snprintf(text, sizeof(text), "%" PRId64, v);
	row_text(r, c, text);
}

void row_num(struct row *r, enum column c, double v)
{
	char text[32] = "";

	if (isfinite(v))
		snprintf(text, sizeof(text), "%.9g", v);
	row_text(r, c, text);
}

const char *row_get(const struct row *r, enum column c)
{
	return r->text + r->at[c];
}

double row_get_num(const struct row *r, enum column c)
{
	const char *text = row_get(r, c);
	char *end;
	double v = strtod(text, &end);

	return end == text || *end || !isfinite(v) ? nan("") : v;
}

void row_copy(struct row *r, const struct row *from, enum column first, enum column last)
{
	for (int c = first; c <= (int)last; c++)
		row_text(r, (enum column)c, row_get(from, (enum column)c));
}

struct row *row_dup(const struct row *r)
{
	size_t size = offsetof(struct row, text) + r->used;
	struct row *copy = malloc(size);

	return copy ? memcpy(copy, r, size) : NULL;
}

int row_csv(const struct row *r, char *buf, size_t len)
{
	size_t n = 0;

	for (int c = 0; c < COL_COUNT; c++) {
		int cell = csv_cell(buf + n, len - n, row_get(r, (enum column)c));

		if (cell < 0 || n + (size_t)cell == len)
			return -ENOSPC;
		n += (size_t)cell;
		buf[n++] = c == COL_COUNT - 1 ? '\n' : ',';
	}
	return (int)n;
}
