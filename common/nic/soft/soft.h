/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef P2P_NIC_SOFT_SOFT_H
#define P2P_NIC_SOFT_SOFT_H

/*
 * The software device: a reliable-connected RDMA device whose engine is the CPU copying in the posting
 * thread. It connects within itself and to devices of its kind in processes of the same user (far.h). Its
 * objects begin with the real struct ibv_*, so the inline ibv_post_send() and ibv_poll_cq() run on them
 * unchanged; abi_compat is NULL, so verbs_get_ctx() finds no extended context. Private to nic/, except to
 * tests (faults, counters).
 *
 * What it does not have: SRQs, memory windows, completion channels, alternate paths, SQD and SQE.
 *
 * Work is executed in order before ibv_post_send() returns. What hardware would do later happens
 * with the completion: a slot of a queue is free again when the completion that covers it is polled.
 * A failing operation moves no data (hardware may have moved a part of it). The last byte of a WRITE
 * lands last, so that a CPU may wait for it.
 *
 * A SEND or WRITE with immediate that finds no receive posted (RNR) is kept, and all behind it; the
 * thread tries again whenever it posts on that QP or polls its CQ. Receives of a QP in ERR are flushed
 * by polling, too.
 *
 * Threads, no locks: one thread per CQ. It polls, posts sends on the QPs whose send CQ this is, and
 * receives on those whose receive CQ it is. Completions of receives come from the thread that posts at
 * the other end: all QPs that share a receive CQ must be connected to QPs of one thread (which may be
 * the same, or another for the other direction: lane i and responder i).
 * Creating, destroying, registering, modifying and reading counters must not run while others post or
 * poll. What one QP does to its peer, moving it to ERR, is atomic.
 *
 * Between devices the same holds, but: completions of receives come from the CQ's own thread when it polls;
 * the other device may be created, registered and destroyed at any time; a revocation by the other end is
 * seen by soft_mr_alive() and by everybody over there.
 */

#include <assert.h>
#include <stdalign.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include <infiniband/verbs.h>

#include "nic/backend.h"
#include "nic/soft/event.h"
#include "nic/soft/import.h"
#include "nic/soft/model.h"
#include "nic/soft/share.h"
#include "nic/soft/table.h"

struct err;
struct soft_far;
struct soft_reach;
struct soft_seg;

/* ---- objects ---- */

struct soft_fault_state {
	struct soft_fault cfg;
	atomic_uint_fast64_t seen;
	atomic_bool fired;
};

struct soft_dev {
	struct ibv_context ctx; /* first */
	struct ibv_device device;
	bool moves_data; /* soft0; null0 completes at once */
	struct soft_table mrs;
	struct soft_table qps;
	uint32_t pds;
	uint32_t cqs;
	struct soft_fault_state fault;
	struct nic_hint_count *hints; /* what closed MRs have counted */
	uint32_t n_hints;
	struct soft_events events;
	uint32_t pds_made;
	struct share *share; /* NULL: nobody has asked for an address */
	int share_fd;
	struct share_gid gid;
	struct soft_seg *segs; /* devices that queue pairs are connected to */
};

struct soft_pd {
	struct ibv_pd ibv; /* first */
	uint32_t users;
	uint32_t number;
};

/**
 * struct soft_mr - a registered range
 * @iova: address work requests use for its first byte; @host: where that byte is
 * @access: IBV_ACCESS_* and SOFT_ALIVE; @hint: index in soft_dev.hints
 * @map: mapping of an imported fd, all zero otherwise
 * @fd, @fd_offset: what another process can map of it, -1 = nothing; @shared: what it is shown
 * @ops, @bytes: counters, without what QPs still hold (struct soft_tally)
 */
struct soft_mr {
	struct ibv_mr ibv; /* first */
	uint64_t iova;
	unsigned char *host;
	atomic_int access;
	uint32_t hint;
	struct soft_map map;
	int fd;
	uint64_t fd_offset;
	struct share_mr *shared;
	atomic_uint_fast64_t ops[2];
	atomic_uint_fast64_t bytes[2];
};

