// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* See nic_netlink.h. Messages of RDMA_NL_NLDEV have no header of their own: attributes follow nlmsghdr. */
#include "nic/nic_netlink.h"

#include <errno.h>
#include <linux/netlink.h>
#include <rdma/rdma_netlink.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/cleanup.h"

/* The kernel's datagrams of a dump are at most 32 KiB. */
enum { DATAGRAM_MAX = 65536 };

static size_t least(size_t a, size_t b)
{
	return a < b ? a : b;
}

static void skip(struct netlink_bytes *b, size_t n)
{
	n = least(n, b->n); /* the last of a datagram may lack its padding */
	b->at += n;
	b->n -= n;
}

bool netlink_attr(struct netlink_bytes *rest, uint16_t *type, struct netlink_bytes *value)
{
	struct nlattr head;

	if (rest->n < sizeof(head))
		return false;
	memcpy(&head, rest->at, sizeof(head));
	if (head.nla_len < sizeof(head) || head.nla_len > rest->n)
		return false;
	*type = head.nla_type & NLA_TYPE_MASK;
	*value = (struct netlink_bytes){rest->at + sizeof(head), head.nla_len - sizeof(head)};
	skip(rest, NLA_ALIGN((size_t)head.nla_len));
	return true;
}

bool netlink_find(struct netlink_bytes attrs, uint16_t type, struct netlink_bytes *value)
{
	uint16_t t;

	while (netlink_attr(&attrs, &t, value))
		if (t == type)
			return true;
	return false;
}

bool netlink_u32(struct netlink_bytes attrs, uint16_t type, uint32_t *out)
{
	struct netlink_bytes value;

	if (!netlink_find(attrs, type, &value) || value.n != sizeof(*out))
		return false;
	memcpy(out, value.at, sizeof(*out));
	return true;
}

/* The refusal in an NLMSG_ERROR or at the end of a dump; 0 is none. */
static int refusal(const struct netlink_bytes *payload)
{
	int error;

	if (payload->n < sizeof(error))
		return -EBADMSG;
	memcpy(&error, payload->at, sizeof(error));
	if (error > 0 || error < -4095)
		return -EBADMSG;
	return error ? error : NETLINK_DONE;
}

int netlink_message(struct netlink_bytes *rest, struct netlink_bytes *attrs)
{
	struct nlmsghdr head;

	if (!rest->n)
		return NETLINK_USED_UP;
	if (rest->n < sizeof(head))
		return -EBADMSG;
	memcpy(&head, rest->at, sizeof(head));
	if (head.nlmsg_len < sizeof(head) || head.nlmsg_len > rest->n)
		return -EBADMSG;
	*attrs = (struct netlink_bytes){rest->at + sizeof(head), head.nlmsg_len - sizeof(head)};
	skip(rest, NLMSG_ALIGN((size_t)head.nlmsg_len));
	switch (head.nlmsg_type) {
	case NLMSG_ERROR:
		return refusal(attrs);
	case NLMSG_DONE:
		return attrs->n ? refusal(attrs) : NETLINK_DONE;
	default:
		return NETLINK_DATA;
	}
}

/* One datagram. Return: what @each stopped with, or a failure, else 0; @end: the answer is complete. */
static int look(struct netlink_bytes rest, bool dump, int (*each)(struct netlink_bytes, void *), void *arg,
		bool *end)
{
	struct netlink_bytes attrs;
	int rc;

	while ((rc = netlink_message(&rest, &attrs)) == NETLINK_DATA) {
		rc = each(attrs, arg);
		if (rc)
			return rc;
		*end = !dump; /* one object, one message */
	}
	*end |= rc == NETLINK_DONE;
	return rc < 0 ? rc : 0;
}

static int open_with(const struct netlink_ask *ask)
{
	struct {
		struct nlmsghdr head;
		struct {
			struct nlattr head;
			uint32_t value;
		} attr[ARRAY_LEN(ask->attr)];
	} request = {
		.head =
			{
				.nlmsg_type = RDMA_NL_GET_TYPE(RDMA_NL_NLDEV, ask->op),
				.nlmsg_flags = (uint16_t)(NLM_F_REQUEST | (ask->dump ? NLM_F_DUMP : 0)),
				.nlmsg_seq = 1,
			},
	};

	for (size_t i = 0; i < ask->n_attrs; i++) {
		request.attr[i].head.nla_type = ask->attr[i].type;
		request.attr[i].head.nla_len = sizeof(request.attr[i]);
		request.attr[i].value = ask->attr[i].value;
	}
	request.head.nlmsg_len = (uint32_t)(sizeof(request.head) + ask->n_attrs * sizeof(request.attr[0]));
	return netlink_open(&request, request.head.nlmsg_len);
}

static int hear(int fd, unsigned char *datagram, bool dump, int (*each)(struct netlink_bytes, void *),
		void *arg)
{
	bool end = false;
	int rc = 0;

	while (!rc && !end) {
		ssize_t n = recv(fd, datagram, DATAGRAM_MAX, MSG_TRUNC);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			rc = errno == EAGAIN ? -ETIMEDOUT : -errno;
		else if (n == 0 || n > DATAGRAM_MAX)
			rc = -EBADMSG;
		else
			rc = look((struct netlink_bytes){datagram, (size_t)n}, dump, each, arg, &end);
	}
	return rc;
}

int netlink_ask(const struct netlink_ask *ask, int (*each)(struct netlink_bytes, void *), void *arg)
{
	unsigned char *datagram;
	int fd = open_with(ask), rc;

	if (fd < 0)
		return fd;
	datagram = malloc(DATAGRAM_MAX);
	rc = datagram ? hear(fd, datagram, ask->dump, each, arg) : -ENOMEM;
	free(datagram);
	close(fd);
	return rc;
}
