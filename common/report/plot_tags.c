// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Steering tags: what each did against the cell's plain member. */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "report/plot_panel.h"
#include "stats/mwu.h"

enum { PANELS = 4, COLUMNS = 160, NUMBERED = 24, ROWS = 16, NAME = 24 };

/* Largest false discovery rate at which a cell counts as different. */
static const double FDR = 0.05;

static const axes_mask HINT = AXIS_BIT(AX_TPH) | AXIS_BIT(AX_ST) | AXIS_BIT(AX_ST_EXT) | AXIS_BIT(AX_PH) |
			      AXIS_BIT(AX_TPH_CPU) | AXIS_BIT(AX_TPH_MEM) | AXIS_BIT(AX_VARIANT);

/**
 * struct map - one picture
 * @q: of each point of the panels, over all of them
 */
struct map {
	const struct panels *p;
	const double *q;
	char col[COLUMNS][NAME], row[ROWS][NAME];
	size_t n_col, n_row;
	double most;
	FILE *f;
};

static bool is_hinted(const struct summary_point *x)
{
	const char *tph = html_cell(x, AX_TPH);

	return x->n && x->cell.n && x->cell.ratio > 0 &&
	       (summary_is_control(x) || (*tph && strcmp(tph, "none") != 0));
}

static void names(const struct summary_point *x, char col[NAME], char row[NAME])
{
	const char *st = html_cell(x, AX_ST), *ext = html_cell(x, AX_ST_EXT), *cpu = html_cell(x, AX_TPH_CPU);
	const char *ph = html_cell(x, AX_PH), *mem = html_cell(x, AX_TPH_MEM);

	if (summary_is_control(x)) {
		snprintf(col, NAME, "A/A");
		snprintf(row, NAME, "none");
		return;
	}
	snprintf(col, NAME, "%s%.16s",
		 *ext && !*st ? "ext "
		 : *cpu	      ? "CPU "
			      : "",
		 *st	? st
		 : *ext ? ext
			: cpu);
	snprintf(row, NAME, "%s%.8s%s%.8s", *ph ? "PH " : "", ph, *mem ? " " : "", mem);
	if (!*col)
		snprintf(col, NAME, "no tag");
}

/* Place of @name, added when it is new; @room when it finds none. */
static size_t place(char list[][NAME], size_t *n, size_t room, const char *name)
{
	size_t i = 0;

	while (i < *n && strcmp(list[i], name) != 0)
		i++;
	if (i == *n && i < room)
		snprintf(list[(*n)++], NAME, "%s", name);
	return i;
}

/* Its cells: column row percent significant. Return: did all find room? */
static bool put_cells(struct map *m, size_t first)
{
	bool whole = true;

	fputs("$c << EOD\n", m->f);
	for (size_t i = first; i < m->p->n; i++) {
		const struct summary_point *x = panels_point(m->p, i);
		char col[NAME], row[NAME];
		size_t c, r;
		double percent = 100 * (x->cell.ratio - 1);

		if (!panels_same(m->p, first, i, m->p->panel))
			continue;
		names(x, col, row);
		c = place(m->col, &m->n_col, COLUMNS, col);
		r = place(m->row, &m->n_row, ROWS, row);
		whole = whole && c < COLUMNS && r < ROWS;
		if (c == COLUMNS || r == ROWS)
			continue;
		m->most = fabs(percent) > m->most ? fabs(percent) : m->most;
		fprintf(m->f, "%zu %zu %.6g %d\n", c, r, percent, m->q[i] <= FDR);
	}
	fputs("EOD\n", m->f);
	return whole;
}

static void put_names(FILE *f, const char *axis, char list[][NAME], size_t n, size_t step)
{
	fprintf(f, "set %s (", axis);
	for (size_t i = 0; i < n; i += step) {
		fputs(i ? ", " : "", f);
		plot_tic(f, list[i]);
		fprintf(f, " %zu", i);
	}
	fputs(")\n", f);
}

static void put_plot(struct map *m)
{
	put_names(m->f, "xtics rotate by -45", m->col, m->n_col, 1 + m->n_col / 40);
	put_names(m->f, "ytics", m->row, m->n_row, 1);
	fprintf(m->f,
		"unset grid\nunset key\nset xrange [-0.5:%zu.5]\nset yrange [-0.5:%zu.5]\n"
		"set xlabel 'steering tag'\nset palette maxcolors 33 defined (-1 '#e8954a', 0 '#f7f7f7', 1 "
		"'#5ba3d9')\nset cbrange [-%.6g:%.6g]\nset cblabel '%% better than without'\n",
		m->n_col - 1, m->n_row - 1, m->most, m->most);
	/* Not told apart from no effect: hatched. */
	fputs("plot $c using 1:2:($1-0.48):($1+0.48):($2-0.48):($2+0.48):3 with boxxyerror fs solid noborder "
	      "fc "
	      "palette",
	      m->f);
	for (int i = 0; i < 3; i++)
		fprintf(m->f,
			", $c using ($4 > 0.5 ? NaN : $1-0.48):($2%s):(%s):(%s) with vectors nohead lw 0.5 "
			"lc rgb "
			"'#8c959f'",
			i == 0 ? "" : "-0.48", i == 1 ? "0.96" : "0.48", i == 1 ? "0.96" : "0.48");
	if (m->n_col <= NUMBERED)
		fputs(", $c using 1:2:(gprintf('%+.1f', $3)) with labels font ',11' tc rgb '#111111'", m->f);
	fputc('\n', m->f);
}

static void draw(struct page *p, const struct report_run *r, const struct panels *panels, const double *q,
		 size_t first)
{
	struct map m = {.p = panels, .q = q, .most = 3};
	char *script, about[2 * LABEL_LEN], caption[4 * LABEL_LEN];
	bool whole;
	size_t len;

	m.f = plot_begin(&script, &len, 760, 300);
	if (!m.f)
		return;
	whole = put_cells(&m, first);
	put_plot(&m);
	panels_about(panels, r, first, about, sizeof(about));
	snprintf(caption, sizeof(caption),
		 "Steering tags: %s Each cell: median ratio to the plain member (tph none) of the same "
		 "rounds, in %%; "
		 "hatched: not told apart from it (sign test, Benjamini-Hochberg over all tags of the run, 5 "
		 "%%); "
		 "A/A: a second plain member.%s%s",
		 about, m.n_col > NUMBERED ? " Too many columns for numbers: see the table." : "",
		 whole ? "" : " More tags than fit: choose with --where.");
	plot_end(p, m.f, &script, &len, caption);
}

void plot_tags(struct page *p, const struct report_run *r)
{
	struct panels panels;
	double *value, *q;
	size_t n = 0;

	if (panels_open(&panels, &r->s, is_hinted, 0, AX_ST))
		return;
	/* Everything but the hint divides pictures. */
	panels.panel = ((axes_mask)-1 >> (64 - AX_COUNT)) & ~HINT;
	panels.series = HINT;
	value = calloc(panels.n + 1, sizeof(*value));
	q = calloc(panels.n + 1, sizeof(*q));
	for (size_t i = 0; value && i < panels.n; i++)
		value[i] = panels_point(&panels, i)->cell.p;
	if (value && q && panels.n && !bh_adjust(value, q, panels.n)) {
		for (size_t i = 0; i < panels.n && !p->no_tool; i++) {
			if (!panels_opens(&panels, i))
				continue;
			if (n++ < PANELS)
				draw(p, r, &panels, q, i);
			else
				p->n_dropped++;
		}
	}
	free(value);
	free(q);
	panels_close(&panels);
}
