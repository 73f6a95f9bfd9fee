/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef P2P_REPORT_PLOT_PANEL_H
#define P2P_REPORT_PLOT_PANEL_H

/* Within plot_*.c: which points go into one picture, and which of them make a series of it. */

#include "report/html_priv.h"

/**
 * struct panels - points that may be drawn, and how they are divided
 * @point: indices into the summary, in its order; @n of them
 * @panel: axes that are equal within a picture; @series: those that tell its series apart; @along: the x axis
 */
struct panels {
	const struct summary *s;
	size_t *point;
	size_t n;
	axes_mask panel, series;
	enum axis along;
};

/**
 * panels_open() - choose the axes
 * @wanted: the points
 * @fixed: axes that divide pictures in any case
 *
 * As few pictures as possible with at most PLOT_SERIES series each; what a path is divides last.
 * Return: 0 or -ENOMEM; n may be 0.
 */
int panels_open(struct panels *p, const struct summary *s, bool (*wanted)(const struct summary_point *x),
		axes_mask fixed, enum axis along);
void panels_close(struct panels *p);

const struct summary_point *panels_point(const struct panels *p, size_t i);
bool panels_same(const struct panels *p, size_t i, size_t k, axes_mask axes);

/* Is point @i the first of its picture? */
bool panels_opens(const struct panels *p, size_t i);

/* First point of each series of the picture of point @first, at most PLOT_SERIES. Return: how many. */
size_t panels_series(const struct panels *p, size_t first, size_t out[PLOT_SERIES]);

/* Is point @i in the picture and series of @first? */
bool panels_member(const struct panels *p, size_t first, size_t i);

/* Axes in which the series of the picture of @first differ: what its legend has to say. */
axes_mask panels_differ(const struct panels *p, size_t first);

/* n of the rounds, the axes that all share, and the run, for the caption of the picture of @first. */
void panels_about(const struct panels *p, const struct report_run *r, size_t first, char *buf, size_t len);

#endif
