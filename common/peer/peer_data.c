// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Requests about the contents of targets. */
#include <errno.h>

#include "base/err.h"
#include "peer/peer_priv.h"

static json_t *of_range(uint32_t id, uint64_t offset, uint64_t bytes)
{
	json_t *with = peer_of_target(id);

	message_put_u64(&with, "offset", offset);
	message_put_u64(&with, "bytes", bytes);
	return with;
}

static json_t *of_slots(uint32_t id, const struct slots *s)
{
	json_t *with = peer_of_target(id);

	put_slots(&with, "slots", s, 1);
	return with;
}

/* What a look at @messages of @s touches at most. */
static uint64_t bytes_of(const struct slots *s)
{
	uint64_t bytes;

	return __builtin_mul_overflow(s->count, s->size, &bytes) ? 0 : bytes;
}

int peer_target_poison(struct peer *p, uint32_t id, uint64_t offset, uint64_t bytes, struct err *e)
{
	return peer_tell(p, "target_poison", of_range(id, offset, bytes), bytes, e);
}

int peer_target_zero(struct peer *p, uint32_t id, uint64_t offset, uint64_t bytes, struct err *e)
{
	return peer_tell(p, "target_zero", of_range(id, offset, bytes), bytes, e);
}

int peer_target_fill(struct peer *p, uint32_t id, uint64_t offset, uint64_t bytes, uint64_t key,
		     struct err *e)
{
	json_t *with = of_range(id, offset, bytes);

	message_put_u64(&with, "key", key);
	return peer_tell(p, "target_fill", with, bytes, e);
}

int peer_target_check(struct peer *p, uint32_t id, const struct slots *s, uint64_t messages, uint64_t key,
		      bool full, struct err *e)
{
	json_t *with = of_slots(id, s);

	message_put_u64(&with, "messages", messages);
	message_put_u64(&with, "key", key);
	message_put_bool(&with, "full", full);
	return peer_tell(p, "target_check", with, bytes_of(s), e);
}

int peer_target_copy(struct peer *p, uint32_t id, const struct slots *s, const void *source, uint64_t first,
		     uint64_t n, struct err *e)
{
	if (p->here)
		return responder_target_copy(p->here, id, s, source, first, n, e);
	return err_set(e, -EOPNOTSUPP, "peer: target %u is on another host: this CPU cannot copy there", id);
}

int peer_target_spot(struct peer *p, uint32_t id, const struct slots *s, uint64_t messages, uint64_t key,
		     int64_t timeout_ns, struct err *e)
{
	json_t *with = of_slots(id, s);
	struct peer_reply reply;
	int rc;

	message_put_u64(&with, "messages", messages);
	message_put_u64(&with, "key", key);
	message_put_int(&with, "timeout_ns", timeout_ns);
	rc = peer_ask(p, "target_spot", with, 0, timeout_ns, &reply, e);
	return peer_end(&reply, rc);
}

int peer_target_sum(struct peer *p, uint32_t id, const struct slots *s, uint64_t *sum, struct err *e)
{
	struct peer_reply reply;
	int rc = peer_ask(p, "target_sum", of_slots(id, s), bytes_of(s), 0, &reply, e);

	*sum = rc ? 0 : message_u64(&reply.in, "sum");
	return peer_end(&reply, rc);
}
