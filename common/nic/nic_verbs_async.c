// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Asynchronous events by libibverbs. Only DEVICE_FATAL, which the kernel also sends when the device is taken
 * away, ends everything; after PORT_ERR queue pairs go on retrying, and what is about a queue pair or a
 * completion queue leaves the others alone.
 */
#include "nic/nic_verbs.h"

#include <fcntl.h>
#include <stdio.h>

#include "base/cleanup.h"
#include "base/err.h"

/* rdma-core 60; not in the headers of 44. */
enum { EVENT_DEVICE_SPEED_CHANGE = 20 };

enum about { NEWS, DEVICE, PORT, CQ, QP };

struct event_row {
	enum about about;
	const char *name;
	const char *text;
};

/* Not listed: news, events of things this program does not have (SRQ, WQ, alternate paths). */
static const struct event_row events[] = {
	[IBV_EVENT_CQ_ERR] = {CQ, "CQ_ERR", "a completion queue overflowed"},
	[IBV_EVENT_QP_FATAL] = {QP, "QP_FATAL", "the device gave the queue pair up"},
	[IBV_EVENT_QP_REQ_ERR] = {QP, "QP_REQ_ERR", "invalid request from the far end"},
	[IBV_EVENT_QP_ACCESS_ERR] = {QP, "QP_ACCESS_ERR", "access the far end has no right to"},
	[IBV_EVENT_DEVICE_FATAL] = {DEVICE, "DEVICE_FATAL", "the device failed or was taken away"},
	[IBV_EVENT_PORT_ERR] = {PORT, "PORT_ERR", "the link went down"},
	[IBV_EVENT_LID_CHANGE] = {PORT, "LID_CHANGE", "connections to the old LID are lost"},
	[IBV_EVENT_PKEY_CHANGE] = {PORT, "PKEY_CHANGE", "the partition table changed"},
	[IBV_EVENT_GID_CHANGE] = {PORT, "GID_CHANGE", "connections by a GID that went are lost"},
	[EVENT_DEVICE_SPEED_CHANGE] = {DEVICE, "DEVICE_SPEED_CHANGE", "the speed of a link changed"},
};

static const struct event_row *row_of(enum ibv_event_type type)
{
	static const struct event_row unknown = {DEVICE, "unknown event", "newer than this program"};

	return (size_t)type < ARRAY_LEN(events) ? &events[type] : &unknown;
}

/* Return: it is trouble, and of this port. */
static bool describe(const struct nic *n, const struct ibv_async_event *ev, struct nic_event *out)
{
	const struct event_row *row = row_of(ev->event_type);
	char where[24] = "";

	if (row->about == NEWS || (row->about == PORT && ev->element.port_num != n->attr.port))
		return false;
	*out = (struct nic_event){.fatal = ev->event_type == IBV_EVENT_DEVICE_FATAL};
	if (row->about == QP) {
		out->qp_num = ev->element.qp->qp_num;
		snprintf(where, sizeof(where), " on QP 0x%x", out->qp_num);
	} else if (row->about == PORT) {
		snprintf(where, sizeof(where), " on port %d", ev->element.port_num);
	}
	snprintf(out->text, sizeof(out->text), "%s%s: %s", row->name, where, row->text);
	return true;
}

int verbs_async_open(struct nic *n, struct err *e)
{
	int flags = fcntl(n->ctx->async_fd, F_GETFL), rc;

	if (flags >= 0 && !fcntl(n->ctx->async_fd, F_SETFL, flags | O_NONBLOCK))
		return 0;
	rc = -errno;
	return err_set(e, rc, "%s: setting its event descriptor to non-blocking (fcntl): %s", n->attr.name,
		       err_name(rc));
}

/* Acknowledged at once: destroying an object waits until that is done for all its events. */
int verbs_async(struct nic *n, struct nic_event *out)
{
	struct ibv_async_event ev;
	bool trouble = false;

	while (!trouble) {
		errno = 0;
		if (ibv_get_async_event(n->ctx, &ev))
			return errno == EAGAIN ? 0 : verbs_ptr_error();
		trouble = describe(n, &ev, out);
		ibv_ack_async_event(&ev);
	}
	return 1;
}
