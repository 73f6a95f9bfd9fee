// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Histogram: the published index vectors, and quantiles against a sorted array of the same data. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>

#include "base/cleanup.h"
#include "base/rng.h"
#include "stats/hist.h"

static void index_vectors(void **state)
{
	static const struct {
		uint64_t v;
		unsigned int index;
	} row[] = {{0, 0},     {127, 127}, {128, 128}, {255, 255}, {256, 256},
		   {257, 256}, {258, 257}, {511, 383}, {512, 384}, {UINT64_MAX, HIST_LEN - 1}};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(row); i++)
		assert_int_equal(hist_index(row[i].v), row[i].index);
}

/* Buckets tile the range without a gap, and none is wider than 1/128 of its low edge. */
static void buckets_tile(void **state)
{
	uint64_t next = 0;

	(void)state;
	for (unsigned int i = 0; i < HIST_LEN; i++) {
		assert_int_equal(hist_low(i), next);
		assert_int_equal(hist_index(hist_low(i)), i);
		assert_int_equal(hist_index(hist_low(i) + hist_width(i) - 1), i);
		assert_true(hist_low(i) < 128 || hist_width(i) * 128 <= hist_low(i));
		next = hist_low(i) + hist_width(i);
	}
	assert_int_equal(next, 0); /* wrapped: the whole 64-bit range */
}

static int by_value(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

/* Values of all magnitudes: a random number of random bits. */
static uint64_t any_value(struct rng *rng, unsigned int bits)
{
	return rng_next(rng) >> (64 - 1 - rng_below(rng, bits));
}

static void check_against_sorted(struct rng *rng, struct hist *h, uint64_t *v, size_t n)
{
	static const double qs[] = {0, 0.001, 0.25, 0.5, 0.9, 0.99, 0.999, 0.9999, 1};

	hist_clear(h);
	for (size_t i = 0; i < n; i++) {
		v[i] = any_value(rng, 40);
		hist_record(h, v[i]);
	}
	qsort(v, n, sizeof(*v), by_value);
	assert_int_equal(hist_count(h), n);
	assert_int_equal(h->min, v[0]);
	assert_int_equal(h->max, v[n - 1]);
	for (size_t i = 0; i < ARRAY_LEN(qs); i++) {
		/* Thousandths as integers: the slow version must not round as the fast one does. */
		size_t tenk = (size_t)(qs[i] * 10000 + 0.5);
		size_t rank = (tenk * n + 9999) / 10000;
		uint64_t exact = v[rank ? rank - 1 : 0];
		uint64_t got = hist_quantile(h, qs[i]);

		assert_true(got >= exact);
		assert_true(got - exact <= exact / 128);
		assert_true(got <= h->max);
	}
}

static void quantiles_match_sorted(void **state)
{
	struct rng rng = {20260101};
	CLEANUP_FREE struct hist *h = malloc(sizeof(*h));
	CLEANUP_FREE uint64_t *v = calloc(3000, sizeof(*v));

	(void)state;
	for (int round = 0; round < 100; round++)
		check_against_sorted(&rng, h, v, 1 + rng_below(&rng, 3000));
}

static void empty_and_huge(void **state)
{
	CLEANUP_FREE struct hist *h = malloc(sizeof(*h));

	(void)state;
	hist_clear(h);
	assert_int_equal(hist_quantile(h, 0.5), 0);
	assert_int_equal(hist_count(h), 0);
	hist_record(h, 1ull << 50);
	hist_record(h, 7);
	assert_int_equal(hist_quantile(h, 0.5), 7);
	assert_int_equal(hist_quantile(h, 1), 1ull << 50);
}

/* Small values have buckets of their own: the nearest rank to the unit, for any q in thousandths. */
static void small_values_are_exact(void **state)
{
	struct rng rng = {20260303};
	CLEANUP_FREE struct hist *h = malloc(sizeof(*h));
	uint64_t v[500];

	(void)state;
	for (int trial = 0; trial < 200; trial++) {
		size_t n = 1 + rng_below(&rng, ARRAY_LEN(v)), thousandths = rng_below(&rng, 1001);
		size_t rank = (thousandths * n + 999) / 1000;

		hist_clear(h);
		for (size_t i = 0; i < n; i++) {
			v[i] = rng_below(&rng, 256);
			hist_record(h, v[i]);
		}
		qsort(v, n, sizeof(*v), by_value);
		assert_int_equal(hist_quantile(h, (double)thousandths / 1000), v[rank ? rank - 1 : 0]);
	}
}

/* Two halves merged are the whole, field for field. */
static void merge_is_recording_in_one(void **state)
{
	struct rng rng = {20260304};
	CLEANUP_FREE struct hist *h = malloc(3 * sizeof(*h));

	(void)state;
	for (int trial = 0; trial < 50; trial++) {
		for (int i = 0; i < 3; i++)
			hist_clear(&h[i]);
		for (uint64_t n = rng_below(&rng, 300); n > 0; n--) {
			uint64_t v = any_value(&rng, 40);

			hist_record(&h[rng_below(&rng, 2)], v);
			hist_record(&h[2], v);
		}
		hist_merge(&h[0], &h[1]);
		assert_memory_equal(&h[0], &h[2], sizeof(*h));
	}
}

static void merge_saturates(void **state)
{
	CLEANUP_FREE struct hist *h = malloc(2 * sizeof(*h));

	(void)state;
	for (int i = 0; i < 2; i++) {
		hist_clear(&h[i]);
		hist_record(&h[i], 9);
		h[i].bucket[9] = UINT32_MAX - 1;
	}
	hist_merge(&h[0], &h[1]);
	assert_int_equal(h[0].bucket[9], UINT32_MAX);
	assert_int_equal(h[0].sum, 18);
}

static void support(void **state)
{
	(void)state;
	assert_true(hist_supports(20, 0.5));
	assert_false(hist_supports(19, 0.5));
	assert_true(hist_supports(1000, 0.99));
	assert_false(hist_supports(999, 0.99));
	assert_true(hist_supports(10000, 0.999));
	assert_true(hist_supports(100000, 0.9999));
	assert_false(hist_supports(99999, 0.9999));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(index_vectors),	  cmocka_unit_test(buckets_tile),
		cmocka_unit_test(quantiles_match_sorted), cmocka_unit_test(empty_and_huge),
		cmocka_unit_test(small_values_are_exact), cmocka_unit_test(merge_is_recording_in_one),
		cmocka_unit_test(merge_saturates),	  cmocka_unit_test(support),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
