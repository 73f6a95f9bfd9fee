// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The steps of nic_cm.h over librdmacm, with ids that own no queue pair. */
#include "nic/nic_cm.h"

#include <arpa/inet.h>
#include <endian.h>
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>

#include "base/err.h"
#include "nic/nic_cm_priv.h"

int cm_errno(void)
{
	return errno > 0 ? -errno : -EIO;
}

static bool is_ipv4(const uint8_t ip[16])
{
	struct in6_addr a;

	memcpy(&a, ip, sizeof(a));
	return IN6_IS_ADDR_V4MAPPED(&a);
}

const char *cm_where_text(char buf[CM_TEXT], const struct nic_cm_where *w)
{
	char ip[INET6_ADDRSTRLEN] = "?";

	if (is_ipv4(w->ip))
		inet_ntop(AF_INET, w->ip + 12, ip, sizeof(ip));
	else
		inet_ntop(AF_INET6, w->ip, ip, sizeof(ip));
	snprintf(buf, CM_TEXT, "%s port %u", ip, w->port);
	return buf;
}

int cm_call_error(const struct nic_cm *c, const char *call, const char *what, int rc, struct err *e)
{
	char at[CM_TEXT];

	return err_set(e, rc, "%s: rdma_cm, connection with %s: %s (%s): %s", c->nic->attr.name,
		       cm_where_text(at, &c->where), what, call, err_name(rc));
}

static int no_cm(const struct nic *n, struct err *e)
{
	err_set(e, -EOPNOTSUPP, "%s: connect cm: %s", n->attr.name, n->attr.cm_why);
	return err_hint(e, -EOPNOTSUPP,
			"connect: oob exchanges the addresses of queue pairs over the channel");
}

static int check_set(const struct nic *n, const struct nic_cm_set *set, struct err *e)
{
	if (n->attr.cm_why[0])
		return no_cm(n, e);
	if (!set->n || set->n > NIC_CM_MAX)
		return err_set(e, -EINVAL, "%s: rdma_cm is to connect %" PRIu32 " queue pairs, 1..%d can be",
			       n->attr.name, set->n, NIC_CM_MAX);
	return 0;
}

static struct nic_cm *cm_new(struct nic *n, const struct nic_cm_set *set)
{
	struct nic_cm *c = calloc(1, sizeof(*c));

	if (!c)
		return NULL;
	*c = (struct nic_cm){.nic = n, .access = set->access, .n = set->n, .route = {.gid_index = -1}};
	c->conn = calloc(set->n, sizeof(*c->conn));
	if (!c->conn) {
		free(c);
		return NULL;
	}
	for (uint32_t i = 0; i < set->n; i++)
		c->conn[i] =
			(struct conn){.qp = set->qp[i], .local = set->local[i], .remote = set->remote[i]};
	return c;
}

static int open_set(struct nic *n, const struct nic_cm_set *set, const struct nic_cm_where *where,
		    struct nic_cm **out, struct err *e)
{
	int rc = check_set(n, set, e);

	*out = NULL;
	if (rc)
		return rc;
	*out = cm_new(n, set);
	if (!*out) {
		err_set(e, -ENOMEM, "%s: no memory to connect %" PRIu32 " queue pairs", n->attr.name, set->n);
		return -ENOMEM;
	}
	(*out)->where = *where;
	return cm_channel_open(*out, e);
}

/* The address @ip as librdmacm takes it; a link-local one is reached by this end's own interface. */
static void address(struct sockaddr_storage *out, const uint8_t ip[16], uint16_t port, uint32_t scope)
{
	struct sockaddr_in *v4 = (struct sockaddr_in *)out;
	struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)out;

	memset(out, 0, sizeof(*out));
	if (is_ipv4(ip)) {
		v4->sin_family = AF_INET;
		v4->sin_port = htons(port);
		memcpy(&v4->sin_addr, ip + 12, sizeof(v4->sin_addr));
		return;
	}
	v6->sin6_family = AF_INET6;
	v6->sin6_port = htons(port);
	memcpy(&v6->sin6_addr, ip, sizeof(v6->sin6_addr));
	v6->sin6_scope_id = IN6_IS_ADDR_LINKLOCAL(&v6->sin6_addr) ? scope : 0;
}

