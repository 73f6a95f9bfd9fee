// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Every request with every key left out, of another type, out of range, and one key more: each is refused
 * with the key's name, and the responder goes on as before. What a message may be made of. What crosses and
 * comes back the same.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "base/err.h"
#include "nic/nic.h"
#include "peer/message.h"
#include "peer/message_types.h"
#include "peer/responder_ask.h"

#define SLOTS "[0, 64, 64, 4, 1, 4, 0]"
#define ADDR                                                                                                 \
	"{\"qp_num\": 17, \"psn\": 1, \"lid\": 0, \"gid\": \"00000000000000000000000000000000\", \"mtu\": "  \
	"4096, \"rd_atomic\": 16, \"rd_init\": 16}"
#define KEYS "{\"kind\": \"memfd\", \"length\": 65536}"

/* Good ones, all of which can be asked at any time of a responder with one memory, target and link. */
static const struct {
	const char *ask, *with;
	int rc; /* of the good one */
} requests[] = {
	{"nic", "{}", 0},
	{"hint_counts", "{\"max\": 4}", 0},
	{"async", "{}", 0},
	{"memory_open", "{\"memory\": {\"name\": \"m\", \"keys\": " KEYS "}}", 0},
	{"memory_tph", "{\"memory\": 0}", 0},
	{"target_open",
	 "{\"memory\": 0, \"hint\": [1, 5, null, 2, null, null], \"ro\": false, \"interconnect\": 0, "
	 "\"staging\": "
	 "{\"name\": \"s\", \"numa\": -3, \"pages\": 0}}",
	 0},
	{"target_revoke", "{\"target\": 0, \"how\": 1}", -ENOTSUP},
	{"target_restore", "{\"target\": 0}", -ENOTSUP},
	{"target_health", "{\"target\": 0}", -ENOTSUP},
	{"target_shows_tph", "{\"target\": 0}", -EOPNOTSUPP},
	{"target_alive", "{\"target\": 0}", 0},
	{"target_reg", "{\"target\": 0, \"bytes\": 4096, \"ns\": 0, \"least\": 2}", 0},
	{"target_poison", "{\"target\": 0, \"offset\": 0, \"bytes\": 8}", 0},
	{"target_zero", "{\"target\": 0, \"offset\": 0, \"bytes\": 8}", 0},
	{"target_fill", "{\"target\": 0, \"offset\": 0, \"bytes\": 65536, \"key\": \"0xffffffffffffffff\"}",
	 0},
	{"target_check",
	 "{\"target\": 0, \"slots\": " SLOTS
	 ", \"messages\": 4, \"key\": \"0xffffffffffffffff\", \"full\": true}",
	 0},
	{"target_spot",
	 "{\"target\": 0, \"slots\": " SLOTS
	 ", \"messages\": 4, \"key\": \"0xffffffffffffffff\", \"timeout_ns\": 0}",
	 0},
	{"target_sum", "{\"target\": 0, \"slots\": " SLOTS "}", 0},
	{"connect", "{\"n\": 1, \"lanes\": 1, \"recv_wrs\": 1, \"send_wrs\": 1, \"remote\": [" ADDR "]}", 0},
	{"serve",
	 "{\"work\": 1, \"link\": 0, \"target\": 0, \"qps\": 1, \"imm\": false, \"reply_addr\": 0, "
	 "\"reply_rkey\": "
	 "0, \"consume\": 1, \"clock_raw\": true, \"avoid\": [-1], \"slots\": " SLOTS "}",
	 0},
	{"serve_stop", "{\"consume\": true}", 0},
	{"cm_listen", "{\"n\": 1, \"lanes\": 1, \"recv_wrs\": 1, \"send_wrs\": 1, \"remote\": [" ADDR "]}",
	 -EOPNOTSUPP},
	{"cm_accept", "{\"link\": 0, \"timeout_ns\": 0}", -EINVAL},
	{"cm_finish", "{\"link\": 0, \"timeout_ns\": 0}", -EINVAL},
};

/* What they are about: opened by requests too. */
struct rig {
	struct nic *nic;
	struct mem_ctx *mem;
	struct responder *r;
};

static int ask(struct rig *r, const char *name, const json_t *with, struct err *e)
{
	json_t *out = json_object();
	int rc;

	*e = (struct err){0};
	rc = responder_ask(r->r, name, with, &out, e);
	assert_non_null(out);
	json_decref(out);
	return rc;
}

