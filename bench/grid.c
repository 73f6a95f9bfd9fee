// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "grid.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

void grid_add(struct grid *g, const char *fmt, ...)
{
	va_list ap;

	if (g->n == g->room) {
		size_t room = g->room ? 2 * g->room : 256;
		char **grown = reallocarray(g->cell, room, sizeof(*grown));

		if (!grown)
			return;
		g->cell = grown;
		g->room = room;
	}
	va_start(ap, fmt);
	if (vasprintf(&g->cell[g->n], fmt, ap) < 0)
		g->cell[g->n] = NULL;
	va_end(ap);
	g->n++;
}

static const char *text(const struct grid *g, size_t i)
{
	return g->cell[i] ? g->cell[i] : "?";
}

static size_t width(const struct grid *g, size_t col)
{
	size_t most = 0;

	for (size_t i = col; i < g->n; i += g->cols) {
		size_t len = strlen(text(g, i));

		most = len > most ? len : most;
	}
	return most;
}

/* Cells behind which nothing stands in their row are not padded. */
static void print_row(const struct grid *g, size_t at, const size_t *w, FILE *out)
{
	size_t last = at + g->cols < g->n ? at + g->cols : g->n;

	while (last > at && !*text(g, last - 1))
		last--;
	for (size_t i = at; i < last; i++)
		fprintf(out, "%-*s%s", i + 1 < last ? (int)w[i - at] : 0, text(g, i),
			i + 1 < last ? "  " : "");
	fputc('\n', out);
}

void grid_finish(struct grid *g, FILE *out)
{
	size_t *w = calloc(g->cols, sizeof(*w));

	for (size_t c = 0; w && c < g->cols; c++)
		w[c] = width(g, c);
	for (size_t i = 0; w && i < g->n; i += g->cols)
		print_row(g, i, w, out);
	for (size_t i = 0; i < g->n; i++)
		free(g->cell[i]);
	free(g->cell);
	free(w);
	*g = (struct grid){.cols = g->cols};
}
