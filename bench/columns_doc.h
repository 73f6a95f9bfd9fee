/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef P2P_BENCH_COLUMNS_DOC_H
#define P2P_BENCH_COLUMNS_DOC_H

/*
 * What results/SCHEMA.md says of each column: the page is part of the program, and is its only text on them.
 */

#include <stdbool.h>
#include <stddef.h>

extern const char schema_md[];

enum { COLUMN_CELL = 640 };

/* A row of one of its tables, plain text without backquotes; @type: int, float, word or text. */
struct column_doc {
	char name[COLUMN_CELL];
	char unit[COLUMN_CELL];
	char type[COLUMN_CELL];
	char meaning[COLUMN_CELL];
	char empty[COLUMN_CELL];
};

/**
 * columns_doc_next() - the next column of a file's tables
 * @file: its heading, e.g. "rounds.csv"
 * @at: NULL to begin with, else as the call before left it
 *
 * Return: false = there is none.
 */
bool columns_doc_next(const char *file, const char **at, struct column_doc *out);

#endif
