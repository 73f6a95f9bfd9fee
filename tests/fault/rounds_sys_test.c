// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Every system call of the results writer fails once, in every way it can: the error names the path,
 * rows before it are intact, and the next append works.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>

#include "base/cleanup.h"
#include "base/err.h"
#include "result/rounds.h"
#include "unit/tempdir.h"

/* Which call fails, how, and after how many bytes. Calls are counted from 1; 0 = none. */
static struct {
	int write_at, open_at, sync_at, cut_at;
	int writes, opens, syncs, cuts;
	size_t part;
	int code;
} script;

static int script_open(const char *path, int flags, mode_t mode)
{
	return ++script.opens == script.open_at ? -EACCES : sys_real.open(path, flags, mode);
}

/* A write cut short, then the reason, as a filling disk answers. */
static ssize_t script_write(int fd, const void *buf, size_t len)
{
	script.writes++;
	if (script.writes == script.write_at && script.part)
		return sys_real.write(fd, buf, script.part);
	if (script.writes == script.write_at + (script.part ? 1 : 0) && script.write_at)
		return script.code;
	return sys_real.write(fd, buf, len);
}

static int script_sync(int fd)
{
	return ++script.syncs == script.sync_at ? -EIO : sys_real.fdatasync(fd);
}

static int script_cut(int fd, off_t length)
{
	return ++script.cuts == script.cut_at ? -EIO : sys_real.ftruncate(fd, length);
}

static struct sys scripted(void)
{
	struct sys s = sys_real;

	memset(&script, 0, sizeof(script));
	s.open = script_open;
	s.write = script_write;
	s.fdatasync = script_sync;
	s.ftruncate = script_cut;
	return s;
}

static int count_row(const struct row *row, void *arg)
{
	(void)row;
	(*(int *)arg)++;
	return 0;
}

static void check_rows(const char *dir, int want, uint64_t want_ignored)
{
	uint64_t ignored;
	int n = 0;

	assert_int_equal(rounds_each(dir, count_row, &n, &ignored, NULL), 0);
	assert_int_equal(n, want);
	assert_int_equal(ignored, want_ignored);
}

/* Rows 1 and 2 succeed, 3 fails after @part bytes, 4 succeeds. */
static void fail_third(size_t part, int code, int expect)
{
	const struct sys sys = scripted();
	char dir[TEMP_PATH];
	struct rounds *r;
	struct row row;
	struct err e;

	assert_int_equal(rounds_create(temp_make(dir), &sys, &r, &e), 0);
	row_start(&row, "p1", 1, "bw", "ok");
	assert_int_equal(rounds_append(r, &row, &e), 0);
	assert_int_equal(rounds_append(r, &row, &e), 0);
	script.write_at = script.writes + 1;
	script.part = part;
	script.code = code;
	assert_int_equal(rounds_append(r, &row, &e), expect);
	assert_non_null(strstr(e.text, "/rounds.csv: appending"));
	assert_non_null(strstr(e.text, err_name(expect)));
	assert_non_null(strstr(e.text, "all rows so far are intact"));
	check_rows(dir, 2, 0);
	assert_int_equal(rounds_append(r, &row, &e), 0);
	check_rows(dir, 3, 0);
	rounds_close(r);
	temp_remove(dir);
}

static void row_fails(void **state)
{
	static const size_t parts[] = {0, 1, 20, 50};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(parts); i++) {
		fail_third(parts[i], -ENOSPC, -ENOSPC);
		fail_third(parts[i], -EFBIG, -EFBIG);
		fail_third(parts[i], 0, -EIO); /* no progress is an error, not a loop */
	}
}

/* An interrupted write is taken up again. */
static void row_interrupted(void **state)
{
	const struct sys sys = scripted();
	char dir[TEMP_PATH];
	struct rounds *r;
	struct row row;

	(void)state;
	assert_int_equal(rounds_create(temp_make(dir), &sys, &r, NULL), 0);
	row_start(&row, "p1", 1, "bw", "ok");
	script.write_at = script.writes + 1;
	script.part = 10;
	script.code = -EINTR;
	assert_int_equal(rounds_append(r, &row, NULL), 0);
	check_rows(dir, 1, 0);
	rounds_close(r);
	temp_remove(dir);
}

