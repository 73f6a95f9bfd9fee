/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef P2P_NIC_NIC_H
#define P2P_NIC_NIC_H

/*
 * Control path to an RDMA device: list, open, register, create, connect, destroy. Two backends
 * stand behind it, nic_verbs.c (libibverbs) and nic_soft.c (soft0, null0), both always compiled and
 * chosen by the device's name. Objects are real struct ibv_*, so the data path is the provider's own:
 * outside this folder only the inline ibv_post_*, ibv_poll_cq, ibv_wr_* and ibv_*_poll families may
 * be called on them (scripts/check-layers holds that).
 *
 * Threads: a struct nic and everything made from it belong to one controlling thread. Posting and
 * polling may happen on other threads while the control thread neither creates nor destroys.
 *
 * Errors: 0 or -errno plus struct err; the mixed conventions of libibverbs end here.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <infiniband/verbs.h>

struct err;
struct nic;
struct mem_buf;

enum nic_evidence { NIC_SOFTWARE, NIC_EMULATED, NIC_HARDWARE };

/* "software", "emulated", "hardware": the evidence column. */
const char *nic_evidence_name(enum nic_evidence e);

/**
 * struct nic_attr - what a device is and can do, read once at open
 * @name: as listed; @port: 1-based
 * @driver: kernel driver or "software"; @fw: firmware text; empty when unknown
 * @moves_data: completions mean that bytes moved; false for null0, whose runs are not verified
 * @gid_index, @gid, @gid_why: the entry chosen and the sentence that says why; index -1 = none needed
 */
struct nic_attr {
	char name[64];
	char driver[64];
	char fw[64];
	enum nic_evidence evidence;
	bool moves_data;
	int port;
	int link_layer; /* IBV_LINK_LAYER_* */
	int active_mtu; /* bytes */
	uint32_t max_qp;
	uint32_t max_qp_wr;
	uint32_t max_cqe;
	uint32_t max_rd_atomic_init;
	uint32_t max_rd_atomic_dest;
	uint64_t max_mr_size;
	uint32_t max_msg_size;
	uint16_t lid;
	int gid_index;
	union ibv_gid gid;
	char gid_why[128];
};

/* One row of `list devices`; usable verbatim as nics.NAME.device. */
struct nic_entry {
	char name[64];
	char about[160];
	enum nic_evidence evidence;
};

/**
 * nic_list() - every device that can be named: soft0 and null0 first, then what libibverbs sees
 * @out: malloc'ed array, to be freed by the caller
 *
 * No RDMA device or no ib_uverbs is not an error: the list then has the two software devices.
 * Return: number of entries, or -ENOMEM.
 */
int nic_list(struct nic_entry **out, struct err *e);

/**
 * nic_open() - open a device, allocate its PD, read its limits, choose a GID
 * @device: soft0, null0 or an RDMA device name
 * @port: 1-based
 * @gid_index: -1 = choose by value: RoCE v2 IPv4-mapped, else RoCE v2 global IPv6, else link-local
 *
 * Return: 0; -ENODEV no such device (@e lists what there is and names soft0); -EACCES rights;
 * -ENETDOWN port not active; -EINVAL port or GID index out of range; -ENOMEM.
 */
int nic_open(const char *device, int port, int gid_index, struct nic **out, struct err *e);
void nic_close(struct nic *n); /* NULL is fine; everything made from it must be gone */

const struct nic_attr *nic_attr(const struct nic *n);

/**
 * struct nic_mr - a registered range
 * @mr: lkey and rkey; @addr: the address SGEs and remote addresses are counted from (iova)
 * @bytes: length; @reg_ns: how long the registration call took
 */
struct nic_mr {
	struct ibv_mr *mr;
	uint64_t addr;
	uint64_t bytes;
	int64_t reg_ns;
};

/**
 * nic_mr_reg() - register [offset, offset+bytes) of a buffer
 * @access: IBV_ACCESS_*
 *
 * A buffer with a dma-buf goes by ibv_reg_dmabuf_mr, one without by ibv_reg_mr over its address.
 * Return: 0; -ENOMEM memlock or translation entries; -EFAULT address not page-backed; -EOPNOTSUPP no
 * dma-buf import (@e tells provider from kernel where it can); -EBADF, -EINVAL bad fd, range, or no P2P
 * path; -ENODEV exporter revoked; others as the kernel answers. @e carries the likely cause.
 */
int nic_mr_reg(struct nic *n, const struct mem_buf *buf, uint64_t offset, uint64_t bytes, int access,
	       struct nic_mr *out, struct err *e);
/* Return: 0 or -errno; idempotent (a zeroed struct is fine). */
int nic_mr_dereg(struct nic *n, struct nic_mr *mr, struct err *e);

/**
 * nic_cq_create() - a completion queue of at least @depth entries
 *
 * Return: 0; -EINVAL with asked and maximum when @depth exceeds max_cqe; -ENOMEM.
 */
int nic_cq_create(struct nic *n, uint32_t depth, struct ibv_cq **out, struct err *e);
int nic_cq_destroy(struct nic *n, struct ibv_cq *cq, struct err *e);

/**
 * nic_qp_create() - an RC queue pair in RESET, both CQs @cq
 * @send_depth: send WRs it must hold
 *
 * Return: 0; -EINVAL with asked and maximum when @send_depth exceeds max_qp_wr; -ENOMEM.
 */
int nic_qp_create(struct nic *n, struct ibv_cq *cq, uint32_t send_depth, struct ibv_qp **out, struct err *e);
int nic_qp_destroy(struct nic *n, struct ibv_qp *qp, struct err *e);

/* Address of one end of a connection, plain data that can cross a wire. */
struct nic_qp_addr {
	uint32_t qp_num;
	uint32_t psn;
	uint16_t lid;
	uint8_t gid[16];
	uint32_t mtu;	    /* bytes this end can carry */
	uint32_t rd_atomic; /* inbound READs and atomics this end accepts */
};

/* Address of @qp as its peer needs it; fresh PSN each call. */
void nic_qp_addr(struct nic *n, struct ibv_qp *qp, struct nic_qp_addr *out);

/**
 * nic_qp_connect() - RESET -> INIT -> RTR -> RTS against @remote
 * @local: what nic_qp_addr() gave for this QP
 * @access: remote rights this end grants (IBV_ACCESS_REMOTE_*)
 *
 * MTU and rd_atomic are the smaller of both ends (at most 16 reads); timeout 14, retry 7, rnr_retry 6,
 * min_rnr_timer 12. Return: 0; -ENETUNREACH, -EINVAL, -ETIMEDOUT at RTR: GID, neighbour, MTU (@e says).
 */
int nic_qp_connect(struct nic *n, struct ibv_qp *qp, const struct nic_qp_addr *local,
		   const struct nic_qp_addr *remote, int access, struct err *e);

/* Move to ERR so that everything outstanding is flushed to the CQ. Return: 0 or -errno. */
int nic_qp_flush(struct nic *n, struct ibv_qp *qp);

/* Name of the QP's state as the device reports it: "RTS", "ERR", ... */
const char *nic_qp_state(struct nic *n, struct ibv_qp *qp);

/* Completion status in words for struct err and err_text: name, likely cause and next step. */
const char *nic_wc_name(int status); /* "REM_ACCESS_ERR" */
const char *nic_wc_hint(int status);

#endif
