// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* One work request a chunk, several in flight, one at a time where the queue holds no more. */
#include "meas/ferry.h"

#include <errno.h>

#include "base/clock.h"
#include "base/err.h"
#include "meas/lane.h"
#include "nic/nic.h"

enum { CHUNK = 1 << 20 };

/* A crossing: [@next, @end) is still to be posted, [@first, @next) is in flight in pieces of @chunk. */
struct crossing {
	const struct ferry *f;
	enum ibv_wr_opcode opcode;
	uint64_t first, next, end;
	uint64_t chunk;
	uint32_t in_flight, depth;
};

static const char *verb(const struct crossing *c)
{
	return c->opcode == IBV_WR_RDMA_READ ? "reading from" : "writing to";
}

static uint64_t piece(const struct crossing *c, uint64_t at)
{
	return c->end - at < c->chunk ? c->end - at : c->chunk;
}

static int post(struct crossing *c, struct err *e)
{
	const struct ferry *f = c->f;
	uint64_t bytes = piece(c, c->next);
	struct ibv_sge sge = {.addr = f->local + c->next, .length = (uint32_t)bytes, .lkey = f->lkey};
	struct ibv_send_wr *bad, wr = {
					 .wr_id = c->next,
					 .sg_list = &sge,
					 .num_sge = 1,
					 .opcode = c->opcode,
					 .send_flags = IBV_SEND_SIGNALED,
					 .wr.rdma = {.remote_addr = f->remote + c->next, .rkey = f->rkey},
				 };
	int rc = ibv_post_send(f->qp, &wr, &bad);

	if (rc) {
		rc = lane_post_errno(rc);
		return err_set(e, rc, "%s the target, %llu bytes at offset %llu: ibv_post_send: %s", verb(c),
			       (unsigned long long)bytes, (unsigned long long)c->next, err_name(rc));
	}
	c->next += bytes;
	c->in_flight++;
	return 0;
}

static int refuse(const struct crossing *c, const struct ibv_wc *wc, struct err *e)
{
	if (wc->status == IBV_WC_SUCCESS)
		return err_set(e, -EIO,
			       "%s the target: a completion that is not the next one's came (wr_id 0x%llx)",
			       verb(c), (unsigned long long)wc->wr_id);
	err_set(e, -EIO, "%s the target, %llu bytes at offset %llu: %s (%d), vendor_err 0x%x", verb(c),
		(unsigned long long)piece(c, c->first), (unsigned long long)c->first,
		nic_wc_name((int)wc->status), (int)wc->status, wc->vendor_err);
	return err_hint(e, -EIO, "%s", nic_wc_hint((int)wc->status));
}

/* The next completion: they come in the order of the posts. */
static int land(struct crossing *c, struct err *e)
{
	int64_t deadline = clock_raw_ns() + c->f->timeout_ns;
	struct ibv_wc wc;
	int n;

	while (!(n = ibv_poll_cq(c->f->cq, 1, &wc)))
		if (clock_raw_ns() > deadline)
			return err_set(e, -ETIMEDOUT,
				       "%s the target, %llu bytes at offset %llu: no completion in %lld ms",
				       verb(c), (unsigned long long)piece(c, c->first),
				       (unsigned long long)c->first, (long long)(c->f->timeout_ns / 1000000));
	if (n < 0)
		return err_set(e, -EIO, "%s the target: ibv_poll_cq returned %d", verb(c), n);
	if (wc.status != IBV_WC_SUCCESS || wc.wr_id != c->first)
		return refuse(c, &wc, e);
	c->first += piece(c, c->first);
	c->in_flight--;
	return 0;
}

static int cross(const struct ferry *f, enum ibv_wr_opcode opcode, uint64_t offset, uint64_t bytes,
		 struct err *e)
{
	struct crossing c = {
		.f = f,
		.opcode = opcode,
		.first = offset,
		.next = offset,
		.end = offset + bytes,
		.chunk = f->chunk ? f->chunk : CHUNK,
		.depth = f->depth < FERRY_DEPTH ? f->depth : FERRY_DEPTH,
	};
	int rc = 0;

	if (!c.depth)
		return err_set(e, -EINVAL, "a ferry needs room for one work request");
	while (!rc && c.first < c.end)
		rc = c.next < c.end && c.in_flight < c.depth ? post(&c, e) : land(&c, e);
	return rc;
}

int ferry_put(const struct ferry *f, uint64_t offset, uint64_t bytes, struct err *e)
{
	return cross(f, IBV_WR_RDMA_WRITE, offset, bytes, e);
}

int ferry_get(const struct ferry *f, uint64_t offset, uint64_t bytes, struct err *e)
{
	return cross(f, IBV_WR_RDMA_READ, offset, bytes, e);
}
