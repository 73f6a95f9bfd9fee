// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Figures of the harness itself, for scripts/bench: one lane on a software device, without config,
 * plan and results around it; and the cost of planning.
 *
 *   figures lane SHAPE OPS   run a shape on null0; prints "messages,N,count" (counted by callgrind)
 *   figures memcpy           soft0 WRITE of 1 MiB against plain memcpy of the same buffers
 *   figures plan             1 000 000 raw points
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "base/cleanup.h"
#include "base/err.h"
#include "meas/window.h"
#include "nic/nic.h"
#include "ops/ops.h"
#include "plan/plan.h"
#include "run/setup.h"
#include "stats/stats.h"

enum { PAIRS = 15, MIB = 1 << 20, BUFFER = 16 * MIB };
#define WINDOW_NS 50000000ll
#define LONG_NS	  60000000000ll

struct shape {
	const char *name;
	const struct op *op;
	struct lane_shape load;
};

static const struct shape shapes[] = {
	{"single_signal1", &op_write_bw, {.size = 64, .qd = 128, .batch = 1, .signal_every = 1}},
	{"single_signal64", &op_write_bw, {.size = 64, .qd = 128, .batch = 1, .signal_every = 64}},
	{"list16", &op_write_bw, {.size = 64, .qd = 256, .batch = 16, .signal_every = 16}},
	{"latency", &op_read_lat, {.size = 64, .qd = 1, .batch = 1, .signal_every = 1}},
	{"memcpy", &op_write_bw, {.size = MIB, .qd = 16, .batch = 1, .signal_every = 1}},
};

static const struct shape *find_shape(const char *name)
{
	for (size_t i = 0; i < ARRAY_LEN(shapes); i++)
		if (!strcmp(shapes[i].name, name))
			return &shapes[i];
	return NULL;
}

static int die(const struct err *e)
{
	fprintf(stderr, "figures: %s\n", e->text);
	return 1;
}

/* A device, one setup on it, and a lane of @shape on that. */
struct stand {
	struct nic *nic;
	struct config_memory memory;
	struct config config;
	struct setup setup;
	struct lane lane;
	bool used;
};

static int stand_open(struct stand *s, const char *device, const struct shape *shape, struct err *e)
{
	struct point pt = {0};
	struct setup_need need = {
		.qps = 1,
		.send_wrs = shape->load.qd,
		.cqes = shape->load.qd,
		.source = &s->used,
		.target = &s->used,
	};
	struct lane_bed bed;
	int rc;

	s->used = true;
	s->memory = (struct config_memory){.name = "host", .length = BUFFER, .numa = CONFIG_NUMA_ANY};
	s->config = (struct config){.memory = &s->memory, .n_memory = 1};
	pt.v[AX_QPS] = 1;
	rc = nic_open(device, 1, -1, &s->nic, e);
	if (!rc)
		rc = setup_open(s->nic, &s->config, &need, &sys_real, &s->setup, e);
	if (rc)
		return rc;
	bed = setup_bed(&s->setup, &pt);
	return lane_open(&s->lane, &bed, &shape->load, shape->op, false, e);
}

static void stand_close(struct stand *s)
{
	lane_close(&s->lane);
	setup_close(&s->setup);
	nic_close(s->nic);
}

static int run_lane(const char *name, const char *messages)
{
	const struct shape *shape = find_shape(name);
	struct window_rule rule = {
		.window_done = strtoull(messages, NULL, 10),
		.window_max_ns = INT64_MAX,
		.timeout_ns = LONG_NS,
		.cpu = window_cpu(),
	};
	struct stand s = {0};
	struct hist hist;
	struct window w;
	struct err e = {0};

	if (!shape || !rule.window_done) {
		fputs("figures: lane single_signal1|single_signal64|list16|latency OPS\n", stderr);
		return 2;
	}
	if (stand_open(&s, "null0", shape, &e) || window_run(&s.lane, shape->op, &rule, &hist, &w, &e) ||
	    w.end != WINDOW_OK)
		return die(&e);
	printf("messages,%llu,count\n", (unsigned long long)atomic_load(&s.lane.done));
	stand_close(&s);
	return 0;
}

/* Bytes per nanosecond of memcpy over the slots that the lane writes, in its order. */
static double memcpy_rate(const struct stand *s)
{
	const struct pattern_slots *slots = &s->lane.qp[0].slots;
	const char *from = s->setup.source_buf[0].va;
	char *to = (char *)(uintptr_t)s->setup.target[0].addr;
	int64_t t0 = clock_raw_ns(), t1;
	uint64_t n = 0;

	do {
		uint64_t at = n++ % slots->count * slots->stride;

		memcpy(to + at, from + at, slots->size);
		t1 = clock_raw_ns();
	} while (t1 - t0 < WINDOW_NS);
	return (double)(n * slots->size) / (double)(t1 - t0);
}

static int run_memcpy(void)
{
	struct window_rule rule = {
		.warm_min_ns = 5000000,
		.warm_max_ns = 20000000,
		.window_ns = WINDOW_NS,
		.window_done = 100,
		.window_max_ns = LONG_NS,
		.timeout_ns = LONG_NS,
		.cpu = window_cpu(),
	};
	double ratio[PAIRS], gbyte[PAIRS];
	struct stand s = {0};
	struct window w;
	struct err e = {0};

	if (stand_open(&s, "soft0", find_shape("memcpy"), &e))
		return die(&e);
	for (int i = 0; i < PAIRS; i++) {
		if (window_run(&s.lane, &op_write_bw, &rule, NULL, &w, &e) || w.end != WINDOW_OK)
			return die(&e);
		gbyte[i] = (double)w.ops * MIB / (double)w.window_ns;
		ratio[i] = gbyte[i] / memcpy_rate(&s);
	}
	printf("soft0_write_1m,%.3g,GB/s\n", stats_median_ci(gbyte, PAIRS).median);
	printf("soft0_over_memcpy,%.4g,ratio\n", stats_median_ci(ratio, PAIRS).median);
	stand_close(&s);
	return 0;
}

static int run_plan(void)
{
	static const char text[] =
		"version: 1\n"
		"nics: {n: {device: soft0}}\n"
		"budget: {points: 1000000}\n"
		"sweeps:\n"
		"  - {name: big, nic: n, op: write, target: host, size: 1..1000 +1, qd: 1..1000}\n";
	struct diags *d = diags_open("plan", text, sizeof(text) - 1);
	int64_t t0 = clock_raw_ns();
	struct config *c = NULL;
	struct plan *p = NULL;
	struct rusage usage;

	if (config_load("plan", text, sizeof(text) - 1, NULL, 0, d, &c) || plan_build(c, d, &p)) {
		diags_print(d, stderr);
		return 1;
	}
	printf("plan_points,%zu,count\n", plan_points(p));
	printf("plan_time,%.3g,s\n", (double)(clock_raw_ns() - t0) / 1e9);
	getrusage(RUSAGE_SELF, &usage);
	printf("plan_rss,%.3g,MB\n", (double)usage.ru_maxrss * 1024 / 1e6);
	plan_free(p);
	config_free(c);
	diags_close(d);
	return 0;
}

int main(int argc, char **argv)
{
	if (argc == 4 && !strcmp(argv[1], "lane"))
		return run_lane(argv[2], argv[3]);
	if (argc == 2 && !strcmp(argv[1], "memcpy"))
		return run_memcpy();
	if (argc == 2 && !strcmp(argv[1], "plan"))
		return run_plan();
	fputs("usage: figures lane SHAPE OPS | memcpy | plan\n", stderr);
	return 2;
}
