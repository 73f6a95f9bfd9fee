// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Figures of the harness itself, for scripts/bench: lanes on a device, without config, plan and results
 * around them; and the cost of planning.
 *
 *   figures lane SHAPE OPS [LANES [DEVICE]]  run a shape; prints "messages,N,count" (counted by callgrind)
 *   figures memcpy                           soft0 WRITE of 1 MiB against plain memcpy of the same buffers
 *   figures plan                             1 000 000 raw points
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "base/cleanup.h"
#include "base/err.h"
#include "config/load.h"
#include "ops/ops.h"
#include "plan/plan.h"
#include "soft/lane_rig.h"
#include "stats/stats.h"

enum { PAIRS = 15, MIB = 1 << 20, BUFFER = 16 * MIB };
#define WINDOW_NS 50000000ll
#define LONG_NS	  60000000000ll

struct shape {
	const char *name;
	const struct op *op;
	struct lane_shape load;
};

#define SHAPE(bytes, depth, list, every, ...)                                                                \
	{                                                                                                    \
		.size = bytes, .qd = depth, .batch = list, .signal_every = every, .pattern = PATTERN_SEQ,    \
		.offset = -1, __VA_ARGS__                                                                    \
	}

static const struct shape shapes[] = {
	{"single_signal1", &op_write_bw, SHAPE(64, 128, 1, 1, )},
	{"single_signal64", &op_write_bw, SHAPE(64, 128, 1, 64, )},
	{"list16", &op_write_bw, SHAPE(64, 256, 16, 16, )},
	{"list16_walk", &op_write_bw, SHAPE(64, 256, 16, 16, .footprint = BUFFER)},
	{"list16_wr", &op_write_bw, SHAPE(64, 256, 16, 16, .wr_api = true)},
	{"read", &op_read_bw, SHAPE(64, 128, 1, 64, )},
	{"fetch_add", &op_fetch_add_bw, SHAPE(8, 128, 1, 64, )},
	{"cmp_swap", &op_cmp_swap_bw, SHAPE(8, 128, 1, 64, )},
	{"latency", &op_read_lat, SHAPE(64, 1, 1, 1, )},
	{"write_fence", &op_write_fence_lat, SHAPE(64, 1, 1, 1, )},
	{"write_cqe", &op_write_cqe_lat, SHAPE(64, 1, 1, 1, )},
	{"fetch_add_lat", &op_fetch_add_lat, SHAPE(8, 1, 1, 1, )},
	{"cmp_swap_lat", &op_cmp_swap_lat, SHAPE(8, 1, 1, 1, )},
	{"memcpy", &op_write_bw, SHAPE(MIB, 16, 1, 1, )},
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

static int open_rig(struct lane_rig *r, const char *device, const struct shape *shape, uint32_t lanes,
		    struct err *e)
{
	return lane_rig_open(r,
			     &(struct rig_spec){.device = device,
						.op = shape->op,
						.shape = shape->load,
						.qps = lanes,
						.lanes = lanes,
						.bytes = BUFFER,
						.ticks = true},
			     e);
}

/* Run @shape for @count messages on each of @lanes lanes. Return: exit status. */
static int run_lanes(const struct shape *shape, uint64_t count, uint32_t lanes, const char *device)
{
	static struct lane_rig r;
	static struct hist hist;
	struct window_rule rule = {
		.window_done = count * lanes,
		.window_max_ns = INT64_MAX,
		.timeout_ns = LONG_NS,
		.cpu = r.cpu,
	};
	uint64_t messages = 0;
	struct window w;
	struct err e = {0};

	if (open_rig(&r, device, shape, lanes, &e) ||
	    window_run(r.lane, lanes, shape->op, &rule, &hist, NULL, &w, &e))
		return die(&e);
	if (w.end != WINDOW_OK) {
		fprintf(stderr, "figures: %s ended with %d\n", shape->name, w.end);
		return 1;
	}
	for (uint32_t i = 0; i < lanes; i++)
		messages += atomic_load(&r.lane[i].done);
	printf("messages,%llu,count\n", (unsigned long long)messages);
	lane_rig_close(&r);
	return 0;
}

static int run_lane(int argc, char **argv)
{
	const struct shape *shape = find_shape(argv[2]);
	uint64_t count = strtoull(argv[3], NULL, 10);
	unsigned long lanes = argc > 4 ? strtoul(argv[4], NULL, 10) : 1;

	if (!shape || !count || lanes < 1 || lanes > RIG_LANES) {
		fputs("figures: lane SHAPE OPS [1..8 [DEVICE]]; shapes:", stderr);
		for (size_t i = 0; i < ARRAY_LEN(shapes); i++)
			fprintf(stderr, " %s", shapes[i].name);
		fputs("\n", stderr);
		return 2;
	}
	return run_lanes(shape, count, (uint32_t)lanes, argc > 5 ? argv[5] : "null0");
}

/* Bytes per nanosecond of memcpy over the slots that the lane writes, in its order. */
static double memcpy_rate(const struct lane_rig *r)
{
	const struct slots slots = lane_rig_trace(r, 0).slots;
	const char *from = r->source.va;
	char *to = (char *)lane_rig_target(r);
	int64_t t0 = clock_raw_ns(), t1;
	uint64_t n = 0;

	do {
		uint64_t at = slots_offset(&slots, n++);

		memcpy(to + at, from + at, slots.size);
		t1 = clock_raw_ns();
	} while (t1 - t0 < WINDOW_NS);
	return (double)(n * slots.size) / (double)(t1 - t0);
}

static int run_memcpy(void)
{
	static struct lane_rig r;
	struct window_rule rule = {
		.warm_min_ns = 5000000,
		.warm_max_ns = 20000000,
		.window_ns = WINDOW_NS,
		.window_done = 100,
		.window_max_ns = LONG_NS,
		.timeout_ns = LONG_NS,
		.cpu = r.cpu,
	};
	double ratio[PAIRS], gbyte[PAIRS];
	struct window w;
	struct err e = {0};

	if (open_rig(&r, "soft0", find_shape("memcpy"), 1, &e))
		return die(&e);
	for (int i = 0; i < PAIRS; i++) {
		if (window_run(r.lane, 1, &op_write_bw, &rule, NULL, NULL, &w, &e) || w.end != WINDOW_OK)
			return die(&e);
		gbyte[i] = (double)w.ops * MIB / (double)w.window_ns;
		ratio[i] = gbyte[i] / memcpy_rate(&r);
	}
	printf("soft0_write_1m,%.3g,GB/s\n", stats_median_ci(gbyte, PAIRS).median);
	printf("soft0_over_memcpy,%.4g,ratio\n", stats_median_ci(ratio, PAIRS).median);
	lane_rig_close(&r);
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
	if (argc >= 4 && argc <= 6 && !strcmp(argv[1], "lane"))
		return run_lane(argc, argv);
	if (argc == 2 && !strcmp(argv[1], "memcpy"))
		return run_memcpy();
	if (argc == 2 && !strcmp(argv[1], "plan"))
		return run_plan();
	fputs("usage: figures lane SHAPE OPS [LANES [DEVICE]] | memcpy | plan\n", stderr);
	return 2;
}
