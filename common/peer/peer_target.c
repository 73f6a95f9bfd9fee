// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Requests about memory and targets. */
#include <errno.h>

#include "base/err.h"
#include "peer/peer_priv.h"

int peer_memory_open(struct peer *p, const struct config_memory *m, uint32_t *id, struct err *e)
{
	json_t *with = json_object();
	struct peer_reply reply;
	int rc;

	put_memory(&with, "memory", m);
	rc = peer_ask(p, "memory_open", with, m->length > 0 ? (uint64_t)m->length : 0, 0, &reply, e);
	if (!rc)
		*id = message_u32(&reply.in, "memory");
	return peer_end(&reply, rc);
}

int peer_memory_tph(struct peer *p, uint32_t memory, struct mem_tph *out, struct err *e)
{
	json_t *with = json_object();
	struct peer_reply reply;
	int rc;

	message_put_int(&with, "memory", memory);
	rc = peer_ask(p, "memory_tph", with, 0, 0, &reply, e);
	if (!rc)
		take_tph(&reply.in, out);
	return peer_end(&reply, rc);
}

int peer_target_open(struct peer *p, const struct peer_target_spec *spec, struct peer_target *out,
		     struct err *e)
{
	json_t *with = json_object();
	struct peer_reply reply;
	struct peer_target t;
	int rc;

	message_put_int(&with, "memory", spec->memory);
	put_hint(&with, "hint", spec->hint);
	message_put_bool(&with, "ro", spec->ro);
	message_put_int(&with, "interconnect", spec->interconnect);
	put_staging(&with, "staging", spec->staging);
	rc = peer_ask(p, "target_open", with, 0, 0, &reply, e);
	if (!rc)
		take_target(&reply.in, &t);
	rc = peer_end(&reply, rc);
	if (!rc)
		*out = t;
	return rc;
}

int peer_target_close(struct peer *p, uint32_t id, struct err *e)
{
	return peer_tell(p, "target_close", peer_of_target(id), 0, e);
}

int peer_target_revoke(struct peer *p, uint32_t id, enum mem_revoke how, struct err *e)
{
	json_t *with = peer_of_target(id);

	message_put_int(&with, "how", (int64_t)how);
	return peer_tell(p, "target_revoke", with, 0, e);
}

int peer_target_restore(struct peer *p, uint32_t id, struct err *e)
{
	return peer_tell(p, "target_restore", peer_of_target(id), 0, e);
}

int peer_target_alive(struct peer *p, uint32_t id, struct err *e)
{
	return peer_tell(p, "target_alive", peer_of_target(id), 0, e);
}

int peer_target_health(struct peer *p, uint32_t id, struct mem_health *out, struct err *e)
{
	struct peer_reply reply;
	int rc = peer_ask(p, "target_health", peer_of_target(id), 0, 0, &reply, e);

	if (!rc) {
		out->devsta = (uint16_t)message_int(&reply.in, "devsta", 0, UINT16_MAX);
		out->uncorrectable = message_u32(&reply.in, "uncorrectable");
		out->correctable = message_u32(&reply.in, "correctable");
	}
	return peer_end(&reply, rc);
}

int peer_target_shows_tph(struct peer *p, uint32_t id, struct nic_mr_tph *out, struct err *e)
{
	struct peer_reply reply;
	int rc = peer_ask(p, "target_shows_tph", peer_of_target(id), 0, 0, &reply, e);
	bool on = false;

	if (!rc) {
		on = message_bool(&reply.in, "on");
		out->ph = (uint8_t)message_int(&reply.in, "ph", 0, UINT8_MAX);
		out->st_index = (uint8_t)message_int(&reply.in, "st_index", 0, UINT8_MAX);
	}
	rc = peer_end(&reply, rc);
	return rc ? rc : on;
}

/* Samples that the responder took, into the caller's. */
static void add_hist(struct message_in *in, const char *key, struct hist *to)
{
	struct hist got;

	take_hist(in, key, &got);
	hist_merge(to, &got);
}

int peer_target_reg(struct peer *p, uint32_t id, uint64_t bytes, int64_t ns, uint64_t least,
		    const struct peer_reg *out, struct err *e)
{
	json_t *with = peer_of_target(id);
	struct peer_reply reply;
	int rc;

	message_put_u64(&with, "bytes", bytes);
	message_put_int(&with, "ns", ns);
	message_put_u64(&with, "least", least);
	rc = peer_ask(p, "target_reg", with, bytes, ns, &reply, e);
	if (!rc || message_has(&reply.in, "reg")) {
		add_hist(&reply.in, "reg", out->reg);
		add_hist(&reply.in, "dereg", out->dereg);
	}
	return peer_end(&reply, rc);
}

int peer_target_bounce(struct peer *p, uint32_t id, struct peer_bounce *out, struct err *e)
{
	if (p->here)
		return responder_target_bounce(p->here, id, out, e);
	return err_set(e, -EOPNOTSUPP, "peer: target %u is on another host: this CPU cannot copy there", id);
}