/* The two queues of a QP: indices of soft_qp.tail, and bit 7 of enum ibv_wc_opcode. */
enum soft_queue { SOFT_SQ, SOFT_RQ };
static_assert(IBV_WC_RECV == SOFT_RQ << 7, "the queue of a completion is a bit of its opcode");

/* A completion as the queue keeps it; polling it frees the slots before @next of the QP's queue. */
struct soft_cqe {
	uint64_t wr_id;
	struct soft_qp *qp;
	uint32_t next;
	uint32_t byte_len;
	__be32 imm_data;
	uint8_t status;
	uint8_t opcode;
	uint8_t syndrome;
	uint8_t flags;
};

/* soft_cq.attention: what the next poll has to see to. */
enum { SOFT_SEE_STALLED = 1, SOFT_SEE_FLUSH = 2, SOFT_SEE_FAR = 4 };

/**
 * struct soft_cq - two rings of completions, since two threads may produce them
 * @ring, @head, @tail: pushed by the CQ's own thread; counters are free-running
 * @in, @in_head, @in_tail: receives, pushed by the thread at the other end
 * @depth: entries both together take, as asked; 0 after an overrun: then it takes none for ever
 * @stalled: QPs that wait, or lately waited, for a receive at the other end, by soft_qp.stalled_next
 * @far: QPs with receives that are connected to other devices; their completions are in @ring
 * @reaches: memory of other devices that this thread has mapped
 * @in_tail_seen: the pushing thread's copy
 */
struct soft_cq {
	struct ibv_cq ibv; /* first */

	/* of its thread */
	alignas(SOFT_LINE) struct soft_cqe *ring;
	struct soft_cqe *in;
	uint32_t mask;
	_Atomic uint32_t depth;
	uint32_t head;
	uint32_t tail;
	_Atomic uint32_t attention;
	_Atomic uint32_t in_tail;
	struct soft_qp *stalled;
	uint32_t users;
	struct soft_qp *far;
	struct soft_reach *reaches;

	/* of the thread at the other end */
	alignas(SOFT_LINE) _Atomic uint32_t in_head;
	uint32_t in_tail_seen;
};

/* Counts of one MR not yet added to it, so that QPs sharing an MR do not share its cache line. */
struct soft_tally {
	uint32_t key;
	struct soft_count n;
};

/* A send WR kept in its slot: staged by ibv_wr_*(), or waiting for a receive. Inline bytes follow the SGEs.
 */
struct soft_sqe {
	struct ibv_send_wr wr;
	struct ibv_sge sge[];
};

struct soft_rqe {
	uint64_t wr_id;
	int num_sge;
	struct ibv_sge sge[];
};

/**
 * struct soft_qp - RC queue pair
 * @state: IBV_QPS_*; the truth (ibv.state is what modify last asked, as with hardware)
 * @rq: ring of soft_rqe, @rq_head of them posted; @rq_taken: begun by the other end
 * @rq_busy: who takes a receive, or flushes them, has this; nobody ever waits for it
 * @rq_head_seen: the taking thread's copy
 * @sq: ring of soft_sqe, used only by what is staged or waits
 * @sq_head: posted; @sq_next: executed, where it waits (@stalled); @tail: reclaimed, of both queues
 * @staged, @wr_err: of the open ibv_wr_start()
 * @rnr_since: when the WR at @sq_next first found no receive, CLOCK_MONOTONIC_RAW, 0 = not yet
 * @shared: what other processes are shown of it, NULL = nothing
 * @far: the other end when that is of another device, NULL = it is of this one
 */
struct soft_qp {
	union {
		struct ibv_qp ibv; /* first */
		struct ibv_qp_ex ex;
	};

	/* read by the peer's thread, so kept off the lines below */
	alignas(SOFT_LINE) atomic_int state;
	int access;
	uint32_t dest_qp_num;
	uint32_t rq_psn;
	uint32_t sq_psn;
	uint8_t max_rd_atomic;
	uint8_t max_dest_rd_atomic;
	uint8_t rnr_retry;
	uint8_t min_rnr_timer;
	unsigned char *rq;
	size_t rq_stride;
	uint32_t rq_mask;
	uint32_t max_recv_wr;
	uint32_t max_recv_sge;

