/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef P2P_RUN_VISIT_H
#define P2P_RUN_VISIT_H

/* One visit to one point: put data in place, run a window, check the data, describe it as a row. */

#include "base/clock.h"
#include "meas/op.h"
#include "result/row.h"
#include "run/setup.h"
#include "stats/hist.h"

/**
 * struct visit - what to do and what came of it
 * @key: of this visit's data pattern; differs between visits
 * @hist: receives the window's latencies (lat points)
 * @status: ST_OK, ST_ERROR or ST_TIMEOUT
 */
struct visit {
	const struct setup *setup;
	const struct point *point;
	const struct op *op;
	const struct config_settings *set;
	const struct clock *clock;
	int cpu;
	uint64_t key;
	struct hist *hist;
	enum status status;
};

/**
 * visit_run() - fills @v->status and the state, measured and outcome cells of @row
 *
 * After anything but ST_OK the setup must be rebuilt.
 */
void visit_run(struct visit *v, struct row *row);

#endif
