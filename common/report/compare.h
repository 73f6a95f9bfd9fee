/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef P2P_REPORT_COMPARE_H
#define P2P_REPORT_COMPARE_H

/*
 * Two result sets, A (base) and B (new), to one verdict a point; docs/compare.md has the rules and why. Plain
 * data in, plain data out: reads and prints nothing. Effects are logarithms, above 0 when B is better.
 */

#include <stdbool.h>
#include <stddef.h>

#include "result/facts.h"
#include "result/run_points.h"

struct err;

/* In the order of the rules: the first that holds. */
enum verdict {
	VERDICT_INCOMPARABLE, /* something that must be equal is not */
	VERDICT_MISSING,      /* absent, or too few usable units on a side */
	VERDICT_BETTER,
	VERDICT_WORSE,
	VERDICT_SAME,	      /* the whole interval lies within the margin */
	VERDICT_INCONCLUSIVE, /* everything else */
	VERDICT_NONE,	      /* evidence classes mixed on request: figures without a verdict */
	VERDICT_COUNT
};
const char *verdict_word(enum verdict v);

/* Fewest units a side: rounds, and run medians where a side has that many runs. */
enum { COMPARE_ROUNDS_MIN = 6, COMPARE_RUNS_MIN = 4 };

/**
 * struct compare_run - one run of a side; borrowed
 * @name: as the user named it
 * @facts: of its run.json, NULL = it has none
 */
struct compare_run {
	const char *name;
	const struct run_points *points;
	const struct facts *facts;
};

struct compare_side {
	const struct compare_run *run;
	size_t n;
};

/**
 * struct compare_rule - what the user may choose
 * @margin: smallest effect that counts, by figure, as ln; the noise floor widens it where rounds are the unit
 * @within_run_only: judge without a noise floor; the verdict is about these runs only
 * @mixed: points of different evidence classes: figures without a verdict instead of incomparable
 * @waive: bit of each enum fact_block whose differences are accepted
 */
struct compare_rule {
	double margin[FIGURE_COUNT];
	bool within_run_only, mixed;
	unsigned int waive;
};

/* 2 % for bandwidth and message rate, 5 % for latency and registration. */
struct compare_rule compare_rule_default(void);

/**
 * struct compare_point - one point on both sides
 * @a, @b: its key and state cells on either side, NULL = not there; borrowed from the runs
 * @n_a, @n_b: units; @median_a, @median_b: of the units, in the figure's unit; NaN without any
 * @effect, @lo, @hi: Hodges-Lehmann (within a run: median of pairs) and its 95 % interval; NaN = none
 * @medians: ln of the ratio of the medians; @shape_change: it lies outside the interval
 * @p, @q: of the test, and after Benjamini-Hochberg within its figure; NaN = not tested
 * @margin: as ln; @noise: noise floor, NaN = unknown
 * @need: units a side that would probably decide, 0 = no telling; only for inconclusive
 * @control: A/A control of a run compared within itself
 * @why: of incomparable, missing, and inconclusive where it is not the interval; "" else
 * @differs: state columns that differ, "route switch -> host_bridge; ..."; NULL = none
 */
struct compare_point {
	const struct row *a, *b;
	enum figure_of figure;
	enum verdict verdict;
	size_t n_a, n_b;
	double median_a, median_b;
	double effect, lo, hi, medians, p, q, margin, noise;
	size_t need;
	bool shape_change, control;
	char why[128];
	char *differs;
};

/* A fact on which the sides differ; values of several runs joined by '|', "unknown" for none. */
struct compare_fact {
	struct fact about;
	char a[FACT_VALUE], b[FACT_VALUE];
	bool blocks; /* more than one value of a blocking fact, within a side or between them */
};

/**
 * struct compare - the outcome
 * @point: by key columns; @count: of each verdict
 * @runs_are_units: both sides have COMPARE_RUNS_MIN runs, so the unit is a run's median
 * @noise_unknown: points that would be better or worse, were there a noise floor
 */
struct compare {
	struct compare_point *point;
	size_t n;
	struct compare_fact *fact;
	size_t n_fact;
	size_t count[VERDICT_COUNT];
	size_t noise_unknown;
	bool runs_are_units, within;
};

/**
 * compare_runs() - A against B
 *
 * compare_runs(a, b) and compare_runs(b, a) differ in the sign of every effect and in nothing else.
 * Return: 0 or -ENOMEM. The runs outlive @out.
 */
int compare_runs(const struct compare_side *a, const struct compare_side *b, const struct compare_rule *rule,
		 struct compare *out);

/**
 * compare_within() - points of one run that differ in @axis only, paired by round
 * @base: value of the axis the others are compared with, NULL = tph none, interconnect main, else the first
 *
 * A is the base, B the other; the A/A controls come first. Sign test and interval of the median log ratio.
 * Return: 0; -EINVAL no two points differ in @axis only, or none has @base; -ENOMEM.
 */
int compare_within(const struct compare_run *run, enum axis axis, const char *base,
		   const struct compare_rule *rule, struct compare *out, struct err *e);

/* Name of the axis that makes a base, and the base's value in @c. Return: the name, "" when @c is empty. */
const char *compare_base(const struct compare *c, enum axis axis, const char **value);

void compare_free(struct compare *c);

/* The run fact applies to the point: its nics, its memory. */
bool compare_fact_applies(const struct compare_fact *f, const struct compare_point *p);

/* More of the figure is better: bandwidth, message rate. */
bool figure_more_is_better(enum figure_of f);

#endif
