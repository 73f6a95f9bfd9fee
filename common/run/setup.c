// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Building and tearing down a setup: memory before MRs before queue pairs, and back. */
#include "run/setup.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/err.h"
#include "run/setup_parts.h"

/* The responder's echoes land in the source. */
enum { SOURCE_ACCESS = IBV_ACCESS_LOCAL_WRITE | IBV_ACCESS_REMOTE_WRITE };

static int allocate(struct setup *s, const struct setup_need *need)
{
	size_t n = s->config->n_memory;

	s->source_buf = calloc(n, sizeof(*s->source_buf));
	s->source = calloc(n, sizeof(*s->source));
	s->memory = calloc(n, sizeof(*s->memory));
	s->target = calloc(need->n_targets + 1, sizeof(*s->target));
	s->link = calloc(need->n_links + 1, sizeof(*s->link));
	for (size_t i = 0; s->source_buf && i < n; i++)
		s->source_buf[i] = MEM_BUF_CLOSED;
	return s->source_buf && s->source && s->memory && s->target && s->link ? 0 : -ENOMEM;
}

static int open_memory(struct setup *s, size_t i, const struct setup_need *need, const struct sys *sys,
		       struct err *e)
{
	struct config_memory at = s->config->memory[i], *m = &at;
	const struct nic_attr *a = nic_attr(s->nic);
	int rc = 0;

	at.numa = need->numa[i];

	if ((need->source[i] || need->memory[i]) && (uint64_t)m->length > a->max_mr_size)
		return err_set(e, -EINVAL,
			       "%s: memory %s of %" PRId64 " bytes asked, an MR has at most %" PRIu64
			       " (max_mr_size)",
			       a->name, m->name, m->length, a->max_mr_size);
	if (need->source[i]) {
		rc = mem_open(m, sys, &s->source_buf[i], e);
		if (!rc)
			rc = nic_mr_reg(s->nic, &s->source_buf[i], 0, s->source_buf[i].bytes, SOURCE_ACCESS,
					NULL, &s->source[i], e);
	}
	if (!rc && need->memory[i])
		rc = peer_memory_open(s->peer, m, &s->memory[i], e);
	return rc;
}

static int open_memories(struct setup *s, const struct setup_need *need, const struct sys *sys, struct err *e)
{
	for (size_t i = 0; i < s->config->n_memory; i++) {
		int rc = open_memory(s, i, need, sys, e);

		if (rc) {
			s->blame = &s->config->memory[i].mark;
			return rc;
		}
	}
	return 0;
}

/* In the order of setup_need.c. */
static struct mem_hint hint_of(const struct target_key *k)
{
	return (struct mem_hint){
		.tph = k->v[1],
		.st = k->v[2],
		.st_ext = k->v[3],
		.ph = k->v[4],
		.tph_cpu = k->v[5],
		.tph_mem = k->v[6],
	};
}

static int open_targets(struct setup *s, const struct setup_need *need, struct err *e)
{
	for (; s->n_targets < need->n_targets; s->n_targets++) {
		struct setup_target *t = &s->target[s->n_targets];
		struct mem_hint hint;
		int rc;

		t->key = need->target[s->n_targets];
		hint = hint_of(&t->key);
		rc = peer_target_open(s->peer, s->memory[t->key.v[0]], &hint,
				      t->key.v[SETUP_TARGET_AXES - 1] == 1, &t->at, e);
		if (rc) {
			s->blame = &s->config->memory[t->key.v[0]].mark;
			return rc;
		}
	}
	return 0;
}

/* All links live side by side, and each initiator QP has a responder QP. */
static int check_qps(struct setup *s, const struct setup_need *need, struct err *e)
{
	const struct nic_attr *a = nic_attr(s->nic);
	uint64_t qps = need->visit_qps;

	for (size_t i = 0; i < need->n_links; i++)
		qps += need->link[i].qps;
	if (2 * qps <= a->max_qp)
		return 0;
	if (need->n_links)
		s->blame = need->link[0].widest;
	err_set(e, -EINVAL,
		"%s: %" PRIu64 " queue pairs and as many at the responder asked, the device has %u (max_qp)",
		a->name, qps, a->max_qp);
	return err_hint(e, -EINVAL,
			"each value of threads, mtu, rd_atomic, post and inline has queue pairs of its own: "
			"lower qps, or run fewer of these values at a time");
}

