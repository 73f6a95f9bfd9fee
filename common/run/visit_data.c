// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The data of a visit: what lies in source and target before the window, and what must lie there after it.
 * The device's own counts of what passed under a tag are held against the lanes' here as well.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "run/visit_parts.h"

bool visit_verified(const struct visit *v)
{
	const struct setup_target *t = setup_target(v->setup, v->point);
	bool bounced = v->point->v[AX_INTERCONNECT] == INTERCONNECT_BOUNCE;

	return v->op->run && v->set->verify != VERIFY_NONE && nic_attr(visit_nic(v))->moves_data && t &&
	       (t->at.cpu != MEM_CPU_NONE || !bounced);
}

static uint8_t *source_of(const struct stage *s)
{
	return s->v->setup->source_buf[s->v->point->v[AX_SOURCE]].va;
}

static uint64_t reply_offset(const struct stage *s)
{
	return lane_reply_offset(s->v->setup->source[s->v->point->v[AX_SOURCE]].bytes);
}

/* Pattern where the data comes from, poison where it goes to. */
static int place_pattern(const struct stage *s, uint32_t qp, const struct lane_trace *t, struct err *e)
{
	int rc;

	if (t->reverse) {
		rc = source_poison(s, qp, &t->slots, e);
		return rc ? rc : carry_fill(s, qp, &t->slots, e);
	}
	rc = source_fill(s, qp, &t->slots, e);
	return rc ? rc : carry_poison(s, qp, &t->slots, e);
}

int stage_place(const struct stage *s, struct err *e)
{
	enum op_check check = s->v->op->check;
	int rc = carry_prepare(s, e);

	for (uint32_t i = 0; !rc && i < s->v->point->v[AX_QPS]; i++) {
		struct lane_trace t = stage_trace(s, i);
		uint64_t bytes = slots_span(&t.slots);

		if (check == OP_CHECK_ADD || check == OP_CHECK_SWAP) {
			/* An original one below nothing stands for "no message". */
			if (stage_source_ram(s))
				memset(source_of(s) + t.slots.offset, check == OP_CHECK_ADD ? 0xff : 0,
				       bytes);
			rc = carry_zero(s, i, &t.slots, e);
		} else if (check != OP_CHECK_NONE) {
			rc = place_pattern(s, i, &t, e);
		}
		if (check == OP_CHECK_ECHO)
			memset(source_of(s) + reply_offset(s), 0, t.slots.size);
	}
	return rc;
}

static int check_pattern(const struct stage *s, uint32_t qp, const struct lane_trace *t, struct err *e)
{
	bool full = s->v->set->verify == VERIFY_FULL;

	return t->reverse ? source_check(s, qp, &t->slots, t->messages, full, e)
			  : carry_check(s, qp, &t->slots, t->messages, full, e);
}

/* The answer holds what the message held, but for the last byte, which counts. */
static int check_echo(const struct stage *s, const struct lane_trace *t, struct err *e)
{
	struct slots body = t->slots;
	uint64_t bad;
	int rc;

	if (--body.size == 0)
		return 0;
	rc = peer_target_check(s->v->setup->peer, s->target->id, &body, t->messages, s->v->key, true, e);
	/* Bytes are told by their offset, and the answer lies elsewhere than the message. */
	return rc ? rc
		  : pattern_check(source_of(s) + reply_offset(s) - body.offset, &body, t->messages, s->v->key,
				  true, &bad, e);
}

/* Messages among the first @m that go to the slot which comes at place @p of a lap. */
static uint64_t visits_of(const struct slots *s, uint64_t m, uint64_t p)
{
	uint64_t ring = s->ring, last = m % ring;

	return m / ring * (ring / s->count + (p < ring % s->count)) + last / s->count + (p < last % s->count);
}

/* What the words of a queue pair's slots add up to, modulo 2^64: @target's, and the originals in @source. */
static void expected_sums(enum op_check check, const struct lane_trace *t, uint64_t *target, uint64_t *source)
{
	uint64_t odd = 0, even = 0;

	if (check == OP_CHECK_ADD) {
		*target = t->messages;
		*source = t->messages - t->slots.count; /* each original is one below its word */
		return;
	}
	for (uint64_t p = 0; p < t->slots.count; p++) {
		uint64_t n = visits_of(&t->slots, t->messages, p);

		odd += n % 2;
		even += n && n % 2 == 0;
	}
	*target = odd * LANE_SWAP;
	*source = even * LANE_SWAP;
}

static int check_atomics(const struct stage *s, uint32_t qp, const struct lane_trace *t, struct err *e)
{
	uint64_t want_target, want_source, target, source;
	int rc = carry_sum(s, qp, &t->slots, &target, e);

	if (rc)
		return rc;
	expected_sums(s->v->op->check, t, &want_target, &want_source);
	/* What came back to memory that no CPU should read is left to the target's sum. */
	source = stage_source_ram(s) ? carry_words(source_of(s), &t->slots) : want_source;
	if (target == want_target && source == want_source)
		return 0;
	return err_set(e, -EBADMSG,
		       "atomics: after %" PRIu64 " operations the target's words add up to %" PRIu64
		       " (expected %" PRIu64 "), the values brought back to %" PRIu64 " (expected %" PRIu64
		       ")",
		       t->messages, target, want_target, source, want_source);
}

