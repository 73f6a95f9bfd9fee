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
#include "mem/pattern.h"

enum { BYTES = 8192, KEY = 77 };

static const struct pattern_slots slots = {.offset = 192, .size = 1000, .stride = 1024, .count = 7};

static void whole_pattern_checks_out(void **state)
{
	uint8_t buf[BYTES];
	uint64_t bad;

	(void)state;
	pattern_fill(buf, 0, BYTES, KEY);
	assert_int_equal(pattern_check(buf, &slots, KEY, true, &bad, NULL), 0);
	assert_int_equal(pattern_check(buf, &slots, KEY, false, &bad, NULL), 0);
	assert_int_equal(pattern_check(buf, &slots, KEY + 1, false, &bad, NULL), -EBADMSG);
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
		assert_int_equal(pattern_check(buf, &slots, KEY, true, &bad, &e), inside ? -EBADMSG : 0);
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
			assert_int_equal(pattern_check(buf, &slots, KEY, false, &bad, NULL), -EBADMSG);
			assert_int_equal(bad, o);
			buf[o] ^= 0x80;
		}
	}
}

/* About one line in a hundred between the ends is looked at, another one for another key. */
static void sample_looks_between(void **state)
{
	static uint8_t buf[1 << 20];
	const struct pattern_slots one = {.size = sizeof(buf), .stride = sizeof(buf), .count = 1};
	uint64_t bad, found = 0;

	(void)state;
	for (uint64_t key = 0; key < 200; key++) {
		pattern_fill(buf, 4096, 4096, key);
		pattern_fill(buf, 0, 64, key);
		pattern_fill(buf, sizeof(buf) - 64, 64, key);
		found += pattern_check(buf, &one, key, false, &bad, NULL) == -EBADMSG;
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
	assert_int_equal(pattern_check(buf, &slots, KEY, false, &bad, &e), -EBADMSG);
	assert_non_null(strstr(e.text, "offset 192"));
	assert_non_null(strstr(e.text, "nothing arrived"));
	pattern_fill(buf, slots.offset, 100, KEY + 1);
	assert_int_equal(pattern_check(buf, &slots, KEY, false, &bad, &e), -EBADMSG);
	assert_non_null(strstr(e.text, "something else"));
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
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
