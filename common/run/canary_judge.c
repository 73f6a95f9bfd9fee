// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* canary.csv -> did the machine hold still; see canary.h. */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/err.h"
#include "result/csv_file.h"
#include "run/canary.h"
#include "run/station.h"
#include "stats/stats.h"

enum { LEAST_ROUNDS = 6, TEXT_LEN = 64, PATH_LEN = 4096 };
#define MAD_PCT 3.0
#define TREND_P 0.01

enum field { F_ROUND, F_T, F_NIC, F_READ, F_WRITE, F_STATUS, F_COUNT };

struct series {
	double *x;
	size_t n, room;
};

/* What is no figure, or finds no room, is left out. */
static void push(struct series *s, double v)
{
	if (!isfinite(v) || v <= 0)
		return;
	if (s->n == s->room) {
		size_t room = s->room ? 2 * s->room : 64;
		double *x = realloc(s->x, room * sizeof(*x));

		if (!x)
			return;
		s->x = x;
		s->room = room;
	}
	s->x[s->n++] = v;
}

static double number(const struct csv_field *f)
{
	char text[TEXT_LEN];
	char *end;
	double v;

	snprintf(text, sizeof(text), "%.*s", (int)f->len, f->s);
	v = strtod(text, &end);
	if (end == text || *end)
		return (double)NAN;
	return v;
}

static bool is(const struct csv_field *f, const char *text)
{
	return f->len == strlen(text) && !memcmp(f->s, text, f->len);
}

/* Good rounds of one nic after the warm-up. A file that cannot be read gives no values. */
static void load(const char *path, const char *nic, struct series s[2])
{
	struct csv_field field[CSV_FIELDS_MAX];
	struct csv_file *f;
	struct err e;
	size_t n;
	int rc;

	if (csv_file_open(path, &f, &e))
		return;
	while ((rc = csv_file_next(f, field, &n, &e)) != 0) {
		if (rc == -EINVAL)
			continue;
		if (rc < 0)
			break;
		if (n != F_COUNT || !is(&field[F_NIC], nic) || !is(&field[F_STATUS], "ok") ||
		    !(number(&field[F_ROUND]) >= 1))
			continue;
		for (int i = 0; i < 2; i++)
			push(&s[i], number(&field[F_READ + i]));
	}
	csv_file_close(f);
}

static void judge(const struct series *s, const char *nic, const char *what, struct run_outcome *out)
{
	double trend, pct;
	struct median_ci ci;

	if (s->n < LEAST_ROUNDS || out->canary == RUN_CANARY_WARN)
		return;
	trend = stats_trend_p(s->x, s->n);
	ci = stats_median_ci(s->x, s->n);
	pct = ci.mad / ci.median * 100;
	out->canary = pct > MAD_PCT || trend < TREND_P ? RUN_CANARY_WARN : RUN_CANARY_OK;
	if (pct > MAD_PCT)
		snprintf(
			out->canary_why, sizeof(out->canary_why),
			"%s: %s: median absolute deviation %.1f %% over %zu rounds, at most %.0f %% is quiet",
			nic, what, pct, s->n, MAD_PCT);
	else if (trend < TREND_P)
		snprintf(out->canary_why, sizeof(out->canary_why), "%s: %s: trend over %zu rounds (p = %.2g)",
			 nic, what, s->n, trend);
}

void canary_judge(const struct run *r, const char *dir, struct run_outcome *out)
{
	char path[PATH_LEN], name[CANARY_NAME];

	out->canary = RUN_CANARY_UNKNOWN;
	snprintf(path, sizeof(path), "%s/canary.csv", dir);
	for (size_t i = 0; i < r->stations; i++) {
		const struct station *at = r->station[i];
		struct series s[2] = {{0}};

		canary_name(r->in.config, at->at_nic, at->at_peer, name);
		load(path, name, s);
		judge(&s[0], name, "READ of 64 bytes", out);
		judge(&s[1], name, "WRITE of 64 KiB", out);
		free(s[0].x);
		free(s[1].x);
	}
}
