// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "run_document.h"

#include <errno.h>
#include <math.h>

#include "base/err.h"
#include "result/row_json.h"
#include "result/runjson.h"
#include "run_json.h"

json_t *summary_point_json(const struct summary_point *p)
{
	json_t *o = json_object();

	for (int c = COL_POINT_ID; c <= COL_TPH_EVIDENCE; c++) {
		if (c != COL_PCT_LIMIT && *row_get(p->key, (enum column)c))
			json_object_set_new(o, column_name((enum column)c), row_json(p->key, (enum column)c));
	}
	for (size_t i = 0; summary_column(i); i++) {
		const char *name = summary_column(i);
		double v;

		if (!summary_number(p, name, &v) || !isfinite(v) || json_object_get(o, name))
			continue;
		json_object_set_new(o, name,
				    v == rint(v) && fabs(v) < 0x1p53 ? json_integer((json_int_t)v)
								     : json_real(v));
	}
	json_object_set_new(o, "flags", runjson_text(p->flags));
	json_object_set_new(o, "status", runjson_text(p->status));
	json_object_set_new(o, "reason", runjson_text(p->reason));
	return o;
}

int run_document(const char *dir, const struct summary *s, json_t **out, struct err *e)
{
	json_t *run = NULL, *points;
	int rc = runjson_read(dir, &run, e);

	if (rc && rc != -ENOENT)
		return rc;
	points = json_array();
	for (size_t i = 0; i < s->n; i++)
		json_array_append_new(points, summary_point_json(&s->point[i]));
	*out = json_pack("{s:i, s:o, s:I, s:o}", "schema", RESULT_SCHEMA, "run", run ? run : json_null(),
			 "ignored_rows", (json_int_t)s->ignored, "points", points);
	return *out ? 0 : err_set(e, -ENOMEM, "%s: no memory for the JSON document", dir);
}
