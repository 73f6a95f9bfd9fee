/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef P2P_LIMIT_PATH_H
#define P2P_LIMIT_PATH_H

/*
 * The limit of a whole route: every PCIe link that the traffic crosses, with all that crosses it, as the
 * links run now. What the machine did not tell is assumed, and then the limit says so.
 */

#include "limit/limit.h"
#include "topo/route.h"

/* Where the inputs are from; column limit_source. The weakest one counts. */
enum path_source { PATH_CFG, PATH_SYSFS, PATH_USER, PATH_ASSUMED };
const char *path_source_name(enum path_source s);

/**
 * struct path_ask - the traffic
 * @message: op LIMIT_WRITE: RDMA WRITE to the target; LIMIT_READ: RDMA READ of it; LIMIT_BOTH: both at once.
 *Its mtu, tph and addr are those of the target's side
 * @loopback: the NIC is initiator too: it fetches or stores the other end of the data in host memory
 */
struct path_ask {
	struct limit_message message;
	bool loopback;
};

/**
 * struct path_limit - the narrowest link
 * @hard, @expected: GB/s of payload; hard.gbyte_s 0 = no link of the way is known
 * @hop: function whose upstream link it is, -1 = none
 */
struct path_limit {
	struct limit hard, expected;
	int hop;
	enum path_source source;
};

/**
 * path_limit() - over the links of @r
 * @r: the way is switch, host_bridge or host; unknown ways are taken as laid out, through the CPU when there
 * is no common function
 */
struct path_limit path_limit(const struct topo *t, const struct route *r, const struct path_ask *ask);

/* The link above @f as the model wants it. Return: false when neither config space nor sysfs tells it. */
bool path_link(const struct topo *t, int f, struct limit_link *out, enum path_source *source);

#endif
