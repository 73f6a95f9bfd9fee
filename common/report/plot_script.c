// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* What all pictures have in common, and how many of them a page takes. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/err.h"
#include "report/html_priv.h"

/* Okabe and Ito: apart also without red or green, and on white as on black. */
const char *plot_colour(size_t i)
{
	static const char *const colours[PLOT_SERIES] = {"#0072b2", "#d55e00", "#009e73",
							 "#cc79a7", "#e69f00", "#56b4e9"};

	return colours[i % PLOT_SERIES];
}

int plot_marker(size_t i)
{
	static const int markers[PLOT_SERIES] = {7, 5, 9, 13, 11, 4};

	return markers[i % PLOT_SERIES];
}

void plot_size_label(int64_t bytes, char buf[32])
{
	static const char *const units[] = {"B", "KiB", "MiB", "GiB"};
	size_t u = 0;

	while (u + 1 < ARRAY_LEN(units) && bytes >= 1024 && bytes % 1024 == 0) {
		bytes /= 1024;
		u++;
	}
	snprintf(buf, 32, "%lld %s", (long long)bytes, units[u]);
}

FILE *plot_begin(char **script, size_t *len, int width, int height)
{
	FILE *f = open_memstream(script, len);

	if (f)
		fprintf(f,
			"set encoding utf8\nset terminal svg size %d,%d noenhanced font 'sans-serif,12'\n"
			"set grid lc rgb '#8c959f' lw 0.35 lt 1 dt 3\nset tics out nomirror\nset border 3\n"
			"set key outside top center horizontal Left reverse samplen 2.5\n",
			width, height);
	return f;
}

/* A program that is not there or hangs is not asked again; a picture that failed is one picture. */
static void failed(struct page *p, const struct err *e)
{
	if (e->code != -ENOENT && e->code != -ETIMEDOUT) {
		doc_para(&p->d, "A plot could not be made: %s", e->text);
		return;
	}
	p->no_tool = true;
	snprintf(p->why, sizeof(p->why), "%s%s%s", e->text, *e->hint ? ". " : "", e->hint);
}

void plot_end(struct page *p, FILE *f, char **script, const size_t *len, const char *caption)
{
	char prefix[24], *svg = NULL;
	struct err e = {0};
	size_t svg_len = 0;
	int rc = f && !fclose(f) ? 0 : -ENOMEM;

	if (!rc && !p->no_tool && (p->n_svg >= PAGE_SVG_MOST || p->svg_bytes >= PAGE_SVG_BYTES)) {
		p->n_dropped++;
	} else if (!rc && !p->no_tool) {
		snprintf(prefix, sizeof(prefix), "f%zu", ++p->n_svg);
		rc = plot_svg(p->r->tool, *script, *len, prefix, &svg, &svg_len, &e);
		if (rc)
			failed(p, &e);
		else
			doc_svg(&p->d, svg, svg_len, p->tier, caption);
		p->svg_bytes += svg_len;
	}
	free(svg);
	free(*script);
	*script = NULL;
}

void html_plots(struct page *p, const struct report_run *r)
{
	size_t before = p->n_svg;

	if (p->d.md) {
		doc_para(&p->d, "Not in Markdown; report without --md has them.");
		return;
	}
	p->n_dropped = 0;
	if (!p->no_tool)
		plot_size(p, r);
	if (!p->no_tool)
		plot_cdf(p, r);
	if (!p->no_tool)
		plot_tags(p, r);
	if (!p->no_tool)
		plot_trace(p, r);
	if (p->no_tool)
		doc_para(&p->d, "No plots: %s", *p->why ? p->why : "they were not asked for");
	else if (p->n_svg == before)
		doc_para(&p->d,
			 "Nothing to draw: no point was measured at two sizes, in six rounds or with a tag.");
	if (p->n_dropped)
		doc_para(&p->d,
			 "%zu more plots would make the page too large: choose with --where KEY=VALUE.",
			 p->n_dropped);
}
