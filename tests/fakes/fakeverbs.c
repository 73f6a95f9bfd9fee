// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The scripted machine: devices, failures, counts. Nothing here is clever; it follows the
 * man pages of libibverbs in what a call returns and how it says no. Queues are in
 * fakeverbs_objects.c, memory is in fakeverbs_mr.c, the data path in fakeverbs_data.c.
 */
#include "fakes/fakeverbs.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <rdma/ib_user_ioctl_cmds.h>
#include <rdma/rdma_user_ioctl_cmds.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "fakes/fakeverbs_priv.h"

enum { FIRST_QPN = 0x100, FIRST_KEY = 0x1000, FAKE_CMD_FD = 0x7ffffff0, RDMA_CORE = 65 };

struct fake_machine fake_machine = {
	.fail_call = FAKE_CALLS,
	.last_qpn = FIRST_QPN,
	.last_key = FIRST_KEY,
	.rdma_core = RDMA_CORE,
};

static const struct ibv_gid_entry roce_gid = {
	.gid.raw = {[10] = 0xff, 0xff, 10, 0, 0, 1},
	.gid_index = 1,
	.port_num = 1,
	.gid_type = IBV_GID_TYPE_ROCE_V2,
};

const struct fake_device fake_roce = {
	.name = "fake0",
	.ibdev_path = "/nowhere/fake0",
	.transport = IBV_TRANSPORT_IB,
	.attr = {.fw_ver = "1.2.3",
		 .vendor_id = 0x02c9,
		 .phys_port_cnt = 1,
		 .max_mr_size = UINT64_MAX,
		 .max_qp = 1024,
		 .max_qp_wr = 32768,
		 .max_cqe = 1 << 20,
		 .max_qp_rd_atom = 16,
		 .max_qp_init_rd_atom = 16,
		 .atomic_cap = IBV_ATOMIC_HCA},
	.port = {.state = IBV_PORT_ACTIVE,
		 .max_mtu = IBV_MTU_4096,
		 .active_mtu = IBV_MTU_1024,
		 .gid_tbl_len = 8,
		 .max_msg_sz = 1u << 30,
		 .link_layer = IBV_LINK_LAYER_ETHERNET},
	.gids = &roce_gid,
	.n_gids = 1,
	.max_inline = 256,
};

void fake_reset(void)
{
	assert(!fake_machine.live);
	fake_machine = (struct fake_machine){.scripted = true,
					     .fail_call = FAKE_CALLS,
					     .last_qpn = FIRST_QPN,
					     .last_key = FIRST_KEY,
					     .rdma_core = RDMA_CORE};
}

void fake_device_add(const struct fake_device *d)
{
	struct fake_machine_device *m = &fake_machine.device[fake_machine.n_devices++];

	assert(fake_machine.n_devices <= FAKE_DEVICES_MAX);
	m->d = *d;
	m->ibv.node_type = IBV_NODE_CA;
	m->ibv.transport_type = d->transport;
	snprintf(m->ibv.name, sizeof(m->ibv.name), "%s", d->name);
	snprintf(m->ibv.dev_name, sizeof(m->ibv.dev_name), "uverbs%d", fake_machine.n_devices - 1);
	snprintf(m->ibv.ibdev_path, sizeof(m->ibv.ibdev_path), "%s", d->ibdev_path);
}

void fake_fail(enum fake_call call, int nth, int error)
{
	fake_machine.fail_call = call;
	fake_machine.fail_in = nth ? nth : -1;
	fake_machine.fail_error = error;
}

void fake_rdma_core(int version)
{
	fake_machine.rdma_core = version;
}

void fake_no_net_admin(void)
{
	fake_machine.no_net_admin = true;
}

int fake_count(enum fake_call call)
{
	int sum = 0;

	if (call != FAKE_ANY)
		return fake_machine.count[call];
	for (int i = 0; i < FAKE_CALLS; i++)
		sum += fake_machine.count[i];
	return sum;
}

int fake_live(void)
{
	return fake_machine.live;
}

const struct fake_modify *fake_modify(int i)
{
	assert(i < FAKE_MODIFY_MAX && i < fake_machine.count[FAKE_MODIFY_QP]);
	return &fake_machine.modify[i];
}

const struct fake_reg *fake_last_reg(void)
{
	return &fake_machine.reg;
}

const struct ibv_qp_init_attr_ex *fake_last_qp(void)
{
	return &fake_machine.qp;
}

int fake_called(enum fake_call call)
{
	fake_machine.count[call]++;
	if (!fake_machine.fail_in || (fake_machine.fail_call != call && fake_machine.fail_call != FAKE_ANY))
		return 0;
	if (fake_machine.fail_in > 0 && --fake_machine.fail_in)
		return 0;
	errno = fake_machine.fail_error;
	return fake_machine.fail_error ? fake_machine.fail_error : -1;
}

void *fake_new(size_t size)
{
	void *o = calloc(1, size);

	assert(o);
	fake_machine.live++;
	return o;
}

void fake_delete(void *o)
{
	fake_machine.live--;
	free(o);
}

const struct fake_device *fake_device_of(struct ibv_context *ctx)
{
	return &((struct fake_machine_device *)ctx->device)->d;
}

struct ibv_device **ibv_get_device_list(int *num)
{
	struct ibv_device **list;

	if (!fake_machine.scripted && !fake_machine.n_devices && !fake_drivers_from_environment())
		fake_device_add(&fake_roce);
	if (fake_called(FAKE_GET_DEVICE_LIST))
		return NULL;
	list = fake_new((FAKE_DEVICES_MAX + 1) * sizeof(struct ibv_device *));
	for (int i = 0; i < fake_machine.n_devices; i++)
		list[i] = &fake_machine.device[i].ibv;
	if (num)
		*num = fake_machine.n_devices;
	return list;
}

