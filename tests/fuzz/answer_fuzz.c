// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * What an initiator is answered: hello, and every structure that an answer may hold. The whole input is one
 * answer; what is read of it is in its range or refused.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "config/config.h"
#include "peer/message_types.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void take_all(const json_t *with, struct err *e)
{
	static struct hist h;
	struct message_in in = message_open(with, "an answer", e);
	struct nic_qp_addr addr[4];
	struct nic_hint_count count[4];
	struct peer_target t;
	struct nic_attr attr;
	struct mem_tph tph;
	struct slots *s;

	take_hist(&in, "hist", &h);
	in = message_open(with, "an answer", e);
	take_nic_attr(&in, "nic", &attr);
	in = message_open(with, "an answer", e);
	take_addrs(&in, "local", addr, 1);
	in = message_open(with, "an answer", e);
	take_target(&in, &t);
	if (!in.rc && (t.kind < 0 || t.kind > MEM_MEMFD || t.reg_ns < 0))
		abort();
	in = message_open(with, "an answer", e);
	take_tph(&in, &tph);
	in = message_open(with, "an answer", e);
	take_hint_counts(&in, "counts", count, 1);
	in = message_open(with, "an answer", e);
	s = take_slots(&in, "slots", 1);
	free(s);
}

/* The grammar's way of a memory, as an agent reads it. */
static void take_a_memory(const json_t *with, struct err *e)
{
	struct message_in in = message_open(with, "a request", e);
	struct config *owner;
	const struct config_memory *m = take_memory(&in, "memory", &owner);

	if (m && !in.rc && (m->length < 0 || m->kind < 0 || m->kind > MEM_MEMFD))
		abort();
	config_free(owner);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	/* A copy of its own length: reading past the end is found. */
	char *copy = malloc(size ? size : 1);
	struct err e = {0};
	const json_t *with;
	json_t *o;
	int rc;

	if (!copy)
		return 0;
	if (size)
		memcpy(copy, data, size);
	if (!message_parse(copy, size, &o, &e)) {
		if (!message_answer_read(o, 1, "rack", &with, &rc, &e) && (rc > 0 || rc < -4095))
			abort();
		take_all(json_object_get(o, "with"), &e);
		take_a_memory(json_object_get(o, "with"), &e);
		json_decref(o);
	}
	free(copy);
	return 0;
}
