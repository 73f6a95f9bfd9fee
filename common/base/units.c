// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Numbers as users write and read them; see units.h. Independent of the locale. */
#include "base/units.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"

struct unit {
	const char *name;
	int64_t worth;
};

/* Both tables ascend: parsing looks for the name, printing for the largest that fits. */
static const struct unit size_units[] = {
	{"", 1}, {"K", 1LL << 10}, {"M", 1LL << 20}, {"G", 1LL << 30}, {"T", 1LL << 40}};
static const struct unit time_units[] = {
	{"ns", 1}, {"us", 1000}, {"ms", 1000000}, {"s", 1000000000}, {"m", 60000000000}, {"h", 3600000000000},
};

static int fail(int code, const char **why, const char *text)
{
	if (why)
		*why = text;
	return code;
}

static int digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c = (char)tolower((unsigned char)c);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : 16;
}

/* Digits at *s, which moves past them. */
static int parse_digits(const char **s, int64_t *out, const char **why)
{
	int base = (*s)[0] == '0' && ((*s)[1] == 'x' || (*s)[1] == 'X') ? 16 : 10;
	const char *p = *s + (base == 16 ? 2 : 0);
	int64_t v = 0;

	if (digit(*p) >= base)
		return fail(-EINVAL, why, "a number starts with a digit");
	for (; digit(*p) < base; p++) {
		if (__builtin_mul_overflow(v, base, &v) || __builtin_add_overflow(v, digit(*p), &v))
			return fail(-ERANGE, why, "the number is too large");
	}
	*s = p;
	*out = v;
	return 0;
}

int units_int(const char *s, int64_t *out, const char **why)
{
	bool minus = *s == '-';
	int64_t v;
	int rc;

	s += minus;
	rc = parse_digits(&s, &v, why);
	if (rc)
		return rc;
	if (*s)
		return fail(-EINVAL, why, "write a whole number, decimal or 0x");
	*out = minus ? -v : v;
	return 0;
}

static int scaled(int64_t v, int64_t worth, int64_t *out, const char **why)
{
	if (__builtin_mul_overflow(v, worth, out))
		return fail(-ERANGE, why, "the number is too large");
	return 0;
}

static const char *wrong_size_unit(const char *s)
{
	if (*s == '.' || *s == ',')
		return "write a whole number, for example 1536K instead of 1.5M";
	if (strchr("kmgt", *s) && (s[1] == '\0' || s[1] == 'b' || s[1] == 'B' || s[1] == 'i'))
		return "write capital K, M, G or T; they are powers of 1024";
	if (strchr("KMGT", *s))
		return "write K, M, G or T alone; they are powers of 1024";
	return "write a whole number with an optional K, M, G or T";
}

int units_size(const char *s, int64_t *out, const char **why)
{
	int64_t v;
	int rc;

	if (*s == '-')
		return fail(-EINVAL, why, "it must not be negative");
	rc = parse_digits(&s, &v, why);
	if (rc)
		return rc;
	for (size_t i = 0; i < ARRAY_LEN(size_units); i++) {
		if (!strcmp(s, size_units[i].name))
			return scaled(v, size_units[i].worth, out, why);
	}
	return fail(-EINVAL, why, wrong_size_unit(s));
}

int units_time(const char *s, int64_t *ns, const char **why)
{
	int64_t v;
	int rc;

	if (*s == '-')
		return fail(-EINVAL, why, "it must not be negative");
	rc = parse_digits(&s, &v, why);
	if (rc)
		return rc;
	for (size_t i = 0; i < ARRAY_LEN(time_units); i++) {
		if (!strcmp(s, time_units[i].name))
			return scaled(v, time_units[i].worth, ns, why);
	}
	if (*s == '\0')
		return fail(-EINVAL, why, "a time needs a unit: ns us ms s m h");
	if (*s == '.' || *s == ',')
		return fail(-EINVAL, why, "write a whole number, for example 1500us instead of 1.5ms");
	return fail(-EINVAL, why, "write a whole number and one of ns us ms s m h");
}

/* Largest unit that divides @v without a rest. */
static char *exact(char buf[UNITS_TEXT], int64_t v, const struct unit *units, size_t n)
{
	size_t i = n - 1;

	while (i > 0 && (v == 0 || v % units[i].worth != 0))
		i--;
	snprintf(buf, UNITS_TEXT, "%" PRId64 "%s", v / units[i].worth, units[i].name);
	return buf;
}

char *units_size_text(char buf[UNITS_TEXT], int64_t v)
{
	return exact(buf, v, size_units, ARRAY_LEN(size_units));
}

char *units_time_exact(char buf[UNITS_TEXT], int64_t ns)
{
	return exact(buf, ns, time_units, ARRAY_LEN(time_units));
}
