// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* expect: rules read from text and held against points: what is meant, by what it is measured, what is said.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/cleanup.h"
#include "report/expect.h"

#define HEAD                                                                                                 \
	"version: 1\nnics: {n: {device: soft0}}\nmemory: {acc: {kind: memfd, length: 1M}}\n"                 \
	"sweeps: [{name: s, nic: n, op: write, target: host, size: 64}]\nexpect:\n"

static struct config *load(const char *rules, bool good)
{
	char text[2048];
	size_t len = (size_t)snprintf(text, sizeof(text), "%s%s", HEAD, rules);
	struct diags *d = diags_open("t.yaml", text, len);
	struct config *c = NULL;
	int rc = config_load("t.yaml", text, len, NULL, 0, d, &c);

	if ((rc == 0) != good) {
		diags_print(d, stderr);
		fail_msg("%s was %s", rules, rc ? "refused" : "taken");
	}
	diags_close(d);
	return c;
}

enum { POINTS = 6 };

/* Two sizes on two memories, with limits; a latency; a point that was skipped. */
static void points(struct summary *s)
{
	static struct summary_point point[POINTS];
	static const struct {
		const char *id, *measure, *target, *tph, *st, *size, *limit, *source;
		double value;
	} row[POINTS] = {
		{"p0", "bw", "host", "none", "", "64", "10", "cfg", 9},
		{"p1", "bw", "host", "none", "", "65536", "20", "assumed", 10},
		{"p2", "bw", "acc", "none", "", "64", "10", "cfg", 7},
		{"p3", "bw", "acc", "exporter", "16", "64", "", "", 7.5},
		{"p4", "lat", "acc", "none", "", "64", "", "", 2.5},
		{"p5", "bw", "acc", "none", "", "65536", "20", "cfg", (double)NAN},
	};

	memset(point, 0, sizeof(point));
	*s = (struct summary){.point = point, .n = POINTS};
	for (size_t i = 0; i < POINTS; i++) {
		bool lat = !strcmp(row[i].measure, "lat"), measured = !isnan(row[i].value);
		struct row key;

		row_clear(&key);
		row_text(&key, COL_POINT_ID, row[i].id);
		row_text(&key, COL_KEY + AX_MEASURE, row[i].measure);
		row_text(&key, COL_KEY + AX_OP, "write");
		row_text(&key, COL_KEY + AX_NIC, "n");
		row_text(&key, COL_KEY + AX_TARGET, row[i].target);
		row_text(&key, COL_KEY + AX_TPH, row[i].tph);
		row_text(&key, COL_KEY + AX_ST, row[i].st);
		row_text(&key, COL_KEY + AX_SIZE, row[i].size);
		row_text(&key, COL_LIMIT_GBYTE_S, row[i].limit);
		row_text(&key, COL_EXPECTED_GBYTE_S, row[i].limit);
		row_text(&key, COL_LIMIT_SOURCE, row[i].source);
		point[i].key = row_dup(&key);
		point[i].n = measured ? 12 : 0;
		*(lat ? &point[i].p50 : &point[i].bw) =
			(struct median_ci){.n = point[i].n, .median = row[i].value};
		point[i].half_pct = 1.5;
		snprintf(point[i].status, sizeof(point[i].status), measured ? "ok" : "skipped");
		snprintf(point[i].reason, sizeof(point[i].reason), measured ? "" : "no such feature");
	}
}

static void drop(struct summary *s)
{
	for (size_t i = 0; i < s->n; i++)
		free((void *)s->point[i].key);
}

/* "p0 ok, p2 FAIL, ..." of a rule. */
static void verdicts(const char *rule, const char *want)
{
	static const char *const word[] = {"ok", "FAIL", "?"};
	struct config *c = load(rule, true);
	struct expect_outcome x;
	char text[512] = "";
	struct summary s;

	points(&s);
	assert_int_equal(expect_judge(c, &s, &x), 0);
	for (size_t i = 0; i < x.n; i++) {
		size_t used = strlen(text);

		snprintf(text + used, sizeof(text) - used, "%s%s %s", used ? ", " : "",
			 x.result[i].point ? row_get(x.result[i].point->key, COL_POINT_ID) : "none",
			 word[x.result[i].verdict]);
	}
	if (strcmp(text, want) != 0)
		fail_msg("%s\n  is   %s\n  want %s", rule, text, want);
	expect_free(&x);
	config_free(c);
	drop(&s);
}

