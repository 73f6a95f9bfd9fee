// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Reading runs for compare: what spreadsheets do to a file is survived, what is wrong is refused or counted.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <errno.h>
#include <cmocka.h>

#include "base/cleanup.h"
#include "base/err.h"
#include "result/run_points.h"
#include "unit/noise.h"
#include "unit/tempdir.h"

static const char header[] = "schema,run_id,round,point_id,measure,op,nic,bw_gbyte_s,lat_p50_us,status\n";

static int load(const char *text, size_t len, struct run_points *out, struct err *e)
{
	char dir[TEMP_PATH];
	int rc;

	temp_write(temp_make(dir), "rounds.csv", text, len);
	rc = run_points_load(dir, out, e);
	temp_remove(dir);
	return rc;
}

/* @rows below the header. */
static void read_rows(const char *rows, struct run_points *out)
{
	char text[4096];
	struct err e = {0};
	int len = snprintf(text, sizeof(text), "%s%s", header, rows);

	if (load(text, (size_t)len, out, &e))
		fail_msg("%s", e.text);
}

static void check_two(const struct run_points *r)
{
	const struct run_point *p = run_points_find(r, "pa");

	assert_int_equal(r->n, 2);
	assert_string_equal(r->run_id, "r1");
	assert_non_null(p);
	assert_int_equal(p->n, 2);
	near(p->value[0].v, 1.5, 0);
	near(p->value[1].v, 2.5, 0);
	assert_int_equal(p->value[1].round, 2);
	assert_int_equal(p->figure, FIGURE_BW);
	p = run_points_find(r, "pb");
	assert_int_equal(p->figure, FIGURE_LAT);
	near(p->value[0].v, 7, 0);
	assert_null(run_points_find(r, "pc"));
	assert_int_equal(run_ignored_sum(&r->ignored), 0);
}

/* The same table, as it comes back from other programs. */
static void spreadsheets(void **state)
{
	static const char *const text[] = {
		"schema,run_id,round,point_id,measure,bw_gbyte_s,lat_p50_us,status\n"
		"1,r1,0,pa,bw,9,,warmup\n1,r1,1,pa,bw,1.5,,ok\n1,r1,2,pa,bw,2.5,,ok\n1,r1,1,pb,lat,,7,ok\n",
		/* CRLF, BOM, everything quoted */
		"\xef\xbb\xbf\"schema\",\"run_id\",\"round\",\"point_id\",\"measure\",\"bw_gbyte_s\",\"lat_"
		"p50_us\","
		"\"status\"\r\n"
		"\"1\",\"r1\",\"1\",\"pa\",\"bw\",\"1.5\",\"\",\"ok\"\r\n"
		"\"1\",\"r1\",\"2\",\"pa\",\"bw\",\"2.5\",\"\",\"ok\"\r\n"
		"\"1\",\"r1\",\"1\",\"pb\",\"lat\",\"\",\"7\",\"ok\"\r\n",
		/* other order, a column of the user's own with commas and line ends in it, rows sorted anew
		 */
		"status,note,lat_p50_us,bw_gbyte_s,measure,point_id,round,run_id,schema\n"
		"ok,\"a, b\",7,,lat,pb,1,r1,1\nok,\"two\nlines "
		"\"\"\",,2.5,bw,pa,2,r1,1\nok,,,1.50,bw,pa,1,r1,1\n",
		/* another program's rows: only what it has, with its name */
		"schema,tool,run_id,round,point_id,measure,bw_gbyte_s,lat_p50_us,status\n"
		"1,perftest,r1,1,pa,bw,1.5,,ok\n1,perftest,r1,2,pa,bw,25e-1,,ok\n1,perftest,r1,1,pb,lat,,7,"
		"ok\n",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(text); i++) {
		struct run_points r;
		struct err e = {0};

		if (load(text[i], strlen(text[i]), &r, &e))
			fail_msg("%zu: %s", i, e.text);
		check_two(&r);
		run_points_free(&r);
	}
}

static void left_out_and_counted(void **state)
{
	static const struct {
		const char *rows;
		struct run_ignored want;
		size_t n;
	} row[] = {
		{"1,r,1,p,bw,,,nan,,ok\n1,r,2,p,bw,,,inf,,ok\n1,r,3,p,bw,,,-1,,ok\n1,r,4,p,bw,,,,,ok\n"
		 "1,r,5,p,bw,,,1e999,,ok\n1,r,6,p,bw,,,12x,,ok\n1,r,7,p,bw,,,3,,ok\n",
		 {.value = 6},
		 1},
		{"1,r,1,p,bw,,,\"1,5\",,ok\n1,r,2,p,bw,,,\"2,5\",,ok\n",
		 {.value = 2},
		 0}, /* decimal commas */
		{"1,r,1,p,bw,,,1,,ok\n1,r,1,p,bw,,,2,,ok\n1,r,2,p,bw,,,3,,ok\n1,r,1,p,bw,,,4,,ok\n",
		 {.twice = 2},
		 2},
		{"1,r,1,p,bw,write,,1,,ok\n1,r,2,p,bw,read,,2,,ok\n1,r,3,p,bw,write,,2,,ok\n", {.key = 1}, 2},
		{"1,r,1,p,volts,,,1,,ok\n1,r,1,p,,,,1,,ok\n", {.measure = 2}, 0},
		{"1,r,1,p,bw,,,1,,ok\n1,r,2,p,bw,,,1\n1,r,3,p,bw,,,1,,ok,9\n1,r,x,p,bw,,,1,,ok\n"
		 "1,r,99999999999,p,bw,,,1,,ok\n1,r,4,,bw,,,1,,ok\n",
		 {.malformed = 5},
		 1},
		{"1,r,1,p,bw,,,1,,ok\n1,r,2,p,bw,,,1,,o", {.malformed = 1}, 1}, /* torn last line */
		{"1,r,1,p,bw,,,1,,ok\n\"1,r,2,p,bw\n", {.malformed = 1}, 1},
		{"1,r,1,p,bw,,,1,,ok\n1,r,2,p,bw,,,1,,error\n1,r,3,p,bw,,,1,,void\n1,r,4,p,bw,,,1,,overload\n"
		 "1,r,0,p,bw,,,1,,ok\n1,r,5,p,bw,,,1,,warmup\n",
		 {.value = 0},
		 1},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(row); i++) {
		const struct run_point *p;
		struct run_points r;

		read_rows(row[i].rows, &r);
		if (memcmp(&r.ignored, &row[i].want, sizeof(r.ignored)) != 0)
			fail_msg("%zu: malformed %llu value %llu twice %llu key %llu measure %llu", i,
				 (unsigned long long)r.ignored.malformed, (unsigned long long)r.ignored.value,
				 (unsigned long long)r.ignored.twice, (unsigned long long)r.ignored.key,
				 (unsigned long long)r.ignored.measure);
		p = run_points_find(&r, "p");
		assert_int_equal(p ? p->n : 0, row[i].n);
		run_points_free(&r);
	}
}

