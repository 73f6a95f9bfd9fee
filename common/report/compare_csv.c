// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* compare.csv and the JSON document: one table of columns for both. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "report/compare_view.h"
#include "result/csv.h"
#include "result/row_json.h"
#include "result/runjson.h"

enum { TEXT_LEN = 4096 };

/* Text and number of a column; a column is one or the other. */
struct cell {
	const char *text;
	double number;
	char buf[TEXT_LEN];
};

enum kind { TEXT, NUM, COUNT };

struct col {
	const char *name;
	void (*get)(const struct compare_view *v, const struct compare_point *p, struct cell *c);
	enum kind kind;
};

#define GET(name)                                                                                            \
	static void get_##name(const struct compare_view *v, const struct compare_point *p, struct cell *c)

GET(verdict)
{
	(void)v;
	c->text = verdict_word(p->verdict);
}

GET(figure)
{
	static const char *const columns[FIGURE_COUNT] = {"bw_gbyte_s", "msg_mops", "lat_p50_us",
							  "lat_p50_us"};

	(void)v;
	c->text = columns[p->figure];
}

GET(unit)
{
	c->text = v->outcome->within ? "pair" : v->outcome->runs_are_units ? "run" : "round";
	(void)p;
}

#define NUMBER(name, expr)                                                                                   \
	GET(name)                                                                                            \
	{                                                                                                    \
		(void)v;                                                                                     \
		c->number = (expr);                                                                          \
	}

NUMBER(n_a, (double)p->n_a)
NUMBER(n_b, (double)p->n_b)
NUMBER(median_a, p->median_a)
NUMBER(median_b, p->median_b)
NUMBER(ratio, exp(p->effect))
NUMBER(lo, exp(p->lo))
NUMBER(hi, exp(p->hi))
NUMBER(medians, exp(p->medians))
NUMBER(p, p->p)
NUMBER(q, p->q)
NUMBER(margin_pct, 100 * expm1(p->margin))
NUMBER(noise_pct, 100 * expm1(p->noise))
NUMBER(need, p->need ? (double)p->need : (double)NAN)
NUMBER(shape, p->shape_change)
NUMBER(control, p->control)

GET(why)
{
	(void)v;
	c->text = p->why;
}

GET(differs)
{
	(void)v;
	c->text = p->differs ? p->differs : "";
}

GET(run_differs)
{
	size_t used = 0;

	c->buf[0] = '\0';
	c->text = c->buf;
	for (size_t i = 0; i < v->outcome->n_fact && used < TEXT_LEN; i++) {
		const struct compare_fact *f = &v->outcome->fact[i];

		if (compare_fact_applies(f, p))
			used += (size_t)snprintf(c->buf + used, TEXT_LEN - used, "%s%s %s -> %s",
						 used ? "; " : "", f->about.name, f->a, f->b);
	}
	c->buf[strnlen(c->buf, TEXT_LEN / 2 - 1)] = '\0'; /* a cell of ours, with room for its quotes */
}

GET(base_id)
{
	(void)v;
	c->text = p->a ? row_get(p->a, COL_POINT_ID) : "";
}

GET(evidence)
{
	const char *a = p->a ? row_get(p->a, COL_EVIDENCE) : "", *b = p->b ? row_get(p->b, COL_EVIDENCE) : a;

	(void)v;
	snprintf(c->buf, TEXT_LEN, "%s%s%s", a, strcmp(a, b) != 0 && *a && *b ? "|" : "",
		 strcmp(a, b) != 0 ? b : "");
	c->text = c->buf;
}

/* clang-format off */
static const struct col cols[] = {
	{"evidence", get_evidence, TEXT},
	{"figure", get_figure, TEXT},
	{"unit", get_unit, TEXT},
	{"n_a", get_n_a, COUNT},
	{"n_b", get_n_b, COUNT},
	{"median_a", get_median_a, NUM},
	{"median_b", get_median_b, NUM},
	{"ratio", get_ratio, NUM},
	{"ratio_lo", get_lo, NUM},
	{"ratio_hi", get_hi, NUM},
	{"ratio_medians", get_medians, NUM},
	{"p", get_p, NUM},
	{"q", get_q, NUM},
	{"margin_pct", get_margin_pct, NUM},
	{"noise_floor_pct", get_noise_pct, NUM},
	{"verdict", get_verdict, TEXT},
	{"rounds_needed", get_need, COUNT},
	{"shape_change", get_shape, COUNT},
	{"control", get_control, COUNT},
	{"why", get_why, TEXT},
	{"differs", get_differs, TEXT},
	{"run_differs", get_run_differs, TEXT},
	{"base_point_id", get_base_id, TEXT},
};
/* clang-format on */