static int ask_text(struct rig *r, const char *name, const char *with, struct err *e)
{
	json_t *o = json_loads(with, JSON_REJECT_DUPLICATES, NULL);
	int rc;

	if (!o)
		fail_msg("%s", with);
	rc = ask(r, name, o, e);
	json_decref(o);
	return rc;
}

static void setup(struct rig *r)
{
	static const char link[] =
		"{\"n\": 1, \"lanes\": 1, \"recv_wrs\": 0, \"send_wrs\": 1, \"remote\": [" ADDR "]}";
	struct err e;

	assert_int_equal(nic_open("soft0", 1, -1, &r->nic, NULL), 0);
	assert_int_equal(mem_ctx_open(&sys_real, NULL, &r->mem, NULL), 0);
	assert_int_equal(responder_open(r->nic, r->mem, NULL, &r->r, NULL), 0);
	assert_int_equal(
		ask_text(r, "memory_open", "{\"memory\": {\"name\": \"m\", \"keys\": " KEYS "}}", &e), 0);
	assert_int_equal(
		ask_text(r, "target_open", "{\"memory\": 0, \"ro\": false, \"interconnect\": 0}", &e), 0);
	assert_int_equal(ask_text(r, "connect", link, &e), 0);
}

static void teardown(struct rig *r)
{
	responder_close(r->r);
	mem_ctx_close(r->mem);
	nic_close(r->nic);
}

static void good_requests_are_done(void **state)
{
	struct rig r;
	struct err e;

	(void)state;
	setup(&r);
	for (size_t i = 0; i < ARRAY_LEN(requests); i++) {
		int rc = ask_text(&r, requests[i].ask, requests[i].with, &e);

		if (rc != requests[i].rc)
			fail_msg("%s: %s: %s", requests[i].ask, err_name(rc), e.text);
	}
	/* None is left out here. */
	for (const struct responder_request *q = responder_requests; q->name; q++) {
		size_t i = 0;

		while (i < ARRAY_LEN(requests) && strcmp(requests[i].ask, q->name) != 0)
			i++;
		if (i == ARRAY_LEN(requests) && strcmp(q->name, "target_close") != 0 &&
		    strcmp(q->name, "disconnect") != 0)
			fail_msg("%s is not tested", q->name);
	}
	assert_int_equal(ask_text(&r, "no_such", "{}", &e), -EOPNOTSUPP);
	teardown(&r);
}

/* Where a change may be harmless: keys that can be left out, and the grammar's own. */
static bool may_be_missing(const char *key)
{
	static const char *const optional[] = {"hint", "staging", "slots", "length"};

	for (size_t i = 0; i < ARRAY_LEN(optional); i++) {
		if (!strcmp(key, optional[i]))
			return true;
	}
	return false;
}

struct change {
	struct rig *r;
	const char *ask;
	json_t *with;
	unsigned int tried;
};

/* @with as it is now must be refused, @key named. */
static void refused(struct change *c, const char *key, bool grammar)
{
	struct err e;
	int rc = ask(c->r, c->ask, c->with, &e);

	c->tried++;
	if ((rc == -EPROTO || rc == -EINVAL) && (grammar || strstr(e.text, key)))
		return;
	fail_msg("%s with a wrong %s: %s: %s\n%s", c->ask, key, err_name(rc), e.text,
		 json_dumps(c->with, JSON_COMPACT));
}

static void wrong_values(struct change *c, json_t *o, const char *key, bool grammar)
{
	json_t *was = json_incref(json_object_get(o, key));
	json_t *wrong[] = {
		json_string("no such \xc3\xa9"),
		json_object(),
		json_array(),
		json_true(),
		json_real(1.5),
		json_pack("[[[]]]"),
		json_pack("{s:i}", "x", 1),
		json_integer(INT64_MIN + 1),
	};

	for (size_t i = 0; i < ARRAY_LEN(wrong); i++) {
		bool same = json_typeof(wrong[i]) == json_typeof(was) ||
			    (json_is_boolean(was) && json_is_boolean(wrong[i]));

		/* Any text is a name's, any number a time's. */
		same = same && !json_is_object(was) &&
		       (json_is_string(was) ? strcmp(key, "gid") != 0 && strcmp(key, "key") != 0
					    : !json_is_integer(was) || !strcmp(key, "ns"));
		assert_int_equal(json_object_set(o, key, wrong[i]), 0);
		if (!same && !(json_is_object(was) && json_is_object(wrong[i]) && grammar) &&
		    !(grammar && i == 3)) /* the grammar's words are text */
			refused(c, key, grammar);
		json_decref(wrong[i]);
	}
	if (!may_be_missing(key)) {
		json_object_del(o, key);
		refused(c, key, grammar);
	}
	assert_int_equal(json_object_set_new(o, key, was), 0);
}

