/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef P2P_RESULT_ROW_JSON_H
#define P2P_RESULT_ROW_JSON_H

#include <jansson.h>

#include "result/row.h"

/* A cell as JSON, typed as its column is: integer, number or text. NULL for an empty one. */
json_t *row_json(const struct row *r, enum column c);

#endif