/* In front of the table: point_id and the key columns. */
enum { KEYS = 1 + AX_COUNT };

static enum column key_column(size_t i)
{
	return i ? (enum column)(COL_KEY + i - 1) : COL_POINT_ID;
}

const char *compare_column(size_t i)
{
	if (i < KEYS)
		return column_name(key_column(i));
	return i - KEYS < ARRAY_LEN(cols) ? cols[i - KEYS].name : NULL;
}

static const struct row *key_of(const struct compare_point *p)
{
	return p->b ? p->b : p->a;
}

static void put_text(const char *text, FILE *out)
{
	char cell[2 * TEXT_LEN + 2];
	int n = csv_cell(cell, sizeof(cell), text);

	if (n > 0)
		fwrite(cell, 1, (size_t)n, out);
}

void compare_csv(const struct compare_view *v, FILE *out)
{
	struct cell c;

	for (size_t i = 0; compare_column(i); i++)
		fprintf(out, "%s%s", i ? "," : "", compare_column(i));
	fputc('\n', out);
	for (size_t k = 0; k < v->outcome->n; k++) {
		const struct compare_point *p = &v->outcome->point[k];

		for (size_t i = 0; i < KEYS; i++) {
			put_text(row_get(key_of(p), key_column(i)), out);
			fputc(',', out);
		}
		for (size_t i = 0; i < ARRAY_LEN(cols); i++) {
			cols[i].get(v, p, &c);
			if (cols[i].kind == TEXT)
				put_text(c.text, out);
			else if (isfinite(c.number))
				fprintf(out, "%.9g", c.number);
			fputc(i + 1 < ARRAY_LEN(cols) ? ',' : '\n', out);
		}
	}
}

static json_t *value_json(enum kind kind, const struct cell *c)
{
	if (kind == TEXT)
		return runjson_text(c->text);
	if (!isfinite(c->number))
		return json_null();
	return kind == COUNT ? json_integer((json_int_t)c->number) : json_real(c->number);
}

static json_t *point_json(const struct compare_view *v, const struct compare_point *p)
{
	json_t *o = json_object();
	struct cell c;

	for (size_t i = 0; i < KEYS; i++) {
		if (*row_get(key_of(p), key_column(i)))
			json_object_set_new(o, compare_column(i), row_json(key_of(p), key_column(i)));
	}
	for (size_t i = 0; i < ARRAY_LEN(cols); i++) {
		cols[i].get(v, p, &c);
		json_object_set_new(o, cols[i].name, value_json(cols[i].kind, &c));
	}
	return o;
}

static json_t *ignored_json(const struct run_ignored *i)
{
	return json_pack("{s:I, s:I, s:I, s:I, s:I}", "malformed", (json_int_t)i->malformed, "value",
			 (json_int_t)i->value, "twice", (json_int_t)i->twice, "key", (json_int_t)i->key,
			 "measure", (json_int_t)i->measure);
}

static json_t *side_json(const struct compare_side *s)
{
	json_t *list = json_array();

	for (size_t i = 0; i < s->n; i++) {
		const struct compare_run *r = &s->run[i];

		json_array_append_new(
			list,
			json_pack("{s:o, s:o, s:I, s:I, s:b, s:o}", "name", runjson_text(r->name), "run_id",
				  runjson_text(r->points->run_id), "points", (json_int_t)r->points->n, "rows",
				  (json_int_t)r->points->rows, "run_json", r->facts != NULL, "ignored_rows",
				  ignored_json(&r->points->ignored)));
	}
	return list;
}

json_t *compare_json(const struct compare_view *v)
{
	const struct compare *c = v->outcome;
	json_t *points = json_array(), *facts = json_array(), *counts = json_object();

	for (size_t i = 0; i < c->n; i++)
		json_array_append_new(points, point_json(v, &c->point[i]));
	for (size_t i = 0; i < c->n_fact; i++)
		json_array_append_new(
			facts, json_pack("{s:o, s:o, s:o, s:b}", "name", runjson_text(c->fact[i].about.name),
					 "a", runjson_text(c->fact[i].a), "b", runjson_text(c->fact[i].b),
					 "blocks", c->fact[i].blocks));
	for (int k = 0; k < VERDICT_COUNT; k++)
		json_object_set_new(counts, verdict_word((enum verdict)k),
				    json_integer((json_int_t)c->count[k]));
	return json_pack("{s:i, s:o, s:o, s:o, s:o, s:o, s:s?, s:s?}", "schema", 1, "a",
			 side_json(&v->side[0]), "b", side_json(&v->side[1]), "verdicts", counts, "differs",
			 facts, "points", points, "axis", v->axis, "base", v->base);
}
