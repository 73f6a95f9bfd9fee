// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Contents of sources and targets outside of windows. System memory the responder's CPU fills and looks at; a
 * device's memory goes through the NIC, by way of a mirror of host memory: reading a BAR with the CPU takes
 * tens to hundreds of times as long. Behind a bounce the NIC reaches the staging only, so there the CPU has
 * to.
 */
#include <errno.h>
#include <string.h>

#include "meas/ferry.h"
#include "run/visit_parts.h"

/* A piece of the ferry, the longest wait for one, and for a CPU to see what a NIC has written. */
enum { CHUNK = 1 << 20 };
#define CARRY_TIMEOUT_NS 4000000000ll
#define SPOT_TIMEOUT_NS	 1000000000ll

bool stage_carries(const struct stage *s)
{
	return s->target->cpu != MEM_CPU_RAM && s->target->interconnect != INTERCONNECT_BOUNCE;
}

static const struct nic_mr *mirror_mr(const struct stage *s)
{
	return &s->v->setup->mirror[s->v->point->v[AX_TARGET]];
}

static uint8_t *mirror_of(const struct stage *s)
{
	return s->v->setup->mirror_buf[s->v->point->v[AX_TARGET]].va;
}

int carry_prepare(const struct stage *s, struct err *e)
{
	return stage_carries(s) ? setup_mirror(s->v->setup, s->v->point->v[AX_TARGET], s->target->bytes, e)
				: 0;
}

/* Between memory here at @local and the target. */
static struct ferry ferry_of(const struct stage *s, uint32_t qp, const struct nic_mr *local)
{
	uint32_t lane = qp % s->lanes, most = nic_attr(visit_nic(s->v))->max_msg_size;

	return (struct ferry){
		.qp = s->link->qp[(size_t)lane * s->link->per_lane + qp / s->lanes],
		.cq = s->link->cq[lane],
		.depth = setup_wrs(s->v->point, s->v->op),
		.chunk = most < CHUNK ? most : CHUNK,
		.local = local->addr,
		.lkey = local->mr->lkey,
		.remote = s->target->addr,
		.rkey = s->target->rkey,
		.timeout_ns = CARRY_TIMEOUT_NS,
	};
}

static int put(const struct stage *s, uint32_t qp, const struct slots *slots, struct err *e)
{
	const struct ferry f = ferry_of(s, qp, mirror_mr(s));

	return ferry_put(&f, slots->offset, slots_span(slots), e);
}

/* Queue pair @qp's own: what it reads back lies behind what it wrote. */
static int get(const struct stage *s, uint32_t qp, const struct slots *slots, struct err *e)
{
	const struct ferry f = ferry_of(s, qp, mirror_mr(s));

	return ferry_get(&f, slots->offset, slots_span(slots), e);
}

int carry_fill(const struct stage *s, uint32_t qp, const struct slots *slots, struct err *e)
{
	uint64_t offset = slots->offset, bytes = slots_span(slots);

	if (!stage_carries(s))
		return peer_target_fill(s->v->setup->peer, s->target->id, offset, bytes, s->v->key, e);
	pattern_fill(mirror_of(s), offset, bytes, s->v->key);
	return put(s, qp, slots, e);
}

int carry_poison(const struct stage *s, uint32_t qp, const struct slots *slots, struct err *e)
{
	uint64_t offset = slots->offset, bytes = slots_span(slots);

	if (!stage_carries(s))
		return peer_target_poison(s->v->setup->peer, s->target->id, offset, bytes, e);
	pattern_poison(mirror_of(s), offset, bytes);
	return put(s, qp, slots, e);
}

int carry_zero(const struct stage *s, uint32_t qp, const struct slots *slots, struct err *e)
{
	uint64_t offset = slots->offset, bytes = slots_span(slots);

	if (!stage_carries(s))
		return peer_target_zero(s->v->setup->peer, s->target->id, offset, bytes, e);
	memset(mirror_of(s) + offset, 0, bytes);
	return put(s, qp, slots, e);
}

