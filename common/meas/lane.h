/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef P2P_MEAS_LANE_H
#define P2P_MEAS_LANE_H

/*
 * A lane: what one posting thread works through. Everything is prepared before the start: per QP a ring
 * of work requests with addresses, chains and signal flags fixed. The drivers in lane_loop.h, lane_pace.h,
 * lane_echo.h and lane_bounce.h are the only loops that post and poll while time is taken; bench/ops/
 * instantiates them.
 *
 * Flow control is by completion. A *group* is max(batch, signal_every) messages, posted as chains of
 * `batch` and reported by group/signal_every completions. wr_id of the group's last completion is the
 * address of the group to post next on that QP, so a completion tells the loop all it has to do: each QP
 * always has the same number of groups in flight, none can be overfilled, and there are no ring indices
 * or credits to keep. wr_id of every other work request is its own address with LANE_MID set, so that the one
 * that fails can be named.
 *
 * Where the ring is too short for the slots that are asked, for cmp_swap and for a bounce, addresses are not
 * fixed: such a lane *walks*, its loops give each work request the next slot before they post it.
 *
 * Phases (warm-up, window, end) do not exist here: the controlling thread samples `done` and swaps
 * `hist` (meas/window.c).
 */

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <infiniband/verbs.h>

#include "base/clock.h"
#include "mem/slots.h"
#include "meas/op.h"
#include "stats/hist.h"

struct bounce;
struct err;
struct peer_bounce;

enum {
	LANE_POLL = 16,	  /* most completions taken per poll */
	LANE_RING = 1024, /* WRs prepared per lane, unless the depth needs more */
	LANE_SLOT = 64,	  /* slots start on cache lines */
	LANE_MID = 1,	  /* bit of wr_id: not the last completion of its group */
};

/* cmp_swap: the words of the target go from 0 to this value and back, so every operation finds what it
 * expects. */
#define LANE_SWAP UINT64_C(0xf0e1d2c3b4a59687)

/* How work requests are handed over: by ibv_post_send() or ibv_wr_*(), as prepared or walking. */
enum lane_kind { LANE_CLASSIC, LANE_CLASSIC_WALK, LANE_WR, LANE_WR_WALK };

struct lane_qp;

/**
 * struct lane_group - what a completion leads to
 * @qp: with kind LANE_WR*, the first member of a struct ibv_qp_ex
 * @wr: first WR of its first chain; the next chain starts lane->chain_bytes behind it
 * @posts: times it was posted; only its lane's thread writes it
 * @due: open loop: intended start, in ticks, of the message whose completion leads here
 */
struct lane_group {
	struct ibv_qp *qp;
	struct ibv_send_wr *wr;
	uint64_t posts;
	uint64_t due;
	struct lane_qp *owner;
};

/**
 * struct lane_qp - one queue pair's part of the lane: @n groups from @first, and where its messages lie
 * @in_flight, @at_group: open loop: messages posted and not yet seen complete; group of the next one
 * @remote, @local: addresses of its slice, as the responder and this device know them
 * @source: local address as its work requests need it: @local, or the CPU's when the payload is inline
 * @at, @lap: walk: next message within the lap; laps so far, the lowest bit only
 * @reverse: data goes from target to source
 */
struct lane_qp {
	struct lane_group *first;
	uint32_t n;
	uint32_t in_flight, at_group;
	struct slots slots;
	uint64_t remote, local, source;
	uint64_t at;
	bool lap;
	bool reverse;
	uint32_t rkey, lkey;
};

/**
 * struct lane_fault - the first thing that went wrong
 * @status: IBV_WC_*, or -errno of a post (@posting); of a poll always -EIO, with what it returned in @raw
 * @message, @qp: which message of which of the lane's queue pairs; @qp is NULL when not known
 */
struct lane_fault {
	int status;
	bool posting;
	int raw;
	uint32_t qp_num;
	uint32_t vendor_err;
	uint64_t message;
	const struct lane_qp *qp;
};

