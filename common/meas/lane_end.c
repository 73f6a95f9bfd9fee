// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* What comes after a lane's loop: emptying its queues, proving placement, saying what moved and what failed.
 */
#include <errno.h>
#include <stdio.h>

#include "base/err.h"
#include "meas/lane.h"
#include "meas/lane_bounce.h"
#include "meas/lane_echo.h"

enum { LOOK_BEHIND = 4096 }; /* flushed completions looked through for the failure that caused them */

uint64_t lane_posts(const struct lane_qp *q)
{
	uint64_t n = 0;

	for (uint32_t i = 0; i < q->n; i++)
		n += q->first[i].posts;
	return n;
}

/* The answer to the last ping that was sent has come, or none is awaited. */
static bool echo_settled(const struct lane *l)
{
	uint64_t sent = l->echo_in ? lane_posts(&l->qp[0]) : 0;

	return !sent || lane_echo_seen(l, lane_echo_number(sent - 1));
}

int lane_drain(struct lane *l, int64_t deadline_ns)
{
	struct ibv_wc wc;

	while (l->in_flight || !echo_settled(l)) {
		int n = ibv_poll_cq(l->cq, 1, &wc);

		if (n < 0)
			return lane_fail_poll(l, n);
		if (!n && clock_raw_ns() > deadline_ns)
			return -ETIMEDOUT;
		if (!n)
			continue;
		if (wc.status != IBV_WC_SUCCESS)
			return lane_fail_wc(l, &wc, 1);
		if (!(wc.wr_id & LANE_MID))
			l->in_flight--;
	}
	if (l->bounce)
		bounce_settle(l);
	return 0;
}

/* READ the last byte of the slot that the first message went to. */
static int post_fence(struct lane *l, struct lane_qp *q)
{
	uint64_t last = slots_index(&q->slots, 0) * q->slots.stride + q->slots.size - 1;
	struct ibv_sge sge = {.addr = q->local + last, .length = 1, .lkey = q->lkey};
	struct ibv_send_wr *bad, wr = {
					 .sg_list = &sge,
					 .num_sge = 1,
					 .opcode = IBV_WR_RDMA_READ,
					 .send_flags = IBV_SEND_SIGNALED,
					 .wr.rdma = {.remote_addr = q->remote + last, .rkey = q->rkey},
				 };
	int rc = ibv_post_send(q->first->qp, &wr, &bad);

	if (rc)
		return lane_fail_post(l, q->first, NULL, rc);
	l->in_flight++;
	l->fences++;
	return 0;
}

int lane_fence(struct lane *l, int64_t deadline_ns)
{
	for (uint32_t i = 0; i < l->n_qp; i++) {
		struct lane_qp *q = &l->qp[i];
		int rc = !q->reverse && lane_posts(q) ? post_fence(l, q) : 0;

		if (rc)
			return rc;
	}
	return lane_drain(l, deadline_ns);
}

struct lane_trace lane_trace(const struct lane *l, uint32_t i)
{
	const struct lane_qp *q = &l->qp[i];

	return (struct lane_trace){
		.slots = q->slots, .messages = lane_posts(q) * l->group_msgs, .reverse = q->reverse};
}

struct lane_traffic lane_traffic(const struct lane *l)
{
	struct lane_traffic t = {.ops = l->fences, .bytes = l->fences};

	for (uint32_t i = 0; i < l->n_qp; i++) {
		struct lane_trace trace = lane_trace(l, i);

		t.ops += trace.messages * l->wrs;
		t.bytes += trace.messages * (trace.slots.size + l->wrs - 1);
	}
	return t;
}

static bool within(const void *p, const void *first, size_t bytes)
{
	return (uintptr_t)p >= (uintptr_t)first && (uintptr_t)p - (uintptr_t)first < bytes;
}

/* Message that @wr of group @g belongs to; the group's first when @wr is NULL. @posts: of the group before
 * it. */
