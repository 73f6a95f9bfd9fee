// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* rounds.csv -> which windows need not be taken again. */
#include "run/resume.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "result/rounds.h"

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

static bool is_fault(const char *status)
{
	return !strcmp(status, status_name(ST_ERROR)) || !strcmp(status, status_name(ST_TIMEOUT));
}

static void mark_row(struct resume *r, const struct row *row, size_t point)
{
	const char *status = row_get(row, COL_STATUS);
	int64_t round = cell_int(row, COL_ROUND);

	if (!strcmp(status, status_name(ST_SKIPPED)))
		set_bit(r->skipped, point);
	else if (round >= 0 && (uint64_t)round < r->rounds)
		set_bit(r->done, point * r->rounds + (uint64_t)round);
	if (is_fault(status) && r->faults[point] < UINT8_MAX)
		r->faults[point]++;
}

static int take_row(const struct row *row, void *arg)
{
	struct resume *r = arg;
	const char *text = row_get(row, COL_POINT_ID);
	struct resume_id key = {.id = text[0] == 'p' ? strtoull(text + 1, NULL, 16) : 0};
	const struct resume_id *hit = bsearch(&key, r->id, r->points, sizeof(key), by_id);

	r->rows++;
	r->seq = later(r->seq, cell_int(row, COL_SEQ));
	r->setup_id = later(r->setup_id, cell_int(row, COL_SETUP_ID));
	r->t_mono_s = strtod(row_get(row, COL_T_MONO_S), NULL);
	if (hit)
		mark_row(r, row, hit->point);
	else
		r->unknown++;
	return 0;
}

int resume_open(const struct plan *plan, uint64_t rounds, const char *dir, struct resume *out, struct err *e)
{
	size_t n = plan_points(plan);
	struct point pt;
	int rc = 0;

	*out = (struct resume){.rounds = rounds + 1, .points = n};
	out->done = calloc(n * out->rounds / 64 + 1, sizeof(uint64_t));
	out->skipped = calloc(n / 64 + 1, sizeof(uint64_t));
	out->faults = calloc(n + 1, 1);
	out->id = calloc(n + 1, sizeof(*out->id));
	if (!out->done || !out->skipped || !out->faults || !out->id) {
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
	free(r->done);
	free(r->skipped);
	free(r->faults);
	free(r->id);
	*r = (struct resume){0};
}

bool resume_done(const struct resume *r, size_t point, uint64_t round)
{
	return get_bit(r->done, point * r->rounds + round);
}

bool resume_skipped(const struct resume *r, size_t point)
{
	return get_bit(r->skipped, point);
}

void resume_skip(struct resume *r, size_t point)
{
	set_bit(r->skipped, point);
}
