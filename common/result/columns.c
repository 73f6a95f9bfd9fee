// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Names of the columns of rounds.csv. Those of the key columns come from the option table, so that
 * an axis is spelt in one place only.
 */
#include "result/columns.h"

#include <string.h>

/* clang-format off */
static const char *const names[COL_COUNT] = {
	[COL_SCHEMA] = "schema",
	[COL_RUN_ID] = "run_id",
	[COL_SETUP_ID] = "setup_id",
	[COL_ROUND] = "round",
	[COL_SEQ] = "seq",
	[COL_T_UTC] = "t_utc",
	[COL_T_MONO_S] = "t_mono_s",
	[COL_POINT_ID] = "point_id",
	[COL_CELL_ID] = "cell_id",

	[COL_EVIDENCE] = "evidence",
	[COL_TOOL] = "tool",
	[COL_TARGET_KIND] = "target_kind",
	[COL_INTERCONNECT_USED] = "interconnect_used",
	[COL_ROUTE] = "route",
	[COL_CLASS] = "class",
	[COL_NET] = "net",
	[COL_CPU_USED] = "cpu_used",
	[COL_LIMIT_GBYTE_S] = "limit_gbyte_s",
	[COL_EXPECTED_GBYTE_S] = "expected_gbyte_s",
	[COL_LIMIT_CONC_GBYTE_S] = "limit_conc_gbyte_s",
	[COL_LIMIT_BY] = "limit_by",
	[COL_LIMIT_HOP] = "limit_hop",
	[COL_LIMIT_SOURCE] = "limit_source",
	[COL_PCT_LIMIT] = "pct_limit",
	[COL_TPH_EVIDENCE] = "tph_evidence",

	[COL_WINDOW_S] = "window_s",
	[COL_WARMUP_S] = "warmup_s",
	[COL_SWITCH_S] = "switch_s",
	[COL_SETUP_S] = "setup_s",
	[COL_OPS] = "ops",
	[COL_BYTES] = "bytes",
	[COL_BW_GBYTE_S] = "bw_gbyte_s",
	[COL_MSG_MOPS] = "msg_mops",
	[COL_SLICE_SLOPE_PCT] = "slice_slope_pct",
	[COL_OUTLIERS] = "outliers",
	[COL_LAT_N] = "lat_n",
	[COL_LAT_MIN_US] = "lat_min_us",
	[COL_LAT_MEAN_US] = "lat_mean_us",
	[COL_LAT_MAX_US] = "lat_max_us",
	[COL_LAT_P50_US] = "lat_p50_us",
	[COL_LAT_P90_US] = "lat_p90_us",
	[COL_LAT_P99_US] = "lat_p99_us",
	[COL_LAT_P999_US] = "lat_p999_us",
	[COL_LAT_P9999_US] = "lat_p9999_us",
	[COL_DRAIN_US] = "drain_us",
	[COL_SEND_LAG_P99_US] = "send_lag_p99_us",
	[COL_LATE_PCT] = "late_pct",
	[COL_NIVCSW] = "nivcsw",
	[COL_FAULTS] = "faults",
	[COL_AER_COR] = "aer_cor",
	[COL_RETRANS] = "retrans",
	[COL_PAUSE] = "pause",
	[COL_REG_US] = "reg_us",
	[COL_DEREG_US] = "dereg_us",
	[COL_CONSUME_P50_US] = "consume_p50_us",

	[COL_FLAGS] = "flags",
	[COL_STATUS] = "status",
	[COL_REASON] = "reason",
	[COL_ERR_CODE] = "err_code",
	[COL_ERR_TEXT] = "err_text",
};

static const char *const statuses[ST_COUNT] = {
	[ST_OK] = "ok",
	[ST_WARMUP] = "warmup",
	[ST_VOID] = "void",
	[ST_OVERLOAD] = "overload",
	[ST_TIMEOUT] = "timeout",
	[ST_ERROR] = "error",
	[ST_REVOKED] = "revoked",
	[ST_SKIPPED] = "skipped",
};
/* clang-format on */

const char *column_name(enum column c)
{
	if (c >= COL_KEY && c < COL_KEY + AX_COUNT)
		return keys_axis((enum axis)(c - COL_KEY))->column;
	return names[c];
}

int column_find(const char *name, unsigned long len)
{
	for (int c = 0; c < COL_COUNT; c++) {
		const char *n = column_name((enum column)c);

		if (strlen(n) == len && !memcmp(n, name, len))
			return c;
	}
	return -1;
}

const char *status_name(enum status s)
{
	return statuses[s];
}
