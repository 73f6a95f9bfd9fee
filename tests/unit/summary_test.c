// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* rounds.csv to points: what counts, what does not, and the figures of small cases done by hand. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <math.h>

#include "base/cleanup.h"
#include "base/err.h"
#include "result/rounds.h"
#include "result/summary.h"
#include "unit/tempdir.h"

static void near(double a, double b, double tolerance)
{
	if (!(fabs(a - b) <= tolerance))
		fail_msg("%.12g is not within %g of %.12g", a, tolerance, b);
}

static void add_bw(struct rounds *r, const char *point, int64_t round, const char *status, double bw)
{
	struct row row;

	row_start(&row, point, round, "bw", status);
	row_text(&row, COL_KEY + AX_OP, "write");
	row_int(&row, COL_KEY + AX_SIZE, 4096);
	row_text(&row, COL_EVIDENCE, "software");
	row_num(&row, COL_LIMIT_GBYTE_S, 20);
	row_num(&row, COL_BW_GBYTE_S, bw);
	row_num(&row, COL_MSG_MOPS, bw / 4);
	row_text(&row, COL_FLAGS, round == 3 ? "coarse;undrained" : round == 4 ? "coarse" : "");
	row_text(&row, COL_REASON, strcmp(status, "ok") != 0 ? "because" : "");
	assert_int_equal(rounds_append(r, &row, NULL), 0);
}

static void add_lat(struct rounds *r, const char *point, int64_t round, double p50)
{
	struct row row;

	row_start(&row, point, round, "lat", "ok");
	row_num(&row, COL_LAT_P50_US, p50);
	row_num(&row, COL_LAT_P99_US, 2 * p50);
	row_num(&row, COL_LAT_MAX_US, 100 * p50);
	assert_int_equal(rounds_append(r, &row, NULL), 0);
}

/* One bandwidth point of 12 rounds in 3 setups with rows that do not count, one latency point, one that
 * failed. */
static void make_run(char dir[TEMP_PATH])
{
	static const double bw[] = {10.00, 10.04, 9.97,	 10.01, 10.03, 9.99,
				    9.98,  10.02, 10.00, 10.05, 9.96,  10.01};
	struct rounds *r;

	assert_int_equal(rounds_create(temp_make(dir), &sys_real, &r, NULL), 0);
	add_bw(r, "pbw", 0, "warmup", 1);
	add_bw(r, "pbad", 0, "warmup", 1);
	for (int64_t i = 1; i <= 12; i++) {
		add_bw(r, "pbw", i, "ok", bw[i - 1]);
		if (i <= 3)
			add_bw(r, "pbad", i, i < 3 ? "error" : "skipped", nan(""));
		if (i == 5)
			add_bw(r, "pbw", i, "void", 99);
		add_lat(r, "plat", i, i % 2 ? 1 : 3);
	}
	rounds_close(r);
}

static void bandwidth(const struct summary_point *p)
{
	assert_string_equal(row_get(p->key, COL_POINT_ID), "pbw");
	assert_string_equal(row_get(p->key, COL_KEY + AX_OP), "write");
	assert_string_equal(row_get(p->key, COL_EVIDENCE), "software");
	assert_string_equal(row_get(p->key, COL_BW_GBYTE_S), "");
	assert_int_equal(p->n, 12);
	assert_int_equal(p->bw.n, 12);
	assert_int_equal(p->n_void, 1);
	assert_int_equal(p->n_setups, 3);
	near(p->bw.median, 10.005, 1e-9);
	near(p->bw.lo, 9.98, 1e-9);
	near(p->bw.hi, 10.03, 1e-9);
	near(p->half_pct, 100 * 0.025 / 10.005, 1e-9);
	near(p->ci_conf, 0.9614, 1e-4);
	near(p->rate.median, 10.005 / 4, 1e-9);
	near(p->pct_limit, 50.025, 1e-9);
	assert_true(p->converged);
	assert_true(p->trend_p > 0.1);
	assert_true(isnan(p->p99.median) && isnan(p->max_us));
	assert_string_equal(p->flags, "coarse;undrained");
	assert_string_equal(p->status, "void"); /* one window, among good ones */
	assert_string_equal(p->reason, "because");
}

static void latency(const struct summary_point *p)
{
	assert_string_equal(row_get(p->key, COL_POINT_ID), "plat");
	near(p->p50.median, 2, 0);
	near(p->p99.median, 4, 0);
	near(p->max_us, 300, 0);
	near(p->half_pct, 50, 1e-9);
	assert_false(p->converged);
	assert_non_null(strstr(p->flags, "autocorr")); /* alternates */
	assert_true(summary_main(p) == &p->p50);
	assert_int_equal(p->bw.n, 0);
	assert_true(isnan(p->pct_limit));
}

static void failed(const struct summary_point *p)
{
	assert_string_equal(row_get(p->key, COL_POINT_ID), "pbad");
	assert_int_equal(p->n, 0);
	assert_int_equal(p->n_void, 2);
	assert_true(isnan(p->bw.median) && isnan(p->half_pct));
	assert_false(p->converged);
	assert_string_equal(p->status, "error"); /* the first of what went wrong */
	assert_string_equal(p->reason, "because");
}

