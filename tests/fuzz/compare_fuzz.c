// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Three hostile texts at once, split at 0xff: rows of A, rows of B, a run.json for both. Whatever they hold,
 * a comparison ends, mirrors, and can be printed in every form.
 */
#include <errno.h>
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "report/compare_view.h"
#include "result/rowmap.h"
#include "result/runjson.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct csv csv;
static struct csv_field field[CSV_FIELDS_MAX];

static void read_rows(const char *text, size_t len, struct run_points *out)
{
	struct rowmap map;
	bool mapped = false;
	struct row row;
	size_t n;
	int rc;

	csv_open(&csv, text, len);
	while ((rc = csv_next(&csv, field, &n, NULL)) && rc != -ENODATA) {
		if (rc == 1 && !mapped)
			mapped = !rowmap_header(&map, field, n, NULL);
		else if (rc == 1 && !rowmap_row(&map, field, n, &row, NULL) && run_points_add(out, &row))
			abort();
	}
	run_points_finish(out);
}

/* The next part and its length; the rest stays in *data. */
static const char *part(const uint8_t **data, size_t *size, size_t *len)
{
	const char *at = (const char *)*data;
	const uint8_t *end = *size ? memchr(*data, 0xff, *size) : NULL;

	*len = end ? (size_t)(end - *data) : *size;
	*data += *len + (end ? 1 : 0);
	*size -= *len + (end ? 1 : 0);
	return at;
}

static void check_mirror(const struct compare *ab, const struct compare *ba)
{
	if (ab->n != ba->n || ab->count[VERDICT_BETTER] != ba->count[VERDICT_WORSE] ||
	    ab->count[VERDICT_SAME] != ba->count[VERDICT_SAME] ||
	    ab->count[VERDICT_MISSING] != ba->count[VERDICT_MISSING])
		abort();
}

static void print(const struct compare_view *v)
{
	char *text = NULL;
	size_t len;
	FILE *f = open_memstream(&text, &len);
	json_t *root = compare_json(v);

	if (!f || !root)
		abort();
	compare_table(v, f);
	compare_csv(v, f);
	fclose(f);
	free(text);
	json_decref(root);
}

static void compare_all(struct compare_run *run)
{
	struct compare_rule rule = compare_rule_default();
	struct compare_side a = {&run[0], 1}, b = {&run[1], 1};
	struct compare ab, ba, in;

	rule.within_run_only = true;
	if (compare_runs(&a, &b, &rule, &ab) || compare_runs(&b, &a, &rule, &ba))
		abort();
	check_mirror(&ab, &ba);
	print(&(struct compare_view){.outcome = &ab, .side = {a, b}, .rule = &rule, .width = 80, .most = 50});
	compare_free(&ab);
	compare_free(&ba);
	for (int axis = 0; axis < AX_COUNT; axis += 7) {
		if (compare_within(&run[0], (enum axis)axis, NULL, &rule, &in, NULL))
			continue;
		print(&(struct compare_view){.outcome = &in,
					     .side = {a},
					     .rule = &rule,
					     .axis = keys_axis((enum axis)axis)->name,
					     .base = "",
					     .most = 50});
		compare_free(&in);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct run_points points[2] = {{.point = NULL}, {.point = NULL}};
	struct compare_run run[2];
	struct facts facts = {.fact = NULL};
	json_t *root;
	const char *text;
	size_t len;

	for (int i = 0; i < 2; i++) {
		text = part(&data, &size, &len);
		read_rows(text, len, &points[i]);
		run[i] = (struct compare_run){.name = i ? "B" : "A", .points = &points[i]};
	}
	text = part(&data, &size, &len);
	if (!runjson_parse("fuzz", text, len, &root, NULL)) {
		if (facts_read(root, &facts))
			abort();
		run[0].facts = &facts;
		json_decref(root);
	}
	compare_all(run);
	run_points_free(&points[0]);
	run_points_free(&points[1]);
	facts_free(&facts);
	return 0;
}
