// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Rows of one run gathered by point; see run_points.h for what is left out and counted. */
#include "result/run_points.h"

#include <errno.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/rng.h"

const char *figure_word(enum figure_of f)
{
	static const char *const words[FIGURE_COUNT] = {"bw", "rate", "lat", "reg"};

	return words[f];
}

static enum column value_column(enum figure_of f)
{
	static const enum column columns[FIGURE_COUNT] = {COL_BW_GBYTE_S, COL_MSG_MOPS, COL_LAT_P50_US,
							  COL_LAT_P50_US};

	return columns[f];
}

/* FIGURE_COUNT for a word this version does not know. */
static enum figure_of figure_find(const char *word)
{
	int f = 0;

	while (f < FIGURE_COUNT && strcmp(word, figure_word((enum figure_of)f)) != 0)
		f++;
	return (enum figure_of)f;
}

static uint64_t hash_key(const struct row *row)
{
	uint64_t h = FNV64_INIT;

	for (int c = COL_KEY; c < COL_KEY + AX_COUNT; c++) {
		const char *text = row_get(row, (enum column)c);

		h = fnv64(h, text, strlen(text) + 1);
	}
	return h;
}

/* Slot that holds @id, or the free one where it belongs. */
static uint32_t *find_slot(const struct run_points *r, const char *id)
{
	size_t i = rng_mix(fnv64(FNV64_INIT, id, strlen(id))) & r->mask;

	while (r->slot[i] && strcmp(row_get(r->point[r->slot[i] - 1].key, COL_POINT_ID), id) != 0)
		i = (i + 1) & r->mask;
	return &r->slot[i];
}

const struct run_point *run_points_find(const struct run_points *r, const char *id)
{
	uint32_t at = r->slot ? *find_slot(r, id) : 0;

	return at ? &r->point[at - 1] : NULL;
}

/* Room for twice as many points; the table stays at most half full. */
static int grow(struct run_points *r)
{
	size_t room = r->room ? 2 * r->room : 64;
	struct run_point *point = reallocarray(r->point, room, sizeof(*point));
	uint32_t *slot;

	if (!point)
		return -ENOMEM;
	r->point = point;
	slot = calloc(2 * room, sizeof(*slot));
	if (!slot)
		return -ENOMEM;
	free(r->slot);
	r->slot = slot;
	r->mask = 2 * room - 1;
	r->room = room;
	for (size_t i = 0; i < r->n; i++)
		*find_slot(r, row_get(point[i].key, COL_POINT_ID)) = (uint32_t)i + 1;
	return 0;
}

static int set_key(struct run_point *p, const struct row *row)
{
	struct row key, *copy;

	row_clear(&key);
	row_copy(&key, row, COL_POINT_ID, COL_TPH_EVIDENCE);
	copy = row_dup(&key);
	if (!copy)
		return -ENOMEM;
	free((void *)p->key);
	p->key = copy;
	return 0;
}

/* The point @row belongs to, made when it is new; NULL without memory. */
static struct run_point *point_of(struct run_points *r, const struct row *row, uint64_t key_hash,
				  enum figure_of figure)
{
	const char *id = row_get(row, COL_POINT_ID);
	struct run_point *p;
	uint32_t *slot;

	if (r->n == r->room && grow(r))
		return NULL;
	slot = find_slot(r, id);
	if (*slot)
		return &r->point[*slot - 1];
	p = &r->point[r->n];
	*p = (struct run_point){.key_hash = key_hash, .figure = figure};
	if (set_key(p, row))
		return NULL;
	*slot = (uint32_t)++r->n;
	return p;
}

static int add_ok(struct run_points *r, struct run_point *p, const struct row *row, int32_t round)
{
	double v = row_get_num(row, value_column(p->figure));

	if (!(v >= 0)) {
		r->ignored.value++;
		return 0;
	}
	if (!p->n && set_key(p, row))
		return -ENOMEM;
	if (p->n == p->room) {
		size_t room = p->room ? p->room + p->room / 2 : 12;
		struct run_value *value = reallocarray(p->value, room, sizeof(*value));

		if (!value)
			return -ENOMEM;
		p->value = value;
		p->room = room;
	}
	p->value[p->n] = (struct run_value){v, round, (uint32_t)p->n};
	p->n++;
	return 0;
}

