// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * From rows to points. While rows stream by, a point keeps the few numbers of each ok row; at the end
 * they become medians and intervals. The columns of summary.csv are in summary_csv.c.
 */
#include "result/summary.h"

#include <errno.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/rng.h"
#include "result/rounds.h"

/* Half width in percent at which a point counts as measured well enough (bandwidth, latency). */
static const double TARGET_BW_PCT = 1, TARGET_LAT_PCT = 2;

/* Metrics kept of every ok row. */
enum metric { M_BW, M_P50, M_P99, M_P999, M_MAX, M_MOPS, M_COUNT };

static const enum column metric_column[M_COUNT] = {
	[M_BW] = COL_BW_GBYTE_S,    [M_P50] = COL_LAT_P50_US, [M_P99] = COL_LAT_P99_US,
	[M_P999] = COL_LAT_P999_US, [M_MAX] = COL_LAT_MAX_US, [M_MOPS] = COL_MSG_MOPS,
};

struct sample {
	double v[M_COUNT]; /* NaN = not measured */
	int64_t setup;
};

struct series {
	struct sample *s;
	size_t n, room;
};

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

static bool is_bw(const struct summary_point *p)
{
	return !strcmp(row_get(p->key, COL_KEY + AX_MEASURE), "bw");
}

const struct median_ci *summary_main(const struct summary_point *p)
{
	return is_bw(p) ? &p->bw : &p->p50;
}

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

/* Add a word to a ;-separated list unless it is there or finds no room. */
static void add_flag(char *flags, size_t room, const char *word, size_t len)
{
	size_t used = strlen(flags);

	for (const char *p = flags; *p; p += strcspn(p, ";"), p += *p == ';') {
		if (strcspn(p, ";") == len && !memcmp(p, word, len))
			return;
	}
	if (len && used + len + 2 <= room)
		snprintf(flags + used, room - used, "%s%.*s", used ? ";" : "", (int)len, word);
}

static void add_flags(struct summary_point *p, const char *flags)
{
	for (size_t len; *flags; flags += len + (flags[len] == ';')) {
		len = strcspn(flags, ";");
		add_flag(p->flags, sizeof(p->flags), flags, len);
	}
}

static int add_sample(struct series *series, const struct row *row)
{
	struct sample *s;

	if (series->n == series->room) {
		size_t room = series->room ? 2 * series->room : 16;

		s = reallocarray(series->s, room, sizeof(*s));
		if (!s)
			return -ENOMEM;
		series->s = s;
		series->room = room;
	}
	s = &series->s[series->n++];
	s->setup = strtoll(row_get(row, COL_SETUP_ID), NULL, 10);
	for (int m = 0; m < M_COUNT; m++)
		s->v[m] = row_get_num(row, metric_column[m]);
	return 0;
}

static int add_ok(struct build *b, size_t i, const struct row *row)
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

/* The first thing that went wrong stays: good windows beside it do not make a point ok. */
static void set_status(struct summary_point *p, const struct row *row)
{
	bool good = is_status(row, ST_OK) || is_status(row, ST_WARMUP);

	if (!good && !is_status(row, ST_SKIPPED))
		p->n_void++;
	if (p->status[0] && strcmp(p->status, status_name(ST_OK)) &&
	    strcmp(p->status, status_name(ST_WARMUP)))
		return;
	snprintf(p->status, sizeof(p->status), "%s", row_get(row, COL_STATUS));
	snprintf(p->reason, sizeof(p->reason), "%s", good ? "" : row_get(row, COL_REASON));
}

static int add_row(const struct row *row, void *arg)
{
	struct build *b = arg;
	int64_t i = point_of(b, row);
	struct summary_point *p;

	if (i < 0)
		return (int)i;
	p = &b->out->point[i];
	set_status(p, row);
	if (!is_status(row, ST_OK) || !strcmp(row_get(row, COL_ROUND), "0"))
		return 0;
	return add_ok(b, (size_t)i, row);
}

/* Measured values of one metric in order of execution; @setup, if any, likewise. */
static size_t values(const struct series *s, enum metric m, double *x, int64_t *setup)
{
	size_t n = 0;

	for (size_t i = 0; i < s->n; i++) {
		if (isnan(s->s[i].v[m]))
			continue;
		if (setup)
			setup[n] = s->s[i].setup;
		x[n++] = s->s[i].v[m];
	}
	return n;
}

