// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * A host seen from the initiator: one request at a time, each with its answer. What goes wrong on the way
 * leaves the two ends without a common idea of what was done: from then on the host is dead.
 */
#include "peer/host_priv.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/err.h"
#include "peer/channel.h"
#include "peer/message.h"

#define HELLO_TIMEOUT_NS 15000000000ll
#define BYE_TIMEOUT_NS	 1000000000ll

/**
 * struct peer_host - see host.h
 * @patience_ns: longest that a request may take
 * @n: requests so far
 * @dead: what happened first; code 0 = alive
 * @features: a list of words, as its hello said
 */
struct peer_host {
	struct channel *c;
	int pid;
	int64_t patience_ns;
	uint64_t n;
	struct err dead;
	struct peer_about about;
	json_t *features;
};

static const char *name_of(const struct peer_host *h)
{
	return channel_name(h->c);
}

/* Return: @rc, with @why also in @e. */
static int die(struct peer_host *h, int rc, const struct err *why, struct err *e)
{
	h->dead = *why;
	h->dead.code = rc;
	if (e)
		*e = h->dead;
	return rc;
}

/* What came is no answer: say who it was that talks so. */
static int die_of_answer(struct peer_host *h, int rc, const struct err *why, struct err *e)
{
	struct err said = {0};

	err_set(&said, rc, "%s: %.400s", name_of(h), why->text);
	return die(h, rc, &said, e);
}

/* @text there and an answer back, as it came. */
static int carry(struct peer_host *h, const json_t *o, size_t max, json_t **answer, int64_t timeout_ns,
		 struct err *e)
{
	int64_t deadline = channel_now() + (timeout_ns < h->patience_ns ? timeout_ns : h->patience_ns);
	CLEANUP_FREE char *text = NULL;
	struct err why = {0};
	const char *got;
	size_t n;
	int rc = message_print(o, &text, &n, e);

	if (rc)
		return rc;
	if (n > MESSAGE_REQUEST_MAX)
		return err_set(e, -EMSGSIZE, "%s: a request of %zu bytes; %d are taken there", name_of(h), n,
			       MESSAGE_REQUEST_MAX);
	rc = channel_send(h->c, text, n, deadline, &why);
	if (!rc)
		rc = channel_receive(h->c, max, &got, &n, deadline, &why);
	if (rc)
		return die(h, rc, &why, e);
	rc = message_parse(got, n, answer, &why);
	return rc ? die_of_answer(h, rc, &why, e) : 0;
}

static int exchange(struct peer_host *h, const json_t *o, size_t max, json_t **answer, const json_t **got,
		    int64_t timeout_ns, struct err *e)
{
	struct err why = {0};
	int rc = carry(h, o, max, answer, timeout_ns, e), failed;

	if (rc)
		return rc;
	rc = message_answer_read(*answer, h->n, name_of(h), got, &failed, &why);
	if (rc) {
		json_decref(*answer);
		*answer = NULL;
		*got = NULL;
		return die_of_answer(h, rc, &why, e);
	}
	if (failed && e)
		*e = why;
	return failed;
}

/* What it was asked for when it died. */
static void name_last(struct peer_host *h, const char *ask, struct err *e)
{
	struct err died = h->dead;

	err_set(&died, died.code, "%.400s, asked for %s", h->dead.text, ask);
	die(h, died.code, &died, e);
}

/* NOLINTNEXTLINE(readability-function-size): the parameters are host_priv.h's */
int peer_host_exchange(struct peer_host *h, const char *ask, uint32_t at, json_t *with, json_t **answer,
		       const json_t **got, int64_t timeout_ns, struct err *e)
{
	json_t *o;
	int rc;

	*answer = NULL;
	*got = NULL;
	if (h->dead.code) {
		json_decref(with);
		return err_set(e, -ENOTCONN, "%s is gone since: %.400s", name_of(h), h->dead.text);
	}
	o = message_request(++h->n, ask, at, with);
	rc = exchange(h, o, MESSAGE_ANSWER_MAX, answer, got, timeout_ns, e);
	json_decref(o);
	if (h->dead.code)
		name_last(h, ask, e);
	return rc;
}

/* Both protocols and whose is older. Return: -EPROTO. */
static int differ(struct peer_host *h, uint32_t theirs, uint32_t oldest, struct err *e)
{
	bool behind = theirs < MESSAGE_OLDEST;
	struct err why = {0};

	err_set(&why, -EPROTO,
		"%s: p2pbench %s there speaks protocol %u (%u at the oldest), here it is %d (%d): %s is "
		"older",
		name_of(h), h->about.version, theirs, oldest, MESSAGE_PROTOCOL, MESSAGE_OLDEST,
		behind ? "that one" : "this one");
	err_hint(&why, -EPROTO, "run the same p2pbench at both ends");
	return die(h, -EPROTO, &why, e);
}

