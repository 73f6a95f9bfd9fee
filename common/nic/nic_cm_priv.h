/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef P2P_NIC_NIC_CM_PRIV_H
#define P2P_NIC_NIC_CM_PRIV_H

/* Between nic_cm.c (the steps), nic_cm_event.c (waiting and words) and nic_cm_qp.c (queue pairs). */

#include <netinet/in.h>
#include <rdma/rdma_cma.h>

#include "base/err.h"
#include "nic/backend.h"
#include "nic/nic_cm.h"

/* How far a connection has come; never back. */
enum conn_state {
	CONN_NEW,
	CONN_ADDRESS,	/* caller: the address is resolved */
	CONN_ROUTE,	/* caller: so is the route */
	CONN_REQUESTED, /* the request is sent, or here */
	CONN_ANSWERED,	/* caller: the answer is here; listener: it is sent */
	CONN_UP,
};

/**
 * struct conn - one connection
 * @id: NULL before it has one; @state: as far as events say
 * @failed: the first event that ended it, 0 = none; @why: its sentence
 */
struct conn {
	struct rdma_cm_id *id;
	struct ibv_qp *qp;
	struct nic_qp_addr local, remote;
	enum conn_state state;
	int failed;
	struct err why;
};

/**
 * struct nic_cm - a set of connections
 * @far: the listener, in words; @listener: NULL for a caller and after nic_cm_finish()
 * @behind: first event that concerns no single connection, likewise
 * @strangers: requests that were turned away
 */
struct nic_cm {
	struct nic *nic;
	struct rdma_event_channel *channel;
	struct rdma_cm_id *listener;
	struct nic_cm_where where;
	int access;
	uint32_t n;
	struct conn *conn;
	struct nic_cm_route route;
	uint32_t strangers;
	int failed;
	struct err why;
};

/* What a request carries, in network byte order. */
struct cm_hello {
	uint32_t magic;
	uint32_t index; /* of the queue pair */
	uint64_t key;
} __attribute__((packed));

enum { CM_MAGIC = 0x70327062 }; /* "p2pb" */

/* -1 and errno, as all of librdmacm. */
int cm_errno(void);

/* "10.7.7.2 port 4711" */
enum { CM_TEXT = INET6_ADDRSTRLEN + 16 };
const char *cm_where_text(char buf[CM_TEXT], const struct nic_cm_where *w);

/* A call of librdmacm that failed, in words. Return: @rc. */
int cm_call_error(const struct nic_cm *c, const char *call, const char *what, int rc, struct err *e);

/* nic_cm_event.c */
int cm_channel_open(struct nic_cm *c, struct err *e);

/**
 * cm_await() - take events until every connection of [@first, @last) has come to @state
 * @doing: what that is, for the message of a timeout
 *
 * Return: 0, -ETIMEDOUT, or the first failure among all connections of the set.
 */
int cm_await(struct nic_cm *c, uint32_t first, uint32_t last, enum conn_state state, const char *doing,
	     int64_t deadline_ns, struct err *e);

/* Take what has come, without waiting. Return: 0 or the first failure. */
int cm_drain(struct nic_cm *c, struct err *e);

/* nic_cm_qp.c: the states of a queue pair, with the values of rdma_cm and nic_qp_connect(). */
int cm_to_init(struct nic_cm *c, struct conn *k, struct err *e);
int cm_to_rts(struct nic_cm *c, struct conn *k, struct err *e);

/* What rdma_connect() and rdma_accept() are told of it. */
struct rdma_conn_param cm_param(const struct conn *k);

/* Is the connection on the set's device and port. Return: 0, -EXDEV, -ENODEV. */
int cm_check_device(const struct nic_cm *c, const struct conn *k, struct err *e);

#endif
