// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The results directory: names, creation, appending, resuming after a torn line, locking, reading back. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <sys/stat.h>

#include "base/cleanup.h"
#include "base/err.h"
#include "result/rounds.h"
#include "unit/tempdir.h"

static void dir_names(void **state)
{
	char out[64];
	struct err e;

	(void)state;
	assert_int_equal(rounds_dir_name("results/{name}-{time}", "p2p", 1767225600, out, sizeof(out), &e),
			 0);
	assert_string_equal(out, "results/p2p-20260101T000000Z");
	assert_int_equal(rounds_dir_name("plain", "p2p", 0, out, sizeof(out), &e), 0);
	assert_string_equal(out, "plain");
	assert_int_equal(rounds_dir_name("a/{host}/b", "p2p", 0, out, sizeof(out), &e), -EINVAL);
	assert_string_equal(e.text, "output.dir 'a/{host}/b': '{host}' is not {name} or {time}");
	assert_int_equal(rounds_dir_name("a{name", "p2p", 0, out, sizeof(out), &e), -EINVAL);
	assert_int_equal(rounds_dir_name("", "p2p", 0, out, sizeof(out), &e), -EINVAL);
	assert_int_equal(rounds_dir_name("{name}{name}", "0123456789012345678901234567890123456789", 0, out,
					 sizeof(out), &e),
			 -EINVAL);
}

static int count_row(const struct row *row, void *arg)
{
	(*(int *)arg)++;
	return strcmp(row_get(row, COL_POINT_ID), "p1") ? -EDOM : 0;
}

static int rows_in(const char *dir, uint64_t *ignored)
{
	int n = 0;

	assert_int_equal(rounds_each(dir, count_row, &n, ignored, NULL), 0);
	return n;
}

static struct rounds *create(const char *dir, int rows)
{
	struct rounds *r;
	struct row row;

	assert_int_equal(rounds_create(dir, &sys_real, &r, NULL), 0);
	row_start(&row, "p1", 1, "bw", "ok");
	for (int i = 0; i < rows; i++)
		assert_int_equal(rounds_append(r, &row, NULL), 0);
	return r;
}

static void create_append_read(void **state)
{
	char dir[TEMP_PATH], below[TEMP_PATH + 8];
	struct rounds *r;
	uint64_t ignored;
	struct err e;

	(void)state;
	snprintf(below, sizeof(below), "%s/a/b", temp_make(dir));
	r = create(below, 3);
	assert_int_equal(rounds_sync(r, &e), 0);
	assert_int_equal(rows_in(below, &ignored), 3);
	assert_int_equal(ignored, 0);
	rounds_close(r);
	assert_int_equal(rounds_create(below, &sys_real, &r, &e), -EEXIST);
	assert_null(r);
	assert_non_null(strstr(e.hint, "--resume"));
	temp_remove(dir);
}

static void histogram(void **state)
{
	CLEANUP_FREE struct hist *h = malloc(sizeof(*h));
	CLEANUP_FREE char *text = NULL;
	char dir[TEMP_PATH];
	struct rounds *r;

	(void)state;
	r = create(temp_make(dir), 0);
	hist_clear(h);
	hist_record(h, 5);
	hist_record(h, 300);
	hist_record(h, 301);
	assert_int_equal(rounds_append_hist(r, 9, "p1", 2, h, 0.5, NULL), 0);
	rounds_close(r);
	text = temp_read(dir, "hist.csv");
	assert_string_equal(text, HIST_CSV_HEADER "\n9,p1,2,2.5,0.5,1\n9,p1,2,150,1,2\n");
	temp_remove(dir);
}

/* What a crash may leave behind the last whole row. */
static void torn_ends(void **state)
{
	static const char *const torn[] = {"1,r", "1,r,1,1\n", "\"", "1,2\n\n1,", "x"};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(torn); i++) {
		char dir[TEMP_PATH];
		struct rounds *r;
		uint64_t ignored;
		struct row row;
		int cut;

		rounds_close(create(temp_make(dir), 2));
		temp_append(dir, "rounds.csv", torn[i]);
		temp_append(dir, "hist.csv", "7,p1");
		assert_int_equal(rows_in(dir, &ignored), 2);
		assert_true(ignored > 0);
		assert_int_equal(rounds_resume(dir, &sys_real, &r, &cut, NULL), 0);
		assert_int_equal(cut, i == 3 ? 3 : 2);
		row_start(&row, "p1", 2, "bw", "ok");
		assert_int_equal(rounds_append(r, &row, NULL), 0);
		assert_int_equal(rows_in(dir, &ignored), 3);
		assert_int_equal(ignored, 0);
		rounds_close(r);
		temp_remove(dir);
	}
}

