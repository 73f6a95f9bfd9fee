// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * RFC 4180 on memory: reading, one record a call, and writing a cell. Plain fields point into the text; only
 * fields with doubled quotes are copied. Work is linear in the text even when every record is malformed:
 * after an error reading goes on at the first line end behind the place of the error.
 */
#include "result/csv.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "base/err.h"

/* Where one csv_next() stands. */
struct scan {
	struct csv *c;
	size_t pos;
	size_t limit;	/* no byte of this record at or behind it is read */
	size_t scratch; /* bytes of c->scratch in use */
	int lines;	/* line ends passed */
};

/* The text ended, or the record is longer than allowed. */
static int at_limit(const struct scan *s, const char **what)
{
	if (s->limit == s->c->len)
		return -ENODATA;
	*what = "the record is longer than 65536 bytes";
	return -EINVAL;
}

static int plain_field(struct scan *s, struct csv_field *f, const char **what)
{
	const char *text = s->c->text;
	size_t start = s->pos;

	while (s->pos < s->limit && text[s->pos] != ',' && text[s->pos] != '\n') {
		if (!text[s->pos]) {
			*what = "it contains a NUL byte";
			return -EINVAL;
		}
		s->pos++;
	}
	if (s->pos == s->limit)
		return at_limit(s, what);
	*f = (struct csv_field){text + start, s->pos - start};
	if (text[s->pos] == '\n' && f->len && f->s[f->len - 1] == '\r')
		f->len--;
	return 0;
}

/* @s->pos is behind the opening quote; leaves it behind the closing one. */
static int unquote(struct scan *s, struct csv_field *f, const char **what)
{
	const char *text = s->c->text;
	char *to = s->c->scratch + s->scratch;
	size_t n = 0;

	for (; s->pos < s->limit; s->pos++) {
		char ch = text[s->pos];

		if (ch == '"') {
			if (s->pos + 1 == s->limit)
				break;
			if (text[s->pos + 1] != '"') {
				s->pos++;
				s->scratch += n;
				*f = (struct csv_field){to, n};
				return 0;
			}
			s->pos++;
		} else if (!ch) {
			*what = "it contains a NUL byte";
			return -EINVAL;
		}
		s->lines += ch == '\n';
		to[n++] = ch;
	}
	return at_limit(s, what);
}

static int quoted_field(struct scan *s, struct csv_field *f, const char **what)
{
	const char *text = s->c->text;
	int rc;

	s->pos++;
	rc = unquote(s, f, what);
	if (rc)
		return rc;
	if (text[s->pos] == '\r' && s->pos + 1 < s->limit && text[s->pos + 1] == '\n')
		s->pos++;
	if (text[s->pos] == ',' || text[s->pos] == '\n')
		return 0;
	if (text[s->pos] == '\r' && s->pos + 1 == s->limit)
		return at_limit(s, what);
	*what = "there is text after a closing quote";
	return -EINVAL;
}

/* Fields up to and with the line end. */
static int record(struct scan *s, struct csv_field *field, size_t *n, const char **what)
{
	for (*n = 0; *n < CSV_FIELDS_MAX;) {
		struct csv_field *f = &field[(*n)++];
		bool quoted = s->pos < s->limit && s->c->text[s->pos] == '"';
		int rc = quoted ? quoted_field(s, f, what) : plain_field(s, f, what);

		if (rc)
			return rc;
		if (f->len > CSV_FIELD_MAX) {
			*what = "a field is longer than 4096 bytes";
			return -EINVAL;
		}
		if (s->c->text[s->pos++] == '\n') {
			s->lines++;
			return 0;
		}
	}
	*what = "it has more than 512 fields";
	return -EINVAL;
}

void csv_open(struct csv *c, const char *text, size_t len)
{
	c->text = text;
	c->len = len;
	c->offset = len >= 3 && !memcmp(text, "\xef\xbb\xbf", 3) ? 3 : 0;
	c->line = 0;
}

static void skip_empty_lines(struct csv *c)
{
	for (;;) {
		size_t left = c->len - c->offset;
		const char *at = c->text + c->offset;
		size_t step = left && at[0] == '\n' ? 1 : left > 1 && at[0] == '\r' && at[1] == '\n' ? 2 : 0;

		if (!step)
			return;
		c->offset += step;
		c->line++;
	}
}

/* Cursor behind the first line end at or after @pos. */
static void resync(struct csv *c, size_t pos)
{
	const char *end = pos < c->len ? memchr(c->text + pos, '\n', c->len - pos) : NULL;

	c->offset = end ? (size_t)(end - c->text) + 1 : c->len;
}

int csv_next(struct csv *c, struct csv_field *field, size_t *n, struct err *e)
{
	const char *what = "";
	struct scan s;
	int rc;

	skip_empty_lines(c);
	*n = 0;
	if (c->offset == c->len)
		return 0;
	s = (struct scan){.c = c, .pos = c->offset, .limit = c->len};
	if (c->len - c->offset > CSV_RECORD_MAX)
		s.limit = c->offset + CSV_RECORD_MAX;
	rc = record(&s, field, n, &what);
	if (rc == -ENODATA)
		return err_set(e, rc, "line %d: the text ends inside a record", c->line + 1);
	if (rc == -EINVAL) {
		c->line += s.lines + 1;
		resync(c, s.pos);
		return err_set(e, rc, "line %d: not a CSV record: %s", c->line, what);
	}
	c->line += s.lines;
	c->offset = s.pos;
	return 1;
}

int csv_cell(char *buf, size_t len, const char *text)
{
	bool quote = strpbrk(text, ",\"\r\n") != NULL;
	size_t quotes = quote ? 2 : 0;
	char *to = buf;

	for (const char *p = text; *p; p++)
		quotes += *p == '"';
	if (strlen(text) + quotes > len)
		return -ENOSPC;
	if (quote)
		*to++ = '"';
	for (; *text; text++) {
		if (*text == '"')
			*to++ = '"';
		*to++ = *text;
	}
	if (quote)
		*to++ = '"';
	return (int)(to - buf);
}
