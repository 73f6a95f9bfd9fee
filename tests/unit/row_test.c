// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Cells and lines of rounds.csv, the names of all columns, and that results/SCHEMA.md describes exactly them.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <math.h>

#include "base/cleanup.h"
#include "base/err.h"
#include "result/row.h"
#include "result/rowmap.h"
#include "result/summary.h"
#include "run/canary.h"
#include "unit/tempdir.h"

static void formats(void **state)
{
	struct row r;

	(void)state;
	row_clear(&r);
	assert_string_equal(row_get(&r, COL_OPS), "");
	row_int(&r, COL_OPS, INT64_MIN);
	row_num(&r, COL_BW_GBYTE_S, 1.0 / 3);
	row_num(&r, COL_MSG_MOPS, nan(""));
	row_num(&r, COL_DRAIN_US, HUGE_VAL);
	row_text(&r, COL_REASON, "first");
	row_text(&r, COL_REASON, "tab\there\nand\x7f \xc3\xa9 \xff");
	assert_string_equal(row_get(&r, COL_OPS), "-9223372036854775808");
	assert_string_equal(row_get(&r, COL_BW_GBYTE_S), "0.333333333");
	assert_string_equal(row_get(&r, COL_MSG_MOPS), "");
	assert_string_equal(row_get(&r, COL_DRAIN_US), "");
	assert_string_equal(row_get(&r, COL_REASON), "tab here and  \xc3\xa9 ?");
	assert_true(fabs(row_get_num(&r, COL_BW_GBYTE_S) - 1.0 / 3) < 1e-9);
	assert_true(isnan(row_get_num(&r, COL_REASON)));
	assert_true(isnan(row_get_num(&r, COL_MSG_MOPS)));
	row_text(&r, COL_REASON, "");
	assert_string_equal(row_get(&r, COL_REASON), "");
}

/* Long texts are cut between characters; a full row leaves later cells empty and stays whole. */
static void long_texts(void **state)
{
	char text[2000] = "x";
	struct row r;

	(void)state;
	for (size_t i = 1; i + 2 < sizeof(text); i += 2)
		memcpy(text + i, "\xc3\xa9", 3);
	row_clear(&r);
	row_text(&r, COL_REASON, text);
	assert_int_equal(strlen(row_get(&r, COL_REASON)), 511);
	for (int c = 0; c < COL_COUNT; c++)
		row_text(&r, (enum column)c, text);
	assert_int_equal(strlen(row_get(&r, COL_SCHEMA)), 511);
	assert_string_equal(row_get(&r, COL_ERR_TEXT), "");
	assert_true(r.used <= sizeof(r.text));
}

static void csv_line(void **state)
{
	char line[1024], expect[1024];
	struct row r;
	int n;

	(void)state;
	row_clear(&r);
	row_int(&r, COL_SCHEMA, 1);
	row_text(&r, COL_ERR_TEXT, "a, \"b\"");
	n = row_csv(&r, line, sizeof(line));
	snprintf(expect, sizeof(expect), "1%0*d\"a, \"\"b\"\"\"\n", COL_COUNT - 1, 0);
	for (char *p = expect + 1; *p == '0'; p++)
		*p = ',';
	assert_int_equal(n, strlen(expect));
	assert_memory_equal(line, expect, (size_t)n);
	for (int len = 0; len < n; len++)
		assert_int_equal(row_csv(&r, line, (size_t)len), -ENOSPC);
}

static void dup_and_copy(void **state)
{
	struct row r, other;
	struct row *copy;

	(void)state;
	row_start(&r, "p1", 3, "bw", "ok");
	copy = row_dup(&r);
	row_clear(&other);
	row_copy(&other, copy, COL_POINT_ID, COL_KEY + AX_MEASURE);
	free(copy);
	assert_string_equal(row_get(&other, COL_POINT_ID), "p1");
	assert_string_equal(row_get(&other, COL_KEY + AX_MEASURE), "bw");
	assert_string_equal(row_get(&other, COL_STATUS), "");
}

