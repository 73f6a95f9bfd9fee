/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef P2P_TOPO_TOPO_HWLOC_H
#define P2P_TOPO_TOPO_HWLOC_H

/* What hwloc knows: CPUs, NUMA nodes and, from its XML alone, the PCI tree. Private to topo/. */

#include <hwloc.h>
#include <stdbool.h>

#include "topo/topo_raw.h"

struct err;

/* XML of this machine (@root NULL) or of the copy below @root; malloc'ed, NULL when hwloc cannot read it. */
char *hwloc_capture(const char *root);

/* @live: of this very machine, so that binding means something. NULL when the XML is not hwloc's. */
hwloc_topology_t hwloc_open(const char *xml, bool live);

/* A machine of which there is hwloc XML only: tree, classes, ids and NUMA nodes. */
int raw_read_xml(const char *path, const char *xml, struct raw *out, struct err *e);

#endif
