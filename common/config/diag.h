/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef P2P_CONFIG_DIAG_H
#define P2P_CONFIG_DIAG_H

/*
 * What is wrong with a text, all of it in one pass. An item has a place (line and column of the
 * file, or the flag that carried the value), a sentence, and where possible the valid choices.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

enum diag_level { DIAG_ERROR, DIAG_WARNING, DIAG_NOTE };

/**
 * struct mark - where a value came from
 * @flag: command-line word that carried it ("--size", "--set qd"); NULL for a file
 * @line: 1-based line of the file; 0 when the value is a default
 * @col: 1-based column, counted in characters (code points)
 * @len: characters to underline, at least 1
 */
struct mark {
	const char *flag;
	int line;
	int col;
	int len;
};

struct diags; /* opaque */

/**
 * diags_open() - an empty list for one text
 * @name: how to call the text in messages ("nic.yaml"); copied
 * @text: the text itself, for the quoted source line; borrowed until diags_close(), may be NULL
 *
 * Return: the list, NULL without memory. diags_close(NULL) is fine.
 */
struct diags *diags_open(const char *name, const char *text, size_t len);
void diags_close(struct diags *d);

/* Adds one item; past 20 errors only the count grows. @m may be NULL (the text as a whole). */
void diags_add(struct diags *d, enum diag_level level, const struct mark *m, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));

/**
 * diag_printable() - @s as it may reach a terminal or a comment: one line, no control characters
 *
 * Return: @out, cut to @room.
 */
char *diag_printable(char *out, size_t room, const char *s);

/* Number of errors so far (warnings and notes do not count). */
size_t diags_errors(const struct diags *d);

/* One of the items that were kept; @flag: "" for none. */
struct diag_item {
	enum diag_level level;
	struct mark mark;
	const char *flag;
	const char *text;
};

/* Item @i in the order they were added, borrowed from @d. Return: false = there is none. */
bool diags_item(const struct diags *d, size_t i, struct diag_item *out);
/* The first error's sentence, "" = none. Valid until the next diags_*(). */
const char *diags_first(const struct diags *d);

/**
 * diags_print() - all items in order of place, each as
 *
 *   nic.yaml:23:15: error: unknown op 'raed'; did you mean 'read'? valid: write, read
 *      23 |   op: [write, raed]
 *         |               ^~~~
 *
 * and a last line "1 error, 1 warning" when there is any. Values from flags have no source line:
 * "--op: error: ...". Control characters of the source are shown as '?'.
 */
void diags_print(const struct diags *d, FILE *out);

/**
 * diag_nearest() - the candidate a misspelt @word is closest to
 * @words: NULL-terminated
 *
 * Return: a member of @words within edit distance max(1, strlen/3), or NULL.
 */
const char *diag_nearest(const char *word, const char *const *words);

#endif