	/* written by the thread of the receive CQ */
	alignas(SOFT_LINE) _Atomic uint32_t rq_head;

	/* of the thread at the other end */
	alignas(SOFT_LINE) atomic_flag rq_busy;
	uint32_t rq_taken;
	uint32_t rq_head_seen;

	/* of the posting thread; tail[SOFT_RQ] of the thread of the receive CQ */
	alignas(SOFT_LINE) uint32_t sq_head;
	uint32_t tail[2];
	uint32_t max_send_wr;
	uint32_t max_send_sge;
	uint32_t max_inline;
	bool sig_all;
	bool stalled;
	bool listed; /* in soft_cq.stalled */
	bool wr_api;
	struct soft_tally local;
	struct soft_tally remote;
	unsigned char *sq;
	size_t sq_stride;
	uint32_t sq_mask;
	uint32_t sq_next;
	uint32_t staged;
	int wr_err;
	int64_t rnr_since;
	struct soft_qp *stalled_next;
	struct share_qp *shared;
	struct soft_far *far;
};

static inline struct soft_dev *soft_dev(struct ibv_context *ctx)
{
	return (struct soft_dev *)ctx;
}

/* ---- device, protection domain ---- */

struct soft_dev *soft_dev_open(const char *name, bool moves_data); /* NULL without memory */
int soft_dev_close(struct soft_dev *d);				   /* -EBUSY while objects of it exist */

/* The post functions that the device needs now: faults armed, connections to other devices. */
void soft_dev_choose_post(struct soft_dev *d);

struct ibv_pd *soft_pd_alloc(struct soft_dev *d); /* NULL without memory */
int soft_pd_dealloc(struct ibv_pd *pd);		  /* -EBUSY while MRs or QPs use it */

/* ---- mr.c: every function -errno with @e, as backend.h says ---- */

int soft_mr_reg(struct ibv_pd *pd, void *va, uint64_t bytes, int access, const struct mem_hint *hint,
		struct ibv_mr **out, struct err *e);
/* @src->iova shares its in-page offset with @src->offset. */
int soft_mr_reg_dmabuf(struct ibv_pd *pd, const struct nic_dmabuf *src, int access,
		       const struct mem_hint *hint, struct ibv_mr **out, struct err *e);
void soft_mr_dereg(struct ibv_mr *mr);

/* The memory of @mr is @fd from @offset on: other processes can map it. */
void soft_mr_behind(struct ibv_mr *mr, int fd, uint64_t offset);

/* What revocation leaves: a key that reaches nothing. Atomic. */
void soft_mr_revoke(struct soft_mr *mr);
bool soft_mr_alive(const struct ibv_mr *mr);

/* As nic_hint_counts(). */
int soft_hint_counts(struct soft_dev *d, struct nic_hint_count *out, int max);

/* Adds what @t holds to its MR, if that still exists, and empties it. */
void soft_tally_flush(struct soft_dev *d, struct soft_tally *t);

/* ---- cq.c ---- */

int soft_cq_create(struct soft_dev *d, uint32_t depth, struct ibv_cq **out, struct err *e);
int soft_cq_destroy(struct ibv_cq *cq, struct err *e);

/* Removes the completions of @qp, which is destroyed or reset. */
void soft_cq_clean(struct soft_cq *cq, const struct soft_qp *qp);

/* Completion beyond the depth: fatal. The CQ takes no more, its QPs go to ERR, event CQ_ERR. */
void soft_cq_overrun(struct soft_cq *cq);

/* By the CQ's own thread: the entry to fill at once; NULL when there is none, which is an overrun. */
static inline struct soft_cqe *soft_cq_push(struct soft_cq *cq)
{
	if (cq->head - cq->tail < atomic_load_explicit(&cq->depth, memory_order_relaxed))
		return &cq->ring[cq->head++ & cq->mask];
	soft_cq_overrun(cq);
	return NULL;
}

/* By the thread at the other end. */
void soft_cq_push_in(struct soft_cq *cq, const struct soft_cqe *c);

/* By the CQ's own thread: has it polled all that came in? */
static inline bool soft_cq_in_empty(const struct soft_cq *cq)
{
	return atomic_load_explicit(&cq->in_head, memory_order_acquire) ==
	       atomic_load_explicit(&cq->in_tail, memory_order_relaxed);
}

