// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * A CSV file through a window that is larger than the largest record: a record that ends beyond the
 * window is moved to its front and read again once more of the file is there.
 */
#include "result/csv_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/err.h"

enum { WINDOW = 16 * CSV_RECORD_MAX };

struct csv_file {
	int fd;
	bool eof;
	bool skip;     /* the rest of a malformed record's line has not been seen yet */
	uint64_t base; /* offset of the window in the file */
	char *path;
	struct csv csv;
	char window[WINDOW];
};

/* Append bytes of the file to the window. */
static int fill(struct csv_file *f, struct err *e)
{
	while (!f->eof && f->csv.len < WINDOW) {
		ssize_t got = read(f->fd, f->window + f->csv.len, WINDOW - f->csv.len);

		if (got < 0 && errno != EINTR) {
			/* -EINVAL and -ENODATA speak about records. */
			int code = errno == EINVAL || errno == ENODATA ? -EIO : -errno;

			return err_set(e, code, "%s: reading it failed: %s", f->path, err_name(code));
		}
		f->eof = got == 0;
		f->csv.len += got > 0 ? (size_t)got : 0;
	}
	return 0;
}

/* Move what is unread to the front of the window and fill it up. */
static int slide(struct csv_file *f, struct err *e)
{
	size_t done = f->csv.offset;

	memmove(f->window, f->window + done, f->csv.len - done);
	f->base += done;
	f->csv.len -= done;
	f->csv.offset = 0;
	return fill(f, e);
}

/* Go on with the rest of a malformed line that left the window. */
static int skip_line(struct csv_file *f, struct err *e)
{
	while (f->skip) {
		const char *end = memchr(f->window + f->csv.offset, '\n', f->csv.len - f->csv.offset);
		int rc;

		f->skip = !end && !f->eof;
		f->csv.offset = end ? (size_t)(end - f->window) + 1 : f->csv.len;
		rc = f->skip ? slide(f, e) : 0;
		if (rc)
			return rc;
	}
	return 0;
}

int csv_file_open(const char *path, struct csv_file **out, struct err *e)
{
	struct csv_file *f = calloc(1, sizeof(*f));
	int rc;

	*out = NULL;
	if (!f)
		return err_set(e, -ENOMEM, "%s: no memory to read it", path);
	f->path = strdup(path);
	f->fd = open(path, O_RDONLY | O_CLOEXEC);
	rc = f->fd < 0 ? -errno : f->path ? 0 : -ENOMEM;
	if (rc)
		err_set(e, rc, "%s: opening it failed: %s", path, err_name(rc));
	else
		rc = fill(f, e);
	if (rc) {
		csv_file_close(f);
		return rc;
	}
	csv_open(&f->csv, f->window, f->csv.len);
	*out = f;
	return 0;
}

void csv_file_close(struct csv_file *f)
{
	if (!f)
		return;
	if (f->fd >= 0)
		close(f->fd);
	free(f->path);
	free(f);
}

int csv_file_next(struct csv_file *f, struct csv_field *field, size_t *n, struct err *e)
{
	int rc = skip_line(f, e);

	if (rc)
		return rc;
	rc = csv_next(&f->csv, field, n, e);
	if ((rc == 0 || rc == -ENODATA) && !f->eof) {
		rc = slide(f, e);
		if (!rc)
			rc = csv_next(&f->csv, field, n, e);
	}
	if (rc == -ENODATA)
		f->csv.offset = f->csv.len;
	if (rc == -EINVAL)
		f->skip = f->csv.offset == f->csv.len && f->window[f->csv.offset - 1] != '\n';
	if (rc == -EINVAL || rc == -ENODATA) {
		char what[sizeof(e->text)];

		snprintf(what, sizeof(what), "%s", e ? e->text : "");
		err_set(e, rc, "%s: %s", f->path, what);
	}
	return rc;
}

uint64_t csv_file_offset(const struct csv_file *f)
{
	return f->base + f->csv.offset;
}

int csv_file_line(const struct csv_file *f)
{
	return f->csv.line;
}
