/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef P2P_NIC_SOFT_SOFT_H
#define P2P_NIC_SOFT_SOFT_H

/*
 * The software device: a reliable-connected RDMA device inside the process whose engine is the CPU
 * copying in the posting thread. Its objects begin with the real struct ibv_*, so the inline
 * ibv_post_send() and ibv_poll_cq() run on them unchanged; abi_compat is NULL, so verbs_get_ctx()
 * finds no extended context. Private to nic/, except to tests (faults, counters).
 *
 * What it does not have: SEND, RECV, atomics, inline data, events, alternate paths, SQD and SQE.
 *
 * Work is executed in order before ibv_post_send() returns. What hardware would do later happens
 * with the completion: a send-queue slot is free again when the completion that covers it is polled.
 * A failing operation moves no data (hardware may have moved a part of it).
 *
 * Threads, no locks: one thread per CQ, and that thread posts on all QPs of the CQ. Creating,
 * destroying, registering, modifying and reading counters must not run while others post or poll.
 * What one QP does to its peer, moving it to ERR, is atomic.
 */

#include <stdalign.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include <infiniband/verbs.h>

#include "nic/backend.h"
#include "nic/soft/import.h"
#include "nic/soft/table.h"

struct err;

/* Limits of the device: fixed, of the size real adapters have. */
enum {
	SOFT_MAX_QP = 4096,
	SOFT_MAX_QP_WR = 16384,
	SOFT_MAX_CQE = 4194303,
	SOFT_MAX_SGE = 16,
	SOFT_MAX_RD_ATOMIC = 16,
	SOFT_MTU_BYTES = 4096,
	SOFT_MAX_QP_INDEX = (1 << 16) - 1, /* a QP number has 24 bits */
	SOFT_MAX_MR_INDEX = (1 << 24) - 1,
	SOFT_LINE = 64,
};
#define SOFT_MAX_MSG_BYTES (1u << 31)
#define SOFT_MAX_MR_BYTES  (1ull << 47)

/* wc.vendor_err of a failed completion: the check that failed. */
enum soft_syndrome {
	SOFT_SYN_NONE,
	SOFT_SYN_KEY,	    /* no such key, or a stale one */
	SOFT_SYN_PD,	    /* key of another protection domain */
	SOFT_SYN_RIGHTS,    /* MR lacks the access right */
	SOFT_SYN_BOUNDS,    /* beyond the MR */
	SOFT_SYN_LENGTH,    /* message longer than max_msg_size */
	SOFT_SYN_NO_PEER,   /* no such QP, or not in RTR or RTS */
	SOFT_SYN_NOT_OURS,  /* peer is connected to another QP, or PSNs differ */
	SOFT_SYN_QP_RIGHTS, /* responder QP does not grant the operation */
	SOFT_SYN_RD_ATOMIC, /* READ with no read resources on one end */
	SOFT_SYN_FAULT,	    /* injected */
};

/* ---- faults, for tests ---- */

enum soft_fault_kind {
	SOFT_FAULT_NONE,
	SOFT_FAULT_ERROR,      /* one operation fails with @status and is not executed */
	SOFT_FAULT_LOST,       /* one signaled operation completes without its completion */
	SOFT_FAULT_WRONG_DATA, /* one operation with data lands with its first byte inverted */
	SOFT_FAULT_DROP,       /* from then on operations complete as if executed, but are not */
	SOFT_FAULT_STUCK, /* from then on operations are accepted and never complete, nor by moving to ERR */
};

/**
 * struct soft_fault - what to break, once (STUCK and DROP: for good)
 * @after: operations of the device that still work before it, counted from soft_fault_set(); then
 * the next one the fault can apply to is hit
 * @status: completion status of SOFT_FAULT_ERROR
 * @qp_num: SOFT_FAULT_DROP: of this queue pair only; 0 = of all
 */
struct soft_fault {
	enum soft_fault_kind kind;
	uint64_t after;
	enum ibv_wc_status status;
	uint32_t qp_num;
};

/* Arms @f, or clears with NULL. Costs nothing when unused: the device then has another post_send. */
void soft_fault_set(struct ibv_context *ctx, const struct soft_fault *f);

/* ---- counters ---- */

enum soft_dir { SOFT_READ, SOFT_WRITE };

/**
 * struct soft_count - what an analyzer in front of a memory would have seen from the device
 * @ops, @bytes: per enum soft_dir; an operation is one contiguous piece (an SGE, or the remote range)
 */
struct soft_count {
	uint64_t ops[2];
	uint64_t bytes[2];
};

/* Everything executed on @mr since its registration, as either end. No thread may be posting. */
struct soft_count soft_mr_count(struct ibv_mr *mr);

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
};

struct soft_pd {
	struct ibv_pd ibv; /* first */
	uint32_t users;
};

/**
 * struct soft_mr - a registered range
 * @iova: address work requests use for its first byte; @host: where that byte is
 * @access: IBV_ACCESS_*; @map: mapping of an imported fd, all zero otherwise
 * @ops, @bytes: counters, without what QPs still hold (struct soft_tally)
 */
struct soft_mr {
	struct ibv_mr ibv; /* first */
	uint64_t iova;
	unsigned char *host;
	int access;
	struct soft_map map;
	atomic_uint_fast64_t ops[2];
	atomic_uint_fast64_t bytes[2];
};

/* A completion as the queue keeps it; polling it frees the slots before @sq_next. */
struct soft_cqe {
	uint64_t wr_id;
	struct soft_qp *qp;
	uint32_t sq_next;
	uint32_t byte_len;
	uint16_t status;
	uint16_t opcode;
	uint32_t syndrome;
};

