// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Text to JSON and back, and the envelopes. */
#include "peer/message.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"

const char message_magic[] = "p2pbench";

/* The parser recurses and allocates as the text tells it to: how much that will be is counted first. */
static int measure(const char *text, size_t n, struct err *e)
{
	size_t depth = 0, values = 1;
	bool quoted = false;

	for (size_t i = 0; i < n; i++) {
		char c = text[i];

		if (c == '"')
			quoted = !quoted;
		else if (quoted)
			i += c == '\\';
		else if (c == '[' || c == '{')
			depth++, values++;
		else if (c == ']' || c == '}')
			depth -= depth > 0;
		else if (c == ',')
			values++;
		if (depth > MESSAGE_DEPTH)
			return err_set(e, -EPROTO, "a message with more than %d brackets in one another",
				       MESSAGE_DEPTH);
	}
	if (values > MESSAGE_VALUES)
		return err_set(e, -EPROTO, "a message of %zu values; %d are taken", values, MESSAGE_VALUES);
	return 0;
}

int message_parse(const char *text, size_t n, json_t **out, struct err *e)
{
	json_error_t why;
	int rc = measure(text, n, e);

	*out = NULL;
	if (rc)
		return rc;
	*out = json_loadb(text, n, JSON_REJECT_DUPLICATES, &why);
	if (!*out && json_error_code(&why) == json_error_out_of_memory)
		return err_set(e, -ENOMEM, "out of memory for a message of %zu bytes", n);
	if (!*out)
		return err_set(e, -EPROTO, "a message is no JSON: %s at byte %d", why.text, why.position);
	if (json_is_object(*out))
		return 0;
	json_decref(*out);
	*out = NULL;
	return err_set(e, -EPROTO, "a message is no JSON object");
}

int message_print(const json_t *o, char **text, size_t *n, struct err *e)
{
	*text = o ? json_dumps(o, JSON_COMPACT) : NULL;
	if (!*text)
		return err_set(e, -ENOMEM, "out of memory for a message");
	*n = strlen(*text);
	return 0;
}

json_t *message_request(uint64_t n, const char *ask, uint32_t at, json_t *with)
{
	json_t *o = json_object();

	message_put_u64(&o, "n", n);
	message_put_text(&o, "ask", ask);
	message_put_int(&o, "at", at);
	message_put(&o, "with", with);
	return o;
}

int message_request_read(const json_t *o, struct message_request *out, struct err *e)
{
	struct message_in in = message_open(o, "a request", e);

	out->n = message_u64(&in, "n");
	out->ask = message_text(&in, "ask", 64);
	out->at = message_u32(&in, "at");
	out->with = message_object(&in, "with");
	return message_done(&in);
}

json_t *message_answer(uint64_t n, int rc, const struct err *failed, json_t *with)
{
	json_t *o = json_object();

	message_put_u64(&o, "n", n);
	message_put_int(&o, "rc", rc);
	if (rc) {
		message_put_text(&o, "error", failed->text);
		message_put_text(&o, "hint", failed->hint);
	}
	message_put(&o, "with", with);
	return o;
}

/* The other side's failure in its own words, and whose words they are. */
static void tell(struct message_in *in, int rc, const char *who, struct err *e)
{
	struct err said = {0};

	message_shown(in, "error", said.text, sizeof(said.text));
	message_shown(in, "hint", said.hint, sizeof(said.hint));
	if (in->rc)
		return;
	err_set(e, rc, "%s%s%s", who ? who : "", who ? ": " : "", said.text);
	if (said.hint[0])
		err_hint(e, rc, "%s", said.hint);
}

int message_answer_read(const json_t *o, uint64_t n, const char *who, const json_t **with, int *rc,
			struct err *e)
{
	struct message_in in = message_open(o, "an answer", e);
	uint64_t got = message_u64(&in, "n");

	*rc = (int)message_int(&in, "rc", -4095, 0);
	*with = message_object(&in, "with");
	if (!in.rc && got != n)
		message_wrong(&in, -EPROTO, "an answer to request %llu, not to %llu", (unsigned long long)got,
			      (unsigned long long)n);
	if (!in.rc && *rc)
		tell(&in, *rc, who, e);
	return in.rc;
}

int message_serve(const char *text, size_t n, message_handler *handle, void *arg, char **answer, size_t *len,
		  struct err *e)
{
	struct message_request ask = {0};
	struct err failed = {0};
	json_t *o = NULL, *with = json_object(), *out;
	int bad = message_parse(text, n, &o, &failed), rc = bad, printed;

	if (!rc)
		rc = bad = message_request_read(o, &ask, &failed) ? -EPROTO : 0;
	if (!rc)
		rc = handle(arg, &ask, &with, &failed);
	out = message_answer(ask.n, rc, &failed, with);
	printed = message_print(out, answer, len, e);
	json_decref(out);
	json_decref(o);
	if (printed)
		return printed;
	return bad ? err_set(e, bad, "%s", failed.text) : 0;
}
