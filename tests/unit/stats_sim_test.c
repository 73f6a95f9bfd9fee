// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Does the whole procedure keep its promise? Simulated runs with known truth, seeds stated: how often the
 * interval holds the true median when rounds are added until it is narrow, and how often two equal members
 * of a cell are called different on a machine that drifts. Beside each stands what it protects from.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdbool.h>
#include <string.h>

#include "base/cleanup.h"
#include "stats/stats.h"
#include "unit/noise.h"

enum { ROUNDS_MIN = 12, ROUNDS_MAX = 60, TRIALS = 10000 };

/* Half width asked for, relative to the median. */
static const double TARGET = 0.01;

static bool is_look(size_t n)
{
	static const size_t look_at[] = {12, 16, 20, 26, 34, 44, 60};

	for (size_t i = 0; i < ARRAY_LEN(look_at); i++) {
		if (look_at[i] == n)
			return true;
	}
	return false;
}

static struct median_ci interval(const double *x, size_t n)
{
	double copy[ROUNDS_MAX];

	memcpy(copy, x, n * sizeof(*x));
	return stats_median_ci(copy, n);
}

static bool narrow(const double *x, size_t n)
{
	struct median_ci m = interval(x, n);

	return (m.hi - m.lo) / 2 <= TARGET * fabs(m.median);
}

/*
 * A machine as a source of windows: @draw gives one window's figure, @spread is the scale of its noise,
 * @truth the median it has in the long run.
 */
struct source {
	const char *name;
	double (*draw)(struct rng *rng, double spread);
	double spread, truth;
};

static double draw_normal(struct rng *rng, double spread)
{
	return 1 + spread * normal(rng);
}

static double draw_lognormal(struct rng *rng, double spread)
{
	return exp(spread * normal(rng));
}

/* Two states of the machine, @spread apart, the lower one in 60 % of the windows. */
static double draw_bimodal(struct rng *rng, double spread)
{
	return (uniform(rng) < 0.6 ? 1 : 1 + spread) + 0.005 * normal(rng);
}

/* Median of draw_bimodal(): its distribution function by bisection. */
static double bimodal_median(double spread)
{
	double lo = 0.9, hi = 1.1;

	for (int i = 0; i < 60; i++) {
		double m = (lo + hi) / 2;
		double below = 0.6 * erfc((1 - m) / 0.005 / M_SQRT2) / 2 +
			       0.4 * erfc((1 + spread - m) / 0.005 / M_SQRT2) / 2;

		*(below < 0.5 ? &lo : &hi) = m;
	}
	return lo;
}

/* The mean over a window of messages that resemble their neighbours; windows know nothing of each other. */
static double draw_correlated(struct rng *rng, double spread)
{
	const double rho = 0.9;
	double v = normal(rng), sum = 0;

	for (int i = 0; i < 50; i++) {
		sum += v;
		v = rho * v + sqrt(1 - rho * rho) * normal(rng);
	}
	return 1 + spread * sum / 50;
}

/* Rounds until the interval is narrow, asked at the looks only or after every round; what came of it. */
static bool run_holds_truth(const struct source *s, struct rng *rng, bool every_round, size_t *rounds)
{
	double x[ROUNDS_MAX];
	struct median_ci m;
	size_t n = 0;

	while (n < ROUNDS_MAX) {
		x[n++] = s->draw(rng, s->spread);
		if (n >= ROUNDS_MIN && (every_round || is_look(n)) && narrow(x, n))
			break;
	}
	m = interval(x, n);
	*rounds += n;
	return m.lo <= s->truth && s->truth <= m.hi;
}

static double covered(const struct source *s, uint64_t seed, bool every_round)
{
	struct rng rng = {seed};
	size_t hit = 0, rounds = 0;

	for (int t = 0; t < TRIALS; t++)
		hit += run_holds_truth(s, &rng, every_round, &rounds);
	print_message("%-22s spread %.4f%s: covered %.2f %%, %.1f rounds\n", s->name, s->spread,
		      every_round ? ", asked every round" : "", 100.0 * (double)hit / TRIALS,
		      (double)rounds / TRIALS);
	return (double)hit / TRIALS;
}

/* Spreads from "done at the first look" over "several looks", where stopping costs most, to "never done". */
static void coverage_with_looks(void **state)
{
	static const struct source sources[] = {
		{"normal", draw_normal, 0.01, 1},
		{"normal", draw_normal, 0.015, 1},
		{"normal", draw_normal, 0.0225, 1},
		{"normal", draw_normal, 0.026, 1},
		{"normal", draw_normal, 0.1, 1},
		{"lognormal", draw_lognormal, 0.015, 1},
		{"lognormal", draw_lognormal, 0.0225, 1},
		{"lognormal", draw_lognormal, 0.5, 1},
		{"bimodal", draw_bimodal, 0.015, 0},
		{"bimodal", draw_bimodal, 0.025, 0},
		{"bimodal", draw_bimodal, 0.08, 0},
		{"correlated in windows", draw_correlated, 0.03, 1},
		{"correlated in windows", draw_correlated, 0.045, 1},
		{"correlated in windows", draw_correlated, 0.06, 1},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(sources); i++) {
		struct source s = sources[i];

		if (s.draw == draw_bimodal)
			s.truth = bimodal_median(s.spread);
		assert_true(covered(&s, 20260400 + i, false) >= 0.93);
	}
}