int carry_check(const struct stage *s, uint32_t qp, const struct slots *slots, uint64_t messages, bool full,
		struct err *e)
{
	struct peer *peer = s->v->setup->peer;
	uint64_t key = s->v->key, bad;
	int rc;

	if (!stage_carries(s))
		return peer_target_check(peer, s->target->id, slots, messages, key, full, e);
	rc = get(s, qp, slots, e);
	/* Relaxed ordering: the last byte says nothing about the others. */
	if (!rc)
		rc = pattern_check(mirror_of(s), slots, messages, key, full || s->v->point->v[AX_RO] == 1,
				   &bad, e);
	if (!rc && s->target->cpu == MEM_CPU_DEVICE)
		rc = peer_target_spot(peer, s->target->id, slots, messages, key, SPOT_TIMEOUT_NS, e);
	return rc;
}

int carry_sum(const struct stage *s, uint32_t qp, const struct slots *slots, uint64_t *sum, struct err *e)
{
	int rc;

	if (!stage_carries(s))
		return peer_target_sum(s->v->setup->peer, s->target->id, slots, sum, e);
	rc = get(s, qp, slots, e);
	if (!rc)
		*sum = carry_words(mirror_of(s), slots);
	return rc;
}

bool stage_source_ram(const struct stage *s)
{
	return setup_source_ram(s->v->setup, s->v->point);
}

static uint8_t *source_bytes(const struct stage *s)
{
	return s->v->setup->source_buf[s->v->point->v[AX_SOURCE]].va;
}

static struct ferry source_ferry(const struct stage *s, uint32_t qp)
{
	return ferry_of(s, qp, &s->v->setup->source[s->v->point->v[AX_SOURCE]]);
}

/* What lies in the target now. */
static int fetch(const struct stage *s, uint32_t qp, const struct slots *slots, struct err *e)
{
	const struct ferry f = source_ferry(s, qp);

	return ferry_get(&f, slots->offset, slots_span(slots), e);
}

int source_fill(const struct stage *s, uint32_t qp, const struct slots *slots, struct err *e)
{
	int rc;

	if (stage_source_ram(s)) {
		pattern_fill(source_bytes(s), slots->offset, slots_span(slots), s->v->key);
		return 0;
	}
	rc = carry_fill(s, qp, slots, e);
	return rc ? rc : fetch(s, qp, slots, e);
}

int source_poison(const struct stage *s, uint32_t qp, const struct slots *slots, struct err *e)
{
	int rc;

	if (stage_source_ram(s)) {
		pattern_poison(source_bytes(s), slots->offset, slots_span(slots));
		return 0;
	}
	rc = carry_poison(s, qp, slots, e);
	return rc ? rc : fetch(s, qp, slots, e);
}

/* Over poison, so that what does not come is seen; and read back, so that all of it has come. */
static int show(const struct stage *s, uint32_t qp, const struct slots *slots, struct err *e)
{
	const struct ferry f = source_ferry(s, qp);
	uint64_t bytes = slots_span(slots);
	int rc = carry_poison(s, qp, slots, e);

	if (!rc)
		rc = ferry_put(&f, slots->offset, bytes, e);
	return rc ? rc : ferry_get(&f, slots->offset + bytes - 1, 1, e);
}

int source_check(const struct stage *s, uint32_t qp, const struct slots *slots, uint64_t messages, bool full,
		 struct err *e)
{
	uint64_t bad;
	int rc;

	if (stage_source_ram(s))
		return pattern_check(source_bytes(s), slots, messages, s->v->key, full, &bad, e);
	rc = show(s, qp, slots, e);
	return rc ? rc : carry_check(s, qp, slots, messages, full, e);
}

uint64_t carry_words(const uint8_t *base, const struct slots *slots)
{
	uint64_t sum = 0;

	for (uint64_t i = 0; i < slots->count; i++) {
		uint64_t word;

		memcpy(&word, base + slots->offset + i * slots->stride, sizeof(word));
		sum += word;
	}
	return sum;
}