int run_points_add(struct run_points *r, const struct row *row)
{
	enum figure_of figure = figure_find(row_get(row, COL_KEY + AX_MEASURE));
	const char *status = row_get(row, COL_STATUS);
	long long round = strtoll(row_get(row, COL_ROUND), NULL, 10);
	uint64_t key_hash = hash_key(row);
	struct run_point *p;

	r->rows++;
	if (!*r->run_id)
		snprintf(r->run_id, sizeof(r->run_id), "%.63s", row_get(row, COL_RUN_ID));
	if (figure == FIGURE_COUNT || round > INT32_MAX) {
		r->ignored.measure += figure == FIGURE_COUNT;
		r->ignored.malformed += figure != FIGURE_COUNT;
		return 0;
	}
	p = point_of(r, row, key_hash, figure);
	if (!p)
		return -ENOMEM;
	if (p->key_hash != key_hash) {
		r->ignored.key++;
		return 0;
	}
	if (round == 0 || !strcmp(status, status_name(ST_WARMUP)))
		return 0;
	if (!strcmp(status, status_name(ST_OK)))
		return add_ok(r, p, row, (int32_t)round);
	if (!p->n_other++)
		snprintf(p->status, sizeof(p->status), "%.15s", status);
	return 0;
}

static int by_round(const void *a, const void *b)
{
	const struct run_value *x = a, *y = b;

	if (x->round != y->round)
		return x->round < y->round ? -1 : 1;
	return (x->order > y->order) - (x->order < y->order);
}

static bool ascends(const struct run_point *p)
{
	for (size_t i = 1; i < p->n; i++) {
		if (p->value[i].round <= p->value[i - 1].round)
			return false;
	}
	return true;
}

void run_points_finish(struct run_points *r)
{
	for (size_t i = 0; i < r->n; i++) {
		struct run_point *p = &r->point[i];
		size_t n = 0;

		if (ascends(p))
			continue;
		qsort(p->value, p->n, sizeof(*p->value), by_round);
		for (size_t k = 0; k < p->n; k++) {
			if (!n || p->value[k].round != p->value[n - 1].round)
				p->value[n++] = p->value[k];
		}
		r->ignored.twice += p->n - n;
		p->n = n;
	}
}

/* What is kept of a row, and what tells which it is. */
static bool is_used(enum column c)
{
	return c == COL_RUN_ID || (c >= COL_KEY && c <= COL_TPH_EVIDENCE) || c == COL_BW_GBYTE_S ||
	       c == COL_MSG_MOPS || c == COL_LAT_P50_US;
}

static int add_row(const struct row *row, void *arg)
{
	return run_points_add(arg, row);
}

uint64_t run_ignored_sum(const struct run_ignored *i)
{
	return i->malformed + i->value + i->twice + i->key + i->measure;
}

int run_points_load(const char *dir, struct run_points *out, struct err *e)
{
	uint64_t malformed = 0;
	int rc;

	*out = (struct run_points){.point = NULL};
	rc = rounds_each_of(dir, is_used, add_row, out, &malformed, e);
	out->ignored.malformed += malformed;
	if (rc == -ENOMEM)
		err_set(e, rc, "%s/rounds.csv: no memory for its %zu points", dir, out->n);
	else if (rc == -ENOENT)
		err_hint(e, rc, "%s is not the directory of a run", dir);
	if (!rc && !out->rows && malformed) {
		rc = err_set(e, -EINVAL, "%s/rounds.csv: none of its %llu rows can be read", dir,
			     (unsigned long long)malformed);
		err_hint(e, rc, "the separator must be a comma, and each row as long as the header");
	}
	if (rc)
		run_points_free(out);
	else
		run_points_finish(out);
	return rc;
}

void run_points_free(struct run_points *r)
{
	for (size_t i = 0; i < r->n; i++) {
		free((void *)r->point[i].key);
		free(r->point[i].value);
	}
	free(r->point);
	free(r->slot);
	*r = (struct run_points){.point = NULL};
}
