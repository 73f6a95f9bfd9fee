/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef P2P_RUN_VISIT_H
#define P2P_RUN_VISIT_H

/* One visit to one point: put data in place, run a window, check the data, describe it as a row. */

#include "base/clock.h"
#include "meas/op.h"
#include "result/row.h"
#include "run/limits.h"
#include "run/places.h"
#include "run/setup.h"
#include "stats/hist.h"

/* Reason of a void row after which the point is visited once more. */
#define VISIT_REPEATED "drift in window, repeated with 4x warm-up"

/* Beginning of the reason of a row whose target was taken away by the sweep setting `revoke`. */
#define VISIT_REVOKED "revoked as asked"

/**
 * struct visit - what to do and what came of it
 * @point: as it is measured (choose.h)
 * @key: of this visit's data pattern; differs between visits
 * @fresh: the first visit to this setup: the row gets setup_s
 * @repeat: this is the second try after a drift: the warm-up is four times as long
 * @once: there will be no second try (warm-up round): drift is flagged only
 * @places, @there: where the NIC sits, and that of the responder; @net: what lies between them
 * @copies: of @setup, NULL = software devices get no limit
 * @hist: receives the window's samples where it has any: latencies, times to register
 *
 * Results:
 * @status: ST_OK, ST_VOID, ST_OVERLOAD, ST_TIMEOUT, ST_ERROR or ST_REVOKED
 * @bound: of the point's route
 * @again: the window drifted; its row is void: visit the point once more with @repeat
 * @broken: the setup must be rebuilt
 * @tick_ns: what one unit of @hist is worth; 0 = @hist holds nothing
 */
struct visit {
	const struct setup *setup;
	const struct point *point;
	const struct op *op;
	const struct config_settings *set;
	const struct clock *clock;
	const struct places *places, *there;
	const struct limits_net *net;
	uint64_t key;
	bool fresh;
	bool repeat, once;
	struct setup_copies *copies;
	struct hist *hist;
	struct bound bound;
	enum status status;
	bool again, broken;
	double tick_ns;
};

/**
 * visit_run() - fills the results and the state, measured and outcome cells of @row but COL_STATUS
 *
 * A visit that has failed is over: no thread runs, nothing is posted any more.
 */
void visit_run(struct visit *v, struct row *row);

/* One more word in the column flags. */
void row_flag(struct row *row, const char *word);

#endif
