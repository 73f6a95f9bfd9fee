// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Events of rdma_cm: waiting for them no longer than told, what each does to its connection, and the words
 * for those that end it. An event is acknowledged as soon as it is read: rdma_destroy_id() waits for that.
 */
#include <arpa/inet.h>
#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <string.h>
#include <time.h>

#include "base/err.h"
#include "nic/nic_cm_priv.h"

int cm_channel_open(struct nic_cm *c, struct err *e)
{
	int rc, flags;

	errno = 0;
	c->channel = rdma_create_event_channel();
	if (!c->channel) {
		rc = cm_call_error(c, "rdma_create_event_channel", "/dev/infiniband/rdma_cm", cm_errno(), e);
		return err_hint(e, rc,
				rc == -EACCES
					? "this user may not open /dev/infiniband/rdma_cm; or connect: oob"
					: "is the kernel module rdma_ucm loaded, and the device node in this "
					  "container? or connect: oob");
	}
	flags = fcntl(c->channel->fd, F_GETFL);
	if (flags < 0 || fcntl(c->channel->fd, F_SETFL, flags | O_NONBLOCK))
		return err_set(e, -errno, "rdma_cm: setting its descriptor: %s", err_name(errno));
	return 0;
}

/* Codes of a REJ as the InfiniBand specification numbers them. iWARP has an errno there, below 0. */
static const char *reject_reason(int status)
{
	switch (status) {
	case 1:
		return "no queue pair available";
	case 4:
		return "it timed out there";
	case 8:
		return "nobody listens there (invalid service ID)";
	case 10:
		return "stale connection: the other end knows this queue pair number from before";
	case 28:
		return "the program there does not want it";
	default:
		return status < 0 ? err_name(status) : "see the InfiniBand specification, REJ reasons";
	}
}

struct words {
	int event, code;
	const char *says, *hint;
};

static const struct words table[] = {
	{RDMA_CM_EVENT_ADDR_ERROR, -EHOSTUNREACH, "no way to that address from this device",
	 "same subnet, or a route? `ip route get ADDRESS`; does it answer: `ping -I OWN-ADDRESS ADDRESS`; is "
	 "the "
	 "network device of this port up and does it carry the address"},
	{RDMA_CM_EVENT_ROUTE_ERROR, -EHOSTUNREACH, "the address is known, the route is not",
	 "InfiniBand: the subnet manager gave no path; RoCE: look at `rdma link` and dmesg"},
	{RDMA_CM_EVENT_UNREACHABLE, -EHOSTUNREACH, "the other end did not answer",
	 "UDP port 4791 (RoCE v2) may be filtered on the way, the other port down, or rdma_cm there speak "
	 "RoCE v1: "
	 "compare default_roce_mode in configfs"},
	{RDMA_CM_EVENT_REJECTED, -ECONNREFUSED, "rejected",
	 "is the other end still there, and was the address its own: another host may use the same one"},
	{RDMA_CM_EVENT_CONNECT_ERROR, -ECONNABORTED, "the connection could not be made",
	 "look at dmesg of both hosts; connect: oob goes another way"},
	{RDMA_CM_EVENT_DISCONNECTED, -ECONNRESET, "the other end has left",
	 "it ended, crashed, or gave up: look at its messages"},
	{RDMA_CM_EVENT_DEVICE_REMOVAL, -ENODEV, "the device is being removed",
	 "a driver was unloaded or the device reset: look at dmesg"},
};

/* Record what ends @k, or the set when @k is NULL; the first counts. */
static void fail(struct nic_cm *c, struct conn *k, const struct words *w, int status)
{
	struct err *e = k ? &k->why : &c->why;
	int *failed = k ? &k->failed : &c->failed;
	const char *name = rdma_event_str((enum rdma_cm_event_type)w->event);
	char at[CM_TEXT], of[40] = "";

	if (*failed)
		return;
	*failed = w->code;
	if (k)
		snprintf(of, sizeof(of), " of queue pair %td", k - c->conn);
	cm_where_text(at, &c->where);
	if (w->event == RDMA_CM_EVENT_REJECTED)
		err_set(e, w->code, "%s: rdma_cm, connection%s with %s: %s, reason %d: %s (%s)",
			c->nic->attr.name, of, at, w->says, status, reject_reason(status), name);
	else
		err_set(e, w->code, "%s: rdma_cm, connection%s with %s: %s (%s%s%s)", c->nic->attr.name, of,
			at, w->says, name, status < -1 ? ": " : "", status < -1 ? err_name(status) : "");
	err_hint(e, w->code, "%s", w->hint);
}

static void turn_away(struct nic_cm *c, struct rdma_cm_id *id)
{
	c->strangers++;
	rdma_reject(id, NULL, 0);
	rdma_destroy_id(id);
}

