// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Seeded randomness: the published sequence, even draws, shuffles that lose nothing; FNV vectors. */
#include "base/rng.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

/* First values of splitmix64 with seed 1234567, as its authors publish them. */
static void is_splitmix64(void **state)
{
	static const uint64_t want[] = {6457827717110365317u, 3203168211198807973u, 9817491932198370423u,
					4593380528125082431u, 16408922859458223821u};
	struct rng r = {.state = 1234567};

	(void)state;
	for (size_t i = 0; i < sizeof(want) / sizeof(*want); i++)
		assert_true(rng_next(&r) == want[i]);
}

/* 5 % of the expected count is ten standard deviations here: fails for a bias, not by chance. */
static void draws_evenly(void **state)
{
	enum { SIDES = 10, DRAWS = 400000 };
	struct rng r = {.state = 1};
	uint32_t seen[SIDES] = {0};

	(void)state;
	for (int i = 0; i < DRAWS; i++) {
		uint64_t v = rng_below(&r, SIDES);

		assert_true(v < SIDES);
		seen[v]++;
	}
	for (int i = 0; i < SIDES; i++)
		assert_in_range(seen[i], DRAWS / SIDES * 95 / 100, DRAWS / SIDES * 105 / 100);
}

static void draws_from_any_range(void **state)
{
	static const uint64_t range[] = {1, 2, 3, 1ull << 32, (1ull << 63) + 1, UINT64_MAX};
	struct rng r = {.state = 7};

	(void)state;
	for (size_t i = 0; i < sizeof(range) / sizeof(*range); i++) {
		for (int n = 0; n < 100; n++)
			assert_true(rng_below(&r, range[i]) < range[i]);
	}
}

static void shuffle_is_a_permutation(void **state)
{
	enum { N = 1000 };
	uint32_t a[N], b[N];
	bool seen[N] = {false};
	struct rng ra = {.state = 42}, rb = {.state = 42};
	int fixed = 0;

	(void)state;
	for (uint32_t i = 0; i < N; i++)
		a[i] = b[i] = i;
	rng_shuffle(&ra, a, N);
	rng_shuffle(&rb, b, N);
	assert_memory_equal(a, b, sizeof(a));
	for (uint32_t i = 0; i < N; i++) {
		assert_true(a[i] < N && !seen[a[i]]);
		seen[a[i]] = true;
		fixed += a[i] == i;
	}
	assert_true(fixed < 10);
	rng_shuffle(&ra, a, 0);
}

static void fnv_has_its_published_values(void **state)
{
	(void)state;
	assert_true(fnv64(FNV64_INIT, "", 0) == 0xcbf29ce484222325u);
	assert_true(fnv64(FNV64_INIT, "a", 1) == 0xaf63dc4c8601ec8cu);
	assert_true(fnv64(FNV64_INIT, "foobar", 6) == 0x85944171f73967e8u);
	assert_true(fnv64(fnv64(FNV64_INIT, "foo", 3), "bar", 3) == 0x85944171f73967e8u);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(is_splitmix64),
		cmocka_unit_test(draws_evenly),
		cmocka_unit_test(draws_from_any_range),
		cmocka_unit_test(shuffle_is_a_permutation),
		cmocka_unit_test(fnv_has_its_published_values),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
