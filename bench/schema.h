/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef P2P_BENCH_SCHEMA_H
#define P2P_BENCH_SCHEMA_H

/* JSON Schema, draft 7, out of the option table and the tables of results/SCHEMA.md. Each: NULL without
 * memory. */

#include <jansson.h>

#define SCHEMA_DRAFT "http://json-schema.org/draft-07/schema#"

json_t *schema_config(void); /* a config, as a YAML reader of any language gives it */
json_t *schema_rounds(void); /* a row of rounds.csv; empty cells are left out */
json_t *schema_run(void);    /* run.json */

#endif
