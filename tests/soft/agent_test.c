// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Responders of an agent: hello, several devices, memory, contents, the program's verbs, the end. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "peer/peer.h"
#include "peer/responder_priv.h"
#include "soft/agent_rig.h"

enum { BYTES = 65536, KEY = 5 };

static const struct config_memory memory = {
	.name = "t", .kind = MEM_MEMFD, .length = BYTES, .numa = CONFIG_NUMA_ANY};
static const struct slots eight = {
	.offset = 4096, .size = 1000, .stride = 1024, .count = 8, .pattern = PATTERN_SEQ, .ring = 8};

static struct peer *open_soft(struct peer_host *h)
{
	struct err e = {0};
	struct peer *p;

	if (peer_open_at(h, "soft0", 1, -1, &p, &e))
		fail_msg("%s", e.text);
	return p;
}

static struct peer_target open_target(struct peer *p)
{
	struct peer_target_spec spec = {.interconnect = INTERCONNECT_MAIN};
	struct peer_target t;
	struct err e = {0};

	if (peer_memory_open(p, &memory, &spec.memory, &e) || peer_target_open(p, &spec, &t, &e))
		fail_msg("%s", e.text);
	return t;
}

static void an_agent_says_who_it_is(void **state)
{
	struct agent_rig r;
	struct peer_host *h = agent_rig_open(&r, &(struct agent_input){.build = "abc"});

	(void)state;
	assert_string_equal(peer_host_about(h)->version, "7.8.9");
	assert_string_equal(peer_host_about(h)->build, "abc");
	assert_int_equal(peer_host_about(h)->protocol, 1);
	assert_true(peer_host_about(h)->hostname[0] && peer_host_about(h)->kernel[0]);
	peer_host_close(h);
	assert_int_equal(agent_rig_join(&r), 0);
}

/* Responders of one session know nothing of each other's handles. */
static void two_responders_at_a_time(void **state)
{
	struct agent_rig r;
	struct peer_host *h = agent_rig_open(&r, NULL);
	struct peer *a = open_soft(h), *b = open_soft(h), *gone;
	struct peer_target t = open_target(a);
	struct err e = {0};

	(void)state;
	assert_false(peer_is_here(a));
	assert_string_equal(peer_nic_attr(a)->name, "soft0");
	assert_int_equal(peer_nic_attr(a)->gid_index, -1);
	assert_int_equal(t.bytes, BYTES);
	assert_int_equal(peer_target_fill(a, t.id, 0, BYTES, KEY, &e), 0);
	assert_int_equal(peer_target_check(a, t.id, &eight, 8, KEY, true, &e), 0);
	assert_int_equal(peer_target_check(a, t.id, &eight, 8, KEY + 1, true, &e), -EBADMSG);
	assert_ptr_equal(strstr(e.text, "rack7: "), e.text);
	assert_int_equal(peer_target_zero(b, t.id, 0, 1, &e), -EINVAL);
	assert_string_equal(e.text, "rack7: peer: no target 0");
	assert_int_equal(peer_open_at(h, "mlx9_9", 1, -1, &gone, &e), -ENODEV);
	assert_non_null(strstr(e.text, "mlx9_9"));
	peer_close(a);
	assert_int_equal(peer_target_zero(b, t.id, 0, 1, &e), -EINVAL);
	peer_close(b);
	peer_host_close(h);
	assert_int_equal(agent_rig_join(&r), 0);
}

static int echo(void *arg, const json_t *ask, json_t **answer, struct err *e)
{
	assert_string_equal(arg, "self");
	if (json_object_get(ask, "fail"))
		return err_set(e, -EBUSY, "not now");
	*answer = json_deep_copy(ask);
	return 0;
}

static void the_program_is_asked(void **state)
{
	static const struct agent_verb verbs[] = {{"echo", echo}, {NULL, NULL}};
	char self[] = "self";
	struct agent_rig r;
	struct peer_host *h = agent_rig_open(&r, &(struct agent_input){.verbs = verbs, .arg = self});
	json_t *ask = json_pack("{s:i}", "a", 5), *answer;
	struct err e = {0};

	(void)state;
	assert_true(peer_host_has(h, "echo"));
	assert_false(peer_host_has(h, "topo"));
	assert_int_equal(peer_host_ask(h, "echo", ask, &answer, 0, &e), 0);
	assert_true(json_equal(ask, answer));
	json_decref(answer);
	assert_int_equal(peer_host_ask(h, "echo", NULL, &answer, 0, &e), 0);
	assert_int_equal(json_object_size(answer), 0);
	json_decref(answer);
	json_object_set_new(ask, "fail", json_true());
	assert_int_equal(peer_host_ask(h, "echo", ask, &answer, 0, &e), -EBUSY);
	assert_string_equal(e.text, "rack7: not now");
	assert_null(answer);
	assert_int_equal(peer_host_ask(h, "topo", NULL, &answer, 0, &e), -EOPNOTSUPP);
	assert_non_null(strstr(e.text, "7.8.9"));
	json_decref(ask);
	peer_host_close(h);
	assert_int_equal(agent_rig_join(&r), 0);
}

