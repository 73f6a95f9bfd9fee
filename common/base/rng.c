// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Bounded draws and shuffles on top of splitmix64. */
#include "base/rng.h"

uint64_t rng_below(struct rng *r, uint64_t n)
{
	/* Values under (2^64 mod n) would make the low residues more likely. */
	uint64_t floor = -n % n;
	uint64_t x;

	do {
		x = rng_next(r);
	} while (x < floor);
	return x % n;
}

void rng_shuffle(struct rng *r, uint32_t *a, size_t n)
{
	for (size_t i = n; i > 1; i--) {
		size_t j = rng_below(r, i);
		uint32_t t = a[i - 1];

		a[i - 1] = a[j];
		a[j] = t;
	}
}
