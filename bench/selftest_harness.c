// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * What this program itself adds to a message: windows on null0, which completes at once and moves nothing.
 * null0's own few instructions are inside; scripts/bench selfcost counts without them.
 */
#include <errno.h>
#include <math.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/err.h"
#include "selftest.h"

static const struct {
	const char *name, *about;
	int measure, op;
	struct lane_shape shape;
} shapes[] = {
	{"harness.single",
	 "one work request a post, one completion in 64",
	 MEASURE_BW,
	 OP_WRITE,
	 {.size = 64, .qd = 128, .batch = 1, .signal_every = 64, .pattern = PATTERN_SEQ, .offset = -1}},
	{"harness.list16",
	 "16 work requests a post, one completion in 16",
	 MEASURE_BW,
	 OP_WRITE,
	 {.size = 64, .qd = 256, .batch = 16, .signal_every = 16, .pattern = PATTERN_SEQ, .offset = -1}},
	{"harness.latency",
	 "one message at a time, timed",
	 MEASURE_LAT,
	 OP_READ,
	 {.size = 64, .qd = 1, .batch = 1, .signal_every = 1, .pattern = PATTERN_SEQ, .offset = -1}},
};

/* Why instructions were not counted. */
static const char *not_counted(int why)
{
	switch (why) {
	case EACCES:
	case EPERM:
		return "not permitted: kernel.perf_event_paranoid must be 2 or less";
	case ENOENT:
	case EOPNOTSUPP:
	case ENODEV:
		return "no hardware counter here, as in most VMs";
	case ENOSYS:
		return "not in this kernel";
	default:
		return err_name(why);
	}
}

static void report(struct selftest *s, size_t i, const struct window *w, double instructions,
		   const struct rig *r)
{
	double ns = (double)w->window_ns / (double)w->ops;
	double each = instructions / (double)lane_traffic(&r->lane).ops;

	if (isnan(each))
		selftest_line(s, shapes[i].name, SELFTEST_OK, ns, "ns", "%.1f ns a message: %s", ns,
			      shapes[i].about);
	else
		selftest_line(s, shapes[i].name, SELFTEST_OK, ns, "ns",
			      "%.1f ns and %.1f instructions a message: %s", ns, each, shapes[i].about);
}

int selftest_harness(struct selftest *s, struct err *e)
{
	int why = 0, rc = 0;

	for (size_t i = 0; !rc && i < ARRAY_LEN(shapes); i++) {
		const struct op *op = rig_op(shapes[i].measure, shapes[i].op);
		struct instructions count;
		struct window w;
		struct rig r;

		rc = rig_open(&r, "null0", op, &shapes[i].shape, &s->clock, e);
		count = instructions_start();
		if (!rc)
			rc = rig_window(&r, op, s->cpu, &w, e);
		why = count.why;
		if (!rc)
			report(s, i, &w, instructions_stop(&count), &r);
		else
			instructions_stop(&count);
		rig_close(&r);
	}
	if (!rc && why)
		selftest_line(s, "harness.instructions", SELFTEST_SKIP, (double)NAN, "", "%s",
			      not_counted(why));
	return rc;
}
