// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* TAP output: see tap.h. */
#include "tap.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int failures;

bool ok(bool good, const char *fmt, ...)
{
	va_list ap;

	fputs(good ? "ok - " : "not ok - ", stdout);
	va_start(ap, fmt);
	vprintf(fmt, ap);
	va_end(ap);
	putchar('\n');
	fflush(stdout);
	failures += !good;
	return good;
}

void bail(const char *what)
{
	printf("not ok - %s: %s\n", what, strerror(errno));
	exit(2);
}

int tap_failures(void)
{
	return failures;
}