/* Whoever attends to @what sees all that was stored before: the state of the QP it is about. */
static inline void soft_cq_see(struct soft_cq *cq, uint32_t what)
{
	atomic_fetch_or_explicit(&cq->attention, what, memory_order_release);
}

/*
 * Verbs: -EOVERFLOW once everything that was there before an overrun has been polled. On a failed
 * completion only wr_id, status, qp_num and vendor_err are meant.
 */
int soft_poll_cq(struct ibv_cq *cq, int n, struct ibv_wc *wc);
int soft_req_notify_cq(struct ibv_cq *cq, int solicited_only);

/* ---- qp.c ---- */

/* @wr_api: ibv_wr_*() work on soft_qp.ex */
int soft_qp_create(struct ibv_pd *pd, const struct ibv_qp_init_attr *attr, bool wr_api, struct ibv_qp **out,
		   struct err *e);
void soft_qp_destroy(struct ibv_qp *qp);

/* Into ERR from any thread; its receives are flushed when their CQ is polled. */
void soft_qp_fail(struct soft_qp *qp);

/* The rules of the kernel's ib_modify_qp_is_ok() for RC. */
int soft_qp_modify(struct ibv_qp *qp, const struct ibv_qp_attr *attr, int mask, struct err *e);
int soft_qp_state(const struct ibv_qp *qp); /* IBV_QPS_* */

/* ---- post.c: verbs return positive errno and set *bad to the first WR not taken ---- */

int soft_post_copy(struct ibv_qp *qp, struct ibv_send_wr *wr, struct ibv_send_wr **bad);
int soft_post_null(struct ibv_qp *qp, struct ibv_send_wr *wr, struct ibv_send_wr **bad);
int soft_post_far(struct ibv_qp *qp, struct ibv_send_wr *wr, struct ibv_send_wr **bad); /* near ones, too */
int soft_post_faulty(struct ibv_qp *qp, struct ibv_send_wr *wr, struct ibv_send_wr **bad);

/* The QP waits for a receive: tries again what it has kept, in order. By the thread of its send CQ. */
void soft_sq_retry(struct soft_qp *qp);

static inline struct soft_sqe *soft_sqe(const struct soft_qp *qp, uint32_t index)
{
	return (struct soft_sqe *)(void *)(qp->sq + (index & qp->sq_mask) * qp->sq_stride);
}

/* Room for inline data of a slot. */
static inline void *soft_sqe_inline(const struct soft_qp *qp, struct soft_sqe *s)
{
	return (unsigned char *)s + qp->sq_stride - qp->max_inline;
}

/* ---- wr.c ---- */

void soft_wr_init(struct ibv_qp_ex *ex);

/* ---- recv.c ---- */

int soft_post_recv(struct ibv_qp *qp, struct ibv_recv_wr *wr, struct ibv_recv_wr **bad);

/* QP in ERR: completes its receives. By the thread of the receive CQ. False: not now, try again later. */
bool soft_rq_flush(struct soft_qp *qp);

/* All that are left, without a look at what else could be under way. */
void soft_rq_flush_all(struct soft_qp *qp);

/* ---- exec.c ---- */

/* How an operation ended; @silent: as if it had not (faults only). RNR_RETRY_EXC_ERR: no receive posted. */
struct soft_done {
	enum ibv_wc_status status;
	enum soft_syndrome syndrome;
	uint32_t bytes;
	bool silent;
};

/* Checks as local and remote adapter would, moves the data, counts. Within a device. */
struct soft_done soft_exec(struct soft_qp *qp, const struct ibv_send_wr *wr);

/* The same, wherever the other end is. */
struct soft_done soft_exec_any(struct soft_qp *qp, const struct ibv_send_wr *wr);

/* soft_exec_any(), and the first byte delivered is inverted. */
struct soft_done soft_exec_spoiled(struct soft_qp *qp, const struct ibv_send_wr *wr);

/* The MR that @wr is to reach at the other end, within a device; NULL when there is none. */
struct soft_mr *soft_exec_target(struct soft_qp *qp, const struct ibv_send_wr *wr);

#endif
