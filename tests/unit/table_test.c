// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The table against tests/golden/table*.txt. P2P_GOLDEN_UPDATE=1 in the environment writes the files
 * anew, to be read as a diff.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <math.h>

#include "base/cleanup.h"
#include "base/err.h"
#include "report/table.h"
#include "result/rounds.h"
#include "unit/tempdir.h"

static void start(struct row *row, const char *id, int64_t round, const char *measure, const char *op,
		  int64_t size)
{
	row_start(row, id, round, measure, "ok");
	row_text(row, COL_KEY + AX_OP, op);
	row_text(row, COL_KEY + AX_NIC, "soft0");
	row_text(row, COL_KEY + AX_SOURCE, "host");
	row_text(row, COL_KEY + AX_INTERCONNECT, "main");
	row_text(row, COL_INTERCONNECT_USED, "main");
	row_text(row, COL_KEY + AX_TPH, "none");
	row_int(row, COL_KEY + AX_SIZE, size);
	row_int(row, COL_KEY + AX_QD, 64);
	row_text(row, COL_EVIDENCE, "software");
	row_text(row, COL_TPH_EVIDENCE, "none");
}

static void add_bw(struct rounds *r, int64_t round, int64_t size, const char *target, double bw)
{
	struct row row;
	char id[32];

	snprintf(id, sizeof(id), "p%lld%s", (long long)size, target);
	start(&row, id, round, "bw", "write", size);
	row_text(&row, COL_KEY + AX_TARGET, target);
	row_num(&row, COL_BW_GBYTE_S, bw);
	row_num(&row, COL_MSG_MOPS, bw * 1e3 / (double)size);
	row_num(&row, COL_LIMIT_GBYTE_S, 20);
	if (size == 1 << 20)
		row_text(&row, COL_FLAGS, "coarse");
	assert_int_equal(rounds_append(r, &row, NULL), 0);
}

static void add_lat(struct rounds *r, int64_t round, const char *op, double p50)
{
	struct row row;

	start(&row, op, round, "lat", op, 8);
	row_text(&row, COL_KEY + AX_TARGET, "host");
	row_num(&row, COL_LAT_P50_US, p50);
	row_num(&row, COL_LAT_P99_US, p50 * 1.5);
	row_num(&row, COL_LAT_MAX_US, p50 * 20);
	assert_int_equal(rounds_append(r, &row, NULL), 0);
}

static void add_skipped(struct rounds *r)
{
	struct row row;

	start(&row, "pskip", 1, "bw", "read", 64);
	row_text(&row, COL_STATUS, "skipped");
	row_text(&row, COL_KEY + AX_TARGET, "accel");
	row_text(&row, COL_REASON, "accel: no dma-buf export in this kernel");
	assert_int_equal(rounds_append(r, &row, NULL), 0);
}

static void load(struct summary *s)
{
	char dir[TEMP_PATH];
	struct rounds *r;

	assert_int_equal(rounds_create(temp_make(dir), &sys_real, &r, NULL), 0);
	for (int64_t i = 1; i <= 12; i++) {
		double wobble = 1 + 0.002 * (double)(i * 5 % 7 - 3);

		add_bw(r, i, 64, "host", 1.2345 * wobble);
		add_bw(r, i, 64, "memfd0", 0.98765 * wobble);
		add_bw(r, i, 4096, "host", 12.345 * wobble);
		add_bw(r, i, 1 << 20, "host", 9.87 * (1 + 10 * (wobble - 1)));
		add_lat(r, i, "read", 1.5 * wobble);
		add_lat(r, i, "write_cqe", 0.75 * wobble);
	}
	add_skipped(r);
	rounds_close(r);
	temp_append(dir, "rounds.csv", "torn");
	assert_int_equal(summary_load(dir, s, NULL), 0);
	temp_remove(dir);
}

