/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef P2P_PLAN_MATCH_H
#define P2P_PLAN_MATCH_H

/* Inside plan/ only. */

#include <stdbool.h>

#include "config/config.h"

/* Every axis @m names has one of its values in @v, and @v is not what its `not:` says. */
bool match_point(const struct config_matcher *m, const int64_t *v);

#endif
