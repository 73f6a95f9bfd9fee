// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The canary: a row a round and nic, torn rows, faults, and the verdict from its file. */
#include "run/canary.h"
#include "run/station.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "soft/run_rig.h"

#define HEAD                                                                                                 \
	"version: 1\nnics: {n: {device: soft0}}\n"                                                           \
	"sweeps: [{name: a, nic: n, op: write, target: host, size: 64, qd: 1, rounds: 3, window: 1ms}]\n"

static void path_of(const char *dir, char *path, size_t len)
{
	snprintf(path, len, "%s/canary.csv", dir);
}

/* Lines of the file that end in @end. */
static size_t lines(const char *dir, const char *end)
{
	char path[4 * TEMP_PATH], line[512];
	size_t n = 0;
	FILE *f;

	path_of(dir, path, sizeof(path));
	f = fopen(path, "r");
	while (f && fgets(line, sizeof(line), f)) {
		size_t len = strlen(line), tail = strlen(end);

		n += len >= tail && !strcmp(line + len - tail, end);
	}
	if (f)
		fclose(f);
	return n;
}

static void write_file(const char *dir, const char *text)
{
	char path[4 * TEMP_PATH];
	FILE *f;

	path_of(dir, path, sizeof(path));
	f = fopen(path, "w");
	assert_non_null(f);
	fputs(text, f);
	fclose(f);
}

static void a_row_each_round(void **state)
{
	struct bench *b = bench_sweep(*state, "rows", HEAD);

	assert_int_equal(lines(b->dir, "status\n"), 1);
	assert_int_equal(lines(b->dir, ",ok\n"), 4);
	assert_int_equal(b->out.canary, RUN_CANARY_UNKNOWN); /* three rounds are too few */
	bench_finish(b);
}

static void can_be_switched_off(void **state)
{
	struct bench *b = bench_sweep(*state, "off", HEAD "order: {canary: 0}\n");

	assert_int_equal(lines(b->dir, "\n"), 0);
	bench_finish(b);
}

/* Reserved pages that the sweep does not use are not asked for. */
static void needs_no_reserved_pages(void **state)
{
	static const char other[] =
		"version: 1\nnics: {n: {device: soft0}}\n"
		"memory: {a: {kind: host, pages: 1G, length: 1G}, b: {kind: host}}\n"
		"sweeps: [{name: a, nic: n, op: write, target: host, size: 64, rounds: 1, window: 1ms}]\n";
	static const char only[] =
		"version: 1\nnics: {n: {device: soft0}}\n"
		"memory: {host: {kind: host, pages: 1G, length: 1G}, m: {kind: memfd}}\n"
		"sweeps: [{name: a, nic: n, op: write, target: m, source: m, size: 64, rounds: 1,\n"
		"  window: 1ms}]\n";
	struct bench *b = bench_sweep(*state, "pages", other);

	assert_int_equal(lines(b->dir, ",ok\n"), 2);
	bench_finish(b);
	b = bench_sweep(*state, "only", only);
	assert_int_equal(lines(b->dir, "\n"), 0);
	bench_finish(b);
}

/* What a crash left of a row goes; whole rows stay. */
static void torn_row_is_cut(void **state)
{
	struct bench *b = bench_new(*state, "torn");

	write_file(b->dir, CANARY_CSV_HEADER "\n0,0.1,n,1,2,ok\n1,0.2,n,1,");
	bench_open(b, HEAD, NULL);
	bench_run(b);
	assert_int_equal(lines(b->dir, ",ok\n"), 5);
	assert_int_equal(lines(b->dir, "\n"), 6);
	bench_finish(b);
}

/* A device that fails the canary's windows as well: rows say so, and no point is charged for it. */
static void faults_are_rows(void **state)
{
	static const struct soft_fault fault = {.kind = SOFT_FAULT_ERROR, .status = IBV_WC_RETRY_EXC_ERR};
	struct bench *b = bench_new(*state, "fault");

	b->fault = &fault;
	b->fault_at = 1;
	b->fault_for = 1;
	bench_open(b, HEAD, NULL);
	bench_run(b);
	assert_true(lines(b->dir, ",error\n") <= 1);
	assert_int_equal(lines(b->dir, ",ok\n") + lines(b->dir, ",error\n"), 4);
	bench_finish(b);
}

struct verdict {
	const char *name;
	double spread, slope; /* per cent to either side; per cent a round */
	enum run_canary want;
};

static const struct verdict verdicts[] = {
	{"quiet", 1, 0, RUN_CANARY_OK},
	{"loud", 20, 0, RUN_CANARY_WARN},
	{"trend", 0, 0.1, RUN_CANARY_WARN},
};

/* Of the only pair of a run that was not opened. */
static void judge(struct bench *b)
{
	struct station at = {0}, *list[] = {&at};
	const struct run r = {.in = {.config = b->config}, .station = list, .stations = 1};

	canary_judge(&r, b->dir, &b->out);
}

static void verdict_from_the_file(void **state)
{
	for (size_t i = 0; i < sizeof(verdicts) / sizeof(verdicts[0]); i++) {
		const struct verdict *v = &verdicts[i];
		struct bench *b = bench_new(*state, v->name);
		char text[4096];
		size_t used = (size_t)snprintf(text, sizeof(text), "%s\n0,0,n,90,90,ok\n3,0,n,,,error\n",
					       CANARY_CSV_HEADER);

		bench_plan(b, HEAD);
		for (int r = 1; r <= 24; r++) {
			static const int turn[] = {0, 1, -1, 1, -1, 0, -1, 1};
			double x = 100 * (1 + (turn[r % 8] * v->spread + r * v->slope) / 100);

			used += (size_t)snprintf(text + used, sizeof(text) - used, "%d,1,n,10,%.6f,ok\n", r,
						 x);
		}
		write_file(b->dir, text);
		judge(b);
		assert_int_equal(b->out.canary, v->want);
		assert_int_equal(v->want == RUN_CANARY_WARN, b->out.canary_why[0] != '\0');
		bench_finish(b);
	}
}

static void hostile_files_have_no_verdict(void **state)
{
	static const char *const text[] = {"", "\n", "a,b\n", CANARY_CSV_HEADER "\nx,y,n,nan,inf,ok\n\"",
					   CANARY_CSV_HEADER "\n1,1,n,1,1\n1,1,n,-1,0,ok\n"};
	struct bench *b = bench_new(*state, "hostile");

	bench_plan(b, HEAD);
	for (size_t i = 0; i < sizeof(text) / sizeof(text[0]); i++) {
		write_file(b->dir, text[i]);
		judge(b);
		assert_int_equal(b->out.canary, RUN_CANARY_UNKNOWN);
	}
	bench_finish(b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_row_each_round),
		cmocka_unit_test(can_be_switched_off),
		cmocka_unit_test(needs_no_reserved_pages),
		cmocka_unit_test(torn_row_is_cut),
		cmocka_unit_test(faults_are_rows),
		cmocka_unit_test(verdict_from_the_file),
		cmocka_unit_test(hostile_files_have_no_verdict),
	};

	return cmocka_run_group_tests(tests, bench_tmp, bench_tmp_drop);
}
