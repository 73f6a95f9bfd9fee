// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Memory, the MRs over it, and what the responder's CPU does to their contents between windows. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/err.h"
#include "peer/peer_priv.h"

int peer_memory_open(struct peer *p, const struct config_memory *m, uint32_t *id, struct err *e)
{
	struct mem_buf *b = malloc(sizeof(*b));
	int rc;

	if (!b)
		return err_set(e, -ENOMEM, "peer: out of memory for memory '%s'", m->name);
	rc = mem_open(m, p->sys, b, e);
	if (!rc)
		rc = peer_table_add(&p->memory, b, id, e);
	if (rc) {
		mem_close(b);
		free(b);
	}
	return rc;
}

int target_free(struct peer *p, struct target *t, struct err *e)
{
	int rc;

	if (!t)
		return 0;
	rc = nic_mr_dereg(p->nic, &t->mr, e);
	free(t);
	return rc;
}

/*
 * What is registered: the memory itself, or where the exporter sets the hint one more export of it, which
 * @out keeps open. An MR outlives the descriptor it was made from, so a sweep over many tags holds none.
 */
static const struct mem_buf *target_buf(const struct target *t, struct mem_buf *out, int *rc, struct err *e)
{
	*out = MEM_BUF_CLOSED;
	*rc = t->hint.tph == TPH_EXPORTER ? mem_export(t->buf, &t->hint, out, e) : 0;
	return t->hint.tph == TPH_EXPORTER ? out : t->buf;
}

static int target_register(struct peer *p, struct target *t, struct err *e)
{
	struct mem_buf exported;
	int rc;
	const struct mem_buf *buf = target_buf(t, &exported, &rc, e);

	if (!rc)
		rc = nic_mr_reg(p->nic, buf, 0, buf->bytes, t->access, &t->hint, &t->mr, e);
	mem_close(&exported);
	return rc;
}

int peer_target_open(struct peer *p, uint32_t memory, const struct mem_hint *hint, bool ro,
		     struct peer_target *out, struct err *e)
{
	const struct mem_buf *buf = peer_table_find(&p->memory, memory);
	struct target *t;
	int rc;

	if (!buf)
		return err_set(e, -EINVAL, "peer: no memory %u", memory);
	t = malloc(sizeof(*t));
	if (!t)
		return err_set(e, -ENOMEM, "peer: out of memory for a target");
	*t = (struct target){
		.buf = buf,
		.hint = hint ? *hint : MEM_NO_HINT,
		.access = peer_rights(p) | IBV_ACCESS_LOCAL_WRITE | (ro ? IBV_ACCESS_RELAXED_ORDERING : 0),
	};
	rc = target_register(p, t, e);
	if (!rc)
		rc = peer_table_add(&p->targets, t, &out->id, e);
	if (rc) {
		target_free(p, t, NULL);
		return rc;
	}
	out->addr = t->mr.addr;
	out->rkey = t->mr.mr->rkey;
	out->bytes = t->mr.bytes;
	out->kind = buf->kind;
	out->reg_ns = t->mr.reg_ns;
	out->cpu_access = buf->va != NULL;
	return 0;
}

int peer_target_close(struct peer *p, uint32_t id, struct err *e)
{
	struct target *t = peer_table_find(&p->targets, id);

	if (!t)
		return err_set(e, -EINVAL, "peer: no target %u", id);
	if (peer_serves_target(p, t))
		return err_set(e, -EBUSY, "peer: target %u is being served", id);
	p->targets.at[id] = NULL;
	return target_free(p, t, e);
}

const struct target *peer_find_target(const struct peer *p, uint32_t id, bool cpu, struct err *e)
{
	const struct target *t = peer_table_find(&p->targets, id);

	if (!t) {
		err_set(e, -EINVAL, "peer: no target %u", id);
		return NULL;
	}
	if (cpu && !t->buf->va) {
		err_set(e, -EINVAL, "peer: target %u (%s) has no CPU mapping", id,
			mem_kind_name(t->buf->kind));
		return NULL;
	}
	return t;
}

int peer_target_alive(struct peer *p, uint32_t id, struct err *e)
{
	const struct target *t = peer_find_target(p, id, false, e);
	const struct mem_buf *buf;
	struct mem_buf exported;
	int rc;

	if (!t)
		return -EINVAL;
	buf = target_buf(t, &exported, &rc, e);
	if (!rc)
		rc = nic_mr_alive(p->nic, buf, &t->mr, e);
	mem_close(&exported);
	return rc;
}

/* One registration and its end, both timed. */
static int reg_once(struct peer *p, const struct target *t, const struct mem_buf *buf, uint64_t bytes,
		    const struct peer_reg *out, struct err *e)
{
	struct nic_mr mr = {0};
	int rc = nic_mr_reg(p->nic, buf, 0, bytes, t->access, &t->hint, &mr, e);
	int64_t t0;

	if (rc)
		return rc;
	hist_record(out->reg, (uint64_t)mr.reg_ns);
	t0 = clock_raw_ns();
	rc = nic_mr_dereg(p->nic, &mr, e);
	hist_record(out->dereg, (uint64_t)(clock_raw_ns() - t0));
	return rc;
}

