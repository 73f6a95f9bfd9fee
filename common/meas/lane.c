// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Building a lane's rings and emptying its queues: everything about lanes that is not timed.
 */
#include "meas/lane.h"

#include <errno.h>
#include <stdlib.h>

#include "base/err.h"

enum { POLL_BYTES = 64 << 10 };

static uint32_t max_u32(uint32_t a, uint32_t b)
{
	return a > b ? a : b;
}

static uint64_t min_u64(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

static uint32_t wrs_per_message(const struct op *op)
{
	return op->fence ? 2 : 1;
}

/* One QP's part of both buffers. */
struct slice {
	uint64_t bytes;
	struct pattern_slots slots;
};

static int cut_slice(const struct lane_bed *bed, const struct lane_shape *s, struct slice *out, struct err *e)
{
	uint64_t stride = (s->size + LANE_SLOT - 1) / LANE_SLOT * LANE_SLOT;
	uint64_t bytes = bed->bytes / bed->n_qp / LANE_SLOT * LANE_SLOT;

	if (bytes < s->size)
		return err_set(e, -EINVAL,
			       "size %llu x qps %u does not fit into %llu bytes of target and source",
			       (unsigned long long)s->size, bed->n_qp, (unsigned long long)bed->bytes);
	*out = (struct slice){
		.bytes = bytes,
		.slots = {.size = s->size, .stride = stride, .count = bytes / stride ? bytes / stride : 1},
	};
	return 0;
}

/* Groups in one QP's ring: at least the depth, at least one lap of its slots while that is small enough. */
static uint32_t ring_groups(const struct lane *l, uint64_t slots)
{
	uint64_t most = max_u32(LANE_RING / l->n_qp, 1);
	uint64_t lap = (min_u64(slots, most) + l->group_msgs - 1) / l->group_msgs;

	return max_u32((uint32_t)lap, l->depth);
}

/*
 * One message: the op's WR and, when the op has a fence, a READ of the last byte behind it. The READ
 * brings the target's last byte back onto the byte it was written from: the same value, unless the
 * target had something else there. Return: the message's last WR.
 */
static struct ibv_send_wr *build_message(const struct lane_bed *bed, const struct op *op, uint64_t offset,
					 uint64_t size, struct ibv_send_wr *wr, struct ibv_sge *sge)
{
	sge[0] = (struct ibv_sge){
		.addr = bed->local_addr + offset, .length = (uint32_t)size, .lkey = bed->lkey};
	wr[0] = (struct ibv_send_wr){
		.wr_id = LANE_MID,
		.sg_list = &sge[0],
		.num_sge = 1,
		.opcode = op->opcode,
		.wr.rdma = {.remote_addr = bed->remote_addr + offset, .rkey = bed->rkey},
	};
	if (!op->fence)
		return wr;
	sge[1] = (struct ibv_sge){.addr = sge[0].addr + size - 1, .length = 1, .lkey = bed->lkey};
	wr[1] = (struct ibv_send_wr){
		.sg_list = &sge[1],
		.num_sge = 1,
		.opcode = IBV_WR_RDMA_READ,
		.wr.rdma = {.remote_addr = wr[0].wr.rdma.remote_addr + size - 1, .rkey = bed->rkey},
	};
	wr[0].next = &wr[1];
	return &wr[1];
}

/* Fill the ring of one QP: @q->n groups whose WRs start at @wr, each leading to the one @depth further on. */
static void build_ring(const struct lane *l, struct lane_qp *q, const struct lane_bed *bed,
		       const struct lane_shape *s, const struct op *op, struct ibv_send_wr *wr,
		       struct ibv_sge *sge)
{
	size_t wrs = wrs_per_message(op);

	for (uint32_t i = 0; i < q->n * l->group_msgs; i++) {
		uint64_t offset = q->slots.offset + i % q->slots.count * q->slots.stride;
		struct ibv_send_wr *last =
			build_message(bed, op, offset, s->size, &wr[i * wrs], &sge[i * wrs]);
		uint32_t group = i / l->group_msgs;
		bool ends_group = (i + 1) % l->group_msgs == 0;

		if (i % l->group_msgs == 0)
			q->first[group].wr = &wr[i * wrs];
		last->wr_id = ends_group ? (uintptr_t)&q->first[(group + l->depth) % q->n] : LANE_MID;
		last->send_flags = (i + 1) % s->signal_every ? 0 : IBV_SEND_SIGNALED;
		last->next = (i + 1) % s->batch ? last + 1 : NULL;
	}
}

/* About 64 KiB of messages a poll: small ones in full batches, large ones singly. */
static int poll_of(const struct lane_shape *s)
{
	uint64_t n = POLL_BYTES / (s->size * s->signal_every);

	return n < 1 ? 1 : n > LANE_POLL ? LANE_POLL : (int)n;
}

static int allocate(struct lane *l, size_t groups, size_t wrs)
{
	l->qp = calloc(l->n_qp, sizeof(*l->qp));
	l->group = calloc(groups, sizeof(*l->group));
	l->wr = calloc(wrs, sizeof(*l->wr));
	l->sge = calloc(wrs, sizeof(*l->sge));
	return l->qp && l->group && l->wr && l->sge ? 0 : -ENOMEM;
}

static void build_qps(struct lane *l, const struct lane_bed *bed, const struct lane_shape *s,
		      const struct op *op, const struct slice *slice, uint32_t groups)
{
	for (uint32_t i = 0; i < bed->n_qp; i++) {
		size_t at = (size_t)groups * l->group_msgs * wrs_per_message(op) * i;
		struct lane_qp *q = &l->qp[i];

		*q = (struct lane_qp){
			.first = &l->group[(size_t)groups * i], .n = groups, .slots = slice->slots};
		q->slots.offset = i * slice->bytes;
		for (uint32_t g = 0; g < groups; g++)
			q->first[g].qp = bed->qp[i];
		build_ring(l, q, bed, s, op, l->wr + at, l->sge + at);
	}
}

int lane_open(struct lane *l, const struct lane_bed *bed, const struct lane_shape *s, const struct op *op,
	      bool clock_raw, struct err *e)
{
	uint32_t msgs = max_u32(s->batch, s->signal_every), groups;
	struct slice slice = {0};
	int rc = cut_slice(bed, s, &slice, e);

	*l = (struct lane){
		.cq = bed->cq,
		.n_qp = bed->n_qp,
		.depth = max_u32(s->qd / msgs, 1),
		.chains = msgs / s->batch,
		.chain_bytes = (size_t)s->batch * wrs_per_message(op) * sizeof(struct ibv_send_wr),
		.per_cqe = s->signal_every,
		.poll = poll_of(s),
		.mid = s->batch > s->signal_every,
		.clock_raw = clock_raw,
		.group_msgs = msgs,
	};
	if (rc)
		return rc;
	groups = ring_groups(l, slice.slots.count);
	slice.slots.count = min_u64(slice.slots.count, (uint64_t)groups * msgs);
	rc = allocate(l, (size_t)groups * bed->n_qp, (size_t)groups * msgs * wrs_per_message(op) * bed->n_qp);
	if (rc) {
		lane_close(l);
		return err_set(e, rc, "lane: out of memory for %u queue pairs of %u groups", bed->n_qp,
			       groups);
	}
	build_qps(l, bed, s, op, &slice, groups);
	return 0;
}

void lane_close(struct lane *l)
{
	free(l->qp);
	free(l->group);
	free(l->wr);
	free(l->sge);
	*l = (struct lane){0};
}

int lane_drain(struct lane *l, int64_t deadline_ns)
{
	struct ibv_wc wc;

	while (l->in_flight) {
		int n = ibv_poll_cq(l->cq, 1, &wc);

		if (n < 0)
			return lane_fail_poll(l, n);
		if (!n && clock_raw_ns() > deadline_ns)
			return -ETIMEDOUT;
		if (!n)
			continue;
		if (wc.status != IBV_WC_SUCCESS)
			return lane_fail_wc(l, &wc);
		if (!(wc.wr_id & LANE_MID))
			l->in_flight--;
	}
	return 0;
}

/* Post a READ of the last byte of the QP's first message. */
static int post_fence(struct lane *l, struct lane_qp *q)
{
	const struct ibv_send_wr *msg = q->first->wr;
	struct ibv_sge sge = {
		.addr = msg->sg_list->addr + msg->sg_list->length - 1,
		.length = 1,
		.lkey = msg->sg_list->lkey,
	};
	struct ibv_send_wr *bad,
		wr = {
			.wr_id = 0,
			.sg_list = &sge,
			.num_sge = 1,
			.opcode = IBV_WR_RDMA_READ,
			.send_flags = IBV_SEND_SIGNALED,
			.wr.rdma =
				{
					.remote_addr = msg->wr.rdma.remote_addr + msg->sg_list->length - 1,
					.rkey = msg->wr.rdma.rkey,
				},
		};
	int rc = ibv_post_send(q->first->qp, &wr, &bad);

	if (rc)
		return lane_fail_post(l, q->first->qp, rc);
	l->in_flight++;
	return 0;
}

int lane_fence(struct lane *l, int64_t deadline_ns)
{
	for (uint32_t i = 0; i < l->n_qp; i++) {
		int rc = l->qp[i].first->posts ? post_fence(l, &l->qp[i]) : 0;

		if (rc)
			return rc;
	}
	return lane_drain(l, deadline_ns);
}

struct pattern_slots lane_touched(const struct lane *l, uint32_t i)
{
	const struct lane_qp *q = &l->qp[i];
	struct pattern_slots s = q->slots;
	uint32_t n = 0;

	/* Groups are posted in ring order: the untouched ones, if any, are the last. */
	while (n < q->n && q->first[n].posts)
		n++;
	s.count = min_u64(s.count, (uint64_t)n * l->group_msgs);
	return s;
}

int lane_fail_wc(struct lane *l, const struct ibv_wc *wc)
{
	l->fault = (struct lane_fault){
		.status = (int)wc->status, .qp_num = wc->qp_num, .vendor_err = wc->vendor_err};
	return -EIO;
}

int lane_fail_post(struct lane *l, const struct ibv_qp *qp, int err)
{
	/* Providers return the errno itself, a few -1 with errno set: both become -errno. */
	l->fault = (struct lane_fault){
		.status = err > 0 ? -err : -errno,
		.posting = true,
		.qp_num = qp->qp_num,
	};
	return -EIO;
}

int lane_fail_poll(struct lane *l, int err)
{
	l->fault = (struct lane_fault){.status = -EIO, .raw = err};
	return -EIO;
}
