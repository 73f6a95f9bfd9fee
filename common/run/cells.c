// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Values of each point by round, and the looks at them; see cells.h. */
#include "run/cells.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "mem/mem.h"
#include "mem/mem.h"
#include "run/looks.h"

static void cell_rounds(struct cells *c, size_t k)
{
	const struct config *config = plan_config(c->plan);
	struct cell *cell = &c->cell[k];
	size_t n;
	const uint32_t *member = plan_cell(c->plan, k, &n);
	struct point pt;

	*cell = (struct cell){.worst = HUGE_VAL};
	for (size_t i = 0; i < n; i++) {
		const struct config_settings *set;
		int64_t most;

		plan_point(c->plan, member[i], &pt);
		set = &config->sweeps[pt.sweep].set;
		c->of[member[i]] = (uint32_t)k;
		/* Windows that are revoked have no figure to become precise. */
		most = set->revoke == MEM_REVOKE_NONE ? set->rounds_max : set->rounds_min;
		cell->lo = set->rounds_min > cell->lo ? set->rounds_min : cell->lo;
		cell->hi = most > cell->hi ? most : cell->hi;
	}
	c->rounds = cell->hi > c->rounds ? cell->hi : c->rounds;
}

int cells_open(const struct plan *plan, struct cells *out)
{
	size_t n = plan_points(plan);

	*out = (struct cells){.plan = plan, .n = plan_cells(plan), .open = plan_cells(plan)};
	out->cell = calloc(out->n + 1, sizeof(*out->cell));
	out->of = calloc(n + 1, sizeof(*out->of));
	out->value = calloc(n + 1, sizeof(*out->value));
	out->room = calloc(n + 1, sizeof(*out->room));
	out->lost_at = calloc(n + 1, sizeof(*out->lost_at));
	if (!out->cell || !out->of || !out->value || !out->room || !out->lost_at) {
		cells_close(out);
		return -ENOMEM;
	}
	memset(out->lost_at, 0xff, n * sizeof(*out->lost_at));
	for (size_t k = 0; k < out->n; k++)
		cell_rounds(out, k);
	out->scratch = calloc((size_t)out->rounds + 1, sizeof(*out->scratch));
	if (out->scratch)
		return 0;
	cells_close(out);
	return -ENOMEM;
}

void cells_close(struct cells *c)
{
	for (size_t i = 0; c->value && i < plan_points(c->plan); i++)
		free(c->value[i]);
	free(c->cell);
	free(c->of);
	free(c->value);
	free(c->room);
	free(c->lost_at);
	free(c->scratch);
	*c = (struct cells){0};
}

static enum column main_column(const struct row *row)
{
	const char *measure = row_get(row, COL_KEY + AX_MEASURE);

	if (!strcmp(measure, "bw"))
		return COL_BW_GBYTE_S;
	return strcmp(measure, "rate") ? COL_LAT_P50_US : COL_MSG_MOPS;
}

/* Room up to the next look: what follows may never be needed. */
static int grow(struct cells *c, size_t point, const struct cell *cell, int64_t round)
{
	int64_t room = looks_next(cell->lo, cell->hi, round - 1);
	double *v;

	if (room <= c->room[point])
		return 0;
	v = realloc(c->value[point], (size_t)room * sizeof(*v));
	if (!v)
		return -ENOMEM;
	for (int64_t i = c->room[point]; i < room; i++)
		v[i] = (double)NAN;
	c->value[point] = v;
	c->room[point] = (uint16_t)room;
	return 0;
}

int cells_add(struct cells *c, size_t point, int64_t round, const struct row *row)
{
	const struct cell *cell = &c->cell[c->of[point]];
	int rc;

	if (round < 1 || round > cell->hi || cell->lo == cell->hi || cell->stop != CELL_OPEN)
		return 0;
	rc = grow(c, point, cell, round);
	/* From the row's text, so that a resumed run decides as this one does. */
	if (!rc)
		c->value[point][round - 1] = row_get_num(row, main_column(row));
	return rc;
}

void cells_lose(struct cells *c, size_t point, int64_t round)
{
	if (round >= 0 && round < UINT16_MAX)
		c->lost_at[point] = (uint16_t)round;
}

/* Half width at @round in multiples of the target; infinite without an interval. */
static double imprecision(const struct cells *c, size_t point, int64_t round)
{
	struct point pt;
	size_t n = 0;
	double half;

	for (int64_t i = 0; i < round && i < c->room[point]; i++)
		if (isfinite(c->value[point][i]))
			c->scratch[n++] = c->value[point][i];
	half = looks_half_pct(c->scratch, n);
	plan_point(c->plan, point, &pt);
	return isfinite(half) ? half / looks_target_pct(pt.v[AX_MEASURE]) : HUGE_VAL;
}

static void look_at(struct cells *c, size_t k, int64_t round)
{
	struct cell *cell = &c->cell[k];
	size_t n, left = 0;
	const uint32_t *member = plan_cell(c->plan, k, &n);

	cell->worst = 0;
	for (size_t i = 0; i < n; i++) {
		double half;

		if (c->lost_at[member[i]] <= round)
			continue;
		left++;
		half = cell->lo < cell->hi ? imprecision(c, member[i], round) : HUGE_VAL;
		cell->worst = half > cell->worst ? half : cell->worst;
	}
	if (!left)
		cell->stop = CELL_ERROR;
	else if (cell->worst <= 1)
		cell->stop = CELL_PRECISION;
	else if (round >= cell->hi)
		cell->stop = CELL_MAX_ROUNDS;
	if (cell->stop == CELL_OPEN)
		return;
	c->open--;
	for (size_t i = 0; i < n; i++) {
		free(c->value[member[i]]);
		c->value[member[i]] = NULL;
		c->room[member[i]] = 0;
	}
}

void cells_look(struct cells *c, int64_t round)
{
	for (size_t k = 0; k < c->n; k++) {
		const struct cell *cell = &c->cell[k];

		if (cell->stop == CELL_OPEN && looks_at(cell->lo, cell->hi, round))
			look_at(c, k, round);
	}
}
