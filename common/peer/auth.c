// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Challenge and response; see auth.h. */
#include "peer/auth.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include <jansson.h>
#include <nettle/hmac.h>
#include <nettle/memops.h>

#include "base/err.h"
#include "peer/channel.h"

enum { HEX = 2 * AUTH_PROOF + 1, NONCES = 2 * AUTH_NONCE };
_Static_assert((int)AUTH_PROOF == (int)AUTH_NONCE && (int)AUTH_PROOF == SHA256_DIGEST_SIZE,
	       "one length of hex text");

void auth_hmac(const void *key, size_t key_len, const void *data, size_t n, uint8_t out[AUTH_PROOF])
{
	struct hmac_sha256_ctx ctx;

	hmac_sha256_set_key(&ctx, key_len, key);
	hmac_sha256_update(&ctx, n, data);
	hmac_sha256_digest(&ctx, AUTH_PROOF, out);
	explicit_bzero(&ctx, sizeof(ctx));
}

/* @role: "dial" or "serve". */
static void prove(const struct auth_token *t, const char *role, const uint8_t *serve, const uint8_t *dial,
		  uint8_t out[AUTH_PROOF])
{
	uint8_t text[32 + NONCES];
	size_t n;

	n = (size_t)snprintf((char *)text, 32, "p2pbench%c%s", '\0', role) + 1;
	memcpy(text + n, serve, AUTH_NONCE);
	memcpy(text + n + AUTH_NONCE, dial, AUTH_NONCE);
	auth_hmac(t->bytes, t->n, text, n + NONCES, out);
}

static int random_nonce(uint8_t out[AUTH_NONCE], struct err *e)
{
	ssize_t n = getrandom(out, AUTH_NONCE, 0);

	if (n == AUTH_NONCE)
		return 0;
	return err_set(e, n < 0 ? -errno : -EIO, "getrandom: no random bytes for a challenge: %s",
		       n < 0 ? strerror(errno) : "too few");
}

static const char *to_hex(const uint8_t *bytes, char out[HEX])
{
	for (size_t i = 0; i < AUTH_PROOF; i++)
		snprintf(out + 2 * i, 3, "%02x", bytes[i]);
	return out;
}

