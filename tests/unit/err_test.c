// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* struct err: text and hint, what a second failure leaves, cut text, and no err at all. */
#include "base/err.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static void keeps_text_and_hint(void **state)
{
	struct err e = {0};

	(void)state;
	assert_int_equal(err_set(&e, -ENOMEM, "mlx5_0: %d QPs", 3), -ENOMEM);
	assert_int_equal(err_hint(&e, -ENOMEM, "raise %s", "memlock"), -ENOMEM);
	assert_int_equal(e.code, -ENOMEM);
	assert_string_equal(e.text, "mlx5_0: 3 QPs");
	assert_string_equal(e.hint, "raise memlock");
}

static void second_failure_clears_hint(void **state)
{
	struct err e = {0};

	(void)state;
	err_set(&e, -ENOMEM, "first");
	err_hint(&e, -ENOMEM, "old advice");
	err_set(&e, -EIO, "second");
	assert_string_equal(e.text, "second");
	assert_string_equal(e.hint, "");
}

static void long_text_is_cut(void **state)
{
	struct err e = {0};
	char text[2000];

	(void)state;
	memset(text, 'a', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	err_set(&e, -EIO, "%s", text);
	assert_int_equal(strlen(e.text), sizeof(e.text) - 1);
}

static void no_err_is_fine(void **state)
{
	(void)state;
	assert_int_equal(err_set(NULL, -EIO, "x"), -EIO);
	assert_int_equal(err_hint(NULL, -EIO, "x"), -EIO);
}

static void names_errnos(void **state)
{
	(void)state;
	assert_string_equal(err_name(EINVAL), "EINVAL");
	assert_string_equal(err_name(-ENOMEM), "ENOMEM");
	assert_string_equal(err_name(99999), "unknown errno");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(keeps_text_and_hint), cmocka_unit_test(second_failure_clears_hint),
		cmocka_unit_test(long_text_is_cut),    cmocka_unit_test(no_err_is_fine),
		cmocka_unit_test(names_errnos),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
