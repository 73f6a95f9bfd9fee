/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef P2P_NIC_SOFT_MODEL_H
#define P2P_NIC_SOFT_MODEL_H

/* What the software device is to those who test with it: limits, failed checks, faults, counters. */

#include <stdint.h>

#include <infiniband/verbs.h>

/* Limits of the device: fixed, of the size real adapters have. */
enum {
	SOFT_MAX_QP = 4096,
	SOFT_MAX_QP_WR = 16384,
	SOFT_MAX_CQE = 4194303,
	SOFT_MAX_SGE = 16,
	SOFT_MAX_INLINE = 256,
	SOFT_MAX_RD_ATOMIC = 16,
	SOFT_MTU_BYTES = 4096,
	SOFT_MAX_QP_INDEX = (1 << 16) - 1, /* a QP number has 24 bits */
	SOFT_MAX_MR_INDEX = (1 << 24) - 1,
	SOFT_RNR_FOR_EVER = 7,
	SOFT_ALIVE = 1 << 30, /* in soft_mr.access beside IBV_ACCESS_*: not revoked */
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
	SOFT_SYN_LENGTH,    /* message longer than max_msg_size or than the receive; atomic not of 8 bytes */
	SOFT_SYN_NO_PEER,   /* no such QP, or not in RTR or RTS */
	SOFT_SYN_NOT_OURS,  /* peer is connected to another QP, or PSNs differ */
	SOFT_SYN_QP_RIGHTS, /* responder QP does not grant the operation */
	SOFT_SYN_RD_ATOMIC, /* READ or atomic with no read resources on one end */
	SOFT_SYN_ALIGN,	    /* atomic on a word that is not on 8 bytes */
	SOFT_SYN_RNR,	    /* no receive posted */
	SOFT_SYN_REVOKED,   /* the exporter took the memory back */
	SOFT_SYN_PRIVATE,   /* memory of another process that cannot be mapped here; an event says why */
	SOFT_SYN_FAULT,	    /* injected */
};

/* ---- faults, for tests ---- */

enum soft_fault_kind {
	SOFT_FAULT_NONE,
	SOFT_FAULT_ERROR,      /* one operation fails with @status and is not executed */
	SOFT_FAULT_LOST,       /* one signaled operation completes without its completion */
	SOFT_FAULT_WRONG_DATA, /* one operation with data lands with its first byte inverted */
	SOFT_FAULT_DROP,       /* from then on operations complete as if executed, but are not */
	SOFT_FAULT_STUCK,  /* from then on operations are accepted and never complete, nor by moving to ERR */
	SOFT_FAULT_REVOKE, /* the MR that one operation is to reach at the other end is revoked before it */
	SOFT_FAULT_SLOW,   /* from then on every operation takes @delay_ns more */
	SOFT_FAULT_ASYNC, /* event DEVICE_FATAL, then as STUCK; with @qp_num QP_FATAL, that one goes to ERR */
};

/**
 * struct soft_fault - what to break, once (STUCK, DROP, SLOW: for good)
 * @after: operations of the device that still work before it, counted from soft_fault_set(); then
 * the next one the fault can apply to is hit
 * @status: completion status of SOFT_FAULT_ERROR
 * @qp_num: SOFT_FAULT_DROP: of this queue pair only; 0 = of all
 *
 * An operation that waits for a receive counts when it is executed. null0 has no memory to spoil or revoke.
 */
struct soft_fault {
	enum soft_fault_kind kind;
	uint64_t after;
	enum ibv_wc_status status;
	uint32_t qp_num;
	int64_t delay_ns;
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

#endif
