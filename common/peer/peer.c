// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The initiator's end: every function of peer.h is a request and its answer. To a responder in this process
 * they go as the same text, only nobody carries it.
 */
#include "peer/peer_priv.h"

#include <errno.h>
#include <stdlib.h>

#include "base/cleanup.h"
#include "base/err.h"
#include "peer/host_priv.h"

/* How slow memory may be, a BAR read by the CPU for one, and the longest that anything may take. */
#define NS_PER_BYTE    120
#define TIMEOUT_MAX_NS 3600000000000ll

static int64_t timeout_of(uint64_t bytes, int64_t ns)
{
	int64_t t = HOST_TIMEOUT_NS + (ns > 0 && ns < TIMEOUT_MAX_NS ? ns : 0);

	return bytes < TIMEOUT_MAX_NS / NS_PER_BYTE ? t + (int64_t)bytes * NS_PER_BYTE : t + TIMEOUT_MAX_NS;
}

static int handle_here(void *arg, const struct message_request *ask, json_t **with, struct err *e)
{
	return responder_ask(arg, ask->ask, ask->with, with, e);
}

/* Through text and back, as over a wire. */
static int exchange_here(struct peer *p, const char *ask, json_t *with, json_t **answer, const json_t **got,
			 struct err *e)
{
	uint64_t n = ++p->n;
	json_t *o = message_request(n, ask, 0, with);
	CLEANUP_FREE char *text = NULL, *said = NULL;
	size_t len;
	int rc = message_print(o, &text, &len, e), failed = 0;

	json_decref(o);
	if (!rc)
		rc = message_serve(text, len, handle_here, p->here, &said, &len, e);
	if (!rc)
		rc = message_parse(said, len, answer, e);
	if (!rc)
		rc = message_answer_read(*answer, n, NULL, got, &failed, e);
	return rc ? rc : failed;
}

int peer_ask(struct peer *p, const char *ask, json_t *with, uint64_t bytes, int64_t ns,
	     struct peer_reply *out, struct err *e)
{
	const json_t *got = NULL;
	int rc;

	out->answer = NULL;
	if (p->here)
		rc = exchange_here(p, ask, with, &out->answer, &got, e);
	else
		rc = peer_host_exchange(p->host, ask, p->id, with, &out->answer, &got, timeout_of(bytes, ns),
					e);
	out->in = message_open(got, "an answer", rc ? NULL : e);
	if (!got)
		out->in.rc = rc ? rc : -EPROTO;
	return rc;
}

int peer_end(struct peer_reply *reply, int rc)
{
	json_decref(reply->answer);
	reply->answer = NULL;
	return rc ? rc : reply->in.rc;
}

int peer_tell(struct peer *p, const char *ask, json_t *with, uint64_t bytes, struct err *e)
{
	struct peer_reply reply;
	int rc = peer_ask(p, ask, with, bytes, 0, &reply, e);

	return peer_end(&reply, rc);
}

json_t *peer_of_target(uint32_t id)
{
	json_t *with = json_object();

	message_put_int(&with, "target", id);
	return with;
}

/* Ask the responder what its device is. */
static int learn_nic(struct peer *p, struct err *e)
{
	struct peer_reply reply;
	int rc = peer_ask(p, "nic", json_object(), 0, 0, &reply, e);

	if (!rc)
		take_nic_attr(&reply.in, "nic", &p->attr);
	return peer_end(&reply, rc);
}

int peer_open(struct nic *nic, struct mem_ctx *mem, struct peer **out, struct err *e)
{
	struct peer *p = calloc(1, sizeof(*p));
	int rc;

	*out = NULL;
	if (!p)
		return err_set(e, -ENOMEM, "peer: out of memory");
	rc = responder_open(nic, mem, NULL, &p->here, e);
	if (!rc)
		rc = learn_nic(p, e);
	if (rc) {
		peer_close(p);
		return rc;
	}
	*out = p;
	return 0;
}

static int open_there(struct peer *p, const char *device, int port, int gid_index, struct err *e)
{
	json_t *with = json_object(), *answer;
	const json_t *got;
	struct message_in in;
	int rc;

	message_put_text(&with, "device", device);
	message_put_int(&with, "port", port);
	message_put_int(&with, "gid_index", gid_index);
	rc = peer_host_exchange(p->host, "open", 0, with, &answer, &got, HOST_TIMEOUT_NS, e);
	if (!rc) {
		in = message_open(got, "an answer", e);
		p->id = message_u32(&in, "responder");
		rc = in.rc;
	}
	json_decref(answer);
	return rc;
}

int peer_open_at(struct peer_host *h, const char *device, int port, int gid_index, struct peer **out,
		 struct err *e)
{
	struct peer *p = calloc(1, sizeof(*p));
	int rc;

	*out = NULL;
	if (!p)
		return err_set(e, -ENOMEM, "peer: out of memory");
	p->host = h;
	rc = open_there(p, device, port, gid_index, e);
	if (rc) {
		free(p);
		return rc;
	}
	rc = learn_nic(p, e);
	if (rc) {
		peer_close(p);
		return rc;
	}
	*out = p;
	return 0;
}

void peer_close(struct peer *p)
{
	if (!p)
		return;
	if (p->host)
		peer_tell(p, "close", json_object(), 0, NULL);
	responder_close(p->here);
	free(p->qps);
	free(p);
}

const struct nic_attr *peer_nic_attr(const struct peer *p)
{
	return &p->attr;
}

bool peer_is_here(const struct peer *p)
{
	return p->here;
}

int peer_hint_counts(struct peer *p, struct nic_hint_count *out, int max, struct err *e)
{
	json_t *with = json_object();
	struct peer_reply reply;
	int rc, n = 0;

	message_put_int(&with, "max", max < MESSAGE_HINTS ? max : MESSAGE_HINTS);
	rc = peer_ask(p, "hint_counts", with, 0, 0, &reply, e);
	if (!rc) {
		n = (int)message_int(&reply.in, "n", 0, INT32_MAX);
		take_hint_counts(&reply.in, "counts", out, (size_t)(n < max ? n : max));
	}
	rc = peer_end(&reply, rc);
	return rc ? rc : n;
}

int peer_async(struct peer *p, struct nic_event *out, struct err *e)
{
	struct peer_reply reply;
	int rc = peer_ask(p, "async", json_object(), 0, 0, &reply, e);
	bool event = false;

	if (!rc) {
		event = message_bool(&reply.in, "event");
		out->fatal = message_bool(&reply.in, "fatal");
		out->qp_num = message_u32(&reply.in, "qp_num");
		message_shown(&reply.in, "text", out->text, sizeof(out->text));
	}
	rc = peer_end(&reply, rc);
	return rc ? rc : event;
}
