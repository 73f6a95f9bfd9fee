/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef P2P_REPORT_PLOT_H
#define P2P_REPORT_PLOT_H

/*
 * gnuplot as a program beside this one: a script in, a picture out. No shell, no file, no start-up file of
 * the user's. What comes back is kept only as far as it is drawing, so that it can stand in a page beside
 * others.
 */

#include <stddef.h>
#include <stdio.h>

struct err;

/* A picture larger than this is refused. */
enum { PLOT_SVG_MAX = 4 << 20 };

/**
 * struct plot_tool - how pictures are made
 * @program: name looked up in PATH, or a path; @timeout_ms: for one picture, then it is killed
 */
struct plot_tool {
	const char *program;
	int timeout_ms;
};

/**
 * plot_svg() - run a script
 * @script: writes one SVG to standard output
 * @prefix: put before every id, so that two pictures of one page do not share any
 * @svg: "<svg ...>...</svg>", to be freed
 *
 * Return: 0; -ENOENT no such program; -ETIMEDOUT; -EPROTO it failed or wrote no SVG (@e has the last line it
 * complained with); -EFBIG; -ENOMEM and what the kernel said when it could not be started.
 */
int plot_svg(const struct plot_tool *tool, const char *script, size_t len, const char *prefix, char **svg,
	     size_t *svg_len, struct err *e);

/**
 * plot_clean() - the second half of plot_svg(): keep elements and attributes that draw, drop all else
 *
 * No script, no style, no event attribute, no reference out of the document survives.
 * Return: 0; -EPROTO not one whole <svg>; -ENOMEM.
 */
int plot_clean(const char *raw, size_t len, const char *prefix, char **svg, size_t *svg_len);

/*
 * @text as a gnuplot string: single quotes, so that nothing in it is substituted; an apostrophe in it
 * becomes U+2019, which ends no string; control characters blank.
 */
void plot_text(FILE *out, const char *text);

/* The same for the label of a tic, which gnuplot takes for a format. */
void plot_tic(FILE *out, const char *text);

/* A number as gnuplot reads it; NaN leaves a gap. */
void plot_number(FILE *out, double v);

#endif
