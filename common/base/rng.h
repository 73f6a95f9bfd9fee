/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef P2P_BASE_RNG_H
#define P2P_BASE_RNG_H

/* Seeded randomness (splitmix64) and FNV-1a: the same seed gives the same run on any machine. */

#include <stddef.h>
#include <stdint.h>

#define FNV64_INIT 0xcbf29ce484222325ull

/* One step of splitmix64 (Steele, Lea, Flood 2014), usable as a hash of @x. */
static inline uint64_t rng_mix(uint64_t x)
{
	x += 0x9e3779b97f4a7c15ull;
	x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9ull;
	x = (x ^ (x >> 27)) * 0x94d049bb133111ebull;
	return x ^ (x >> 31);
}

struct rng {
	uint64_t state;
};

static inline uint64_t rng_next(struct rng *r)
{
	uint64_t x = r->state;

	r->state += 0x9e3779b97f4a7c15ull;
	return rng_mix(x);
}

/* Uniform in [0, n), n > 0; unbiased. */
uint64_t rng_below(struct rng *r, uint64_t n);

/* Fisher-Yates. */
void rng_shuffle(struct rng *r, uint32_t *a, size_t n);

/* FNV-1a 64 of @len bytes, going on from @h (FNV64_INIT to start). */
static inline uint64_t fnv64(uint64_t h, const void *data, size_t len)
{
	const unsigned char *p = data;

	for (size_t i = 0; i < len; i++)
		h = (h ^ p[i]) * 0x100000001b3ull;
	return h;
}

#endif
