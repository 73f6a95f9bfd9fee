// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * What cannot run: amounts beyond the device are refused before the first window, with asked and maximum and
 * the place that asks; capabilities that are missing make `skipped` rows with the reason.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "run/station.h"
#include "soft/run_rig.h"

#define TOP                                                                                                  \
	"version: 1\n"                                                                                       \
	"nics: {n: {device: soft0}, other: {device: null0}, gone: {device: soft00}}\n"                       \
	"memory: {m: {kind: memfd, length: 64M}, u: {kind: udmabuf}}\n"                                      \
	"defaults: {nic: n, rounds: 6, window: 1ms, target: m, size: 64, op: write}\n"                       \
	"sweeps:\n"
#define SWEEP_LINE 6

static void refused(const char *tmp, const char *text, int errnum, int line, const char *words)
{
	struct bench *b = bench_new(tmp, "refused");
	struct err e = {0};
	int where = 0, rc = bench_refused(b, text, &where, &e);

	if (rc != errnum || !strstr(e.text, words) || where != line)
		fail_msg("%s: %d (%s) at line %d", e.text, rc, err_name(rc), where);
	bench_finish(b);
	temp_remove(tmp);
	assert_int_equal(mkdir(tmp, 0700), 0);
}

static void amounts_beyond_the_device(void **state)
{
	refused(*state, TOP "  - {name: s, qd: 16385}\n", -EINVAL, SWEEP_LINE,
		"qd 16385: 16385 work requests on a queue pair asked, the device has 16384 (max_qp_wr)");
	refused(*state,
		TOP "  - {name: s, qd: 1,\n     measure: lat, op: write_fence, qps: 1}\n"
		    "  - {name: t,\n     qd: 16384, qps: 1024}\n",
		-EINVAL, SWEEP_LINE + 3, "max_cqe");
	refused(*state, TOP "  - {name: s, rd_atomic: 17}\n", -EINVAL, SWEEP_LINE,
		"rd_atomic 17: 17 reads in flight on a queue pair asked, the device has 16");
	refused(*state, TOP "  - {name: s, inline: 1, size: [64, 4K]}\n", -EINVAL, SWEEP_LINE, "inline");
	refused(*state, TOP "  - {name: s, op: send, inline: 1, size: 4K}\n", -EINVAL, SWEEP_LINE, "inline");
	refused(*state, TOP "  - {name: s, qps: 1024, mtu: [256, 1K, 4K]}\n", -EINVAL, SWEEP_LINE,
		"(max_qp)");
}

static void missing_device_and_memory(void **state)
{
	refused(*state, TOP "  - {name: s, nic: gone}\n", -ENODEV, 2, "soft00");
}

/* A node that no machine has: the place in the config is named. */
static void memory_on_no_node(void **state)
{
	refused(*state,
		"version: 1\nnics: {n: {device: soft0}}\nmemory:\n  m: {kind: host, numa: 1023, length: "
		"64K}\n"
		"sweeps: [{name: s, nic: n, op: write, target: m, size: 4K}]\n",
		-EINVAL, 4, "1023");
}

static void nothing_can_run(void **state)
{
	refused(*state, TOP "  - {name: s, peer_nic: other}\n", -ENOTSUP, 0,
		"none of the 1 planned points can be run; the first: null0 moves no data and soft0 does: "
		"they are "
		"no pair");
}

/* One point that runs beside one that is skipped, once, with these words. */
static void skipped(const char *tmp, const char *sweep, const char *words)
{
	char text[1024];
	struct bench *b;
	struct tally t;

	snprintf(text, sizeof(text), TOP "  - {name: good}\n  - {name: s, %s}\n", sweep);
	b = bench_sweep(tmp, "skipped", text);
	t = tally(b->dir);
	if (t.rows[ST_SKIPPED] != 1 || !strstr(t.skipped, words))
		fail_msg("%s: %d skipped, '%s'", sweep, (int)t.rows[ST_SKIPPED], t.skipped);
	assert_int_equal(t.rows[ST_OK], 6);
	bench_finish(b);
	temp_remove(tmp);
	assert_int_equal(mkdir(tmp, 0700), 0);
}

static void not_in_this_version(void **state)
{
	skipped(*state, "interconnect: bounce, bounce_by: nic", "bounce_by nic is not in this version");
	skipped(*state, "connect: cm", "connect cm on soft0: a software device has no IP address");
	skipped(*state, "cpu: 0, numa: near", "cpu and numa both say where threads run");
	skipped(*state, "numa: 1023", "there is no NUMA node 1023");
}

/* Told from the text; such a target is not opened for it. */
static void memory_without_tags(void **state)
{
	struct bench *b = bench_new(*state, "tags");
	struct run_input in =
		bench_plan(b, TOP "  - {name: s, target: u, cases: [{tph: exporter, st: 1}]}\n");
	int found = 0;

	for (size_t i = 0; i < plan_points(b->plan); i++) {
		struct point pt;
		char why[128];

		plan_point(b->plan, i, &pt);
		if (pt.v[AX_TPH] != TPH_EXPORTER)
			continue;
		found++;
		assert_string_equal(run_unsupported(b->config, in.ops, &pt, why, sizeof(why)),
				    "tph exporter: memory kind udmabuf sets no steering tags");
	}
	assert_int_equal(found, 1);
	bench_finish(b);
}