int stage_check(const struct stage *s, struct err *e)
{
	int rc = 0;

	for (uint32_t i = 0; !rc && i < s->v->point->v[AX_QPS]; i++) {
		struct lane_trace t = stage_trace(s, i);

		switch (s->v->op->check) {
		case OP_CHECK_TARGET:
		case OP_CHECK_SOURCE:
			rc = check_pattern(s, i, &t, e);
			break;
		case OP_CHECK_ADD:
		case OP_CHECK_SWAP:
			rc = check_atomics(s, i, &t, e);
			break;
		case OP_CHECK_ECHO:
			rc = check_echo(s, &t, e);
			break;
		case OP_CHECK_NONE:
			break;
		}
	}
	return rc;
}

/* Return: 0 and the counts, of which there may be none; -ENOMEM. */
static int read_counts(struct nic *nic, struct nic_hint_count **out, int *n)
{
	struct nic_hint_count none;

	*out = NULL;
	*n = nic_hint_counts(nic, &none, 0);
	if (*n <= 0)
		return 0;
	*out = calloc((size_t)*n, sizeof(**out));
	if (!*out)
		return -ENOMEM;
	nic_hint_counts(nic, *out, *n);
	return 0;
}

/* The device that reaches the target; of a responder elsewhere nothing tells what it has seen. */
static struct nic *analyzer(const struct stage *s)
{
	return s->v->setup->there;
}

int stage_count(struct stage *s, struct err *e)
{
	int rc;

	s->n_counts = -1;
	if (!analyzer(s) || !nic_attr(analyzer(s))->counts_hints)
		return 0;
	rc = read_counts(analyzer(s), &s->counts, &s->n_counts);
	return rc ? err_set(e, rc, "visit: out of memory for the tags seen") : 0;
}

static bool is_tag_of(const struct nic_hint_count *c, const struct point *pt)
{
	return c->tph == pt->v[AX_TPH] && c->st == pt->v[AX_ST] && c->st_ext == pt->v[AX_ST_EXT] &&
	       c->ph == pt->v[AX_PH];
}

/* What has passed between the device and the target: the lanes' accesses, and the responder's own. */
static struct lane_traffic traffic_of(const struct stage *s)
{
	struct lane_traffic sum = {0};

	for (uint32_t i = 0; i < s->lanes; i++) {
		struct lane_traffic t = lane_traffic(&s->lane[i]);

		sum.ops += t.ops;
		sum.bytes += t.bytes;
	}
	/* An echo is read from the target. */
	if (s->v->op->peer == OP_ECHOES) {
		sum.ops += s->served;
		sum.bytes += s->served * (uint64_t)s->v->point->v[AX_SIZE];
	}
	return sum;
}

static bool untagged(int64_t tph)
{
	return tph == TPH_NONE || tph == AXIS_EMPTY;
}

/* What tag number @i has seen since the window was prepared against what was sent under it. */
static int compare_count(struct stage *s, int i, const struct nic_hint_count *now,
			 const struct lane_traffic *sent, struct err *e)
{
	bool ours = is_tag_of(now, s->v->point);
	uint64_t ops = now->ops - (i < s->n_counts ? s->counts[i].ops : 0);
	uint64_t bytes = now->bytes - (i < s->n_counts ? s->counts[i].bytes : 0);

	if (ops != (ours ? sent->ops : 0) || bytes != (ours ? sent->bytes : 0))
		return err_set(e, -EBADMSG,
			       "analyzer: %" PRIu64 " accesses of %" PRIu64
			       " bytes seen under %s tag, %" PRIu64 " of %" PRIu64 " sent under it",
			       ops, bytes, ours ? "this point's" : "another point's", ours ? sent->ops : 0,
			       ours ? sent->bytes : 0);
	s->tag_counted |= ours && ops;
	return 0;
}

static int compare_counts(struct stage *s, const struct nic_hint_count *now, int n, struct err *e)
{
	const struct lane_traffic sent = traffic_of(s);
	bool seen = untagged(s->v->point->v[AX_TPH]);

	for (int i = 0; i < n; i++) {
		int rc = untagged(now[i].tph) ? 0 : compare_count(s, i, &now[i], &sent, e);

		if (rc)
			return rc;
		seen |= is_tag_of(&now[i], s->v->point);
	}
	if (seen)
		return 0;
	return err_set(e, -EBADMSG,
		       "analyzer: nothing seen under this point's tag, %" PRIu64 " accesses of %" PRIu64
		       " bytes sent under it",
		       sent.ops, sent.bytes);
}

int stage_counted(struct stage *s, struct err *e)
{
	struct nic_hint_count *now;
	int n, rc;

	if (s->n_counts < 0)
		return 0;
	rc = read_counts(analyzer(s), &now, &n);
	if (rc)
		return err_set(e, rc, "visit: out of memory for the tags seen");
	rc = compare_counts(s, now, n, e);
	free(now);
	return rc;
}
