// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Memory, and the MRs over it or over the staging beside it. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/err.h"
#include "peer/responder_priv.h"

/* A device's memory is its own. */
static bool takes_ram(int64_t kind)
{
	return kind != MEM_VFIO && kind != MEM_FD;
}

/* May @bytes more be open; 0 or -ENOMEM. */
static int afford(const struct responder *r, int64_t bytes, struct err *e)
{
	const struct responder_budget *b = r->budget;
	uint64_t left = !b || !b->memory_max	    ? UINT64_MAX
			: b->memory_max > b->memory ? b->memory_max - b->memory
						    : 0;

	if (bytes < 0 || (uint64_t)bytes <= left)
		return 0; /* less than nothing is refused where it is opened */
	err_set(e, -ENOMEM, "peer: %lld bytes of memory are more than the %llu of %llu that are left",
		(long long)bytes, (unsigned long long)left, (unsigned long long)b->memory_max);
	return err_hint(e, -ENOMEM, "the responder bounds what a session may open");
}

static int open_buf(struct responder *r, const struct config_memory *m, struct mem_buf *out, struct err *e)
{
	int rc = takes_ram(m->kind) ? afford(r, m->length, e) : 0;

	*out = MEM_BUF_CLOSED;
	if (!rc)
		rc = mem_open(r->mem, m, out, e);
	if (!rc && r->budget && takes_ram(m->kind))
		r->budget->memory += out->bytes;
	return rc;
}

static void close_buf(struct responder *r, struct mem_buf *b)
{
	if (r->budget && takes_ram(b->kind))
		r->budget->memory -= b->bytes;
	mem_close(b);
}

void memory_free(struct responder *r, struct memory *m)
{
	if (!m)
		return;
	close_buf(r, &m->buf);
	config_free(m->owner);
	free(m);
}

/* What a device was opened for outlives its memories: the context has it. Return: 0, -ENOMEM. */
static int keep(struct responder *r, const struct config_memory *asked, struct memory *m, struct err *e)
{
	if (!m->owner || asked->kind != MEM_VFIO)
		return 0;
	if (r->budget && !r->budget->devices)
		return err_set(e, -ENOMEM, "peer: too many memories of devices were opened in this session");
	if (mem_ctx_keep(r->mem, m->owner))
		return err_set(e, -ENOMEM, "peer: out of memory for memory '%s'", asked->name);
	if (r->budget)
		r->budget->devices--;
	m->owner = NULL;
	return 0;
}

int responder_memory_open(struct responder *r, const struct config_memory *asked, struct config *owned,
			  uint32_t *id, struct err *e)
{
	struct memory *m = calloc(1, sizeof(*m));
	int rc;

	if (!m) {
		config_free(owned);
		return err_set(e, -ENOMEM, "peer: out of memory for a memory");
	}
	m->owner = owned;
	m->buf = MEM_BUF_CLOSED;
	rc = keep(r, asked, m, e);
	if (!rc)
		rc = open_buf(r, asked, &m->buf, e);
	if (!rc)
		rc = responder_table_add(&r->memory, m, id, e);
	if (rc)
		memory_free(r, m);
	return rc;
}