/* Of two rows of a round the first of the file counts, wherever they stand; rounds come back in order. */
static void first_of_a_round(void **state)
{
	const struct run_point *p;
	struct run_points r;

	(void)state;
	read_rows("1,r,3,p,bw,,,30,,ok\n1,r,1,p,bw,,,10,,ok\n1,r,3,p,bw,,,31,,ok\n1,r,2,p,bw,,,20,,ok\n"
		  "1,r,1,p,bw,,,11,,ok\n",
		  &r);
	p = run_points_find(&r, "p");
	assert_int_equal(p->n, 3);
	for (int i = 0; i < 3; i++) {
		assert_int_equal(p->value[i].round, i + 1);
		near(p->value[i].v, 10 * (i + 1), 0);
	}
	run_points_free(&r);
}

static void refused(void **state)
{
	static const struct {
		const char *text, *says;
	} row[] = {
		{"", "no header"},
		{"schema,round,point_id\n1,1,p\n", "lacks the column 'status'"},
		{"schema;round;point_id;status\n1;1;p;ok\n", "lacks the column 'schema'"},
		{"schema,round,point_id,status,round\n", "'round' twice"},
		{"schema,round,point_id,status\n2,1,p,ok\n", "schema 2"},
		{"schema,round,point_id,measure,bw_gbyte_s,status\n1,1,p,bw,1,ok\n3,2,p,bw,1,ok\n",
		 "schema 3"},
		{"schema,round,point_id,status\n1;1;p;ok\n1;2;p;ok\n", "none of its 2 rows"},
	};
	struct run_points r;
	struct err e = {0};
	char binary[4096];

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(row); i++) {
		assert_int_equal(load(row[i].text, strlen(row[i].text), &r, &e), -EINVAL);
		if (!strstr(e.text, row[i].says))
			fail_msg("'%s' does not say '%s'", e.text, row[i].says);
		assert_null(r.point);
	}
	for (size_t i = 0; i < sizeof(binary); i++)
		binary[i] = (char)(i * 37);
	assert_int_equal(load(binary, sizeof(binary), &r, &e), -EINVAL);
	assert_int_equal(run_points_load("/nonexistent", &r, &e), -ENOENT);
	assert_non_null(strstr(e.hint, "not the directory of a run"));
}

/* A field of a megabyte is one malformed row, not memory. */
static void huge_field(void **state)
{
	size_t len = strlen(header), big = 1 << 20;
	char *text = malloc(2 * len + big + 256);
	struct run_points r;
	struct err e = {0};

	(void)state;
	assert_non_null(text);
	len = (size_t)snprintf(text, 256, "%s1,r,1,p,bw,,,1,,ok\n1,r,2,p,bw,", header);
	memset(text + len, 'x', big);
	len += big;
	len += (size_t)snprintf(text + len, 64, ",,1,,ok\n1,r,3,p,bw,,,2,,ok\n");
	assert_int_equal(load(text, len, &r, &e), 0);
	assert_int_equal(r.ignored.malformed, 1);
	assert_int_equal(run_points_find(&r, "p")->n, 2);
	run_points_free(&r);
	free(text);
}

static void many_points(void **state)
{
	struct run_points r = {.point = NULL};
	struct row row;
	char id[32];

	(void)state;
	for (int64_t i = 0; i < 30000; i++) {
		snprintf(id, sizeof(id), "p%lld", (long long)(i % 10000));
		row_start(&row, id, 1 + i / 10000, "bw", "ok");
		row_num(&row, COL_BW_GBYTE_S, (double)i);
		assert_int_equal(run_points_add(&r, &row), 0);
	}
	run_points_finish(&r);
	assert_int_equal(r.n, 10000);
	for (int64_t i = 0; i < 10000; i += 97) {
		snprintf(id, sizeof(id), "p%lld", (long long)i);
		assert_int_equal(run_points_find(&r, id)->n, 3);
		near(run_points_find(&r, id)->value[2].v, (double)(20000 + i), 0);
	}
	run_points_free(&r);
	assert_null(run_points_find(&r, "p1"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(spreadsheets),	    cmocka_unit_test(left_out_and_counted),
		cmocka_unit_test(first_of_a_round), cmocka_unit_test(refused),
		cmocka_unit_test(huge_field),	    cmocka_unit_test(many_points),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
