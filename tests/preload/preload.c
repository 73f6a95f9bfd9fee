// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The software device as a verbs device for programs that know libibverbs only: an LD_PRELOAD object that
 * answers in its place. Test only. Unversioned definitions in a preloaded object satisfy versioned
 * references, and posting and polling go through ctx->ops, so perftest and p2pbench run on the same provider.
 *
 *   LD_PRELOAD=libp2p_preload.so ib_write_bw -d preload0 ...
 *
 * preload0 completes at once and moves nothing (null0). preload1 moves the bytes of WRITE, READ and atomics,
 * also between two processes: an rkey is the pid of the process whose memory it is of, and the kernel copies
 * (process_vm_writev(2), process_vm_readv(2)), which needs the right to trace that process. Both ends of
 * p2pbench's loopback are in one process and go the same way. Nothing checks keys and rights, atomics are not
 * atomic, and SEND is refused. What programs call beyond this list would reach the real library with a
 * context it does not know; the list is what perftest and nic_verbs*.c need.
 *
 * P2P_PRELOAD_COUNT="FROM TO": under callgrind with --collect-atstart=no, instructions are collected from
 * work request FROM to work request TO of the process: the loop alone, without start, connection and report.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/uio.h>
#include <unistd.h>

#include <infiniband/verbs.h>
#include <valgrind/callgrind.h>

#include "mem/mem.h"
#include "nic/soft/soft.h"

#undef ibv_reg_mr
#undef ibv_query_port

enum { VENDOR = 0xffff, LID = 1, GUID = 1 };

enum { DEVICES = 2, MOVES = 1 };

static struct ibv_device device[DEVICES] = {
	{
		.node_type = IBV_NODE_CA,
		.transport_type = IBV_TRANSPORT_IB,
		.name = "preload0",
		.dev_name = "uverbs_preload0",
	},
	[MOVES] =
		{
			.node_type = IBV_NODE_CA,
			.transport_type = IBV_TRANSPORT_IB,
			.name = "preload1",
			.dev_name = "uverbs_preload1",
		},
};

/* The stretch of work requests to collect over; posted by one thread. */
static uint64_t count_from = UINT64_MAX, count_to = UINT64_MAX, posted;

static int post_counted(struct ibv_qp *qp, struct ibv_send_wr *wr, struct ibv_send_wr **bad)
{
	for (const struct ibv_send_wr *w = wr; w; w = w->next, posted++)
		if (posted == count_from || posted == count_to)
			CALLGRIND_TOGGLE_COLLECT;
	return soft_post_null(qp, wr, bad);
}

/* ---- preload1 ---- */

static bool took(ssize_t n, size_t bytes)
{
	return n >= 0 && (size_t)n == bytes;
}

static bool move_atomic(const struct ibv_send_wr *wr, const struct iovec *local)
{
	uint64_t old, new;
	struct iovec word = {&old, sizeof(old)},
		     at = {(void *)(uintptr_t)wr->wr.atomic.remote_addr, sizeof(old)};
	pid_t pid = (pid_t)wr->wr.atomic.rkey;

	if (!took(process_vm_readv(pid, &word, 1, &at, 1, 0), sizeof(old)))
		return false;
	memcpy(local->iov_base, &old, sizeof(old));
	new = wr->opcode == IBV_WR_ATOMIC_FETCH_AND_ADD ? old + wr->wr.atomic.compare_add
	      : old == wr->wr.atomic.compare_add	? wr->wr.atomic.swap
							: old;
	word.iov_base = &new;
	return took(process_vm_writev(pid, &word, 1, &at, 1, 0), sizeof(new));
}

/* One SGE, as perftest and p2pbench post. */
static bool move(const struct ibv_send_wr *wr)
{
	struct iovec local = {.iov_len = wr->num_sge ? wr->sg_list->length : 0}, remote;
	pid_t pid = (pid_t)wr->wr.rdma.rkey;

	if (!local.iov_len)
		return true;
	local.iov_base = (void *)(uintptr_t)wr->sg_list->addr;
	remote = (struct iovec){(void *)(uintptr_t)wr->wr.rdma.remote_addr, local.iov_len};
	switch (wr->opcode) {
	case IBV_WR_RDMA_WRITE:
		return took(process_vm_writev(pid, &local, 1, &remote, 1, 0), local.iov_len);
	case IBV_WR_RDMA_READ:
		return took(process_vm_readv(pid, &local, 1, &remote, 1, 0), local.iov_len);
	case IBV_WR_ATOMIC_FETCH_AND_ADD:
	case IBV_WR_ATOMIC_CMP_AND_SWP:
		return move_atomic(wr, &local);
	default:
		return false;
	}
}

