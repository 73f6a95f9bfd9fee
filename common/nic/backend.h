/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef P2P_NIC_BACKEND_H
#define P2P_NIC_BACKEND_H

/*
 * What a backend provides to nic.c. Private to nic/. nic.c checks arguments against nic_attr (depths,
 * port, sizes) before a backend is asked, so backends carry no such checks; they convert their own
 * error conventions to 0 / -errno and write struct err.
 */

#include "nic/nic.h"

struct nic_backend;

/**
 * struct nic - an open device
 * @backend: who serves it; @ctx, @pd: real verbs objects; @attr: filled by backend->open
 * @psn_seed: PSNs of nic_qp_addr() come from here
 */
struct nic {
	const struct nic_backend *backend;
	struct ibv_context *ctx;
	struct ibv_pd *pd;
	struct nic_attr attr;
	uint64_t psn_seed;
};

/* A part of a dma-buf; @iova, the address of its first byte, shares its in-page offset with @offset. */
struct nic_dmabuf {
	int fd;
	uint64_t offset;
	uint64_t bytes;
	uint64_t iova;
};

struct nic_backend {
	/* Appends its devices to @out (room for @max). Return: number appended, or -errno. */
	int (*list)(struct nic_entry *out, int max, struct err *e);
	/* Fills n->ctx, n->pd, n->attr. On failure n->ctx is NULL and nothing is left open. */
	int (*open)(struct nic *n, const char *device, int port, int gid_index, struct err *e);
	void (*close)(struct nic *n);
	int (*mr_reg_va)(struct nic *n, void *va, uint64_t bytes, int access, struct ibv_mr **mr,
			 struct err *e);
	int (*mr_reg_dmabuf)(struct nic *n, const struct nic_dmabuf *src, int access, struct ibv_mr **mr,
			     struct err *e);
	int (*mr_dereg)(struct nic *n, struct ibv_mr *mr, struct err *e);
	int (*cq_create)(struct nic *n, uint32_t depth, struct ibv_cq **cq, struct err *e);
	int (*cq_destroy)(struct nic *n, struct ibv_cq *cq, struct err *e);
	int (*qp_create)(struct nic *n, const struct ibv_qp_init_attr *attr, struct ibv_qp **qp,
			 struct err *e);
	int (*qp_destroy)(struct nic *n, struct ibv_qp *qp, struct err *e);
	int (*qp_modify)(struct nic *n, struct ibv_qp *qp, struct ibv_qp_attr *attr, int mask, struct err *e);
	int (*qp_state)(struct nic *n, struct ibv_qp *qp); /* IBV_QPS_* or -errno */
};

extern const struct nic_backend nic_backend_soft;  /* soft0, null0 */
extern const struct nic_backend nic_backend_verbs; /* everything else */

#endif