/**
 * struct soft_cq - ring of completions
 * @head, @tail: counters of pushed and polled, free-running
 * @depth: entries it takes, as asked; 0 after an overrun: then it takes none for ever
 */
struct soft_cq {
	struct ibv_cq ibv; /* first */
	alignas(SOFT_LINE) struct soft_cqe *ring;
	uint32_t mask;
	uint32_t depth;
	uint32_t head;
	uint32_t tail;
	uint32_t users;
};

/* Counts of one MR not yet added to it, so that QPs sharing an MR do not share its cache line. */
struct soft_tally {
	uint32_t key;
	struct soft_count n;
};

/**
 * struct soft_qp - RC queue pair; the send queue is two counters, since execution is immediate
 * @state: IBV_QPS_*; the truth (ibv.state is what modify last asked, as with hardware)
 * @sq_head, @sq_tail: posted and reclaimed, free-running
 */
struct soft_qp {
	struct ibv_qp ibv; /* first */

	/* read by the peer's thread, so kept off the line below */
	atomic_int state;
	int access;
	uint32_t dest_qp_num;
	uint32_t rq_psn;
	uint32_t sq_psn;
	uint8_t max_rd_atomic;
	uint8_t max_dest_rd_atomic;

	/* of the posting thread */
	alignas(SOFT_LINE) uint32_t sq_head;
	uint32_t sq_tail;
	uint32_t max_send_wr;
	uint32_t max_send_sge;
	bool sig_all;
	struct soft_tally local;
	struct soft_tally remote;
};

static inline struct soft_dev *soft_dev(struct ibv_context *ctx)
{
	return (struct soft_dev *)ctx;
}

/* ---- device, protection domain ---- */

/* Return: NULL without memory. */
struct soft_dev *soft_dev_open(const char *name, bool moves_data);
int soft_dev_close(struct soft_dev *d); /* -EBUSY while objects of it exist */

struct ibv_pd *soft_pd_alloc(struct soft_dev *d); /* NULL without memory */
int soft_pd_dealloc(struct ibv_pd *pd);		  /* -EBUSY while MRs or QPs use it */

/* ---- mr.c: every function -errno with @e, as backend.h says ---- */

int soft_mr_reg(struct ibv_pd *pd, void *va, uint64_t bytes, int access, struct ibv_mr **out, struct err *e);
/* @src->iova shares its in-page offset with @src->offset. */
int soft_mr_reg_dmabuf(struct ibv_pd *pd, const struct nic_dmabuf *src, int access, struct ibv_mr **out,
		       struct err *e);
void soft_mr_dereg(struct ibv_mr *mr);

/* Adds what @t holds to its MR, if that still exists, and empties it. */
void soft_tally_flush(struct soft_dev *d, struct soft_tally *t);

/* ---- cq.c ---- */

int soft_cq_create(struct soft_dev *d, uint32_t depth, struct ibv_cq **out, struct err *e);
int soft_cq_destroy(struct ibv_cq *cq, struct err *e);

/* Removes the completions of @qp, which is destroyed or reset. */
void soft_cq_clean(struct soft_cq *cq, const struct soft_qp *qp);

/* Completion beyond the depth: fatal. The CQ takes no more, its QPs go to ERR. */
void soft_cq_overrun(struct soft_cq *cq);

/*
 * Verbs: -EOVERFLOW once everything that was there before an overrun has been polled. On a failed
 * completion only wr_id, status, qp_num and vendor_err are meant.
 */
int soft_poll_cq(struct ibv_cq *cq, int n, struct ibv_wc *wc);
int soft_req_notify_cq(struct ibv_cq *cq, int solicited_only);

/* ---- qp.c ---- */

int soft_qp_create(struct ibv_pd *pd, const struct ibv_qp_init_attr *attr, struct ibv_qp **out,
		   struct err *e);
void soft_qp_destroy(struct ibv_qp *qp);

/* The rules of the kernel's ib_modify_qp_is_ok() for RC. */
int soft_qp_modify(struct ibv_qp *qp, const struct ibv_qp_attr *attr, int mask, struct err *e);
int soft_qp_state(const struct ibv_qp *qp); /* IBV_QPS_* */

/* ---- post.c: verbs return positive errno and set *bad to the first WR not taken ---- */

int soft_post_copy(struct ibv_qp *qp, struct ibv_send_wr *wr, struct ibv_send_wr **bad);
int soft_post_null(struct ibv_qp *qp, struct ibv_send_wr *wr, struct ibv_send_wr **bad);
int soft_post_faulty(struct ibv_qp *qp, struct ibv_send_wr *wr, struct ibv_send_wr **bad);
int soft_post_recv(struct ibv_qp *qp, struct ibv_recv_wr *wr, struct ibv_recv_wr **bad);

/* ---- exec.c ---- */

/* How an operation ended; @silent: as if it had not (faults only). */
struct soft_done {
	enum ibv_wc_status status;
	enum soft_syndrome syndrome;
	uint32_t bytes;
	bool silent;
};

/* Checks as local and remote adapter would, moves the data, counts. @wr is WRITE or READ. */
struct soft_done soft_exec(struct soft_qp *qp, const struct ibv_send_wr *wr);

/* Inverts the first byte that @wr, executed and not empty, delivered. */
void soft_exec_spoil(struct soft_qp *qp, const struct ibv_send_wr *wr);

#endif