static int post_moving(struct ibv_qp *qp, struct ibv_send_wr *wr, struct ibv_send_wr **bad)
{
	for (struct ibv_send_wr *w = wr; w; w = w->next) {
		if (move(w))
			continue;
		*bad = w;
		return EFAULT;
	}
	return soft_post_null(qp, wr, bad);
}

/* verbs calls answer NULL and errno, or an errno. */
static void *null_errno(int rc)
{
	errno = -rc;
	return NULL;
}

struct ibv_device **ibv_get_device_list(int *n)
{
	struct ibv_device **list = calloc(DEVICES + 1, sizeof(struct ibv_device *));

	if (!list)
		return NULL;
	for (int i = 0; i < DEVICES; i++)
		list[i] = &device[i];
	if (n)
		*n = DEVICES;
	return list;
}

void ibv_free_device_list(struct ibv_device **list)
{
	free(list);
}

const char *ibv_get_device_name(struct ibv_device *d)
{
	return d->name;
}

__be64 ibv_get_device_guid(struct ibv_device *d)
{
	(void)d;
	return GUID;
}

struct ibv_context *ibv_open_device(struct ibv_device *d)
{
	struct soft_dev *dev = soft_dev_open(d->name, false);
	const char *count = getenv("P2P_PRELOAD_COUNT");

	if (!dev)
		return NULL;
	dev->ctx.device = d;
	if (d == &device[MOVES])
		dev->ctx.ops.post_send = post_moving;
	dev->ctx.async_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (count && sscanf(count, "%" SCNu64 " %" SCNu64, &count_from, &count_to) == 2)
		dev->ctx.ops.post_send = post_counted;
	return &dev->ctx;
}

int ibv_close_device(struct ibv_context *ctx)
{
	close(ctx->async_fd);
	return -soft_dev_close(soft_dev(ctx));
}

int ibv_query_device(struct ibv_context *ctx, struct ibv_device_attr *a)
{
	(void)ctx;
	*a = (struct ibv_device_attr){
		.fw_ver = "none",
		.vendor_id = VENDOR,
		.max_mr_size = SOFT_MAX_MR_BYTES,
		.page_size_cap = UINT64_MAX & ~4095ull,
		.max_qp = SOFT_MAX_QP,
		.max_qp_wr = SOFT_MAX_QP_WR,
		.max_sge = SOFT_MAX_SGE,
		.max_cq = SOFT_MAX_QP,
		.max_cqe = SOFT_MAX_CQE,
		.max_mr = SOFT_MAX_MR_INDEX,
		.max_pd = SOFT_MAX_QP,
		.max_qp_rd_atom = SOFT_MAX_RD_ATOMIC,
		.max_qp_init_rd_atom = SOFT_MAX_RD_ATOMIC,
		.atomic_cap = IBV_ATOMIC_HCA,
		.max_pkeys = 1,
		.phys_port_cnt = 1,
	};
	return 0;
}

int ibv_query_port(struct ibv_context *ctx, uint8_t port, struct _compat_ibv_port_attr *compat)
{
	/* The old structure ends before port_cap_flags2 (verbs.h, ___ibv_query_port()). */
	struct ibv_port_attr a = {
		.state = IBV_PORT_ACTIVE,
		.max_mtu = IBV_MTU_4096,
		.active_mtu = IBV_MTU_4096,
		.gid_tbl_len = 1,
		.max_msg_sz = SOFT_MAX_MSG_BYTES,
		.pkey_tbl_len = 1,
		.lid = LID,
		.sm_lid = LID,
		.active_width = 1,
		.active_speed = 1,
		.phys_state = 5,
		.link_layer = IBV_LINK_LAYER_INFINIBAND,
	};

	(void)ctx;
	if (port != 1)
		return EINVAL;
	memcpy(compat, &a, offsetof(struct ibv_port_attr, port_cap_flags2));
	return 0;
}

int ibv_query_gid(struct ibv_context *ctx, uint8_t port, int index, union ibv_gid *gid)
{
	(void)ctx;
	if (port != 1 || index)
		return -1;
	*gid = (union ibv_gid){.raw = {0xfe, 0x80, [15] = GUID}};
	return 0;
}

