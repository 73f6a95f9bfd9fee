// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The growing files of a run. Each is written by one locked descriptor in append mode; its length
 * after the last whole line is remembered, so a write that fails half-way is cut off again. Reading
 * them back is in rounds_read.c.
 */
#include "result/rounds.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/err.h"
#include "result/atomic.h"
#include "result/csv_file.h"
#include "result/dir.h"

enum { FILE_PATH_MAX = DIR_MAX + 32, HEADER_MAX = 4096, HIST_LINE_MAX = 160 };

/* One file of the run; @size ends behind its last whole line. @schema, if any, is its first column. */
struct out_file {
	int fd;
	off_t size;
	const char *schema;
	char header[HEADER_MAX];
	char path[FILE_PATH_MAX];
};

struct rounds {
	const struct sys *sys;
	struct out_file rounds, hist;
	char dir[DIR_MAX + 1];
};

/* Append @len bytes as a whole or not at all. */
static int append(struct rounds *r, struct out_file *f, const char *text, size_t len, struct err *e)
{
	size_t done = 0;
	ssize_t n = 1;
	int cut;

	/* A full disk shows as a short write; only the next one gives the reason. */
	while (done < len && (n > 0 || n == -EINTR)) {
		n = r->sys->write(f->fd, text + done, len - done);
		done += n > 0 ? (size_t)n : 0;
	}
	if (done == len) {
		f->size += (off_t)len;
		return 0;
	}
	n = n ? n : -EIO;
	cut = done ? r->sys->ftruncate(f->fd, f->size) : 0;
	err_set(e, (int)n, "%s: appending %zu bytes failed after %zu: %s; %s", f->path, len, done,
		err_name((int)n),
		cut ? "cutting them off failed too, --resume will do it" : "all rows so far are intact");
	atomic_hint(r->dir, (int)n, e);
	return (int)n;
}

static int lock(const struct rounds *r, const struct out_file *f, struct err *e)
{
	if (!flock(f->fd, LOCK_EX | LOCK_NB))
		return 0;
	if (errno != EWOULDBLOCK)
		return atomic_fail(r->dir, f->path, "locking it", -errno, e);
	err_set(e, -EWOULDBLOCK, "%s: another process is writing it", f->path);
	err_hint(e, -EWOULDBLOCK, "wait for that run to end, or set another output.dir");
	return -EWOULDBLOCK;
}

/* The file appears under its name only with its header on disk; the descriptor goes on from there. */
static int create_file(struct rounds *r, struct out_file *f, struct err *e)
{
	char temp[FILE_PATH_MAX + 8];
	int rc;

	snprintf(temp, sizeof(temp), "%s.tmp", f->path);
	f->fd = r->sys->open(temp, O_WRONLY | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0666);
	if (f->fd < 0)
		return atomic_fail(r->dir, temp, "creating it", f->fd, e);
	rc = lock(r, f, e);
	if (!rc)
		rc = append(r, f, f->header, strlen(f->header), e);
	if (!rc) {
		rc = r->sys->fdatasync(f->fd);
		if (!rc && rename(temp, f->path))
			rc = -errno;
		if (rc)
			atomic_fail(r->dir, f->path, "writing its header", rc, e);
	}
	if (rc)
		unlink(temp);
	return rc;
}

static void rounds_header(char header[HEADER_MAX])
{
	size_t n = 0;

	for (int c = 0; c < COL_COUNT; c++)
		n += (size_t)snprintf(header + n, HEADER_MAX - n, "%s%c", column_name((enum column)c),
				      c == COL_COUNT - 1 ? '\n' : ',');
}

static struct rounds *rounds_new(const char *dir, const struct sys *sys, struct err *e)
{
	struct rounds *r;

	if (strlen(dir) > DIR_MAX) {
		err_set(e, -ENAMETOOLONG, "the results directory's name is longer than %d bytes", DIR_MAX);
		return NULL;
	}
	r = calloc(1, sizeof(*r));
	if (!r) {
		err_set(e, -ENOMEM, "%s: no memory to open it", dir);
		return NULL;
	}
	r->sys = sys;
	snprintf(r->dir, sizeof(r->dir), "%s", dir);
	r->rounds.fd = r->hist.fd = -1;
	r->rounds.schema = "1";
	rounds_header(r->rounds.header);
	snprintf(r->rounds.path, FILE_PATH_MAX, "%s/rounds.csv", dir);
	snprintf(r->hist.header, HEADER_MAX, "%s\n", HIST_CSV_HEADER);
	snprintf(r->hist.path, FILE_PATH_MAX, "%s/hist.csv", dir);
	return r;
}

/* rounds.csv last: where it is, everything is. */
static int create_files(struct rounds *r, struct err *e)
{
	int rc = create_file(r, &r->hist, e);

	if (!rc)
		rc = create_file(r, &r->rounds, e);
	if (!rc)
		rc = atomic_sync_dir(r->dir, e);
	if (rc) {
		unlink(r->hist.path);
		unlink(r->rounds.path);
		rmdir(r->dir);
	}
	return rc;
}

const char *rounds_dir(const struct rounds *r)
{
	return r->dir;
}

int rounds_create(const char *dir, const struct sys *sys, struct rounds **out, struct err *e)
{
	struct rounds *r = rounds_new(dir, sys, e);
	int rc;

	*out = NULL;
	if (!r)
		return strlen(dir) > DIR_MAX ? -ENAMETOOLONG : -ENOMEM;
	rc = dir_make(r->dir, e);
	if (!rc)
		rc = create_files(r, e);
	if (rc) {
		rounds_close(r);
		return rc;
	}
	*out = r;
	return 0;
}

