/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef P2P_NIC_SOFT_SHARE_H
#define P2P_NIC_SOFT_SHARE_H

/*
 * What a software device shows to processes of the same user on the same machine: its queue pairs with the
 * receives they hold, and its memory regions. One memfd of fixed layout, sealed, which the other end finds by
 * the GID of an address and maps (far.h). Made when the first address is asked for.
 *
 * Both ends write in it, and neither believes the other: what is read is used to compare, or masked by what
 * the reader knows itself, or copied and then checked. What a broken end can break is its own connections.
 */

#include <assert.h>
#include <stdalign.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include <infiniband/verbs.h>

#include "nic/soft/model.h"

struct err;
struct soft_dev;
struct soft_mr;
struct soft_qp;

enum {
	SHARE_VERSION = 1,
	SHARE_QPS = SOFT_MAX_QP,
	SHARE_MRS = 4096,
	SHARE_RING_BYTES = 512 << 10, /* the deepest queue with one SGE */
	SHARE_GID_BYTES = 16,
	SHARE_GID_TAG = 's',
	SHARE_FD_MAX = (1 << 24) - 1,
};
#define SHARE_MAGIC 0x3074666f73703270ull /* "p2psoft0" */

/**
 * struct share_gid - the 16 bytes of a GID, in the byte order of the machine, which is one
 * @tag_fd: SHARE_GID_TAG, and in the lower 24 bits the descriptor of the memfd in @pid
 * @place: of machine and PID namespace, where @pid means something
 * @cookie: chosen at random, as in struct share_head
 */
struct share_gid {
	uint32_t pid, tag_fd, place, cookie;
};
static_assert(sizeof(struct share_gid) == SHARE_GID_BYTES, "it travels as a GID");

/* @bytes: of the whole. Written before the first address leaves. */
struct share_head {
	alignas(SOFT_LINE) uint64_t magic;
	uint32_t version, cookie;
	uint64_t bytes;
};

/**
 * struct share_mr - a memory region
 * @key: stored last and cleared first; 0 = none
 * @access: as soft_mr.access; @pd: soft_pd.number
 * @fd: what the memory is of, in the owning process, -1 = memory of that process alone; @inode: of @fd
 * @offset: where the region begins in @fd
 * @ops, @moved: what other processes did to it
 */
struct share_mr {
	alignas(SOFT_LINE) _Atomic uint32_t key;
	atomic_int access;
	uint32_t pd;
	int32_t fd;
	uint64_t inode, offset, iova, bytes;
	alignas(SOFT_LINE) atomic_uint_fast64_t ops[2];
	atomic_uint_fast64_t moved[2];
};

/* A receive, and behind @num_sge what the other end made of it. */
struct share_receive {
	uint32_t num_sge;
	uint32_t byte_len;
	__be32 imm_data;
	uint8_t status, opcode, syndrome, flags;
	struct ibv_sge sge[];
};

/**
 * struct share_qp - a queue pair
 * @number: 0 = none; @state: of soft_qp, but that the other end may have moved it to ERR
 * @dest_cookie: which device it is connected to
 * @rq_mask, @rq_sges: depth and SGEs of its receives, in share.rings
 * @rq_head: posted; @rq_taken, @rq_busy: as in soft_qp, for the other end
 */
struct share_qp {
	alignas(SOFT_LINE) _Atomic uint32_t number;
	atomic_int state;
	int access;
	uint32_t pd, dest_qp_num, dest_cookie, rq_psn;
	uint8_t max_dest_rd_atomic, min_rnr_timer;
	uint32_t rq_mask, rq_sges;
	alignas(SOFT_LINE) _Atomic uint32_t rq_head;
	alignas(SOFT_LINE) _Atomic uint32_t rq_taken;
	_Atomic uint32_t rq_busy;
};

struct share {
	struct share_head head;
	struct share_qp qps[SHARE_QPS];
	struct share_mr mrs[SHARE_MRS];
	alignas(4096) unsigned char rings[SHARE_QPS][SHARE_RING_BYTES]; /* pages nobody uses are none */
};

/* The queue pair or region of that number, 0 = a free place; searched from the place of @home. NULL: none. */
struct share_qp *share_find_qp(struct share *s, uint32_t home, uint32_t number);
struct share_mr *share_find_mr(struct share *s, uint32_t home, uint32_t key);

static inline size_t share_receive_bytes(uint32_t sges)
{
	return sizeof(struct share_receive) + sges * sizeof(struct ibv_sge);
}

/* Do so many receives fit; @mask + 1 is a power of two. */
static inline bool share_ring_fits(uint32_t mask, uint32_t sges)
{
	return !(mask & (mask + 1)) && sges <= SOFT_MAX_SGE &&
	       ((uint64_t)mask + 1) * share_receive_bytes(sges) <= SHARE_RING_BYTES;
}

static inline void share_qp_fail(struct share_qp *q)
{
	atomic_store_explicit(&q->state, IBV_QPS_ERR, memory_order_relaxed);
}

static inline void share_mr_revoke(struct share_mr *m)
{
	atomic_fetch_and_explicit(&m->access, ~SOFT_ALIVE, memory_order_relaxed);
}

/* Of machine and PID namespace; 0 = it could not be told, errno says why. */
uint32_t share_place(void);
int share_no_place(struct err *e); /* tells that; -errno */

/* ---- of an own device ---- */

/**
 * soft_share_open() - make it, with all memory that is registered; again: nothing
 *
 * Return: 0; -EFBIG RLIMIT_FSIZE is too small; others as memfd_create(2), ftruncate(2) and mmap(2) answer.
 */
int soft_share_open(struct soft_dev *d, struct err *e);
void soft_share_close(struct soft_dev *d);

/* Region, while the device is shared: @mr->fd and @mr->fd_offset are set. Without room others find no key. */
void soft_share_mr(struct soft_dev *d, struct soft_mr *mr);
void soft_unshare_mr(struct soft_mr *mr);

/**
 * soft_share_qp() - show @qp, and make the device shared; again: nothing
 *
 * Return: 0; -ENOSPC no room for one more, or for so many receives; as soft_share_open().
 */
int soft_share_qp(struct soft_qp *qp, struct err *e);
void soft_unshare_qp(struct soft_qp *qp);

/* What others see of @qp is what it is now; but not its state. */
void soft_share_attr(struct soft_qp *qp);

#endif
