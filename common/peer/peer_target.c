// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Memory, and the MRs over it or over the staging beside it. */
#include <errno.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/err.h"
#include "peer/peer_priv.h"

int peer_memory_open(struct peer *p, const struct config_memory *asked, uint32_t *id, struct err *e)
{
	struct memory *m = calloc(1, sizeof(*m));
	int rc;

	if (!m)
		return err_set(e, -ENOMEM, "peer: out of memory for memory '%s'", asked->name);
	rc = mem_open(p->mem, asked, &m->buf, e);
	if (!rc)
		rc = peer_table_add(&p->memory, m, id, e);
	if (rc) {
		mem_close(&m->buf);
		free(m);
	}
	return rc;
}

int target_free(struct peer *p, struct target *t, struct err *e)
{
	int rc;

	if (!t)
		return 0;
	rc = nic_mr_dereg(p->nic, &t->mr, e);
	mem_close(&t->staging);
	free(t);
	return rc;
}

/* What the NIC is to reach: the memory, or its staging. */
static const struct mem_buf *reached(const struct target *t)
{
	return t->interconnect == INTERCONNECT_BOUNCE ? &t->staging : &t->memory->buf;
}

/*
 * What is registered: that, or where the exporter sets the hint one more export of it, which @out keeps
 * open. An MR outlives the descriptor it was made from, so a sweep over many tags holds none.
 */
static const struct mem_buf *target_buf(const struct target *t, struct mem_buf *out, int *rc, struct err *e)
{
	*out = MEM_BUF_CLOSED;
	*rc = t->hint.tph == TPH_EXPORTER ? mem_export(reached(t), &t->hint, out, e) : 0;
	return t->hint.tph == TPH_EXPORTER ? out : reached(t);
}

static int register_part(struct peer *p, const struct target *t, const struct mem_buf *buf, uint64_t bytes,
			 struct nic_mr *out, struct err *e)
{
	const struct nic_mr_spec spec = {
		.bytes = bytes,
		.access = t->access,
		.hint = &t->hint,
		.data_direct = t->interconnect == INTERCONNECT_DATA_DIRECT,
	};

	return nic_mr_reg(p->nic, buf, &spec, out, e);
}

static int target_register(struct peer *p, struct target *t, struct err *e)
{
	struct mem_buf exported;
	int rc;
	const struct mem_buf *buf = target_buf(t, &exported, &rc, e);

	if (!rc)
		rc = register_part(p, t, buf, buf->bytes, &t->mr, e);
	mem_close(&exported);
	return rc;
}

static int open_staging(struct peer *p, struct target *t, const struct config_memory *like, struct err *e)
{
	t->asked = like ? *like : (struct config_memory){.name = "staging", .numa = CONFIG_NUMA_ANY};
	t->asked.kind = MEM_HOST;
	t->asked.length = (int64_t)t->memory->buf.bytes;
	return mem_open(p->mem, &t->asked, &t->staging, e);
}

/* -ENODEV as long as @m is taken away. */
static int still_there(const struct memory *m, struct err *e)
{
	if (m->gone == MEM_REVOKE_NONE)
		return 0;
	err_set(e, -ENODEV, "peer: memory kind %s was taken away (%s)", mem_kind_name(m->buf.kind),
		m->gone == MEM_REVOKE_CLOSE ? "its device was closed" : "the memory of its device is off");
	return err_hint(e, -ENODEV,
			m->gone == MEM_REVOKE_CLOSE ? "open the memory anew" : "restore the device first");
}

static int check_spec(const struct memory *m, const struct peer_target_spec *spec, struct err *e)
{
	if (spec->interconnect < 0 || spec->interconnect >= INTERCONNECT_AUTO)
		return err_set(e, -EINVAL, "peer: interconnect %lld cannot be registered by",
			       (long long)spec->interconnect);
	return still_there(m, e);
}

static int target_build(struct peer *p, const struct memory *m, const struct peer_target_spec *spec,
			struct target *t, uint32_t *id, struct err *e)
{
	int rc = 0;