static uint64_t message_of(const struct lane *l, const struct lane_group *g, const struct ibv_send_wr *wr,
			   uint64_t posts)
{
	const struct lane_qp *q = g->owner;
	uint64_t at = (uint64_t)(g - q->first) * l->group_msgs;

	if (wr)
		at = (uint64_t)(wr - q->first->wr) / l->wrs;
	return posts * q->n * l->group_msgs + at;
}

/* A group is in flight at most once, so what failed is its last post. */
static void name_message(struct lane *l, uint64_t wr_id)
{
	const void *at = (const void *)(uintptr_t)(wr_id & ~(uint64_t)LANE_MID);
	size_t groups = (size_t)l->n_qp * l->qp->n;
	const struct ibv_send_wr *wr = at;
	const struct lane_group *g = at;
	uint32_t n = l->qp->n;

	if (within(at, l->wr, groups * l->group_msgs * l->wrs * sizeof(*wr))) {
		g = &l->group[(size_t)(wr - l->wr) / l->wrs / l->group_msgs];
	} else if (within(at, l->group, groups * sizeof(*g))) {
		/* Leads to the group @depth further on; it is the last message of its own. */
		uint32_t i = (uint32_t)((size_t)(g - g->owner->first) + n - l->depth % n) % n;

		g = &g->owner->first[i];
		wr = g->wr + (size_t)l->group_msgs * l->wrs - 1;
	} else {
		return; /* a fence READ of lane_fence() */
	}
	l->fault.qp = g->owner;
	l->fault.message = message_of(l, g, wr, g->posts ? g->posts - 1 : 0);
}

/* The first completion at @wc, or behind it in the CQ, that was not flushed; else @wc itself. */
static struct ibv_wc first_cause(struct lane *l, const struct ibv_wc *wc, int n)
{
	struct ibv_wc next;

	for (int i = 0; i < n; i++)
		if (wc[i].status != IBV_WC_SUCCESS && wc[i].status != IBV_WC_WR_FLUSH_ERR)
			return wc[i];
	for (int i = 0; i < LOOK_BEHIND && ibv_poll_cq(l->cq, 1, &next) == 1; i++)
		if (next.status != IBV_WC_SUCCESS && next.status != IBV_WC_WR_FLUSH_ERR)
			return next;
	return *wc;
}

int lane_fail_wc(struct lane *l, const struct ibv_wc *wc, int n)
{
	struct ibv_wc first = first_cause(l, wc, n);

	l->fault = (struct lane_fault){
		.status = (int)first.status, .qp_num = first.qp_num, .vendor_err = first.vendor_err};
	name_message(l, first.wr_id);
	return -EIO;
}

/* Providers return the errno itself, some its negative (rxe), or -1 with errno set. */
int lane_post_errno(int rc)
{
	if (rc > 0)
		return -rc;
	if (rc < -1)
		return rc;
	return errno ? -errno : -EIO;
}

int lane_fail_post(struct lane *l, const struct lane_group *g, const struct ibv_send_wr *wr, int rc)
{
	l->fault = (struct lane_fault){
		.status = lane_post_errno(rc),
		.posting = true,
		.qp_num = g->qp->qp_num,
		.qp = wr ? g->owner : NULL,
		.message = wr ? message_of(l, g, wr, g->posts) : 0,
	};
	return -EIO;
}

int lane_fail_poll(struct lane *l, int err)
{
	l->fault = (struct lane_fault){.status = -EIO, .raw = err};
	return -EIO;
}

const char *lane_fault_text(const struct lane *l, char *buf, size_t len)
{
	const struct lane_fault *f = &l->fault;

	if (f->qp)
		snprintf(buf, len, "message %llu of QP 0x%x (%llu bytes %s offset 0x%llx)",
			 (unsigned long long)f->message, f->qp_num, (unsigned long long)f->qp->slots.size,
			 f->qp->reverse ? "from" : "to",
			 (unsigned long long)slots_offset(&f->qp->slots, f->message));
	else if (f->qp_num)
		snprintf(buf, len, "the closing READ of QP 0x%x", f->qp_num);
	else
		snprintf(buf, len, "the completion queue");
	return buf;
}
