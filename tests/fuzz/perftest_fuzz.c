// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Any bytes as what perftest printed: refused, or figures that are finite and positive. */
#include <math.h>
#include <stdint.h>
#include <stdlib.h>

#include "base/err.h"
#include "crosscheck/perftest.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(int rc, const struct perftest_result *r)
{
	double figure = r->kind == PERFTEST_BW ? r->bytes_s : r->typical_us;

	if (!rc && (!isfinite(figure) || figure <= 0 || !r->size || !r->messages || !isfinite(r->rounding)))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *text = (const char *)data;
	struct perftest_result r;
	struct err e;

	perftest_version_parse(text, size, &e);
	for (const struct perftest_version *v = perftest_versions; v->reported; v++) {
		for (int kind = PERFTEST_BW; kind <= PERFTEST_LAT; kind++) {
			check(perftest_text(v, (enum perftest_kind)kind, text, size, &r, &e), &r);
			check(perftest_json(v, (enum perftest_kind)kind, text, size, &r, &e), &r);
		}
	}
	return 0;
}
