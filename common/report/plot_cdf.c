// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Latency distribution: histograms of all windows that count, pooled, on a scale that shows the tail. */
#include <errno.h>
#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/err.h"
#include "report/plot_panel.h"
#include "result/csv_file.h"

enum { PANELS = 4, POOLS = PANELS * PLOT_SERIES, BINS = 1 << 16, FIELDS = 6 };

/* Beyond this quantile fewer samples than that are left: the line ends. */
static const double TAIL_SAMPLES = 10;

/* Steps smaller than this, in powers of ten of 1 - q, cannot be seen. */
static const double STEP = 0.012;

struct bin {
	double hi_ns;
	uint64_t n;
};

/* Samples of one point. */
struct pool {
	size_t point;
	struct bin *bin;
	size_t n, room;
	uint64_t total;
};

/**
 * struct cdfs - all pictures of the run, so that the file is read once
 * @first: of each picture; @seq: rows that count, sorted
 */
struct cdfs {
	const struct report_run *r;
	struct panels p;
	size_t first[PANELS], n;
	struct pool pool[POOLS];
	size_t n_pool;
	int64_t *seq;
};

static bool is_lat(const struct summary_point *x)
{
	const char *tph = html_cell(x, AX_TPH), *measure = html_cell(x, AX_MEASURE);

	return x->n && (!strcmp(measure, "lat") || !strcmp(measure, "reg")) &&
	       (!*tph || !strcmp(tph, "none")) && !summary_is_control(x);
}

static int by_bin(const void *a, const void *b)
{
	const struct bin *x = a, *y = b;

	return (x->hi_ns > y->hi_ns) - (x->hi_ns < y->hi_ns);
}

/* Equal buckets of several windows become one. */
static void compact(struct pool *p)
{
	size_t n = 0;

	if (p->n)
		qsort(p->bin, p->n, sizeof(*p->bin), by_bin);
	for (size_t i = 0; i < p->n; i++) {
		if (n && p->bin[n - 1].hi_ns == p->bin[i].hi_ns)
			p->bin[n - 1].n += p->bin[i].n;
		else
			p->bin[n++] = p->bin[i];
	}
	p->n = n;
}

/* A file with more different buckets than our histograms have is not ours: the rest is left out. */
static int add_bin(struct pool *p, double hi_ns, uint64_t n)
{
	if (p->n == BINS)
		compact(p);
	if (p->n == BINS)
		return 0;
	if (p->n == p->room) {
		size_t room = p->room ? 2 * p->room : 256;
		struct bin *bin = reallocarray(p->bin, room, sizeof(*bin));

		if (!bin)
			return -ENOMEM;
		p->bin = bin;
		p->room = room;
	}
	p->bin[p->n++] = (struct bin){hi_ns, n};
	p->total += n;
	return 0;
}

