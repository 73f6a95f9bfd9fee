// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* run.json: there and back, bad files, differences in words; and what is read of a machine, and what never.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

#include "base/cleanup.h"
#include "base/err.h"
#include "result/env.h"
#include "result/runjson.h"
#include "unit/tempdir.h"

static void there_and_back(void **state)
{
	json_t *root = json_pack("{s:i, s:f, s:s, s:n}", "schema", 1, "tenth", 0.1, "name", "x", "none");
	char dir[TEMP_PATH];
	json_t *back;

	(void)state;
	temp_make(dir);
	assert_int_equal(runjson_write(dir, root, NULL), 0);
	assert_int_equal(runjson_write(dir, root, NULL), 0);
	assert_int_equal(runjson_read(dir, &back, NULL), 0);
	assert_true(json_equal(root, back));
	json_decref(root);
	json_decref(back);
	temp_remove(dir);
}

static void bad_files(void **state)
{
	static const struct {
		const char *text, *message;
	} row[] = {
		{"", "run.json:1:0: "},
		{"{\"a\": 1,\n \"b\": }", "run.json:2:7: "},
		{"{\"a\": 1, \"a\": 2}", "duplicate"},
		{"[1]", "run.json:1:1: not a JSON object"},
		{"{\"a\": \"\xff\"}", "run.json:1:"},
	};
	struct err e;
	json_t *out;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(row); i++) {
		assert_int_equal(runjson_parse("run.json", row[i].text, strlen(row[i].text), &out, &e),
				 -EINVAL);
		assert_null(out);
		if (!strstr(e.text, row[i].message))
			fail_msg("'%s' lacks '%s'", e.text, row[i].message);
	}
	assert_int_equal(runjson_read("/nonexistent", &out, &e), -ENOENT);
	assert_non_null(strstr(e.hint, "no run"));
}

static void too_large(void **state)
{
	char dir[TEMP_PATH], path[TEMP_PATH + 16];
	struct err e;
	json_t *out;

	(void)state;
	temp_write(temp_make(dir), "run.json", "{", 1);
	snprintf(path, sizeof(path), "%s/run.json", dir);
	assert_int_equal(truncate(path, 1ll << 40), 0);
	assert_int_equal(runjson_read(dir, &out, &e), -EINVAL);
	assert_non_null(strstr(e.text, "16 MiB"));
	temp_remove(dir);
}

static int differs(const char *was, const char *is, char *text, size_t len)
{
	json_t *a = json_loads(was, 0, NULL), *b = json_loads(is, 0, NULL);
	int n = runjson_differs(a, b, text, len);

	json_decref(a);
	json_decref(b);
	return n;
}

static void differences(void **state)
{
	char text[512], tiny[24];

	(void)state;
	assert_int_equal(
		differs("{\"same\":{\"a\":1},\"x\":1}", "{\"same\":{\"a\":1},\"x\":2}", text, sizeof(text)),
		0);
	assert_string_equal(text, "");
	assert_int_equal(differs("{\"same\":{\"nic\":{\"device\":\"soft0\",\"port\":1},\"gone\":true}}",
				 "{\"same\":{\"nic\":{\"device\":\"rxe0\",\"port\":1},\"new\":[1,2]}}", text,
				 sizeof(text)),
			 3);
	assert_string_equal(text, "nic.device: was \"soft0\", is \"rxe0\"\n"
				  "gone: was true, is absent\n"
				  "new: was absent, is [1,2]\n");
	assert_int_equal(
		differs("{\"same\":{\"a\":1,\"b\":1}}", "{\"same\":{\"a\":2,\"b\":2}}", tiny, sizeof(tiny)),
		2);
	assert_string_equal(tiny, "a: was 1, is 2\n");
	assert_int_equal(differs("{}", "{\"same\":{}}", text, sizeof(text)), 1);
	assert_string_equal(text, "same: was absent, is {}\n");
}

/* A machine of three files; everything else is unknown. */
static json_t *read_fixture(void)
{
	static const char cmdline[] =
		"root=UUID=1234 BOOTIF=01-aa ip=10.0.0.1::host1 iommu=pt isolcpus=1,2 quiet\n";
	static const char cpuinfo[] =
		"processor\t: 0\nmodel\t\t: 85\nmodel name\t: Test CPU @ 2.5GHz\nmicrocode\t: 0x5\n"
		"serial\t\t: 42\n\nprocessor\t: 1\nmodel name\t: Other\n";
	char dir[TEMP_PATH], sub[TEMP_PATH + 8];
	json_t *env;
	int fd;

	snprintf(sub, sizeof(sub), "%s/proc", temp_make(dir));
	assert_int_equal(mkdir(sub, 0777), 0);
	temp_write(sub, "cmdline", cmdline, sizeof(cmdline) - 1);
	temp_write(sub, "cpuinfo", cpuinfo, sizeof(cpuinfo) - 1);
	temp_write(sub, "loadavg", "0.5 0.4 0.3 1/100 77\nsecond line\n", 33);
	fd = open(dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
	env = env_read(fd);
	close(fd);
	temp_remove(dir);
	return env;
}

static const char *text_of(json_t *env, const char *name)
{
	return json_string_value(json_object_get(env, name));
}

static void environment(void **state)
{
	json_t *env = read_fixture();

	(void)state;
	assert_string_equal(text_of(env, "cmdline"), "iommu=pt isolcpus=1,2");
	assert_string_equal(text_of(env, "cpu_model"), "Test CPU @ 2.5GHz");
	assert_string_equal(text_of(env, "microcode"), "0x5");
	assert_string_equal(text_of(env, "loadavg"), "0.5 0.4 0.3 1/100 77");
	assert_true(json_is_null(json_object_get(env, "governor")));
	json_decref(env);
}

static void live_environment(void **state)
{
	json_t *env = runjson_env();
	CLEANUP_FREE char *text = json_dumps(env, JSON_COMPACT);
	char host[256] = "", quoted[300];

	(void)state;
	assert_non_null(text_of(env, "kernel"));
	assert_int_equal(strlen(text_of(env, "host_hash")), 17);
	assert_int_equal(gethostname(host, sizeof(host) - 1), 0);
	snprintf(quoted, sizeof(quoted), "\"%s\"", host);
	assert_null(strstr(text, quoted));
	json_decref(env);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(there_and_back), cmocka_unit_test(bad_files),
		cmocka_unit_test(too_large),	  cmocka_unit_test(differences),
		cmocka_unit_test(environment),	  cmocka_unit_test(live_environment),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
