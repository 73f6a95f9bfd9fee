// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Two connected RC queue pairs on one device: see verbs.h. */
#include "verbs.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>

#include "tap.h"

enum { FETCH_ADD_BY = 5, WAIT_S = 20 };

static const int all_access =
	IBV_ACCESS_LOCAL_WRITE | IBV_ACCESS_REMOTE_WRITE | IBV_ACCESS_REMOTE_READ | IBV_ACCESS_REMOTE_ATOMIC;

/* RoCE v2 over IPv4: the GID that ends in ffff:a.b.c.d */
static int find_gid(struct ibv_context *ctx, union ibv_gid *gid)
{
	for (int i = 0; i < 16; i++)
		if (!ibv_query_gid(ctx, 1, i, gid) && gid->raw[10] == 0xff && gid->raw[11] == 0xff)
			return i;
	errno = ENOENT;
	bail("no IPv4 GID");
}

static void qp_create(struct rdma *rd, int i)
{
	struct ibv_qp_init_attr attr = {
		.send_cq = rd->cq,
		.recv_cq = rd->cq,
		.qp_type = IBV_QPT_RC,
		.cap = {.max_send_wr = 16, .max_recv_wr = 16, .max_send_sge = 1, .max_recv_sge = 1},
	};

	rd->qp[i] = ibv_create_qp(rd->pd, &attr);
	if (!rd->qp[i])
		bail("ibv_create_qp");
}

static void qp_to_init(struct ibv_qp *qp)
{
	struct ibv_qp_attr attr = {
		.qp_state = IBV_QPS_INIT,
		.port_num = 1,
		.qp_access_flags = (unsigned int)all_access,
	};

	if (ibv_modify_qp(qp, &attr, IBV_QP_STATE | IBV_QP_PKEY_INDEX | IBV_QP_PORT | IBV_QP_ACCESS_FLAGS))
		bail("queue pair to INIT");
}

static void qp_to_rtr(struct ibv_qp *qp, uint32_t peer)
{
	struct ibv_qp_attr attr = {
		.qp_state = IBV_QPS_RTR,
		.path_mtu = IBV_MTU_1024,
		.dest_qp_num = peer,
		.max_dest_rd_atomic = 4,
		.min_rnr_timer = 12,
		.ah_attr = {.is_global = 1, .port_num = 1, .grh = {.hop_limit = 1}},
	};

	attr.ah_attr.grh.sgid_index = (uint8_t)find_gid(qp->context, &attr.ah_attr.grh.dgid);
	if (ibv_modify_qp(qp, &attr,
			  IBV_QP_STATE | IBV_QP_AV | IBV_QP_PATH_MTU | IBV_QP_DEST_QPN | IBV_QP_RQ_PSN |
				  IBV_QP_MAX_DEST_RD_ATOMIC | IBV_QP_MIN_RNR_TIMER))
		bail("queue pair to RTR");
}

static void qp_to_rts(struct ibv_qp *qp)
{
	struct ibv_qp_attr attr = {
		.qp_state = IBV_QPS_RTS,
		.timeout = 14,
		.retry_cnt = 7,
		.rnr_retry = 7,
		.max_rd_atomic = 4,
	};

	if (ibv_modify_qp(qp, &attr,
			  IBV_QP_STATE | IBV_QP_TIMEOUT | IBV_QP_RETRY_CNT | IBV_QP_RNR_RETRY |
				  IBV_QP_SQ_PSN | IBV_QP_MAX_QP_RD_ATOMIC))
		bail("queue pair to RTS");
}

static void connect_qps(struct rdma *rd)
{
	for (int i = 0; i < 2; i++)
		qp_create(rd, i);
	for (int i = 0; i < 2; i++) {
		qp_to_init(rd->qp[i]);
		qp_to_rtr(rd->qp[i], rd->qp[!i]->qp_num);
		qp_to_rts(rd->qp[i]);
	}
}

void rdma_reconnect(struct rdma *rd)
{
	for (int i = 0; i < 2; i++)
		ibv_destroy_qp(rd->qp[i]);
	connect_qps(rd);
}

static struct ibv_context *open_by_name(const char *name)
{
	struct ibv_device **list = ibv_get_device_list(NULL);
	struct ibv_context *ctx = NULL;

	for (int i = 0; list && list[i]; i++)
		if (!strcmp(ibv_get_device_name(list[i]), name))
			ctx = ibv_open_device(list[i]);
	ibv_free_device_list(list);
	return ctx;
}

void rdma_open(struct rdma *rd, const char *name)
{
	rd->ctx = open_by_name(name);
	if (!rd->ctx)
		bail(name);
	rd->pd = ibv_alloc_pd(rd->ctx);
	rd->cq = ibv_create_cq(rd->ctx, 64, NULL, NULL, 0);
	rd->host = mmap(NULL, LEN, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	rd->host_mr = ibv_reg_mr(rd->pd, rd->host, LEN, all_access);
	if (!rd->pd || !rd->cq || !rd->host_mr)
		bail("verbs set-up");
	connect_qps(rd);
}

struct ibv_mr *rdma_import(struct rdma *rd, int fd, uint64_t off, uint64_t len)
{
	return ibv_reg_dmabuf_mr(rd->pd, off, len, off & 4095, fd, all_access);
}

struct at host_at(const struct rdma *rd, uint64_t off)
{
	return (struct at){rd->host_mr, (uintptr_t)rd->host + off};
}

struct at mr_at(const struct ibv_mr *mr, uint64_t off)
{
	return (struct at){mr, off};
}

static void set_remote(struct ibv_send_wr *wr, struct at remote)
{
	if (wr->opcode == IBV_WR_ATOMIC_FETCH_AND_ADD) {
		wr->wr.atomic.remote_addr = remote.addr;
		wr->wr.atomic.rkey = remote.mr->rkey;
		wr->wr.atomic.compare_add = FETCH_ADD_BY;
	} else {
		wr->wr.rdma.remote_addr = remote.addr;
		wr->wr.rdma.rkey = remote.mr->rkey;
	}
}

int rdma_post(struct rdma *rd, enum ibv_wr_opcode op, struct at local, uint32_t len, struct at remote)
{
	struct ibv_sge sge = {local.addr, len, local.mr->lkey};
	struct ibv_send_wr wr =
				   {
					   .sg_list = &sge,
					   .num_sge = 1,
					   .opcode = op,
					   .send_flags = IBV_SEND_SIGNALED,
				   },
			   *bad;

	set_remote(&wr, remote);
	return ibv_post_send(rd->qp[0], &wr, &bad);
}

int rdma_wait(struct rdma *rd)
{
	struct timespec start, now;
	struct ibv_wc wc;

	clock_gettime(CLOCK_MONOTONIC, &start);
	do {
		int n = ibv_poll_cq(rd->cq, 1, &wc);

		if (n < 0)
			bail("ibv_poll_cq");
		/* others are of queue pairs that are gone, or of the responder's */
		if (n && wc.qp_num == rd->qp[0]->qp_num)
			return wc.status;
		clock_gettime(CLOCK_MONOTONIC, &now);
	} while (now.tv_sec - start.tv_sec <= WAIT_S);
	return NO_COMPLETION;
}

int rdma_run(struct rdma *rd, enum ibv_wr_opcode op, struct at local, uint32_t len, struct at remote)
{
	if (rdma_post(rd, op, local, len, remote))
		bail("ibv_post_send");
	return rdma_wait(rd);
}

const char *status_text(int status)
{
	return status == NO_COMPLETION ? "no completion" : ibv_wc_status_str((enum ibv_wc_status)status);
}
