// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "unit/compare_rig.h"

#include <string.h>

#include "result/runjson.h"
#include "unit/tempdir.h"

const char rig_json[] = "{\"nics\": [{\"name\": \"nic0\", \"device\": \"dev0\", \"fw\": \"1.0\"}],"
			" \"noise_floor\": {\"dev0\": {\"bw\": 0, \"lat\": 0}},"
			" \"env\": {\"cpu_model\": \"a cpu\", \"kernel\": \"6.1\"}}";

struct run_points *rig_run(struct rig_side *s, const char *json)
{
	size_t i = s->side.n++;
	json_t *root = NULL;

	assert_true(i < RIG_RUNS);
	s->side.run = s->run;
	s->run[i] = (struct compare_run){.name = "run", .points = &s->points[i]};
	if (json) {
		assert_int_equal(runjson_parse("rig", json, strlen(json), &root, NULL), 0);
		assert_int_equal(facts_read(root, &s->facts[i]), 0);
		s->run[i].facts = &s->facts[i];
		json_decref(root);
	}
	return &s->points[i];
}

void rig_row(struct row *row, const char *id, int64_t round, const char *measure, double v)
{
	row_start(row, id, round, measure, "ok");
	row_text(row, COL_KEY + AX_NIC, "nic0");
	row_text(row, COL_KEY + AX_TARGET, "host");
	row_text(row, COL_KEY + AX_TPH, "none");
	row_text(row, COL_EVIDENCE, "software");
	row_num(row,
		!strcmp(measure, "bw")	   ? COL_BW_GBYTE_S
		: !strcmp(measure, "rate") ? COL_MSG_MOPS
					   : COL_LAT_P50_US,
		v);
}

void rig_add(struct run_points *r, const char *id, int64_t round, const char *measure, double v)
{
	struct row row;

	rig_row(&row, id, round, measure, v);
	assert_int_equal(run_points_add(r, &row), 0);
}

void rig_values(struct run_points *r, const char *id, const char *measure, const double *v, size_t n)
{
	for (size_t i = 0; i < n; i++)
		rig_add(r, id, (int64_t)i + 1, measure, v[i]);
}

struct compare rig_compare(struct rig_side *a, struct rig_side *b, const struct compare_rule *rule)
{
	struct compare_rule by_default = compare_rule_default();
	struct compare c;

	for (size_t i = 0; i < a->side.n; i++)
		run_points_finish(&a->points[i]);
	for (size_t i = 0; i < b->side.n; i++)
		run_points_finish(&b->points[i]);
	assert_int_equal(compare_runs(&a->side, &b->side, rule ? rule : &by_default, &c), 0);
	return c;
}

void rig_free(struct rig_side *s)
{
	for (size_t i = 0; i < s->side.n; i++) {
		run_points_free(&s->points[i]);
		facts_free(&s->facts[i]);
	}
	*s = (struct rig_side){.side = {NULL, 0}};
}

const struct compare_point *rig_point(const struct compare *c, const char *id)
{
	for (size_t i = 0; i < c->n; i++) {
		const struct compare_point *p = &c->point[i];

		if (!strcmp(row_get(p->b ? p->b : p->a, COL_POINT_ID), id))
			return p;
	}
	fail_msg("no point %s", id);
	return NULL;
}
