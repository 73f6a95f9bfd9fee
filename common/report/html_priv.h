/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef P2P_REPORT_HTML_PRIV_H
#define P2P_REPORT_HTML_PRIV_H

/* Within html*.c and plot_*.c: the page being made, and its parts. */

#include "report/html.h"
#include "report/html_doc.h"
#include "report/table_cell.h"
#include "result/csv.h"

/* Pictures of a page together, so that a page of 5000 points stays below 2 MB. */
enum { PAGE_SVG_BYTES = 600 << 10, PAGE_SVG_MOST = 24, LABEL_LEN = 256 };

/**
 * struct page - at work
 * @tier: watermark of the run at work, NULL = hardware
 * @svg_bytes, @n_svg: of the pictures so far; @n_dropped: those that found no room
 * @no_tool: no pictures can be made: @why
 */
struct page {
	struct doc d;
	const struct report *r;
	const char *tier;
	size_t svg_bytes, n_svg, n_dropped;
	bool no_tool;
	char why[1100];
};

/* A set of axes. */
typedef uint64_t axes_mask;
#define AXIS_BIT(a) ((axes_mask)1 << (a))

/* "" for an axis that is empty. */
const char *html_cell(const struct summary_point *p, enum axis a);

/* "software" or "emulated" when any point of the run is, else NULL. */
const char *html_tier(const struct report_run *r);

/* Axes in which the measured points of @measure differ (NULL = all); measure and variant never among them. */
axes_mask html_differ(const struct summary *s, const char *measure);

/* The values of @axes: "read, target accel, size 4K"; op without its name. Return: @buf. */
char *html_label(const struct summary_point *p, axes_mask axes, char buf[LABEL_LEN]);

/* Member @path ("env.kernel") as text; "" when it has none. Borrowed, or @buf. */
const char *html_text(const json_t *root, const char *path, char buf[LABEL_LEN]);

void html_summary(struct page *p, const struct report_run *r);
void html_findings(struct page *p, const struct report_run *r);
void html_limits(struct page *p, const struct report_run *r);
void html_expect(struct page *p, const struct report_run *r);
void html_plots(struct page *p, const struct report_run *r);
void html_tables(struct page *p, const struct report_run *r);
void html_topology(struct page *p, const struct report_run *r);
void html_machine(struct page *p, const struct report_run *r);
void html_compare(struct page *p);

/* Pictures; each looks for what it needs in the run and draws nothing without. */
void plot_size(struct page *p, const struct report_run *r);
void plot_cdf(struct page *p, const struct report_run *r);
void plot_tags(struct page *p, const struct report_run *r);
void plot_trace(struct page *p, const struct report_run *r);
void plot_forest(struct page *p);

/* A script being written: what all have in common is in it. NULL without memory. */
FILE *plot_begin(char **script, size_t *len, int width, int height);

/* Runs what plot_begin() began and puts it on the page. Frees @script. */
void plot_end(struct page *p, FILE *f, char **script, const size_t *len, const char *caption);

/* Colour and marker of series @i: to be told apart by those who see no colours. */
const char *plot_colour(size_t i);
int plot_marker(size_t i);
enum { PLOT_SERIES = 6 };

/* A cell of a CSV file, NaN when it is no number; where in a header n_name columns stand, false when one
 * lacks. */
double plot_csv_number(struct csv_field f);
bool plot_csv_header(const struct csv_field *field, size_t n, const char *const *name, size_t n_name,
		     size_t *at);

/* "64 B", "4 KiB" */
void plot_size_label(int64_t bytes, char buf[32]);

#endif
