// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The limit model against its published vectors, and what must hold for any input. */
#include <errno.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "base/err.h"
#include "base/rng.h"
#include "limit/limit.h"

/* @gen, @width, @mps, @mrrs, @rcb; then flit mode and one completion per RCB block. */
#define LINK(g, w, p, q, r, f, c)                                                                            \
	{                                                                                                    \
		.gen = (g), .width = (w), .mps = (p), .mrrs = (q), .rcb = (r), .flit = (f),                  \
		.cpl_per_rcb = (c), .addr64 = true                                                           \
	}
#define MIB (1u << 20)

static void assert_close(double got, double want)
{
	if (fabs(got / want - 1) > 5e-6) /* the vectors have six digits */
		fail_msg("got %.9g, want %.9g", got, want);
}

/* docs/limits.md, one row each. */
static void links_give_the_published_vectors(void **state)
{
	static const struct {
		struct limit_link link;
		struct limit_message m;
		double hard, expected;
	} row[] = {
		{LINK(1, 4, 128, 512, 64, false, false), {LIMIT_WRITE, 128, 0, 0, 0}, 0.842105, 0},
		{LINK(3, 8, 256, 512, 64, false, false), {LIMIT_WRITE, 64, 0, 0, 0}, 5.72867, 0},
		{LINK(4, 16, 256, 512, 64, false, false), {LIMIT_WRITE, 64, 0, 0, 16}, 21.9184, 0},
		{LINK(4, 16, 256, 512, 64, false, false), {LIMIT_WRITE, 65536, 0, 0, 8}, 28.807, 0},
		{LINK(4, 16, 256, 512, 64, false, false), {LIMIT_WRITE, 4096, 3, 0, 0}, 28.2521, 0},
		{LINK(5, 16, 512, 512, 64, false, false), {LIMIT_WRITE, MIB, 0, 256, 0}, 57.6141, 0},
		{LINK(5, 16, 256, 512, 64, true, false), {LIMIT_WRITE, MIB, 0, 0, 0}, 54.6751, 0},
		{LINK(6, 16, 256, 512, 64, false, false), {LIMIT_WRITE, 64, 0, 0, 16}, 89.9048, 0},
		{LINK(6, 16, 256, 512, 64, false, false), {LIMIT_WRITE, 256, 2, 0, 0}, 107.886, 0},
		{LINK(5, 16, 256, 512, 128, false, false), {LIMIT_READ, 4096, 4, 0, 0}, 56.4054, 0},
		{LINK(5, 16, 256, 512, 64, false, true), {LIMIT_READ, MIB, 0, 0, 0}, 48.0117, 0},
		{LINK(5, 16, 256, 512, 64, false, false), {LIMIT_READ, 4, 0, 0, 16}, 9.0022, 0},
		{LINK(5, 16, 256, 512, 64, false, false), {LIMIT_BOTH, 4096, 0, 0, 0}, 55.2464, 53.6301},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(row); i++) {
		assert_close(limit_of_link(&row[i].link, &row[i].m, false).gbyte_s, row[i].hard);
		if (row[i].expected > 0)
			assert_close(limit_of_link(&row[i].link, &row[i].m, true).gbyte_s, row[i].expected);
	}
}

static void ports_give_the_published_vectors(void **state)
{
	static const struct {
		struct limit_port port;
		struct limit_message m;
		double want;
	} row[] = {
		{{100, LIMIT_ROCE, 4, false, false}, {LIMIT_WRITE, 64, 0, 1024, 0}, 4.93827},
		{{400, LIMIT_ROCE, 6, true, false}, {LIMIT_WRITE, MIB, 0, 4096, 0}, 48.738},
		{{100, LIMIT_ROCE, 4, false, false}, {LIMIT_READ, 65536, 0, 4096, 0}, 12.2532},
		{{400, LIMIT_IB, 4, false, false}, {LIMIT_WRITE, MIB, 0, 4096, 0}, 49.6839},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(row); i++)
		assert_close(limit_of_port(&row[i].port, &row[i].m).gbyte_s, row[i].want);
	assert_close(limit_concurrency(16, 4096, 3000), 21.8453);
}

