// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Figures of one point from the numbers of its rows. */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "result/summary_series.h"

/* Half width in percent at which a point counts as measured well enough (bandwidth and rate, others). */
static const double TARGET_MORE_PCT = 1, TARGET_LAT_PCT = 2;

/* Share of void windows, repeats after drift aside, from which on a point is unstable. */
static const double UNSTABLE_PCT = 10;

static bool measures(const struct summary_point *p, const char *measure)
{
	return !strcmp(row_get(p->key, COL_KEY + AX_MEASURE), measure);
}

enum metric summary_metric(const struct summary_point *p)
{
	return measures(p, "bw") ? M_BW : measures(p, "rate") ? M_MOPS : M_P50;
}

const struct median_ci *summary_main(const struct summary_point *p)
{
	enum metric m = summary_metric(p);

	return m == M_BW ? &p->bw : m == M_MOPS ? &p->rate : &p->p50;
}

bool summary_more_is_better(const struct summary_point *p)
{
	return summary_metric(p) != M_P50;
}

/* Add a word to a ;-separated list unless it is there or finds no room. */
void summary_flag(struct summary_point *p, const char *word, size_t len)
{
	const size_t room = sizeof(p->flags);
	size_t used = strlen(p->flags);

	for (const char *at = p->flags; *at; at += strcspn(at, ";"), at += *at == ';') {
		if (strcspn(at, ";") == len && !memcmp(at, word, len))
			return;
	}
	if (len && used + len + 2 <= room)
		snprintf(p->flags + used, room - used, "%s%.*s", used ? ";" : "", (int)len, word);
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
	size_t n = values(s, summary_metric(p), x, setup);

	p->n_setups = count_groups(setup, n);
	p->setup_var_pct = n ? stats_group_var_pct(x, setup, n) : nan("");
	p->lag1 = n >= 3 ? stats_lag1(x, n) : nan("");
	p->trend_p = n >= 4 ? stats_trend_p(x, n) : nan("");
	if (fabs(p->lag1) > 2 / sqrt((double)n))
		summary_flag(p, "autocorr", strlen("autocorr"));
	if (p->trend_p < 0.01)
		summary_flag(p, "trend", strlen("trend"));
}

static void figures(struct summary_point *p, const struct series *s, double *x, int64_t *setup)
{
	const struct median_ci *m = summary_main(p);

	p->bw = interval(s, M_BW, x);
	p->rate = interval(s, M_MOPS, x);
	p->p50 = interval(s, M_P50, x);
	p->p99 = interval(s, M_P99, x);
	p->p999_us = interval(s, M_P999, x).median;
	p->max_us = interval(s, M_MAX, x).max;
	p->drain_us = interval(s, M_DRAIN, x).median;
	p->lag_us = interval(s, M_LAG, x).median;
	p->late_pct = interval(s, M_LATE, x).median;
	p->dereg_us = interval(s, M_DEREG, x).median;
	p->consume_us = interval(s, M_CONSUME, x).median;
	p->pct_limit = 100 * p->bw.median / row_get_num(p->key, COL_LIMIT_GBYTE_S);
	p->ci_conf = isnan(m->lo) ? nan("") : m->conf;
	p->half_pct = 100 * (m->hi - m->lo) / 2 / fabs(m->median);
	p->converged = p->half_pct <= (summary_more_is_better(p) ? TARGET_MORE_PCT : TARGET_LAT_PCT);
	over_rounds(p, s, x, setup);
	if (100 * (double)(s->n_void - s->n_drift) > UNSTABLE_PCT * (double)(p->n + p->n_void))
		summary_flag(p, "unstable", strlen("unstable"));
	if (!p->status[0]) /* nothing but windows that drifted */
		snprintf(p->status, sizeof(p->status), "%s", status_name(ST_VOID));
}

int summary_figures(struct summary_point *p, const struct series *s)
{
	double *x = calloc(s->n + 1, sizeof(*x));
	int64_t *setup = calloc(s->n + 1, sizeof(*setup));
	int rc = x && setup ? 0 : -ENOMEM;

	if (!rc)
		figures(p, s, x, setup);
	free(x);
	free(setup);
	return rc;
}
