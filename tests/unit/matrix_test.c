// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* One figure over two axes, and the Markdown table. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/cleanup.h"
#include "base/err.h"
#include "report/matrix.h"
#include "report/table.h"
#include "result/rounds.h"
#include "unit/tempdir.h"

/* Three sizes on two memories for one op, one size for another; a latency. */
static void load(struct summary *s)
{
	static const struct {
		const char *id, *measure, *op, *target;
		int64_t size;
		double value;
	} point[] = {{"p1", "bw", "write", "host", 64, 1.5},   {"p2", "bw", "write", "host", 4096, 10},
		     {"p3", "bw", "write", "acc|x", 64, 1.25}, {"p4", "bw", "write", "acc|x", 1 << 20, 12},
		     {"p5", "bw", "read", "host", 64, 1},      {"p6", "lat", "read", "host", 64, 2.5}};
	char dir[TEMP_PATH];
	struct rounds *r;

	assert_int_equal(rounds_create(temp_make(dir), &sys_real, &r, NULL), 0);
	for (size_t k = 0; k < ARRAY_LEN(point); k++) {
		for (int64_t i = 1; i <= 6; i++) {
			struct row row;

			row_start(&row, point[k].id, i, point[k].measure, "ok");
			row_text(&row, COL_KEY + AX_OP, point[k].op);
			row_text(&row, COL_KEY + AX_TARGET, point[k].target);
			row_int(&row, COL_KEY + AX_SIZE, point[k].size);
			row_text(&row, COL_EVIDENCE, "software");
			row_num(&row, COL_LIMIT_GBYTE_S, 20);
			row_text(&row, COL_LIMIT_SOURCE, "assumed");
			row_num(&row, !strcmp(point[k].measure, "bw") ? COL_BW_GBYTE_S : COL_LAT_P50_US,
				point[k].value);
			assert_int_equal(rounds_append(r, &row, NULL), 0);
		}
	}
	rounds_close(r);
	assert_int_equal(summary_load(dir, s, NULL), 0);
	temp_remove(dir);
}

static char *shown(const struct summary *s, const char *axes, const char *value)
{
	struct matrix m;
	struct err e = {0};
	char *text = NULL;
	size_t len;
	FILE *f = open_memstream(&text, &len);

	if (matrix_read(axes, value, s, &m, &e))
		fail_msg("%s", e.text);
	assert_int_equal(matrix_print(&m, s, f), 0);
	fclose(f);
	return text;
}

static void two_axes(void **state)
{
	struct summary s;
	char *text;

	(void)state;
	load(&s);
	text = shown(&s, "size,target", "bw_gbyte_s");
	assert_string_equal(text, "bw_gbyte_s: size down, target across; measure bw, op read\n"
				  "  size   host\n"
				  "  64    1.000\n"
				  "\n"
				  "bw_gbyte_s: size down, target across; measure bw, op write\n"
				  "  size  acc|x   host\n"
				  "  64    1.250  1.500\n"
				  "  4K           10.00\n"
				  "  1M    12.00       \n"
				  "\n");
	free(text);
	/* Without a value: what the first point measures; a latency finds no place among bandwidths. */
	text = shown(&s, "op,size", NULL);
	assert_non_null(strstr(text, "bw_gbyte_s: op down, size across"));
	assert_null(strstr(text, "2.500"));
	free(text);
	text = shown(&s, "op,size", "lat_p50_us");
	assert_string_equal(text, "lat_p50_us: op down, size across; measure lat, target host\n"
				  "  op       64\n"
				  "  read  2.500\n"
				  "\n");
	free(text);
	text = shown(&s, "size,target", "pct_limit");
	assert_non_null(strstr(text, "60.00"));
	free(text);
	summary_free(&s);
}

static void refused(void **state)
{
	static const char *const axes[] = {"size",	"size,",      ",size",
					   "size,size", "size,depth", "size,target,op"};
	struct summary s, none = {.n = 0};
	struct matrix m;
	struct err e = {0};

	(void)state;
	load(&s);
	for (size_t i = 0; i < ARRAY_LEN(axes); i++)
		assert_int_equal(matrix_read(axes[i], NULL, &s, &m, &e), -EINVAL);
	assert_int_equal(matrix_read("size,op", "status", &s, &m, &e), -EINVAL);
	assert_int_equal(matrix_read("size,op", "gbit", &s, &m, &e), -EINVAL);
	assert_int_equal(matrix_read("size,op", NULL, &none, &m, &e), -EINVAL);
	summary_free(&s);
}

static void markdown(void **state)
{
	struct summary s;
	char *text = NULL;
	size_t len;
	FILE *f = open_memstream(&text, &len);

	(void)state;
	load(&s);
	table_markdown(&s, f);
	fclose(f);
	assert_non_null(strstr(text, "SOFTWARE"));
	assert_non_null(strstr(text, "\n| write | acc\\|x | 1M | 12.00 |"));
	assert_non_null(strstr(text, "| ~60.0 |")); /* the limit is assumed */
	assert_non_null(strstr(text, "p50 us"));
	free(text);
	summary_free(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(two_axes),
		cmocka_unit_test(refused),
		cmocka_unit_test(markdown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