/* @o is part of the request: change each of its keys, and theirs. */
static void change_keys(struct change *c, json_t *o, bool grammar)
{
	char names[16][32];
	const char *key;
	json_t *v;
	size_t n = 0, i;

	json_object_foreach(o, key, v) snprintf(names[n++], sizeof(names[0]), "%s", key);
	for (size_t k = 0; k < n; k++) {
		v = json_object_get(o, names[k]);
		wrong_values(c, o, names[k], grammar || !strcmp(names[k], "keys"));
		v = json_object_get(o, names[k]);
		if (json_is_object(v))
			change_keys(c, v, !strcmp(names[k], "keys"));
		for (i = 0; i < json_array_size(v); i++) {
			if (json_is_object(json_array_get(v, i)))
				change_keys(c, json_array_get(v, i), false);
		}
	}
	assert_int_equal(json_object_set_new(o, "surplus", json_integer(1)), 0);
	refused(c, "surplus", grammar);
	json_object_del(o, "surplus");
}

static void every_key_is_checked(void **state)
{
	unsigned int tried = 0;
	struct rig r;
	struct err e;

	(void)state;
	setup(&r);
	for (size_t i = 0; i < ARRAY_LEN(requests); i++) {
		struct change c = {.r = &r, .ask = requests[i].ask};

		c.with = json_loads(requests[i].with, 0, NULL);
		change_keys(&c, c.with, false);
		assert_int_equal(ask(&r, c.ask, c.with, &e), requests[i].rc); /* unharmed */
		json_decref(c.with);
		tried += c.tried;
	}
	assert_true(tried > 500);
	teardown(&r);
}

/* Requests whose lists, texts or numbers are wrong. */
static const struct {
	const char *ask, *with;
} bad_lists[] = {
	{"target_sum", "{\"target\": 0, \"slots\": [0, 64, 64, 4, 1, 4]}"},
	{"target_sum", "{\"target\": 0, \"slots\": [0, 64, 64, 4, 1, 4, 0, 0]}"},
	{"target_sum", "{\"target\": 0, \"slots\": [0, 64, 64, 4, 1, 4, 4294967296]}"},
	{"target_sum", "{\"target\": 0, \"slots\": [-1, 64, 64, 4, 1, 4, 0]}"},
	{"target_sum", "{\"target\": 0, \"slots\": [\"0xfffffffffffffff8\", 64, 64, 4, 1, 4, 0]}"},
	{"target_sum", "{\"target\": 0, \"slots\": [\"0x0000000000000000\", 64, 64, 4, 1, 4, 0]}"},
	{"target_sum", "{\"target\": 0, \"slots\": [0, 64, 64, 4, 9, 4, 0]}"},
	{"target_sum", "{\"target\": 0, \"slots\": [0, 64, \"0xffffffffffffffff\", 2, 1, 4, 0]}"},
	{"target_open", "{\"memory\": 0, \"ro\": false, \"interconnect\": 0, \"hint\": [1, 2]}"},
	{"target_open",
	 "{\"memory\": 0, \"ro\": false, \"interconnect\": 0, \"hint\": [null, 2, 1, 1, 1, 1]}"},
	{"target_open", "{\"memory\": 0, \"ro\": false, \"interconnect\": 0, \"hint\": [3, 2, 1, 1, 1, 1]}"},
	{"target_open",
	 "{\"memory\": 0, \"ro\": false, \"interconnect\": 0, \"hint\": [1, 65536, 1, 1, 1, 1]}"},
	{"target_open", "{\"memory\": 0, \"ro\": false, \"interconnect\": 2, \"staging\": {\"name\": "
			"\"s\", \"numa\": 1024, \"pages\": 0}}"},
	{"target_open", "{\"memory\": 0, \"ro\": false, \"interconnect\": 2, \"staging\": {\"name\": "
			"\"s\", \"numa\": 0, \"pages\": 5000}}"},
	{"connect", "{\"n\": 2, \"lanes\": 1, \"recv_wrs\": 1, \"send_wrs\": 1, \"remote\": [" ADDR "]}"},
	{"connect", "{\"n\": 65537, \"lanes\": 1, \"recv_wrs\": 1, \"send_wrs\": 1, \"remote\": [" ADDR "]}"},
	{"connect", "{\"n\": 4294967295, \"lanes\": 4294967295, \"recv_wrs\": 1, \"send_wrs\": 1, "
		    "\"remote\": []}"},
	{"connect", "{\"n\": 1, \"lanes\": 1, \"recv_wrs\": 1, \"send_wrs\": 1, \"remote\": [3]}"},
	{"serve",
	 "{\"work\": 1, \"link\": 0, \"target\": 0, \"qps\": 2, \"imm\": false, \"reply_addr\": 0, "
	 "\"reply_rkey\": 0, \"consume\": 1, \"clock_raw\": true, \"avoid\": [], \"slots\": " SLOTS "}"},
	{"serve",
	 "{\"work\": 1, \"link\": 0, \"target\": 0, \"qps\": 1, \"imm\": false, \"reply_addr\": 0, "
	 "\"reply_rkey\": 0, \"consume\": 1, \"clock_raw\": true, \"avoid\": [-2], \"slots\": " SLOTS "}"},
	{"serve", "{\"work\": 1, \"link\": 0, \"target\": 0, \"qps\": 4294967295, \"imm\": false, "
		  "\"reply_addr\": 0, "
		  "\"reply_rkey\": 0, \"consume\": 1, \"clock_raw\": true, \"avoid\": []}"},
	{"memory_open", "{\"memory\": {\"name\": \"a b\", \"keys\": " KEYS "}}"},
	{"memory_open", "{\"memory\": {\"name\": \"\", \"keys\": " KEYS "}}"},
	{"memory_open", "{\"memory\": {\"name\": \"m\", \"keys\": {\"kind\": \"memfd\", \"length\": "
			"4097000000000000}}}"},
	{"memory_open",
	 "{\"memory\": {\"name\": \"m\", \"keys\": {\"kind\": \"host\", \"heap\": \"system\"}}}"},
	{"memory_open", "{\"memory\": {\"name\": \"m\", \"keys\": {\"kind\": \"vfio\", \"device\": "
			"\"pci/../../x\", \"bar\": 0, \"length\": 4096}}}"},
};

