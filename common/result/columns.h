/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef P2P_RESULT_COLUMNS_H
#define P2P_RESULT_COLUMNS_H

/*
 * rounds.csv, schema 1: one row per window. The header is whole from the first release; an empty
 * cell means not applicable or not measured. Units are in the names. results/SCHEMA.md describes
 * every column and is checked against this table by a test.
 */

#include "config/keys.h"

enum { RESULT_SCHEMA = 1 };

/* hist.csv: the non-empty buckets of a latency window. */
#define HIST_CSV_HEADER "seq,point_id,round,lo_ns,width_ns,count"

/* Identity, then the key columns (one per axis), then state, measured, outcome. */
enum column {
	COL_SCHEMA,
	COL_RUN_ID,
	COL_SETUP_ID,
	COL_ROUND,
	COL_SEQ,
	COL_T_UTC,
	COL_T_MONO_S,
	COL_POINT_ID,
	COL_CELL_ID,
	COL_KEY, /* first key column; COL_KEY + axis */
	COL_EVIDENCE = COL_KEY + AX_COUNT,
	COL_TOOL,
	COL_TARGET_KIND,
	COL_INTERCONNECT_USED,
	COL_ROUTE,
	COL_CLASS,
	COL_NET,
	COL_CPU_USED,
	COL_LIMIT_GBYTE_S,
	COL_EXPECTED_GBYTE_S,
	COL_LIMIT_CONC_GBYTE_S,
	COL_LIMIT_BY,
	COL_LIMIT_HOP,
	COL_LIMIT_SOURCE,
	COL_PCT_LIMIT,
	COL_TPH_EVIDENCE,
	COL_WINDOW_S,
	COL_WARMUP_S,
	COL_SWITCH_S,
	COL_SETUP_S,
	COL_OPS,
	COL_BYTES,
	COL_BW_GBYTE_S,
	COL_MSG_MOPS,
	COL_SLICE_SLOPE_PCT,
	COL_OUTLIERS,
	COL_LAT_N,
	COL_LAT_MIN_US,
	COL_LAT_MEAN_US,
	COL_LAT_MAX_US,
	COL_LAT_P50_US,
	COL_LAT_P90_US,
	COL_LAT_P99_US,
	COL_LAT_P999_US,
	COL_LAT_P9999_US,
	COL_DRAIN_US,
	COL_SEND_LAG_P99_US,
	COL_LATE_PCT,
	COL_NIVCSW,
	COL_FAULTS,
	COL_AER_COR,
	COL_RETRANS,
	COL_PAUSE,
	COL_REG_US,
	COL_DEREG_US,
	COL_CONSUME_P50_US,
	COL_FLAGS,
	COL_STATUS,
	COL_REASON,
	COL_ERR_CODE,
	COL_ERR_TEXT,
	COL_COUNT
};

/* Name as in the header row. */
const char *column_name(enum column c);

/* Column named @name, or -1. */
int column_find(const char *name, unsigned long len);

/* Words of the status column. */
enum status {
	ST_OK,
	ST_WARMUP,
	ST_VOID,
	ST_OVERLOAD,
	ST_TIMEOUT,
	ST_ERROR,
	ST_REVOKED,
	ST_SKIPPED,
	ST_COUNT
};
const char *status_name(enum status s);

#endif