static int open_links(struct setup *s, const struct setup_need *need, struct err *e)
{
	int rc = check_qps(s, need, e);

	while (!rc && s->n_links < need->n_links) {
		const struct link_need *n = &need->link[s->n_links];

		rc = setup_link_make(s, n, 0, &s->link[s->n_links++], &s->blame, e);
	}
	if (!rc)
		s->blame = NULL;
	return rc;
}

int setup_open(struct nic *nic, const struct config *c, const struct setup_need *need, const struct sys *sys,
	       struct setup *out, struct err *e)
{
	int64_t t0 = clock_raw_ns();
	int rc;

	*out = (struct setup){.nic = nic, .config = c, .wr_api = need->wr_api};
	rc = allocate(out, need);
	if (rc)
		err_set(e, rc, "setup: out of memory");
	if (!rc)
		rc = peer_open(nic, sys, &out->peer, e);
	if (!rc)
		rc = open_memories(out, need, sys, e);
	if (!rc)
		rc = open_targets(out, need, e);
	if (!rc)
		rc = open_links(out, need, e);
	if (rc) {
		const struct mark *blame = out->blame;

		setup_close(out);
		out->blame = blame;
	}
	out->took_ns = clock_raw_ns() - t0;
	return rc;
}

void setup_close(struct setup *s)
{
	for (size_t i = 0; i < s->n_links; i++)
		setup_link_close(s, &s->link[i]);
	peer_close(s->peer);
	for (size_t i = 0; s->source_buf && s->source && i < s->config->n_memory; i++) {
		nic_mr_dereg(s->nic, &s->source[i], NULL);
		mem_close(&s->source_buf[i]);
	}
	free(s->source_buf);
	free(s->source);
	free(s->memory);
	free(s->target);
	free(s->link);
	free(s->copies.at);
	*s = (struct setup){0};
}

const struct peer_target *setup_target(const struct setup *s, const struct point *pt)
{
	struct target_key k = setup_target_key(pt);
	const struct setup_target *t =
		bsearch(&k, s->target, s->n_targets, sizeof(*s->target), setup_target_order);

	return t ? &t->at : NULL;
}

const struct setup_link *setup_link(const struct setup *s, const struct point *pt)
{
	struct link_key k = setup_link_key(s->wr_api, pt);

	for (size_t i = 0; i < s->n_links; i++)
		if (setup_link_same(&s->link[i].key, &k))
			return &s->link[i];
	return NULL;
}

struct lane_bed setup_bed(const struct setup *s, const struct setup_link *link, const struct point *pt,
			  uint32_t lane)
{
	const struct nic_mr *source = &s->source[pt->v[AX_SOURCE]];
	const struct peer_target *target = setup_target(s, pt);
	uint32_t qps = (uint32_t)pt->v[AX_QPS];

	return (struct lane_bed){
		.qp = &link->qp[(size_t)lane * link->per_lane],
		.qpx = link->key.wr_api ? &link->qpx[(size_t)lane * link->per_lane] : NULL,
		.n_qp = (qps - lane + link->lanes - 1) / link->lanes,
		.first = lane,
		.step = link->lanes,
		.total = qps,
		.cq = link->cq[lane],
		.local_va = s->source_buf[pt->v[AX_SOURCE]].va,
		.local_addr = source->addr,
		.remote_addr = target->addr,
		.bytes = source->bytes < target->bytes ? source->bytes : target->bytes,
		.local_bytes = source->bytes,
		.lkey = source->mr->lkey,
		.rkey = target->rkey,
	};
}
