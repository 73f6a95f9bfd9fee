/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef P2P_BENCH_PLAN_DOCUMENT_H
#define P2P_BENCH_PLAN_DOCUMENT_H

/* A plan, and an effective config, as JSON. */

#include <jansson.h>

#include "plan_machine.h"

/* Print what `plan` tells: sweeps, points, time, machine. Return: exit status, also of budget.when_over. */
int plan_document(const struct plan_machine *m, const struct loaded *l);

/* {"schema", "config": the effective config}; plain numbers are numbers, all else is text as written. */
json_t *config_document(const struct config *c);

#endif
