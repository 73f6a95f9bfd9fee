/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef P2P_BENCH_RUN_DOCUMENT_H
#define P2P_BENCH_RUN_DOCUMENT_H

/* A run as one JSON document: what `export`, `show` and `run` print. */

#include <jansson.h>

#include "result/summary.h"

struct err;

/**
 * run_document() - {"schema", "run": run.json or null, "ignored_rows", "points": [summary_point_json(), ...]}
 *
 * Return: 0; -ENOMEM; what runjson_read() returns but -ENOENT.
 */
int run_document(const char *dir, const struct summary *s, json_t **out, struct err *e);

#endif