/**
 * struct lane - see above; one owner thread while it runs
 * @depth: groups each QP keeps in flight
 * @chains: chains per group; @chain_bytes: from one chain's first WR to the next one's
 * @poll: completions taken per poll; fewer of large messages, so that `done` moves in small steps
 * @per_cqe: messages per completion; @mid: some completions are not the last of their group
 * @group, @wr, @sge: all QPs' parts, owned
 * @group_msgs: messages of a group; @wrs: work requests of a message
 * @step: messages that `done` may jump by at once: those of a completion, or of a bounce's whole turn
 * @interval, @phase: open loop: ticks of 2^-16; 0 = closed
 * @echo_out, @echo_in: ping-pong: last byte of the message and of its answer
 * @bounce: op with a bounce: the copies' state; owned
 * @fences: READs that lane_fence() posted
 */
struct lane {
	/* Constant while running. */
	struct ibv_cq *cq;
	struct lane_qp *qp;
	uint32_t n_qp;
	uint32_t depth;
	uint32_t chains;
	uint32_t per_cqe;
	int poll;
	enum lane_kind kind;
	size_t chain_bytes;
	bool mid;
	bool clock_raw;
	uint32_t group_msgs;
	uint32_t wrs;
	uint64_t interval;
	uint64_t phase;
	uint8_t *echo_out, *echo_in;
	struct bounce *bounce;
	double interval_ns;
	uint64_t step;
	struct lane_group *group;
	struct ibv_send_wr *wr;
	struct ibv_sge *sge;
	/* Written by the owner only. */
	struct lane_fault fault __attribute__((aligned(128)));
	uint32_t in_flight; /* groups posted and not yet seen complete, valid when the loop has returned */
	uint64_t fences;
	/* Shared with the controlling thread; each has one writer. */
	_Atomic uint64_t done __attribute__((aligned(128))); /* messages completed */
	_Atomic uint64_t sends, late;			     /* open loop: posted; of these, late */
	_Atomic(struct hist *) hist;			     /* where latencies go at this moment */
	_Atomic(struct hist *) lag;			     /* open loop: how late messages are posted */
};

/**
 * struct lane_shape - one lane's load, in plain numbers
 * @qd: messages in flight per QP, a multiple of max(batch, signal_every) is used, rounded down
 * @inline_data: payload goes into the work request; @wr_api: post by ibv_wr_*()
 * @pattern: PATTERN_*; @footprint: bytes of the target that all lanes together walk, 0 = as much as the ring
 *	holds; @offset: of every slot in its page, -1 = slots are packed on cache lines
 * @bidi: QPs of odd number move data the other way (READs where the op WRITEs)
 * @interval_ns: time between two messages of this lane, 0 = closed loop; @phase_ns: of the first one
 * @overlap: op with a bounce: copies go on beside the transfers (meas/bounce.h)
 */
struct lane_shape {
	uint64_t size;
	uint32_t qd;
	uint32_t batch;
	uint32_t signal_every;
	bool inline_data;
	bool wr_api;
	bool bidi;
	int64_t pattern;
	uint64_t footprint;
	int64_t offset;
	double interval_ns;
	double phase_ns;
	bool overlap;
};

/**
 * struct lane_bed - what a lane lies on; borrowed
 * @qp, @n_qp, @cq: connected queue pairs and their one CQ
 * @qpx: the same for ibv_wr_*(); NULL unless lane_shape.wr_api
 * @first, @step, @total: numbers of these QPs among all of the point's: first, first + step, ... below total
 * @local_va, @local_addr, @lkey, @remote_addr, @rkey: both buffers; @bytes: length of the shorter one;
 *	@local_bytes: of the local one
 * @bounce: both ends of the copies (peer_target_bounce()) for an op with a bounce, else NULL; copied
 * @copier_cpu: CPU of the copying thread, which there is only with overlap; -1 = wherever the kernel puts it
 *
 * Each QP gets its own slice; a slot has the same offset in both buffers, so the value that an atomic
 *operation brings back lies where its word lies in the target. An op with OP_ECHOES uses slot 0 and receives
 *the answer at lane_reply_offset() of the local buffer.
 */
