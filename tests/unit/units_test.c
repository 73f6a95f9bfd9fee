// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Numbers in and out: every accepted form, every refused one with its reason, and the way back. */
#include "base/units.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "base/cleanup.h"

typedef int parse_fn(const char *s, int64_t *out, const char **why);

static const struct {
	parse_fn *parse;
	const char *text;
	int64_t value;
} good[] = {
	{units_int, "0", 0},
	{units_int, "-12", -12},
	{units_int, "0x1F", 31},
	{units_int, "9223372036854775807", INT64_MAX},
	{units_size, "0", 0},
	{units_size, "64", 64},
	{units_size, "64K", 65536},
	{units_size, "0x10", 16},
	{units_size, "0x10K", 16384},
	{units_size, "3M", 3 << 20},
	{units_size, "2G", 2ll << 30},
	{units_size, "1T", 1ll << 40},
	{units_time, "5ns", 5},
	{units_time, "30ms", 30000000},
	{units_time, "1s", 1000000000},
	{units_time, "2m", 120000000000},
	{units_time, "1h", 3600000000000},
};

static const struct {
	parse_fn *parse;
	const char *text;
	int code;
	const char *why; /* a part of it */
} bad[] = {
	{units_int, "", -EINVAL, "digit"},
	{units_int, "-", -EINVAL, "digit"},
	{units_int, "0x", -EINVAL, "digit"},
	{units_int, "12 ", -EINVAL, "whole number"},
	{units_int, "1K", -EINVAL, "whole number"},
	{units_int, "9223372036854775808", -ERANGE, "too large"},
	{units_size, "64KB", -EINVAL, "alone"},
	{units_size, "64KiB", -EINVAL, "alone"},
	{units_size, "64k", -EINVAL, "capital"},
	{units_size, "64kB", -EINVAL, "capital"},
	{units_size, "1.5M", -EINVAL, "1536K"},
	{units_size, "-1", -EINVAL, "negative"},
	{units_size, "9000000T", -ERANGE, "too large"},
	{units_size, "K", -EINVAL, "digit"},
	{units_time, "30", -EINVAL, "unit"},
	{units_time, "1.5ms", -EINVAL, "1500us"},
	{units_time, "30sec", -EINVAL, "one of"},
	{units_time, "-1s", -EINVAL, "negative"},
	{units_time, "9999999999h", -ERANGE, "too large"},
};

static void accepts(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(good); i++) {
		int64_t v = -1;

		assert_int_equal(good[i].parse(good[i].text, &v, NULL), 0);
		assert_true(v == good[i].value);
	}
}

static void refuses_with_reason(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		const char *why = "";
		int64_t v;

		assert_int_equal(bad[i].parse(bad[i].text, &v, &why), bad[i].code);
		if (!strstr(why, bad[i].why))
			fail_msg("'%s': %s", bad[i].text, why);
	}
}

static void prints_shortest(void **state)
{
	char buf[UNITS_TEXT];

	(void)state;
	assert_string_equal(units_size_text(buf, 0), "0");
	assert_string_equal(units_size_text(buf, 1000), "1000");
	assert_string_equal(units_size_text(buf, 65536), "64K");
	assert_string_equal(units_size_text(buf, 1536 * 1024), "1536K");
	assert_string_equal(units_size_text(buf, 1ll << 40), "1T");
	assert_string_equal(units_time_exact(buf, 1500000), "1500us");
	assert_string_equal(units_time_exact(buf, 0), "0ns");
	assert_string_equal(units_time_exact(buf, 3600000000000), "1h");
}

static void exact_forms_read_back(void **state)
{
	char buf[UNITS_TEXT];

	(void)state;
	for (int64_t v = 1; v < INT64_MAX / 5; v += v / 3 + 1) {
		int64_t size, ns;

		assert_int_equal(units_size(units_size_text(buf, v), &size, NULL), 0);
		assert_int_equal(units_time(units_time_exact(buf, v), &ns, NULL), 0);
		assert_true(size == v && ns == v);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(accepts),
		cmocka_unit_test(refuses_with_reason),
		cmocka_unit_test(prints_shortest),
		cmocka_unit_test(exact_forms_read_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
