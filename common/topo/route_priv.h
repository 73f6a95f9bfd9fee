/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef P2P_TOPO_ROUTE_PRIV_H
#define P2P_TOPO_ROUTE_PRIV_H

/* The parts of route_find(). Private to topo/. */

#include "topo/route.h"

/* Bytes of config space that the kernel shows without root. */
enum { CONFIG_UNPRIVILEGED = 64 };

/* Topmost function above @fn, its Root Port; NULL for one on the root bus. */
const struct topo_fn *route_root_port(const struct topo *t, int fn);

/* Part of the Root Complex: the kernel asks no Root Port. */
bool route_integrated(const struct topo_fn *f);

/* What the kernel says of peers whose traffic passes the host bridge; one sentence in @r->why. */
enum route_way route_across_cpu(const struct topo *t, struct route *r);

/* Fill tph and tph_why; the way is known. */
void route_find_tph(const struct topo *t, struct route *r);

/* Fill slowest, degraded and mps_low; the way is known. */
void route_survey_links(const struct topo *t, struct route *r);

#endif