	*t = (struct target){
		.memory = m,
		.staging = MEM_BUF_CLOSED,
		.interconnect = spec->interconnect,
		.hint = spec->hint ? *spec->hint : MEM_NO_HINT,
		.access = peer_rights(p) | IBV_ACCESS_LOCAL_WRITE |
			  (spec->ro ? IBV_ACCESS_RELAXED_ORDERING : 0),
	};
	if (t->interconnect == INTERCONNECT_BOUNCE)
		rc = open_staging(p, t, spec->staging, e);
	if (!rc)
		rc = target_register(p, t, e);
	return rc ? rc : peer_table_add(&p->targets, t, id, e);
}

int peer_target_open(struct peer *p, const struct peer_target_spec *spec, struct peer_target *out,
		     struct err *e)
{
	const struct memory *m = peer_table_find(&p->memory, spec->memory);
	struct target *t;
	int rc;

	if (!m)
		return err_set(e, -EINVAL, "peer: no memory %u", spec->memory);
	rc = check_spec(m, spec, e);
	if (rc)
		return rc;
	t = malloc(sizeof(*t));
	if (!t)
		return err_set(e, -ENOMEM, "peer: out of memory for a target");
	rc = target_build(p, m, spec, t, &out->id, e);
	if (rc) {
		target_free(p, t, NULL);
		return rc;
	}
	out->addr = t->mr.addr;
	out->rkey = t->mr.mr->rkey;
	out->bytes = t->mr.bytes;
	out->kind = m->buf.kind;
	out->reg_ns = t->mr.reg_ns;
	out->interconnect = t->interconnect;
	out->cpu = m->buf.cpu;
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

const struct target *peer_find_target(const struct peer *p, uint32_t id, struct err *e)
{
	const struct target *t = peer_table_find(&p->targets, id);

	if (!t)
		err_set(e, -EINVAL, "peer: no target %u", id);
	return t;
}

int peer_reach_target(const struct peer *p, uint32_t id, const struct target **out, struct err *e)
{
	const struct target *t = peer_find_target(p, id, e);

	if (!t)
		return -EINVAL;
	if (t->memory->buf.cpu == MEM_CPU_NONE)
		return err_set(e, -EOPNOTSUPP, "peer: target %u (%s) has no CPU mapping", id,
			       mem_kind_name(t->memory->buf.kind));
	*out = t;
	return still_there(t->memory, e);
}

int peer_target_alive(struct peer *p, uint32_t id, struct err *e)
{
	const struct target *t = peer_find_target(p, id, e);
	const struct mem_buf *buf;
	struct mem_buf exported;
	int rc;

	if (!t)
		return -EINVAL;
	rc = still_there(t->memory, e);
	if (rc)
		return rc;
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
	int rc = register_part(p, t, buf, bytes, &mr, e);
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
	const struct target *t = peer_find_target(p, id, e);
	int64_t end = clock_raw_ns() + ns;
	const struct mem_buf *buf;
	struct mem_buf exported;
	int rc;

	if (!t)
		return -EINVAL;
	if (!bytes || bytes > t->mr.bytes)
		return err_set(e, -EINVAL, "peer: cannot register %llu bytes of target %u, which has %llu",
			       (unsigned long long)bytes, id, (unsigned long long)t->mr.bytes);
	buf = target_buf(t, &exported, &rc, e);
	for (uint64_t n = 0; !rc && (n < least || clock_raw_ns() < end); n++)
		rc = reg_once(p, t, buf, bytes, out, e);
	mem_close(&exported);
	return rc;
}

int peer_target_bounce(struct peer *p, uint32_t id, struct peer_bounce *out, struct err *e)
{
	const struct target *t = peer_find_target(p, id, e);
	int rc;

	if (!t)
		return -EINVAL;
	if (t->interconnect != INTERCONNECT_BOUNCE)
		return err_set(e, -EINVAL, "peer: target %u has no staging: the NIC reaches its memory", id);
	rc = peer_reach_target(p, id, &t, e);
	if (rc)
		return rc;
	*out = (struct peer_bounce){
		.staging = t->staging.va,
		.memory = t->memory->buf.va,
		.cpu = t->memory->buf.cpu,
		.bytes = t->memory->buf.bytes,
	};
	return 0;
}
