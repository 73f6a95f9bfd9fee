// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Rows of a rounds.csv, one at a time: memory does not grow with the file. */
#include "result/rounds.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "base/err.h"
#include "result/csv_file.h"
#include "result/rowmap.h"

/* Puts "PATH:LINE: " in front of what the reader of a record said. */
static int at_line(const char *path, const struct csv_file *f, struct err *e, int rc)
{
	struct err was;

	if (!e)
		return rc;
	was = *e;
	err_set(e, rc, "%s:%d: %s", path, csv_file_line(f), was.text);
	return *was.hint ? err_hint(e, rc, "%s", was.hint) : rc;
}

static int read_header(struct csv_file *f, const char *path, struct rowmap *map, struct err *e)
{
	struct csv_field field[CSV_FIELDS_MAX];
	size_t n;
	int rc = csv_file_next(f, field, &n, e);

	if (rc == 0 || rc == -ENODATA) {
		err_set(e, -EINVAL, "%s: it has no header line", path);
		return err_hint(e, -EINVAL, "the file is empty or was cut: there is nothing to read in it");
	}
	if (rc < 0)
		return rc;
	rc = rowmap_header(map, field, n, e);
	return rc ? at_line(path, f, e, rc) : 0;
}

/* Return: 1 a row, 0 end, -EPROTO a malformed one, another -errno to give up. */
static int next_row(struct csv_file *f, const char *path, const struct rowmap *map, struct row *row,
		    struct err *e)
{
	struct csv_field field[CSV_FIELDS_MAX];
	size_t n;
	int rc = csv_file_next(f, field, &n, e);

	if (rc == -EINVAL || rc == -ENODATA)
		return -EPROTO;
	if (rc <= 0)
		return rc;
	rc = rowmap_row(map, field, n, row, e);
	return rc == 0 ? 1 : rc == -EPROTO ? rc : at_line(path, f, e, rc);
}

int rounds_each(const char *dir, int (*fn)(const struct row *row, void *arg), void *arg, uint64_t *ignored,
		struct err *e)
{
	return rounds_each_of(dir, NULL, fn, arg, ignored, e);
}

int rounds_each_of(const char *dir, bool (*wanted)(enum column c),
		   int (*fn)(const struct row *row, void *arg), void *arg, uint64_t *ignored, struct err *e)
{
	char path[PATH_MAX];
	struct csv_file *f;
	struct rowmap map;
	struct row row;
	int rc;

	if (ignored)
		*ignored = 0;
	if (snprintf(path, sizeof(path), "%s/rounds.csv", dir) >= (int)sizeof(path))
		return err_set(e, -ENAMETOOLONG, "%s: the name of the directory is too long", dir);
	rc = csv_file_open(path, &f, e);
	if (rc)
		return rc;
	rc = read_header(f, path, &map, e);
	if (!rc && wanted)
		rowmap_only(&map, wanted);
	while (!rc) {
		rc = next_row(f, path, &map, &row, e);
		if (rc == 0)
			break;
		if (rc == -EPROTO && ignored)
			(*ignored)++;
		rc = rc == -EPROTO ? 0 : rc == 1 ? fn(&row, arg) : rc;
	}
	csv_file_close(f);
	return rc;
}