void ibv_free_device_list(struct ibv_device **list)
{
	fake_delete(list);
}

struct ibv_context *ibv_open_device(struct ibv_device *dev)
{
	struct verbs_context *v;
	struct ibv_context *ctx;

	if (fake_called(FAKE_OPEN_DEVICE))
		return NULL;
	v = fake_new(sizeof(*v));
	v->sz = sizeof(*v);
	v->create_qp_ex = fake_create_qp_ex;
	ctx = &v->context;
	ctx->abi_compat = __VERBS_ABI_IS_EXTENDED;
	ctx->device = dev;
	ctx->cmd_fd = fake_device_of(ctx)->uverbs ? FAKE_CMD_FD : -1;
	ctx->async_fd = fake_device_of(ctx)->no_events ? -1 : eventfd(0, EFD_CLOEXEC);
	ctx->ops.post_send = fake_post_send;
	ctx->ops.post_recv = fake_post_recv;
	ctx->ops.poll_cq = fake_poll_cq;
	return ctx;
}

/* Any thread may raise one, by overflowing a completion queue. */
static pthread_mutex_t event_lock = PTHREAD_MUTEX_INITIALIZER;

void fake_event(struct ibv_async_event ev)
{
	pthread_mutex_lock(&event_lock);
	assert(fake_machine.event_head - fake_machine.event_tail < FAKE_EVENTS_MAX);
	fake_machine.event[fake_machine.event_head++ % FAKE_EVENTS_MAX] = ev;
	pthread_mutex_unlock(&event_lock);
}

static bool event_take(struct ibv_async_event *ev)
{
	bool any;

	pthread_mutex_lock(&event_lock);
	any = fake_machine.event_head != fake_machine.event_tail;
	if (any)
		*ev = fake_machine.event[fake_machine.event_tail++ % FAKE_EVENTS_MAX];
	pthread_mutex_unlock(&event_lock);
	return any;
}

/* -1 and errno. Without O_NONBLOCK the original waits; a test must not. */
int ibv_get_async_event(struct ibv_context *ctx, struct ibv_async_event *ev)
{
	if (fake_called(FAKE_GET_EVENT))
		return -1;
	if (!event_take(ev)) {
		assert(fcntl(ctx->async_fd, F_GETFL) & O_NONBLOCK);
		errno = EAGAIN;
		return -1;
	}
	fake_machine.unacked++;
	return 0;
}

void ibv_ack_async_event(struct ibv_async_event *ev)
{
	(void)ev;
	assert(fake_machine.unacked > 0);
	fake_machine.unacked--;
}

/*
 * Takes the place of ioctl() in what is linked with this file (-Wl,--wrap). The data of a request is
 * only looked at as far as the kernel does before it answers.
 */
int __real_ioctl(int fd, unsigned long request, void *arg);
int __wrap_ioctl(int fd, unsigned long request, void *arg);
int __wrap_ioctl(int fd, unsigned long request, void *arg)
{
	const struct ib_uverbs_ioctl_hdr *head = arg;
	const struct fake_device *d = &fake_machine.device[0].d;

	if (fd != FAKE_CMD_FD)
		return __real_ioctl(fd, request, arg);
	errno = d->uverbs;
	if (request != RDMA_VERBS_IOCTL || head->object_id != UVERBS_OBJECT_MR ||
	    head->method_id != UVERBS_METHOD_REG_DMABUF_MR)
		errno = EPROTONOSUPPORT;
	else if (head->driver_id != d->driver_id ||
		 head->length != sizeof(*head) + head->num_attrs * sizeof(head->attrs[0]))
		errno = EINVAL;
	return -1;
}

/* -1 and errno, unlike most. */
int ibv_close_device(struct ibv_context *ctx)
{
	int rc = fake_called(FAKE_CLOSE_DEVICE);

	if (ctx->async_fd >= 0)
		close(ctx->async_fd);
	fake_delete(verbs_get_ctx(ctx));
	return rc ? -1 : 0;
}

int ibv_query_device(struct ibv_context *ctx, struct ibv_device_attr *attr)
{
	int rc = fake_called(FAKE_QUERY_DEVICE);

	if (!rc)
		*attr = fake_device_of(ctx)->attr;
	return rc;
}

/* verbs.h wraps this one in a macro, which comes here when the context has no query_port of its own. */
#undef ibv_query_port
int ibv_query_port(struct ibv_context *ctx, uint8_t port, struct _compat_ibv_port_attr *attr)
{
	int rc = fake_called(FAKE_QUERY_PORT);

	if (!rc && (!port || port > fake_device_of(ctx)->attr.phys_port_cnt))
		rc = EINVAL;
	if (!rc)
		memcpy(attr, &fake_device_of(ctx)->port, sizeof(struct ibv_port_attr));
	return rc;
}

int _ibv_query_gid_ex(struct ibv_context *ctx, uint32_t port, uint32_t index, struct ibv_gid_entry *entry,
		      uint32_t flags, size_t size)
{
	const struct fake_device *d = fake_device_of(ctx);
	int rc = fake_called(FAKE_QUERY_GID);

	(void)flags;
	if (rc)
		return rc;
	if (port > d->attr.phys_port_cnt || index >= (uint32_t)d->port.gid_tbl_len)
		return EINVAL;
	for (int i = 0; i < d->n_gids; i++)
		if (d->gids[i].gid_index == index) {
			memcpy(entry, &d->gids[i], size);
			return 0;
		}
	return ENODATA;
}