static int bind_error(const struct nic_cm *c, int rc, struct err *e)
{
	cm_call_error(c, "rdma_bind_addr", "taking the address of this end", rc, e);
	return err_hint(e, rc,
			rc == -EADDRNOTAVAIL
				? "the GID belongs to no address of this host's network devices: give "
				  "the device an address, or another gid_index"
			: rc == -ENODEV ? "no RDMA device is under that address in this network namespace"
					: "`rdma link` shows the network device, `ip address` its addresses");
}

static int listen_on(struct nic_cm *c, struct err *e)
{
	const struct nic_attr *a = &c->nic->attr;
	struct sockaddr_storage at;

	if (rdma_create_id(c->channel, &c->listener, NULL, RDMA_PS_TCP))
		return cm_call_error(c, "rdma_create_id", "a listener", cm_errno(), e);
	address(&at, a->ip, 0, a->ip_scope);
	if (rdma_bind_addr(c->listener, (struct sockaddr *)&at))
		return bind_error(c, cm_errno(), e);
	if (rdma_listen(c->listener, (int)c->n))
		return cm_call_error(c, "rdma_listen", "listening", cm_errno(), e);
	c->where.port = ntohs(rdma_get_src_port(c->listener));
	return 0;
}

/* The address leads to a device; it has to be the one whose queue pairs are waiting. */
static int check_listener(const struct nic_cm *c, struct err *e)
{
	const struct conn k = {.id = c->listener};

	return cm_check_device(c, &k, e);
}

int nic_cm_listen(struct nic *n, const struct nic_cm_set *set, struct nic_cm **out,
		  struct nic_cm_where *where, struct err *e)
{
	struct nic_cm_where at = {0};
	int rc;

	if (getrandom(&at.key, sizeof(at.key), 0) != sizeof(at.key))
		return err_set(e, -EIO, "%s: no random number for a key: %s", n->attr.name, err_name(errno));
	memcpy(at.ip, n->attr.ip, sizeof(at.ip));
	rc = open_set(n, set, &at, out, e);
	if (!rc)
		rc = listen_on(*out, e);
	if (!rc)
		rc = check_listener(*out, e);
	if (rc) {
		nic_cm_close(*out);
		*out = NULL;
		return rc;
	}
	*where = (*out)->where;
	return 0;
}

static int milliseconds(int64_t deadline_ns)
{
	enum { NS_PER_MS = 1000000, LONGEST_MS = 60000 };
	struct timespec ts;
	int64_t left;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	left = (deadline_ns - (ts.tv_sec * 1000000000ll + ts.tv_nsec)) / NS_PER_MS;
	return left < 1 ? 1 : left > LONGEST_MS ? LONGEST_MS : (int)left;
}

static int resolve(struct nic_cm *c, struct conn *k, int64_t deadline_ns, struct err *e)
{
	const struct nic_attr *a = &c->nic->attr;
	uint32_t i = (uint32_t)(k - c->conn);
	struct sockaddr_storage from, to;
	int rc;

	if (rdma_create_id(c->channel, &k->id, k, RDMA_PS_TCP))
		return cm_call_error(c, "rdma_create_id", "a connection", cm_errno(), e);
	address(&from, a->ip, 0, a->ip_scope);
	address(&to, c->where.ip, c->where.port, a->ip_scope);
	if (rdma_resolve_addr(k->id, (struct sockaddr *)&from, (struct sockaddr *)&to,
			      milliseconds(deadline_ns)))
		return bind_error(c, cm_errno(), e);
	rc = cm_await(c, i, i + 1, CONN_ADDRESS, "resolving the address", deadline_ns, e);
	if (!rc)
		rc = cm_check_device(c, k, e);
	if (rc)
		return rc;
	if (rdma_resolve_route(k->id, milliseconds(deadline_ns)))
		return cm_call_error(c, "rdma_resolve_route", "resolving the route", cm_errno(), e);
	return cm_await(c, i, i + 1, CONN_ROUTE, "resolving the route", deadline_ns, e);
}

static int request(struct nic_cm *c, struct conn *k, struct err *e)
{
	const struct cm_hello hello = {
		.magic = htonl(CM_MAGIC),
		.index = htonl((uint32_t)(k - c->conn)),
		.key = htobe64(c->where.key),
	};
	struct rdma_conn_param param = cm_param(k);

	param.private_data = &hello;
	param.private_data_len = sizeof(hello);
	if (rdma_connect(k->id, &param))
		return cm_call_error(c, "rdma_connect", "sending a request", cm_errno(), e);
	k->state = CONN_REQUESTED;
	return 0;
}

