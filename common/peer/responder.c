// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The responder: its life and its handles. */
#include "peer/responder_priv.h"

#include <errno.h>
#include <stdlib.h>

#include "base/err.h"

int responder_open(struct nic *nic, struct mem_ctx *mem, struct responder_budget *budget,
		   struct responder **out, struct err *e)
{
	struct responder *r = calloc(1, sizeof(*r));

	if (!r)
		return err_set(e, -ENOMEM, "peer: out of memory");
	r->nic = nic;
	r->mem = mem;
	r->budget = budget;
	*out = r;
	return 0;
}

/* In the order of use: who posts, who is posted on, who is written to, what that is made of. */
void responder_close(struct responder *r)
{
	if (!r)
		return;
	responder_serve_stop(r, NULL, NULL);
	for (uint32_t i = 0; i < r->links.n; i++)
		link_free(r, r->links.at[i], NULL);
	for (uint32_t i = 0; i < r->targets.n; i++)
		target_free(r, r->targets.at[i], NULL);
	for (uint32_t i = 0; i < r->memory.n; i++)
		memory_free(r, r->memory.at[i]);
	free(r->links.at);
	free(r->targets.at);
	free(r->memory.at);
	free(r);
}

/* Twice as many places. */
static int grow(struct responder_table *t, struct err *e)
{
	uint32_t n = t->n ? 2 * t->n : 8;
	void **grown;

	if (t->n == RESPONDER_HANDLES)
		return err_set(e, -ENOMEM, "peer: %u handles of a kind are open: no more", t->n);
	grown = reallocarray(t->at, n, sizeof(void *));
	if (!grown)
		return err_set(e, -ENOMEM, "peer: out of memory for a handle");
	for (uint32_t i = t->n; i < n; i++)
		grown[i] = NULL;
	t->at = grown;
	t->n = n;
	return 0;
}

int responder_table_add(struct responder_table *t, void *item, uint32_t *id, struct err *e)
{
	while (t->low < t->n && t->at[t->low])
		t->low++;
	if (t->low == t->n) {
		int rc = grow(t, e);

		if (rc)
			return rc;
	}
	t->at[t->low] = item;
	*id = t->low++;
	return 0;
}

void responder_table_drop(struct responder_table *t, uint32_t id)
{
	t->at[id] = NULL;
	t->low = id < t->low ? id : t->low;
}

int responder_rights(const struct responder *r)
{
	int rights = IBV_ACCESS_REMOTE_WRITE | IBV_ACCESS_REMOTE_READ;

	return nic_attr(r->nic)->atomics ? rights | IBV_ACCESS_REMOTE_ATOMIC : rights;
}

const struct nic_attr *responder_nic_attr(const struct responder *r)
{
	return nic_attr(r->nic);
}

int responder_hint_counts(struct responder *r, struct nic_hint_count *out, int max, struct err *e)
{
	int n = nic_hint_counts(r->nic, out, max);

	return n < 0 ? err_set(e, n, "%s: nothing counts hints", nic_attr(r->nic)->name) : n;
}

int responder_async(struct responder *r, struct nic_event *out, struct err *e)
{
	int rc = nic_async(r->nic, out);

	return rc < 0 ? err_set(e, rc, "%s: asynchronous events: %s", nic_attr(r->nic)->name, err_name(rc))
		      : rc;
}
