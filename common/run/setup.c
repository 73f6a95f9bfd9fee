// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Building and tearing down a setup: memory before MRs before queue pairs, and back. */
#include "run/setup.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

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
	s->mirror_buf = calloc(n, sizeof(*s->mirror_buf));
	s->mirror = calloc(n, sizeof(*s->mirror));
	s->asked = calloc(3 * n, sizeof(*s->asked));
	s->memory = calloc(n, sizeof(*s->memory));
	s->target = calloc(need->n_targets + 1, sizeof(*s->target));
	s->link = calloc(need->n_links + 1, sizeof(*s->link));
	for (size_t i = 0; s->source_buf && s->mirror_buf && i < n; i++)
		s->source_buf[i] = s->mirror_buf[i] = MEM_BUF_CLOSED;
	return s->source_buf && s->source && s->mirror_buf && s->mirror && s->asked && s->memory &&
			       s->target && s->link
		       ? 0
		       : -ENOMEM;
}

static int register_source(struct setup *s, size_t i, struct err *e)
{
	const struct nic_mr_spec spec = {.bytes = s->source_buf[i].bytes, .access = SOURCE_ACCESS};

	return nic_mr_reg(s->nic, &s->source_buf[i], &spec, &s->source[i], e);
}

/* What memory @i is opened from at one end. */
static int ask_memory(struct setup *s, const struct nic_attr *a, size_t i, int64_t numa,
		      struct config_memory *out, struct err *e)
{
	*out = s->config->memory[i];
	out->numa = numa;
	if ((uint64_t)out->length <= a->max_mr_size)
		return 0;
	return err_set(e, -EINVAL,
		       "%s: memory %s of %" PRId64 " bytes asked, an MR has at most %" PRIu64
		       " (max_mr_size)",
		       a->name, out->name, out->length, a->max_mr_size);
}

static int open_memory(struct setup *s, size_t i, const struct setup_need *need, struct mem_ctx *mem,
		       struct err *e)
{
	struct config_memory *source = &s->asked[i], *target = &s->asked[s->config->n_memory + i];
	int rc = 0;

	if (need->source[i]) {
		rc = ask_memory(s, nic_attr(s->nic), i, need->numa[i], source, e);
		if (!rc)
			rc = mem_open(mem, source, &s->source_buf[i], e);
		if (!rc)
			rc = register_source(s, i, e);
	}
	if (rc || !need->memory[i])
		return rc;
	rc = ask_memory(s, peer_nic_attr(s->peer), i, need->far_numa[i], target, e);
	return rc ? rc : peer_memory_open(s->peer, target, &s->memory[i], e);
}

static int open_memories(struct setup *s, const struct setup_need *need, struct mem_ctx *mem, struct err *e)
{
	for (size_t i = 0; i < s->config->n_memory; i++) {
		int rc = open_memory(s, i, need, mem, e);

		if (rc) {
			s->blame = &s->config->memory[i].mark;
			return rc;
		}
	}
	return 0;
}

static int open_target(const struct setup *s, struct setup_target *t, struct err *e)
{
	const struct target_key *k = &t->key;
	struct peer_target_spec spec = {
		.memory = s->memory[k->memory],
		.hint = &k->hint,
		.ro = k->ro == 1,
		.interconnect = k->interconnect,
	};
	struct nic_mr_tph seen;
	int rc = peer_target_open(s->peer, &spec, &t->at, e);

	t->open = !rc;
	t->shown = !rc && k->hint.tph > TPH_NONE &&
		   peer_target_shows_tph(s->peer, t->at.id, &seen, NULL) == 1 &&
		   seen.ph == (k->hint.ph == AXIS_EMPTY ? 0 : k->hint.ph);
	return rc;
}

/* The target stays closed: its visits open it. Others may hold tags just now. */
static int try_target(const struct setup *s, struct setup_target *t, struct err *e)
{
	int rc = open_target(s, t, e);

	if (t->open)
		peer_target_close(s->peer, t->at.id, NULL);
	t->open = false;
	return rc == -EBUSY ? 0 : rc;
}

static int open_targets(struct setup *s, const struct setup_need *need, struct err *e)
{
	for (; s->n_targets < need->n_targets; s->n_targets++) {
		struct setup_target *t = &s->target[s->n_targets];
		struct err why = {0};
		int rc;

		t->key = need->target[s->n_targets];
		rc = s->on_demand ? try_target(s, t, &why) : open_target(s, t, &why);
		if (!rc)
			continue;
		/* A device without hints costs the points that ask for them. */
		if (t->key.hint.tph > TPH_NONE && rc != -EBUSY) {
			t->why = strdup(why.text);
			continue;
		}
		s->blame = &s->config->memory[t->key.memory].mark;
		if (e)
			*e = why;
		return rc;
	}
	return 0;
}

