// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* A machine as one JSON text: {"p2pbench_topo": 1, "cpu": {...}, "hwloc": "<xml>", "functions": [{...}]}. */
#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "topo/topo_raw.h"

enum { VERSION = 1 };

static int hex_digit(char c)
{
	return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* @hex: without the zeros at the end; @bytes: how many there were with them, NULL = as many as @hex has. */
static int read_hex(const json_t *hex, const json_t *bytes, json_int_t most, uint8_t **out, size_t *out_len)
{
	const char *digits = json_string_value(hex);
	size_t len = json_string_length(hex);
	json_int_t all = bytes ? json_integer_value(bytes) : (json_int_t)(len / 2);

	if (!hex && !bytes)
		return 0;
	if (!digits || len % 2 || all > most || all < (json_int_t)(len / 2) || all < 1)
		return -EINVAL;
	*out = calloc(1, (size_t)all);
	if (!*out)
		return -ENOMEM;
	for (size_t i = 0; i < len; i += 2) {
		int hi = hex_digit(digits[i]), lo = hex_digit(digits[i + 1]);

		if (hi < 0 || lo < 0)
			return -EINVAL;
		(*out)[i / 2] = (uint8_t)(hi << 4 | lo);
	}
	*out_len = (size_t)all;
	return 0;
}

static int read_fn(const json_t *o, struct raw_fn *fn)
{
	int rc;

	for (int a = 0; a < RAW_ATTRS; a++) {
		const char *s = json_string_value(json_object_get(o, raw_name[a]));

		if (s && strlen(s) > RAW_TEXT_MAX)
			return -EINVAL;
		fn->attr[a] = s ? strdup(s) : NULL;
	}
	if (!fn->attr[RAW_PATH])
		return -EINVAL;
	rc = read_hex(json_object_get(o, "config"), json_object_get(o, "config_bytes"), RAW_CONFIG_MAX,
		      &fn->config, &fn->config_len);
	return rc ? rc
		  : read_hex(json_object_get(o, "vpd"), json_object_get(o, "vpd_bytes"), RAW_VPD_MAX,
			     &fn->vpd, &fn->vpd_len);
}

static char *copy_string(const json_t *o, const char *key)
{
	const char *s = json_string_value(json_object_get(o, key));

	return s ? strdup(s) : NULL;
}

static int read_functions(const char *path, const json_t *list, struct raw *out, struct err *e)
{
	size_t i;
	json_t *o;

	if (!json_is_array(list))
		return err_set(e, -EINVAL, "%s: no list 'functions'", path);
	json_array_foreach(list, i, o)
	{
		struct raw_fn *fn = raw_add(out);
		int rc = fn ? read_fn(o, fn) : -ENOMEM;

		if (rc)
			return err_set(e, rc, "%s: functions[%zu]: %s", path, i,
				       rc == -ENOMEM ? "too many, or no memory"
						     : "no path, or config or vpd is not hex");
	}
	return 0;
}

int raw_read_json(const char *path, const char *text, size_t len, struct raw *out, struct err *e)
{
	json_error_t je;
	json_t *top = json_loadb(text, len, 0, &je);
	int rc;

	*out = (struct raw){0};
	if (!top)
		return err_set(e, -EINVAL, "%s:%d: %s", path, je.line, je.text);
	if (json_integer_value(json_object_get(top, "p2pbench_topo")) != VERSION) {
		rc = err_set(e, -EINVAL, "%s: not a machine saved by p2pbench (no \"p2pbench_topo\": %d)",
			     path, VERSION);
	} else {
		const json_t *cpu = json_object_get(top, "cpu");

		out->cpu_vendor = copy_string(cpu, "vendor");
		out->cpu_family = copy_string(cpu, "family");
		out->isolated = copy_string(cpu, "isolated");
		out->hwloc = copy_string(top, "hwloc");
		rc = read_functions(path, json_object_get(top, "functions"), out, e);
	}
	json_decref(top);
	if (rc)
		raw_free(out);
	return rc;
}

/* @key and @key_bytes, as read_hex() wants them. */
static void write_hex(json_t *o, const char *key, const uint8_t *bytes, size_t all)
{
	static const char digit[] = "0123456789abcdef";
	size_t len = all;
	char *hex, name[32];

	while (len && !bytes[len - 1])
		len--;
	hex = malloc(2 * len + 1);
	if (!hex)
		return;
	for (size_t i = 0; i < len; i++) {
		hex[2 * i] = digit[bytes[i] >> 4];
		hex[2 * i + 1] = digit[bytes[i] & 15];
	}
	snprintf(name, sizeof(name), "%s_bytes", key);
	json_object_set_new(o, key, json_stringn(hex, 2 * len));
	json_object_set_new(o, name, json_integer((json_int_t)all));
	free(hex);
}

static json_t *write_fn(const struct raw_fn *fn, int names)
{
	json_t *o = json_object();

	for (int a = 0; a < RAW_ATTRS; a++)
		if (fn->attr[a] && (names || (a != RAW_NETDEV && a != RAW_EMULATED)))
			json_object_set_new(o, raw_name[a], json_string(fn->attr[a]));
	if (fn->config)
		write_hex(o, "config", fn->config, fn->config_len);
	if (fn->vpd && names)
		write_hex(o, "vpd", fn->vpd, fn->vpd_len);
	return o;
}

char *raw_write_json(const struct raw *r, int names)
{
	json_t *top = json_pack("{s:i, s:{s:s*, s:s*, s:s*}, s:s*, s:[]}", "p2pbench_topo", VERSION, "cpu",
				"vendor", r->cpu_vendor, "family", r->cpu_family, "isolated", r->isolated,
				"hwloc", r->hwloc, "functions");
	json_t *list = json_object_get(top, "functions");
	char *text;

	for (size_t i = 0; i < r->n; i++)
		json_array_append_new(list, write_fn(&r->fn[i], names));
	text = top ? json_dumps(top, JSON_INDENT(1)) : NULL;
	json_decref(top);
	return text;
}
