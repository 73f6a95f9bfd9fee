/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef P2P_RUN_SETUP_PARTS_H
#define P2P_RUN_SETUP_PARTS_H

/* Between setup.c, setup_need.c and setup_link.c. */

#include "run/setup.h"

struct target_key setup_target_key(const struct point *pt);
struct link_key setup_link_key(bool wr_api, const struct point *pt);

bool setup_link_same(const struct link_key *a, const struct link_key *b);

/* qsort() and bsearch() order of anything that begins with a struct target_key. */
int setup_target_order(const void *a, const void *b);

/* What @pt asks of the link it shares; done() once all have asked. Return: 0, -ENOMEM. */
int setup_link_need_add(struct link_need *l, const struct config *c, const struct point *pt,
			const struct op *op);
void setup_link_need_done(struct link_need *l);

/**
 * setup_link_make() - create, connect
 * @recv_wrs: receives each of the responder's queue pairs holds
 * @where: on -EINVAL the place in the config that asks for too much, or NULL
 *
 * On failure @out can be, and has to be, closed.
 */
int setup_link_make(const struct setup *s, const struct link_need *need, uint32_t recv_wrs,
		    struct setup_link *out, const struct mark **where, struct err *e);

#endif