int target_free(struct responder *r, struct target *t, struct err *e)
{
	int rc;

	if (!t)
		return 0;
	rc = nic_mr_dereg(r->nic, &t->mr, e);
	mem_close(&t->exported);
	close_buf(r, &t->staging);
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

static int register_part(struct responder *r, const struct target *t, const struct mem_buf *buf,
			 uint64_t bytes, struct nic_mr *out, struct err *e)
{
	const struct nic_mr_spec spec = {
		.bytes = bytes,
		.access = t->access,
		.hint = &t->hint,
		.data_direct = t->interconnect == INTERCONNECT_DATA_DIRECT,
	};

	return nic_mr_reg(r->nic, buf, &spec, out, e);
}

static int target_register(struct responder *r, struct target *t, struct err *e)
{
	int rc;
	const struct mem_buf *buf = target_buf(t, &t->exported, &rc, e);

	if (!rc)
		rc = register_part(r, t, buf, buf->bytes, &t->mr, e);
	/* Who reaches a software device from another process maps what the MR was made from. */
	if (!r->budget || nic_attr(r->nic)->evidence != NIC_SOFTWARE)
		mem_close(&t->exported);
	return rc;
}

static int open_staging(struct responder *r, struct target *t, const struct config_memory *like,
			struct err *e)
{
	t->asked = (struct config_memory){
		.name = t->name,
		.kind = MEM_HOST,
		.length = (int64_t)t->memory->buf.bytes,
		.numa = like ? like->numa : CONFIG_NUMA_ANY,
		.pages = like ? like->pages : 0,
		.fd = -1,
		.tph = {.index = -1},
	};
	snprintf(t->name, sizeof(t->name), "%s", like ? like->name : "staging");
	return open_buf(r, &t->asked, &t->staging, e);
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

static int target_build(struct responder *r, const struct memory *m, const struct peer_target_spec *spec,
			struct target *t, uint32_t *id, struct err *e)
{
	int rc = 0;

	*t = (struct target){
		.memory = m,
		.staging = MEM_BUF_CLOSED,
		.exported = MEM_BUF_CLOSED,
		.interconnect = spec->interconnect,
		.hint = spec->hint ? *spec->hint : MEM_NO_HINT,
		.access = responder_rights(r) | IBV_ACCESS_LOCAL_WRITE |
			  (spec->ro ? IBV_ACCESS_RELAXED_ORDERING : 0),
	};
	if (t->interconnect == INTERCONNECT_BOUNCE)
		rc = open_staging(r, t, spec->staging, e);
	if (!rc)
		rc = target_register(r, t, e);
	return rc ? rc : responder_table_add(&r->targets, t, id, e);
}

int responder_target_open(struct responder *r, const struct peer_target_spec *spec, struct peer_target *out,
			  struct err *e)
{
	const struct memory *m = responder_table_find(&r->memory, spec->memory);
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
	rc = target_build(r, m, spec, t, &out->id, e);
	if (rc) {
		target_free(r, t, NULL);
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

int responder_target_close(struct responder *r, uint32_t id, struct err *e)
{
	struct target *t = responder_table_find(&r->targets, id);

	if (!t)
		return err_set(e, -EINVAL, "peer: no target %u", id);
	if (responder_serves_target(r, t))
		return err_set(e, -EBUSY, "peer: target %u is being served", id);
	responder_table_drop(&r->targets, id);
	return target_free(r, t, e);
}

const struct target *responder_find_target(const struct responder *r, uint32_t id, struct err *e)
{
	const struct target *t = responder_table_find(&r->targets, id);

	if (!t)
		err_set(e, -EINVAL, "peer: no target %u", id);
	return t;
}

int responder_reach_target(const struct responder *r, uint32_t id, const struct target **out, struct err *e)
{
	const struct target *t = responder_find_target(r, id, e);

	if (!t)
		return -EINVAL;
	if (t->memory->buf.cpu == MEM_CPU_NONE)
		return err_set(e, -EOPNOTSUPP, "peer: target %u (%s) has no CPU mapping", id,
			       mem_kind_name(t->memory->buf.kind));
	*out = t;
	return still_there(t->memory, e);
}

int responder_target_alive(struct responder *r, uint32_t id, struct err *e)
{
	const struct target *t = responder_find_target(r, id, e);
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
		rc = nic_mr_alive(r->nic, buf, &t->mr, e);
	mem_close(&exported);
	return rc;
}

/* One registration and its end, both timed. */
static int reg_once(struct responder *r, const struct target *t, const struct mem_buf *buf, uint64_t bytes,
		    const struct peer_reg *out, struct err *e)
{
	struct nic_mr mr = {0};
	int rc = register_part(r, t, buf, bytes, &mr, e);
	int64_t t0;

	if (rc)
		return rc;
	hist_record(out->reg, (uint64_t)mr.reg_ns);
	t0 = clock_raw_ns();
	rc = nic_mr_dereg(r->nic, &mr, e);
	hist_record(out->dereg, (uint64_t)(clock_raw_ns() - t0));
	return rc;
}

int responder_target_reg(struct responder *r, uint32_t id, uint64_t bytes, int64_t ns, uint64_t least,
			 const struct peer_reg *out, struct err *e)
{
	const struct target *t = responder_find_target(r, id, e);
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
		rc = reg_once(r, t, buf, bytes, out, e);
	mem_close(&exported);
	return rc;
}

int responder_target_bounce(struct responder *r, uint32_t id, struct peer_bounce *out, struct err *e)
{
	const struct target *t = responder_find_target(r, id, e);
	int rc;

	if (!t)
		return -EINVAL;
	if (t->interconnect != INTERCONNECT_BOUNCE)
		return err_set(e, -EINVAL, "peer: target %u has no staging: the NIC reaches its memory", id);
	rc = responder_reach_target(r, id, &t, e);
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