static int by_seq(const void *a, const void *b)
{
	const int64_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

static struct pool *pool_of(struct cdfs *c, struct csv_field id)
{
	for (size_t i = 0; i < c->n_pool; i++) {
		const char *is = row_get(c->r->s.point[c->pool[i].point].key, COL_POINT_ID);

		if (strlen(is) == id.len && !memcmp(is, id.s, id.len))
			return &c->pool[i];
	}
	return NULL;
}

/* seq,point_id,round,lo_ns,width_ns,count by the places of the header. */
static int add_row(struct cdfs *c, const struct csv_field *field, const size_t at[FIELDS])
{
	double lo = plot_csv_number(field[at[3]]), width = plot_csv_number(field[at[4]]),
	       n = plot_csv_number(field[at[5]]);
	double seq_number = plot_csv_number(field[at[0]]);
	int64_t seq = seq_number >= 0 && seq_number < 0x1p53 ? (int64_t)seq_number : -1;
	struct pool *pool = pool_of(c, field[at[1]]);

	if (!pool || !(lo >= 0 && isfinite(lo)) || !(width >= 0 && isfinite(width)) ||
	    !(n >= 1 && n < 0x1p53) || !bsearch(&seq, c->seq, c->r->n_round, sizeof(seq), by_seq))
		return 0;
	return add_bin(pool, lo + width, (uint64_t)n);
}

static int read_hist(struct cdfs *c, const char *path)
{
	static const char *const names[FIELDS] = {"seq", "point_id", "round", "lo_ns", "width_ns", "count"};
	struct csv_field field[CSV_FIELDS_MAX];
	size_t n, at[FIELDS], columns;
	struct csv_file *f;
	struct err e = {0};
	int rc = csv_file_open(path, &f, &e);

	if (rc)
		return rc;
	rc = csv_file_next(f, field, &columns, &e) == 1 && plot_csv_header(field, columns, names, FIELDS, at)
		     ? 0
		     : -EINVAL;
	while (!rc) {
		int got = csv_file_next(f, field, &n, &e);

		if (got == 0)
			break;
		if (got == -EINVAL || got == -ENODATA)
			continue; /* a torn or broken line */
		rc = got < 0 ? got : n == columns ? add_row(c, field, at) : 0;
	}
	csv_file_close(f);
	return rc;
}

static void draw_pool(FILE *f, struct pool *p, size_t k)
{
	double last = -1;
	uint64_t below = 0;

	compact(p);
	fprintf(f, "$s%zu << EOD\n", k);
	for (size_t i = 0; i < p->n; i++) {
		double left, y;

		below += p->bin[i].n;
		left = (double)(p->total - below);
		if (left < TAIL_SAMPLES)
			break;
		y = -log10(left / (double)p->total);
		if (last >= 0 && y - last < STEP)
			continue;
		fprintf(f, "%.6g %.6g\n", p->bin[i].hi_ns / 1e3, y);
		last = y;
	}
	if (last < 0)
		fputs("NaN NaN\n", f);
	fputs("EOD\n", f);
}

static struct pool *find_pool(struct cdfs *c, size_t point)
{
	for (size_t i = 0; i < c->n_pool; i++) {
		if (c->pool[i].point == point)
			return &c->pool[i];
	}
	return NULL;
}

/* The series of a picture that have samples: launches of perftest keep none. */
static size_t sampled_series(struct cdfs *c, size_t first, size_t series[PLOT_SERIES])
{
	size_t all = panels_series(&c->p, first, series), n = 0;

	for (size_t k = 0; k < all; k++) {
		if (find_pool(c, c->p.point[series[k]])->total)
			series[n++] = series[k];
	}
	return n;
}

static void draw(struct page *p, struct cdfs *c, size_t first)
{
	char *script, about[2 * LABEL_LEN], caption[3 * LABEL_LEN], label[LABEL_LEN];
	size_t len, series[PLOT_SERIES], n = sampled_series(c, first, series);
	uint64_t least = UINT64_MAX;
	FILE *f = n ? plot_begin(&script, &len, 760, 400) : NULL;

	if (!f)
		return;
	fputs("set logscale x 10\nset xlabel 'us'\nset ylabel 'share of samples at or below'\nset yrange "
	      "[0:*]\n"
	      "set ytics ('0' 0, '50 %%' 0.30103, '90 %%' 1, '99 %%' 2, '99.9 %%' 3, '99.99 %%' 4, '99.999 "
	      "%%' 5, "
	      "'99.9999 %%' 6)\nset key maxcols 2\n",
	      f);
	for (size_t k = 0; k < n; k++) {
		struct pool *pool = find_pool(c, c->p.point[series[k]]);

		least = pool->total < least ? pool->total : least;
		draw_pool(f, pool, k);
	}
	for (size_t k = 0; k < n; k++) {
		html_label(panels_point(&c->p, series[k]), panels_differ(&c->p, first), label);
		fprintf(f, "%s $s%zu using 1:2 with steps lw 1.8 dt %zu lc rgb '%s' title ", k ? "," : "plot",
			k, k / 3 + 1, plot_colour(k));
		plot_text(f, *label ? label : "all samples");
	}
	fputc('\n', f);
	panels_about(&c->p, c->r, first, about, sizeof(about));
	snprintf(caption, sizeof(caption),
		 "%s distribution: %s At least %llu samples a line, all windows pooled; a line ends where "
		 "fewer "
		 "than 10 samples are left.",
		 !strcmp(html_cell(panels_point(&c->p, first), AX_MEASURE), "reg") ? "Registration"
										   : "Latency",
		 about, (unsigned long long)least);
	plot_end(p, f, &script, &len, caption);
}

/* The first, smallest size of each operation. */
static void choose(struct cdfs *c)
{
	size_t series[PLOT_SERIES];

	for (size_t i = 0; i < c->p.n && c->n < PANELS; i++) {
		bool seen = false;

		for (size_t k = 0; k < c->n; k++)
			seen = seen ||
			       panels_same(&c->p, c->first[k], i, AXIS_BIT(AX_MEASURE) | AXIS_BIT(AX_OP));
		if (seen)
			continue;
		c->first[c->n++] = i;
		for (size_t k = 0, n = panels_series(&c->p, i, series); k < n; k++)
			c->pool[c->n_pool++] = (struct pool){.point = c->p.point[series[k]]};
	}
}

void plot_cdf(struct page *p, const struct report_run *r)
{
	struct cdfs c = {.r = r};
	char path[PATH_MAX];
	int rc = panels_open(&c.p, &r->s, is_lat, AXIS_BIT(AX_MEASURE) | AXIS_BIT(AX_OP) | AXIS_BIT(AX_SIZE),
			     AX_SIZE);

	if (rc)
		return;
	choose(&c);
	c.seq = calloc(r->n_round + 1, sizeof(*c.seq));
	for (size_t i = 0; c.seq && i < r->n_round; i++)
		c.seq[i] = r->round[i].seq;
	if (c.seq)
		qsort(c.seq, r->n_round, sizeof(*c.seq), by_seq);
	snprintf(path, sizeof(path), "%s/hist.csv", r->dir);
	rc = !c.seq ? -ENOMEM : c.n ? read_hist(&c, path) : 0;
	if (rc)
		doc_para(&p->d, "No latency distribution: hist.csv %s.",
			 rc == -ENOENT ? "is not there" : "cannot be read");
	for (size_t k = 0; !rc && k < c.n && !p->no_tool; k++)
		draw(p, &c, c.first[k]);
	for (size_t i = 0; i < c.n_pool; i++)
		free(c.pool[i].bin);
	free(c.seq);
	panels_close(&c.p);
}