/* A cell of three and its control; the tag is worth 2 %. */
static void add_cell(struct rounds *r, int64_t round, double wobble)
{
	static const struct {
		const char *id, *tph, *variant;
		int64_t st;
		double better;
	} member[] = {{"ptag", "exporter", "", 16, 1.02},
		      {"pplain", "none", "", 0, 1},
		      {"pcontrol", "none", "off2", 0, 1.0005},
		      {"pskew", "exporter", "", 17, 1}};

	for (size_t i = 0; i < ARRAY_LEN(member); i++) {
		double bw = 12 * wobble * member[i].better * (i == 2 && round % 2 ? 0.999 : 1);
		struct row row;

		start(&row, member[i].id, round, "bw", "write", 4096);
		row_text(&row, COL_CELL_ID, "pcell");
		row_text(&row, COL_KEY + AX_TARGET, "accel");
		row_text(&row, COL_KEY + AX_TPH, member[i].tph);
		row_text(&row, COL_KEY + AX_VARIANT, member[i].variant);
		if (member[i].st)
			row_int(&row, COL_KEY + AX_ST, member[i].st);
		row_num(&row, COL_BW_GBYTE_S, bw);
		row_num(&row, COL_MSG_MOPS, bw / 4.096);
		row_num(&row, COL_DRAIN_US, 0.75);
		assert_int_equal(rounds_append(r, &row, NULL), 0);
	}
}

static void add_kinds(struct rounds *r, int64_t round, double wobble)
{
	struct row row;

	start(&row, "prate", round, "rate", "read", 8);
	row_num(&row, COL_MSG_MOPS, 25 * (1 + 5 * (wobble - 1)));
	assert_int_equal(rounds_append(r, &row, NULL), 0);
	start(&row, "preg", round, "reg", "", 1 << 20);
	row_num(&row, COL_LAT_P50_US, 80 * wobble);
	row_num(&row, COL_LAT_P99_US, 120 * wobble);
	row_num(&row, COL_DEREG_US, 30 * wobble);
	assert_int_equal(rounds_append(r, &row, NULL), 0);
	start(&row, "pping", round, "lat", "pingpong", 64);
	row_num(&row, COL_LAT_P50_US, 4 * wobble);
	row_num(&row, COL_CONSUME_P50_US, 0.125);
	assert_int_equal(rounds_append(r, &row, NULL), 0);
	start(&row, "popen", round, "lat", "write_fence", 64);
	row_text(&row, COL_STATUS, "overload");
	row_text(&row, COL_REASON, "91 % of the rate was reached");
	row_int(&row, COL_KEY + AX_RATE, 1000000);
	row_num(&row, COL_LAT_P50_US, 900 * wobble);
	row_num(&row, COL_SEND_LAG_P99_US, 850);
	row_num(&row, COL_LATE_PCT, 99.5);
	assert_int_equal(rounds_append(r, &row, NULL), 0);
}

static void load_kinds(struct summary *s)
{
	char dir[TEMP_PATH];
	struct rounds *r;

	assert_int_equal(rounds_create(temp_make(dir), &sys_real, &r, NULL), 0);
	for (int64_t i = 1; i <= 12; i++) {
		double wobble = 1 + 0.002 * (double)(i * 5 % 7 - 3);

		add_cell(r, i, wobble);
		add_kinds(r, i, wobble);
	}
	rounds_close(r);
	assert_int_equal(summary_load(dir, s, NULL), 0);
	temp_remove(dir);
}

/* Prints what @load gives against @golden. */
static void check(void (*load_points)(struct summary *s), const char *golden, int width)
{
	CLEANUP_FREE char *text = NULL, *expect = NULL;
	struct summary s;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	load_points(&s);
	table_print(&s, width, out);
	fclose(out);
	summary_free(&s);
	if (getenv("P2P_GOLDEN_UPDATE"))
		temp_write(GOLDEN_DIR, golden, text, len);
	expect = temp_read(GOLDEN_DIR, golden);
	assert_non_null(expect);
	assert_string_equal(text, expect);
	for (size_t i = 0; i < len; i++)
		assert_true(text[i] == '\n' || (text[i] >= ' ' && text[i] <= '~'));
}

static void wide(void **state)
{
	(void)state;
	check(load, "table.txt", 0);
}

static void narrow(void **state)
{
	(void)state;
	check(load, "table_narrow.txt", 50);
}

static void kinds(void **state)
{
	(void)state;
	check(load_kinds, "table_kinds.txt", 80);
}

static void empty(void **state)
{
	CLEANUP_FREE char *text = NULL;
	const struct summary s = {.point = NULL};
	size_t len;
	FILE *out = open_memstream(&text, &len);

	(void)state;
	table_print(&s, 80, out);
	fclose(out);
	assert_string_equal(text, "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(wide),
		cmocka_unit_test(narrow),
		cmocka_unit_test(kinds),
		cmocka_unit_test(empty),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
