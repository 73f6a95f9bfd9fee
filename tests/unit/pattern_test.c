// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The data pattern proves what it claims: any wrong, missing or misplaced byte of a slot is found. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <errno.h>
#include <stdint.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/err.h"
#include "base/rng.h"
#include "config/keys.h"
#include "mem/pattern.h"

enum { BYTES = 8192, KEY = 77, ALL = 7 };

static const struct slots slots = {
	.offset = 192, .size = 1000, .stride = 1024, .count = ALL, .pattern = PATTERN_SEQ, .ring = ALL};

static void whole_pattern_checks_out(void **state)
{
	uint8_t buf[BYTES];
	uint64_t bad;

	(void)state;
	pattern_fill(buf, 0, BYTES, KEY);
	assert_int_equal(pattern_check(buf, &slots, ALL, KEY, true, &bad, NULL), 0);
	assert_int_equal(pattern_check(buf, &slots, ALL, KEY, false, &bad, NULL), 0);
	assert_int_equal(pattern_check(buf, &slots, ALL, KEY + 1, false, &bad, NULL), -EBADMSG);
}

/* Filling in pieces of any alignment gives the same bytes: contents depend on the offset alone. */
static void pieces_make_the_whole(void **state)
{
	uint8_t whole[BYTES], parts[BYTES];
	struct rng rng = {.state = 3};

	(void)state;
	pattern_fill(whole, 0, BYTES, KEY);
	for (uint64_t at = 0; at < BYTES;) {
		uint64_t n = 1 + rng_below(&rng, 40);

		n = n < BYTES - at ? n : BYTES - at;
		pattern_fill(parts, at, n, KEY);
		at += n;
	}
	assert_memory_equal(whole, parts, BYTES);
}

/* `full` finds every single wrong byte of every slot, and only those. */
static void full_finds_any_byte(void **state)
{
	uint8_t buf[BYTES];
	struct err e;

	(void)state;
	pattern_fill(buf, 0, BYTES, KEY);
	for (uint64_t at = 0; at < BYTES; at++) {
		uint64_t in = at - slots.offset;
		bool inside = at >= slots.offset && in / slots.stride < slots.count &&
			      in % slots.stride < slots.size;
		uint64_t bad = 0;

		buf[at] ^= 1;
		assert_int_equal(pattern_check(buf, &slots, ALL, KEY, true, &bad, &e), inside ? -EBADMSG : 0);
		assert_true(!inside || bad == at);
		buf[at] ^= 1;
	}
}

static void sample_finds_both_ends(void **state)
{
	static const uint64_t at[] = {0, 63, 936, 999};
	uint8_t buf[BYTES];
	uint64_t bad;

	(void)state;
	pattern_fill(buf, 0, BYTES, KEY);
	for (uint64_t slot = 0; slot < slots.count; slot++) {
		for (size_t i = 0; i < ARRAY_LEN(at); i++) {
			uint64_t o = slots.offset + slot * slots.stride + at[i];

			buf[o] ^= 0x80;
			assert_int_equal(pattern_check(buf, &slots, ALL, KEY, false, &bad, NULL), -EBADMSG);
			assert_int_equal(bad, o);
			buf[o] ^= 0x80;
		}
	}
}

/* About one line in a hundred between the ends is looked at, another one for another key. */
static void sample_looks_between(void **state)
{
	static uint8_t buf[1 << 20];
	const struct slots one = {.size = sizeof(buf), .stride = sizeof(buf), .count = 1, .ring = 1};
	uint64_t bad, found = 0;

	(void)state;
	for (uint64_t key = 0; key < 200; key++) {
		pattern_fill(buf, 4096, 4096, key);
		pattern_fill(buf, 0, 64, key);
		pattern_fill(buf, sizeof(buf) - 64, 64, key);
		found += pattern_check(buf, &one, 1, key, false, &bad, NULL) == -EBADMSG;
	}
	assert_int_equal(found, 200);
}

static void messages_tell_missing_from_wrong(void **state)
{
	uint8_t buf[BYTES];
	struct err e;
	uint64_t bad;

	(void)state;
	pattern_fill(buf, 0, BYTES, KEY);
	pattern_poison(buf, slots.offset, 100);
	assert_int_equal(pattern_check(buf, &slots, ALL, KEY, false, &bad, &e), -EBADMSG);
	assert_non_null(strstr(e.text, "offset 192"));
	assert_non_null(strstr(e.text, "nothing arrived"));
	pattern_fill(buf, slots.offset, 100, KEY + 1);
	assert_int_equal(pattern_check(buf, &slots, ALL, KEY, false, &bad, &e), -EBADMSG);
	assert_non_null(strstr(e.text, "something else"));
}

/* Which of the eight slots the check of @messages looks at: a bit each. */
static unsigned int looked_at(const struct slots *s, uint64_t messages)
{
	uint8_t buf[BYTES];
	unsigned int seen = 0;
	uint64_t bad;

	pattern_fill(buf, 0, BYTES, KEY);
	for (unsigned int i = 0; i < 8; i++) {
		buf[i * s->stride] ^= 1;
		if (pattern_check(buf, s, messages, KEY, true, &bad, NULL))
			seen |= 1u << i;
		buf[i * s->stride] ^= 1;
	}
	return seen;
}

/* A slot no message went to still holds poison, rightly; every other one is checked. */
static void only_touched_slots_are_checked(void **state)
{
	struct slots s = {.size = 512, .stride = 1024, .count = 8, .pattern = PATTERN_SEQ, .ring = 16};

	(void)state;
	assert_int_equal(looked_at(&s, 0), 0);
	assert_int_equal(looked_at(&s, 3), 0x07);
	assert_int_equal(looked_at(&s, 8), 0xff);
	assert_int_equal(looked_at(&s, UINT64_MAX), 0xff);
	s.ring = 5; /* prepared work requests end in mid-lap: the last three slots are never reached */
	assert_int_equal(looked_at(&s, UINT64_MAX), 0x1f);
	s = (struct slots){
		.size = 512, .stride = 1024, .count = 8, .pattern = PATTERN_RAND, .ring = 8, .shift = 2};
	for (uint64_t m = 0; m <= 8; m++) {
		unsigned int want = 0;

		for (uint64_t i = 0; i < m; i++)
			want |= 1u << slots_index(&s, i);
		assert_int_equal(looked_at(&s, m), want);
		assert_int_equal(__builtin_popcount(want), m);
	}
	s = (struct slots){.size = 512, .stride = 1024, .count = 1, .pattern = PATTERN_SAME, .ring = 64};
	assert_int_equal(looked_at(&s, 1000), 0x01);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(whole_pattern_checks_out),
		cmocka_unit_test(pieces_make_the_whole),
		cmocka_unit_test(full_finds_any_byte),
		cmocka_unit_test(sample_finds_both_ends),
		cmocka_unit_test(sample_looks_between),
		cmocka_unit_test(messages_tell_missing_from_wrong),
		cmocka_unit_test(only_touched_slots_are_checked),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