static int call_one(struct nic_cm *c, struct conn *k, int64_t deadline_ns, struct err *e)
{
	int rc = resolve(c, k, deadline_ns, e);

	if (!rc)
		rc = cm_to_init(c, k, e);
	return rc ? rc : request(c, k, e);
}

int nic_cm_call(struct nic *n, const struct nic_cm_set *set, const struct nic_cm_where *where,
		int64_t deadline_ns, struct nic_cm **out, struct err *e)
{
	int rc = open_set(n, set, where, out, e);

	if (!rc && is_ipv4(where->ip) != is_ipv4(n->attr.ip))
		rc = err_set(e, -EPROTOTYPE,
			     "%s: rdma_cm: one end has an IPv4 address, the other an IPv6 one", n->attr.name);
	for (uint32_t i = 0; !rc && i < set->n; i++)
		rc = call_one(*out, &(*out)->conn[i], deadline_ns, e);
	if (rc) {
		nic_cm_close(*out);
		*out = NULL;
	}
	return rc;
}

static int answer(struct nic_cm *c, struct conn *k, struct err *e)
{
	struct rdma_conn_param param = cm_param(k);
	int rc = k->state == CONN_REQUESTED ? cm_check_device(c, k, e) : 0;

	if (k->state != CONN_REQUESTED) /* asked twice */
		return 0;
	if (!rc)
		rc = cm_to_init(c, k, e);
	if (!rc)
		rc = cm_to_rts(c, k, e);
	if (rc)
		return rc;
	if (rdma_accept(k->id, &param))
		return cm_call_error(c, "rdma_accept", "answering a request", cm_errno(), e);
	k->state = CONN_ANSWERED;
	return 0;
}

int nic_cm_accept(struct nic_cm *c, int64_t deadline_ns, struct err *e)
{
	int rc = cm_await(c, 0, c->n, CONN_REQUESTED, "waiting for requests", deadline_ns, e);

	for (uint32_t i = 0; !rc && i < c->n; i++)
		rc = answer(c, &c->conn[i], e);
	return rc;
}

/* iWARP says ESTABLISHED at once: the device has moved the queue pair. */
static int confirm(struct nic_cm *c, struct conn *k, struct err *e)
{
	int rc;

	if (k->state == CONN_UP)
		return 0;
	rc = cm_to_rts(c, k, e);
	if (rc)
		return rc;
	if (rdma_establish(k->id))
		return cm_call_error(c, "rdma_establish", "confirming an answer", cm_errno(), e);
	k->state = CONN_UP;
	return 0;
}

static void stop_listening(struct nic_cm *c)
{
	if (c->listener)
		rdma_destroy_id(c->listener);
	c->listener = NULL;
}

int nic_cm_finish(struct nic_cm *c, int64_t deadline_ns, struct err *e)
{
	int rc;

	if (c->listener) {
		rc = cm_await(c, 0, c->n, CONN_UP, "waiting for confirmations", deadline_ns, e);
		if (!rc)
			stop_listening(c);
		return rc;
	}
	rc = cm_await(c, 0, c->n, CONN_ANSWERED, "waiting for answers", deadline_ns, e);
	for (uint32_t i = 0; !rc && i < c->n; i++)
		rc = confirm(c, &c->conn[i], e);
	return rc;
}

void nic_cm_route(const struct nic_cm *c, struct nic_cm_route *out)
{
	*out = c->route;
}

int nic_cm_alive(struct nic_cm *c, struct err *e)
{
	return cm_drain(c, e);
}

void nic_cm_close(struct nic_cm *c)
{
	if (!c)
		return;
	for (uint32_t i = 0; i < c->n; i++) {
		if (!c->conn[i].id)
			continue;
		if (c->conn[i].state >= CONN_ANSWERED)
			rdma_disconnect(c->conn[i].id);
		rdma_destroy_id(c->conn[i].id);
	}
	stop_listening(c);
	if (c->channel)
		rdma_destroy_event_channel(c->channel);
	free(c->conn);
	free(c);
}