/* P04: the legs of a bounce, one after the other. */
static void stages_in_series_add_their_times(void **state)
{
	const struct limit_message m = {LIMIT_WRITE, MIB, 0, 4096, 0};
	const struct limit_port port = {400, LIMIT_ROCE, 4, false, false};
	const struct limit_link nic = LINK(5, 16, 256, 512, 64, false, false),
				device = LINK(4, 16, 256, 512, 64, false, false);
	struct limit first = limit_min(limit_of_link(&nic, &m, false), limit_of_port(&port, &m));
	struct limit both = limit_serial(first, limit_of_link(&device, &m, false));

	(void)state;
	assert_int_equal(first.by, LIMIT_WIRE);
	assert_close(both.gbyte_s, 18.1441);
	assert_int_equal(both.by, LIMIT_SERIAL);
}

/* Whole pages are multiplied, not walked: the sum must be what walking page by page gives. */
static void long_messages_are_the_sum_of_their_pages(void **state)
{
	struct rng rng = {.state = 7};

	(void)state;
	for (int i = 0; i < 2000; i++) {
		static const unsigned int mtu[] = {0, 256, 1024, 4096};
		struct limit_link l =
			LINK(4, 16, 128u << rng_next(&rng) % 4, 512, 64, rng_next(&rng) & 1, false);
		struct limit_message whole = {LIMIT_BOTH, 1 + rng_next(&rng) % 30000, rng_next(&rng) % 8192,
					      mtu[rng_next(&rng) % 4], 16};
		struct limit_ledger sum = {0}, got = limit_message_load(&l, &whole);

		/* A write's packets restart every 4 KiB of the message, a read's requests every 4 KiB line.
		 */
		for (uint64_t at = 0, n; at < whole.size; at += n) {
			struct limit_message part = whole;

			n = whole.mtu ? LIMIT_PAGE : LIMIT_PAGE - (whole.addr + at) % LIMIT_PAGE;
			n = n < whole.size - at ? n : whole.size - at;
			part.op = LIMIT_WRITE;
			part.addr += at;
			part.size = n;
			limit_ledger_add(&sum,
					 &(struct limit_ledger){limit_message_load(&l, &part).fwd, 0,
								limit_message_load(&l, &part).n_fwd, 0});
		}
		whole.op = LIMIT_READ;
		struct limit_ledger reads = limit_message_load(&l, &whole);

		limit_ledger_add(&sum, &reads);
		assert_int_equal(got.fwd, sum.fwd);
		assert_int_equal(got.n_fwd, sum.n_fwd);
		assert_int_equal(got.back, reads.back);
	}
}

static void what_the_model_has_no_answer_for_is_refused(void **state)
{
	const struct limit_link good = LINK(5, 16, 256, 512, 64, false, false);
	const struct limit_link bad[] = {
		LINK(0, 16, 256, 512, 64, false, false), LINK(7, 16, 256, 512, 64, false, false),
		LINK(5, 3, 256, 512, 64, false, false),	 LINK(5, 16, 64, 512, 64, false, false),
		LINK(5, 16, 384, 512, 64, false, false), LINK(5, 16, 256, 0, 64, false, false),
		LINK(5, 16, 256, 512, 32, false, false), {5, 16, 256, 512, 64, 5, false, false, true, false}};
	const struct limit_message bad_message[] = {{LIMIT_WRITE, 0, 0, 0, 0},
						    {LIMIT_WRITE, 1ull << 32, 0, 0, 0},
						    {LIMIT_WRITE, 64, 0, 1000, 0},
						    {LIMIT_WRITE, 64, 0, 0, 12}};
	const struct limit_port bad_port[] = {{0, LIMIT_ROCE, 4, false, false},
					      {(double)NAN, LIMIT_ROCE, 4, false, false},
					      {100, LIMIT_ROCE, 5, false, false}};
	struct err e;

	(void)state;
	assert_int_equal(limit_link_check(&good, &e), 0);
	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		assert_int_equal(limit_link_check(&bad[i], &e), -EINVAL);
	for (size_t i = 0; i < ARRAY_LEN(bad_message); i++)
		assert_int_equal(limit_message_check(&bad_message[i], &e), -EINVAL);
	for (size_t i = 0; i < ARRAY_LEN(bad_port); i++)
		assert_int_equal(limit_port_check(&bad_port[i], &e), -EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(links_give_the_published_vectors),
		cmocka_unit_test(ports_give_the_published_vectors),
		cmocka_unit_test(stages_in_series_add_their_times),
		cmocka_unit_test(long_messages_are_the_sum_of_their_pages),
		cmocka_unit_test(what_the_model_has_no_answer_for_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