static struct median_ci interval(const struct series *s, enum metric m, double *x)
{
	size_t n = values(s, m, x, NULL);

	if (!n)
		return (struct median_ci){.median = nan(""),
					  .lo = nan(""),
					  .hi = nan(""),
					  .mad = nan(""),
					  .min = nan(""),
					  .max = nan("")};
	return stats_median_ci(x, n);
}

static size_t count_groups(const int64_t *group, size_t n)
{
	size_t k = 0;

	for (size_t i = 0; i < n; i++)
		k += i == 0 || group[i] != group[i - 1];
	return k;
}

/* What only the order of the rounds tells. */
static void over_rounds(struct summary_point *p, const struct series *s, double *x, int64_t *setup)
{
	size_t n = values(s, is_bw(p) ? M_BW : M_P50, x, setup);

	p->n_setups = count_groups(setup, n);
	p->setup_var_pct = n ? stats_group_var_pct(x, setup, n) : nan("");
	p->lag1 = n >= 3 ? stats_lag1(x, n) : nan("");
	p->trend_p = n >= 4 ? stats_trend_p(x, n) : nan("");
	if (fabs(p->lag1) > 2 / sqrt((double)n))
		add_flag(p->flags, sizeof(p->flags), "autocorr", strlen("autocorr"));
	if (p->trend_p < 0.01)
		add_flag(p->flags, sizeof(p->flags), "trend", strlen("trend"));
}

static void finish_point(struct summary_point *p, const struct series *s, double *x, int64_t *setup)
{
	const struct median_ci *m = summary_main(p);

	p->bw = interval(s, M_BW, x);
	p->p50 = interval(s, M_P50, x);
	p->p99 = interval(s, M_P99, x);
	p->p999_us = interval(s, M_P999, x).median;
	p->max_us = interval(s, M_MAX, x).max;
	p->msg_mops = interval(s, M_MOPS, x).median;
	p->pct_limit = 100 * p->bw.median / row_get_num(p->key, COL_LIMIT_GBYTE_S);
	p->ci_conf = isnan(m->lo) ? nan("") : m->conf;
	p->half_pct = 100 * (m->hi - m->lo) / 2 / fabs(m->median);
	p->converged = p->half_pct <= (is_bw(p) ? TARGET_BW_PCT : TARGET_LAT_PCT);
	over_rounds(p, s, x, setup);
}

static int finish(struct build *b)
{
	size_t longest = 1;
	int64_t *setup;
	double *x;
	int rc;

	for (size_t i = 0; i < b->out->n; i++)
		longest = b->series[i].n > longest ? b->series[i].n : longest;
	x = calloc(longest, sizeof(*x));
	setup = calloc(longest, sizeof(*setup));
	rc = x && setup ? 0 : -ENOMEM;
	for (size_t i = 0; !rc && i < b->out->n; i++)
		finish_point(&b->out->point[i], &b->series[i], x, setup);
	free(x);
	free(setup);
	return rc;
}

/* Numbers by value, words by letter; an empty cell comes first. */
static int compare_cells(const char *a, const char *b)
{
	char *end_a, *end_b;
	double x = strtod(a, &end_a), y = strtod(b, &end_b);

	if (*a && *b && !*end_a && !*end_b)
		return (x > y) - (x < y);
	return strcmp(a, b);
}

static int by_key(const void *a, const void *b)
{
	const struct summary_point *x = a, *y = b;
	int rc = 0;

	for (int i = 0; !rc && i < AX_COUNT; i++)
		rc = compare_cells(row_get(x->key, COL_KEY + i), row_get(y->key, COL_KEY + i));
	return rc ? rc : strcmp(row_get(x->key, COL_POINT_ID), row_get(y->key, COL_POINT_ID));
}

int summary_load(const char *dir, struct summary *out, struct err *e)
{
	struct build b = {.out = out};
	int rc;

	*out = (struct summary){.point = NULL};
	rc = rounds_each(dir, add_row, &b, &out->ignored, e);
	if (!rc)
		rc = finish(&b);
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
		qsort(out->point, out->n, sizeof(*out->point), by_key);
	return rc;
}

void summary_free(struct summary *s)
{
	for (size_t i = 0; i < s->n; i++)
		free((void *)s->point[i].key);
	free(s->point);
	*s = (struct summary){.point = NULL};
}
