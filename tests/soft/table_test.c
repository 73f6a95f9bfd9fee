// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Object numbers: found while alive, never given out twice, retired slots, exhaustion. */
#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <stdlib.h>

#include "nic/soft/table.h"

static void test_find(void **state)
{
	struct soft_table t = {.max_index = 1000};
	uint32_t number[500];
	int obj[500];

	(void)state;
	assert_null(soft_table_find(&t, 0));
	assert_null(soft_table_find(&t, 1u << SOFT_GENERATION_BITS));
	for (int i = 0; i < 500; i++) {
		assert_int_equal(soft_table_add(&t, &obj[i], &number[i]), 0);
		assert_int_not_equal(number[i], 0);
	}
	for (int i = 0; i < 500; i++)
		assert_ptr_equal(soft_table_find(&t, number[i]), &obj[i]);
	assert_int_equal(t.live, 500);
	assert_null(soft_table_find(&t, UINT32_MAX));
	soft_table_close(&t);
	assert_null(soft_table_find(&t, number[0]));
}

static void test_walk(void **state)
{
	struct soft_table t = {.max_index = 10};
	uint32_t number[3], at = 0;
	int obj[3];

	(void)state;
	assert_null(soft_table_next(&t, &at));
	for (int i = 0; i < 3; i++)
		assert_int_equal(soft_table_add(&t, &obj[i], &number[i]), 0);
	soft_table_remove(&t, number[1]);
	assert_ptr_equal(soft_table_next(&t, &at), &obj[0]);
	assert_ptr_equal(soft_table_next(&t, &at), &obj[2]);
	assert_null(soft_table_next(&t, &at));
	soft_table_close(&t);
}

/* 3 slots of 256 generations: exactly 768 numbers, all different, stale ones never found. */
static void test_never_twice(void **state)
{
	enum { SLOTS = 3, NUMBERS = SLOTS << SOFT_GENERATION_BITS };
	struct soft_table t = {.max_index = SLOTS};
	unsigned char *seen = calloc((SLOTS + 1) << SOFT_GENERATION_BITS, 1);
	uint32_t number, stale = 0;
	int obj;

	(void)state;
	for (int i = 0; i < NUMBERS; i++) {
		assert_int_equal(soft_table_add(&t, &obj, &number), 0);
		assert_int_equal(seen[number]++, 0);
		assert_null(soft_table_find(&t, stale));
		soft_table_remove(&t, number);
		assert_null(soft_table_find(&t, number));
		stale = number;
	}
	assert_int_equal(soft_table_add(&t, &obj, &number), -ENOMEM);
	assert_int_equal(t.live, 0);
	soft_table_close(&t);
	free(seen);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_find),
		cmocka_unit_test(test_walk),
		cmocka_unit_test(test_never_twice),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
