// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The tables of `show`, and the environment. */
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "report/html_priv.h"
#include "report/table_group.h"

/* What table_*.c write for a terminal, as paragraphs. @text of several lines, its indents dropped. */
static void put_lines(struct page *p, char *text)
{
	char *save = NULL;

	doc_list_open(&p->d);
	for (char *line = strtok_r(text, "\n", &save); line; line = strtok_r(NULL, "\n", &save))
		doc_item(&p->d, "", "%s", line + strspn(line, " "));
	doc_list_close(&p->d);
}

static void put_shared(struct page *p, const struct group *g)
{
	CLEANUP_FREE char *text = NULL;
	size_t len = 0;
	FILE *f = open_memstream(&text, &len);

	if (!f)
		return;
	table_shared(g, 0, f);
	if (!fclose(f))
		doc_para(&p->d, "%.*s", (int)strcspn(text, "\n"), text);
}

static void put_legend(struct page *p, const struct group *g)
{
	CLEANUP_FREE char *text = NULL;
	size_t len = 0;
	FILE *f = open_memstream(&text, &len);

	if (!f)
		return;
	table_legend(g, 0, f);
	if (!fclose(f))
		put_lines(p, text);
}

static void put_point(struct page *p, const struct group *g, const struct summary_point *x)
{
	char buf[CELL_LEN];

	for (size_t i = 0; i < g->n_label; i++)
		doc_cell(&p->d, label_text(x, g->label[i], buf), g->label[i] == COL_KEY + AX_SIZE);
	for (int f = 0; f < FIG_COUNT; f++) {
		if (g->figure[f])
			doc_cell(&p->d, figure_text(x, (enum figure)f, buf), f != FIG_FLAGS);
	}
	doc_row_end(&p->d);
}

static void put_group(struct page *p, const struct group *g)
{
	const char *title[COL_COUNT + FIG_COUNT];
	bool number[COL_COUNT + FIG_COUNT];
	const struct summary_point *x;
	size_t n = 0;

	for (size_t i = 0; i < g->n_label; i++, n++) {
		title[n] = label_title(g->label[i]);
		number[n] = g->label[i] == COL_KEY + AX_SIZE;
	}
	for (int f = 0; f < FIG_COUNT; f++) {
		if (!g->figure[f])
			continue;
		title[n] = figure_title((enum figure)f, g->kind);
		number[n++] = f != FIG_FLAGS;
	}
	put_shared(p, g);
	doc_table_open(&p->d, title, number, n);
	for (size_t i = 0; (x = table_next(g, &i));)
		put_point(p, g, x);
	doc_table_close(&p->d);
	put_legend(p, g);
}

/* Points without a single window that counts have no row above. */
static void put_unmeasured(struct page *p, const struct report_run *r)
{
	static const char *const titles[] = {"point", "measure", "what", "status", "reason"};
	bool open = false;
	char label[LABEL_LEN];

	for (size_t i = 0; i < r->s.n; i++) {
		const struct summary_point *x = &r->s.point[i];

		if (!strcmp(x->status, "ok"))
			continue;
		if (!open) {
			doc_head(&p->d, 3, NULL, "Not ok");
			doc_table_open(&p->d, titles, NULL, ARRAY_LEN(titles));
		}
		open = true;
		doc_cell(&p->d, row_get(x->key, COL_POINT_ID), false);
		doc_cell(&p->d, html_cell(x, AX_MEASURE), false);
		doc_cell(&p->d,
			 html_label(x,
				    AXIS_BIT(AX_OP) | AXIS_BIT(AX_TARGET) | AXIS_BIT(AX_INTERCONNECT) |
					    AXIS_BIT(AX_SIZE) | AXIS_BIT(AX_TPH) | AXIS_BIT(AX_ST) |
					    AXIS_BIT(AX_ST_EXT) | AXIS_BIT(AX_PH) | AXIS_BIT(AX_QPS),
				    label),
			 false);
		doc_cell(&p->d, x->status, false);
		doc_cell(&p->d, x->reason, false);
		doc_row_end(&p->d);
	}
	if (open)
		doc_table_close(&p->d);
}

void html_tables(struct page *p, const struct report_run *r)
{
	struct group g;

	for (size_t i = 0; i < r->s.n; i++) {
		const char *measure = html_cell(&r->s.point[i], AX_MEASURE);

		/* Points are sorted by measure. */
		if (i && !strcmp(measure, html_cell(&r->s.point[i - 1], AX_MEASURE)))
			continue;
		if (table_open(&g, &r->s, measure))
			put_group(p, &g);
	}
	put_unmeasured(p, r);
}

static void put_facts(struct page *p, const struct report_run *r)
{
	doc_facts_open(&p->d);
	for (size_t i = 0; i < r->facts.n; i++)
		doc_fact(&p->d, r->facts.fact[i].name, "%s", r->facts.fact[i].value);
	doc_facts_close(&p->d);
}

static void put_gates(struct page *p, const struct report_run *r)
{
	static const char *const titles[] = {"gate", "verdict", "seen", "why it matters"};
	static const char *const members[] = {"name", "verdict", "value", "why"};
	const json_t *gates = json_object_get(r->json, "gates"), *gate;
	char buf[LABEL_LEN];
	size_t i;

	if (!json_array_size(gates))
		return;
	doc_head(&p->d, 3, NULL, "Noise gates");
	doc_table_open(&p->d, titles, NULL, ARRAY_LEN(titles));
	json_array_foreach(gates, i, gate)
	{
		for (size_t m = 0; m < ARRAY_LEN(members); m++)
			doc_cell(&p->d, html_text(gate, members[m], buf), false);
		doc_row_end(&p->d);
	}
	doc_table_close(&p->d);
}

/* What is timed from where to where, of the operations of this run. */
static void put_ops(struct page *p, const struct report_run *r)
{
	const json_t *measured = json_object_get(r->json, "measured"), *v;
	const char *key;

	if (!json_object_size(measured))
		return;
	doc_head(&p->d, 3, NULL, "What each operation times");
	doc_facts_open(&p->d);
	json_object_foreach((json_t *)measured, key, v)
	{
		bool used = false;

		for (size_t i = 0; !used && i < r->s.n; i++) {
			const struct summary_point *x = &r->s.point[i];
			bool bounce = !strcmp(row_get(x->key, COL_INTERCONNECT_USED), "bounce");
			char name[CELL_LEN];

			snprintf(name, sizeof(name), "%.40s %.40s%s", html_cell(x, AX_MEASURE),
				 html_cell(x, AX_OP), bounce ? " (bounce)" : "");
			used = !strcmp(name, key) || !strcmp(html_cell(x, AX_MEASURE), key);
		}
		if (used && json_is_string(v))
			doc_fact(&p->d, key, "%s", json_string_value(v));
	}
	doc_facts_close(&p->d);
}

void html_machine(struct page *p, const struct report_run *r)
{
	const char *origins = json_string_value(json_object_get(r->json, "config"));
	const char *config = json_string_value(json_object_get(json_object_get(r->json, "same"), "config"));
	char seed[LABEL_LEN];

	if (!r->json) {
		doc_para(&p->d, "Unknown: %s.", r->json_why);
		return;
	}
	put_facts(p, r);
	put_gates(p, r);
	put_ops(p, r);
	doc_head(&p->d, 3, NULL, "Effective parameters");
	if (!origins)
		doc_para(&p->d, "This run did not record where each value came from.");
	doc_para(&p->d, "Order and data patterns from seed %s.", html_text(r->json, "seed", seed));
	if (origins || config)
		doc_pre(&p->d, origins ? origins : config);
}
