// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Requests about services and contents. */
#include <errno.h>
#include <sched.h>
#include <stdlib.h>

#include "base/cleanup.h"
#include "base/err.h"
#include "peer/message_types.h"
#include "peer/responder_ask.h"

/* Which CPUs to keep off; -1 is none. Return: how many. */
static uint32_t take_cpus(struct message_in *in, const char *key, int out[CPU_SETSIZE])
{
	const json_t *list = message_array(in, key, CPU_SETSIZE);
	uint32_t n = (uint32_t)json_array_size(list);

	for (uint32_t i = 0; i < n; i++)
		out[i] = (int)message_item_int(in, list, i, -1, INT32_MAX);
	return n;
}

/* Slots of every queue pair, or none where nobody looks at them. */
static struct slots *take_service_slots(struct message_in *in, uint32_t qps)
{
	return message_has(in, "slots") ? take_slots(in, "slots", qps) : NULL;
}

int ask_serve(struct responder *r, struct message_in *in, json_t **out, struct err *e)
{
	struct peer_service s = {
		.work = (enum peer_work)message_int(in, "work", PEER_RECEIVE, PEER_ECHO),
		.link = message_u32(in, "link"),
		.target = message_u32(in, "target"),
		.qps = message_u32(in, "qps"),
		.imm = message_bool(in, "imm"),
		.reply_addr = message_u64(in, "reply_addr"),
		.reply_rkey = message_u32(in, "reply_rkey"),
		.consume = message_int(in, "consume", CONSUME_NONE, CONSUME_ALL),
		.clock_raw = message_bool(in, "clock_raw"),
	};
	int avoid[CPU_SETSIZE];
	uint32_t n_avoid = take_cpus(in, "avoid", avoid);
	CLEANUP_FREE struct slots *slots = take_service_slots(in, s.qps);
	int rc = message_done(in);

	(void)out;
	s.slots = slots;
	return rc ? rc : responder_serve(r, &s, avoid, n_avoid, e);
}

int ask_serve_stop(struct responder *r, struct message_in *in, json_t **out, struct err *e)
{
	CLEANUP_FREE struct hist *h = message_bool(in, "consume") ? malloc(sizeof(*h)) : NULL;
	struct peer_served served = {.consume = h};
	int rc = message_done(in);

	if (!rc) {
		rc = responder_serve_stop(r, &served, e);
		message_put_u64(out, "messages", served.messages);
		if (h)
			put_hist(out, "consume", h);
	}
	return rc; /* NOLINT(clang-analyzer-unix.Malloc): freed by its attribute */
}

/* A range of a target. */
struct range {
	uint32_t id;
	uint64_t offset, bytes;
};

static struct range take_range(struct message_in *in)
{
	return (struct range){message_u32(in, "target"), message_u64(in, "offset"), message_u64(in, "bytes")};
}

int ask_target_poison(struct responder *r, struct message_in *in, json_t **out, struct err *e)
{
	struct range at = take_range(in);
	int rc = message_done(in);

	(void)out;
	return rc ? rc : responder_target_poison(r, at.id, at.offset, at.bytes, e);
}

int ask_target_zero(struct responder *r, struct message_in *in, json_t **out, struct err *e)
{
	struct range at = take_range(in);
	int rc = message_done(in);

	(void)out;
	return rc ? rc : responder_target_zero(r, at.id, at.offset, at.bytes, e);
}

int ask_target_fill(struct responder *r, struct message_in *in, json_t **out, struct err *e)
{
	struct range at = take_range(in);
	uint64_t key = message_u64(in, "key");
	int rc = message_done(in);

	(void)out;
	return rc ? rc : responder_target_fill(r, at.id, at.offset, at.bytes, key, e);
}

/* The slots of one queue pair; freed by the caller. */
static struct slots *take_one(struct message_in *in)
{
	return take_slots(in, "slots", 1);
}

int ask_target_check(struct responder *r, struct message_in *in, json_t **out, struct err *e)
{
	uint32_t id = message_u32(in, "target");
	CLEANUP_FREE struct slots *s = take_one(in);
	uint64_t messages = message_u64(in, "messages"), key = message_u64(in, "key");
	bool full = message_bool(in, "full");
	int rc = message_done(in);

	(void)out;
	return rc ? rc : responder_target_check(r, id, s, messages, key, full, e);
}

int ask_target_spot(struct responder *r, struct message_in *in, json_t **out, struct err *e)
{
	uint32_t id = message_u32(in, "target");
	CLEANUP_FREE struct slots *s = take_one(in);
	uint64_t messages = message_u64(in, "messages"), key = message_u64(in, "key");
	int64_t timeout_ns = message_int(in, "timeout_ns", 0, RESPONDER_SPOT_NS);
	int rc = message_done(in);

	(void)out;
	return rc ? rc : responder_target_spot(r, id, s, messages, key, timeout_ns, e);
}

int ask_target_sum(struct responder *r, struct message_in *in, json_t **out, struct err *e)
{
	uint32_t id = message_u32(in, "target");
	CLEANUP_FREE struct slots *s = take_one(in);
	uint64_t sum = 0;
	int rc = message_done(in);

	if (!rc)
		rc = responder_target_sum(r, id, s, &sum, e);
	if (!rc)
		message_put_u64(out, "sum", sum);
	return rc;
}
