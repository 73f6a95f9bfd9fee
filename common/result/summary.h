/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef P2P_RESULT_SUMMARY_H
#define P2P_RESULT_SUMMARY_H

/*
 * rounds.csv -> a row per point. Always derived from the file, so that a resumed run, an interrupted
 * one and a finished one are summarised by the same code.
 */

#include <stddef.h>
#include <stdint.h>

#include "result/row.h"
#include "stats/stats.h"

struct err;

/**
 * struct summary_point - one point over its rounds
 * @key: identity, key and state cells of its first ok row, else of its first row; read only (row_dup())
 * @bw: of bw_gbyte_s over ok rows; n = 0 when none (@bw is the main metric of measure bw, @p50 of others)
 * @p50, @p99: of lat_p50_us and lat_p99_us over ok rows; n = 0 when none
 * @p999_us, @max_us: median over rounds of the per-window p99.9; largest of the windows' maxima; NaN = none
 * @msg_mops: median over rounds; NaN = none
 * @pct_limit: of the median bandwidth; NaN when unknown
 * @ci_conf, @half_pct: confidence reached; half width of the main metric's interval
 *   in percent of its median; NaN when no interval
 * @converged: half_pct <= 1 (bw) or 2 (lat)
 * @n: ok rows; @n_void: rows left out with a cause (void, error, timeout, ..., not warm-up, not skipped)
 * @lag1, @trend_p, @setup_var_pct: of the main metric over rounds; share of variance between setups
 * @flags: words of the ok rows' flags, each once, and autocorr and trend of the rounds
 * @status: "ok" when nothing went wrong, else the status of the first row that was not ok, however many
 *   were; @reason: of that row
 */
struct summary_point {
	const struct row *key;
	struct median_ci bw, p50, p99;
	double p999_us, max_us, msg_mops, pct_limit;
	double ci_conf, half_pct, lag1, trend_p, setup_var_pct;
	int converged;
	size_t n, n_void, n_setups;
	char flags[128];
	char status[16];
	char reason[160];
};

struct summary {
	struct summary_point *point;
	size_t n;
	uint64_t ignored; /* malformed rows of rounds.csv */
};

/* The interval of the point's main metric: its bandwidth or its median latency. */
const struct median_ci *summary_main(const struct summary_point *p);

/*
 * Read DIR/rounds.csv, group by point_id, sort by the key columns. Round 0 and non-ok rows do not count.
 * Memory grows with points and a few numbers a row, not with the text.
 */
int summary_load(const char *dir, struct summary *out, struct err *e);
void summary_free(struct summary *s);

/* Column @i of summary.csv, NULL past the last. */
const char *summary_column(size_t i);

/* Write DIR/summary.csv: temporary file, fsync, rename, fsync of the directory. */
int summary_write(const char *dir, const struct summary *s, const char *stop_reason, struct err *e);

#endif