/* All responders of a session share its memory, and what is closed is given back. */
static void memory_is_bounded(void **state)
{
	struct agent_rig r;
	struct peer_host *h = agent_rig_open(&r, &(struct agent_input){.memory_max = 3 * BYTES});
	struct peer *a = open_soft(h), *b = open_soft(h);
	struct peer_target_spec spec = {.interconnect = INTERCONNECT_BOUNCE};
	struct config_memory big = memory;
	struct peer_target t;
	struct err e = {0};
	uint32_t id;

	(void)state;
	big.length = 1ll << 40;
	assert_int_equal(peer_memory_open(a, &big, &id, &e), -ENOMEM);
	assert_non_null(strstr(e.text, "more than the 196608"));
	assert_int_equal(peer_memory_open(a, &memory, &spec.memory, &e), 0);
	assert_int_equal(peer_memory_open(b, &memory, &id, &e), 0);
	assert_int_equal(peer_target_open(a, &spec, &t, &e), 0); /* staging */
	assert_int_equal(peer_memory_open(b, &memory, &id, &e), -ENOMEM);
	assert_int_equal(peer_target_close(a, t.id, &e), 0);
	assert_int_equal(peer_memory_open(b, &memory, &id, &e), 0);
	assert_int_equal(peer_target_open(a, &spec, &t, &e), -ENOMEM);
	peer_close(b);
	assert_int_equal(peer_target_open(a, &spec, &t, &e), 0);
	peer_close(a);
	peer_host_close(h);
	assert_int_equal(agent_rig_join(&r), 0);
}

static void responders_are_bounded(void **state)
{
	struct agent_rig r;
	struct peer_host *h = agent_rig_open(&r, NULL);
	struct peer *p[64];
	struct err e = {0};
	int n = 0, rc;

	(void)state;
	while (!(rc = peer_open_at(h, "null0", 1, -1, &p[n], &e)))
		assert_true(++n < 64);
	assert_int_equal(rc, -ENOMEM);
	assert_int_equal(n, 32);
	peer_close(p[--n]);
	assert_int_equal(peer_open_at(h, "null0", 1, -1, &p[n], &e), 0);
	for (int i = 0; i <= n; i++)
		peer_close(p[i]);
	peer_host_close(h);
	assert_int_equal(agent_rig_join(&r), 0);
}

/* The lowest free handle comes next, and there is an end to them. */
static void handles_are_bounded(void **state)
{
	struct responder_table t = {0};
	struct err e = {0};
	int item, rc = 0;
	uint32_t id, n = 0;

	(void)state;
	for (; !(rc = responder_table_add(&t, &item, &id, &e)); n++)
		assert_int_equal(id, n);
	assert_int_equal(rc, -ENOMEM);
	assert_int_equal(n, RESPONDER_HANDLES);
	assert_non_null(strstr(e.text, "no more"));
	responder_table_drop(&t, 700);
	responder_table_drop(&t, 40);
	assert_null(responder_table_find(&t, 40));
	assert_null(responder_table_find(&t, RESPONDER_HANDLES));
	assert_int_equal(responder_table_add(&t, &item, &id, &e), 0);
	assert_int_equal(id, 40);
	assert_int_equal(responder_table_add(&t, &item, &id, &e), 0);
	assert_int_equal(id, 700);
	assert_int_equal(responder_table_add(&t, &item, &id, &e), -ENOMEM);
	free(t.at);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_agent_says_who_it_is), cmocka_unit_test(two_responders_at_a_time),
		cmocka_unit_test(the_program_is_asked),	   cmocka_unit_test(memory_is_bounded),
		cmocka_unit_test(responders_are_bounded),  cmocka_unit_test(handles_are_bounded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
