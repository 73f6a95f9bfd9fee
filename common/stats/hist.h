/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef P2P_STATS_HIST_H
#define P2P_STATS_HIST_H

/*
 * Log-linear histogram of ticks: 128 buckets per power of two, so a bucket's width is at most 1/128
 * of its value, over the whole 64-bit range: no limit to check while recording, and of the 29 KiB only
 * the lines of values that occur are ever touched. One writer. Count, sum and extremes are exact.
 */

#include <stdint.h>

enum { HIST_SUB_BITS = 7, HIST_SUB = 1 << HIST_SUB_BITS, HIST_LEN = (64 - HIST_SUB_BITS + 1) * HIST_SUB };

struct hist {
	uint64_t sum;
	uint64_t min; /* UINT64_MAX while empty */
	uint64_t max;
	uint32_t bucket[HIST_LEN];
};

/* v < 128: v; else s = msb(v) - 7 and (s << 7) + (v >> s). Below 256 s is 0 either way: no branch. */
static inline uint64_t hist_index(uint64_t v)
{
	uint64_t s = 63u - HIST_SUB_BITS - (uint64_t)__builtin_clzll(v | HIST_SUB);

	return (s << HIST_SUB_BITS) + (v >> s);
}

/* New extremes are rare: a predicted branch each is cheaper than two conditional moves and stores. */
static inline void hist_record(struct hist *h, uint64_t v)
{
	h->sum += v;
	if (__builtin_expect(v < h->min, 0))
		h->min = v;
	if (__builtin_expect(v > h->max, 0))
		h->max = v;
	h->bucket[hist_index(v)]++;
}

void hist_clear(struct hist *h);
uint64_t hist_count(const struct hist *h);

/* Add the samples of @from; a bucket that cannot count that far stays at its largest count. */
void hist_merge(struct hist *to, const struct hist *from);

/* Lowest value of bucket @i and the bucket's width. */
uint64_t hist_low(unsigned int i);
uint64_t hist_width(unsigned int i);

/**
 * hist_quantile() - nearest rank ceil(q*n): top edge of its bucket, capped at the exact maximum
 *
 * Return: the value; 0 for an empty histogram. Whether q is supported by n (n*(1-q) >= 10) is the
 * caller's question: hist_supports().
 */
uint64_t hist_quantile(const struct hist *h, double q);
int hist_supports(uint64_t n, double q);

#endif