/* A request at the listener: ours has the key and the number of a queue pair that has none yet. */
static void take_request(struct nic_cm *c, struct rdma_cm_id *id, const struct cm_hello *hello)
{
	uint32_t i = ntohl(hello->index);

	if (hello->magic != htonl(CM_MAGIC) || be64toh(hello->key) != c->where.key || i >= c->n ||
	    c->conn[i].id) {
		turn_away(c, id);
		return;
	}
	id->context = &c->conn[i];
	c->conn[i].id = id;
	c->conn[i].state = CONN_REQUESTED;
}

static void advance(struct conn *k, enum conn_state to)
{
	if (k->state < to)
		k->state = to;
}

/* @k: NULL for the listener, which can only be ended. */
static void apply(struct nic_cm *c, struct conn *k, int event, int status)
{
	switch (k ? event : -1) {
	case RDMA_CM_EVENT_ADDR_RESOLVED:
		advance(k, CONN_ADDRESS);
		return;
	case RDMA_CM_EVENT_ROUTE_RESOLVED:
		advance(k, CONN_ROUTE);
		return;
	case RDMA_CM_EVENT_CONNECT_RESPONSE:
		advance(k, CONN_ANSWERED);
		return;
	case RDMA_CM_EVENT_ESTABLISHED:
		advance(k, CONN_UP);
		return;
	default: /* ADDR_CHANGE, TIMEWAIT_EXIT: news */
		break;
	}
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++)
		if (table[i].event == event)
			fail(c, k, &table[i], status);
}

/* Return: 1 an event was read, 0 there was none, -errno. */
static int take(struct nic_cm *c, struct err *e)
{
	struct cm_hello hello = {0};
	struct rdma_cm_event *ev;
	struct rdma_cm_id *id;
	int event, status, rc;

	if (rdma_get_cm_event(c->channel, &ev)) {
		rc = cm_errno();
		return rc == -EAGAIN ? 0 : cm_call_error(c, "rdma_get_cm_event", "an event", rc, e);
	}
	event = ev->event;
	status = ev->status;
	id = ev->id;
	if (event == RDMA_CM_EVENT_CONNECT_REQUEST && ev->param.conn.private_data &&
	    ev->param.conn.private_data_len >= sizeof(hello))
		memcpy(&hello, ev->param.conn.private_data, sizeof(hello));
	rdma_ack_cm_event(ev);
	if (event == RDMA_CM_EVENT_CONNECT_REQUEST)
		take_request(c, id, &hello);
	else
		apply(c, id->context, event, status);
	return 1;
}

static int first_failure(const struct nic_cm *c, struct err *e)
{
	const struct err *why = c->failed ? &c->why : NULL;

	for (uint32_t i = 0; !why && i < c->n; i++)
		why = c->conn[i].failed ? &c->conn[i].why : NULL;
	if (why && e)
		*e = *why;
	return why ? why->code : 0;
}

static uint32_t missing(const struct nic_cm *c, uint32_t first, uint32_t last, enum conn_state state)
{
	uint32_t n = 0;

	for (uint32_t i = first; i < last; i++)
		n += c->conn[i].state < state;
	return n;
}

static int64_t now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000000000ll + ts.tv_nsec;
}

/* Return: 0 there may be an event, -ETIMEDOUT, -errno. */
static int wait_event(const struct nic_cm *c, int64_t deadline_ns)
{
	enum { NS_PER_MS = 1000000, LONGEST_MS = 1000 };
	struct pollfd p = {.fd = c->channel->fd, .events = POLLIN};
	int64_t left = deadline_ns - now_ns();
	int rc;

	if (left <= 0)
		return -ETIMEDOUT;
	left = left / NS_PER_MS + 1;
	rc = poll(&p, 1, left > LONGEST_MS ? LONGEST_MS : (int)left);
	return rc < 0 && errno != EINTR ? -errno : 0;
}

static int timed_out(const struct nic_cm *c, uint32_t n, const char *doing, struct err *e)
{
	char at[CM_TEXT];

	err_set(e, -ETIMEDOUT,
		"%s: rdma_cm, connection with %s: timeout while %s, %" PRIu32 " of %" PRIu32
		" queue pairs are missing%s",
		c->nic->attr.name, cm_where_text(at, &c->where), doing, n, c->n,
		c->strangers ? " (requests of others were turned away)" : "");
	return err_hint(
		e, -ETIMEDOUT,
		"is the network path between both addresses clear in both directions (UDP port 4791 for "
		"RoCE v2), and is the other end alive");
}

int cm_await(struct nic_cm *c, uint32_t first, uint32_t last, enum conn_state state, const char *doing,
	     int64_t deadline_ns, struct err *e)
{
	for (;;) {
		uint32_t left;
		int rc = cm_drain(c, e);

		left = missing(c, first, last, state);
		if (rc || !left)
			return rc;
		rc = wait_event(c, deadline_ns);
		if (rc == -ETIMEDOUT)
			return timed_out(c, left, doing, e);
		if (rc)
			return cm_call_error(c, "poll", "an event", rc, e);
	}
}

int cm_drain(struct nic_cm *c, struct err *e)
{
	int rc;

	do
		rc = take(c, e);
	while (rc > 0);
	return rc ? rc : first_failure(c, e);
}
