// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * What a comparison looks like: the table at 80 columns against tests/golden/compare*.txt
 * (P2P_GOLDEN_UPDATE=1 in the environment writes them anew), the CSV read back, the JSON, the page that
 * describes the columns.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "report/compare_view.h"
#include "result/csv.h"
#include "result/runjson.h"
#include "unit/compare_rig.h"
#include "unit/noise.h"
#include "unit/tempdir.h"

static const char json_a[] =
	"{\"nics\": [{\"name\": \"nic0\", \"device\": \"mlx5_0\", \"fw\": \"28.39.1002\"}],"
	" \"noise_floor\": {\"mlx5_0\": {\"bw\": 0.004, \"lat\": 0.06}},"
	" \"env\": {\"cpu_model\": \"a cpu\", \"kernel\": \"6.1.0-18\"}}";
static const char json_b[] =
	"{\"nics\": [{\"name\": \"nic0\", \"device\": \"mlx5_0\", \"fw\": \"28.41.1000\"}],"
	" \"noise_floor\": {\"mlx5_0\": {\"bw\": 0.002, \"lat\": 0.06}},"
	" \"env\": {\"cpu_model\": \"a cpu\", \"kernel\": \"6.12.3\"}}";

/* Twelve rounds with a spread of about @spread. */
static void add(struct run_points *r, const char *id, const char *measure, const char *op, int64_t size,
		const char *route, double level, double spread, uint64_t seed)
{
	struct rng rng = {seed};
	struct row row;

	for (int64_t i = 1; i <= 12; i++) {
		rig_row(&row, id, i, measure, level * (1 + spread * normal(&rng)));
		row_text(&row, COL_RUN_ID, "r20260101T000000Z000000");
		row_text(&row, COL_KEY + AX_OP, op);
		row_text(&row, COL_KEY + AX_TARGET, "accel");
		row_text(&row, COL_KEY + AX_INTERCONNECT, "main");
		row_int(&row, COL_KEY + AX_SIZE, size);
		row_int(&row, COL_KEY + AX_QD, 64);
		row_text(&row, COL_EVIDENCE, "hardware");
		row_text(&row, COL_ROUTE, route);
		assert_int_equal(run_points_add(r, &row), 0);
	}
}

struct scene {
	struct rig_side a, b;
	struct compare c;
	struct compare_rule rule;
	struct compare_view v;
};

static void build(struct scene *s)
{
	struct run_points *a, *b;
	struct row row;

	memset(s, 0, sizeof(*s));
	s->rule = compare_rule_default();
	a = rig_run(&s->a, json_a);
	b = rig_run(&s->b, json_b);
	s->a.run[0].name = "results/base";
	s->b.run[0].name = "results/new";
	add(a, "p1", "bw", "write", 64, "switch", 5.5, 0.002, 1);
	add(b, "p1", "bw", "write", 64, "switch", 5.5, 0.002, 2);
	add(a, "p2", "bw", "write", 4096, "switch", 24.1, 0.003, 3);
	add(b, "p2", "bw", "write", 4096, "host_bridge", 12.9, 0.003, 4);
	add(a, "p3", "bw", "read", 4096, "switch", 20.1, 0.03, 5);
	add(b, "p3", "bw", "read", 4096, "switch", 20.2, 0.03, 6);
	add(a, "p4", "bw", "read", 1 << 20, "switch", 21.3, 0.001, 7);
	add(b, "p4", "bw", "read", 1 << 20, "switch", 22.4, 0.001, 8);
	add(a, "p5", "lat", "read", 8, "switch", 2.25, 0.004, 9);
	add(b, "p5", "lat", "read", 8, "switch", 2.51, 0.004, 10);
	add(a, "p6", "lat", "write_fence", 8, "switch", 2.9, 0.004, 11);
	add(b, "p7", "lat", "write_fence", 64, "switch", 3.1, 0.004, 12);
	rig_row(&row, "p1", 13, "bw", 1);
	row_text(&row, COL_BW_GBYTE_S, "5,5");
	row_text(&row, COL_KEY + AX_OP, "write");
	row_text(&row, COL_KEY + AX_TARGET, "accel");
	row_text(&row, COL_KEY + AX_INTERCONNECT, "main");
	row_int(&row, COL_KEY + AX_SIZE, 64);
	row_int(&row, COL_KEY + AX_QD, 64);
	assert_int_equal(run_points_add(b, &row), 0);
	s->c = rig_compare(&s->a, &s->b, &s->rule);
	s->v = (struct compare_view){
		.outcome = &s->c, .side = {s->a.side, s->b.side}, .rule = &s->rule, .width = 80, .most = 100};
}

