/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef P2P_NIC_NIC_CM_H
#define P2P_NIC_NIC_CM_H

/*
 * Queue pairs connected by the kernel's RDMA connection manager (librdmacm), in place of nic_qp_connect():
 * it finds GID, route and VLAN, and is the only way on iWARP. Queue pairs and PD stay those of nic.h; rdma_cm
 * carries their numbers across and says what they are set to. MTU, reads in flight, timers and rights are
 * those of nic_qp_connect(), so that both ways give equal connections.
 *
 * Both ends go in step, told by a channel of the caller's; so neither needs a thread:
 *
 *	listener	nic_cm_listen()			says where
 *	caller		nic_cm_call(where)		one request a queue pair is on its way
 *	listener	nic_cm_accept()			takes and answers all
 *	caller		nic_cm_finish()			has all answers, confirms them
 *	listener	nic_cm_finish()			has all confirmations
 *
 * After a failure only nic_cm_close() is left; the queue pairs are in any state. A set lives as long as its
 * queue pairs: closing it disconnects them.
 *
 * Every call ends by @deadline_ns (CLOCK_MONOTONIC), with -ETIMEDOUT and what it was waiting for. Other
 * returns of all: -EOPNOTSUPP no rdma_cm for this device (nic_attr.cm_why) or this kernel; -EACCES, -ENODEV
 * /dev/infiniband/rdma_cm; -EHOSTUNREACH no address or route, or no answer; -ECONNREFUSED rejected, with the
 * reason; -ECONNRESET the other end has left; -ENODEV the device is gone; -EXDEV the route leads over another
 * device or port than asked; -ENOMEM; others as the kernel answers.
 */

#include <stdint.h>

#include "nic/nic.h"

struct nic_cm; /* a set of connections; opaque */

/**
 * struct nic_cm_where - a listener, plain data that can cross a wire
 * @ip: IPv4 as ::ffff:a.b.c.d; @port: of rdma_cm's own numbers
 * @key: a request has to bring it: strangers are turned away
 */
struct nic_cm_where {
	uint8_t ip[16];
	uint16_t port;
	uint64_t key;
};

/**
 * struct nic_cm_set - what is to be connected
 * @n: queue pairs, 1..NIC_CM_MAX; @qp: in RESET; pair i is connected to pair i of the other end
 * @local, @remote: of both ends as for nic_qp_connect(); of @remote only mtu, rd_atomic and rd_init are
 * looked at
 * @access: remote rights this end grants
 *
 * Arrays are copied.
 */
struct nic_cm_set {
	uint32_t n;
	struct ibv_qp *const *qp;
	const struct nic_qp_addr *local, *remote;
	int access;
};

enum { NIC_CM_MAX = 1024 }; /* requests that the kernel keeps for a listener: rdma_ucm.max_backlog */

/**
 * nic_cm_listen() - be ready for requests, on the address of the device's port
 * @n: borrowed until nic_cm_close(), as by nic_cm_call()
 */
int nic_cm_listen(struct nic *n, const struct nic_cm_set *set, struct nic_cm **out,
		  struct nic_cm_where *where, struct err *e);

/* Find the way to @where and send a request for each queue pair. */
int nic_cm_call(struct nic *n, const struct nic_cm_set *set, const struct nic_cm_where *where,
		int64_t deadline_ns, struct nic_cm **out, struct err *e);

/* Take a request for each queue pair, move it to RTS, answer. Requests with another key are rejected. */
int nic_cm_accept(struct nic_cm *c, int64_t deadline_ns, struct err *e);

/* Caller: answers, RTS, confirmations. Listener: wait until all are confirmed, and stop listening. */
int nic_cm_finish(struct nic_cm *c, int64_t deadline_ns, struct err *e);

/**
 * struct nic_cm_route - what rdma_cm has chosen, of queue pair 0
 * @gid_index, @gid, @family: of this end; index -1 = none (iWARP, InfiniBand within a subnet); @dgid: of the
 *	other
 * @mtu: bytes
 */
struct nic_cm_route {
	int gid_index;
	enum nic_gid_family family;
	union ibv_gid gid, dgid;
	uint32_t mtu;
};

/* Valid after the queue pairs are in RTS; zero, with index -1, before. */
void nic_cm_route(const struct nic_cm *c, struct nic_cm_route *out);

/*
 * Has the other end left, or the device gone? Never waits. Return: 0; -ECONNRESET, -ENODEV with @e.
 */
int nic_cm_alive(struct nic_cm *c, struct err *e);

/* Disconnects; the queue pairs are destroyed after it. NULL is fine. */
void nic_cm_close(struct nic_cm *c);

#endif
