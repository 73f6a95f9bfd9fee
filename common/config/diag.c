// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Collects what is wrong with a text and prints it with the place quoted. Whatever the text holds,
 * only printable characters reach the terminal. Fixed room: reporting never fails for memory.
 */
#include "config/diag.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "config/utf8.h"

enum { MAX_PER_LEVEL = 20, LEVELS = DIAG_NOTE + 1, TEXT_LEN = 1024, NAME_LEN = 256, WINDOW = 100 };

struct item {
	enum diag_level level;
	struct mark mark;
	char flag[64];
	char text[TEXT_LEN];
};

struct diags {
	char name[NAME_LEN];
	const char *text;
	size_t len;
	size_t count[LEVELS]; /* all that were added, kept or not */
	size_t n;
	struct item item[LEVELS * MAX_PER_LEVEL];
};

static const char *const level_words[LEVELS] = {"error", "warning", "note"};

/* Characters that would move the cursor or reorder the line. */
static bool unprintable(uint32_t cp)
{
	return cp < 0x20 || (cp >= 0x7f && cp < 0xa0) || (cp >= 0x200b && cp <= 0x200f) ||
	       (cp >= 0x2028 && cp <= 0x202e) || (cp >= 0x2066 && cp <= 0x2069) || cp == 0xfeff;
}

/* Copies whole characters only; what cannot be shown becomes '?', a tab one blank. */
static size_t sanitize(char *out, size_t room, const char *s, size_t len)
{
	size_t used = 0;

	for (size_t i = 0, n; i < len; i += n) {
		uint32_t cp = 0;
		char c = '?';

		n = utf8_next(s + i, len - i, &cp);
		if (n != 0 && !unprintable(cp)) {
			if (used + n >= room)
				break;
			memcpy(out + used, s + i, n);
			used += n;
			continue;
		}
		if (used + 1 >= room)
			break;
		if (n != 0 && cp == '\t')
			c = ' ';
		out[used++] = c;
		n = n ? n : 1;
	}
	out[used] = '\0';
	return used;
}

char *diag_printable(char *out, size_t room, const char *s)
{
	sanitize(out, room, s, strlen(s));
	return out;
}

struct diags *diags_open(const char *name, const char *text, size_t len)
{
	struct diags *d = calloc(1, sizeof(*d));

	if (!d)
		return NULL;
	sanitize(d->name, sizeof(d->name), name, strlen(name));
	d->text = text;
	d->len = text ? len : 0;
	return d;
}

void diags_close(struct diags *d)
{
	free(d);
}

bool diags_item(const struct diags *d, size_t i, struct diag_item *out)
{
	if (i >= d->n)
		return false;
	*out = (struct diag_item){.level = d->item[i].level,
				  .mark = d->item[i].mark,
				  .flag = d->item[i].flag,
				  .text = d->item[i].text};
	return true;
}

size_t diags_errors(const struct diags *d)
{
	return d->count[DIAG_ERROR];
}

const char *diags_first(const struct diags *d)
{
	for (size_t i = 0; i < d->n; i++) {
		if (d->item[i].level == DIAG_ERROR)
			return d->item[i].text;
	}
	return "";
}

static bool same_place(const struct mark *a, const struct mark *b)
{
	return a->line == b->line && a->col == b->col && !a->flag == !b->flag;
}

/* A value inherited by several sweeps is wrong once, not once a sweep. */
static bool repeated(const struct diags *d, const struct item *new)
{
	for (size_t i = 0; i < d->n; i++) {
		const struct item *it = &d->item[i];

		if (it->level == new->level && same_place(&it->mark, &new->mark) &&
		    !strcmp(it->flag, new->flag) && !strcmp(it->text, new->text))
			return true;
	}
	return false;
}

static bool before(const struct mark *a, const struct mark *b)
{
	return a->line != b->line ? a->line < b->line : a->col < b->col;
}

/* Items stay in order of place, those of one place in order of discovery. */
static void insert(struct diags *d, const struct item *new)
{
	size_t i = d->n;

	while (i > 0 && before(&new->mark, &d->item[i - 1].mark))
		i--;
	memmove(&d->item[i + 1], &d->item[i], (d->n - i) * sizeof(*new));
	d->item[i] = *new;
	d->n++;
}

void diags_add(struct diags *d, enum diag_level level, const struct mark *m, const char *fmt, ...)
{
	struct item it = {.level = level};
	char raw[TEXT_LEN];
	va_list ap;

	if (d->count[level] >= MAX_PER_LEVEL) {
		d->count[level]++;
		return;
	}
	if (m)
		it.mark = *m;
	if (m && m->flag)
		sanitize(it.flag, sizeof(it.flag), m->flag, strlen(m->flag));
	va_start(ap, fmt);
	vsnprintf(raw, sizeof(raw), fmt, ap);
	va_end(ap);
	sanitize(it.text, sizeof(it.text), raw, strlen(raw));
	if (repeated(d, &it))
		return;
	d->count[level]++;
	insert(d, &it);
}

/* Bytes of the line break at @i, 0 when there is none; the breaks YAML 1.1 knows. */
static size_t break_len(const char *s, size_t len, size_t i)
{
	if (s[i] == '\n')
		return 1;
	if (s[i] == '\r')
		return i + 1 < len && s[i + 1] == '\n' ? 2 : 1;
	if (i + 1 < len && !memcmp(s + i, "\xc2\x85", 2))
		return 2;
	if (i + 2 < len && (!memcmp(s + i, "\xe2\x80\xa8", 3) || !memcmp(s + i, "\xe2\x80\xa9", 3)))
		return 3;
	return 0;
}

