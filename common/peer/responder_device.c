// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The device behind a target: taking its memory away, giving it back, asking it how it is. */
#include <errno.h>

#include "base/err.h"
#include "peer/responder_priv.h"

/* Memories of one device share its fate. What was closed stays closed. */
static void mark(struct responder *r, const struct vfio_device *device, enum mem_revoke gone)
{
	for (uint32_t i = 0; device && i < r->memory.n; i++) {
		struct memory *m = r->memory.at[i];

		if (m && m->buf.device == device && m->gone != MEM_REVOKE_CLOSE)
			m->gone = gone;
	}
}

/* An open target whose device was not closed. Return: 0, -EINVAL, -ENODEV. */
static int find(const struct responder *r, uint32_t id, const struct target **out, struct err *e)
{
	const struct target *t = responder_find_target(r, id, e);

	if (!t)
		return -EINVAL;
	*out = t;
	if (t->memory->gone == MEM_REVOKE_CLOSE)
		return err_set(e, -ENODEV, "peer: the device of target %u was closed: it can only be closed",
			       id);
	return 0;
}

int responder_target_revoke(struct responder *r, uint32_t id, enum mem_revoke how, struct err *e)
{
	const struct target *t;
	int rc = find(r, id, &t, e);
	const struct vfio_device *device;

	if (rc)
		return rc;
	device = t->memory->buf.device;
	rc = mem_revoke(&t->memory->buf, how, e);
	if (!rc && (how == MEM_REVOKE_MEMORY_OFF || how == MEM_REVOKE_CLOSE))
		mark(r, device, how);
	return rc;
}

int responder_target_restore(struct responder *r, uint32_t id, struct err *e)
{
	const struct target *t;
	int rc = find(r, id, &t, e);

	if (!rc)
		rc = mem_restore(&t->memory->buf, e);
	if (!rc)
		mark(r, t->memory->buf.device, MEM_REVOKE_NONE);
	return rc;
}

int responder_target_health(struct responder *r, uint32_t id, struct mem_health *out, struct err *e)
{
	const struct target *t;
	int rc = find(r, id, &t, e);

	return rc ? rc : mem_health(&t->memory->buf, out, e);
}

int responder_memory_tph(struct responder *r, uint32_t memory, struct mem_tph *out, struct err *e)
{
	const struct memory *m = responder_table_find(&r->memory, memory);

	if (!m)
		return err_set(e, -EINVAL, "peer: no memory %u", memory);
	if (m->gone == MEM_REVOKE_CLOSE)
		return err_set(e, -ENODEV, "peer: the device of memory %u was closed", memory);
	mem_tph(&m->buf, out);
	return 0;
}

int responder_target_shows_tph(struct responder *r, uint32_t id, struct nic_mr_tph *out, struct err *e)
{
	const struct target *t = responder_find_target(r, id, e);

	return t ? nic_mr_shows_tph(r->nic, &t->mr, out, e) : -EINVAL;
}
