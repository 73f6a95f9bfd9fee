// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The rules of `expect:` at the end of a run. */
#include <errno.h>
#include <stdio.h>

#include "base/err.h"
#include "bench.h"
#include "report/expect.h"

int expect_end(const struct config *c, const struct summary *s, bool strict)
{
	struct expect_outcome x;
	struct err e = {0};
	int status;

	if (expect_judge(c, s, &x)) {
		err_set(&e, -ENOMEM, "expect: out of memory");
		return fail_with(&e, EXIT_INTERNAL);
	}
	expect_print(c, s, &x, stdout);
	status = x.failed ? EXIT_MISSED : strict && x.unknown ? EXIT_POINTS : EXIT_OK;
	expect_free(&x);
	return status;
}
