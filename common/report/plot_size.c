// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Bandwidth, message rate and latency against message size. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "report/plot_panel.h"
#include "stats/stats.h"

enum { DOTS = 600, TICS = 12, FIT = 64, BW_PANELS = 8, LAT_PANELS = 6 };

/**
 * struct sizes - one picture at work
 * @series: first point of each
 */
struct sizes {
	const struct panels *p;
	const struct report_run *r;
	size_t first;
	size_t series[PLOT_SERIES];
	size_t n;
	FILE *f;
};

static bool is_plain(const struct summary_point *x)
{
	const char *tph = html_cell(x, AX_TPH);

	return x->n && *html_cell(x, AX_SIZE) && (!*tph || !strcmp(tph, "none")) && !summary_is_control(x);
}

static bool is_bw(const struct summary_point *x)
{
	return is_plain(x) && !strcmp(html_cell(x, AX_MEASURE), "bw");
}

static bool is_other(const struct summary_point *x)
{
	return is_plain(x) && strcmp(html_cell(x, AX_MEASURE), "bw") != 0;
}

static double size_of(const struct summary_point *x)
{
	return row_get_num(x->key, COL_KEY + AX_SIZE);
}

static bool has_two_sizes(const struct sizes *s)
{
	for (size_t i = s->first; i < s->p->n; i++) {
		if (panels_same(s->p, s->first, i, s->p->panel) &&
		    !panels_same(s->p, s->first, i, AXIS_BIT(AX_SIZE)))
			return true;
	}
	return false;
}

/* size median lo hi pct limit expected; the summary is sorted by size. */
static void put_data(const struct sizes *s, size_t k)
{
	fprintf(s->f, "$s%zu << EOD\n", k);
	for (size_t i = s->first; i < s->p->n; i++) {
		const struct summary_point *x = panels_point(s->p, i);
		const struct median_ci *m = summary_main(x);

		if (!panels_member(s->p, s->series[k], i))
			continue;
		plot_number(s->f, size_of(x));
		plot_number(s->f, m->median);
		plot_number(s->f, isfinite(m->lo) ? m->lo : m->median);
		plot_number(s->f, isfinite(m->hi) ? m->hi : m->median);
		plot_number(s->f, x->pct_limit);
		plot_number(s->f, row_get_num(x->key, COL_LIMIT_GBYTE_S));
		plot_number(s->f, row_get_num(x->key, COL_EXPECTED_GBYTE_S));
		fputc('\n', s->f);
	}
	fputs("EOD\n", s->f);
}

/* Series of each point of the summary + 1; 0 = not in this picture. */
static unsigned char *membership(const struct sizes *s)
{
	unsigned char *of = calloc(s->r->s.n + 1, 1);

	for (size_t k = 0; of && k < s->n; k++) {
		for (size_t i = s->first; i < s->p->n; i++) {
			if (panels_member(s->p, s->series[k], i))
				of[s->p->point[i]] = (unsigned char)(k + 1);
		}
	}
	return of;
}

/* Single rounds, all or none. Return: were they drawn? */
static bool put_rounds(const struct sizes *s)
{
	unsigned char *of = membership(s);
	size_t n = 0;

	for (size_t i = 0; of && i < s->r->n_round; i++)
		n += of[s->r->round[i].point] != 0;
	n = n > DOTS ? 0 : n;
	for (size_t k = 0; n && k < s->n; k++) {
		fprintf(s->f, "$r%zu << EOD\n", k);
		for (size_t i = 0; i < s->r->n_round; i++) {
			const struct report_round *r = &s->r->round[i];

			if (of[r->point] == k + 1)
				fprintf(s->f, "%.9g %.9g\n", size_of(&s->r->s.point[r->point]), r->v);
		}
		fputs("EOD\n", s->f);
	}
	free(of);
	return n > 0;
}

/* @labels: written below the axis. */
static void put_tics(const struct sizes *s, bool labels)
{
	double seen[FIT];
	size_t n = 0, step;
	double least = size_of(panels_point(s->p, s->first)), most = least;

	for (size_t i = s->first; i < s->p->n && n < FIT; i++) {
		double v = size_of(panels_point(s->p, i));
		size_t k = 0;

		if (!panels_same(s->p, s->first, i, s->p->panel))
			continue;
		least = fmin(least, v);
		most = fmax(most, v);
		while (k < n && seen[k] != v)
			k++;
		seen[n] = v;
		n += k == n;
	}
	step = (n + TICS - 1) / TICS;
	fputs("set logscale x 2\nset xtics (", s->f);
	for (size_t k = 0; k < n; k += step) {
		char label[32] = "";

		if (labels)
			plot_size_label((int64_t)seen[k], label);
		fprintf(s->f, "%s'%s' %.9g", k ? ", " : "", label, seen[k]);
	}
	fprintf(s->f, ")\nset xrange [%.9g:%.9g]\nset xlabel '%s'\n", least * 0.9, most * 1.1,
		labels ? "message size" : "");
}

