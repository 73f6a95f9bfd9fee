/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef P2P_NIC_SOFT_FAR_H
#define P2P_NIC_SOFT_FAR_H

/*
 * Queue pairs whose other end is on another software device, in another process of this user or in this one:
 * what exec.c and recv.c need of that end, reached through its share (share.h). The device then has other
 * post functions; queue pairs within a device never come here.
 *
 * Memory of the other end is mapped when it is first reached, for the thread of one CQ, and unmapped when its
 * region has gone and another one is mapped, or the last queue pair of that CQ to that device.
 *
 * That the other process has died is noticed by posting: at once when it has closed its device, else after at
 * most SOFT_FAR_LOOK operations of a queue pair.
 */

#include "nic/soft/soft.h"

struct range;
struct soft_received;

enum { SOFT_FAR_LOOK = 256 };

/**
 * struct soft_seg - the share of another device, mapped
 * @users: queue pairs connected to it
 * @pidfd: its process; @dead: that has ended
 */
struct soft_seg {
	struct soft_seg *next;
	struct share_gid gid;
	struct share *share;
	uint32_t users;
	int pidfd;
	atomic_bool dead;
};

/**
 * struct soft_reach - a region of another device
 * @mr: where it is told; while that says @key, what is here holds: copied once, then checked
 * @map, @first: once something was reached; @failed: cannot be
 */
struct soft_reach {
	struct soft_reach *next;
	const struct soft_seg *seg;
	struct share_mr *mr;
	uint32_t key, pd;
	int fd;
	uint64_t inode, offset, iova, bytes;
	struct soft_map map;
	unsigned char *first;
	bool failed;
};

/**
 * struct soft_far - the other end of a queue pair
 * @peer: its place in the share; NULL: not there (yet); @rq_mask, @rq_sges, @pd: of it, checked
 * @ring: its receives; @own: the receives of this end, for it
 * @posted: receives shown in @own
 * @ops: how often it was asked
 * @next: in soft_cq.far, where the queue pair has receives
 * @taken: the receive begun, copied
 */
struct soft_far {
	struct soft_seg *seg;
	struct share_qp *peer;
	uint32_t rq_mask, rq_sges, pd;
	unsigned char *ring, *own;
	uint32_t posted;
	uint32_t ops;
	struct soft_qp *next;
	alignas(max_align_t) unsigned char taken[sizeof(struct soft_rqe) +
						 SOFT_MAX_SGE * sizeof(struct ibv_sge)];
};

/* ---- far_open.c ---- */

/**
 * soft_seg_find() - the share that @gid names, mapped
 *
 * Return: 0; -EINVAL no GID of a software device; -ENETUNREACH another machine, PID namespace or user, or the
 * process has gone; -EPROTO what is there is not a share of this version; others as the kernel answers.
 */
int soft_seg_find(struct soft_dev *d, const struct share_gid *gid, struct soft_seg **out, struct err *e);
void soft_seg_put(struct soft_dev *d, struct soft_seg *s); /* unmaps what nobody uses */

/* Has the process ended? */
bool soft_seg_dead(struct soft_seg *s);

/* Maps what @r is of. Return: 0; -EACCES memory of that process alone; others as opening and mapping answer.
 */
int soft_reach_map(struct soft_reach *r, struct err *e);

/* ---- far.c ---- */

/**
 * soft_far_connect() - @qp, going to RTR, is connected to a queue pair of the device that @gid names
 *
 * Return: as soft_share_qp() and soft_seg_find(); -ENOMEM.
 */
int soft_far_connect(struct soft_qp *qp, const struct share_gid *gid, struct err *e);
void soft_far_disconnect(struct soft_qp *qp); /* NULL is fine */

/* As find_peer(). */
struct share_qp *soft_far_peer(struct soft_qp *qp, enum soft_syndrome *syn);

/* As reach(), of memory at the other end. */
enum soft_syndrome soft_far_reach(struct soft_qp *qp, const struct range *r, int need, unsigned char **host);
void soft_far_count(struct soft_qp *qp, uint32_t key, enum soft_dir dir, uint64_t bytes);

/* The region that @wr is to reach at the other end; NULL when there is none. */
struct share_mr *soft_far_target(struct soft_qp *qp, const struct ibv_send_wr *wr);

/* ---- far_recv.c ---- */

/* As soft_recv_begin() and soft_recv_end(); what the first returns is a copy. */
const struct soft_rqe *soft_far_recv_begin(struct soft_qp *qp, struct soft_done *done);
void soft_far_recv_end(struct soft_qp *qp, const struct soft_received *how);
void soft_far_recv_cancel(struct soft_qp *qp);

int soft_post_recv_far(struct ibv_qp *qp, struct ibv_recv_wr *wr, struct ibv_recv_wr **bad);

/* Shows the receives posted since. */
void soft_far_show_receives(struct soft_qp *qp);

/* By the thread of the queue: ERR that the other end has caused. */
void soft_far_sync(struct soft_qp *qp);

/* By the CQ's own thread: ERR, and receives that have ended. */
void soft_far_drain(struct soft_cq *cq);

/* As soft_rq_flush(). */
bool soft_far_rq_flush(struct soft_qp *qp);

#endif
