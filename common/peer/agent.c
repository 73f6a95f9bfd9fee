// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * One session of an agent: hello, then requests until the end, then everything is closed. A request that
 * cannot be read ends the session; one that asks for what is not there is answered, and the session goes on.
 */
#include "peer/agent.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>

#include "base/cleanup.h"
#include "base/err.h"
#include "peer/channel.h"
#include "peer/message.h"
#include "peer/responder.h"

#define HELLO_NS 15000000000ll
#define SEND_NS	 30000000000ll
#define IDLE_NS	 600000000000ll

/* Devices at a time, and memories over a session: far more than a config names. */
enum { RESPONDERS = 32, MEMORIES = 4096 };

struct place {
	struct nic *nic;
	struct responder *responder; /* NULL = free */
};

/* @end: the session is over after this answer: 1 as it should, or why. */
struct agent {
	const struct agent_input *in;
	struct mem_ctx *mem;
	struct responder_budget budget;
	struct place place[RESPONDERS];
	bool greeted;
	int end;
	struct err why;
};

static void place_close(struct place *p)
{
	responder_close(p->responder);
	nic_close(p->nic);
	*p = (struct place){0};
}

static void put_features(json_t **with, const struct agent *a)
{
	json_t *list = json_array();

	for (const struct agent_verb *v = a->in->verbs; v && v->name; v++)
		message_push(&list, json_string(v->name));
	message_put(with, "features", list);
}

static void put_hello(json_t **with, const struct agent *a)
{
	struct utsname u = {0};

	uname(&u);
	message_put_text(with, "magic", message_magic);
	message_put_int(with, "protocol", MESSAGE_PROTOCOL);
	message_put_int(with, "oldest", MESSAGE_OLDEST);
	message_put_text(with, "version", a->in->version ? a->in->version : "");
	message_put_text(with, "build", a->in->build ? a->in->build : "");
	message_put_text(with, "hostname", u.nodename);
	message_put_text(with, "kernel", u.release);
	put_features(with, a);
}

static int end(struct agent *a, int rc, const struct err *why)
{
	a->end = rc;
	a->why = *why;
	return rc;
}

/* A newer initiator's hello may say more: its other keys are not looked at. */
static int hello(struct agent *a, const json_t *with, json_t **out, struct err *e)
{
	struct message_in in = message_open(with, "hello", e);
	const char *magic = message_text(&in, "magic", 32);
	uint32_t theirs = message_u32(&in, "protocol"), oldest = message_u32(&in, "oldest");
	int rc;

	if (!in.rc && strcmp(magic, message_magic) != 0)
		message_wrong(&in, -EPROTO, "not of a p2pbench");
	if (!in.rc && a->greeted)
		message_wrong(&in, -EPROTO, "said twice");
	if (in.rc)
		return end(a, in.rc, e);
	put_hello(out, a);
	if (theirs < MESSAGE_OLDEST || oldest > MESSAGE_PROTOCOL) {
		struct err why = {0};

		/* The other side judges too, and tells its user. */
		rc = err_set(&why, -EPROTO,
			     "the initiator speaks protocol %u (%u at the oldest), here it is %d (%d)",
			     theirs, oldest, MESSAGE_PROTOCOL, MESSAGE_OLDEST);
		end(a, rc, &why);
		return 0;
	}
	rc = mem_ctx_open(a->in->sys, a->in->topo, &a->mem, e);
	a->greeted = !rc;
	return rc ? end(a, rc, e) : 0;
}

static int open_place(struct agent *a, const json_t *with, json_t **out, struct err *e)
{
	struct message_in in = message_open(with, "open", e);
	const char *device = message_text(&in, "device", 64);
	int port = (int)message_int(&in, "port", 0, INT32_MAX);
	int gid_index = (int)message_int(&in, "gid_index", -1, INT32_MAX);
	uint32_t i = 0;
	int rc = message_done(&in);

	while (i < RESPONDERS && a->place[i].responder)
		i++;
	if (!rc && i == RESPONDERS)
		rc = err_set(e, -ENOMEM, "%d responders are open: no more", RESPONDERS);
	if (rc)
		return rc;
	rc = nic_open(device, port, gid_index, &a->place[i].nic, e);
	if (!rc)
		rc = responder_open(a->place[i].nic, a->mem, &a->budget, &a->place[i].responder, e);
	if (rc) {
		place_close(&a->place[i]);
		return rc;
	}
	/* Its other end is another process, whose CPU is the device. */
	if (nic_attr(a->place[i].nic)->evidence == NIC_SOFTWARE)
		mem_ctx_share(a->mem);
	message_put_int(out, "responder", i);
	return 0;
}

