/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef P2P_NIC_BACKEND_H
#define P2P_NIC_BACKEND_H

/*
 * What a backend provides to nic.c. Private to nic/. nic.c checks arguments against nic_attr (depths,
 * port, sizes) before a backend is asked, so backends carry no such checks; they convert their own
 * error conventions to 0 / -errno and write struct err.
 */

#include "mem/mem.h"
#include "nic/nic.h"
#include "uapi/verbs_ex.h"

struct nic_backend;
struct nic_dmah_use;

/**
 * struct nic - an open device
 * @backend: who serves it; @ctx, @pd: real verbs objects; @attr: filled by backend->open
 * @psn_seed: PSNs of nic_qp_addr() come from here
 * @ex, @dmah_uses: of the libibverbs backend: calls it looked up, DMA handles in use (nic_verbs_dmah.c)
 */
struct nic {
	const struct nic_backend *backend;
	struct ibv_context *ctx;
	struct ibv_pd *pd;
	struct nic_attr attr;
	uint64_t psn_seed;
	struct uapi_verbs_ex ex;
	struct nic_dmah_use *dmah_uses;
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
	/*
	 * @hint, never NULL: what the MR is to carry. tph dmah: the registration asks for it. tph exporter:
	 * what the exporter of the dma-buf will answer, so a driver that asks it has nothing to do. tph none:
	 * nothing.
	 */
	int (*mr_reg_va)(struct nic *n, void *va, uint64_t bytes, int access, const struct mem_hint *hint,
			 struct ibv_mr **mr, struct err *e);
	int (*mr_reg_dmabuf)(struct nic *n, const struct nic_dmabuf *src, int access,
			     const struct mem_hint *hint, struct ibv_mr **mr, struct err *e);
	/* By the data-direct function. Only asked when attr.data_direct names one; NULL: never. */
	int (*mr_reg_direct)(struct nic *n, const struct nic_dmabuf *src, int access, struct ibv_mr **mr,
			     struct err *e);
	/* The memory of @mr, registered by its address, is @fd from @offset on: another process can map it.
	 * NULL: of no use. */
	void (*mr_behind)(struct nic *n, struct ibv_mr *mr, int fd, uint64_t offset);
	int (*mr_dereg)(struct nic *n, struct ibv_mr *mr, struct err *e);
	/* As nic_mr_alive(). NULL: nic.c registers one page of the dma-buf anew. */
	int (*mr_alive)(struct nic *n, struct ibv_mr *mr, struct err *e);
	/* As nic_mr_shows_tph(). NULL: the device has no dump. */
	int (*mr_shows_tph)(struct nic *n, const struct nic_mr *mr, struct nic_mr_tph *out, struct err *e);
	/* As nic_hint_counts(). NULL: nothing counts. */
	int (*hint_counts)(struct nic *n, struct nic_hint_count *out, int max);
	int (*cq_create)(struct nic *n, uint32_t depth, struct ibv_cq **cq, struct err *e);
	int (*cq_destroy)(struct nic *n, struct ibv_cq *cq, struct err *e);
	/* Depths are in range; inline_bytes and wr_api are for the backend to grant or refuse. */
	int (*qp_create)(struct nic *n, const struct nic_qp_spec *spec, struct ibv_qp **qp, struct err *e);
	struct ibv_qp_ex *(*qp_ex)(struct nic *n, struct ibv_qp *qp);
	int (*qp_destroy)(struct nic *n, struct ibv_qp *qp, struct err *e);
	/* The GID of nic_qp_addr(). NULL: attr.gid. */
	void (*qp_gid)(struct nic *n, struct ibv_qp *qp, uint8_t gid[16]);
	int (*qp_modify)(struct nic *n, struct ibv_qp *qp, struct ibv_qp_attr *attr, int mask, struct err *e);
	int (*qp_state)(struct nic *n, struct ibv_qp *qp); /* IBV_QPS_* or -errno */
	/* As nic_async(). NULL: there never is an event. */
	int (*async)(struct nic *n, struct nic_event *out);
};

extern const struct nic_backend nic_backend_soft;  /* soft0, null0 */
extern const struct nic_backend nic_backend_verbs; /* everything else */

#endif
