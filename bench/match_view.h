/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef P2P_BENCH_MATCH_VIEW_H
#define P2P_BENCH_MATCH_VIEW_H

/* The outputs of `match`. */

#include <stdio.h>

#include "match_ends.h"
#include "run/reach.h"

/**
 * struct match_view - what is shown
 * @opened: 0, or -errno: the memory could not be opened for the try, and @error says why
 */
struct match_view {
	const struct topo *t;
	const struct match_ends *ends;
	const struct reach *reach;
	const char *nic, *target; /* as the user called them */
	int opened;
	const struct err *error;
};

void match_table(const struct match_view *v, FILE *out);

/* One JSON document. Return: 0, -ENOMEM or -EIO. */
int match_document(const struct match_view *v, FILE *out);

/* "0000:41:00.0"; "" = none. Return: @buf. */
const char *match_address(const struct topo *t, int fn, char buf[TOPO_ADDR]);

#endif