static int program(struct agent *a, const json_t *with, json_t **out, struct err *e)
{
	struct message_in in = message_open(with, "program", e);
	const char *verb = message_text(&in, "verb", 64);
	const json_t *args = message_object(&in, "with");
	json_t *answer = NULL;
	int rc = message_done(&in);

	if (rc)
		return rc;
	for (const struct agent_verb *v = a->in->verbs; v && v->name; v++) {
		if (strcmp(v->name, verb) != 0)
			continue;
		rc = v->handle(a->in->arg, args, &answer, e);
		if (!rc)
			message_put(out, "answer", answer);
		else
			json_decref(answer);
		return rc;
	}
	return err_set(e, -EOPNOTSUPP, "p2pbench %s does not know '%s'", a->in->version ? a->in->version : "",
		       verb);
}

/* A request to the responder that it names. */
static int to_place(struct agent *a, const struct message_request *ask, json_t **out, struct err *e)
{
	struct place *p = ask->at < RESPONDERS ? &a->place[ask->at] : NULL;

	if (!p || !p->responder)
		return err_set(e, -EINVAL, "no responder %u is open", ask->at);
	if (strcmp(ask->ask, "close") != 0)
		return responder_ask(p->responder, ask->ask, ask->with, out, e);
	place_close(p);
	return 0;
}

static int handle(void *arg, const struct message_request *ask, json_t **out, struct err *e)
{
	struct agent *a = arg;

	if (!strcmp(ask->ask, "hello"))
		return hello(a, ask->with, out, e);
	if (!a->greeted) {
		err_set(e, -EPROTO, "a request before hello");
		return end(a, -EPROTO, e);
	}
	if (!strcmp(ask->ask, "open"))
		return open_place(a, ask->with, out, e);
	if (!strcmp(ask->ask, "program"))
		return program(a, ask->with, out, e);
	if (!strcmp(ask->ask, "bye")) {
		a->end = 1;
		return 0;
	}
	return to_place(a, ask, out, e);
}

/* An answer too long for a frame becomes one that says so. */
static int send_answer(struct channel *c, const char *text, size_t n, struct err *e)
{
	static const char too_long[] =
		"{\"n\":0,\"rc\":-90,\"error\":\"the answer is too long\",\"hint\":\"\",\"with\":{}}";
	int rc = n > MESSAGE_ANSWER_MAX ? -EMSGSIZE : channel_send(c, text, n, channel_now() + SEND_NS, e);

	if (rc == -EMSGSIZE)
		rc = channel_send(c, too_long, sizeof(too_long) - 1, channel_now() + SEND_NS, e);
	return rc;
}

/* One request. Return: 0 go on, 1 said goodbye, -errno. */
static int serve(struct agent *a, struct channel *c, struct err *e)
{
	int64_t idle = a->in->idle_ns ? a->in->idle_ns : IDLE_NS;
	int64_t deadline = channel_now() + (a->greeted || idle < HELLO_NS ? idle : HELLO_NS);
	CLEANUP_FREE char *answer = NULL;
	struct err bad = {0};
	const char *text;
	size_t n;
	int rc = channel_receive(c, a->greeted ? MESSAGE_REQUEST_MAX : MESSAGE_HELLO_MAX, &text, &n, deadline,
				 e);
	int sent;

	if (rc)
		return rc == -EPIPE ? 1 : rc;
	rc = message_serve(text, n, handle, a, &answer, &n, &bad);
	sent = answer ? send_answer(c, answer, n, e) : 0;
	if (!rc && sent)
		return sent;
	if (rc && e)
		*e = bad;
	if (!rc && a->end && e)
		*e = a->why;
	return rc ? rc : a->end;
}

int agent_run(struct channel *c, const struct agent_input *in, struct err *e)
{
	struct agent *a = calloc(1, sizeof(*a));
	int rc = 0;

	if (!a)
		return err_set(e, -ENOMEM, "agent: out of memory");
	a->in = in;
	a->budget = (struct responder_budget){.memory_max = in->memory_max, .devices = MEMORIES};
	while (!rc)
		rc = serve(a, c, e);
	for (int i = 0; i < RESPONDERS; i++)
		place_close(&a->place[i]);
	mem_ctx_close(a->mem);
	free(a);
	return rc > 0 ? 0 : rc;
}
