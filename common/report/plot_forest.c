// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* A comparison: a line a point, the largest differences on top. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "report/html_priv.h"

enum { ROWS = 50 };

/* A line of the picture. */
struct line {
	const struct compare_point *p;
};

static int by_effect(const void *a, const void *b)
{
	const struct line *x = a, *y = b;
	double d = fabs(y->p->effect) - fabs(x->p->effect);

	return d > 0 ? 1 : d < 0 ? -1 : 0;
}

static double percent(double ln)
{
	return 100 * (exp(ln) - 1);
}

/* Axes in which compared points of the measure of @x differ. */
static axes_mask differ(const struct compare *c, const struct compare_point *x)
{
	axes_mask mask = AXIS_BIT(AX_MEASURE) | AXIS_BIT(AX_OP);

	for (size_t i = 0; i < c->n; i++) {
		const struct compare_point *y = &c->point[i];

		if (!y->a || strcmp(row_get(x->a, COL_KEY), row_get(y->a, COL_KEY)) != 0)
			continue;
		for (int a = 0; a < AX_COUNT; a++) {
			enum column col = (enum column)(COL_KEY + a);

			if (strcmp(row_get(x->a, col), row_get(y->a, col)) != 0)
				mask |= AXIS_BIT(a);
		}
	}
	return mask;
}

static void put_labels(FILE *f, const struct compare *c, const struct line *point, size_t n)
{
	fputs("set ytics (", f);
	for (size_t i = 0; i < n; i++) {
		const struct summary_point x = {.key = point[i].p->a};
		char label[LABEL_LEN], text[LABEL_LEN + 16];

		html_label(&x, differ(c, point[i].p) & ~AXIS_BIT(AX_MEASURE), label);
		snprintf(text, sizeof(text), "%s %.80s", html_cell(&x, AX_MEASURE), label);
		fputs(i ? ", " : "", f);
		plot_tic(f, text);
		fprintf(f, " %zu", n - 1 - i);
	}
	fputs(")\n", f);
}

/* effect lo hi margin, a block a verdict. */
static void put_data(FILE *f, const struct line *point, size_t n)
{
	for (int v = 0; v < VERDICT_COUNT; v++) {
		fprintf(f, "$v%d << EOD\nNaN NaN NaN NaN NaN\n", v);
		for (size_t i = 0; i < n; i++) {
			const struct compare_point *x = point[i].p;
			double lo = isfinite(x->lo) ? x->lo : x->effect,
			       hi = isfinite(x->hi) ? x->hi : x->effect;

			if ((int)x->verdict == v)
				fprintf(f, "%.6g %zu %.6g %.6g %.6g\n", percent(x->effect), n - 1 - i,
					percent(lo), percent(hi), percent(x->margin));
		}
		fputs("EOD\n", f);
	}
}

static void put_plot(FILE *f, const struct line *point, size_t n)
{
	static const char *const colours[VERDICT_COUNT] = {[VERDICT_BETTER] = "#0072b2",
							   [VERDICT_WORSE] = "#d55e00",
							   [VERDICT_SAME] = "#009e73",
							   [VERDICT_INCONCLUSIVE] = "#8c959f",
							   [VERDICT_NONE] = "#8c959f"};
	static const int markers[VERDICT_COUNT] = {[VERDICT_BETTER] = 9,
						   [VERDICT_WORSE] = 11,
						   [VERDICT_SAME] = 7,
						   [VERDICT_INCONCLUSIVE] = 6,
						   [VERDICT_NONE] = 4};

	fprintf(f, "set yrange [-0.7:%zu.7]\nset xlabel '%% better (right) or worse (left) than A'\n", n - 1);
	fputs("set arrow 1 from first 0, graph 0 to first 0, graph 1 nohead lw 1 lc rgb '#7d858d' back\nplot",
	      f);
	for (int v = 0; v < VERDICT_COUNT; v++)
		fprintf(f,
			"%s $v%d using 1:2:(-$5):5:($2-0.4):($2+0.4) with boxxyerror fs transparent solid "
			"0.18 "
			"noborder fc rgb '#8c959f' notitle",
			v ? "," : "", v);
	for (int v = 0; v < VERDICT_COUNT; v++) {
		bool any = false;

		for (size_t i = 0; i < n; i++)
			any = any || (int)point[i].p->verdict == v;
		if (any && colours[v])
			fprintf(f,
				", $v%d using 1:2:3:4 with xerrorbars pt %d ps 0.8 lw 1.5 lc rgb '%s' title "
				"'%s'",
				v, markers[v], colours[v], verdict_word((enum verdict)v));
	}
	fputc('\n', f);
}

void plot_forest(struct page *p)
{
	const struct compare *c = p->r->compare->outcome;
	struct line *point = calloc(c->n + 1, sizeof(*point));
	char *script, caption[2 * LABEL_LEN], most[64] = "";
	size_t n = 0, len, all;
	FILE *f;

	for (size_t i = 0; point && i < c->n; i++) {
		const struct compare_point *x = &c->point[i];

		if (isfinite(x->effect) && x->a && x->verdict != VERDICT_INCOMPARABLE &&
		    x->verdict != VERDICT_MISSING)
			point[n++].p = x;
	}
	all = n;
	if (n)
		qsort(point, n, sizeof(*point), by_effect);
	n = n > ROWS ? ROWS : n;
	f = n && !p->no_tool && !p->d.md ? plot_begin(&script, &len, 860, 110 + (int)n * 18) : NULL;
	if (f) {
		put_labels(f, c, point, n);
		put_data(f, point, n);
		put_plot(f, point, n);
		if (n < all)
			snprintf(most, sizeof(most), " The %zu largest of %zu differences.", n, all);
		snprintf(caption, sizeof(caption),
			 "B against A: effect with its 95 %% confidence interval; shaded: the margin within "
			 "which a "
			 "difference does not count; right is better, also for times.%s",
			 most);
		plot_end(p, f, &script, &len, caption);
	}
	free(point);
}
