// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The responder in this process: its life and its handles. Requests carry handles, addresses, keys and
 * descriptions only, as a transport will need them.
 */
#include "peer/peer_priv.h"

#include <errno.h>
#include <stdlib.h>

#include "base/err.h"

int peer_open(struct nic *nic, struct mem_ctx *mem, struct peer **out, struct err *e)
{
	struct peer *p = calloc(1, sizeof(*p));

	if (!p)
		return err_set(e, -ENOMEM, "peer: out of memory");
	p->nic = nic;
	p->mem = mem;
	*out = p;
	return 0;
}

/* In the order of use: who posts, who is posted on, who is written to, what that is made of. */
void peer_close(struct peer *p)
{
	if (!p)
		return;
	peer_serve_stop(p, NULL, NULL);
	for (uint32_t i = 0; i < p->links.n; i++)
		link_free(p, p->links.at[i], NULL);
	for (uint32_t i = 0; i < p->targets.n; i++)
		target_free(p, p->targets.at[i], NULL);
	for (uint32_t i = 0; i < p->memory.n; i++) {
		struct memory *m = p->memory.at[i];

		mem_close(&m->buf);
		free(m);
	}
	free(p->links.at);
	free(p->targets.at);
	free(p->memory.at);
	free(p);
}

int peer_table_add(struct peer_table *t, void *item, uint32_t *id, struct err *e)
{
	uint32_t i = 0;

	while (i < t->n && t->at[i])
		i++;
	if (i == t->n) {
		void **grown = reallocarray(t->at, (size_t)t->n + 1, sizeof(void *));

		if (!grown)
			return err_set(e, -ENOMEM, "peer: out of memory for a handle");
		t->at = grown;
		t->n++;
	}
	t->at[i] = item;
	*id = i;
	return 0;
}

int peer_rights(const struct peer *p)
{
	int rights = IBV_ACCESS_REMOTE_WRITE | IBV_ACCESS_REMOTE_READ;

	return nic_attr(p->nic)->atomics ? rights | IBV_ACCESS_REMOTE_ATOMIC : rights;
}