static void lists_are_checked(void **state)
{
	struct rig r;
	struct err e;

	(void)state;
	setup(&r);
	for (size_t i = 0; i < ARRAY_LEN(bad_lists); i++) {
		int rc = ask_text(&r, bad_lists[i].ask, bad_lists[i].with, &e);

		if (rc != -EPROTO && rc != -EINVAL)
			fail_msg("%s %s: %s %s", bad_lists[i].ask, bad_lists[i].with, err_name(rc), e.text);
		assert_true(e.text[0]);
	}
	teardown(&r);
}

static int never(void *arg, const struct message_request *q, json_t **with, struct err *e)
{
	(void)q, (void)with, (void)e;
	*(int *)arg += 1;
	return 0;
}

static void strangers_are_answered_and_told_apart(void **state)
{
	static const char *const bad[] = {
		"",
		" ",
		"7",
		"[]",
		"nonsense",
		"{\"n\": 1, \"ask\": \"nic\", \"at\": 0, \"with\": {}} trailing",
		"{\"n\": 1, \"ask\": \"nic\", \"at\": 0, \"with\": {}",
		"{\"n\": 1, \"n\": 1, \"ask\": \"nic\", \"at\": 0, \"with\": {}}",
		"{\"n\": -1, \"ask\": \"nic\", \"at\": 0, \"with\": {}}",
		"{\"n\": 1, \"ask\": 5, \"at\": 0, \"with\": {}}",
		"{\"n\": 1, \"ask\": \"nic\", \"at\": 4294967296, \"with\": {}}",
		"{\"n\": 1, \"ask\": \"nic\", \"at\": 0, \"with\": []}",
		"{\"n\": 1, \"ask\": \"nic\", \"at\": 0}",
		"{\"n\": 1, \"ask\": \"nic\", \"at\": 0, \"with\": {}, \"more\": 1}",
		"{\"n\": 99999999999999999999, \"ask\": \"nic\", \"at\": 0, \"with\": {}}",
		"{\"n\": 1, \"ask\": \"n\\u0000c\", \"at\": 0, \"with\": {}}",
		"{\"n\": 1, \"ask\": \"\xff\", \"at\": 0, \"with\": {}}",
		"{\"n\": 1, \"ask\": "
		"\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\", \"at\": "
		"0, \"with\": {}}",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		CLEANUP_FREE char *answer = NULL;
		struct err e = {0};
		const json_t *with;
		json_t *o;
		int calls = 0, rc;
		size_t n;

		if (message_serve(bad[i], strlen(bad[i]), never, &calls, &answer, &n, &e) != -EPROTO)
			fail_msg("%s", bad[i]);
		assert_int_equal(calls, 0);
		assert_int_equal(message_parse(answer, n, &o, &e), 0);
		if (json_integer_value(json_object_get(o, "n")) == 0)
			assert_int_equal(message_answer_read(o, 0, NULL, &with, &rc, &e), 0);
		json_decref(o);
	}
}

