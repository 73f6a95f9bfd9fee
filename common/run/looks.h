/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef P2P_RUN_LOOKS_H
#define P2P_RUN_LOOKS_H

/*
 * When to look whether a point is precise enough, and what precise enough means. Looking after every round
 * would stop on lucky streaks; looking at few, listed rounds keeps the interval's coverage. Pure.
 */

#include <stddef.h>
#include <stdint.h>

/**
 * looks_next() - the first look after round @k of a point with rounds @lo..@hi
 *
 * Looks are @lo, 12, 16, 20, 26, 34, 44, 60 between them, from there on every 1.3 times as many, and @hi.
 * Return: @hi at most, whatever @k.
 */
int64_t looks_next(int64_t lo, int64_t hi, int64_t k);

/* Is round @k a look. */
static inline int looks_at(int64_t lo, int64_t hi, int64_t k)
{
	return looks_next(lo, hi, k - 1) == k;
}

/* Half width of the interval to reach, in percent of the median: 2 for times, 1 for rates. */
double looks_target_pct(int64_t measure);

/* Half width in percent of the median's magnitude; @x is sorted in place. NaN with fewer than 6 values. */
double looks_half_pct(double *x, size_t n);

#endif
