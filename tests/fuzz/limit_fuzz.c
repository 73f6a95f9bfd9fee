// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Lines of key=value for the limit model: no crash, and what is accepted has an answer above 0. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "limit_case.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct limit_case c = limit_case_default;
	char *text = malloc(len + 1), *save = NULL;
	struct err e = {0};
	int rc = 0;

	if (!text)
		return 0;
	memcpy(text, data, len);
	text[len] = '\0';
	for (char *p = strtok_r(text, " \n", &save); p && !rc; p = strtok_r(NULL, " \n", &save)) {
		char *value = strchr(p, '=');

		if (!value)
			continue;
		*value++ = '\0';
		rc = limit_case_set(&c, p, value, &e);
	}
	if (!rc && !limit_case_check(&c, &e)) {
		double got = limit_case_solve(&c).gbyte_s;

		if (!isfinite(got) || got <= 0)
			abort();
	}
	free(text);
	return 0;
}
