// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Any text as a number: no crash, and what is accepted prints to a form that reads back the same. */
#include <stdlib.h>
#include <string.h>

#include "base/units.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	char *s = malloc(len + 1), buf[UNITS_TEXT];
	const char *why;
	int64_t v, back;

	if (!s)
		return 0;
	memcpy(s, data, len);
	s[len] = '\0';
	units_int(s, &v, &why);
	if (units_size(s, &v, &why) == 0 &&
	    (units_size(units_size_text(buf, v), &back, NULL) != 0 || back != v))
		abort();
	if (units_time(s, &v, &why) == 0 &&
	    (units_time(units_time_exact(buf, v), &back, NULL) != 0 || back != v))
		abort();
	free(s);
	return 0;
}
