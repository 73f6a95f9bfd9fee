/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef P2P_BENCH_MATCH_ENDS_H
#define P2P_BENCH_MATCH_ENDS_H

/* The two ends of `match NIC TARGET`, found in a machine and, with --config, in a config. */

#include "bench.h"
#include "topo/topo.h"

/**
 * struct match_ends - a NIC and a memory
 * @device: as nic_open() wants it, "" = that function has no RDMA device; @port
 * @fn: function that does the DMA, -1 none; @driver: "" unknown; @data_direct: -1 none or unknown
 * @memory: what would be opened; texts lie in @loaded, in here or in the command line
 * @loaded: the config of --config
 */
struct match_ends {
	const char *device, *driver;
	int port, gid_index;
	int fn, data_direct;
	struct config_memory memory;
	struct config_range page;
	char address[TOPO_ADDR + 8];
	struct loaded loaded;
};

/* Prints what is wrong. Return: exit status, 0 = found; match_ends_free() in any case. */
int match_ends_find(const struct opt *o, const struct topo *t, struct match_ends *out);
void match_ends_free(struct match_ends *m);

#endif
