// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Where messages lie: every slot once a lap, the same order for ever, and no nonsense accepted. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <stdint.h>
#include <stdlib.h>

#include "base/cleanup.h"
#include "config/keys.h"
#include "mem/slots.h"

enum { MOST = 1 << 16 };

static void rand_visits_every_slot_once_a_lap(void **state)
{
	unsigned char *seen = malloc(MOST);

	(void)state;
	assert_non_null(seen);
	for (uint32_t bits = 0; bits <= 16; bits++) {
		struct slots s = {.size = 64,
				  .stride = 64,
				  .count = 1ull << bits,
				  .pattern = PATTERN_RAND,
				  .ring = 4ull << bits,
				  .shift = (bits + 1) / 2};

		for (unsigned char lap = 1; lap <= 6; lap++) {
			for (uint64_t i = 0; i < s.count; i++) {
				uint64_t at = slots_index(&s, (lap - 1u) * s.count + i);

				assert_true(at < s.count);
				assert_true(lap == 1 || seen[at] == lap - 1);
				seen[at] = lap;
				assert_int_equal(at, slots_index(&s, i)); /* the same order every lap */
			}
		}
	}
	free(seen);
}

/* A permutation that is nearly the identity would be a sequential walk under another name. */
static void rand_is_no_walk(void **state)
{
	struct slots s = {.count = 1024, .pattern = PATTERN_RAND, .ring = 1024, .shift = 5};
	unsigned int steps = 0;

	(void)state;
	for (uint64_t m = 1; m < s.count; m++)
		steps += slots_index(&s, m) == slots_index(&s, m - 1) + 1;
	assert_true(steps < 16);
}

static void seq_restarts_at_the_ring(void **state)
{
	struct slots s = {
		.offset = 100, .size = 8, .stride = 64, .count = 4, .pattern = PATTERN_SEQ, .ring = 8};

	(void)state;
	for (uint64_t m = 0; m < 40; m++)
		assert_int_equal(slots_index(&s, m), m % 4);
	s.ring = 3;
	for (uint64_t m = 0; m < 40; m++)
		assert_int_equal(slots_index(&s, m), m % 3);
	assert_int_equal(slots_offset(&s, 5), 100 + 2 * 64);
	assert_int_equal(slots_span(&s), 3 * 64 + 8);
	s.ring = 4;
	assert_int_equal(slots_index(&s, UINT64_MAX), 3);
}

static void same_is_one_slot(void **state)
{
	struct slots s = {.size = 8, .stride = 64, .count = 1, .pattern = PATTERN_SAME, .ring = 64};

	(void)state;
	for (uint64_t m = 0; m < 100; m++)
		assert_int_equal(slots_index(&s, m), 0);
	assert_int_equal(slots_span(&s), 8);
	s.count = 0;
	assert_int_equal(slots_span(&s), 0);
}

static void only_what_fits_is_accepted(void **state)
{
	const struct slots good = {
		.offset = 64, .size = 60, .stride = 64, .count = 4, .pattern = PATTERN_SEQ, .ring = 4};
	const struct {
		struct slots s;
		uint64_t bytes;
		bool fits;
	} row[] = {
		{good, 64 + 3 * 64 + 60, true},
		{good, 64 + 3 * 64 + 59, false},
		{good, 0, false},
		{{.size = 8, .stride = 0, .count = 1, .pattern = PATTERN_SAME, .ring = 1}, 8, true},
		{{.size = 8, .stride = 0, .count = 2, .pattern = PATTERN_SEQ, .ring = 2}, 64, false},
		{{.size = 0, .stride = 0, .count = 2, .pattern = PATTERN_SEQ, .ring = 2}, 64, false},
		{{.size = 8, .stride = 7, .count = 2, .pattern = PATTERN_SEQ, .ring = 2}, 64, false},
		{{.size = 8, .stride = 8, .count = 0, .pattern = PATTERN_SEQ, .ring = 1}, 64, false},
		{{.size = 8, .stride = 8, .count = 1, .pattern = PATTERN_SEQ, .ring = 0}, 64, false},
		{{.size = 8, .stride = 8, .count = 2, .pattern = PATTERN_SAME, .ring = 2}, 64, false},
		{{.size = 8, .stride = 8, .count = 3, .pattern = PATTERN_RAND, .ring = 3, .shift = 1},
		 64,
		 false},
		{{.size = 8, .stride = 8, .count = 4, .pattern = PATTERN_RAND, .ring = 4, .shift = 0},
		 64,
		 false},
		{{.size = 8, .stride = 8, .count = 4, .pattern = PATTERN_RAND, .ring = 4, .shift = 64},
		 64,
		 false},
		{{.size = 8, .stride = 8, .count = 4, .pattern = PATTERN_RAND, .ring = 4, .shift = 1},
		 32,
		 true},
		{{.size = 8, .stride = 8, .count = 1, .pattern = 99, .ring = 1}, 64, false},
		{{.offset = UINT64_MAX, .size = 8, .count = 1, .ring = 1}, 64, false},
		{{.size = UINT64_MAX, .count = 1, .ring = 1}, 64, false},
		{{.size = 1, .stride = 1ull << 63, .count = 3, .pattern = PATTERN_SEQ, .ring = 3}, 64, false},
		{{.size = 1, .stride = 1, .count = UINT64_MAX, .pattern = PATTERN_SEQ, .ring = 3}, 64, false},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(row); i++)
		assert_int_equal(slots_fit(&row[i].s, row[i].bytes), row[i].fits);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rand_visits_every_slot_once_a_lap), cmocka_unit_test(rand_is_no_walk),
		cmocka_unit_test(seq_restarts_at_the_ring),	     cmocka_unit_test(same_is_one_slot),
		cmocka_unit_test(only_what_fits_is_accepted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
