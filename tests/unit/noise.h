/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef P2P_TEST_NOISE_H
#define P2P_TEST_NOISE_H

/* Random numbers for tests of statistics, from a seed the test states, and comparisons of their results. */

#include <cmocka.h>
#include <math.h>
#include <stdlib.h>

#include "base/rng.h"

static inline void near(double a, double b, double tolerance)
{
	if (!(fabs(a - b) <= tolerance))
		fail_msg("%.12g is not within %g of %.12g", a, tolerance, b);
}

/* Above 0, below 1. */
static inline double uniform(struct rng *rng)
{
	return ((double)(rng_next(rng) >> 11) + 0.5) * 0x1p-53;
}

static inline double normal(struct rng *rng)
{
	return sqrt(-2 * log(uniform(rng))) * cos(2 * M_PI * uniform(rng));
}

static inline int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

#endif
