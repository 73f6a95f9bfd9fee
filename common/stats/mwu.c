// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Mann-Whitney and Hodges-Lehmann. The number of orders with U = u is a coefficient of the Gaussian binomial
 * [n+m choose n]; ranks of the n*m differences are found by counting, never by writing them down.
 */
#include "stats/mwu.h"

#include <errno.h>
#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* Level of the intervals, and the normal quantile that belongs to it. */
static const double LEVEL = 0.05, Z = 1.959963984540054;

/* @below[u] = P(U <= u) for u up to nm/2; the rest follows by symmetry. */
struct table {
	double *below;
	size_t k;
};

struct mwu {
	struct table of[MWU_EXACT_MAX + 1][MWU_EXACT_MAX + 1]; /* [fewer][more] */
};

struct mwu *mwu_open(void)
{
	return calloc(1, sizeof(struct mwu));
}

void mwu_close(struct mwu *t)
{
	for (size_t n = 0; t && n <= MWU_EXACT_MAX; n++) {
		for (size_t m = 0; m <= MWU_EXACT_MAX; m++)
			free(t->of[n][m].below);
	}
	free(t);
}

/*
 * Coefficients of [n+m choose n] up to u = nm/2 in f: times (1 - q^(m+i)), over (1 - q^i), for i = 1 .. n.
 * Every partial product is such a binomial itself, so f stays a count; n + m <= 200 stays below 1e60.
 */
static void count_orders(double *f, size_t n, size_t m)
{
	size_t len = n * m / 2 + 1;

	memset(f, 0, len * sizeof(*f));
	f[0] = 1;
	for (size_t i = 1; i <= n; i++) {
		for (size_t u = len; u-- > m + i;)
			f[u] -= f[u - m - i];
		for (size_t u = i; u < len; u++)
			f[u] += f[u - i];
	}
}

static int make_table(struct table *t, size_t n, size_t m)
{
	size_t len = n * m / 2 + 1;
	double all = exp(lgamma((double)(n + m + 1)) - lgamma((double)(n + 1)) - lgamma((double)(m + 1)));
	double sum = 0;

	t->below = malloc(len * sizeof(*t->below));
	if (!t->below)
		return -ENOMEM;
	count_orders(t->below, n, m);
	if (all < 0x1p53)
		all = round(all);
	for (size_t u = 0; u < len; u++) {
		sum += t->below[u];
		t->below[u] = sum / all;
	}
	for (t->k = 0; t->k < len && 2 * t->below[t->k] <= LEVEL;)
		t->k++;
	return 0;
}

static const struct table *table_of(struct mwu *t, size_t n, size_t m)
{
	struct table *of = n < m ? &t->of[n][m] : &t->of[m][n];

	return of->below || !make_table(of, n < m ? n : m, n < m ? m : n) ? of : NULL;
}

double mwu_cdf(struct mwu *t, size_t n, size_t m, size_t u)
{
	const struct table *of = table_of(t, n, m);

	return of ? of->below[u] : nan("");
}

/* 2*P(U <= k-1) <= 0.05 with U normal, continuity corrected. */
static size_t normal_rank(double n, double m)
{
	double k = n * m / 2 + 0.5 - Z * sqrt(n * m * (n + m + 1) / 12);

	return k >= 1 ? (size_t)k : 0;
}

size_t mwu_rank(struct mwu *t, size_t n, size_t m)
{
	const struct table *of;

	if (n > MWU_EXACT_MAX || m > MWU_EXACT_MAX)
		return normal_rank((double)n, (double)m);
	of = table_of(t, n, m);
	return of ? of->k : 0;
}

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/* Pairs with y - x <= d, for sorted samples. Subtraction rounds monotonically, so one pass does. */
static uint64_t pairs_up_to(double d, const double *x, size_t n, const double *y, size_t m)
{
	uint64_t count = 0;
	size_t j = 0;

	for (size_t i = 0; i < n; i++) {
		while (j < m && y[j] - x[i] <= d)
			j++;
		count += j;
	}
	return count;
}

/* Doubles in the order of integers, and back. */
static uint64_t to_order(double v)
{
	uint64_t bits;

	memcpy(&bits, &v, sizeof(bits));
	return bits >> 63 ? ~bits : bits | 1ull << 63;
}

