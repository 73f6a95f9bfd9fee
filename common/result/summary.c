// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * From rows to points. While rows stream by, a point keeps the few numbers of each ok row; at the end
 * they become medians and intervals (summary_figures.c) and comparisons (summary_cells.c).
 */
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/rng.h"
#include "result/rounds.h"
#include "result/summary_series.h"

static const enum column metric_column[M_COUNT] = {
	[M_BW] = COL_BW_GBYTE_S,  [M_MOPS] = COL_MSG_MOPS,	    [M_P50] = COL_LAT_P50_US,
	[M_P99] = COL_LAT_P99_US, [M_P999] = COL_LAT_P999_US,	    [M_MAX] = COL_LAT_MAX_US,
	[M_DRAIN] = COL_DRAIN_US, [M_LAG] = COL_SEND_LAG_P99_US,    [M_LATE] = COL_LATE_PCT,
	[M_DEREG] = COL_DEREG_US, [M_CONSUME] = COL_CONSUME_P50_US,
};

/* Reason of a window that was measured again because its rate changed. */
static const char DRIFT[] = "drift in window";

/*
 * @series[i] belongs to @out->point[i]. @slot is a hash table of point numbers + 1 with 0 = free,
 * @mask + 1 slots, at most half full; @room points are allocated, as many as half the slots.
 */
struct build {
	struct summary *out;
	struct series *series;
	size_t room;
	uint32_t *slot;
	size_t mask;
};

/* Slot that holds the point named @id, or the free one where it belongs. */
static uint32_t *find_slot(const struct build *b, const char *id)
{
	size_t i = rng_mix(fnv64(FNV64_INIT, id, strlen(id))) & b->mask;

	while (b->slot[i] && strcmp(row_get(b->out->point[b->slot[i] - 1].key, COL_POINT_ID), id) != 0)
		i = (i + 1) & b->mask;
	return &b->slot[i];
}

/* Room for twice as many points. */
static int grow(struct build *b)
{
	size_t room = b->room ? 2 * b->room : 64;
	struct summary_point *point = reallocarray(b->out->point, room, sizeof(*point));
	struct series *series;
	uint32_t *slot;

	if (!point)
		return -ENOMEM;
	b->out->point = point;
	series = reallocarray(b->series, room, sizeof(*series));
	if (!series)
		return -ENOMEM;
	b->series = series;
	slot = calloc(2 * room, sizeof(*slot));
	if (!slot)
		return -ENOMEM;
	free(b->slot);
	b->slot = slot;
	b->mask = 2 * room - 1;
	b->room = room;
	for (size_t i = 0; i < b->out->n; i++)
		*find_slot(b, row_get(point[i].key, COL_POINT_ID)) = (uint32_t)i + 1;
	return 0;
}

/* Identity, key and state cells of @row, to keep. */
static struct row *key_of(const struct row *row)
{
	struct row key;

	row_clear(&key);
	row_copy(&key, row, COL_POINT_ID, COL_TPH_EVIDENCE);
	return row_dup(&key);
}

static int set_key(struct summary_point *p, const struct row *row)
{
	struct row *key = key_of(row);

	if (!key)
		return -ENOMEM;
	free((void *)p->key);
	p->key = key;
	return 0;
}

/* Number of the point @row belongs to, made when it is new; or -ENOMEM. */
static int64_t point_of(struct build *b, const struct row *row)
{
	uint32_t *slot;
	size_t i = b->out->n;

	if (i == b->room && grow(b))
		return -ENOMEM;
	slot = find_slot(b, row_get(row, COL_POINT_ID));
	if (*slot)
		return *slot - 1;
	b->out->point[i] = (struct summary_point){.key = NULL};
	b->series[i] = (struct series){.s = NULL};
	if (set_key(&b->out->point[i], row))
		return -ENOMEM;
	*slot = (uint32_t)++b->out->n;
	return (int64_t)i;
}

static void add_flags(struct summary_point *p, const char *flags)
{
	for (size_t len; *flags; flags += len + (flags[len] == ';')) {
		len = strcspn(flags, ";");
		summary_flag(p, flags, len);
	}
}