static void names(void **state)
{
	(void)state;
	for (int c = 0; c < COL_COUNT; c++) {
		const char *name = column_name((enum column)c);

		assert_non_null(name);
		assert_int_equal(column_find(name, strlen(name)), c);
		assert_int_equal(strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_"), strlen(name));
	}
	assert_string_equal(column_name(COL_KEY + AX_SIZE), "size_bytes");
	assert_int_equal(column_find("nosuch", 6), -1);
	assert_int_equal(column_find("opsx", 3), COL_OPS);
	for (int s = 0; s < ST_COUNT; s++)
		assert_non_null(status_name((enum status)s));
}

/* Splits "a,b,c" into fields. */
static size_t split(const char *text, struct csv_field *field)
{
	size_t n = 0;

	for (size_t len;; text += len + 1) {
		len = strcspn(text, ",");
		field[n++] = (struct csv_field){text, len};
		if (!text[len])
			return n;
	}
}

static void by_name(void **state)
{
	struct csv_field field[CSV_FIELDS_MAX];
	struct rowmap map;
	struct row r;
	struct err e;

	(void)state;
	assert_int_equal(rowmap_header(&map, field, split("status,new,round,point_id,schema", field), &e), 0);
	assert_int_equal(rowmap_row(&map, field, split("ok,?,7,p1,1", field), &r, &e), 0);
	assert_string_equal(row_get(&r, COL_POINT_ID), "p1");
	assert_string_equal(row_get(&r, COL_ROUND), "7");
	assert_string_equal(row_get(&r, COL_STATUS), "ok");
	assert_int_equal(rowmap_row(&map, field, split("ok,?,7,p1", field), &r, &e), -EPROTO);
	assert_int_equal(rowmap_row(&map, field, split("ok,?,x,p1,1", field), &r, &e), -EPROTO);
	assert_int_equal(rowmap_row(&map, field, split("ok,?,7,,1", field), &r, &e), -EPROTO);
	assert_int_equal(rowmap_row(&map, field, split("ok,?,7,p1,2", field), &r, &e), -EINVAL);
	assert_string_equal(e.text, "its rows are of schema 2, this program reads schema 1");
	assert_int_equal(rowmap_header(&map, field, split("status,round,point_id", field), &e), -EINVAL);
	assert_string_equal(e.text, "its header lacks the column 'schema'");
	assert_int_equal(rowmap_header(&map, field, split("schema,ops,ops,status,round,point_id", field), &e),
			 -EINVAL);
}

/* The page's lines "| `name` |" below heading "## FILE", in the order of the columns. */
static void check_page(const char *page, const char *heading, const char *(*name)(size_t i))
{
	const char *p = strstr(page, heading);
	const char *end = p ? strstr(p + 3, "\n## ") : NULL;
	size_t i = 0;

	assert_non_null(p);
	while ((p = strstr(p, "\n| `")) && (!end || p < end)) {
		const char *want = name(i++);
		size_t len = strcspn(p + 4, "`");

		if (!want || strlen(want) != len || memcmp(want, p + 4, len) != 0)
			fail_msg("%s line %zu names '%.*s', the program has '%s'", heading, i, (int)len,
				 p + 4, want ? want : "no more columns");
		p += 4 + len;
	}
	if (name(i))
		fail_msg("%s lacks '%s'", heading, name(i));
}

static const char *rounds_name(size_t i)
{
	return i < COL_COUNT ? column_name((enum column)i) : NULL;
}

/* Names of the page below @heading, as a header row. */
static void check_header(const char *page, const char *heading, const char *header)
{
	const char *p = strstr(page, heading);
	const char *end = p ? strstr(p + 3, "\n## ") : NULL;
	char names[512] = "";

	assert_non_null(p);
	while ((p = strstr(p, "\n| `")) && (!end || p < end)) {
		size_t used = strlen(names), len = strcspn(p + 4, "`");

		snprintf(names + used, sizeof(names) - used, "%s%.*s", used ? "," : "", (int)len, p + 4);
		p += 4 + len;
	}
	assert_string_equal(names, header);
}

static void schema_page(void **state)
{
	CLEANUP_FREE char *page = temp_read("", SCHEMA_MD);

	(void)state;
	assert_non_null(page);
	check_page(page, "\n## rounds.csv", rounds_name);
	check_header(page, "\n## hist.csv", HIST_CSV_HEADER);
	check_header(page, "\n## canary.csv", CANARY_CSV_HEADER);
	check_page(page, "\n## summary.csv", summary_column);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(formats),	cmocka_unit_test(long_texts), cmocka_unit_test(csv_line),
		cmocka_unit_test(dup_and_copy), cmocka_unit_test(names),      cmocka_unit_test(by_name),
		cmocka_unit_test(schema_page),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