/* "1.2 us + S / 9.8 GB/s": Theil-Sen over the medians; "" when no line has that form. */
static void fit_text(const struct sizes *s, size_t k, char *buf, size_t len)
{
	double x[FIT], y[FIT], rest[FIT], slope;
	size_t n = 0;

	buf[0] = '\0';
	for (size_t i = s->first; i < s->p->n && n < FIT; i++) {
		if (!panels_member(s->p, s->series[k], i))
			continue;
		x[n] = size_of(panels_point(s->p, i));
		y[n++] = summary_main(panels_point(s->p, i))->median;
	}
	if (n < 4 || x[0] == x[n - 1])
		return;
	slope = stats_slope(x, y, n);
	for (size_t i = 0; i < n; i++)
		rest[i] = y[i] - slope * x[i];
	y[0] = stats_median_ci(rest, n).median;
	if (slope > 0 && y[0] > 0)
		snprintf(buf, len, ": %.3g us + S / %.3g GB/s", y[0], 1e-3 / slope);
}

static void put_series(const struct sizes *s, size_t k, bool rounds, bool time)
{
	char label[LABEL_LEN], fit[64] = "", title[LABEL_LEN + 64];
	const char *colour = plot_colour(k);

	if (time)
		fit_text(s, k, fit, sizeof(fit));
	html_label(panels_point(s->p, s->series[k]), panels_differ(s->p, s->first), label);
	snprintf(title, sizeof(title), "%s%s", *label ? label : time ? "median" : "measured", fit);
	fprintf(s->f, "%s $s%zu using 1:3:4 with filledcurves fc rgb '%s' fs transparent solid 0.22 notitle,",
		k ? "," : "plot", k, colour);
	if (rounds)
		fprintf(s->f, " $r%zu using 1:2 with points pt 7 ps 0.18 lc rgb '%s' notitle,", k, colour);
	fprintf(s->f, " $s%zu using 1:2 with linespoints pt %d ps 0.8 lw 1.6 lc rgb '%s' title ", k,
		plot_marker(k), colour);
	plot_text(s->f, title);
}

static double limit_at(const struct sizes *s, size_t k, enum column c)
{
	return row_get_num(panels_point(s->p, s->series[k])->key, c);
}

/* Dashed the bound, dotted what is expected, in the colour of the way; a bound that all have is grey. */
static void put_limits(const struct sizes *s)
{
	static const struct {
		enum column column;
		int at, dash;
		const char *title;
	} line[] = {{COL_LIMIT_GBYTE_S, 6, 2, "hard limit"}, {COL_EXPECTED_GBYTE_S, 7, 3, "expected"}};

	for (size_t l = 0; l < ARRAY_LEN(line); l++) {
		bool titled = false, shared = s->n > 1;

		for (size_t k = 1; k < s->n; k++)
			shared = shared && limit_at(s, k, line[l].column) == limit_at(s, 0, line[l].column);
		for (size_t k = 0; k < s->n; k++) {
			if (!(limit_at(s, k, line[l].column) > 0) || (shared && k))
				continue;
			fprintf(s->f, ", $s%zu using 1:%d with lines dt %d lw 1.4 lc rgb '%s' ", k,
				line[l].at, line[l].dash, shared ? "#7d858d" : plot_colour(k));
			fprintf(s->f, titled ? "notitle" : "title '%s'", line[l].title);
			titled = true;
		}
	}
}

/* Limits are bandwidths: they have no place beside messages or times. */
static bool any_limit(const struct sizes *s)
{
	if (strcmp(html_cell(panels_point(s->p, s->first), AX_MEASURE), "bw") != 0)
		return false;
	for (size_t k = 0; k < s->n; k++) {
		if (limit_at(s, k, COL_LIMIT_GBYTE_S) > 0)
			return true;
	}
	return false;
}