static void resume_refused(void **state)
{
	char dir[TEMP_PATH];
	struct rounds *r;
	struct err e;
	int cut;

	(void)state;
	temp_make(dir);
	assert_int_equal(rounds_resume(dir, &sys_real, &r, &cut, &e), -ENOENT);
	assert_non_null(strstr(e.hint, "no run"));
	temp_write(dir, "rounds.csv", "schema,x\n", 9);
	temp_write(dir, "hist.csv", HIST_CSV_HEADER "\n", strlen(HIST_CSV_HEADER) + 1);
	assert_int_equal(rounds_resume(dir, &sys_real, &r, &cut, &e), -EINVAL);
	assert_non_null(strstr(e.text, "schema 1"));
	temp_remove(dir);
}

static void other_schema(void **state)
{
	char dir[TEMP_PATH], line[2048];
	struct rounds *r;
	struct row row;
	struct err e;
	int cut, n = 0;

	(void)state;
	rounds_close(create(temp_make(dir), 0));
	row_start(&row, "p1", 1, "bw", "ok");
	row_int(&row, COL_SCHEMA, 2);
	line[row_csv(&row, line, sizeof(line))] = '\0';
	temp_append(dir, "rounds.csv", line);
	assert_int_equal(rounds_resume(dir, &sys_real, &r, &cut, &e), -EINVAL);
	assert_int_equal(rounds_each(dir, count_row, &n, NULL, &e), -EINVAL);
	assert_non_null(strstr(e.text, "rounds.csv:2: its rows are of schema 2"));
	temp_remove(dir);
}

static void one_writer(void **state)
{
	char dir[TEMP_PATH];
	struct rounds *r, *second;
	struct err e;
	int cut;

	(void)state;
	r = create(temp_make(dir), 1);
	assert_int_equal(rounds_resume(dir, &sys_real, &second, &cut, &e), -EWOULDBLOCK);
	assert_non_null(strstr(e.text, "another process"));
	rounds_close(r);
	assert_int_equal(rounds_resume(dir, &sys_real, &second, &cut, &e), 0);
	assert_int_equal(cut, 0);
	rounds_close(second);
	temp_remove(dir);
}

static void bad_headers(void **state)
{
	static const char *const text[] = {"", "schema", "a,b\n1,2\n", "schema,round,status\n"};
	int n = 0;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(text); i++) {
		char dir[TEMP_PATH];

		temp_write(temp_make(dir), "rounds.csv", text[i], strlen(text[i]));
		assert_int_equal(rounds_each(dir, count_row, &n, NULL, NULL), -EINVAL);
		temp_remove(dir);
	}
	assert_int_equal(rounds_each("/nonexistent", count_row, &n, NULL, NULL), -ENOENT);
	assert_int_equal(n, 0);
}

/* A spreadsheet's version of the file: BOM, CRLF, quotes, other order, one column more. */
static void edited_file(void **state)
{
	static const char text[] = "\xef\xbb\xbf"
				   "point_id,\"schema\",note,round,status\r\n"
				   "p1,1,\"a, b\",1,ok\r\n\r\np1,x,,1,ok\r\np1,1,,2,ok\r\n";
	char dir[TEMP_PATH];
	uint64_t ignored;

	(void)state;
	temp_write(temp_make(dir), "rounds.csv", text, sizeof(text) - 1);
	assert_int_equal(rows_in(dir, &ignored), 2);
	assert_int_equal(ignored, 1);
	temp_remove(dir);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(dir_names),	  cmocka_unit_test(create_append_read),
		cmocka_unit_test(histogram),	  cmocka_unit_test(torn_ends),
		cmocka_unit_test(resume_refused), cmocka_unit_test(other_schema),
		cmocka_unit_test(one_writer),	  cmocka_unit_test(bad_headers),
		cmocka_unit_test(edited_file),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
