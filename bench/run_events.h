/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef P2P_BENCH_RUN_EVENTS_H
#define P2P_BENCH_RUN_EVENTS_H

/* What of a run becomes which event (docs/events.md). All are without effect when events are off. */

#include "session.h"

/* start: which run, how much of it; and a warning for each noise gate that is not ok, thread that is far. */
void run_events_start(struct session *s);

/* progress: a window; the figure it gave. */
void run_events_window(struct session *s, const struct run_progress *now);

/* point: each with its figures over all rounds; and a warning for each noise gate that is not ok by now. */
void run_events_points(struct session *s, const struct summary *sum);

/* end: the last line, whatever happened. */
void run_events_end(struct session *s, int status);

#endif
