/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * One RDMA device with two queue pairs connected to each other, and one operation at a
 * time. Set-up errors end the program (bail); operations return their work completion
 * status, which is what the checks are about.
 */
#ifndef LAB_VERBS_H
#define LAB_VERBS_H

#include <infiniband/verbs.h>
#include <stdint.h>

#define LEN	      (1u << 20) /* of every buffer */
#define NO_COMPLETION (-1)	 /* none in 20 s */

struct rdma {
	struct ibv_context *ctx;
	struct ibv_pd *pd;
	struct ibv_cq *cq;
	struct ibv_qp *qp[2];
	uint8_t *host; /* ordinary memory */
	struct ibv_mr *host_mr;
};

/* One side of an operation: an address in a memory region. */
struct at {
	const struct ibv_mr *mr;
	uint64_t addr;
};

void rdma_open(struct rdma *rd, const char *name);

/* New queue pairs: an error leaves the old ones unusable. */
void rdma_reconnect(struct rdma *rd);

/* Imports a dma-buf; the addresses in the region are offsets from its first page. */
struct ibv_mr *rdma_import(struct rdma *rd, int fd, uint64_t off, uint64_t len);

/* At offset "off" of the host buffer, or of an import. */
struct at host_at(const struct rdma *rd, uint64_t off);
struct at mr_at(const struct ibv_mr *mr, uint64_t off);

/* Post and wait: a status of enum ibv_wc_status, or NO_COMPLETION. */
int rdma_run(struct rdma *rd, enum ibv_wr_opcode op, struct at local, uint32_t len, struct at remote);
int rdma_post(struct rdma *rd, enum ibv_wr_opcode op, struct at local, uint32_t len, struct at remote);
int rdma_wait(struct rdma *rd);

static inline int rdma_write(struct rdma *rd, struct at local, uint32_t len, struct at remote)
{
	return rdma_run(rd, IBV_WR_RDMA_WRITE, local, len, remote);
}

static inline int rdma_read(struct rdma *rd, struct at local, uint32_t len, struct at remote)
{
	return rdma_run(rd, IBV_WR_RDMA_READ, local, len, remote);
}

/* Adds 5. */
static inline int rdma_fetch_add(struct rdma *rd, struct at local, struct at remote)
{
	return rdma_run(rd, IBV_WR_ATOMIC_FETCH_AND_ADD, local, 8, remote);
}

const char *status_text(int status);

#endif
