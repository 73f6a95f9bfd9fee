// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* See message_types.h. What comes in numbers is a list of numbers. */
#include "peer/message_types.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SLOTS_ITEMS = 7, HINT_ITEMS = 6, HINT_MAX = 65535 };

void put_slots(json_t **o, const char *key, const struct slots *s, size_t n)
{
	json_t *list = json_array();

	for (size_t i = 0; i < n; i++, s++) {
		message_push(&list, message_number(s->offset));
		message_push(&list, message_number(s->size));
		message_push(&list, message_number(s->stride));
		message_push(&list, message_number(s->count));
		message_push(&list, json_integer(s->pattern));
		message_push(&list, message_number(s->ring));
		message_push(&list, message_number(s->shift));
	}
	message_put(o, key, list);
}

static void take_slot(struct message_in *in, const json_t *list, size_t at, struct slots *out)
{
	*out = (struct slots){
		.offset = message_item_u64(in, list, at),
		.size = message_item_u64(in, list, at + 1),
		.stride = message_item_u64(in, list, at + 2),
		.count = message_item_u64(in, list, at + 3),
		.pattern = message_item_int(in, list, at + 4, INT64_MIN, INT64_MAX),
		.ring = message_item_u64(in, list, at + 5),
		.shift = (uint32_t)message_item_int(in, list, at + 6, 0, UINT32_MAX),
	};
}

struct slots *take_slots(struct message_in *in, const char *key, size_t n)
{
	const json_t *list = message_array(in, key, (size_t)MESSAGE_QPS * SLOTS_ITEMS);
	struct slots *s;

	if (list && json_array_size(list) != n * SLOTS_ITEMS)
		message_wrong(in, -EPROTO, "'%s' has %zu items, not %zu", key, json_array_size(list),
			      n * SLOTS_ITEMS);
	if (in->rc || !n)
		return NULL;
	s = malloc(n * sizeof(*s));
	if (!s)
		message_wrong(in, -ENOMEM, "out of memory for %zu slots", n);
	for (size_t i = 0; s && i < n; i++)
		take_slot(in, list, i * SLOTS_ITEMS, &s[i]);
	if (in->rc) {
		free(s);
		return NULL;
	}
	return s;
}

static json_t *hint_item(int64_t v)
{
	return v == AXIS_EMPTY ? json_null() : json_integer(v);
}

void put_hint(json_t **o, const char *key, const struct mem_hint *h)
{
	json_t *list;

	if (!h)
		return;
	list = json_array();
	message_push(&list, hint_item(h->tph));
	message_push(&list, hint_item(h->st));
	message_push(&list, hint_item(h->st_ext));
	message_push(&list, hint_item(h->ph));
	message_push(&list, hint_item(h->tph_cpu));
	message_push(&list, hint_item(h->tph_mem));
	message_put(o, key, list);
}

void take_hint(struct message_in *in, const char *key, struct mem_hint *out)
{
	int64_t v[HINT_ITEMS] = {0};
	const json_t *list;

	*out = MEM_NO_HINT;
	if (!message_has(in, key))
		return;
	list = message_array(in, key, HINT_ITEMS);
	if (list && json_array_size(list) != HINT_ITEMS)
		message_wrong(in, -EPROTO, "'%s' has %zu items, not %d", key, json_array_size(list),
			      HINT_ITEMS);
	for (size_t i = 0; list && i < HINT_ITEMS; i++)
		v[i] = json_is_null(json_array_get(list, i)) ? AXIS_EMPTY
							     : message_item_int(in, list, i, 0, HINT_MAX);
	if (in->rc)
		return;
	if (v[0] > TPH_DMAH || v[0] == AXIS_EMPTY)
		message_wrong(in, -EINVAL, "'%s' names no way of hints", key);
	else
		*out = (struct mem_hint){v[0], v[1], v[2], v[3], v[4], v[5]};
}

static void put_gid(json_t **o, const char *key, const uint8_t gid[16])
{
	char hex[33];

	for (size_t i = 0; i < 16; i++)
		snprintf(hex + 2 * i, 3, "%02x", gid[i]);
	message_put_text(o, key, hex);
}

static void take_gid(struct message_in *in, const char *key, uint8_t gid[16])
{
	const char *hex = message_text(in, key, 33);

	if (!in->rc && strspn(hex, "0123456789abcdef") != 32)
		message_wrong(in, -EPROTO, "'%s' is no GID in 32 digits", key);
	for (size_t i = 0; i < 16; i++) {
		char byte[3] = {0};

		if (!in->rc)
			memcpy(byte, hex + 2 * i, 2);
		gid[i] = (uint8_t)strtoul(byte, NULL, 16);
	}
}

void put_addrs(json_t **o, const char *key, const struct nic_qp_addr *a, size_t n)
{
	json_t *list = json_array();

	for (size_t i = 0; i < n; i++, a++) {
		json_t *one = json_object();

		message_put_int(&one, "qp_num", a->qp_num);
		message_put_int(&one, "psn", a->psn);
		message_put_int(&one, "lid", a->lid);
		put_gid(&one, "gid", a->gid);
		message_put_int(&one, "mtu", a->mtu);
		message_put_int(&one, "rd_atomic", a->rd_atomic);
		message_put_int(&one, "rd_init", a->rd_init);
		message_push(&list, one);
	}
	message_put(o, key, list);
}

