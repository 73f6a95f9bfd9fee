/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef P2P_NIC_NIC_NETLINK_H
#define P2P_NIC_NIC_NETLINK_H

/*
 * As much of netlink as questions to the RDMA subsystem need: one request, and a walk over what comes back,
 * which is trusted for nothing but its existence. Private to nic/.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Bytes of an answer; walking takes from the front. */
struct netlink_bytes {
	const unsigned char *at;
	size_t n;
};

/**
 * struct netlink_ask - a request to RDMA_NL_NLDEV
 * @op: RDMA_NLDEV_CMD_*; @dump: all objects, else the one that @attr names
 * @attr: RDMA_NLDEV_ATTR_* of 32 bits; @n_attrs of them
 */
struct netlink_ask {
	uint16_t op;
	bool dump;
	struct {
		uint16_t type;
		uint32_t value;
	} attr[2];
	size_t n_attrs;
};

/**
 * netlink_ask() - ask the kernel and look at every message of its answer
 * @each: gets the attributes of a message; 0 = go on, else stop
 *
 * Waits at most some seconds for a datagram. Return: what @each stopped with; 0 at the end of the answer;
 * -EPERM, -EINVAL, ... the kernel's refusal; -ETIMEDOUT; -EBADMSG what came is no netlink.
 */
int netlink_ask(const struct netlink_ask *ask, int (*each)(struct netlink_bytes attrs, void *arg), void *arg);

/* What is left of a datagram after a call of netlink_message(). */
enum { NETLINK_USED_UP, NETLINK_DATA, NETLINK_DONE };

/* One message off the front of a datagram. Return: one of those, @attrs set for DATA; -errno as
 * netlink_ask().
 */
int netlink_message(struct netlink_bytes *rest, struct netlink_bytes *attrs);

/* One attribute off the front. Return: false at the end, and where a length does not fit. */
bool netlink_attr(struct netlink_bytes *rest, uint16_t *type, struct netlink_bytes *value);

/* The first attribute of @type. Return: there is one. */
bool netlink_find(struct netlink_bytes attrs, uint16_t type, struct netlink_bytes *value);

/* The same of 32 bits. Return: there is one, of that length. */
bool netlink_u32(struct netlink_bytes attrs, uint16_t type, uint32_t *out);

/**
 * netlink_open() - send a request
 *
 * In a file of its own (nic_netlink_open.c), so that tests can answer in the kernel's place at link time.
 * Return: a socket that recv(2) gives the answer from, a datagram a call, with a timeout; or -errno.
 */
int netlink_open(const void *request, size_t bytes);

#endif
