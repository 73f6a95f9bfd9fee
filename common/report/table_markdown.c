// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The table for places that render Markdown. */
#include <string.h>

#include "report/table.h"
#include "report/table_group.h"

/* A bar would end the cell. */
static void put_cell(const char *text, FILE *out)
{
	fputs(" ", out);
	for (; *text; text++) {
		if (*text == '|' || *text == '\\')
			fputc('\\', out);
		fputc(*text, out);
	}
	fputs(" |", out);
}

static void put_titles(const struct group *g, FILE *out)
{
	fputc('|', out);
	for (size_t i = 0; i < g->n_label; i++)
		put_cell(label_title(g->label[i]), out);
	for (int f = 0; f < FIG_COUNT; f++)
		if (g->figure[f])
			put_cell(figure_title((enum figure)f, g->kind), out);
	fputs("\n|", out);
	for (size_t i = 0; i < g->n_label; i++)
		fputs("---|", out);
	for (int f = 0; f < FIG_COUNT; f++)
		if (g->figure[f])
			fputs(f == FIG_FLAGS ? "---|" : "---:|", out);
	fputc('\n', out);
}

static void put_group(const struct group *g, FILE *out)
{
	const struct summary_point *p;
	char buf[CELL_LEN];

	table_shared(g, 0, out);
	fputc('\n', out);
	put_titles(g, out);
	for (size_t i = 0; (p = table_next(g, &i));) {
		fputc('|', out);
		for (size_t k = 0; k < g->n_label; k++)
			put_cell(label_text(p, g->label[k], buf), out);
		for (int f = 0; f < FIG_COUNT; f++)
			if (g->figure[f])
				put_cell(figure_text(p, (enum figure)f, buf), out);
		fputc('\n', out);
	}
	fputc('\n', out);
}

void table_markdown(const struct summary *s, FILE *out)
{
	struct group g;

	table_tiers(s, out);
	for (size_t i = 0; i < s->n; i++) {
		if (table_opens(s, i) && table_open(&g, s, row_get(s->point[i].key, COL_KEY + AX_MEASURE)))
			put_group(&g, out);
	}
}
