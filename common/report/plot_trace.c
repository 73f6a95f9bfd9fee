// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Every window against the median of its point, in order of execution: drift shows at once. */
#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/err.h"
#include "report/html_priv.h"
#include "result/csv_file.h"
#include "stats/stats.h"

enum { LEAST = 12, DOTS = 1500, SETUPS = 200, CANARY = 4096, CANARY_FIELDS = 4 };

static const char *const measures[] = {"bw", "lat", "rate", "reg"};

static double deviation(const struct report_run *r, const struct report_round *x)
{
	double median = summary_main(&r->s.point[x->point])->median;

	return median > 0 ? 100 * (x->v / median - 1) : nan("");
}

static int by_size(const void *a, const void *b)
{
	const double *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

/* Where the scale ends: 49 of 50 windows lie within, so that a single one does not flatten the rest. */
static double scale(const struct report_run *r)
{
	double *off = calloc(r->n_round, sizeof(*off)), end = 3;
	size_t n = 0;

	for (size_t i = 0; off && i < r->n_round; i++) {
		double v = fabs(deviation(r, &r->round[i]));

		if (isfinite(v))
			off[n++] = v;
	}
	if (n) {
		qsort(off, n, sizeof(*off), by_size);
		end = fmax(end, 1.1 * off[(n - 1) * 49 / 50]);
	}
	free(off);
	return end;
}

/* Windows beyond the scale, all of them, at its edge. Return: how many. */
static size_t put_beyond(FILE *f, const struct report_run *r, double end)
{
	size_t n = 0;

	fputs("$beyond << EOD\nNaN NaN\n", f);
	for (size_t i = 0; i < r->n_round; i++) {
		double v = deviation(r, &r->round[i]);

		if (fabs(v) <= end || !isfinite(v) || !isfinite(r->round[i].t_s))
			continue;
		if (n++ < DOTS)
			fprintf(f, "%.7g %.5g\n", r->round[i].t_s, v > 0 ? end : -end);
	}
	fputs("EOD\n", f);
	return n;
}

/* One in @step, so that a long run stays readable. */
static size_t put_rounds(FILE *f, const struct report_run *r, double end)
{
	size_t step = r->n_round / DOTS + 1;

	for (size_t m = 0; m < ARRAY_LEN(measures); m++) {
		fprintf(f, "$m%zu << EOD\nNaN NaN\n", m);
		for (size_t i = 0; i < r->n_round; i += step) {
			const struct report_round *x = &r->round[i];
			double v = deviation(r, x);

			if (!strcmp(html_cell(&r->s.point[x->point], AX_MEASURE), measures[m]) &&
			    fabs(v) <= end && isfinite(x->t_s))
				fprintf(f, "%.7g %.5g\n", x->t_s, v);
		}
		fputs("EOD\n", f);
	}
	return step;
}

/* A line where a setup begins. */
static void put_setups(FILE *f, const struct report_run *r)
{
	int32_t setup = r->n_round ? r->round[0].setup : 0;
	size_t n = 0;

	for (size_t i = 0; i < r->n_round && n < SETUPS; i++) {
		if (r->round[i].setup == setup || !isfinite(r->round[i].t_s))
			continue;
		setup = r->round[i].setup;
		fprintf(f,
			"set arrow %zu from first %.7g, graph 0 to first %.7g, graph 1 nohead lw 0.8 lc rgb "
			"'#8c959f' back\n",
			++n, r->round[i].t_s, r->round[i].t_s);
	}
}

struct canary {
	double t[CANARY], v[CANARY];
	size_t n;
};

static void read_canary(const struct report_run *r, struct canary *c)
{
	static const char *const names[CANARY_FIELDS] = {"round", "t_mono_s", "write_gbyte_s", "status"};
	struct csv_field field[CSV_FIELDS_MAX];
	size_t n, columns, at[CANARY_FIELDS];
	char path[PATH_MAX];
	struct csv_file *f;
	struct err e = {0};

	c->n = 0;
	snprintf(path, sizeof(path), "%s/canary.csv", r->dir);
	if (csv_file_open(path, &f, &e))
		return;
	if (csv_file_next(f, field, &columns, &e) == 1 &&
	    plot_csv_header(field, columns, names, CANARY_FIELDS, at)) {
		while (c->n < CANARY && csv_file_next(f, field, &n, &e) == 1) {
			double t, v;

			if (n != columns || field[at[3]].len != 2 || memcmp(field[at[3]].s, "ok", 2) != 0)
				continue;
			t = plot_csv_number(field[at[1]]);
			v = plot_csv_number(field[at[2]]);
			if (isfinite(t) && v > 0 && isfinite(v)) {
				c->t[c->n] = t;
				c->v[c->n++] = v;
			}
		}
	}
	csv_file_close(f);
}

static bool put_canary(FILE *f, const struct report_run *r)
{
	struct canary *c = malloc(sizeof(*c));
	double *sorted = calloc(CANARY, sizeof(*sorted));
	bool drawn = false;

	if (c && sorted) {
		read_canary(r, c);
		memcpy(sorted, c->v, c->n * sizeof(*sorted));
	}
	if (c && sorted && c->n > 1) {
		double median = stats_median_ci(sorted, c->n).median;

		fputs("$canary << EOD\n", f);
		for (size_t i = 0; i < c->n; i++)
			fprintf(f, "%.7g %.5g\n", c->t[i], 100 * (c->v[i] / median - 1));
		fputs("EOD\n", f);
		drawn = true;
	}
	free(c);
	free(sorted);
	return drawn;
}

static bool has_measure(const struct report_run *r, const char *measure)
{
	for (size_t i = 0; i < r->s.n; i++) {
		if (r->s.point[i].n && !strcmp(html_cell(&r->s.point[i], AX_MEASURE), measure))
			return true;
	}
	return false;
}

static void put_plot(FILE *f, const struct report_run *r, double end, bool canary, bool beyond)
{
	static const char *const titles[] = {"bandwidth", "latency", "message rate", "registration"};
	const char *sep = "plot";

	fprintf(f,
		"set xlabel 'seconds since the run began'\nset ylabel '%% off the point''s median'\n"
		"set yrange [-%.5g:%.5g]\n",
		1.05 * end, 1.05 * end);
	for (size_t m = 0; m < ARRAY_LEN(measures); m++) {
		if (!has_measure(r, measures[m]))
			continue;
		fprintf(f, "%s $m%zu using 1:2 with points pt %d ps 0.35 lc rgb '%s' title '%s'", sep, m,
			plot_marker(m), plot_colour(m), titles[m]);
		sep = ",";
	}
	if (beyond)
		fprintf(f,
			"%s $beyond using 1:2 with points pt 2 ps 0.6 lc rgb '#7d858d' title 'beyond the "
			"scale'",
			sep);
	if (canary)
		fprintf(f, ", $canary using 1:2 with lines lw 1.4 lc rgb '%s' title 'canary: host WRITE'",
			plot_colour(4));
	fputc('\n', f);
}

void plot_trace(struct page *p, const struct report_run *r)
{
	char *script, caption[3 * LABEL_LEN], every[64] = "", far[96] = "";
	size_t len, step, beyond;
	bool canary;
	double end;
	FILE *f;

	if (r->n_round < LEAST)
		return;
	f = plot_begin(&script, &len, 760, 380);
	if (!f)
		return;
	end = scale(r);
	step = put_rounds(f, r, end);
	beyond = put_beyond(f, r, end);
	put_setups(f, r);
	canary = put_canary(f, r);
	put_plot(f, r, end, canary, beyond > 0);
	if (step > 1)
		snprintf(every, sizeof(every), " One window in %zu is drawn.", step);
	if (beyond)
		snprintf(far, sizeof(far), " %zu of %zu windows lie beyond the scale.", beyond, r->n_round);
	snprintf(caption, sizeof(caption),
		 "Windows in order of execution, each against its point's median; vertical lines: a new "
		 "setup of "
		 "queue pairs and registrations.%s%s%s %s.",
		 canary ? " Canary: the same small host load in every round." : "", every, far,
		 *r->id ? r->id : "run without id");
	plot_end(p, f, &script, &len, caption);
}
