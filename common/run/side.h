/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef P2P_RUN_SIDE_H
#define P2P_RUN_SIDE_H

/*
 * The machine at either end of a run: this one, and where the responder is. Without a peer they are the same.
 * Private to run/.
 */

#include <sched.h>

#include "base/err.h"
#include "nic/nic.h"
#include "run/places.h"

struct config_nic;
struct peer_host;
struct topo;

/**
 * struct side - one end's machine
 * @host: how it is asked, NULL = it is this one
 * @topo: NULL = unknown, and @topo_err says why; @borrowed: closed by the other side
 * @allowed: CPUs of its process
 */
struct side {
	struct peer_host *host;
	struct topo *topo;
	bool borrowed;
	struct err topo_err;
	cpu_set_t allowed;
};

/* Return: 0; -errno of sched_getaffinity(). A topology that cannot be read stays unknown. */
int side_open_here(struct side *out, struct err *e);

/**
 * side_open_there() - where the responder is
 * @host: NULL = @here once more; borrowed
 *
 * Return: 0; -ENOTCONN, -EPIPE, -ETIMEDOUT the host has died. What it does not tell stays unknown, and then
 * every CPU counts as allowed.
 */
int side_open_there(struct peer_host *host, const struct side *here, struct side *out, struct err *e);
void side_close(struct side *s); /* accepts a zeroed one */

/* Has the peer died of what returned @rc (host.h)? */
static inline bool side_died(int rc)
{
	return rc == -ENOTCONN || rc == -EPIPE || rc == -ETIMEDOUT;
}

/**
 * struct end - the NIC at one end of a pair
 * @config: as asked; @nic: NULL = on another host
 * @attr: what it is; of a responder elsewhere as it said when it was opened
 * @places: its surroundings
 */
struct end {
	const struct config_nic *config;
	struct nic *nic;
	struct nic_attr attr;
	struct places places;
};

/* @attr of @n is known: fill the rest. */
void end_place(struct end *n, const struct side *side);

#endif