static void take_addr(struct message_in *in, const json_t *o, struct nic_qp_addr *out)
{
	struct message_in one = message_open(o, "an address of a queue pair", in->e);

	if (!json_is_object(o))
		message_wrong(&one, -EPROTO, "no object");
	out->qp_num = (uint32_t)message_int(&one, "qp_num", 0, 0xffffff);
	out->psn = (uint32_t)message_int(&one, "psn", 0, 0xffffff);
	out->lid = (uint16_t)message_int(&one, "lid", 0, UINT16_MAX);
	take_gid(&one, "gid", out->gid);
	out->mtu = message_u32(&one, "mtu");
	out->rd_atomic = message_u32(&one, "rd_atomic");
	out->rd_init = message_u32(&one, "rd_init");
	in->rc = message_done(&one);
}

void take_addrs(struct message_in *in, const char *key, struct nic_qp_addr *out, size_t n)
{
	const json_t *list = message_array(in, key, MESSAGE_QPS);

	if (list && json_array_size(list) != n)
		message_wrong(in, -EPROTO, "'%s' has %zu items, not %zu", key, json_array_size(list), n);
	for (size_t i = 0; !in->rc && i < n; i++)
		take_addr(in, json_array_get(list, i), &out[i]);
}

/* Of the buckets those that are not empty, as pairs of number and count. */
void put_hist(json_t **o, const char *key, const struct hist *h)
{
	json_t *one = json_object(), *list = json_array();

	for (unsigned int i = 0; i < HIST_LEN; i++) {
		if (!h->bucket[i])
			continue;
		message_push(&list, json_integer(i));
		message_push(&list, json_integer(h->bucket[i]));
	}
	message_put_u64(&one, "sum", h->sum);
	message_put_u64(&one, "min", h->min);
	message_put_u64(&one, "max", h->max);
	message_put(&one, "buckets", list);
	message_put(o, key, one);
}

void take_hist(struct message_in *in, const char *key, struct hist *out)
{
	const json_t *o = message_object(in, key), *list;
	struct message_in one = message_open(o, "a histogram", in->e);
	int64_t next = 0;

	hist_clear(out);
	if (!o)
		return;
	out->sum = message_u64(&one, "sum");
	out->min = message_u64(&one, "min");
	out->max = message_u64(&one, "max");
	list = message_array(&one, "buckets", (size_t)2 * HIST_LEN);
	if (list && json_array_size(list) % 2)
		message_wrong(&one, -EPROTO, "a bucket without a count");
	for (size_t i = 0; !one.rc && i < json_array_size(list); i += 2) {
		int64_t b = message_item_int(&one, list, i, next, HIST_LEN - 1);

		out->bucket[b] = (uint32_t)message_item_int(&one, list, i + 1, 1, UINT32_MAX);
		next = b + 1;
	}
	if (one.rc)
		hist_clear(out);
	in->rc = one.rc;
}

void put_target(json_t **o, const struct peer_target *t)
{
	message_put_int(o, "target", t->id);
	message_put_u64(o, "addr", t->addr);
	message_put_int(o, "rkey", t->rkey);
	message_put_u64(o, "bytes", t->bytes);
	message_put_int(o, "kind", t->kind);
	message_put_int(o, "reg_ns", t->reg_ns);
	message_put_int(o, "interconnect", t->interconnect);
	message_put_int(o, "cpu", (int64_t)t->cpu);
}

void take_target(struct message_in *in, struct peer_target *out)
{
	*out = (struct peer_target){
		.id = message_u32(in, "target"),
		.addr = message_u64(in, "addr"),
		.rkey = message_u32(in, "rkey"),
		.bytes = message_u64(in, "bytes"),
		.kind = message_int(in, "kind", 0, MEM_MEMFD),
		.reg_ns = message_int(in, "reg_ns", 0, INT64_MAX),
		.interconnect = message_int(in, "interconnect", 0, INTERCONNECT_AUTO - 1),
		.cpu = (enum mem_cpu)message_int(in, "cpu", MEM_CPU_NONE, MEM_CPU_RAM),
	};
}

/* Texts of struct mem_tph are words of a set: what comes is one of them again, or "unknown". */
static const char *const tph_sources[] = {"config", "header", "kallsyms", "btf", "both", "unknown", ""};

static const char *one_of(struct message_in *in, const char *key)
{
	const char *text = message_text(in, key, 32);

	for (size_t i = 0; i < sizeof(tph_sources) / sizeof(tph_sources[0]); i++) {
		if (!strcmp(text, tph_sources[i]))
			return tph_sources[i];
	}
	return "unknown";
}

void put_tph(json_t **o, const struct mem_tph *t)
{
	message_put_bool(o, "usable", t->usable);
	message_put_bool(o, "st", t->st);
	message_put_bool(o, "st_ext", t->st_ext);
	message_put_int(o, "index", t->index);
	message_put_text(o, "source", t->source ? t->source : "");
	message_put_text(o, "symbol", t->symbol ? t->symbol : "");
	message_put_text(o, "why", t->why);
}

void take_tph(struct message_in *in, struct mem_tph *out)
{
	out->usable = message_bool(in, "usable");
	out->st = message_bool(in, "st");
	out->st_ext = message_bool(in, "st_ext");
	out->index = (int)message_int(in, "index", -1, INT32_MAX);
	out->source = one_of(in, "source");
	out->symbol = one_of(in, "symbol");
	message_shown(in, "why", out->why, sizeof(out->why));
}
