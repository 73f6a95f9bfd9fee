/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef P2P_BENCH_TOPO_BOXES_H
#define P2P_BENCH_TOPO_BOXES_H

/* A machine, or one way of it, as the boxes that tree_svg() draws. */

#include "report/tree_svg.h"
#include "topo_view.h"

/**
 * topo_boxes() - devices and all that is above them, below their host bridges
 * @r: mark this route, and leave out the host bridges it does not touch; NULL = the whole machine
 * @only: the functions of @r alone
 * @box: allocated, @n of them
 *
 * Return: 0 or -ENOMEM.
 */
int topo_boxes(const struct view *v, const struct route *r, bool only, struct tree_box **box, size_t *n);

#endif
