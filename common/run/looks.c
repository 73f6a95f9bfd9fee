// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The list of looks and the precision asked for; see looks.h. */
#include "run/looks.h"

#include <math.h>

#include "base/cleanup.h"
#include "config/keys.h"
#include "stats/stats.h"

int64_t looks_next(int64_t lo, int64_t hi, int64_t k)
{
	static const int64_t look[] = {12, 16, 20, 26, 34, 44, 60};
	int64_t next = look[0];

	for (size_t i = 1; next <= k && i < ARRAY_LEN(look); i++)
		next = look[i];
	while (next <= k)
		next += next * 3 / 10;
	if (k < lo)
		return lo < hi ? lo : hi;
	return next < hi ? next : hi;
}

double looks_target_pct(int64_t measure)
{
	return measure == MEASURE_LAT || measure == MEASURE_REG ? 2.0 : 1.0;
}

double looks_half_pct(double *x, size_t n)
{
	struct median_ci ci;

	if (!n)
		return (double)NAN;
	ci = stats_median_ci(x, n);
	return (ci.hi - ci.lo) / 2 / fabs(ci.median) * 100;
}
