// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* What perftest prints, version by version, and what must not be taken for a result. */
#include <errno.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/err.h"
#include "crosscheck/perftest.h"

#define HEAD_BW " #bytes     #iterations    BW peak[MB/sec]    BW average[MB/sec]   MsgRate[Mpps]\n"
#define HEAD_LAT                                                                                             \
	" #bytes #iterations    t_min[usec]    t_max[usec]  t_typical[usec]    t_avg[usec]    "              \
	"t_stdev[usec]   "                                                                                   \
	"99% percentile[usec]   99.9% percentile[usec] \n"
#define RULE "------------------------------------------------------------------------------------\n"

static const struct perftest_version *version(const char *reported)
{
	char text[40];
	struct err e;
	int n = snprintf(text, sizeof(text), "Version: %s\n", reported);

	return perftest_version_parse(text, (size_t)n, &e);
}

static char *fixture(const char *reported, const char *name, size_t *len)
{
	char path[512], *text = calloc(1, 8192);
	FILE *f;

	assert_non_null(text);
	snprintf(path, sizeof(path), "%s/%s/%s", PERFTEST_FIXTURES, reported, name);
	f = fopen(path, "r");
	assert_non_null(f);
	*len = fread(text, 1, 8191, f);
	fclose(f);
	return text;
}

/* Both reports of one run, read as what they are and equal. */
static struct perftest_result read_both(const char *reported, const char *name, enum perftest_kind kind)
{
	const struct perftest_version *v = version(reported);
	struct perftest_result a, b;
	char file[64];
	struct err e = {0};
	size_t len;
	char *text;

	snprintf(file, sizeof(file), "%s.txt", name);
	text = fixture(reported, file, &len);
	if (perftest_text(v, kind, text, len, &a, &e))
		fail_msg("%s %s: %s", reported, file, e.text);
	free(text);
	snprintf(file, sizeof(file), "%s.json", name);
	text = fixture(reported, file, &len);
	if (perftest_json(v, kind, text, len, &b, &e))
		fail_msg("%s %s: %s", reported, file, e.text);
	free(text);
	assert_true(perftest_same(&a, &b));
	return a;
}

static void every_version(void **state)
{
	static const char *const reported[] = {"6.06", "6.24", "6.29"};

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		struct perftest_result bw = read_both(reported[i], "write_bw", PERFTEST_BW);
		struct perftest_result lat = read_both(reported[i], "read_lat", PERFTEST_LAT);

		assert_int_equal(bw.size, 65536);
		assert_int_equal(bw.messages, 4000); /* of both queue pairs */
		/* 2779.61 "MB" are 2^20 bytes each. */
		assert_float_equal(bw.bytes_s, 2779.61 * 1048576, 0.005 * 1048576);
		assert_float_equal(bw.msgs_s, 0.044474e6, 1);
		assert_true(lat.typical_us >= lat.min_us && lat.typical_us <= lat.second_max_us);
		assert_int_equal(lat.messages, 2000);
		read_both(reported[i], "write_lat", PERFTEST_LAT);
	}
	read_both("6.06", "atomic_bw", PERFTEST_BW);
	read_both("6.06", "atomic_lat", PERFTEST_LAT);
}

/* 10^9 bits, in the format of six decimals. */
static void gigabits(void **state)
{
	struct perftest_result r;
	size_t len;
	char *text = fixture("6.06", "read_bw_gbits.txt", &len);

	(void)state;
	assert_int_equal(perftest_text(version("6.06"), PERFTEST_BW, text, len, &r, NULL), 0);
	assert_float_equal(r.bytes_s, 0.274302e6 * 8, 8);
	assert_true(r.rounding < 1e-4);
	free(text);
}