/* It would only time out. */
static void no_answer_from_null0(void **state)
{
	skipped(*state, "nic: other, target: host, measure: lat, op: pingpong",
		"pingpong on null0: it moves no data, so no answer would come");
}

static void missing_cpus(void **state)
{
	char words[96];
	cpu_set_t set;
	int n;

	assert_int_equal(sched_getaffinity(0, sizeof(set), &set), 0);
	n = CPU_COUNT(&set);
	snprintf(words, sizeof(words), "threads 1024 asked, this process may use %d CPU", n);
	skipped(*state, "threads: 1024, qps: 1024", words);
	skipped(*state, "cpu: 1023", "cpu 1023 asked, this process may not use it");
}

/* Filled where data moves in bulk, and only there. */
static void judge_bound(struct bench *b, const struct row *row)
{
	bool bounded = strcmp(row_get(row, COL_KEY + AX_MEASURE), "lat") != 0 &&
		       strcmp(row_get(row, COL_KEY + AX_OP), "fetch_add") != 0;

	(void)b;
	assert_string_equal(row_get(row, COL_LIMIT_SOURCE), bounded ? "memcpy" : "");
	assert_string_equal(row_get(row, COL_LIMIT_BY), bounded ? "memcpy" : "");
	assert_string_equal(row_get(row, COL_ROUTE), "");
	assert_string_equal(row_get(row, COL_EXPECTED_GBYTE_S), "");
	assert_int_equal(row_number(row, COL_LIMIT_GBYTE_S) > 0, bounded);
	assert_int_equal(row_number(row, COL_PCT_LIMIT) > 0, bounded);
	assert_null(strstr(row_get(row, COL_FLAGS), "above_limit"));
}

static void copies_are_the_limit_of_software(void **state)
{
	struct bench *b = bench_new(*state, "bound");

	b->each = judge_bound;
	bench_open(b,
		   TOP "  - {name: s, op: [write, read, fetch_add], size: 8}\n"
		       "  - {name: r, measure: rate, size: 4K, qps: 4, threads: 1}\n"
		       "  - {name: l, measure: lat, op: write_fence, qd: 1, qps: 1}\n",
		   NULL);
	bench_run(b);
	assert_int_equal(tally(b->dir).rows[ST_ERROR], 0);
	bench_finish(b);
}

/* A lane runs where it is told to. */
static void chosen_cpu(void **state)
{
	struct bench *b;
	struct point pt;
	char text[512];
	cpu_set_t set;
	int first = 0, got;

	assert_int_equal(sched_getaffinity(0, sizeof(set), &set), 0);
	if (CPU_COUNT(&set) < 2)
		skip();
	while (!CPU_ISSET((size_t)first, &set))
		first++;
	snprintf(text, sizeof(text), TOP "  - {name: s, cpu: %d}\n", first);
	b = bench_sweep(*state, "cpu", text);
	plan_point(b->plan, 0, &pt);
	assert_int_equal(run_lane_cpus(b->run, &pt, &got, 1), 0);
	assert_int_equal(got, first);
	assert_int_equal(tally(b->dir).rows[ST_OK], 6);
	bench_finish(b);
}

/* Points that share everything but the tag: a target each, one link; looked up, not stored. */
static void setup_is_shared(void **state)
{
	struct bench *b = bench_new(*state, "shared");
	const struct setup *s;
	struct point pt;

	bench_open(b,
		   TOP "  - {name: s, qd: [1, 16], qps: [1, 8],\n"
		       "     cases: [{tph: none}, {tph: exporter, st: 0..200 +1, ph: 0}]}\n"
		       "order: {canary: 0}\n",
		   NULL);
	s = &b->run->station[0]->setup;
	assert_int_equal(s->n_links, 1);
	assert_int_equal(s->n_targets, 202);
	for (size_t i = 0; i < plan_points(b->plan); i++) {
		plan_point(b->plan, i, &pt);
		assert_non_null(setup_target(s, &pt));
		assert_ptr_equal(setup_link(s, &pt), &s->link[0]);
	}
	bench_finish(b);
}

/* The one deep queue pair does not make all wide ones deep. */
static void links_fit_their_loads(void **state)
{
	struct bench *b = bench_new(*state, "fit");
	const struct link_need *l;

	bench_open(b, TOP "  - {name: s, qd: 1024, qps: 1}\n  - {name: t, qd: 16, qps: 8}\n", NULL);
	l = &b->run->station[0]->need.link[0];
	assert_int_equal(b->run->station[0]->need.n_links, 1);
	assert_int_equal(l->qps, 8);
	assert_int_equal(l->wrs[0], 1024);
	for (int i = 1; i < 8; i++)
		assert_int_equal(l->wrs[i], 16);
	assert_int_equal(l->cqes, 1024);
	bench_finish(b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(amounts_beyond_the_device),
		cmocka_unit_test(missing_device_and_memory),
		cmocka_unit_test(memory_on_no_node),
		cmocka_unit_test(nothing_can_run),
		cmocka_unit_test(not_in_this_version),
		cmocka_unit_test(memory_without_tags),
		cmocka_unit_test(no_answer_from_null0),
		cmocka_unit_test(missing_cpus),
		cmocka_unit_test(chosen_cpu),
		cmocka_unit_test(copies_are_the_limit_of_software),
		cmocka_unit_test(setup_is_shared),
		cmocka_unit_test(links_fit_their_loads),
	};

	return cmocka_run_group_tests(tests, bench_tmp, bench_tmp_drop);
}
