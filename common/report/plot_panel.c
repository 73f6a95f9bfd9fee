// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Dividing points into pictures and series. */
#include "report/plot_panel.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

const struct summary_point *panels_point(const struct panels *p, size_t i)
{
	return &p->s->point[p->point[i]];
}

bool panels_same(const struct panels *p, size_t i, size_t k, axes_mask axes)
{
	const struct summary_point *x = panels_point(p, i), *y = panels_point(p, k);

	for (int a = 0; a < AX_COUNT; a++) {
		if (axes & AXIS_BIT(a) && strcmp(html_cell(x, (enum axis)a), html_cell(y, (enum axis)a)) != 0)
			return false;
	}
	return true;
}

bool panels_opens(const struct panels *p, size_t i)
{
	for (size_t k = 0; k < i; k++) {
		if (panels_same(p, i, k, p->panel))
			return false;
	}
	return true;
}

bool panels_member(const struct panels *p, size_t first, size_t i)
{
	return panels_same(p, first, i, p->panel | p->series);
}

/* Up to @room; one more is counted, so that too many can be seen. */
static size_t count_series(const struct panels *p, size_t first, size_t *out, size_t room)
{
	size_t n = 0;

	for (size_t i = first; i < p->n; i++) {
		size_t k = 0;

		if (!panels_same(p, first, i, p->panel))
			continue;
		while (k < n && !panels_same(p, out[k], i, p->series))
			k++;
		if (k < n)
			continue;
		if (n == room)
			return room + 1;
		out[n++] = i;
	}
	return n;
}

size_t panels_series(const struct panels *p, size_t first, size_t out[PLOT_SERIES])
{
	size_t n = count_series(p, first, out, PLOT_SERIES);

	return n > PLOT_SERIES ? PLOT_SERIES : n;
}

static bool fits(const struct panels *p)
{
	size_t series[PLOT_SERIES];

	for (size_t i = 0; i < p->n; i++) {
		if (panels_opens(p, i) && count_series(p, i, series, PLOT_SERIES) > PLOT_SERIES)
			return false;
	}
	return true;
}

/* The last axis of the table that makes series divides pictures instead: nic, target and interconnect stand
 * in front. */
static bool divide(struct panels *p)
{
	for (int a = AX_COUNT - 1; a >= 0; a--) {
		if (!(p->series & AXIS_BIT(a)))
			continue;
		p->series &= ~AXIS_BIT(a);
		p->panel |= AXIS_BIT(a);
		return true;
	}
	return false;
}

int panels_open(struct panels *p, const struct summary *s, bool (*wanted)(const struct summary_point *x),
		axes_mask fixed, enum axis along)
{
	*p = (struct panels){.s = s, .panel = fixed, .along = along};
	p->point = calloc(s->n + 1, sizeof(*p->point));
	if (!p->point)
		return -ENOMEM;
	for (size_t i = 0; i < s->n; i++) {
		if (wanted(&s->point[i]))
			p->point[p->n++] = i;
	}
	for (int a = 0; a < AX_COUNT; a++) {
		for (size_t i = 1; i < p->n && !(p->series & AXIS_BIT(a)); i++) {
			if (!panels_same(p, 0, i, AXIS_BIT(a)))
				p->series |= AXIS_BIT(a);
		}
	}
	p->series &= ~(fixed | AXIS_BIT(along));
	while (!fits(p) && divide(p))
		;
	return 0;
}

void panels_close(struct panels *p)
{
	free(p->point);
}

axes_mask panels_differ(const struct panels *p, size_t first)
{
	axes_mask mask = 0;

	for (int a = 0; a < AX_COUNT; a++) {
		if (!(p->series & AXIS_BIT(a)))
			continue;
		for (size_t i = first; i < p->n && !(mask & AXIS_BIT(a)); i++) {
			if (panels_same(p, first, i, p->panel) && !panels_same(p, first, i, AXIS_BIT(a)))
				mask |= AXIS_BIT(a);
		}
	}
	return mask;
}

void panels_about(const struct panels *p, const struct report_run *r, size_t first, char *buf, size_t len)
{
	size_t least = SIZE_MAX, most = 0;
	axes_mask shared = ~panels_differ(p, first) & ~AXIS_BIT(p->along) & ~AXIS_BIT(AX_MEASURE);
	char label[LABEL_LEN];

	for (size_t i = first; i < p->n; i++) {
		const struct summary_point *x = panels_point(p, i);

		if (!panels_same(p, first, i, p->panel))
			continue;
		least = x->n < least ? x->n : least;
		most = x->n > most ? x->n : most;
	}
	snprintf(buf, len, "%s. n = %zu%s%.0zu rounds; %s.",
		 html_label(panels_point(p, first), shared, label), least, least < most ? " to " : "",
		 least < most ? most : 0, *r->id ? r->id : "run without id");
}