/* Return: false when the text has no such line. */
static bool find_line(const struct diags *d, int number, const char **line, size_t *len)
{
	size_t start = 0, i = 0;

	for (int now = 1; i < d->len;) {
		size_t brk = break_len(d->text, d->len, i);

		if (brk && now == number)
			break;
		i += brk ? brk : 1;
		if (brk) {
			now++;
			start = i;
		}
		if (i == d->len && now != number)
			return false;
	}
	*line = d->text + start;
	*len = i - start;
	return i > start;
}

/* Byte offset of character number @col (0-based), at most @len. */
static size_t offset_of(const char *s, size_t len, int col)
{
	size_t i = 0;
	uint32_t cp;

	for (; col > 0 && i < len; col--) {
		size_t n = utf8_next(s + i, len - i, &cp);

		i += n ? n : 1;
	}
	return i;
}

static int columns(const char *s, size_t len)
{
	int n = 0;

	for (size_t i = 0; i < len; n++)
		i += offset_of(s + i, len - i, 1);
	return n;
}

/* The source line, cut to a window around the mark, and a caret line under it. */
static void print_quote(const struct diags *d, const struct mark *m, FILE *out)
{
	char shown[WINDOW * 4 + 1];
	const char *line;
	size_t len, from, used;
	int first, total, under, caret = m->col - 1;

	if (!find_line(d, m->line, &line, &len))
		return;
	if (len >= 3 && m->line == 1 && !memcmp(line, "\xef\xbb\xbf", 3)) {
		line += 3;
		len -= 3;
	}
	total = columns(line, len);
	caret = caret > total ? total : caret;
	first = total > WINDOW && caret > WINDOW / 2 ? caret - WINDOW / 2 : 0;
	from = offset_of(line, len, first);
	used = offset_of(line + from, len - from, WINDOW);
	sanitize(shown, sizeof(shown), line + from, used);
	fprintf(out, "%5d | %s%s%s\n", m->line, first ? "..." : "", shown, from + used < len ? "..." : "");

	caret -= first;
	under = m->len < WINDOW - caret ? m->len : WINDOW - caret;
	fprintf(out, "      | %*s^", caret + (first ? 3 : 0), "");
	for (int i = 1; i < under; i++)
		fputc('~', out);
	fputc('\n', out);
}

static void print_item(const struct diags *d, const struct item *it, FILE *out)
{
	const char *word = level_words[it->level];

	if (it->flag[0])
		fprintf(out, "%s: %s: %s\n", it->flag, word, it->text);
	else if (it->mark.line == 0)
		fprintf(out, "%s: %s: %s\n", d->name, word, it->text);
	else
		fprintf(out, "%s:%d:%d: %s: %s\n", d->name, it->mark.line, it->mark.col, word, it->text);
	if (!it->flag[0] && it->mark.line > 0)
		print_quote(d, &it->mark, out);
}

static void print_total(const struct diags *d, FILE *out)
{
	const char *sep = "";

	for (int l = DIAG_ERROR; l <= DIAG_NOTE; l++) {
		size_t more = d->count[l] > MAX_PER_LEVEL ? d->count[l] - MAX_PER_LEVEL : 0;

		if (more)
			fprintf(out, "%zu more %s%s\n", more, level_words[l], more == 1 ? "" : "s");
	}
	for (int l = DIAG_ERROR; l < DIAG_NOTE; l++) {
		if (!d->count[l])
			continue;
		fprintf(out, "%s%zu %s%s", sep, d->count[l], level_words[l], d->count[l] == 1 ? "" : "s");
		sep = ", ";
	}
	if (*sep)
		fputc('\n', out);
}

void diags_print(const struct diags *d, FILE *out)
{
	for (size_t i = 0; i < d->n; i++)
		print_item(d, &d->item[i], out);
	print_total(d, out);
}

enum { WORD_MAX = 64 };

/* Edits (insert, delete, replace, swap of neighbours) that turn @a into @b. */
static size_t edits(const char *a, size_t la, const char *b, size_t lb)
{
	size_t row[3][WORD_MAX + 1];

	for (size_t j = 0; j <= lb; j++)
		row[0][j] = j;
	for (size_t i = 1; i <= la; i++) {
		size_t *now = row[i % 3], *up = row[(i + 2) % 3], *up2 = row[(i + 1) % 3];

		now[0] = i;
		for (size_t j = 1; j <= lb; j++) {
			size_t best = up[j - 1] + (a[i - 1] != b[j - 1]);

			best = up[j] + 1 < best ? up[j] + 1 : best;
			best = now[j - 1] + 1 < best ? now[j - 1] + 1 : best;
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] &&
			    up2[j - 2] + 1 < best)
				best = up2[j - 2] + 1;
			now[j] = best;
		}
	}
	return row[la % 3][lb];
}

const char *diag_nearest(const char *word, const char *const *words)
{
	size_t len = strlen(word), least = len / 3 > 1 ? len / 3 : 1;
	const char *best = NULL;

	if (len == 0 || len > WORD_MAX)
		return NULL;
	for (; *words; words++) {
		size_t other = strlen(*words), n;

		if (other == 0 || other > WORD_MAX)
			continue;
		n = edits(word, len, *words, other);
		if (n >= len || n > least)
			continue;
		/* Of two as near, what was begun (qp: qps) rather than what was mistyped (qd). */
		if (best && n == least && (!strncmp(best, word, len) || strncmp(*words, word, len) != 0))
			continue;
		best = *words;
		least = n;
	}
	return best;
}
