// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The rules of `expect:` at the end of a run. */
#include <errno.h>
#include <math.h>
#include <stdio.h>

#include "base/err.h"
#include "bench.h"
#include "report/expect.h"
#include "result/runjson.h"

static void add_results(const struct config *c, const struct expect_outcome *x, json_t *out)
{
	static const char *const word[] = {"ok", "fail", "unknown"};
	const struct key *metric = keys_find("metric", SCOPE_EXPECT);

	for (size_t i = 0; i < x->n; i++) {
		const struct expect_result *r = &x->result[i];
		json_t *o = json_pack("{s:I, s:s, s:s}", "rule", (json_int_t)r->rule, "metric",
				      metric->words[c->expect[r->rule].metric], "verdict", word[r->verdict]);

		if (r->point)
			json_object_set_new(o, "point_id", json_string(row_get(r->point->key, COL_POINT_ID)));
		if (isfinite(r->value))
			json_object_set_new(o, "value", json_real(r->value));
		if (isfinite(r->of))
			json_object_set_new(o, "of", json_real(r->of));
		if (*r->why)
			json_object_set_new(o, "why", runjson_text(r->why));
		json_array_append_new(out, o);
	}
}

int expect_end(const struct config *c, const struct summary *s, bool strict, json_t *out)
{
	struct expect_outcome x;
	struct err e = {0};
	int status;

	if (expect_judge(c, s, &x)) {
		err_set(&e, -ENOMEM, "expect: out of memory");
		return fail_with(&e, EXIT_INTERNAL);
	}
	if (out)
		add_results(c, &x, out);
	else
		expect_print(c, s, &x, stdout);
	status = x.failed ? EXIT_MISSED : strict && x.unknown ? EXIT_POINTS : EXIT_OK;
	expect_free(&x);
	return status;
}