/* A half histogram is taken away whole. */
static void histogram_fails(void **state)
{
	const struct sys sys = scripted();
	CLEANUP_FREE struct hist *h = malloc(sizeof(*h));
	CLEANUP_FREE char *text = NULL;
	char dir[TEMP_PATH];
	struct rounds *r;
	struct err e;

	(void)state;
	hist_clear(h);
	for (uint64_t v = 0; v < 1000; v++)
		hist_record(h, v);
	assert_int_equal(rounds_create(temp_make(dir), &sys, &r, NULL), 0);
	script.write_at = script.writes + 1;
	script.part = 777;
	script.code = -ENOSPC;
	assert_int_equal(rounds_append_hist(r, 1, "p1", 1, h, 1, &e), -ENOSPC);
	assert_non_null(strstr(e.text, "/hist.csv"));
	assert_non_null(strstr(e.hint, "--resume"));
	text = temp_read(dir, "hist.csv");
	assert_string_equal(text, HIST_CSV_HEADER "\n");
	rounds_close(r);
	temp_remove(dir);
}

/* When even cutting fails, the torn line is ignored by readers and cut by resume. */
static void cut_fails(void **state)
{
	const struct sys sys = scripted();
	char dir[TEMP_PATH];
	struct rounds *r;
	struct row row;
	struct err e;
	int cut;

	(void)state;
	assert_int_equal(rounds_create(temp_make(dir), &sys, &r, NULL), 0);
	row_start(&row, "p1", 1, "bw", "ok");
	assert_int_equal(rounds_append(r, &row, NULL), 0);
	script.write_at = script.writes + 1;
	script.part = 10;
	script.code = -ENOSPC;
	script.cut_at = 1;
	assert_int_equal(rounds_append(r, &row, &e), -ENOSPC);
	assert_non_null(strstr(e.text, "--resume will do it"));
	rounds_close(r);
	check_rows(dir, 1, 1);
	script.cut_at = script.cuts + 1;
	assert_int_equal(rounds_resume(dir, &sys, &r, &cut, &e), -EIO);
	assert_null(r);
	assert_int_equal(rounds_resume(dir, &sys, &r, &cut, &e), 0);
	assert_int_equal(cut, 1);
	rounds_close(r);
	check_rows(dir, 1, 0);
	temp_remove(dir);
}

/* A failing creation leaves nothing that a later one would stumble over. */
static void create_fails(void **state)
{
	(void)state;
	for (int step = 0; step < 6; step++) {
		struct sys sys = scripted();
		char dir[TEMP_PATH], run[TEMP_PATH + 8];
		struct rounds *r;
		struct err e;

		snprintf(run, sizeof(run), "%s/run", temp_make(dir));
		script.open_at = step < 2 ? step + 1 : 0;
		script.write_at = step >= 2 && step < 4 ? step - 1 : 0;
		script.sync_at = step >= 4 ? step - 3 : 0;
		script.code = -ENOSPC;
		assert_true(rounds_create(run, &sys, &r, &e) < 0);
		assert_null(r);
		assert_non_null(strstr(e.text, run));
		assert_int_equal(access(run, F_OK), -1);
		assert_int_equal(rounds_create(run, &sys_real, &r, &e), 0);
		rounds_close(r);
		temp_remove(dir);
	}
}

static void sync_fails(void **state)
{
	(void)state;
	for (int which = 1; which <= 2; which++) {
		const struct sys sys = scripted();
		char dir[TEMP_PATH];
		struct rounds *r;
		struct err e;

		assert_int_equal(rounds_create(temp_make(dir), &sys, &r, NULL), 0);
		script.sync_at = script.syncs + which;
		assert_int_equal(rounds_sync(r, &e), -EIO);
		assert_non_null(strstr(e.text, which == 1 ? "/rounds.csv" : "/hist.csv"));
		rounds_close(r);
		temp_remove(dir);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(row_fails),	   cmocka_unit_test(row_interrupted),
		cmocka_unit_test(histogram_fails), cmocka_unit_test(cut_fails),
		cmocka_unit_test(create_fails),	   cmocka_unit_test(sync_fails),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