/* Refused by counting, before anything is built. */
static void depth_and_values_are_bounded(void **state)
{
	enum { DEEP = 1 << 20, MANY = MESSAGE_VALUES + 2 };
	char *text = malloc(2 * MANY + 64);
	struct err e;
	json_t *o;

	(void)state;
	assert_non_null(text);
	memset(text, '[', DEEP);
	assert_int_equal(message_parse(text, DEEP, &o, &e), -EPROTO);
	assert_non_null(strstr(e.text, "brackets"));
	text[0] = '[';
	for (size_t i = 0; i < MANY; i++) {
		text[1 + 2 * i] = '0';
		text[2 + 2 * i] = ',';
	}
	assert_int_equal(message_parse(text, 2 * MANY + 1, &o, &e), -EPROTO);
	assert_non_null(strstr(e.text, "values"));
	/* Brackets within a text are text. */
	memset(text, '[', 100);
	memcpy(text, "{\"a\":\"\\\"", 8);
	memcpy(text + 100, "\"}", 2);
	assert_int_equal(message_parse(text, 102, &o, &e), 0);
	json_decref(o);
	free(text);
}

static void answers_are_checked(void **state)
{
	static const struct {
		const char *text;
		int rc, failed;
		const char *says;
	} rows[] = {
		{"{\"n\": 7, \"rc\": 0, \"with\": {}, \"newer\": 1}", 0, 0, NULL},
		{"{\"n\": 7, \"rc\": -22, \"error\": \"no\", \"hint\": \"try\", \"with\": {}}", 0, -EINVAL,
		 "rack: no"},
		{"{\"n\": 7, \"rc\": -22, \"error\": \"a\\u001b[2Jb\", \"hint\": \"\", \"with\": {}}", 0,
		 -EINVAL, "rack: a?[2Jb"},
		{"{\"n\": 8, \"rc\": 0, \"with\": {}}", -EPROTO, 0, "answer to request 8, not to 7"},
		{"{\"n\": 7, \"rc\": 1, \"with\": {}}", -EINVAL, 0, "'rc'"},
		{"{\"n\": 7, \"rc\": -4096, \"with\": {}}", -EINVAL, 0, "'rc'"},
		{"{\"n\": 7, \"rc\": -22, \"with\": {}}", -EPROTO, 0, "'error'"},
		{"{\"n\": 7, \"rc\": \"0\", \"with\": {}}", -EPROTO, 0, "'rc'"},
		{"{\"n\": 7, \"rc\": 0}", -EPROTO, 0, "'with'"},
		{"{\"rc\": 0, \"with\": {}}", -EPROTO, 0, "'n'"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct err e = {0};
		const json_t *with;
		json_t *o;
		int failed;

		assert_int_equal(message_parse(rows[i].text, strlen(rows[i].text), &o, &e), 0);
		assert_int_equal(message_answer_read(o, 7, "rack", &with, &failed, &e), rows[i].rc);
		if (!rows[i].rc)
			assert_int_equal(failed, rows[i].failed);
		if (rows[i].says && !strstr(e.text, rows[i].says))
			fail_msg("%s", e.text);
		json_decref(o);
	}
}

static json_t *through_text(json_t *o)
{
	char *text = json_dumps(o, JSON_COMPACT);
	json_t *back;
	struct err e;

	assert_non_null(text);
	assert_int_equal(message_parse(text, strlen(text), &back, &e), 0);
	free(text);
	json_decref(o);
	return back;
}

static void structures_come_back_the_same(void **state)
{
	static const uint64_t samples[] = {0, 1, 127, 128, 70000, 1ull << 40, UINT64_MAX};
	static struct hist h, back;
	struct slots s = {UINT64_MAX, INT64_MAX, 1ull << 63, 3, PATTERN_RAND, 4, UINT32_MAX}, *s2;
	struct mem_hint hint = {TPH_DMAH, AXIS_EMPTY, 65535, 3, 0, 1}, hint2;
	struct nic_attr a, a2;
	struct nic *nic;
	struct message_in in;
	struct err e = {0};
	json_t *o = json_object();

	(void)state;
	hist_clear(&h);
	for (size_t i = 0; i < ARRAY_LEN(samples); i++)
		hist_record(&h, samples[i]);
	assert_int_equal(nic_open("soft0", 1, -1, &nic, NULL), 0);
	a = *nic_attr(nic);
	nic_close(nic);
	put_hist(&o, "hist", &h);
	put_slots(&o, "slots", &s, 1);
	put_hint(&o, "hint", &hint);
	put_nic_attr(&o, "nic", &a);
	message_put_text(&o, "text", "fw \xff\x01");
	o = through_text(o);
	in = message_open(o, "it", &e);
	take_hist(&in, "hist", &back);
	s2 = take_slots(&in, "slots", 1);
	take_hint(&in, "hint", &hint2);
	take_nic_attr(&in, "nic", &a2);
	assert_string_equal(message_text(&in, "text", 20), "fw ??");
	assert_int_equal(message_done(&in), 0);
	assert_memory_equal(&h, &back, sizeof(h));
	assert_memory_equal(&s, s2, offsetof(struct slots, shift));
	assert_int_equal(s.shift, s2->shift);
	assert_memory_equal(&hint, &hint2, sizeof(hint));
	assert_string_equal(a.gid_why, a2.gid_why);
	assert_string_equal(a.data_direct_why, a2.data_direct_why);
	assert_int_equal(a.max_msg_size, a2.max_msg_size);
	assert_int_equal(a.max_mr_size, a2.max_mr_size);
	assert_int_equal(a.active_mtu, a2.active_mtu);
	assert_int_equal(a.gid_index, a2.gid_index);
	free(s2);
	json_decref(o);
}

static void histograms_are_checked(void **state)
{
	static const char *const bad[] = {
		"{\"h\": {\"sum\": 1, \"min\": 1, \"max\": 1, \"buckets\": [1]}}",
		"{\"h\": {\"sum\": 1, \"min\": 1, \"max\": 1, \"buckets\": [7424, 1]}}",
		"{\"h\": {\"sum\": 1, \"min\": 1, \"max\": 1, \"buckets\": [-1, 1]}}",
		"{\"h\": {\"sum\": 1, \"min\": 1, \"max\": 1, \"buckets\": [5, 1, 5, 1]}}",
		"{\"h\": {\"sum\": 1, \"min\": 1, \"max\": 1, \"buckets\": [5, 1, 4, 1]}}",
		"{\"h\": {\"sum\": 1, \"min\": 1, \"max\": 1, \"buckets\": [5, 0]}}",
		"{\"h\": {\"sum\": 1, \"min\": 1, \"max\": 1, \"buckets\": [5, 4294967296]}}",
		"{\"h\": {\"sum\": 1, \"min\": 1, \"max\": 1, \"buckets\": {}}}",
		"{\"h\": {\"sum\": -1, \"min\": 1, \"max\": 1, \"buckets\": []}}",
		"{\"h\": {\"min\": 1, \"max\": 1, \"buckets\": []}}",
		"{\"h\": 1}",
		"{}",
	};
	static struct hist h;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		struct err e = {0};
		struct message_in in;
		json_t *o = json_loads(bad[i], 0, NULL);

		assert_non_null(o);
		in = message_open(o, "it", &e);
		take_hist(&in, "h", &h);
		assert_true(in.rc == -EPROTO || in.rc == -EINVAL);
		assert_int_equal(hist_count(&h), 0);
		json_decref(o);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(good_requests_are_done),
		cmocka_unit_test(every_key_is_checked),
		cmocka_unit_test(lists_are_checked),
		cmocka_unit_test(strangers_are_answered_and_told_apart),
		cmocka_unit_test(depth_and_values_are_bounded),
		cmocka_unit_test(answers_are_checked),
		cmocka_unit_test(structures_come_back_the_same),
		cmocka_unit_test(histograms_are_checked),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
