/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef P2P_INTERCONNECT_CELL_H
#define P2P_INTERCONNECT_CELL_H

/* One pair judged, and two cells compared. Private to interconnect/. */

#include "interconnect/match.h"

/* @out: zeroed but for exporter and importer. */
void cell_judge(const struct topo *t, const struct match_exporter *exp, const struct match_importer *imp,
		struct match_cell *out);

/* What puts one cell before another, the weightiest first. */
enum cell_key { CELL_CANNOT, CELL_BOUNCE, CELL_SURE, CELL_RATE, CELL_ROOT, CELL_NODE, CELL_HOPS, CELL_EQUAL };

/* Below, at or above 0 as @a comes before, is like or comes after @b; @key: what decided. */
int cell_compare(const struct match_cell *a, const struct match_cell *b, enum cell_key *key);

#endif