static void versions(void **state)
{
	static const struct {
		const char *text, *says;
	} bad[] = {
		{"Version: 5.60\n", "too old"},	   {"Version: 6.14\n", "unknown version"},
		{"Version: 7.01\n", "unknown"},	   {"Version: \n", "no \"Version: N\""},
		{"command not found", "no \"Ver"}, {"", "no \"Version"},
	};
	struct err e;

	(void)state;
	assert_string_equal(version("6.06")->released, "4.5");
	assert_string_equal(version("6.24")->released, "25.01");
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_null(perftest_version_parse(bad[i].text, strlen(bad[i].text), &e));
		if (!strstr(e.text, bad[i].says))
			fail_msg("%s: %s", bad[i].text, e.text);
		assert_non_null(strstr(e.hint, "6.06 (release 4.5)"));
	}
}

struct bad_text {
	enum perftest_kind kind;
	int rc;
	const char *text, *says;
};

static const struct bad_text bad_texts[] = {
	{PERFTEST_BW, -ENODATA, "", "no table"},
	{PERFTEST_BW, -ENODATA, RULE "Couldn't connect\n", "no table"},
	{PERFTEST_BW, -ENODATA, HEAD_BW RULE, "no row"},
	{PERFTEST_BW, -EPROTO, HEAD_BW " 65536 5000 1.0 2.0", "4 columns"}, /* torn */
	{PERFTEST_BW, -EPROTO, " #bytes #iterations BW average[MiB/sec]\n 8 1 1\n", "another table"},
	/* The unit of another version. */
	{PERFTEST_BW, -EPROTO, " #bytes #iterations BW peak[MiB/sec] BW average[MiB/sec] MsgRate[Mpps]\n",
	 "another"},
	{PERFTEST_BW, -EPROTO, HEAD_LAT, "another table"},
	{PERFTEST_BW, -EPROTO, HEAD_BW " 65536 5000 0.00 1000.00 0.016 7\n", "6 columns"},
	{PERFTEST_BW, -EPROTO, HEAD_BW " 8 5000 0.00 1000.00 131.072\n 16 5000 0.00 1000.00 65.536\n",
	 "more than one row"},
	{PERFTEST_BW, -ERANGE, HEAD_BW " 65536 5000 0.00 inf inf\n", "inf"},
	{PERFTEST_BW, -ERANGE, HEAD_BW " 65536 5000 0.00 nan 0.016\n", "nan"},
	{PERFTEST_BW, -ERANGE, HEAD_BW " 65536 5000 0.00 -1000.00 0.016\n", "-1000"},
	{PERFTEST_BW, -ERANGE, HEAD_BW " 65536 5000 0.00 0.00 0.000000\n", "of 0"},
	{PERFTEST_BW, -ERANGE, HEAD_BW " 65536 0 0.00 1000.00 0.016\n", "number of messages"},
	{PERFTEST_BW, -ERANGE, HEAD_BW " 1.5 5000 0.00 1000.00 0.016\n", "message size"},
	/* MB for MiB: 4.9 % apart. */
	{PERFTEST_BW, -EPROTO, HEAD_BW " 65536 5000 0.00 1048.58 0.016000\n", "contradict"},
	{PERFTEST_LAT, -ERANGE, HEAD_LAT " 8 1000 0.70 9.00 inf 1.00 0.10 2.00 3.00\n", "inf"},
	{PERFTEST_LAT, -ERANGE, HEAD_LAT " 8 1000 0.00 0.00 0.00 0.00 0.00 0.00 0.00\n", "median of 0"},
	{PERFTEST_LAT, -ERANGE, HEAD_LAT " 8 1000 2.00 9.00 1.00 1.00 0.10 2.00 3.00\n", "median of 1"},
	{PERFTEST_LAT, -EPROTO, " #bytes        #iterations       t_avg[usec]    tps average\n 8 1 1 1\n",
	 "another"},
};

static void no_results(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(bad_texts) / sizeof(bad_texts[0]); i++) {
		const struct bad_text *b = &bad_texts[i];
		struct perftest_result r;
		struct err e = {0};
		int rc = perftest_text(version("6.06"), b->kind, b->text, strlen(b->text), &r, &e);

		if (rc != b->rc || !strstr(e.text, b->says))
			fail_msg("case %zu: %d, \"%s\"", i, rc, e.text);
	}
}

