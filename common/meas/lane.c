// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Building a lane's rings. */
#include "meas/lane.h"

#include <endian.h>
#include <errno.h>
#include <stdlib.h>

#include "base/err.h"
#include "config/keys.h"
#include "meas/lane_bounce.h"

enum { POLL_BYTES = 64 << 10, PAGE = 4096 };

static uint32_t max_u32(uint32_t a, uint32_t b)
{
	return a > b ? a : b;
}

static uint64_t min_u64(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

static uint64_t round_up(uint64_t v, uint64_t unit)
{
	return (v + unit - 1) / unit * unit;
}

static bool is_atomic(enum ibv_wr_opcode opcode)
{
	return opcode == IBV_WR_ATOMIC_FETCH_AND_ADD || opcode == IBV_WR_ATOMIC_CMP_AND_SWP;
}

uint64_t lane_reply_offset(uint64_t local_bytes)
{
	return local_bytes / 2 / LANE_SLOT * LANE_SLOT;
}

/* What all lanes together lie on: the footprint, or as much as both buffers have. */
static int find_span(const struct lane_bed *bed, const struct lane_shape *s, const struct op *op,
		     uint64_t *span, struct err *e)
{
	uint64_t have = bed->bytes;

	if (op->peer == OP_ECHOES)
		have = min_u64(have, lane_reply_offset(bed->local_bytes));
	if (s->footprint > have) {
		err_set(e, -EINVAL, "footprint %llu exceeds the %llu bytes of target and source",
			(unsigned long long)s->footprint, (unsigned long long)have);
		return -EINVAL;
	}
	*span = s->footprint ? s->footprint : have;
	return 0;
}

/* The slots of a queue pair that has slice @number of all: as many as fit. */
static int cut_slice(const struct lane_bed *bed, const struct lane_shape *s, const struct op *op,
		     struct slots *out, uint64_t *bytes, struct err *e)
{
	bool paged = s->offset >= 0;
	uint64_t unit = paged ? PAGE : LANE_SLOT, shift = paged ? (uint64_t)s->offset : 0, span = 0;
	uint64_t stride = round_up(shift + s->size, unit), fit;
	int rc = find_span(bed, s, op, &span, e);

	if (rc)
		return rc;
	*out = (struct slots){
		.offset = shift,
		.size = s->size,
		.stride = stride,
		.pattern = s->pattern,
	};
	*bytes = span / bed->total / unit * unit;
	if (*bytes < shift + s->size) {
		err_set(e, -EINVAL, "size %llu x qps %u does not fit into %llu bytes of target and source",
			(unsigned long long)s->size, bed->total, (unsigned long long)span);
		return -EINVAL;
	}
	fit = stride ? *bytes / stride : 0; /* the last slot may lack what rounds its stride */
	out->count = fit ? fit : 1;
	if (s->pattern == PATTERN_SAME || op->peer == OP_ECHOES)
		out->count = 1;
	return 0;
}

/*
 * Settle how many slots there are, how long the rings and whether the loops walk. Without a footprint the
 * ring's length bounds the slots; a footprint is walked whole. `rand` needs a power of two.
 * Return: groups in one QP's ring: at least the depth, at least one lap of its slots while that is small
 * enough.
 */
static uint32_t fit_ring(const struct lane *l, const struct lane_shape *s, const struct op *op,
			 struct slots *slots, bool *walk)
{
	uint64_t most = max_u32(LANE_RING / l->n_qp, 1);
	uint64_t lap = (min_u64(slots->count, most) + l->group_msgs - 1) / l->group_msgs;
	uint32_t groups = max_u32((uint32_t)lap, l->depth);
	uint64_t ring = (uint64_t)groups * l->group_msgs;

	if (!s->footprint)
		slots->count = min_u64(slots->count, ring);
	if (slots->pattern == PATTERN_RAND) {
		uint32_t bits = 63u - (uint32_t)__builtin_clzll(slots->count);

		slots->count = 1ull << bits;
		slots->shift = (bits + 1) / 2;
	}
	*walk = op->opcode == IBV_WR_ATOMIC_CMP_AND_SWP || op->bounce || slots->count > ring ||
		(slots->pattern == PATTERN_RAND && ring % slots->count);
	slots->ring = *walk ? slots->count : ring;
	return *walk ? l->depth : groups;
}

static enum ibv_wr_opcode opcode_of(const struct lane_qp *q, const struct op *op)
{
	if (q->reverse == (op->check == OP_CHECK_SOURCE))
		return op->opcode;
	return q->reverse ? IBV_WR_RDMA_READ : IBV_WR_RDMA_WRITE;
}

/* The fence brings the target's last byte back onto the byte it was written from: the same, unless lost. */
static void build_fence(const struct lane_qp *q, uint64_t offset, struct ibv_send_wr *wr, struct ibv_sge *sge)
{
	uint64_t last = offset + q->slots.size - 1;

	*sge = (struct ibv_sge){.addr = q->local + last, .length = 1, .lkey = q->lkey};
	*wr = (struct ibv_send_wr){
		.sg_list = sge,
		.num_sge = 1,
		.opcode = IBV_WR_RDMA_READ,
		.wr.rdma = {.remote_addr = q->remote + last, .rkey = q->rkey},
	};
}

/* Message @m of the ring: the op's WR and, when the op has a fence, a READ behind it. Return: its last WR. */
static struct ibv_send_wr *build_message(const struct lane_qp *q, const struct op *op, uint32_t m,
					 unsigned int flags, struct ibv_send_wr *wr, struct ibv_sge *sge)
{
	enum ibv_wr_opcode opcode = opcode_of(q, op);
	uint64_t offset = slots_index(&q->slots, m) * q->slots.stride;

	sge[0] = (struct ibv_sge){
		.addr = q->source + offset, .length = (uint32_t)q->slots.size, .lkey = q->lkey};
	wr[0] = (struct ibv_send_wr){
		.wr_id = (uintptr_t)wr | LANE_MID,
		.sg_list = &sge[0],
		.num_sge = 1,
		.opcode = opcode,
		.send_flags = flags,
	};
	if (opcode == IBV_WR_RDMA_WRITE_WITH_IMM)
		wr[0].imm_data = htobe32(m);
	if (is_atomic(opcode)) { /* fetch_add counts; the operands of cmp_swap are set as it walks */
		wr[0].wr.atomic.remote_addr = q->remote + offset;
		wr[0].wr.atomic.rkey = q->rkey;
		wr[0].wr.atomic.compare_add = 1;
	} else if (opcode != IBV_WR_SEND) {
		wr[0].wr.rdma.remote_addr = q->remote + offset;
		wr[0].wr.rdma.rkey = q->rkey;
	}
	if (!op->fence)
		return wr;
	build_fence(q, offset, &wr[1], &sge[1]);
	wr[0].next = &wr[1];
	return &wr[1];
}

/* Fill the ring of one QP: @q->n groups whose WRs start at @wr, each leading to the one @depth further on. */
static void build_ring(const struct lane *l, struct lane_qp *q, const struct lane_shape *s,
		       const struct op *op, struct ibv_send_wr *wr, struct ibv_sge *sge)
{
	unsigned int flags = q->source == q->local ? 0 : IBV_SEND_INLINE;
	uint32_t batch = s->interval_ns > 0 ? 1 : s->batch;

	for (uint32_t i = 0; i < q->n * l->group_msgs; i++) {
		size_t at = (size_t)i * l->wrs;
		struct ibv_send_wr *last = build_message(q, op, i, flags, &wr[at], &sge[at]);
		uint32_t group = i / l->group_msgs;
		bool ends_group = (i + 1) % l->group_msgs == 0;

		if (i % l->group_msgs == 0)
			q->first[group].wr = &wr[at];
		last->wr_id = ends_group ? (uintptr_t)&q->first[(group + l->depth) % q->n]
					 : (uintptr_t)last | LANE_MID;
		if ((i + 1) % l->per_cqe == 0)
			last->send_flags |= IBV_SEND_SIGNALED;
		last->next = (i + 1) % batch ? last + 1 : NULL;
	}
}

/* About 64 KiB of messages a poll: small ones in full batches, large ones singly. */
static int poll_of(uint64_t size, uint32_t per_cqe)
{
	uint64_t n = POLL_BYTES / (size * per_cqe);

	return n < 1 ? 1 : n > LANE_POLL ? LANE_POLL : (int)n;
}

static int allocate(struct lane *l, uint32_t groups)
{
	size_t all = (size_t)groups * l->n_qp, wrs = all * l->group_msgs * l->wrs;

	l->qp = calloc(l->n_qp, sizeof(*l->qp));
	l->group = calloc(all, sizeof(*l->group));
	l->wr = calloc(wrs, sizeof(*l->wr));
	l->sge = calloc(wrs, sizeof(*l->sge));
	return l->qp && l->group && l->wr && l->sge ? 0 : -ENOMEM;
}

static void build_qps(struct lane *l, const struct lane_bed *bed, const struct lane_shape *s,
		      const struct op *op, const struct slots *slots, uint64_t slice, uint32_t groups)
{
	for (uint32_t i = 0; i < bed->n_qp; i++) {
		size_t at = (size_t)groups * l->group_msgs * l->wrs * i;
		uint32_t number = bed->first + bed->step * i;
		struct lane_qp *q = &l->qp[i];

		*q = (struct lane_qp){
			.first = &l->group[(size_t)groups * i],
			.n = groups,
			.slots = *slots,
			.reverse = (op->check == OP_CHECK_SOURCE) != (s->bidi && number % 2),
			.rkey = bed->rkey,
			.lkey = bed->lkey,
		};
		q->slots.offset += number * slice;
		q->remote = bed->remote_addr + q->slots.offset;
		q->local = bed->local_addr + q->slots.offset;
		q->source = s->inline_data && !q->reverse && !is_atomic(op->opcode)
				    ? (uintptr_t)bed->local_va + q->slots.offset
				    : q->local;
		for (uint32_t g = 0; g < groups; g++) {
			q->first[g].qp = bed->qpx ? &bed->qpx[i]->qp_base : bed->qp[i];
			q->first[g].owner = q;
		}
		build_ring(l, q, s, op, l->wr + at, l->sge + at);
	}
}

/* Ticks of 2^-16. */
static uint64_t pace_ticks(double ns, const struct clock *clock)
{
	return (uint64_t)(ns / clock->ns_per_tick * 65536.0 + 0.5);
}

static struct lane lane_of(const struct lane_bed *bed, const struct lane_shape *s, const struct op *op,
			   const struct clock *clock)
{
	bool paced = s->interval_ns > 0;
	uint32_t batch = paced ? 1 : s->batch, signal = paced ? 1 : s->signal_every;
	uint32_t msgs = max_u32(batch, signal);

	return (struct lane){
		.cq = bed->cq,
		.n_qp = bed->n_qp,
		.depth = max_u32(s->qd / msgs, 1),
		.chains = msgs / batch,
		.wrs = op->fence ? 2 : 1,
		.chain_bytes = (size_t)batch * (op->fence ? 2 : 1) * sizeof(struct ibv_send_wr),
		.per_cqe = signal,
		.step = signal,
		.poll = poll_of(s->size, signal),
		.mid = batch > signal,
		.clock_raw = clock->raw,
		.group_msgs = msgs,
		.interval = paced ? pace_ticks(s->interval_ns, clock) : 0,
		.phase = pace_ticks(s->phase_ns, clock),
		.interval_ns = s->interval_ns,
	};
}

int lane_open(struct lane *l, const struct lane_bed *bed, const struct lane_shape *s, const struct op *op,
	      const struct clock *clock, struct err *e)
{
	struct slots slots = {.count = 1};
	uint64_t slice = 0;
	uint32_t groups;
	bool walk;
	int rc;

	*l = lane_of(bed, s, op, clock);
	rc = cut_slice(bed, s, op, &slots, &slice, e);
	if (rc)
		return rc;
	groups = fit_ring(l, s, op, &slots, &walk);
	if (s->wr_api)
		l->kind = walk ? LANE_WR_WALK : LANE_WR;
	else
		l->kind = walk ? LANE_CLASSIC_WALK : LANE_CLASSIC;
	if (allocate(l, groups)) {
		lane_close(l);
		return err_set(e, -ENOMEM, "lane: out of memory for %u queue pairs of %u groups", bed->n_qp,
			       groups);
	}
	build_qps(l, bed, s, op, &slots, slice, groups);
	if (op->peer == OP_ECHOES) {
		uint8_t *va = bed->local_va;

		l->echo_out = va + l->qp[0].slots.offset + s->size - 1;
		l->echo_in = va + lane_reply_offset(bed->local_bytes) + s->size - 1;
	}
	rc = op->bounce ? bounce_open(l, bed, s, op, e) : 0;
	if (rc)
		lane_close(l);
	return rc;
}

void lane_close(struct lane *l)
{
	bounce_close(l->bounce);
	free(l->qp);
	free(l->group);
	free(l->wr);
	free(l->sge);
	*l = (struct lane){0};
}
