/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef P2P_PEER_MESSAGE_H
#define P2P_PEER_MESSAGE_H

/*
 * Requests and answers as text. Private to peer/.
 *
 *	{"n": 7, "ask": "target_zero", "at": 0, "with": {"target": 1, "offset": 0, "bytes": 4096}}
 *	{"n": 7, "rc": 0, "with": {}}
 *	{"n": 8, "rc": -22, "error": "peer: no target 1", "hint": "", "with": {}}
 *
 * @n counts the requests of a connection, @at is the responder (of requests to one). What arrives is hostile:
 * depth and number of values are bounded before anything is built from it, every key has a type and a range,
 *and a request has no key that is not read. Answers may have: a newer side says more.
 *
 * Integers above INT64_MAX, which JSON libraries do not agree on, cross as "0x" and 16 digits.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <jansson.h>

struct err;

/* Spoken, and the oldest that is still understood. A change that the other side has to know of counts it up.
 */
enum { MESSAGE_PROTOCOL = 1, MESSAGE_OLDEST = 1 };

extern const char message_magic[]; /* "p2pbench" */

/**
 * @MESSAGE_HELLO_MAX: bytes of a hello and of its answer; @MESSAGE_REQUEST_MAX, @MESSAGE_ANSWER_MAX: of all
 * else
 * @MESSAGE_DEPTH, @MESSAGE_VALUES: of brackets in brackets, of values in a message
 */
enum {
	MESSAGE_HELLO_MAX = 16 << 10,
	MESSAGE_REQUEST_MAX = 16 << 20,
	MESSAGE_ANSWER_MAX = 64 << 20,
	MESSAGE_DEPTH = 32,
	MESSAGE_VALUES = 2 << 20,
};

/**
 * message_parse() - text to an object
 * @out: a new reference
 *
 * Return: 0; -EPROTO no JSON, no object, a key twice, too deep, too many values; -ENOMEM.
 */
int message_parse(const char *text, size_t n, json_t **out, struct err *e);

/* Return: 0 and a malloc'ed text; -ENOMEM. @o is borrowed, NULL = what could not be made. */
int message_print(const json_t *o, char **text, size_t *n, struct err *e);

/**
 * struct message_in - an object that is being read; the first failure stays
 * @what: how messages call it ("request serve"); @e: where the failure goes
 * @rc: 0; -EPROTO a key is missing, has another type or is unknown; -EINVAL it is out of range
 * @key, @taken: keys read so far
 */
enum { MESSAGE_KEYS = 40 };
struct message_in {
	const json_t *o;
	const char *what;
	struct err *e;
	int rc;
	unsigned int taken;
	const char *key[MESSAGE_KEYS];
};

struct message_in message_open(const json_t *o, const char *what, struct err *e);

/* The value of @key; 0, false or "" after a failure. */
uint64_t message_u64(struct message_in *in, const char *key);
uint32_t message_u32(struct message_in *in, const char *key);
int64_t message_int(struct message_in *in, const char *key, int64_t min, int64_t max);
bool message_bool(struct message_in *in, const char *key);
/* @room: its bytes with the NUL fit; no NUL within. */
const char *message_text(struct message_in *in, const char *key, size_t room);
/* @out gets what a terminal can show of the text, cut to @room. */
void message_shown(struct message_in *in, const char *key, char *out, size_t room);

/* Borrowed; NULL after a failure. An array has @max items at most. */
const json_t *message_object(struct message_in *in, const char *key);
const json_t *message_array(struct message_in *in, const char *key, size_t max);
/* Is there such a key that is not null. */
bool message_has(struct message_in *in, const char *key);

/* Item @i of @array: an integer of an array of them. */
uint64_t message_item_u64(struct message_in *in, const json_t *array, size_t i);
int64_t message_item_int(struct message_in *in, const json_t *array, size_t i, int64_t min, int64_t max);

/* Record a failure of what was read. */
void message_wrong(struct message_in *in, int rc, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

/* The end of a request: every key has been read. Return: @in->rc. */
int message_done(struct message_in *in);

/* Putting: a failure to allocate is found by message_print(), of what was built by then: *@o is NULL. */
void message_put(json_t **o, const char *key, json_t *value); /* steals @value */
void message_put_u64(json_t **o, const char *key, uint64_t v);
void message_put_int(json_t **o, const char *key, int64_t v);
void message_put_bool(json_t **o, const char *key, bool v);
void message_put_text(json_t **o, const char *key, const char *text);
void message_push(json_t **array, json_t *value); /* steals @value */
json_t *message_number(uint64_t v);

/**
 * struct message_request - the envelope of a request; borrowed from its object
 */
struct message_request {
	uint64_t n;
	const char *ask;
	uint32_t at;
	const json_t *with;
};

/* @with is stolen. Return: NULL without memory. */
json_t *message_request(uint64_t n, const char *ask, uint32_t at, json_t *with);
int message_request_read(const json_t *o, struct message_request *out, struct err *e);

/**
 * message_serve() - a request's text to its answer's
 * @handle: puts results into *@with; a failure and what it says become the answer
 * @answer: malloc'ed, @len bytes
 *
 * Return: 0; -EPROTO it was no request (there is an answer that says so: the sender is no friend); -ENOMEM no
 * answer could be made.
 */
typedef int message_handler(void *arg, const struct message_request *ask, json_t **with, struct err *e);
int message_serve(const char *text, size_t n, message_handler *handle, void *arg, char **answer, size_t *len,
		  struct err *e);

/* @with is stolen; @e is looked at when @rc is not 0. Return: NULL without memory. */
json_t *message_answer(uint64_t n, int rc, const struct err *failed, json_t *with);

/**
 * message_answer_read() - the envelope of an answer
 * @n: the request's; @who: in front of the other side's words, NULL = nothing
 * @with: borrowed from @o
 *
 * Return: 0, and @rc is the other side's, with its text in @e; -EPROTO it is no answer to that.
 */
int message_answer_read(const json_t *o, uint64_t n, const char *who, const json_t **with, int *rc,
			struct err *e);

#endif