static void rules(void **state)
{
	(void)state;
	/* p5 was not measured: nothing to say. A latency has no bandwidth. */
	verdicts("  - {metric: bw, min: 8GB/s}\n", "p0 ok, p1 ok, p2 FAIL, p3 FAIL, p5 ?");
	verdicts("  - {metric: bw, max: 60Gb/s}\n", "p0 FAIL, p1 FAIL, p2 ok, p3 ok, p5 ?");
	verdicts("  - {metric: bw, min: 7GB/s, max: 9GB/s}\n", "p0 ok, p1 FAIL, p2 ok, p3 ok, p5 ?");
	verdicts("  - {when: {target: acc, size: ..4K}, metric: bw, min: 1GB/s}\n", "p2 ok, p3 ok");
	verdicts("  - {when: {not: {target: acc}}, metric: bw, min: 1GB/s}\n", "p0 ok, p1 ok");
	verdicts("  - {when: {st: [16, 17]}, metric: bw, min: 1GB/s}\n", "p3 ok");
	verdicts("  - {when: {st: 1..}, metric: bw, min: 1GB/s}\n", "p3 ok");
	verdicts("  - {metric: p50, max: 3us}\n", "p4 ok");
	verdicts("  - {metric: p50, max: 2400ns}\n", "p4 FAIL");
	verdicts("  - {when: {size: 1M}, metric: bw, min: 1GB/s}\n", "none ?");
}

static void percentages(void **state)
{
	(void)state;
	/* An assumed limit fails nobody, an unknown one neither. */
	verdicts("  - {metric: bw, min: 80%, of: limit}\n", "p0 ok, p1 ?, p2 FAIL, p3 ?, p5 ?");
	verdicts("  - {when: {size: 64, tph: none}, metric: bw, min: 70%, of: expected}\n", "p0 ok, p2 ok");
	/* 7 of 9 is 77.8 %, and p0 is all of itself. */
	verdicts("  - {when: {size: 64, tph: none}, metric: bw, min: 75%, of: {target: host}}\n",
		 "p0 ok, p2 ok");
	verdicts("  - {when: {size: 64, tph: none}, metric: bw, min: 78%, of: {target: host}}\n",
		 "p0 ok, p2 FAIL");
	/* The hint's own axes go with it: p3 against p2. */
	verdicts("  - {when: {tph: exporter}, metric: bw, max: 107%, of: {tph: none}}\n", "p3 FAIL");
	verdicts("  - {when: {tph: exporter}, metric: bw, max: 108%, of: {tph: none}}\n", "p3 ok");
	verdicts("  - {metric: p50, max: 110%, of: {target: host}}\n", "p4 ?");
}

static void refused(void **state)
{
	static const char *const row[] = {
		"  - {metric: bw, min: 80%}\n",
		"  - {metric: p50, max: 80%, of: limit}\n",
		"  - {metric: bw, min: 80%, of: {target: [host, acc]}}\n",
		"  - {metric: bw, min: 80%, of: {size: 64..4K}}\n",
		"  - {metric: bw, min: 80%, of: {not: {target: host}}}\n",
		"  - {metric: bw, min: 80%, of: {}}\n",
		"  - {metric: bw, min: 80%, of: wire}\n",
		"  - {metric: bw, min: 80}\n",
		"  - {metric: bw, min: GB/s}\n",
		"  - {metric: bw, min: -1GB/s}\n",
		"  - {metric: bw, min: \"%\", of: limit}\n",
		"  - {metric: p50, max: 5}\n",
		"  - {metric: jitter, max: 5us}\n",
		"  - {min: 1GB/s}\n",
		"  - {metric: bw}\n",
		"  - {metric: bw, min: [1GB/s]}\n",
		"  - 5\n",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(row); i++)
		assert_null(load(row[i], false));
}

static void printed(void **state)
{
	struct config *c = load("  - {metric: bw, min: 80%, of: limit}\n"
				"  - {when: {tph: exporter}, metric: bw, max: 107%, of: {tph: none}}\n"
				"  - {metric: p50, max: 3us}\n",
				true);
	struct expect_outcome x;
	struct summary s;
	char *text = NULL;
	size_t len;
	FILE *f = open_memstream(&text, &len);

	(void)state;
	points(&s);
	assert_int_equal(expect_judge(c, &s, &x), 0);
	assert_int_equal(x.failed, 2);
	assert_int_equal(x.unknown, 3);
	expect_print(c, &s, &x, f);
	fclose(f);
	assert_string_equal(
		text,
		"expect\n"
		"  FAIL   rule 1, line 6: bw >= 80% of limit: 1 of 5 points hold, 3 not judged\n"
		"         write target host tph none size 64K: not judged: its limit rests on assumed "
		"inputs\n"
		"         write target acc tph none size 64: 7.000 GB/s = 70.0 % of 10.00 GB/s (+-1.5 %)\n"
		"         write target acc tph exporter st 16 size 64: not judged: its limit is not known\n"
		"         write target acc tph none size 64K: not judged: skipped: no such feature\n"
		"  FAIL   rule 2, line 7: bw <= 107% of {tph: none}: 0 of 1 points hold\n"
		"         write target acc tph exporter st 16 size 64: 7.500 GB/s = 107.1 % of 7.000 GB/s "
		"(+-1.5 %)\n"
		"  ok     rule 3, line 8: p50 <= 3us: 1 of 1 points hold\n");
	free(text);
	expect_free(&x);
	config_free(c);
	drop(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rules),
		cmocka_unit_test(percentages),
		cmocka_unit_test(refused),
		cmocka_unit_test(printed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