struct lane_bed {
	struct ibv_qp *const *qp;
	struct ibv_qp_ex *const *qpx;
	uint32_t n_qp;
	uint32_t first, step, total;
	struct ibv_cq *cq;
	void *local_va;
	uint64_t local_addr;
	uint64_t remote_addr;
	uint64_t bytes;
	uint64_t local_bytes;
	uint32_t lkey;
	uint32_t rkey;
	const struct peer_bounce *bounce;
	int copier_cpu;
};

/* Where in the local buffer an echo lands: the second half, on a cache line. */
uint64_t lane_reply_offset(uint64_t local_bytes);

/**
 * lane_open() - prepare rings for @shape and @op on @bed
 *
 * An open loop (interval_ns > 0) posts and reports each message by itself: batch and signal_every are 1
 * there. A cmp_swap expects zeroes in the target at its first message. Return: 0; -EINVAL when a slice cannot
 * hold one message, the footprint exceeds the buffers, or an op with a bounce has none to copy between;
 * -EOPNOTSUPP a load that cannot be bounced (bounce_cannot()); -EAGAIN no thread to copy; -ENOMEM.
 * lane_close() accepts a zeroed lane.
 */
int lane_open(struct lane *l, const struct lane_bed *bed, const struct lane_shape *shape, const struct op *op,
	      const struct clock *clock, struct err *e);
void lane_close(struct lane *l);

/**
 * lane_drain() - take the completions still in flight after a loop returned 0, and copy what a bounce has not
 * @deadline_ns: CLOCK_MONOTONIC_RAW
 *
 * Return: 0; -ETIMEDOUT; -EIO with the fault recorded.
 */
int lane_drain(struct lane *l, int64_t deadline_ns);

/**
 * lane_fence() - after a drain: one READ of a byte on every QP that wrote, behind all that was written
 *
 * A WRITE's completion says the responder took the data; the READ comes back after the data is in the
 * target, where the CPU may then look at it. The byte lands where it was written from.
 * Return: as lane_drain().
 */
int lane_fence(struct lane *l, int64_t deadline_ns);

/* The data QP @i of this lane moves: where, how many messages since lane_open(), and in which direction. */
struct lane_trace {
	struct slots slots;
	uint64_t messages;
	bool reverse; /* target -> source: a READ, or the odd half of a bidirectional load */
};
struct lane_trace lane_trace(const struct lane *l, uint32_t i);

/* Accesses to the target since lane_open(), all QPs, fences included, and their bytes: valid after a drain.
 */
struct lane_traffic {
	uint64_t ops, bytes;
};
struct lane_traffic lane_traffic(const struct lane *l);

/*
 * The first work request that failed, for err_text: "message 1234 of QP 0x1a (64 bytes to offset 0x40)".
 * Return: @buf.
 */
const char *lane_fault_text(const struct lane *l, char *buf, size_t len);

/* Posts of QP @q so far, in groups; they are always posted in the order of the ring. */
uint64_t lane_posts(const struct lane_qp *q);

/* What ibv_post_send() returned for a failure, as -errno, never 0. */
int lane_post_errno(int rc);

/*
 * Record the first fault. Return: -EIO.
 * @n: completions at @wc, the first that failed and what was polled with it. Requests flushed because of an
 * earlier failure are reported only when no such failure is among them or right behind.
 */
#define LANE_COLD __attribute__((cold, noinline))
LANE_COLD int lane_fail_wc(struct lane *l, const struct ibv_wc *wc, int n);
/* @rc as the post returned it; @wr: the request that was refused, or the first of the chain. */
LANE_COLD int lane_fail_post(struct lane *l, const struct lane_group *g, const struct ibv_send_wr *wr,
			     int rc);
LANE_COLD int lane_fail_poll(struct lane *l, int err);

#endif
