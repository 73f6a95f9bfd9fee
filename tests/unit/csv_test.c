// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The CSV reader on what it must take (spreadsheets, quotes) and must refuse, and on files larger than its
 * window. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>

#include "base/cleanup.h"
#include "base/err.h"
#include "result/csv.h"
#include "result/csv_file.h"
#include "unit/tempdir.h"

/* Records as "a|b|c\n", errors as "<ENAME>\n". */
static void dump(const char *text, size_t len, char *out, size_t room)
{
	static struct csv_field field[CSV_FIELDS_MAX];
	CLEANUP_FREE struct csv *c = malloc(sizeof(*c));
	size_t n, used = 0;
	struct err e;
	int rc;

	csv_open(c, text, len);
	out[0] = '\0';
	while ((rc = csv_next(c, field, &n, &e))) {
		for (size_t i = 0; rc == 1 && i < n; i++)
			used += (size_t)snprintf(out + used, room - used, "%s%.*s", i ? "|" : "",
						 (int)field[i].len, field[i].s);
		used += (size_t)snprintf(out + used, room - used, "%s\n", rc < 0 ? err_name(rc) : "");
		if (rc == -ENODATA)
			return;
	}
}

static void texts(void **state)
{
	static const struct {
		const char *text, *records;
	} row[] = {
		{"", ""},
		{"a,b\n1,2\n", "a|b\n1|2\n"},
		{"\xef\xbb\xbf"
		 "a,b\r\n1,\r\n",
		 "a|b\n1|\n"},
		{"\n\r\na\n\n", "a\n"},
		{"\"a,b\",\"c\"\"d\",\"\"\n", "a,b|c\"d|\n"},
		{"\"two\nlines\",x\r\n", "two\nlines|x\n"},
		{"\"x\"\r\ny\n", "x\ny\n"},
		{"a\"b,c\n", "a\"b|c\n"},
		{",,\n", "||\n"},
		{"a,b\n1,", "a|b\nENODATA\n"},
		{"a,\"open\n", "ENODATA\n"},
		{"a,\"x\"", "ENODATA\n"},
		{"a,\"x\"\r", "ENODATA\n"},
		{"\"x\"y,z\nok,1\n", "EINVAL\nok|1\n"},
		{"\"x\"y", "EINVAL\n"},
	};
	char out[256];

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(row); i++) {
		dump(row[i].text, strlen(row[i].text), out, sizeof(out));
		assert_string_equal(out, row[i].records);
	}
	dump("a\0b\nc\n", 6, out, sizeof(out));
	assert_string_equal(out, "EINVAL\nc\n");
	dump("\"a\0b\"\nc\n", 8, out, sizeof(out));
	assert_string_equal(out, "EINVAL\nc\n");
}

/* One row too large in some way between two good ones. */
static void check_limit(size_t len, char fill, const char *expect)
{
	CLEANUP_FREE char *text = malloc(len + 8);
	char out[64];

	memcpy(text, "a\n", 2);
	memset(text + 2, fill, len);
	memcpy(text + 2 + len, "\nb\n", 3);
	dump(text, len + 5, out, sizeof(out));
	assert_string_equal(out, expect);
}

static void limits(void **state)
{
	(void)state;
	check_limit(CSV_FIELDS_MAX, ',', "a\nEINVAL\nb\n");
	check_limit(CSV_FIELD_MAX + 1, 'x', "a\nEINVAL\nb\n");
	check_limit(CSV_RECORD_MAX, 'x', "a\nEINVAL\nb\n");
}

static void says_where(void **state)
{
	static struct csv_field field[CSV_FIELDS_MAX];
	CLEANUP_FREE struct csv *c = malloc(sizeof(*c));
	struct err e;
	size_t n;

	(void)state;
	csv_open(c, "a\n\"two\nlines\"\n\"x\"y\nb\n", 21);
	assert_int_equal(csv_next(c, field, &n, &e), 1);
	assert_int_equal(csv_next(c, field, &n, &e), 1);
	assert_int_equal(c->line, 3);
	assert_int_equal(csv_next(c, field, &n, &e), -EINVAL);
	assert_string_equal(e.text, "line 4: not a CSV record: there is text after a closing quote");
	assert_int_equal(csv_next(c, field, &n, &e), 1);
	assert_int_equal(c->line, 5);
}

static void cells(void **state)
{
	static const char *const row[][2] = {{"", ""},
					     {"plain", "plain"},
					     {"a,b", "\"a,b\""},
					     {"say \"x\"", "\"say \"\"x\"\"\""},
					     {"l\nm", "\"l\nm\""}};
	char buf[32];

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(row); i++) {
		int n = csv_cell(buf, sizeof(buf), row[i][0]);

		assert_int_equal(n, strlen(row[i][1]));
		assert_memory_equal(buf, row[i][1], (size_t)n);
		assert_true(n == 0 || csv_cell(buf, (size_t)n - 1, row[i][0]) == -ENOSPC);
	}
}

/* 5 MiB through a window of 1 MiB; a malformed line longer than the window; a torn end. */
static void large_file(void **state)
{
	static struct csv_field field[CSV_FIELDS_MAX];
	enum { ROWS = 100000, LINE = 52, BAD = 3 << 20 };
	CLEANUP_FREE char *text = malloc((size_t)ROWS * LINE + BAD + 64);
	char dir[TEMP_PATH], path[TEMP_PATH + 16];
	size_t len = 0, n, rows = 0, bad = 0, torn = 0;
	struct csv_file *f;
	int rc;

	(void)state;
	for (int i = 0; i < ROWS; i++) {
		len += (size_t)snprintf(text + len, LINE + 1, "%08d,\"quoted, %08d\",the rest of the line\n",
					i, i);
		if (i == ROWS / 2) {
			memset(text + len, 'x', BAD);
			len += BAD;
			text[len++] = '\n';
		}
	}
	memcpy(text + len, "torn,", 5);
	temp_write(temp_make(dir), "a.csv", text, len + 5);
	snprintf(path, sizeof(path), "%s/a.csv", dir);
	assert_int_equal(csv_file_open(path, &f, NULL), 0);
	while ((rc = csv_file_next(f, field, &n, NULL))) {
		bad += rc == -EINVAL;
		torn += rc == -ENODATA;
		if (rc != 1)
			continue;
		assert_int_equal(n, 3);
		assert_int_equal(strtoul(field[0].s, NULL, 10), rows);
		assert_int_equal(field[1].len, 16);
		rows++;
	}
	assert_int_equal(rows, ROWS);
	assert_int_equal(bad, 1);
	assert_int_equal(torn, 1);
	csv_file_close(f);
	temp_remove(dir);
}

static void missing_file(void **state)
{
	struct csv_file *f;
	struct err e;

	(void)state;
	assert_int_equal(csv_file_open("/nonexistent/a.csv", &f, &e), -ENOENT);
	assert_null(f);
	assert_string_equal(e.text, "/nonexistent/a.csv: opening it failed: ENOENT");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(texts), cmocka_unit_test(limits),     cmocka_unit_test(says_where),
		cmocka_unit_test(cells), cmocka_unit_test(large_file), cmocka_unit_test(missing_file),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