static int nibble(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Member @name of @j: 64 lower-case hex digits. */
static bool from_hex(const json_t *j, const char *name, uint8_t *out)
{
	const json_t *v = json_object_get(j, name);
	const char *s = json_string_value(v);

	if (!s || json_string_length(v) != HEX - 1)
		return false;
	for (size_t i = 0; i < AUTH_PROOF; i++) {
		int high = nibble(s[2 * i]), low = nibble(s[2 * i + 1]);

		if (high < 0 || low < 0)
			return false;
		out[i] = (uint8_t)(high << 4 | low);
	}
	return true;
}

/* Text of the other side, for a message: short, and nothing that moves a cursor. */
static const char *plain(const json_t *j, const char *name, char *out, size_t size)
{
	const char *s = json_string_value(json_object_get(j, name));
	size_t n = 0;

	for (; s && s[n] && n < size - 1; n++)
		out[n] = (char)(s[n] >= ' ' && s[n] < 0x7f ? s[n] : '?');
	out[n] = '\0';
	return out;
}

static bool is(const json_t *j, const char *kind)
{
	const char *s = json_string_value(json_object_get(j, "p2pbench"));

	return s && !strcmp(s, kind);
}

static int send_frame(struct channel *c, json_t *j, int64_t deadline_ns, struct err *e)
{
	char *text = j ? json_dumps(j, JSON_COMPACT) : NULL;
	int rc = text ? channel_send(c, text, strlen(text), deadline_ns, e)
		      : err_set(e, -ENOMEM, "%s: no memory for a greeting", channel_name(c));

	free(text);
	json_decref(j);
	return rc;
}

static int stranger(struct channel *c, struct err *e)
{
	err_set(e, -EPROTO, "%s: no p2pbench speaks there: the first message is not a greeting",
		channel_name(c));
	return err_hint(e, -EPROTO,
			"another service listens there, or a login script prints to standard output");
}

/* Return: an object in @out, the caller's; -EPROTO, -ENOMEM or as channel_receive(). */
static int receive_frame(struct channel *c, int64_t deadline_ns, json_t **out, struct err *e)
{
	const char *text;
	size_t n;
	int rc = channel_receive(c, AUTH_FRAME_MAX, &text, &n, deadline_ns, e);

	if (rc == -EMSGSIZE) {
		if (e)
			e->code = -EPROTO;
		return -EPROTO;
	}
	if (rc)
		return rc;
	*out = json_loadb(text, n, JSON_REJECT_DUPLICATES, NULL);
	if (json_is_object(*out))
		return 0;
	json_decref(*out);
	return stranger(c, e);
}

static int other_version(struct channel *c, const json_t *j, const char *version, struct err *e)
{
	json_int_t theirs = json_integer_value(json_object_get(j, "auth"));
	char text[40];

	err_set(e, -EPROTO,
		"%s: greets in version %lld (p2pbench %s), this p2pbench %s in version %d: %s is the older",
		channel_name(c), (long long)theirs, plain(j, "version", text, sizeof(text)), version,
		AUTH_VERSION, theirs < AUTH_VERSION ? "that one" : "this one");
	return err_hint(e, -EPROTO, "install the same p2pbench on both hosts");
}

static bool same_version(const json_t *j)
{
	const json_t *v = json_object_get(j, "auth");

	return json_is_integer(v) && json_integer_value(v) == AUTH_VERSION;
}

/* A greeting's checks that have nothing to do with the token. */
static int check_reply(struct channel *c, const json_t *j, const char *version, uint8_t *nonce, struct err *e)
{
	if (!is(j, "dial"))
		return stranger(c, e);
	if (!same_version(j))
		return other_version(c, j, version, e);
	return from_hex(j, "nonce", nonce) ? 0 : stranger(c, e);
}

static int check_proof(struct channel *c, const struct auth *a, const json_t *j, struct err *e)
{
	uint8_t want[AUTH_PROOF], got[AUTH_PROOF];
	bool right;

	if (!a->token)
		return 0;
	if (!from_hex(j, "proof", got))
		return err_set(e, -EACCES, "%s: gave no token, and one is wanted", channel_name(c));
	prove(a->token, "dial", a->nonce, a->theirs, want);
	right = memeql_sec(want, got, AUTH_PROOF);
	explicit_bzero(want, sizeof(want));
	return right ? 0 : err_set(e, -EACCES, "%s: the token is wrong", channel_name(c));
}

int auth_serve(struct channel *c, const struct auth_token *token, const char *version, int64_t deadline_ns,
	       struct auth *out, struct err *e)
{
	struct err own = {0};
	char hex[HEX];
	json_t *j = NULL;
	int rc;

	*out = (struct auth){.token = token};
	rc = random_nonce(out->nonce, &own);
	if (!rc)
		rc = send_frame(c,
				json_pack("{s:s, s:i, s:s, s:b, s:s}", "p2pbench", "serve", "auth",
					  AUTH_VERSION, "version", version, "token", token != NULL, "nonce",
					  to_hex(out->nonce, hex)),
				deadline_ns, &own);
	if (!rc)
		rc = receive_frame(c, deadline_ns, &j, &own);
	if (!rc) {
		rc = check_reply(c, j, version, out->theirs, &own);
		if (!rc)
			rc = check_proof(c, out, j, &own);
		json_decref(j);
		if (rc)
			auth_refuse(c, rc, strstr(own.text, ": ") ? strstr(own.text, ": ") + 2 : own.text,
				    deadline_ns);
	}
	if (rc && e)
		*e = own;
	return rc;
}

int auth_welcome(struct channel *c, const struct auth *a, int64_t deadline_ns, struct err *e)
{
	json_t *j = json_pack("{s:s}", "p2pbench", "welcome");
	uint8_t proof[AUTH_PROOF];
	char hex[HEX];

	if (a->token) {
		prove(a->token, "serve", a->nonce, a->theirs, proof);
		json_object_set_new(j, "proof", json_string(to_hex(proof, hex)));
	}
	return send_frame(c, j, deadline_ns, e);
}

void auth_refuse(struct channel *c, int code, const char *text, int64_t deadline_ns)
{
	send_frame(c,
		   json_pack("{s:s, s:s, s:s}", "p2pbench", "refused", "errno", err_name(code), "text", text),
		   deadline_ns, NULL);
}

/* Is @j a greeting that can be answered with what we hold. */
static int check_greeting(struct channel *c, const json_t *j, const struct auth_token *token,
			  const char *version, struct err *e)
{
	bool wants = json_is_true(json_object_get(j, "token"));

	if (!is(j, "serve"))
		return stranger(c, e);
	if (!same_version(j))
		return other_version(c, j, version, e);
	if (wants && !token) {
		err_set(e, -EACCES, "%s: wants a token, and none was given", channel_name(c));
		return err_hint(e, -EACCES, "--token-file FILE with what `p2pbench serve` reads there");
	}
	if (!wants && token) {
		err_set(e, -EACCES, "%s: asks for no token, so it cannot prove that it holds this one",
			channel_name(c));
		return err_hint(e, -EACCES,
				"is it the right host? if `serve --no-auth` is meant, leave out the token");
	}
	return 0;
}

static int refused(struct channel *c, const json_t *j, struct err *e)
{
	char name[16], text[300];

	plain(j, "errno", name, sizeof(name));
	plain(j, "text", text, sizeof(text));
	if (!strcmp(name, "EBUSY")) {
		err_set(e, -EBUSY, "%s: %s", channel_name(c), text);
		return err_hint(e, -EBUSY, "it takes the next one when that session has ended");
	}
	if (!strcmp(name, "EACCES"))
		return err_set(e, -EACCES, "%s: refused: %s", channel_name(c), text);
	return err_set(e, -EPROTO, "%s: refused: %s (%s)", channel_name(c), text, name);
}

/* The last frame: are we in, and is the other side who it should be. */
static int check_welcome(struct channel *c, const struct auth *a, const json_t *j, struct err *e)
{
	uint8_t want[AUTH_PROOF], got[AUTH_PROOF];
	bool right;

	if (is(j, "refused"))
		return refused(c, j, e);
	if (!is(j, "welcome"))
		return stranger(c, e);
	if (!a->token)
		return 0;
	prove(a->token, "serve", a->nonce, a->theirs, want);
	right = from_hex(j, "proof", got) && memeql_sec(want, got, AUTH_PROOF);
	explicit_bzero(want, sizeof(want));
	if (right)
		return 0;
	err_set(e, -EACCES, "%s: could not prove that it holds the token", channel_name(c));
	return err_hint(e, -EACCES, "something else answers in its place; nothing more was sent to it");
}

/* Answer the greeting @j; @a: receives both nonces. */
static int reply(struct channel *c, struct auth *a, const json_t *j, const char *version, int64_t deadline_ns,
		 struct err *e)
{
	uint8_t proof[AUTH_PROOF];
	char nonce[HEX], hex[HEX];
	json_t *out;
	int rc;

	if (!from_hex(j, "nonce", a->nonce))
		return stranger(c, e);
	rc = random_nonce(a->theirs, e);
	if (rc)
		return rc;
	out = json_pack("{s:s, s:i, s:s, s:s}", "p2pbench", "dial", "auth", AUTH_VERSION, "version", version,
			"nonce", to_hex(a->theirs, nonce));
	if (a->token) {
		prove(a->token, "dial", a->nonce, a->theirs, proof);
		json_object_set_new(out, "proof", json_string(to_hex(proof, hex)));
	}
	return send_frame(c, out, deadline_ns, e);
}

int auth_dial(struct channel *c, const struct auth_token *token, const char *version, int64_t deadline_ns,
	      struct err *e)
{
	struct auth a = {.token = token};
	json_t *j = NULL;
	int rc = receive_frame(c, deadline_ns, &j, e);

	if (rc)
		return rc;
	rc = check_greeting(c, j, token, version, e);
	if (!rc)
		rc = reply(c, &a, j, version, deadline_ns, e);
	json_decref(j);
	if (rc)
		return rc;
	rc = receive_frame(c, deadline_ns, &j, e);
	if (rc)
		return rc;
	rc = check_welcome(c, &a, j, e);
	json_decref(j);
	return rc;
}