static void drop(struct scene *s)
{
	compare_free(&s->c);
	rig_free(&s->a);
	rig_free(&s->b);
}

static void check_golden(const char *name, const char *text)
{
	CLEANUP_FREE char *want = NULL;

	if (getenv("P2P_GOLDEN_UPDATE"))
		temp_write(GOLDEN_DIR, name, text, strlen(text));
	want = temp_read(GOLDEN_DIR, name);
	assert_non_null(want);
	assert_string_equal(text, want);
}

static char *table_text(const struct compare_view *v)
{
	char *text = NULL;
	size_t len;
	FILE *f = open_memstream(&text, &len);

	assert_non_null(f);
	compare_table(v, f);
	fclose(f);
	return text;
}

static void longest_line(const char *text, size_t most)
{
	while (*text) {
		size_t len = strcspn(text, "\n");

		if (len > most)
			fail_msg("%zu columns: %.*s", len, (int)len, text);
		text += len + (text[len] == '\n');
	}
}

static void table(void **state)
{
	struct scene s;
	char *text;

	(void)state;
	build(&s);
	text = table_text(&s.v);
	longest_line(text, 80);
	check_golden("compare.txt", text);
	free(text);
	/* Few lines of many: the telling ones stay. */
	s.v.most = 2;
	text = table_text(&s.v);
	assert_non_null(strstr(text, "2 are shown"));
	assert_null(strstr(text, "  same\n"));
	free(text);
	drop(&s);
}

static void table_within(void **state)
{
	struct compare_rule rule = compare_rule_default();
	struct rig_side s = {.side = {NULL, 0}};
	struct run_points *r = rig_run(&s, NULL);
	struct compare c;
	struct compare_view v;
	struct row row;
	char *text;

	(void)state;
	for (int64_t i = 1; i <= 12; i++) {
		static const struct {
			const char *id, *tph, *variant;
			int64_t st;
			double gain;
		} member[] = {{"p0", "none", "", 0, 1},
			      {"p1", "none", "off2", 0, 1.0004},
			      {"p2", "exporter", "", 16, 1.031},
			      {"p3", "exporter", "", 32, 0.999}};

		for (size_t k = 0; k < ARRAY_LEN(member); k++) {
			rig_row(&row, member[k].id, i, "bw",
				12 * (1 - 0.01 * (double)i) * member[k].gain *
					(1 + 0.0005 * (double)(i * 7 % 5)));
			row_text(&row, COL_KEY + AX_OP, "write");
			row_text(&row, COL_KEY + AX_TPH, member[k].tph);
			row_text(&row, COL_KEY + AX_VARIANT, member[k].variant);
			if (member[k].st)
				row_int(&row, COL_KEY + AX_ST, member[k].st);
			assert_int_equal(run_points_add(r, &row), 0);
		}
	}
	run_points_finish(r);
	s.run[0].name = "results/tags";
	assert_int_equal(compare_within(&s.run[0], AX_TPH, NULL, &rule, &c, NULL), 0);
	v = (struct compare_view){.outcome = &c, .side = {s.side}, .rule = &rule, .width = 80, .most = 100};
	v.axis = compare_base(&c, AX_TPH, &v.base);
	text = table_text(&v);
	longest_line(text, 80);
	check_golden("compare_within.txt", text);
	free(text);
	compare_free(&c);
	rig_free(&s);
}

