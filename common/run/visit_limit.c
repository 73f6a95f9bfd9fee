// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* A visit's bound: by the topology, or by what the CPU copies; and the figure against it. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "run/choose.h"
#include "run/visit_parts.h"

/* The best of a few slices is what the CPU can do; together a few milliseconds. */
enum { SLICES = 8, SLICE_NS = 400000, CHUNK = 65536 };

/* @there: of the function that reaches the target. */
static struct bound bound_of(const struct visit *v, const struct limits_end *here,
			     const struct limits_end *there, struct path_ask *ask)
{
	/* Data-direct reaches the target by its own link; the source is fetched by the main function. */
	static const struct limits_net none = {.name = "none"};
	bool loop = v->setup->loop;

	if (ask && !loop)
		ask->loopback = false;
	if (v->point->v[AX_INTERCONNECT] == INTERCONNECT_BOUNCE)
		/* Of several threads one may copy while another transfers. */
		return limits_bounce(there->t, there->nic, there->memory, ask,
				     v->point->v[AX_OVERLAP] != 1 && v->point->v[AX_THREADS] == 1);
	/* The model of one NIC as both ends takes the source to be host memory. */
	if (loop && v->point->v[AX_INTERCONNECT] != INTERCONNECT_DATA_DIRECT && here->memory == LIMITS_HOST)
		return limits_bound(there->t, there->nic, there->memory, ask);
	return limits_between(here, there, loop ? &none : v->net, ask);
}

void visit_bound(struct visit *v, struct row *row)
{
	const struct nic_attr *a = nic_attr(v->setup->nic), *b = peer_nic_attr(v->setup->peer);
	const struct config_memory *memory = v->setup->config->memory;
	const int64_t *at = v->point->v;
	const struct limits_end here = {
		v->places->topo, v->places->nic_fn, a->port,
		at[AX_SOURCE] < 0 ? LIMITS_HOST : limits_target(v->places->topo, &memory[at[AX_SOURCE]])};
	const struct limits_end there = {v->there->topo, choose_fn(v->there, b, at[AX_INTERCONNECT]), b->port,
					 limits_target(v->there->topo, &memory[at[AX_TARGET]])};
	int mtu = a->active_mtu < b->active_mtu ? a->active_mtu : b->active_mtu;
	struct path_ask ask;
	bool bounded;

	v->bound = BOUND_UNKNOWN;
	if (b->evidence == NIC_SOFTWARE || (here.nic < 0 && there.nic < 0) ||
	    (v->setup->loop && there.nic < 0))
		return;
	bounded = limits_traffic(v->point, v->op, (unsigned int)mtu, &ask);
	v->bound = bound_of(v, &here, &there, bounded ? &ask : NULL);
	limits_row(row, &v->bound);
}

/* Messages of all queue pairs in turn, each in its own slots; GB/s of the best slice, 0 = cannot be told. */
static double copy_rate(const struct stage *s)
{
	const struct setup *up = s->v->setup;
	const uint8_t *source = up->source_buf[s->v->point->v[AX_SOURCE]].va;
	uint32_t qps = (uint32_t)s->v->point->v[AX_QPS];
	uint64_t size = (uint64_t)s->v->point->v[AX_SIZE], chunk = size < CHUNK ? CHUNK / size : 1, next = 0;
	double best = 0;

	for (int i = 0; i < SLICES; i++) {
		int64_t t0 = clock_raw_ns(), ns = 0;
		uint64_t bytes = 0;

		for (; ns < SLICE_NS; ns = clock_raw_ns() - t0, next++) {
			struct slots slots = stage_trace(s, (uint32_t)(next % qps)).slots;

			/* The slots are the target's; the source may be smaller. */
			if (!slots_fit(&slots, up->source_buf[s->v->point->v[AX_SOURCE]].bytes) ||
			    peer_target_copy(up->peer, s->target->id, &slots, source, next / qps * chunk,
					     chunk, NULL))
				return 0;
			bytes += chunk * size;
		}
		best = fmax(best, (double)bytes / (double)ns);
	}
	return best;
}

static struct setup_copy *find_copy(struct setup_copies *c, const struct setup_copy *key)
{
	struct setup_copy *more;

	for (size_t i = 0; i < c->n; i++) {
		const struct setup_copy *at = &c->at[i];

		if (at->source == key->source && at->target == key->target && at->size == key->size &&
		    at->pattern == key->pattern && at->span == key->span)
			return &c->at[i];
	}
	more = realloc(c->at, (c->n + 1) * sizeof(*more));
	if (!more)
		return NULL;
	c->at = more;
	c->at[c->n] = *key;
	return &c->at[c->n++];
}

/* Lanes that can run at the same time. */
static double side_by_side(const struct stage *s)
{
	uint32_t cpus = (uint32_t)CPU_COUNT(s->v->places->allowed);

	return s->lanes < cpus ? s->lanes : cpus;
}

static uint64_t span_of(const struct stage *s, uint32_t qp)
{
	struct slots slots = stage_trace(s, qp).slots;

	return slots_span(&slots);
}

void stage_copy(struct stage *s)
{
	const struct nic_attr *a = nic_attr(s->v->setup->nic);
	const int64_t *v = s->v->point->v;
	struct setup_copy key = {.source = v[AX_SOURCE],
				 .target = v[AX_TARGET],
				 .size = v[AX_SIZE],
				 .pattern = v[AX_PATTERN],
				 .gbyte_s = -1};
	struct setup_copy *copy;
	struct path_ask ask;

	/* Of a responder elsewhere the copy cannot be made. */
	if (a->evidence != NIC_SOFTWARE || !a->moves_data || !s->v->copies ||
	    !peer_is_here(s->v->setup->peer) || s->target->cpu != MEM_CPU_RAM ||
	    !setup_source_ram(s->v->setup, s->v->point) || !limits_traffic(s->v->point, s->v->op, 0, &ask))
		return;
	for (uint32_t i = 0; i < v[AX_QPS]; i++)
		key.span += span_of(s, i);
	copy = find_copy(s->v->copies, &key);
	if (!copy)
		return;
	if (copy->gbyte_s < 0)
		copy->gbyte_s = copy_rate(s);
	s->v->bound.hard = copy->gbyte_s * side_by_side(s);
	s->v->bound.by = s->v->bound.source = limits_memcpy;
	limits_row(s->row, &s->v->bound);
}

void stage_judge_bound(struct stage *s)
{
	double got = (double)s->w.ops * (double)s->v->point->v[AX_SIZE] / (double)s->w.window_ns;
	const struct bound *b = &s->v->bound;
	enum limits_verdict verdict = limits_judge(b, got, s->w.coarse);
	char text[200];

	if (b->hard > 0)
		row_num(s->row, COL_PCT_LIMIT, 100 * got / b->hard);
	if (verdict == LIMITS_ABOVE)
		row_flag(s->row, "above_limit");
	if (verdict != LIMITS_IMPOSSIBLE || (s->v->status != ST_OK && s->v->status != ST_OVERLOAD))
		return;
	snprintf(text, sizeof(text),
		 "%.6g GB/s counted, the link above %s carries %.6g (%s): the count or an input is wrong",
		 got, b->hop, b->hard, b->by);
	s->v->status = ST_ERROR;
	row_text(s->row, COL_REASON, "above the physical limit");
	row_int(s->row, COL_ERR_CODE, ERANGE);
	row_text(s->row, COL_ERR_TEXT, text);
}
