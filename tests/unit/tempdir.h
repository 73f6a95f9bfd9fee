/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef P2P_TEST_TEMPDIR_H
#define P2P_TEST_TEMPDIR_H

/* A directory of its own for a test, small files in it, and rows to put there. */

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "result/row.h"

enum { TEMP_PATH = 512 };

static inline char *temp_make(char dir[TEMP_PATH])
{
	snprintf(dir, TEMP_PATH, "/tmp/p2pbench-test-XXXXXX");
	if (!mkdtemp(dir))
		abort();
	return dir;
}

static inline int temp_remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

static inline void temp_remove(const char *dir)
{
	nftw(dir, temp_remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

static inline void temp_write(const char *dir, const char *name, const char *text, size_t len)
{
	char path[2 * TEMP_PATH];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	f = fopen(path, "we");
	if (!f || fwrite(text, 1, len, f) != len || fclose(f))
		abort();
}

static inline void temp_append(const char *dir, const char *name, const char *text)
{
	char path[2 * TEMP_PATH];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	f = fopen(path, "ae");
	if (!f || fputs(text, f) < 0 || fclose(f))
		abort();
}

/* The whole file, freed by the caller; NULL when there is none. */
static inline char *temp_read(const char *dir, const char *name)
{
	char path[2 * TEMP_PATH], *text;
	size_t n;
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	f = fopen(path, "re");
	if (!f)
		return NULL;
	text = calloc(1, 1 << 20);
	if (!text)
		abort();
	n = fread(text, 1, (1 << 20) - 1, f);
	text[n] = '\0';
	fclose(f);
	return text;
}

/* A row of a point in a round; values are added by the test. */
static inline void row_start(struct row *r, const char *point, int64_t round, const char *measure,
			     const char *status)
{
	row_clear(r);
	row_int(r, COL_SCHEMA, RESULT_SCHEMA);
	row_int(r, COL_ROUND, round);
	row_int(r, COL_SETUP_ID, round ? 1 + (round - 1) / 4 : 1);
	row_text(r, COL_POINT_ID, point);
	row_text(r, COL_CELL_ID, point);
	row_text(r, COL_KEY + AX_MEASURE, measure);
	row_text(r, COL_STATUS, status);
}

#endif
