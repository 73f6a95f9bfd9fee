// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Keys of messages, one type and one range each. */
#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "config/diag.h"
#include "peer/message.h"

enum { HEX_DIGITS = 16 };

struct message_in message_open(const json_t *o, const char *what, struct err *e)
{
	return (struct message_in){.o = o, .what = what, .e = e};
}

void message_wrong(struct message_in *in, int rc, const char *fmt, ...)
{
	char text[480];
	va_list ap;

	if (in->rc)
		return;
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	in->rc = err_set(in->e, rc, "%s: %s", in->what, text);
}

static void note(struct message_in *in, const char *key)
{
	if (in->taken < MESSAGE_KEYS)
		in->key[in->taken++] = key;
}

static const json_t *take(struct message_in *in, const char *key)
{
	const json_t *v = in->rc ? NULL : json_object_get(in->o, key);

	if (!v)
		message_wrong(in, -EPROTO, "key '%s' is missing", key);
	note(in, key);
	return v;
}

static bool is_hex(const char *s)
{
	return strlen(s) == 2 + HEX_DIGITS && !memcmp(s, "0x", 2) &&
	       strspn(s + 2, "0123456789abcdef") == HEX_DIGITS;
}

/* One spelling a number: hexadecimal above INT64_MAX only. */
static uint64_t number(struct message_in *in, const json_t *v, const char *key)
{
	uint64_t n = 0;

	if (json_is_integer(v) && json_integer_value(v) >= 0)
		return (uint64_t)json_integer_value(v);
	if (json_is_integer(v)) {
		message_wrong(in, -EINVAL, "'%s' is negative", key);
		return 0;
	}
	if (json_is_string(v) && is_hex(json_string_value(v)))
		n = strtoull(json_string_value(v) + 2, NULL, 16);
	if (n <= INT64_MAX && v)
		message_wrong(in, -EPROTO, "'%s' is no number", key);
	return in->rc ? 0 : n;
}

static int64_t ranged(struct message_in *in, const json_t *v, const char *key, int64_t min, int64_t max)
{
	int64_t n = json_integer_value(v);

	if (v && !json_is_integer(v))
		message_wrong(in, -EPROTO, "'%s' is no integer", key);
	else if (v && (n < min || n > max))
		message_wrong(in, -EINVAL, "'%s' is %" PRId64 ", not %" PRId64 "..%" PRId64, key, n, min,
			      max);
	return in->rc ? 0 : n;
}

uint64_t message_u64(struct message_in *in, const char *key)
{
	return number(in, take(in, key), key);
}

int64_t message_int(struct message_in *in, const char *key, int64_t min, int64_t max)
{
	return ranged(in, take(in, key), key, min, max);
}

uint32_t message_u32(struct message_in *in, const char *key)
{
	return (uint32_t)message_int(in, key, 0, UINT32_MAX);
}

uint64_t message_item_u64(struct message_in *in, const json_t *array, size_t i)
{
	return in->rc ? 0 : number(in, json_array_get(array, i), "a list's item");
}

int64_t message_item_int(struct message_in *in, const json_t *array, size_t i, int64_t min, int64_t max)
{
	return in->rc ? 0 : ranged(in, json_array_get(array, i), "a list's item", min, max);
}

bool message_bool(struct message_in *in, const char *key)
{
	const json_t *v = take(in, key);

	if (v && !json_is_boolean(v))
		message_wrong(in, -EPROTO, "'%s' is neither true nor false", key);
	return json_is_true(v);
}

const char *message_text(struct message_in *in, const char *key, size_t room)
{
	const json_t *v = take(in, key);

	if (v && !json_is_string(v))
		message_wrong(in, -EPROTO, "'%s' is no text", key);
	else if (v && json_string_length(v) >= room)
		message_wrong(in, -EINVAL, "'%s' has more than %zu bytes", key, room - 1);
	return in->rc ? "" : json_string_value(v);
}

void message_shown(struct message_in *in, const char *key, char *out, size_t room)
{
	diag_printable(out, room, message_text(in, key, SIZE_MAX));
}

const json_t *message_object(struct message_in *in, const char *key)
{
	const json_t *v = take(in, key);

	if (v && !json_is_object(v))
		message_wrong(in, -EPROTO, "'%s' is no object", key);
	return in->rc ? NULL : v;
}

const json_t *message_array(struct message_in *in, const char *key, size_t max)
{
	const json_t *v = take(in, key);

	if (v && !json_is_array(v))
		message_wrong(in, -EPROTO, "'%s' is no list", key);
	else if (v && json_array_size(v) > max)
		message_wrong(in, -EINVAL, "'%s' has %zu items, %zu at most", key, json_array_size(v), max);
	return in->rc ? NULL : v;
}

bool message_has(struct message_in *in, const char *key)
{
	const json_t *v = in->rc ? NULL : json_object_get(in->o, key);

	if (json_is_null(v))
		note(in, key);
	return v && !json_is_null(v);
}

static bool noted(const struct message_in *in, const char *key)
{
	for (unsigned int i = 0; i < in->taken; i++) {
		if (!strcmp(in->key[i], key))
			return true;
	}
	return false;
}

int message_done(struct message_in *in)
{
	char shown[64];
	const char *key;
	json_t *v;

	if (in->rc || in->taken == json_object_size(in->o))
		return in->rc;
	json_object_foreach((json_t *)in->o, key, v)
	{
		if (!noted(in, key))
			message_wrong(in, -EPROTO, "key '%s' is unknown",
				      diag_printable(shown, sizeof(shown), key));
	}
	return in->rc;
}

void message_put(json_t **o, const char *key, json_t *value)
{
	if (!*o)
		json_decref(value);
	else if (json_object_set_new(*o, key, value)) {
		json_decref(*o);
		*o = NULL;
	}
}

void message_push(json_t **array, json_t *value)
{
	if (!*array)
		json_decref(value);
	else if (json_array_append_new(*array, value)) {
		json_decref(*array);
		*array = NULL;
	}
}

json_t *message_number(uint64_t v)
{
	char hex[2 + HEX_DIGITS + 1];

	if (v <= INT64_MAX)
		return json_integer((json_int_t)v);
	snprintf(hex, sizeof(hex), "0x%016" PRIx64, v);
	return json_string(hex);
}

void message_put_u64(json_t **o, const char *key, uint64_t v)
{
	message_put(o, key, message_number(v));
}

void message_put_int(json_t **o, const char *key, int64_t v)
{
	message_put(o, key, json_integer(v));
}

void message_put_bool(json_t **o, const char *key, bool v)
{
	message_put(o, key, json_boolean(v));
}

/* Bytes that are no UTF-8, of a device's firmware for one, are shown as others are that no terminal shows. */
void message_put_text(json_t **o, const char *key, const char *text)
{
	char shown[1024];
	json_t *v = json_string(text);

	if (!v)
		v = json_string(diag_printable(shown, sizeof(shown), text));
	message_put(o, key, v);
}