/* No stranger's words are believed before the magic. */
static int read_hello(struct peer_host *h, const json_t *got, struct err *e)
{
	struct err why = {0};
	struct message_in in = message_open(got, "its hello", &why);
	const char *magic = message_text(&in, "magic", 32);
	uint32_t theirs = message_u32(&in, "protocol"), oldest = message_u32(&in, "oldest");
	const json_t *features;

	message_shown(&in, "version", h->about.version, sizeof(h->about.version));
	if (!in.rc && strcmp(magic, message_magic) != 0)
		message_wrong(&in, -EPROTO, "no p2pbench answers there");
	if (in.rc)
		return die_of_answer(h, -EPROTO, &why, e);
	if (theirs < MESSAGE_OLDEST || oldest > MESSAGE_PROTOCOL)
		return differ(h, theirs, oldest, e);
	h->about.protocol = theirs < MESSAGE_PROTOCOL ? theirs : MESSAGE_PROTOCOL;
	message_shown(&in, "build", h->about.build, sizeof(h->about.build));
	message_shown(&in, "hostname", h->about.hostname, sizeof(h->about.hostname));
	message_shown(&in, "kernel", h->about.kernel, sizeof(h->about.kernel));
	features = message_array(&in, "features", 256);
	if (in.rc)
		return die_of_answer(h, -EPROTO, &why, e);
	h->features = json_incref((json_t *)features);
	return 0;
}

static int greet(struct peer_host *h, struct err *e)
{
	json_t *with = json_object(), *o, *answer = NULL;
	const json_t *got = NULL;
	int rc;

	message_put_text(&with, "magic", message_magic);
	message_put_int(&with, "protocol", MESSAGE_PROTOCOL);
	message_put_int(&with, "oldest", MESSAGE_OLDEST);
	o = message_request(++h->n, "hello", 0, with);
	rc = exchange(h, o, MESSAGE_HELLO_MAX, &answer, &got, HELLO_TIMEOUT_NS, e);
	if (rc == -EMSGSIZE)
		rc = -EPROTO; /* whoever begins with that is no p2pbench */
	if (!rc)
		rc = read_hello(h, got, e);
	json_decref(answer);
	json_decref(o);
	return rc;
}

int peer_host_open(struct channel *c, int pid, struct peer_host **out, struct err *e)
{
	return peer_host_open_within(c, pid, INT64_MAX, out, e);
}

int peer_host_open_within(struct channel *c, int pid, int64_t ns, struct peer_host **out, struct err *e)
{
	struct peer_host *h = calloc(1, sizeof(*h));
	int rc;

	*out = NULL;
	if (!h) {
		peer_dial_close(c, pid);
		return err_set(e, -ENOMEM, "peer: out of memory");
	}
	h->c = c;
	h->pid = pid;
	h->patience_ns = ns;
	rc = greet(h, e);
	if (rc) {
		peer_host_close(h);
		return rc;
	}
	*out = h;
	return 0;
}

void peer_host_close(struct peer_host *h)
{
	json_t *answer;
	const json_t *got;

	if (!h)
		return;
	if (!h->dead.code) {
		peer_host_exchange(h, "bye", 0, json_object(), &answer, &got, BYE_TIMEOUT_NS, NULL);
		json_decref(answer);
	}
	json_decref(h->features);
	peer_dial_close(h->c, h->pid);
	free(h);
}

const struct peer_about *peer_host_about(const struct peer_host *h)
{
	return &h->about;
}

bool peer_host_has(const struct peer_host *h, const char *feature)
{
	for (size_t i = 0; i < json_array_size(h->features); i++) {
		const char *f = json_string_value(json_array_get(h->features, i));

		if (f && !strcmp(f, feature))
			return true;
	}
	return false;
}

int peer_host_ask(struct peer_host *h, const char *verb, const json_t *ask, json_t **answer,
		  int64_t timeout_ns, struct err *e)
{
	json_t *with = json_object(), *all;
	const json_t *got;
	int rc;

	*answer = NULL;
	message_put_text(&with, "verb", verb);
	message_put(&with, "with", ask ? json_incref((json_t *)ask) : json_object());
	rc = peer_host_exchange(h, "program", 0, with, &all, &got, timeout_ns ? timeout_ns : HOST_TIMEOUT_NS,
				e);
	if (!rc) {
		*answer = json_incref(json_object_get(got, "answer"));
		if (!*answer)
			rc = err_set(e, -EPROTO, "%s: no answer to '%s'", name_of(h), verb);
	}
	json_decref(all);
	return rc;
}