/* All links live side by side, and each initiator QP has a responder QP: of one NIC where it is both ends. */
static int check_qps(struct setup *s, const struct setup_need *need, struct err *e)
{
	const struct nic_attr *here = nic_attr(s->nic), *there = peer_nic_attr(s->peer), *least;
	uint64_t qps = need->visit_qps;

	for (size_t i = 0; i < need->n_links; i++)
		qps += need->link[i].qps;
	least = there->max_qp < here->max_qp ? there : here;
	if ((s->loop ? 2 * qps : qps) <= least->max_qp)
		return 0;
	if (need->n_links)
		s->blame = need->link[0].widest;
	err_set(e, -EINVAL,
		"%s: %" PRIu64 " queue pairs and as many at the responder asked, the device has %u (max_qp)",
		least->name, qps, least->max_qp);
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

static int open_peer(struct setup *s, const struct setup_ends *ends, struct err *e)
{
	if (ends->there)
		return peer_open(ends->there, ends->mem, &s->peer, e);
	return peer_open_at(ends->host, ends->peer->device, (int)ends->peer->port, (int)ends->peer->gid_index,
			    &s->peer, e);
}

int setup_open(const struct setup_ends *ends, const struct config *c, const struct setup_need *need,
	       struct setup *out, struct err *e)
{
	int64_t t0 = clock_raw_ns();
	int rc;

	*out = (struct setup){
		.nic = ends->nic,
		.there = ends->there,
		.loop = ends->nic == ends->there,
		.mem = ends->mem,
		.config = c,
		.wr_api = need->wr_api,
		.on_demand = need->on_demand,
	};
	rc = allocate(out, need);
	if (rc)
		err_set(e, rc, "setup: out of memory");
	if (!rc)
		rc = open_peer(out, ends, e);
	if (!rc)
		rc = open_memories(out, need, ends->mem, e);
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

static void close_buffers(const struct setup *s, struct mem_buf *buf, struct nic_mr *mr)
{
	for (size_t i = 0; buf && mr && i < s->config->n_memory; i++) {
		nic_mr_dereg(s->nic, &mr[i], NULL);
		mem_close(&buf[i]);
	}
	free(buf);
	free(mr);
}

void setup_close(struct setup *s)
{
	for (size_t i = 0; i < s->n_links; i++)
		setup_link_close(s, &s->link[i]);
	peer_close(s->peer);
	close_buffers(s, s->source_buf, s->source);
	close_buffers(s, s->mirror_buf, s->mirror);
	free(s->asked);
	free(s->memory);
	for (size_t i = 0; i < s->n_targets; i++)
		free(s->target[i].why);
	free(s->target);
	free(s->link);
	free(s->copies.at);
	*s = (struct setup){0};
}

static struct setup_target *find_target(const struct setup *s, const struct point *pt)
{
	struct target_key k = setup_target_key(pt);

	return bsearch(&k, s->target, s->n_targets, sizeof(*s->target), setup_target_order);
}

const struct setup_target *setup_target(const struct setup *s, const struct point *pt)
{
	const struct setup_target *t = find_target(s, pt);

	return t && t->open ? t : NULL;
}

/* Whoever posts there looks at the source with the CPU. */
static bool looks_at_source(const struct point *pt)
{
	return pt->v[AX_OP] == OP_PINGPONG || pt->v[AX_INLINE] == 1 ||
	       pt->v[AX_INTERCONNECT] == INTERCONNECT_BOUNCE;
}

const char *setup_lacks(const struct setup *s, const struct point *pt)
{
	const struct setup_target *t = find_target(s, pt);

	if (!t)
		return "the setup was made for other ways to its target";
	if (pt->v[AX_MEASURE] != MEASURE_REG && looks_at_source(pt) && !setup_source_ram(s, pt))
		return "pingpong, inline and bounce need a source that the CPU can work on";
	return t->why;
}

int setup_target_take(const struct setup *s, const struct point *pt, struct err *e)
{
	struct setup_target *t = find_target(s, pt);

	return t->open ? 0 : open_target(s, t, e);
}

int setup_target_renew(const struct setup *s, const struct point *pt, struct err *e)
{
	struct setup_target *t = find_target(s, pt);

	peer_target_close(s->peer, t->at.id, NULL);
	t->open = false;
	return open_target(s, t, e);
}

/* Slots lie where both the target and the source of a point have memory. */
static uint64_t longest_source(const struct setup *s)
{
	uint64_t most = 0;

	for (size_t i = 0; i < s->config->n_memory; i++)
		most = s->source_buf[i].bytes > most ? s->source_buf[i].bytes : most;
	return most;
}

int setup_mirror(const struct setup *s, int64_t memory, uint64_t target_bytes, struct err *e)
{
	uint64_t most = longest_source(s), bytes = target_bytes < most ? target_bytes : most;
	const struct nic_mr_spec spec = {.bytes = bytes, .access = IBV_ACCESS_LOCAL_WRITE};
	struct config_memory *host = &s->asked[2 * s->config->n_memory + (size_t)memory];
	struct mem_buf *b = &s->mirror_buf[memory];
	int rc;

	if (b->va)
		return 0;
	*host = (struct config_memory){
		.name = "mirror", .kind = MEM_HOST, .length = (int64_t)bytes, .numa = CONFIG_NUMA_ANY};
	rc = mem_open(s->mem, host, b, e);
	if (!rc)
		rc = nic_mr_reg(s->nic, b, &spec, &s->mirror[memory], e);
	if (rc)
		mem_close(b);
	return rc;
}

void setup_target_give(const struct setup *s, const struct point *pt)
{
	struct setup_target *t = find_target(s, pt);

	if (s->on_demand && t->open) {
		peer_target_close(s->peer, t->at.id, NULL);
		t->open = false;
	}
}

const struct setup_link *setup_link(const struct setup *s, const struct point *pt)
{
	struct link_key k = setup_link_key(s->wr_api, pt);

	for (size_t i = 0; i < s->n_links; i++)
		if (setup_link_same(&s->link[i].key, &k))
			return &s->link[i];
	return NULL;
}

bool setup_source_ram(const struct setup *s, const struct point *pt)
{
	return s->source_buf[pt->v[AX_SOURCE]].cpu == MEM_CPU_RAM;
}

struct lane_bed setup_bed(const struct setup *s, const struct setup_link *link, const struct point *pt,
			  uint32_t lane)
{
	const struct nic_mr *source = &s->source[pt->v[AX_SOURCE]];
	const struct peer_target *target = &setup_target(s, pt)->at;
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