static void by_hand(void **state)
{
	char dir[TEMP_PATH];
	struct summary s;

	(void)state;
	make_run(dir);
	assert_int_equal(summary_load(dir, &s, NULL), 0);
	assert_int_equal(s.n, 3);
	assert_int_equal(s.ignored, 0);
	failed(&s.point[0]);
	bandwidth(&s.point[1]);
	latency(&s.point[2]);
	summary_free(&s);
	summary_free(&s);
	temp_remove(dir);
}

/* Cell of the line that starts with @point. */
static char *cell(const char *text, const char *point, const char *column)
{
	char *line = strstr(text, point), *start = line;

	for (size_t i = 0; strcmp(summary_column(i), column) != 0; i++)
		start = strchr(start, ',') + 1;
	return strndup(start, strcspn(start, ",\n"));
}

static void check_cell(const char *text, const char *point, const char *column, const char *expect)
{
	CLEANUP_FREE char *got = cell(text, point, column);

	assert_string_equal(got, expect);
}

/* Asked with its argument, for measured points only. */
static const char *why(void *arg, const char *point_id)
{
	assert_int_equal(strncmp(arg, "/tmp/", 5), 0);
	assert_string_not_equal(point_id, "pbad");
	return strcmp(point_id, "pbw") ? NULL : "precision";
}

static void written(void **state)
{
	CLEANUP_FREE char *text = NULL;
	char dir[TEMP_PATH];
	struct summary s;

	(void)state;
	make_run(dir);
	assert_int_equal(summary_load(dir, &s, NULL), 0);
	assert_int_equal(summary_write(dir, &s, why, dir, NULL), 0);
	assert_int_equal(summary_write(dir, &s, why, dir, NULL), 0);
	summary_free(&s);
	text = temp_read(dir, "summary.csv");
	assert_int_equal(strncmp(text, "point_id,cell_id,measure,op,", 28), 0);
	check_cell(text, "\npbw", "size_bytes", "4096");
	check_cell(text, "\npbw", "evidence", "software");
	check_cell(text, "\npbw", "n", "12");
	check_cell(text, "\npbw", "bw_median_gbyte_s", "10.005");
	check_cell(text, "\npbw", "bw_ci_hi_gbyte_s", "10.03");
	check_cell(text, "\npbw", "p50_median_us", "");
	check_cell(text, "\npbw", "converged", "1");
	check_cell(text, "\npbw", "stop_reason", "precision");
	check_cell(text, "\npbw", "pct_limit", "50.025");
	check_cell(text, "\npbw", "status", "void");
	check_cell(text, "\npbw", "msg_mops", "2.50125");
	check_cell(text, "\npbw", "rate_median_mops", ""); /* its main metric is another */
	check_cell(text, "\npbw", "cell_ratio", "");
	check_cell(text, "\npbw", "cell_n", "0");
	check_cell(text, "\nplat", "stop_reason", "");
	check_cell(text, "\nplat", "status", "ok");
	check_cell(text, "\nplat", "p50_median_us", "2");
	check_cell(text, "\nplat", "max_us", "300");
	check_cell(text, "\npbad", "bw_median_gbyte_s", "");
	check_cell(text, "\npbad", "stop_reason", "");
	check_cell(text, "\npbad", "reason", "because");
	assert_null(strstr(text, "nan"));
	temp_remove(dir);
}

/* Many points met in changing order all find their rows; n <= 5 has no interval. */
static void many_points(void **state)
{
	enum { POINTS = 1000, ROUNDS = 3 };
	char dir[TEMP_PATH], id[16];
	struct rounds *r;
	struct summary s;

	(void)state;
	assert_int_equal(rounds_create(temp_make(dir), &sys_real, &r, NULL), 0);
	for (int round = 1; round <= ROUNDS; round++) {
		for (int i = 0; i < POINTS; i++) {
			int point = round == 1 ? i : (i * 7 + round) % POINTS;

			snprintf(id, sizeof(id), "p%04d", point);
			add_bw(r, id, round, "ok", point + round);
		}
	}
	rounds_close(r);
	assert_int_equal(summary_load(dir, &s, NULL), 0);
	assert_int_equal(s.n, POINTS);
	for (int i = 0; i < POINTS; i++) {
		snprintf(id, sizeof(id), "p%04d", i);
		assert_string_equal(row_get(s.point[i].key, COL_POINT_ID), id);
		assert_int_equal(s.point[i].n, ROUNDS);
		near(s.point[i].bw.median, i + 2, 0);
		assert_true(isnan(s.point[i].half_pct) && isnan(s.point[i].ci_conf));
	}
	summary_free(&s);
	temp_remove(dir);
}

static void nothing_there(void **state)
{
	struct summary s;
	struct err e;

	(void)state;
	assert_int_equal(summary_load("/nonexistent", &s, &e), -ENOENT);
	assert_int_equal(s.n, 0);
	assert_int_equal(summary_write("/nonexistent", &s, NULL, NULL, &e), -ENOENT);
	assert_non_null(strstr(e.text, "/nonexistent/summary.csv"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(by_hand),
		cmocka_unit_test(written),
		cmocka_unit_test(many_points),
		cmocka_unit_test(nothing_there),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