static void put_percent(const struct sizes *s)
{
	fputs("\nunset key\nset origin 0,0\nset size 1,0.36\nset tmargin 0.5\nset bmargin\n"
	      "set ylabel '% of limit'\nset ytics 25\nset yrange [0:100<*]\n",
	      s->f);
	put_tics(s, true);
	for (size_t k = 0; k < s->n; k++)
		fprintf(s->f, "%s $s%zu using 1:5 with linespoints pt %d ps 0.7 lw 1.4 lc rgb '%s'",
			k ? "," : "plot", k, plot_marker(k), plot_colour(k));
	fputs(", 100 with lines dt 2 lc rgb '#7d858d'\nunset multiplot\n", s->f);
}

/* Where the limit of the picture's points is from. */
static void limit_about(const struct sizes *s, char *buf, size_t len)
{
	const struct row *key = panels_point(s->p, s->series[0])->key;
	const char *by = row_get(key, COL_LIMIT_BY), *hop = row_get(key, COL_LIMIT_HOP);

	buf[0] = '\0';
	if (any_limit(s))
		snprintf(buf, len, " Limit from %s%s%s%s%s.", row_get(key, COL_LIMIT_SOURCE),
			 *by ? ", by " : "", by, *hop ? " at " : "", hop);
}

/* Return: were single rounds drawn? */
static bool put_script(const struct sizes *s, const char *unit, bool time)
{
	bool percent = any_limit(s), rounds;

	for (size_t k = 0; k < s->n; k++)
		put_data(s, k);
	rounds = put_rounds(s);
	fprintf(s->f, "set key maxcols %d\n", s->n > 2 ? 2 : 3);
	if (percent)
		fputs("set multiplot\nset origin 0,0.36\nset size 1,0.64\nset bmargin 0.8\nset lmargin 9\n"
		      "set rmargin 3\n",
		      s->f);
	put_tics(s, !percent);
	fprintf(s->f, "set ylabel '%s'\n%s\n", unit, time ? "set logscale y 10" : "set yrange [0:*]");
	for (size_t k = 0; k < s->n; k++)
		put_series(s, k, rounds, time);
	if (percent) {
		put_limits(s);
		put_percent(s);
	}
	fputc('\n', s->f);
	return rounds;
}

static void draw(struct page *p, struct sizes *s)
{
	static const struct {
		const char *title, *unit;
		bool time;
	} kinds[] = {[MEASURE_BW] = {"Bandwidth", "GB/s", false},
		     [MEASURE_LAT] = {"Latency (p50)", "us", true},
		     [MEASURE_RATE] = {"Message rate", "Mops", false},
		     [MEASURE_REG] = {"Registration (p50)", "us", true}};
	int kind = cell_measure(html_cell(panels_point(s->p, s->first), AX_MEASURE));
	char *script, about[2 * LABEL_LEN], limit[160], caption[4 * LABEL_LEN];
	bool rounds, tall = any_limit(s);
	size_t len;

	s->f = plot_begin(&script, &len, 760, tall ? 560 : 380);
	if (!s->f)
		return;
	rounds = put_script(s, kinds[kind].unit, kinds[kind].time);
	panels_about(s->p, s->r, s->first, about, sizeof(about));
	limit_about(s, limit, sizeof(limit));
	snprintf(caption, sizeof(caption),
		 "%s against size: %s Line: median; band: its 95 %% confidence interval%s.%s",
		 kinds[kind].title, about, rounds ? "; dots: single rounds" : "; single rounds not drawn",
		 limit);
	plot_end(p, s->f, &script, &len, caption);
}

static void draw_all(struct page *p, const struct report_run *r,
		     bool (*wanted)(const struct summary_point *x), size_t most)
{
	struct panels panels;
	size_t n = 0;

	if (panels_open(&panels, &r->s, wanted, AXIS_BIT(AX_MEASURE) | AXIS_BIT(AX_OP), AX_SIZE))
		return;
	for (size_t i = 0; i < panels.n && !p->no_tool; i++) {
		struct sizes s = {.p = &panels, .r = r, .first = i};

		if (!panels_opens(&panels, i) || !has_two_sizes(&s))
			continue;
		if (n++ >= most) {
			p->n_dropped++;
			continue;
		}
		s.n = panels_series(&panels, i, s.series);
		draw(p, &s);
	}
	panels_close(&panels);
}

void plot_size(struct page *p, const struct report_run *r)
{
	draw_all(p, r, is_bw, BW_PANELS);
	draw_all(p, r, is_other, LAT_PANELS);
}
