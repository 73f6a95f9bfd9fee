/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef P2P_RESULT_SUMMARY_H
#define P2P_RESULT_SUMMARY_H

/*
 * rounds.csv -> a row per point. Always derived from the file, so that a resumed run, an interrupted
 * one and a finished one are summarised by the same code.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "result/row.h"
#include "stats/stats.h"

struct err;

/**
 * struct summary_point - one point over its rounds
 * @key: identity, key and state cells of its first measured row, else of its first row; read only (row_dup())
 * @bw: of bw_gbyte_s, @rate: of msg_mops, @p50, @p99: of lat_p50_us and lat_p99_us over measured rows; n = 0
 *	when none
 * @p999_us, @max_us: median over rounds of the per-window p99.9; largest of the windows' maxima; NaN = none
 * @drain_us, @lag_us, @late_pct, @dereg_us, @consume_us: medians over rounds of drain_us, send_lag_p99_us,
 *	late_pct, dereg_us, consume_p50_us; NaN = none
 * @pct_limit: of the median bandwidth; NaN when unknown
 * @ci_conf, @half_pct: confidence reached; half width of the main metric's interval
 *   in percent of its median; NaN when no interval
 * @converged: half_pct <= 1 (bw, rate) or 2 (lat, reg)
 * @n: measured rows: status ok or overload, round 0 not counted; @n_void: rows left out with a cause (void,
 *	error, timeout, revoked)
 * @lag1, @trend_p, @setup_var_pct: of the main metric over rounds; share of variance between setups
 * @cell: against the plain member of its cell, paired by round, above 1 is better; n = 0: nothing to compare
 * @flags: words of the measured rows' flags, each once; autocorr and trend of the rounds; unstable: more than
 *	10 % of the windows are void for another cause than a repeat after drift
 * @status: "ok" when nothing went wrong, else the status of the first row that was not ok, however many
 *   were; a window repeated after drift is nothing wrong; @reason: of that row
 */
struct summary_point {
	const struct row *key;
	struct median_ci bw, rate, p50, p99;
	double p999_us, max_us, pct_limit;
	double drain_us, lag_us, late_pct, dereg_us, consume_us;
	double ci_conf, half_pct, lag1, trend_p, setup_var_pct;
	struct ratio_ci cell;
	int converged;
	size_t n, n_void, n_setups;
	char flags[128];
	char status[16];
	char reason[320];
};

struct summary {
	struct summary_point *point;
	size_t n;
	uint64_t ignored; /* malformed rows of rounds.csv */
};

/* The interval of the point's main metric: bandwidth, message rate or median latency. */
const struct median_ci *summary_main(const struct summary_point *p);

/* Is more of the main metric better? Yes for bandwidth and message rate. */
bool summary_more_is_better(const struct summary_point *p);

/* The second plain member of a cell (variant off2 or NAME.off2): what differs between equals. */
bool summary_is_control(const struct summary_point *p);

/* Length of the variant as the config has it: without a control's "off2" or ".off2". */
size_t summary_label_len(const struct summary_point *p);

/* Something went wrong at this point: neither ok nor skipped as a whole. */
bool summary_is_fault(const struct summary_point *p);

/*
 * Read DIR/rounds.csv, group by point_id, sort by the key columns; the members of a cell stand together, the
 * plain one first, then its control. Memory: 1.4 KiB a point and 104 bytes a row, 260 MB for
 * 100 000 points of 12 rounds; summary_write() adds the text, 0.6 KiB a point.
 */
int summary_load(const char *dir, struct summary *out, struct err *e);
void summary_free(struct summary *s);

/* Column @i of summary.csv, NULL past the last. */
const char *summary_column(size_t i);

/**
 * summary_number() - a figure by the name of its column in summary.csv; the main ones also as in rounds.csv
 * @v: NaN where the point has none
 *
 * Return: false when no column of numbers has that name.
 */
bool summary_number(const struct summary_point *p, const char *column, double *v);

/* summary.csv as text; @reason as below. */
void summary_print(FILE *out, const struct summary *s, const char *(*reason)(void *arg, const char *point_id),
		   void *arg);

/**
 * summary_write() - write DIR/summary.csv: temporary file, fsync, rename, fsync of the directory
 * @reason: why a point got no more rounds (precision, max_rounds, budget, interrupted, error); asked with
 *	@arg and the point's id for every measured point, may answer NULL for unknown; NULL = all unknown
 */
int summary_write(const char *dir, const struct summary *s,
		  const char *(*reason)(void *arg, const char *point_id), void *arg, struct err *e);

#endif