/* Every record has every column, quotes and all; a word and a number are where the header says. */
static void csv(void **state)
{
	static struct csv reader;
	struct csv_field field[CSV_FIELDS_MAX];
	size_t n, len, at_verdict = 0, at_ratio = 0, columns = 0, rows = 0, worse = 0;
	struct scene s;
	char *text = NULL;
	FILE *f;

	(void)state;
	build(&s);
	snprintf(s.c.point[0].why, sizeof(s.c.point[0].why), "a \"why\", with a comma");
	f = open_memstream(&text, &len);
	assert_non_null(f);
	compare_csv(&s.v, f);
	fclose(f);
	for (; compare_column(columns); columns++) {
		at_verdict = !strcmp(compare_column(columns), "verdict") ? columns : at_verdict;
		at_ratio = !strcmp(compare_column(columns), "ratio") ? columns : at_ratio;
	}
	csv_open(&reader, text, len);
	assert_int_equal(csv_next(&reader, field, &n, NULL), 1);
	assert_int_equal(n, columns);
	while (csv_next(&reader, field, &n, NULL) == 1) {
		char word[32];

		assert_int_equal(n, columns);
		snprintf(word, sizeof(word), "%.*s", (int)field[at_verdict].len, field[at_verdict].s);
		assert_string_equal(word, verdict_word(s.c.point[rows].verdict));
		worse += !strcmp(word, "worse");
		if (!isnan(s.c.point[rows].effect))
			near(strtod(field[at_ratio].s, NULL), exp(s.c.point[rows].effect), 1e-8);
		rows++;
	}
	assert_int_equal(rows, s.c.n);
	assert_int_equal(worse, 2);
	assert_null(strstr(text, "nan"));
	assert_null(strstr(text, "inf,"));
	free(text);
	drop(&s);
}

static void json(void **state)
{
	struct scene s;
	json_t *root, *p;
	size_t i;

	(void)state;
	build(&s);
	s.a.run[0].name = "bad \xff name";
	root = compare_json(&s.v);
	assert_non_null(root);
	assert_int_equal(json_array_size(json_object_get(root, "points")), s.c.n);
	assert_int_equal(json_integer_value(json_object_get(json_object_get(root, "verdicts"), "worse")), 2);
	assert_int_equal(json_array_size(json_object_get(root, "differs")), 2);
	assert_int_equal(json_array_size(json_object_get(root, "a")), 1);
	json_array_foreach(json_object_get(root, "points"), i, p)
	{
		assert_true(json_is_string(json_object_get(p, "verdict")));
		assert_true(json_is_integer(json_object_get(p, "size_bytes")));
		assert_true(json_is_integer(json_object_get(p, "n_a")));
	}
	json_decref(root);
	drop(&s);
}

/* The page's lines "| `name` |" below "## compare.csv", in the order of the columns. */
static void schema_page(void **state)
{
	CLEANUP_FREE char *page = temp_read("", SCHEMA_MD);
	const char *p, *end;
	size_t i = 0;

	(void)state;
	assert_non_null(page);
	p = strstr(page, "\n## compare.csv");
	assert_non_null(p);
	end = strstr(p + 3, "\n## ");
	/* The key columns are described once, above. */
	while (compare_column(i) && strcmp(compare_column(i), "evidence") != 0)
		i++;
	while ((p = strstr(p, "\n| `")) && (!end || p < end)) {
		const char *want = compare_column(i++);
		size_t len = strcspn(p + 4, "`");

		if (!want || strlen(want) != len || memcmp(want, p + 4, len) != 0)
			fail_msg("the page has '%.*s', the program '%s'", (int)len, p + 4,
				 want ? want : "no more");
		p += 4 + len;
	}
	assert_null(compare_column(i));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(table), cmocka_unit_test(table_within), cmocka_unit_test(csv),
		cmocka_unit_test(json),	 cmocka_unit_test(schema_page),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
