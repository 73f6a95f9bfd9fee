// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Reading a log-linear histogram: the way back from buckets to values and nearest-rank quantiles.
 * Recording is inline in hist.h because it runs inside the timed loop.
 */
#include "stats/hist.h"

#include <math.h>
#include <string.h>

/* Products such as 0.9999 * n come out a hair off the integer they mean. */
static const double ROUNDING = 1e-6;

void hist_clear(struct hist *h)
{
	memset(h, 0, sizeof(*h));
	h->min = UINT64_MAX;
}

uint64_t hist_count(const struct hist *h)
{
	uint64_t n = 0;

	for (unsigned int i = 0; i < HIST_LEN; i++)
		n += h->bucket[i];
	return n;
}

void hist_merge(struct hist *to, const struct hist *from)
{
	to->sum += from->sum;
	to->min = from->min < to->min ? from->min : to->min;
	to->max = from->max > to->max ? from->max : to->max;
	for (unsigned int i = 0; i < HIST_LEN; i++) {
		uint64_t n = (uint64_t)to->bucket[i] + from->bucket[i];

		to->bucket[i] = n < UINT32_MAX ? (uint32_t)n : UINT32_MAX;
	}
}

uint64_t hist_low(unsigned int i)
{
	if (i < HIST_SUB)
		return i;
	return (uint64_t)((i & (HIST_SUB - 1)) + HIST_SUB) << ((i >> HIST_SUB_BITS) - 1);
}

uint64_t hist_width(unsigned int i)
{
	return i < HIST_SUB ? 1 : 1ull << ((i >> HIST_SUB_BITS) - 1);
}

uint64_t hist_quantile(const struct hist *h, double q)
{
	uint64_t n = hist_count(h);
	double want = ceil(q * (double)n - ROUNDING);
	uint64_t rank = want < 1 ? 1 : (uint64_t)want;
	uint64_t seen = 0;

	if (!n)
		return 0;
	for (unsigned int i = 0; i < HIST_LEN; i++) {
		seen += h->bucket[i];
		if (seen >= rank) {
			uint64_t top = hist_low(i) + hist_width(i) - 1;

			return top < h->max ? top : h->max;
		}
	}
	return h->max;
}

int hist_supports(uint64_t n, double q)
{
	return (double)n * (1 - q) >= 10 - ROUNDING;
}
