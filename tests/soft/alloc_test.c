// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The timed loops allocate nothing: malloc and friends are wrapped by the linker and count per thread. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <stdlib.h>

#include "base/err.h"
#include "ops/ops.h"
#include "soft/lane_rig.h"

#define SECOND 1000000000ll

static _Thread_local volatile bool counting; /* malloc() is thought not to look at it */
static atomic_uint allocations;

void *__real_malloc(size_t n);
void *__real_calloc(size_t n, size_t size);
void *__real_realloc(void *p, size_t n);
void *__wrap_malloc(size_t n);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_realloc(void *p, size_t n);

void *__wrap_malloc(size_t n)
{
	allocations += counting;
	return __real_malloc(n);
}

void *__wrap_calloc(size_t n, size_t size)
{
	allocations += counting;
	return __real_calloc(n, size);
}

void *__wrap_realloc(void *p, size_t n)
{
	allocations += counting;
	return __real_realloc(p, n);
}

static const struct op *counted;

static int counted_run(struct lane *l, const atomic_bool *stop)
{
	int rc;

	counting = true;
	rc = counted->run(l, stop);
	counting = false;
	return rc;
}

static const struct lane_shape one = {
	.size = 8, .qd = 16, .batch = 1, .signal_every = 1, .pattern = PATTERN_SEQ, .offset = -1};

static void run_once(const struct op *op, const struct lane_shape *shape)
{
	static struct hist lat;
	static struct lane_rig r;
	const struct window_rule rule = {
		.window_done = 1000,
		.window_max_ns = 10 * SECOND,
		.timeout_ns = 10 * SECOND,
		.cpu = r.cpu,
	};
	struct op wrapped = *op;
	struct window w = {0};
	struct err e = {0};

	counted = op;
	wrapped.run = counted_run;
	if (lane_rig_open(&r,
			  &(struct rig_spec){.device = "soft0",
					     .op = op,
					     .shape = *shape,
					     .qps = 2,
					     .lanes = 2,
					     .bytes = 1 << 20},
			  &e) ||
	    window_run(r.lane, 2, &wrapped, &rule, &lat, NULL, &w, &e))
		fail_msg("%s", e.text);
	assert_int_equal(w.end, WINDOW_OK);
	assert_int_equal(allocations, 0);
	lane_rig_close(&r);
}

/* From priming to the stop a lane's thread allocates nothing, the software device included. */
static void loops_allocate_nothing(void **state)
{
	(void)state;
	for (size_t i = 0; ops[i]; i++) {
		struct lane_shape s = one;

		if (!ops[i]->run || ops[i]->peer != OP_ALONE)
			continue;
		s.qd = ops[i]->measure == MEASURE_LAT ? 1 : 16;
		for (int wr = 0; wr < 2; wr++) {
			s.wr_api = wr;
			s.interval_ns = 0;
			s.overlap = wr;
			run_once(ops[i], &s);
			s.interval_ns = 1000;
			if (!ops[i]->bounce)
				run_once(ops[i], &s);
		}
	}
}

static void the_counter_works(void **state)
{
	void *volatile p;

	(void)state;
	allocations = 0;
	counting = true;
	p = malloc(1);
	counting = false;
	free(p);
	assert_int_equal(allocations, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(loops_allocate_nothing),
		cmocka_unit_test(the_counter_works),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
