/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef P2P_TOPO_TOPO_PRIV_H
#define P2P_TOPO_TOPO_PRIV_H

/* For the parts of topo/ that ask the text a function was made of. */

#include "topo/topo.h"
#include "topo/topo_raw.h"

const struct raw_fn *topo_raw_fn(const struct topo *t, int fn);

#endif