int peer_target_reg(struct peer *p, uint32_t id, uint64_t bytes, int64_t ns, uint64_t least,
		    const struct peer_reg *out, struct err *e)
{
	const struct target *t = peer_find_target(p, id, false, e);
	int64_t end = clock_raw_ns() + ns;
	const struct mem_buf *buf;
	struct mem_buf exported;
	int rc;

	if (!t)
		return -EINVAL;
	if (!bytes || bytes > t->buf->bytes)
		return err_set(e, -EINVAL, "peer: cannot register %llu bytes of target %u, which has %llu",
			       (unsigned long long)bytes, id, (unsigned long long)t->buf->bytes);
	buf = target_buf(t, &exported, &rc, e);
	for (uint64_t n = 0; !rc && (n < least || clock_raw_ns() < end); n++)
		rc = reg_once(p, t, buf, bytes, out, e);
	mem_close(&exported);
	return rc;
}

/* The first byte of the range, when @id names an open target that it lies in and the CPU can reach. */
static uint8_t *find_range(struct peer *p, uint32_t id, uint64_t offset, uint64_t bytes, struct err *e)
{
	const struct target *t = peer_find_target(p, id, true, e);

	if (!t)
		return NULL;
	if (offset > t->buf->bytes || bytes > t->buf->bytes - offset) {
		err_set(e, -EINVAL, "peer: target %u has no %llu bytes at offset %llu, only %llu in all", id,
			(unsigned long long)bytes, (unsigned long long)offset,
			(unsigned long long)t->buf->bytes);
		return NULL;
	}
	return t->buf->va;
}

/* The same for slots. */
static uint8_t *find_slots(struct peer *p, uint32_t id, const struct slots *s, struct err *e)
{
	const struct target *t = peer_find_target(p, id, true, e);

	if (!t)
		return NULL;
	if (!slots_fit(s, t->buf->bytes)) {
		err_set(e, -EINVAL, "peer: %llu slots of %llu bytes do not fit target %u of %llu bytes",
			(unsigned long long)s->count, (unsigned long long)s->size, id,
			(unsigned long long)t->buf->bytes);
		return NULL;
	}
	return t->buf->va;
}

int peer_target_poison(struct peer *p, uint32_t id, uint64_t offset, uint64_t bytes, struct err *e)
{
	uint8_t *va = find_range(p, id, offset, bytes, e);

	if (!va)
		return -EINVAL;
	pattern_poison(va, offset, bytes);
	return 0;
}

int peer_target_zero(struct peer *p, uint32_t id, uint64_t offset, uint64_t bytes, struct err *e)
{
	uint8_t *va = find_range(p, id, offset, bytes, e);

	if (!va)
		return -EINVAL;
	memset(va + offset, 0, bytes);
	return 0;
}

int peer_target_fill(struct peer *p, uint32_t id, uint64_t offset, uint64_t bytes, uint64_t key,
		     struct err *e)
{
	uint8_t *va = find_range(p, id, offset, bytes, e);

	if (!va)
		return -EINVAL;
	pattern_fill(va, offset, bytes, key);
	return 0;
}

int peer_target_check(struct peer *p, uint32_t id, const struct slots *s, uint64_t messages, uint64_t key,
		      bool full, struct err *e)
{
	const uint8_t *va = find_slots(p, id, s, e);
	uint64_t bad;

	return va ? pattern_check(va, s, messages, key, full, &bad, e) : -EINVAL;
}

int peer_target_copy(struct peer *p, uint32_t id, const struct slots *s, const void *source, uint64_t first,
		     uint64_t n, struct err *e)
{
	uint8_t *va = find_slots(p, id, s, e);

	for (uint64_t m = first; va && m < first + n; m++) {
		uint64_t at = slots_offset(s, m);

		memcpy(va + at, (const uint8_t *)source + at, s->size);
	}
	return va ? 0 : -EINVAL;
}

int peer_target_sum(struct peer *p, uint32_t id, const struct slots *s, uint64_t *sum, struct err *e)
{
	const uint8_t *va = find_slots(p, id, s, e);

	*sum = 0;
	if (!va)
		return -EINVAL;
	if (s->size < sizeof(uint64_t))
		return err_set(e, -EINVAL, "peer: slots of %llu bytes hold no 64-bit word",
			       (unsigned long long)s->size);
	for (uint64_t i = 0; i < s->count; i++) {
		uint64_t word;

		memcpy(&word, va + s->offset + i * s->stride, sizeof(word));
		*sum += word;
	}
	return 0;
}