int _ibv_query_gid_ex(struct ibv_context *ctx, uint32_t port, uint32_t index, struct ibv_gid_entry *entry,
		      uint32_t flags, size_t size)
{
	(void)flags;
	(void)size;
	*entry = (struct ibv_gid_entry){.gid_index = index, .port_num = port, .gid_type = IBV_GID_TYPE_IB};
	return ibv_query_gid(ctx, (uint8_t)port, (int)index, &entry->gid) ? EINVAL : 0;
}

int ibv_query_pkey(struct ibv_context *ctx, uint8_t port, int index, __be16 *pkey)
{
	(void)ctx;
	*pkey = 0xffff;
	return port != 1 || index ? -1 : 0;
}

struct ibv_pd *ibv_alloc_pd(struct ibv_context *ctx)
{
	return soft_pd_alloc(soft_dev(ctx));
}

int ibv_dealloc_pd(struct ibv_pd *pd)
{
	return -soft_pd_dealloc(pd);
}

struct ibv_mr *ibv_reg_mr_iova2(struct ibv_pd *pd, void *addr, size_t bytes, uint64_t iova,
				unsigned int access)
{
	struct ibv_mr *mr;
	int rc;

	if (iova != (uint64_t)(uintptr_t)addr)
		return null_errno(-EOPNOTSUPP);
	rc = soft_mr_reg(pd, addr, bytes, (int)access, &MEM_NO_HINT, &mr, NULL);
	if (rc)
		return null_errno(rc);
	if (pd->context->device == &device[MOVES])
		mr->rkey = (uint32_t)getpid();
	return mr;
}

struct ibv_mr *ibv_reg_mr(struct ibv_pd *pd, void *addr, size_t bytes, int access)
{
	return ibv_reg_mr_iova2(pd, addr, bytes, (uint64_t)(uintptr_t)addr, (unsigned int)access);
}

struct ibv_mr *ibv_reg_dmabuf_mr(struct ibv_pd *pd, uint64_t offset, size_t bytes, uint64_t iova, int fd,
				 int access)
{
	(void)pd;
	(void)offset;
	(void)bytes;
	(void)iova;
	(void)fd;
	(void)access;
	return null_errno(-EOPNOTSUPP);
}

int ibv_dereg_mr(struct ibv_mr *mr)
{
	soft_mr_dereg(mr);
	return 0;
}

struct ibv_cq *ibv_create_cq(struct ibv_context *ctx, int depth, void *arg, struct ibv_comp_channel *channel,
			     int vector)
{
	struct ibv_cq *cq;
	int rc = soft_cq_create(soft_dev(ctx), (uint32_t)depth, &cq, NULL);

	(void)vector;
	if (rc)
		return null_errno(rc);
	cq->cq_context = arg;
	cq->channel = channel;
	return cq;
}

int ibv_destroy_cq(struct ibv_cq *cq)
{
	return -soft_cq_destroy(cq, NULL);
}

struct ibv_qp *ibv_create_qp(struct ibv_pd *pd, struct ibv_qp_init_attr *attr)
{
	struct ibv_qp *qp;
	int rc = soft_qp_create(pd, attr, false, &qp, NULL);

	return rc ? null_errno(rc) : qp;
}

int ibv_destroy_qp(struct ibv_qp *qp)
{
	soft_qp_destroy(qp);
	return 0;
}

int ibv_modify_qp(struct ibv_qp *qp, struct ibv_qp_attr *attr, int mask)
{
	return -soft_qp_modify(qp, attr, mask, NULL);
}

int ibv_query_qp(struct ibv_qp *qp, struct ibv_qp_attr *attr, int mask, struct ibv_qp_init_attr *init)
{
	(void)mask;
	*init = (struct ibv_qp_init_attr){
		.send_cq = qp->send_cq, .recv_cq = qp->recv_cq, .qp_type = qp->qp_type};
	*attr = (struct ibv_qp_attr){.qp_state = (enum ibv_qp_state)soft_qp_state(qp)};
	return 0;
}

struct ibv_qp_ex *ibv_qp_to_qp_ex(struct ibv_qp *qp)
{
	(void)qp;
	return NULL;
}

int ibv_get_async_event(struct ibv_context *ctx, struct ibv_async_event *event)
{
	(void)ctx;
	(void)event;
	errno = EAGAIN;
	return -1;
}
