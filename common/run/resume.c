// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* rounds.csv -> which windows need not be taken again. */
#include "run/resume.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "result/rounds.h"
#include "run/visit.h"

struct resume_id {
	uint64_t id;
	size_t point;
};

static int by_id(const void *a, const void *b)
{
	const struct resume_id *x = a, *y = b;

	return x->id < y->id ? -1 : x->id > y->id;
}

static void set_bit(uint64_t *map, uint64_t bit)
{
	map[bit / 64] |= 1ull << (bit % 64);
}

static bool get_bit(const uint64_t *map, uint64_t bit)
{
	return map[bit / 64] >> (bit % 64) & 1;
}

static int64_t cell_int(const struct row *row, enum column c)
{
	return strtoll(row_get(row, c), NULL, 10);
}

static int64_t later(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

bool resume_is_fault(enum status s)
{
	return s == ST_ERROR || s == ST_TIMEOUT || s == ST_REVOKED;
}

static enum status status_of(const struct row *row)
{
	int s = 0;

	while (s < ST_COUNT && strcmp(row_get(row, COL_STATUS), status_name(s)) != 0)
		s++;
	return s;
}

/* Its repetition was still to come when the process ended, unless another row of the round follows. */
static bool awaits_repeat(const struct row *row, enum status status)
{
	return status == ST_VOID && !strcmp(row_get(row, COL_REASON), VISIT_REPEATED);
}

static int mark_row(struct resume *r, const struct row *row, size_t point)
{
	enum status status = status_of(row);
	int64_t round = cell_int(row, COL_ROUND);

	if (round < 0 || (uint64_t)round >= r->rounds)
		return 0;
	if (status == ST_SKIPPED)
		cells_lose(&r->cells, point, round);
	else if (!awaits_repeat(row, status))
		set_bit(r->done, point * r->rounds + (uint64_t)round);
	if (resume_is_fault(status) && r->faults[point] < UINT8_MAX)
		r->faults[point]++;
	return status == ST_OK || status == ST_OVERLOAD ? cells_add(&r->cells, point, round, row) : 0;
}

size_t resume_find(const struct resume *r, const char *text)
{
	struct resume_id key = {.id = text[0] == 'p' ? strtoull(text + 1, NULL, 16) : 0};
	const struct resume_id *hit = bsearch(&key, r->id, r->points, sizeof(key), by_id);

	return hit ? hit->point : SIZE_MAX;
}

static int take_row(const struct row *row, void *arg)
{
	struct resume *r = arg;
	size_t point = resume_find(r, row_get(row, COL_POINT_ID));

	r->rows++;
	r->windows += status_of(row) != ST_SKIPPED;
	r->seq = later(r->seq, cell_int(row, COL_SEQ));
	r->setup_id = later(r->setup_id, cell_int(row, COL_SETUP_ID));
	r->t_mono_s = strtod(row_get(row, COL_T_MONO_S), NULL);
	if (point != SIZE_MAX)
		return mark_row(r, row, point);
	r->unknown++;
	return 0;
}

int resume_open(const struct plan *plan, const char *dir, struct resume *out, struct err *e)
{
	size_t n = plan_points(plan);
	struct point pt;
	int rc;

	*out = (struct resume){.points = n};
	rc = cells_open(plan, &out->cells);
	out->rounds = (uint64_t)out->cells.rounds + 1;
	out->done = calloc(n * out->rounds / 64 + 1, sizeof(uint64_t));
	out->faults = calloc(n + 1, 1);
	out->id = calloc(n + 1, sizeof(*out->id));
	if (rc || !out->done || !out->faults || !out->id) {
		resume_close(out);
		return err_set(e, -ENOMEM, "out of memory for %zu points", n);
	}
	for (size_t i = 0; i < n; i++) {
		plan_point(plan, i, &pt);
		out->id[i] = (struct resume_id){.id = pt.id, .point = i};
	}
	qsort(out->id, n, sizeof(*out->id), by_id);
	if (dir)
		rc = rounds_each(dir, take_row, out, NULL, e);
	/* The next number may be that of a histogram whose row was lost with the process. */
	out->seq += out->rows > 0;
	if (rc)
		resume_close(out);
	return rc;
}

void resume_close(struct resume *r)
{
	cells_close(&r->cells);
	free(r->done);
	free(r->faults);
	free(r->id);
	*r = (struct resume){0};
}

bool resume_done(const struct resume *r, size_t point, uint64_t round)
{
	return get_bit(r->done, point * r->rounds + round);
}