/* Between header and row, before and after: lines of words, rules, blank ones. */
static void warnings_between(void **state)
{
	static const char text[] =
		"Requested mtu is higher than active mtu\n" HEAD_BW
		"Conflicting CPU frequency values detected: 1200.000000 != 3700.000000. CPU "
		"Frequency is not max.\n\n 65536 5000 0.00 1000.00 0.016000\n" RULE "bye\n";
	struct perftest_result r;

	(void)state;
	assert_int_equal(perftest_text(version("6.06"), PERFTEST_BW, text, sizeof(text) - 1, &r, NULL), 0);
	assert_float_equal(r.bytes_s, 1000.0 * 1048576, 1);
}

/* Exact to the last printed digit, whichever of the two figures has more of them. */
static void finer_figure(void **state)
{
	static const char small[] = HEAD_BW " 8 5000 0.00 0.08 0.010486\n";
	static const char large[] = HEAD_BW " 8388608 5000 0.00 80000.12 0.010000\n";
	struct perftest_result r;

	(void)state;
	assert_int_equal(perftest_text(version("6.06"), PERFTEST_BW, small, sizeof(small) - 1, &r, NULL), 0);
	assert_float_equal(r.msgs_s, 10486, 0.5);
	assert_int_equal(perftest_text(version("6.06"), PERFTEST_BW, large, sizeof(large) - 1, &r, NULL), 0);
	assert_float_equal(r.bytes_s / 1048576, 80000.12, 0.005);
}

static void json_of(const char *reported, const char *text, int wanted)
{
	struct perftest_result r;
	struct err e = {0};
	int rc = perftest_json(version(reported), PERFTEST_BW, text, strlen(text), &r, &e);

	if (rc != wanted)
		fail_msg("%s: %d, \"%s\"", text, rc, e.text);
}

/* The bare keys of 6.06 are no JSON for a later version, and the other way round. */
static void bad_json(void **state)
{
	size_t len;
	char *bare = fixture("6.06", "write_bw.json", &len), *quoted = fixture("6.24", "write_bw.json", &len);

	(void)state;
	json_of("6.24", bare, -ENODATA);
	json_of("6.06", quoted, -ENODATA);
	json_of("6.24", "", -ENODATA);
	json_of("6.06", "", -ENODATA);
	json_of("6.24", "{\"results\": {\"MsgSize\": 65536, \"n_iterations\": 5000}}", -ENODATA);
	json_of("6.24", "{\"results\": {\"MsgSize\": \"65536\"}}", -ENODATA);
	json_of("6.24", "{\"results\": 3}", -ENODATA);
	json_of("6.06", "results: {\nMsgSize: 65536,\n", -ENODATA);
	/* Twice the same key: two reports in one file. */
	json_of("6.06",
		"results: {\nMsgSize: 8,\nMsgSize: 16,\nn_iterations: 9,\nBW_peak: 0,\nBW_average: "
		"1,\nMsgRate: 1,\n",
		-ENODATA);
	json_of("6.06",
		"results: {\nMsgSize: 8,\nn_iterations: 9,\nBW_peak: 0,\nBW_average: inf,\nMsgRate: 1,\n",
		-ERANGE);
	free(bare);
	free(quoted);
}

/* A file that a later report has overwritten tells of another run. */
static void overwritten(void **state)
{
	struct perftest_result a = read_both("6.24", "write_bw", PERFTEST_BW), b = a;
	struct err e;

	(void)state;
	b.size = 8388608;
	assert_false(perftest_same(&a, &b));
	b = a;
	b.bytes_s *= 1.001;
	assert_false(perftest_same(&a, &b));
	assert_int_equal(perftest_expect(&a, 65536, 4000, &e), 0);
	assert_int_equal(perftest_expect(&a, 65536, 2000, &e), -EPROTO);
	assert_non_null(strstr(e.text, "4000 messages"));
	assert_int_equal(perftest_expect(&a, 8, 4000, &e), -EPROTO);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_version),    cmocka_unit_test(gigabits),
		cmocka_unit_test(versions),	    cmocka_unit_test(no_results),
		cmocka_unit_test(warnings_between), cmocka_unit_test(finer_figure),
		cmocka_unit_test(bad_json),	    cmocka_unit_test(overwritten),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
