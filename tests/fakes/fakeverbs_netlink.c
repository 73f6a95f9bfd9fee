// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The kernel's answers about RDMA resources (drivers/infiniband/core/nldev.c), and the dump mlx5's firmware
 * would give of an MR, by the layout of mlx5_ifc.h. The index of a device is its place here, that of an MR
 * its key's.
 */
#include <endian.h>
#include <errno.h>
#include <linux/netlink.h>
#include <rdma/rdma_netlink.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "fakes/fakeverbs_priv.h"

enum { ROOM = 16384, MKC = 0x10 + 0x10, DUMP_WORDS = 4 + 5 + 48 + 1 };

struct message {
	unsigned char at[ROOM];
	size_t n;
};

static void put(struct message *m, const void *data, size_t n)
{
	assert(m->n + NLA_ALIGN(n) <= ROOM);
	memcpy(m->at + m->n, data, n);
	memset(m->at + m->n + n, 0, NLA_ALIGN(n) - n);
	m->n += NLA_ALIGN(n);
}

static void put_attr(struct message *m, int type, const void *data, size_t n)
{
	const struct nlattr head = {(uint16_t)(sizeof(head) + n), (uint16_t)type};

	put(m, &head, sizeof(head));
	put(m, data, n);
}

static void put_u32(struct message *m, int type, uint32_t value)
{
	put_attr(m, type, &value, sizeof(value));
}

static void put_nested(struct message *m, int type, const struct message *inner)
{
	put_attr(m, type | NLA_F_NESTED, inner->at, inner->n);
}

static void send_message(int fd, uint16_t type, const struct message *payload)
{
	struct message m = {0};
	const struct nlmsghdr head = {.nlmsg_len = (uint32_t)(sizeof(head) + payload->n), .nlmsg_type = type};

	put(&m, &head, sizeof(head));
	put(&m, payload->at, payload->n);
	assert(send(fd, m.at, m.n, 0) == (ssize_t)m.n);
}

static void send_result(int fd, uint16_t type, int error)
{
	struct message m = {0};

	put(&m, &error, sizeof(error));
	send_message(fd, type, &m);
}

static void handle(struct message *m, int device)
{
	const char *name = fake_machine.device[device].d.name;

	put_u32(m, RDMA_NLDEV_ATTR_DEV_INDEX, (uint32_t)device);
	put_attr(m, RDMA_NLDEV_ATTR_DEV_NAME, name, strlen(name) + 1);
}

static bool is_of(const struct fake_mr *mr, int device)
{
	return mr->ibv.context->device == &fake_machine.device[device].ibv;
}

static void devices(int fd)
{
	for (int i = 0; i < fake_machine.n_devices; i++) {
		struct message m = {0};

		handle(&m, i);
		send_message(fd, RDMA_NL_GET_TYPE(RDMA_NL_NLDEV, RDMA_NLDEV_CMD_GET), &m);
	}
	send_result(fd, NLMSG_DONE, 0);
}

static void mrs(int fd, int device)
{
	for (const struct fake_mr *mr = fake_machine.mrs; mr; mr = mr->next) {
		struct message m = {0}, table = {0}, entry = {0};
		const uint64_t length = mr->ibv.length;

		if (!is_of(mr, device))
			continue;
		handle(&m, device);
		if (!fake_machine.no_net_admin) {
			put_u32(&entry, RDMA_NLDEV_ATTR_RES_RKEY, mr->ibv.rkey);
			put_u32(&entry, RDMA_NLDEV_ATTR_RES_LKEY, mr->ibv.lkey);
		}
		put_attr(&entry, RDMA_NLDEV_ATTR_RES_MRLEN, &length, sizeof(length));
		put_u32(&entry, RDMA_NLDEV_ATTR_RES_MRN, mr->ibv.lkey >> 8);
		put_nested(&table, RDMA_NLDEV_ATTR_RES_MR_ENTRY, &entry);
		put_nested(&m, RDMA_NLDEV_ATTR_RES_MR, &table);
		send_message(fd, RDMA_NL_GET_TYPE(RDMA_NL_NLDEV, RDMA_NLDEV_CMD_RES_MR_GET), &m);
	}
	send_result(fd, NLMSG_DONE, 0);
}

/* Info, command, resource and end; the resource's payload is a query's head and the context. */
static void dump(struct message *m, const struct fake_mr *mr)
{
	uint32_t w[DUMP_WORDS] = {0}, *resource = w + 9, *mkc = resource + MKC / 4;

	w[0] = htobe32(4u << 16 | 0xfffe);
	w[4] = htobe32(5u << 16 | 0xfffa);
	w[6] = htobe32(mr->ibv.lkey >> 8);
	resource[0] = htobe32(48u << 16 | 0x1312);
	resource[2] = htobe32(mr->ibv.lkey >> 8);
	mkc[1] = htobe32(0xffffff00u | (mr->ibv.lkey & 0xff));
	mkc[4] = htobe32((uint32_t)(mr->iova >> 32));
	mkc[5] = htobe32((uint32_t)mr->iova);
	mkc[6] = htobe32((uint32_t)(mr->ibv.length >> 32));
	mkc[7] = htobe32((uint32_t)mr->ibv.length);
	if (mr->tph)
		mkc[15] = htobe32(1u << 26 | (uint32_t)mr->ph << 24 | mr->st << 16);
	w[DUMP_WORDS - 1] = htobe32(1u << 16 | 0xfffb);
	put_attr(m, RDMA_NLDEV_ATTR_RES_RAW, w, sizeof(w));
}

static void raw(int fd, int device, uint32_t mrn)
{
	const struct fake_mr *mr = fake_machine.mrs;
	struct message m = {0};

	while (mr && (!is_of(mr, device) || mr->ibv.lkey >> 8 != mrn))
		mr = mr->next;
	if (fake_machine.no_net_admin || fake_machine.device[device].d.no_dump || !mr) {
		send_result(fd, NLMSG_ERROR, fake_machine.no_net_admin ? -EPERM : mr ? -EINVAL : -ENOENT);
		return;
	}
	handle(&m, device);
	dump(&m, mr);
	send_message(fd, RDMA_NL_GET_TYPE(RDMA_NL_NLDEV, RDMA_NLDEV_CMD_RES_MR_GET_RAW), &m);
}

struct question {
	struct nlmsghdr head;
	struct {
		struct nlattr head;
		uint32_t value;
	} attr[2];
};

/* Takes the place of netlink_open() in what is linked with this file (-Wl,--wrap). */
int __wrap_netlink_open(const void *request, size_t bytes);
int __wrap_netlink_open(const void *request, size_t bytes)
{
	struct question q = {0};
	int end[2];
	int rc = fake_called(FAKE_NETLINK);

	if (rc)
		return rc > 0 ? -rc : -EIO;
	assert(bytes <= sizeof(q));
	memcpy(&q, request, bytes);
	assert(q.head.nlmsg_len == bytes);
	assert(!socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, end));
	switch (RDMA_NL_GET_OP(q.head.nlmsg_type)) {
	case RDMA_NLDEV_CMD_GET:
		devices(end[0]);
		break;
	case RDMA_NLDEV_CMD_RES_MR_GET:
		mrs(end[0], (int)q.attr[0].value);
		break;
	case RDMA_NLDEV_CMD_RES_MR_GET_RAW:
		raw(end[0], (int)q.attr[0].value, q.attr[1].value);
		break;
	default:
		send_result(end[0], NLMSG_ERROR, -EOPNOTSUPP);
	}
	close(end[0]);
	return end[1];
}