void rounds_close(struct rounds *r)
{
	if (!r)
		return;
	if (r->rounds.fd >= 0)
		r->sys->close(r->rounds.fd);
	if (r->hist.fd >= 0)
		r->sys->close(r->hist.fd);
	free(r);
}

/* Is @field our header? */
static bool same_header(const char *header, const struct csv_field *field, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		size_t len = field[i].len;

		if (strncmp(header, field[i].s, len) != 0 || header[len] != (i == n - 1 ? '\n' : ','))
			return false;
		header += len + 1;
	}
	return n && !*header;
}

static int not_ours(const struct out_file *f, struct err *e)
{
	err_set(e, -EINVAL, "%s: it is not of schema %d with this version's columns", f->path, RESULT_SCHEMA);
	return err_hint(e, -EINVAL,
			"another version of p2pbench wrote it, or it was edited: start a new run");
}

/* Sets @f->size behind the last row that has all its fields; *torn counts what stands behind it. */
static int find_end(struct out_file *f, struct csv_file *csv, int *torn, struct err *e)
{
	struct csv_field field[CSV_FIELDS_MAX];
	size_t n, columns;
	int rc = csv_file_next(csv, field, &columns, e);

	if (rc != 1 || !same_header(f->header, field, columns))
		return not_ours(f, e);
	f->size = (off_t)csv_file_offset(csv);
	*torn = 0;
	while ((rc = csv_file_next(csv, field, &n, e))) {
		if (rc < 0 && rc != -EINVAL && rc != -ENODATA)
			return rc;
		(*torn)++;
		if (rc < 0 || n != columns)
			continue;
		if (f->schema && (field[0].len != 1 || *field[0].s != *f->schema))
			return not_ours(f, e);
		f->size = (off_t)csv_file_offset(csv);
		*torn = 0;
	}
	return 0;
}

/* Opens, locks, and cuts what a crash left of the last line. */
static int reopen_file(struct rounds *r, struct out_file *f, int *cut, struct err *e)
{
	struct csv_file *csv;
	int torn = 0, rc;

	f->fd = r->sys->open(f->path, O_WRONLY | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0);
	if (f->fd < 0) {
		atomic_fail(r->dir, f->path, "opening it", f->fd, e);
		if (f->fd == -ENOENT)
			err_hint(e, f->fd, "%s holds no run that can be resumed", r->dir);
		return f->fd;
	}
	rc = lock(r, f, e);
	if (!rc)
		rc = csv_file_open(f->path, &csv, e);
	if (rc)
		return rc;
	rc = find_end(f, csv, &torn, e);
	csv_file_close(csv);
	if (rc || !torn)
		return rc;
	*cut += torn;
	rc = r->sys->ftruncate(f->fd, f->size);
	return rc ? atomic_fail(r->dir, f->path, "cutting its torn last line", rc, e) : 0;
}

int rounds_resume(const char *dir, const struct sys *sys, struct rounds **out, int *cut, struct err *e)
{
	struct rounds *r = rounds_new(dir, sys, e);
	int rc;

	*out = NULL;
	*cut = 0;
	if (!r)
		return strlen(dir) > DIR_MAX ? -ENAMETOOLONG : -ENOMEM;
	rc = reopen_file(r, &r->rounds, cut, e);
	if (!rc)
		rc = reopen_file(r, &r->hist, cut, e);
	if (rc) {
		rounds_close(r);
		return rc;
	}
	*out = r;
	return 0;
}

int rounds_append(struct rounds *r, const struct row *row, struct err *e)
{
	char line[2 * ROW_TEXT + 4 * COL_COUNT]; /* every byte a doubled quote */
	int len = row_csv(row, line, sizeof(line));

	return len < 0 ? err_set(e, len, "%s: a row is too long", r->rounds.path)
		       : append(r, &r->rounds, line, (size_t)len, e);
}

int rounds_append_hist(struct rounds *r, int64_t seq, const char *point_id, int64_t round,
		       const struct hist *h, double ns_per_tick, struct err *e)
{
	CLEANUP_FREE char *text = malloc((size_t)HIST_LEN * HIST_LINE_MAX);
	size_t n = 0;

	if (!text)
		return err_set(e, -ENOMEM, "%s: no memory for a histogram", r->hist.path);
	for (unsigned int i = 0; i < HIST_LEN; i++) {
		if (h->bucket[i])
			n += (size_t)snprintf(text + n, HIST_LINE_MAX,
					      "%" PRId64 ",%.40s,%" PRId64 ",%.9g,%.9g,%u\n", seq, point_id,
					      round, (double)hist_low(i) * ns_per_tick,
					      (double)hist_width(i) * ns_per_tick, h->bucket[i]);
	}
	return append(r, &r->hist, text, n, e);
}

int rounds_sync(struct rounds *r, struct err *e)
{
	int rc = r->sys->fdatasync(r->rounds.fd);

	if (rc)
		return atomic_fail(r->dir, r->rounds.path, "fdatasync", rc, e);
	rc = r->sys->fdatasync(r->hist.fd);
	return rc ? atomic_fail(r->dir, r->hist.path, "fdatasync", rc, e) : 0;
}