static int add_sample(struct series *series, const struct row *row)
{
	struct sample *s;

	if (series->n == series->room) {
		size_t room = series->room ? series->room + series->room / 2 : 12;

		s = reallocarray(series->s, room, sizeof(*s));
		if (!s)
			return -ENOMEM;
		series->s = s;
		series->room = room;
	}
	s = &series->s[series->n++];
	s->setup = strtoll(row_get(row, COL_SETUP_ID), NULL, 10);
	s->round = strtoll(row_get(row, COL_ROUND), NULL, 10);
	for (int m = 0; m < M_COUNT; m++)
		s->v[m] = row_get_num(row, metric_column[m]);
	return 0;
}

static int add_measured(struct build *b, size_t i, const struct row *row)
{
	struct summary_point *p = &b->out->point[i];

	if (!p->n && set_key(p, row))
		return -ENOMEM;
	p->n++;
	add_flags(p, row_get(row, COL_FLAGS));
	return add_sample(&b->series[i], row);
}

static bool is_status(const struct row *row, enum status s)
{
	return !strcmp(row_get(row, COL_STATUS), status_name(s));
}

/* An unreachable rate is not what was asked for, but its windows were measured. */
static bool is_measured(const struct row *row)
{
	return (is_status(row, ST_OK) || is_status(row, ST_OVERLOAD)) && strcmp(row_get(row, COL_ROUND), "0");
}

/* A window that was done again for its drift: the repeat counts, nothing went wrong. */
static bool is_drift(const struct row *row)
{
	return is_status(row, ST_VOID) && !strncmp(row_get(row, COL_REASON), DRIFT, strlen(DRIFT));
}

static void count_void(struct summary_point *p, struct series *s, const struct row *row)
{
	p->n_void += !is_status(row, ST_OK) && !is_status(row, ST_WARMUP) && !is_status(row, ST_OVERLOAD) &&
		     !is_status(row, ST_SKIPPED);
	s->n_void += is_status(row, ST_VOID);
	s->n_drift += is_drift(row);
}

bool summary_is_fault(const struct summary_point *p)
{
	return strcmp(p->status, status_name(ST_OK)) && strcmp(p->status, status_name(ST_WARMUP)) &&
	       strcmp(p->status, status_name(ST_SKIPPED));
}

/* The first thing that went wrong stays: good windows beside it do not make a point ok. */
static void set_status(struct summary_point *p, const struct row *row)
{
	bool good = is_status(row, ST_OK) || is_status(row, ST_WARMUP);

	if (is_drift(row) || (p->status[0] && strcmp(p->status, status_name(ST_OK)) &&
			      strcmp(p->status, status_name(ST_WARMUP))))
		return;
	snprintf(p->status, sizeof(p->status), "%s", row_get(row, COL_STATUS));
	snprintf(p->reason, sizeof(p->reason), "%s", good ? "" : row_get(row, COL_REASON));
}

static int add_row(const struct row *row, void *arg)
{
	struct build *b = arg;
	int64_t i = point_of(b, row);

	if (i < 0)
		return (int)i;
	count_void(&b->out->point[i], &b->series[i], row);
	set_status(&b->out->point[i], row);
	return is_measured(row) ? add_measured(b, (size_t)i, row) : 0;
}

static int figures(struct build *b)
{
	int rc = 0;

	for (size_t i = 0; !rc && i < b->out->n; i++)
		rc = summary_figures(&b->out->point[i], &b->series[i]);
	return rc ? rc : summary_cells(b->out, b->series);
}

int summary_load(const char *dir, struct summary *out, struct err *e)
{
	struct build b = {.out = out};
	int rc;

	*out = (struct summary){.point = NULL};
	rc = rounds_each(dir, add_row, &b, &out->ignored, e);
	if (!rc)
		rc = figures(&b);
	if (rc == -ENOMEM)
		err_set(e, rc, "%s/rounds.csv: no memory for its %zu points", dir, out->n);
	for (size_t i = 0; i < out->n; i++)
		free(b.series[i].s);
	free(b.series);
	free(b.slot);
	if (rc)
		summary_free(out);
	/* Rounds are shuffled: the order of the file means nothing to a reader. */
	if (out->n)
		qsort(out->point, out->n, sizeof(*out->point), summary_order);
	return rc;
}

void summary_free(struct summary *s)
{
	for (size_t i = 0; i < s->n; i++)
		free((void *)s->point[i].key);
	free(s->point);
	*s = (struct summary){.point = NULL};
}
