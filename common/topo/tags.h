/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef P2P_TOPO_TAGS_H
#define P2P_TOPO_TAGS_H

/*
 * Which steering tags a NIC function can send, whatever the target: TPH requester capability (PCIe 7.9.13),
 * the Root Port's say in it (drivers/pci/tph.c) and what mlx5 makes of the place of its table
 * (drivers/net/ethernet/mellanox/mlx5/core/lib/st.c). Whether a tag arrives is a matter of the route.
 */

#include "topo/topo.h"

enum tags_width { TAGS_UNKNOWN, TAGS_OFF, TAGS_8, TAGS_16 };

/* "unknown", "off", "8-bit", "16-bit" */
const char *tags_width_name(enum tags_width w);

/* ST table location, bits 10:9 of the capability. */
enum tags_table { TAGS_DIRECT, TAGS_IN_CAPABILITY, TAGS_IN_MSIX };

#define TAGS_NO_LIMIT (~0u)

enum { TAGS_WHY = 160 };

/**
 * struct topo_tags - what can be sent
 * @can: widest namespace that NIC and Root Port allow: the lesser of both; OFF: @why
 * @enabled: namespace that is on now; it is the only one the NIC sends: the driver turns it on. OFF while no
 *driver does
 * @table: meaningful unless @can is UNKNOWN or OFF
 * @live: distinct tags that can be registered at one time: entries of the table but entry 0, which means no
 *tag; TAGS_NO_LIMIT in direct mode, where each memory region carries its own; 0 = none (@why)
 * @most: largest tag that arrives unchanged: 0xff, or 0xffff with a 16-bit namespace and a table. In direct
 *mode 8 bits are all that mlx5 has room for, whatever the namespace. 0 = none
 * @why: one sentence
 */
struct topo_tags {
	enum tags_width can, enabled;
	enum tags_table table;
	unsigned int live, most;
	char why[TAGS_WHY];
};

/* @nic: index of the function that sends: PF, VF or data-direct function. */
struct topo_tags topo_tags(const struct topo *t, int nic);

/*
 * The width of tags that the NIC asks an exporter for, and the only one: the namespace that is on, else the
 * widest that can be. UNKNOWN, OFF as @can; OFF also for tags kept in the MSI-X table.
 */
enum tags_width tags_namespace(const struct topo_tags *tags);

#endif