/* Why the looks are listed: whoever asks after every round stops at lucky moments. */
static void asking_every_round_costs(void **state)
{
	const struct source s = {"normal", draw_normal, 0.027, 1};
	double listed = covered(&s, 20260420, false), every = covered(&s, 20260420, true);

	(void)state;
	assert_true(every < 0.93 && every + 0.01 < listed);
}

/* Why rounds: windows taken back to back resemble each other, and the interval is far too sure. */
static void back_to_back_fails(void **state)
{
	const double rho = 0.9;
	struct rng rng = {20260421};
	size_t hit = 0;

	(void)state;
	for (int t = 0; t < TRIALS; t++) {
		double x[ROUNDS_MIN], v = normal(&rng);
		struct median_ci m;

		for (size_t i = 0; i < ROUNDS_MIN; i++) {
			x[i] = 1 + 0.01 * v;
			v = rho * v + sqrt(1 - rho * rho) * normal(&rng);
		}
		m = interval(x, ROUNDS_MIN);
		hit += m.lo <= 1 && 1 <= m.hi;
	}
	assert_true((double)hit / TRIALS < 0.6);
}

/*
 * A cell of equal members on a machine whose figure falls by 5 % over ROUNDS_MAX rounds. Visit number @at
 * of all gives a window.
 */
enum { MEMBERS_MAX = 8 };
static const double DRIFT = 0.05;

static double drifting(struct rng *rng, size_t at, size_t visits, double spread)
{
	return (1 - DRIFT * (double)at / (double)visits) * exp(spread * normal(rng));
}

/* One round: every member once, next to each other, in fresh random order. */
static void visit_round(struct rng *rng, double y[][ROUNDS_MAX], size_t members, size_t round, double spread)
{
	size_t order[MEMBERS_MAX] = {0};

	for (size_t i = 0; i < members; i++) {
		size_t j = rng_below(rng, i + 1);

		order[i] = order[j];
		order[j] = i;
	}
	for (size_t i = 0; i < members; i++)
		y[order[i]][round] = drifting(rng, round * members + i, members * ROUNDS_MAX, spread);
}

/* Is member 1 called different from member 0? By interval and by p: they must agree. */
static bool called_different(double y[][ROUNDS_MAX], size_t n)
{
	double ln[ROUNDS_MAX];
	struct ratio_ci r;

	for (size_t i = 0; i < n; i++)
		ln[i] = log(y[1][i] / y[0][i]);
	r = stats_ratio(ln, n);
	assert_true((r.lo > 1 || r.hi < 1) == (r.p <= 0.05));
	return r.p <= 0.05;
}

/* The cell stops as a whole, at the first look where all members are narrow. */
static size_t rounds_of_cell(struct rng *rng, double y[][ROUNDS_MAX], size_t members, double spread)
{
	for (size_t n = 1;; n++) {
		bool done = n >= ROUNDS_MIN && is_look(n);

		visit_round(rng, y, members, n - 1, spread);
		for (size_t m = 0; done && m < members; m++)
			done = narrow(y[m], n);
		if (done || n == ROUNDS_MAX)
			return n;
	}
}

static void equal_members_stay_equal(void **state)
{
	static const struct {
		size_t members;
		double spread;
	} cells[] = {{2, 0.002}, {2, 0.01}, {2, 0.02}, {4, 0.01}, {8, 0.01}, {8, 0.02}};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cells); i++) {
		struct rng rng = {20260440 + i};
		double y[MEMBERS_MAX][ROUNDS_MAX];
		size_t wrong = 0, rounds = 0;

		for (int t = 0; t < TRIALS; t++) {
			size_t n = rounds_of_cell(&rng, y, cells[i].members, cells[i].spread);

			wrong += called_different(y, n);
			rounds += n;
		}
		print_message("A/A, %zu members, spread %.3f: %.2f %% called different, %.1f rounds\n",
			      cells[i].members, cells[i].spread, 100.0 * (double)wrong / TRIALS,
			      (double)rounds / TRIALS);
		assert_true((double)wrong / TRIALS <= 0.05);
	}
}

/* Why members stand next to each other: all windows of one, then all of the other, is always "different". */
static void block_after_block_fails(void **state)
{
	struct rng rng = {20260460};
	double y[2][ROUNDS_MAX];
	size_t wrong = 0;

	(void)state;
	for (int t = 0; t < TRIALS; t++) {
		for (size_t i = 0; i < 2 * ROUNDS_MIN; i++)
			y[i / ROUNDS_MIN][i % ROUNDS_MIN] = drifting(&rng, i, 2 * ROUNDS_MIN, 0.01);
		wrong += called_different(y, ROUNDS_MIN);
	}
	assert_true((double)wrong / TRIALS > 0.95);
}

/* And a real difference of the size asked for is found, drift or not. */
static void difference_is_found(void **state)
{
	struct rng rng = {20260461};
	double y[2][ROUNDS_MAX];
	size_t found = 0;

	(void)state;
	for (int t = 0; t < TRIALS; t++) {
		for (size_t n = 0; n < ROUNDS_MIN; n++) {
			visit_round(&rng, y, 2, n, 0.01);
			y[1][n] *= 1.02;
		}
		found += called_different(y, ROUNDS_MIN);
	}
	assert_true((double)found / TRIALS > 0.9);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(coverage_with_looks),	   cmocka_unit_test(asking_every_round_costs),
		cmocka_unit_test(back_to_back_fails),	   cmocka_unit_test(equal_members_stay_equal),
		cmocka_unit_test(block_after_block_fails), cmocka_unit_test(difference_is_found),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
