/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef P2P_PEER_AUTH_H
#define P2P_PEER_AUTH_H

/*
 * The first frames of a channel, before anything else is said on it. Who answers speaks first, so that
 * who dials learns at once that a p2pbench is there, or what else:
 *
 *	answers: {"p2pbench":"serve","auth":1,"version":"0.1.0","token":true,"nonce":"64 hex digits"}
 *	dials:   {"p2pbench":"dial","auth":1,"version":"0.1.0","nonce":"...","proof":"64 hex digits"}
 *	answers: {"p2pbench":"welcome","proof":"..."} or {"p2pbench":"refused","errno":"EBUSY","text":"..."}
 *
 * A proof is HMAC-SHA256 (RFC 2104) keyed with the token over "p2pbench", a NUL, the role of who makes it
 * ("dial" or "serve"), a NUL, the nonce of who answers and that of who dials. Both sides prove that they hold
 * the token, neither sends it, and a recorded exchange is worth nothing against a new nonce. Without a token
 * (over ssh, or serve --no-auth) the frames are the same without proofs. What follows is neither encrypted
 *nor signed: who can change packets on the way can take over the channel; ssh is for that.
 *
 * Threads: as channel.h.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct channel;
struct err;

enum {
	AUTH_VERSION = 1,
	AUTH_NONCE = 32,
	AUTH_PROOF = 32,
	AUTH_TOKEN_MIN = 16,
	AUTH_TOKEN_MAX = 4096,
	AUTH_FRAME_MAX = 4096,
};

/* A secret; wiped by auth_token_wipe(). */
struct auth_token {
	size_t n;
	uint8_t bytes[AUTH_TOKEN_MAX];
};

/**
 * auth_token_read() - the whole of a file, without one line end behind it
 *
 * Return: 0; -EACCES others than its owner can read it; -EINVAL not a regular file, empty, shorter than
 * AUTH_TOKEN_MIN or longer than AUTH_TOKEN_MAX; -errno of open() and read(). Then @out is wiped.
 */
int auth_token_read(const char *path, struct auth_token *out, struct err *e);
void auth_token_wipe(struct auth_token *t);

/* HMAC-SHA256 of @n bytes. */
void auth_hmac(const void *key, size_t key_len, const void *data, size_t n, uint8_t out[AUTH_PROOF]);

/**
 * struct auth - one exchange, of who answers
 * @token: borrowed; NULL = none is asked
 */
struct auth {
	const struct auth_token *token;
	uint8_t nonce[AUTH_NONCE], theirs[AUTH_NONCE];
};

/**
 * auth_serve() - greet, and have the other side prove itself; then auth_welcome() or auth_refuse()
 * @version: of this program, for the other side's messages
 *
 * Return: 0; -EACCES no or a wrong proof; -EPROTO no p2pbench, or one that speaks another version of these
 * frames: either was told so; as channel_receive(). Afterwards the channel is of no use but to be freed.
 */
int auth_serve(struct channel *c, const struct auth_token *token, const char *version, int64_t deadline_ns,
	       struct auth *out, struct err *e);

/* Prove ourselves as well; from here on the channel is the session's. Return: as channel_send(). */
int auth_welcome(struct channel *c, const struct auth *a, int64_t deadline_ns, struct err *e);

/* @code: -EBUSY, ...: what auth_dial() returns there, with @text. Failures are not told: it is the last word.
 */
void auth_refuse(struct channel *c, int code, const char *text, int64_t deadline_ns);

/**
 * auth_dial() - the other end of it
 *
 * Return: 0; -EACCES the token is wrong, wanted and not given, given and not wanted (a token that is not
 * asked for would leave the other side unproved), or the other side does not hold it; -EBUSY as it says;
 * -EPROTO no p2pbench, or another version of these frames; as channel_receive().
 */
int auth_dial(struct channel *c, const struct auth_token *token, const char *version, int64_t deadline_ns,
	      struct err *e);

#endif
