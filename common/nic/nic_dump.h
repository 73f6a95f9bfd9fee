/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef P2P_NIC_NIC_DUMP_H
#define P2P_NIC_NIC_DUMP_H

/*
 * mlx5's raw dump of an MR: what its firmware writes for "query mkey". Places are those of mlx5_ifc.h
 * (resource_dump_resource_segment_bits, mkc_bits). Where in a segment the mkey context begins is not
 * documented, so it is searched for, and only a single place where all that is known of the MR fits counts.
 * Private to nic/.
 */

#include <stddef.h>
#include <stdint.h>

#include "nic/nic.h"

/* What is known of the MR: its first address, length and lkey. */
struct nic_dump_mr {
	uint64_t addr, bytes;
	uint32_t key;
};

/* Return: 1 TPH is on, with @out; 0 it is off; -EBADMSG the dump does not show this MR. */
int nic_dump_mlx5(const void *dump, size_t bytes, const struct nic_dump_mr *mr, struct nic_mr_tph *out);

#endif
