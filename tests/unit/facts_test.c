// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* run.json to facts: what is taken, what is not, and documents of other shapes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/cleanup.h"
#include "result/facts.h"
#include "result/runjson.h"
#include "unit/noise.h"

static struct facts facts_of(const char *text)
{
	json_t *root;
	struct facts f;

	assert_int_equal(runjson_parse("test", text, strlen(text), &root, NULL), 0);
	assert_int_equal(facts_read(root, &f), 0);
	json_decref(root);
	return f;
}

static const struct fact *find(const struct facts *f, const char *name)
{
	for (size_t i = 0; i < f->n; i++) {
		if (!strcmp(f->fact[i].name, name))
			return &f->fact[i];
	}
	fail_msg("no fact %s", name);
	return NULL;
}

static const char whole[] =
	"{\"env\": {\"kernel\": \"6.1\", \"cpu_model\": \"x\", \"loadavg\": \"3 2 1\", \"smt\": null, "
	"\"page_bytes\": 4096},"
	" \"nics\": [{\"name\": \"n0\", \"device\": \"mlx5_0\", \"fw\": \"28.1\", \"port\": 1, "
	"\"gid_index\": 3}],"
	" \"topology\": {\"nics\": [{\"name\": \"n0\", \"function\": \"0000:18:00.0\", \"numa_node\": 0,"
	"   \"link\": {\"gen\": 5, \"width\": 16, \"flit\": false, \"mps\": 256, \"below\": \"x\"},"
	"   \"ways\": [{\"memory\": \"acc\", \"route\": \"switch\", \"class\": \"PIX\", \"link\": {\"gen\": "
	"4}},"
	"              {\"memory\": \"host\", \"route\": \"host\"}]}]},"
	" \"tool\": {\"version\": \"1\", \"commit\": \"abc\"}, \"same\": {\"binary\": \"ff\"},"
	" \"tags\": {\"slot\": \"3\"}, \"seed\": \"1\", \"points\": 7,"
	" \"noise_floor\": {\"mlx5_0\": {\"bw\": 0.01, \"lat\": 0.02, \"date_utc\": \"d\"}}}";

static void what_is_taken(void **state)
{
	struct facts f = facts_of(whole);

	(void)state;
	assert_string_equal(facts_get(&f, "kernel"), "6.1");
	assert_string_equal(facts_get(&f, "page_bytes"), "4096");
	assert_null(facts_get(&f, "loadavg"));
	assert_null(facts_get(&f, "smt"));
	assert_null(facts_get(&f, "seed"));
	assert_int_equal(find(&f, "cpu_model")->block, BLOCK_CPU);
	assert_int_equal(find(&f, "kernel")->block, BLOCK_NONE);
	assert_string_equal(find(&f, "n0 fw")->value, "28.1");
	assert_string_equal(find(&f, "n0 fw")->nic, "n0");
	assert_int_equal(find(&f, "n0 link gen")->block, BLOCK_LINK);
	assert_string_equal(find(&f, "n0 link flit")->value, "no");
	assert_int_equal(find(&f, "n0 link mps")->block, BLOCK_MPS);
	assert_string_equal(find(&f, "n0 to acc link gen")->memory, "acc");
	assert_string_equal(find(&f, "n0 to acc route")->value, "switch");
	assert_string_equal(find(&f, "tool commit")->value, "abc");
	assert_string_equal(find(&f, "binary")->value, "ff");
	assert_string_equal(find(&f, "tag slot")->value, "3");
	near(facts_noise(&f, "n0", false), 0.01, 0);
	near(facts_noise(&f, "n0", true), 0.02, 0);
	assert_true(isnan(facts_noise(&f, "n1", true)));
	facts_free(&f);
}

/* Wrong types are unknown, never a crash. */
static void other_shapes(void **state)
{
	static const char *const text[] = {
		"{}",
		"{\"env\": 3, \"nics\": {}, \"topology\": [], \"tool\": null, \"tags\": \"x\", "
		"\"noise_floor\": 1}",
		"{\"nics\": [1, null, {}, {\"name\": 5}], \"noise_floor\": {\"\": {\"bw\": \"x\"}}}",
		"{\"topology\": {\"nics\": [{\"ways\": [1, {}, {\"memory\": [1]}], \"link\": 7}]}}",
		"{\"nics\": [{\"name\": \"n\", \"device\": \"d\"}], \"noise_floor\": {\"d\": {\"bw\": -1, "
		"\"lat\": 0}}}",
		"{\"nics\": [{\"name\": \"n\", \"device\": \"d\"}], \"noise_floor\": {\"d\": {\"bw\": 0.1}}}",
		"{\"env\": {\"a\\nb\": \"c\\u0001\\nd\"}}",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(text); i++) {
		struct facts f = facts_of(text[i]);

		assert_true(isnan(facts_noise(&f, "n", false)));
		for (size_t k = 0; k < f.n; k++)
			assert_null(strchr(f.fact[k].value, '\n'));
		facts_free(&f);
	}
}

/* A document of a million tags is a list of bounded length. */
static void bounded(void **state)
{
	size_t len = 0, room = 1 << 20;
	char *text = malloc(room);
	struct facts f;

	(void)state;
	assert_non_null(text);
	len = (size_t)snprintf(text, room, "{\"tags\": {\"t\": 1");
	for (int i = 0; i < 20000; i++)
		len += (size_t)snprintf(text + len, room - len, ", \"tag number %d\": %d", i, i);
	snprintf(text + len, room - len, "}}");
	f = facts_of(text);
	assert_int_equal(f.n, FACTS_MAX);
	facts_free(&f);
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_taken),
		cmocka_unit_test(other_shapes),
		cmocka_unit_test(bounded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