static double from_order(uint64_t bits)
{
	double v;

	bits = bits >> 63 ? bits & ~(1ull << 63) : ~bits;
	memcpy(&v, &bits, sizeof(v));
	return v;
}

/* The difference of rank k, from 1: bisection over all doubles, hence exact in at most 64 steps. */
static double difference(uint64_t k, const double *x, size_t n, const double *y, size_t m)
{
	uint64_t lo = to_order(y[0] - x[n - 1]), hi = to_order(y[m - 1] - x[0]);

	while (lo < hi) {
		uint64_t mid = lo + (hi - lo) / 2;

		if (pairs_up_to(from_order(mid), x, n, y, m) >= k)
			hi = mid;
		else
			lo = mid + 1;
	}
	return from_order(lo) + 0.0; /* no -0 */
}

/* Pairs with y below x, ties half. */
static double count_u(const double *x, size_t n, const double *y, size_t m)
{
	size_t less = 0, equal = 0;
	double u = 0;

	for (size_t i = 0; i < n; i++) {
		while (less < m && y[less] < x[i])
			less++;
		while (equal < m && y[equal] <= x[i])
			equal++;
		u += (double)less + (double)(equal - less) / 2;
	}
	return u;
}

/* Sum of t^3 - t over the groups of equal values in both samples together. */
static double tie_sum(const double *x, size_t n, const double *y, size_t m)
{
	double sum = 0;

	for (size_t i = 0, j = 0; i < n || j < m;) {
		double v = i < n && (j == m || x[i] <= y[j]) ? x[i] : y[j], t = 0;

		for (; i < n && x[i] <= v; i++)
			t++;
		for (; j < m && y[j] <= v; j++)
			t++;
		sum += t * t * t - t;
	}
	return sum;
}

static double normal_p(double u, double n, double m, double ties)
{
	double all = n + m;
	double var = n * m / 12 * (all + 1 - ties / (all * (all - 1)));
	double off = fabs(u - n * m / 2) - 0.5;

	return var > 0 && off > 0 ? erfc(off / sqrt(2 * var)) : 1;
}

int mwu_test(struct mwu *t, double *x, size_t n, double *y, size_t m, struct mwu_shift *out)
{
	bool exact = n <= MWU_EXACT_MAX && m <= MWU_EXACT_MAX;
	uint64_t pairs = (uint64_t)n * m;
	double ties;
	size_t k;

	if (exact && !table_of(t, n, m))
		return -ENOMEM;
	qsort(x, n, sizeof(*x), by_value);
	qsort(y, m, sizeof(*y), by_value);
	k = mwu_rank(t, n, m);
	out->shift = difference((pairs + 1) / 2, x, n, y, m);
	if (pairs % 2 == 0)
		out->shift = (out->shift + difference(pairs / 2 + 1, x, n, y, m)) / 2;
	out->lo = k ? difference(k, x, n, y, m) : nan("");
	out->hi = k ? difference(pairs + 1 - k, x, n, y, m) : nan("");
	out->u = count_u(x, n, y, m);
	ties = tie_sum(x, n, y, m);
	if (exact && ties <= 0)
		out->p = fmin(1, 2 * mwu_cdf(t, n, m, (size_t)fmin(out->u, (double)pairs - out->u)));
	else
		out->p = normal_p(out->u, (double)n, (double)m, ties);
	return 0;
}

struct ranked {
	double p;
	size_t at;
};

static int by_p(const void *a, const void *b)
{
	const struct ranked *x = a, *y = b;

	return (x->p > y->p) - (x->p < y->p);
}

int bh_adjust(const double *p, double *q, size_t n)
{
	struct ranked *r = calloc(n + 1, sizeof(*r));
	double least = 1;

	if (!r)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++)
		r[i] = (struct ranked){p[i], i};
	qsort(r, n, sizeof(*r), by_p);
	for (size_t i = n; i-- > 0;) {
		least = fmin(least, r[i].p * (double)n / (double)(i + 1));
		q[r[i].at] = least;
	}
	free(r);
	return 0;
}
