// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Text to values: the axis grammar, precedence and origin, flags, defaults, printing and back. */
#include "config/config.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/cleanup.h"

#define HEAD	    "version: 1\nnics: {n: {device: soft0}}\nmemory: {m: {kind: memfd, length: 2G}}\n"
#define SWEEP_OPEN  HEAD "sweeps:\n  - {name: s, nic: n, op: write, target: m, "
#define SWEEP(body) HEAD "sweeps:\n  - {name: s, nic: n, op: write, target: m, " body "}\n"

static struct config *load_with(const char *text, const struct config_override *over, size_t n_over)
{
	struct diags *d = diags_open("t.yaml", text, text ? strlen(text) : 0);
	struct config *c = NULL;
	int rc = config_load("t.yaml", text, text ? strlen(text) : 0, over, n_over, d, &c);

	if (rc)
		diags_print(d, stdout);
	assert_int_equal(rc, 0);
	diags_close(d);
	return c;
}

static struct config *load_text(const char *text)
{
	return load_with(text, NULL, 0);
}

static void fails_with(const char *text, const struct config_override *over, size_t n_over, const char *part)
{
	struct diags *d = diags_open("t.yaml", text, text ? strlen(text) : 0);
	struct config *c = NULL;
	char *got = NULL;
	size_t len;
	FILE *f = open_memstream(&got, &len);

	assert_int_equal(config_load("t.yaml", text, text ? strlen(text) : 0, over, n_over, d, &c), -EINVAL);
	diags_print(d, f);
	fclose(f);
	if (!strstr(got, part))
		fail_msg("no '%s' in:\n%s", part, got);
	free(got);
	diags_close(d);
}

static const struct {
	const char *size; /* as written */
	const char *values;
} grammar[] = {
	{"64", "64"},
	{"64..1K", "64 128 256 512 1024"},
	{"64..1M x4", "64 256 1024 4096 16384 65536 262144 1048576"},
	{"0x10..0x40 +0x10", "16 32 48 64"},
	{"[64..256 x2, 3K]", "64 128 256 3072"},
	{"[[1, 2], [3, [4]]]", "1 2 3 4"},
	{"[8, 8..32, 8]", "8 16 32"},
	{"1..10 x3", "1 3 9"},
	{"7..7", "7"},
	{"1..4  +1", "1 2 3 4"},
	{"[1K, 2K, 1024]", "1024 2048"},
	{"'64'", "64"},
};

static void axis_grammar(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(grammar); i++) {
		char text[512], got[256] = "", buf[32];
		struct config *c;

		snprintf(text, sizeof(text), SWEEP("size: %s"), grammar[i].size);
		c = load_text(text);
		for (size_t v = 0; v < c->sweeps[0].ax[AX_SIZE].n; v++)
			snprintf(got + strlen(got), sizeof(got) - strlen(got), "%s%s", v ? " " : "",
				 config_value_csv(c, AX_SIZE, c->sweeps[0].ax[AX_SIZE].val[v].v, buf));
		assert_string_equal(got, grammar[i].values);
		config_free(c);
	}
}

static void integer_ranges_go_up_by_one(void **state)
{
	struct config *c = load_text(SWEEP("size: 64, qps: 1..5"));

	(void)state;
	assert_int_equal(c->sweeps[0].ax[AX_QPS].n, 5);
	assert_int_equal(c->sweeps[0].ax[AX_QPS].val[4].v, 5);
	config_free(c);
}

static void fills_in_defaults(void **state)
{
	struct config *c = load_text(SWEEP("size: 64"));
	const struct config_sweep *s = &c->sweeps[0];

	(void)state;
	assert_string_equal(c->name, "p2pbench");
	assert_string_equal(c->output_dir, "results/{name}-{time}");
	assert_int_equal(c->budget_points, 5000);
	assert_int_equal(s->ax[AX_MEASURE].val[0].v, MEASURE_BW);
	assert_int_equal(s->ax[AX_TPH].val[0].v, TPH_NONE);
	assert_string_equal(c->memory[s->ax[AX_SOURCE].val[0].v].name, "host");
	assert_int_equal(s->ax[AX_QD].n, 0);
	assert_int_equal(s->ax[AX_MTU].n, 0);
	assert_int_equal(s->ax[AX_QPS].mark.line, 0);
	assert_null(s->ax[AX_QPS].mark.flag);
	assert_int_equal(s->set.rounds_min, 12);
	assert_int_equal(s->set.rounds_max, 12);
	assert_int_equal(s->set.window_ns, 30000000);
	assert_int_equal(s->set.verify, VERIFY_SAMPLE);
	assert_int_equal(c->nics[0].port, 1);
	assert_int_equal(c->nics[0].gid_index, -1);
	config_free(c);
}

static void inherits_nearest_first(void **state)
{
	struct config *c = load_text(HEAD "defaults: {nic: n, target: m, op: read, qd: 8, qps: 3}\n"
					  "sweeps:\n"
					  "  - {name: a, size: 64, qd: 16, include: [{size: 1, op: write}]}\n"
					  "  - {name: b, extends: a, size: 128}\n");
	const struct config_sweep *b = &c->sweeps[1];

	(void)state;
	assert_int_equal(b->ax[AX_SIZE].val[0].v, 128);
	assert_int_equal(b->ax[AX_QD].val[0].v, 16);
	assert_int_equal(b->ax[AX_QPS].val[0].v, 3);
	assert_int_equal(b->ax[AX_OP].val[0].v, OP_READ);
	assert_int_equal(c->sweeps[0].n_include, 1);
	assert_int_equal(b->n_include, 0);
	config_free(c);
}

/* Cases beat axis values from farther away, and only those. */
static void cases_beat_defaults(void **state)
{
	struct config *c =
		load_text(HEAD "defaults: {nic: n, target: m, op: read, tph: dmah, size: 64}\n"
			       "sweeps: [{name: a, cases: [{tph: exporter, st: [1, 2]}, {tph: none}]}]\n");

	(void)state;
	assert_int_equal(c->sweeps[0].ax[AX_TPH].n, 0);
	assert_int_equal(c->sweeps[0].cases[0].ax[AX_ST].n, 2);
	config_free(c);
}

static void overrides_in_order(void **state)
{
	static const struct config_override over[] = {
		{.path = "sweeps.b.qps", .text = "7", .flag = "--set sweeps.b.qps"},
		{.path = "size", .text = "64,1K..4K", .flag = "--size"},
		{.path = "window", .text = "5ms", .flag = "--window"},
		{.path = "output.dir", .text = "/tmp/a,b", .flag = "--set output.dir"},
		{.path = "memory.m.length", .text = "4M", .flag = "--set memory.m.length"},
		{.path = "tags.board", .text = "revB", .flag = "--set tags.board"},
		{.path = "window", .text = "6ms", .flag = "-D"},
	};
	struct config *c = load_with(HEAD "sweeps:\n"
					  "  - {name: a, nic: n, op: write, target: m, size: 1}\n"
					  "  - {name: b, nic: n, op: write, target: m, size: 2}\n",
				     over, ARRAY_LEN(over));

	(void)state;
	for (int i = 0; i < 2; i++) {
		assert_int_equal(c->sweeps[i].ax[AX_SIZE].n, 4);
		assert_string_equal(c->sweeps[i].ax[AX_SIZE].mark.flag, "--size");
		assert_int_equal(c->sweeps[i].set.window_ns, 6000000);
	}
	assert_int_equal(c->sweeps[0].ax[AX_QPS].val[0].v, 1);
	assert_int_equal(c->sweeps[1].ax[AX_QPS].val[0].v, 7);
	assert_string_equal(c->output_dir, "/tmp/a,b");
	assert_int_equal(c->memory[0].length, 4 << 20);
	assert_string_equal(c->tags[0].value, "revB");
	config_free(c);
}

static void flags_alone_make_a_sweep(void **state)
{
	static const struct config_override over[] = {
		{.path = "nic", .text = "soft0", .flag = "-d"},
		{.path = "op", .text = "write,read", .flag = "--op"},
	};
	struct config *c = load_with(NULL, over, ARRAY_LEN(over));

	(void)state;
	assert_string_equal(c->sweeps[0].name, "cli");
	assert_string_equal(c->nics[0].device, "soft0");
	assert_string_equal(c->nics[0].mark.flag, "-d");
	assert_int_equal(c->sweeps[0].ax[AX_OP].n, 2);
	assert_int_equal(c->sweeps[0].ax[AX_SIZE].val[0].v, 65536);
	assert_string_equal(c->memory[c->sweeps[0].ax[AX_TARGET].val[0].v].name, "host");
	config_free(c);
}

static const struct {
	struct config_override over;
	const char *message;
} bad_flags[] = {
	{{.path = "qpz", .text = "1", .flag = "--set qpz"},
	 "--set qpz: error: unknown key 'qpz' in a sweep; did you mean 'qps'?"},
	{{.path = "sweeps.x.qps", .text = "1", .flag = "--set sweeps.x.qps"},
	 "--set sweeps.x.qps: error: the config has no sweep 'x'"},
	{{.path = "qps", .text = "many", .flag = "--qps"}, "--qps: error: qps: 'many' is not a whole number"},
	{{.path = "qps", .text = "", .flag = "--qps"}, "--qps: error: 'qps' has no value"},
	{{.path = "qps", .text = "[1, 2", .flag = "--qps"}, "--qps: error: a list is not closed"},
	{{.path = "op", .text = "*x,read", .flag = "--op"}, "--op: error: aliases"},
	{{.path = "size", .text = "1,\xff", .flag = "-s"}, "-s: error: this is not UTF-8"},
	{{.path = "output.dri", .text = "x", .flag = "--set output.dri"},
	 "--set output.dri: error: unknown key 'dri' in output; did you mean 'dir'?"},
	{{.path = "memory.m.bar", .text = "1", .flag = "--set memory.m.bar"},
	 "error: memory 'm': key 'bar' does not belong to kind memfd"},
	{{.path = "version.x", .text = "1", .flag = "--set version.x"},
	 "error: 'version' is no map in this config"},
	{{.path = "", .text = "1", .flag = "--set "}, "error: unknown key '' in a sweep"},
	{{.path = "target", .text = "hots", .flag = "--target"},
	 "--target: error: unknown target 'hots'; did you mean 'host'?"},
};

static void bad_flags_name_the_flag(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(bad_flags); i++)
		fails_with(SWEEP("size: 64"), &bad_flags[i].over, 1, bad_flags[i].message);
}

static void reads_memory(void **state)
{
	struct config *c = load_text(SWEEP("size: 64"));
	struct config *v = load_text("version: 1\nnics: {n: {device: mlx5_0, port: 2, gid_index: 3}}\n"
				     "memory:\n"
				     "  a: {kind: vfio, device: pci/0000:41:00.0, bar: 2,\n"
				     "      ranges: [{offset: 0, length: 1M}, {offset: 4M, length: 2M}]}\n"
				     "  h: {kind: host, numa: far, pages: 2M, length: 4M}\n"
				     "  d: {kind: dma_heap}\n"
				     "sweeps: [{name: s, nic: n, op: write, target: a, size: 64}]\n");

	(void)state;
	assert_int_equal(c->n_memory, 2);
	assert_string_equal(c->memory[1].name, "host");
	assert_int_equal(c->memory[1].length, 16 << 20);
	assert_int_equal(c->memory[1].numa, CONFIG_NUMA_ANY);
	assert_int_equal(v->memory[0].length, 3 << 20);
	assert_int_equal(v->memory[0].n_ranges, 2);
	assert_int_equal(v->memory[0].ranges[1].offset, 4 << 20);
	assert_int_equal(v->memory[0].bar, 2);
	assert_int_equal(v->memory[1].numa, PLACE_FAR);
	assert_int_equal(v->memory[1].pages, 2 << 20);
	assert_string_equal(v->memory[2].heap, "system");
	assert_int_equal(v->nics[0].port, 2);
	assert_int_equal(v->nics[0].gid_index, 3);
	config_free(c);
	config_free(v);
}

static void reads_what_a_kind_has(void **state)
{
	struct config *c = load_text(
		"version: 1\nnics: {n: {device: soft0}}\n"
		"memory:\n"
		"  a: {kind: vfio, device: pci/0000:41:00.0, bar: 2, length: 2M, access: group,\n"
		"      init: [{offset: 0x10, bytes: 8, value: 0xffffffff}, {bar: 4, offset: 4, value: 1}],\n"
		"      tph_feature: {index: 14, layout: v6, force: true}}\n"
		"  b: {kind: vfio, device: pci/0000:42:00.0, bar: 0, length: 4K}\n"
		"  s: {kind: fd, socket: run/donor.sock, exporter: vfio_pci_core, offset: 64K}\n"
		"  i: {kind: fd, fd: 3}\n"
		"  h: {kind: host, pages: thp}\n"
		"sweeps: [{name: s, nic: n, op: write, target: a, size: 64, fallback: bounce,\n"
		"          revoke: memory_off, prefer: [bounce, main]}]\n");
	const struct config_memory *m = c->memory;

	(void)state;
	assert_int_equal(m[0].access, ACCESS_GROUP);
	assert_int_equal(m[0].n_init, 2);
	assert_memory_equal(&m[0].init[0], &((struct config_init){2, 0x10, 8, 0xffffffff}),
			    sizeof(struct config_init));
	assert_memory_equal(&m[0].init[1], &((struct config_init){4, 4, 4, 1}), sizeof(struct config_init));
	assert_int_equal(m[0].tph.index, 14);
	assert_true(m[0].tph.force);
	assert_int_equal(m[1].access, ACCESS_AUTO);
	assert_int_equal(m[1].n_init, 0);
	assert_int_equal(m[1].tph.index, -1);
	assert_string_equal(m[2].socket, "run/donor.sock");
	assert_string_equal(m[2].exporter, "vfio_pci_core");
	assert_int_equal(m[2].fd, -1);
	assert_int_equal(m[2].offset, 64 << 10);
	assert_int_equal(m[3].fd, 3);
	assert_null(m[3].socket);
	assert_int_equal(m[4].pages, CONFIG_PAGES_THP);
	assert_int_equal(c->sweeps[0].set.fallback, FALLBACK_BOUNCE);
	assert_string_equal(keys_find("revoke", SCOPE_SWEEP)->words[c->sweeps[0].set.revoke], "memory_off");
	assert_int_equal(c->sweeps[0].set.prefer, (1 + INTERCONNECT_BOUNCE) | (1 + INTERCONNECT_MAIN) << 4);
	config_free(c);
}

/* A flag's list needs no brackets, for axes and for `prefer`; what is left out is nothing. */
static void prefer_is_a_list(void **state)
{
	const struct config_override over = {
		.path = "prefer", .text = "data_direct,main", .flag = "--prefer"};
	struct config *plain = load_text(SWEEP("size: 64"));
	struct config *c = load_with(SWEEP("size: 64"), &over, 1);

	(void)state;
	assert_int_equal(plain->sweeps[0].set.prefer, 0);
	assert_int_equal(plain->sweeps[0].set.fallback, FALLBACK_NONE);
	assert_int_equal(c->sweeps[0].set.prefer, (1 + INTERCONNECT_DATA_DIRECT) | (1 + INTERCONNECT_MAIN)
											   << 4);
	config_free(plain);
	config_free(c);
}

static void notes_are_ignored_everywhere(void **state)
{
	struct config *c = load_text(HEAD "x-top: {any: [1, {2: 3}]}\n"
					  "sweeps: [{name: s, nic: n, op: write, target: m, size: 64,\n"
					  "          x-why: because, cases: [{qps: 1, x-a: b}]}]\n");

	(void)state;
	assert_int_equal(c->sweeps[0].n_cases, 1);
	config_free(c);
}

static char *print(const struct config *c, bool origins)
{
	char *text = NULL;
	size_t len;
	FILE *f = open_memstream(&text, &len);

	assert_non_null(f);
	config_print(c, f, origins);
	fclose(f);
	return text;
}

static void reads_back_the_same(const char *text, const struct config_override *over, size_t n_over)
{
	struct config *first = load_with(text, over, n_over), *second;
	char *printed = print(first, true), *a = print(first, false), *b;

	second = load_text(printed);
	b = print(second, false);
	assert_string_equal(a, b);
	free(printed);
	config_free(first);
	config_free(second);
	free(a);
	free(b);
}

static const char sample[] =
	"version: 1\n"
	"name: p2p-tph\n"
	"tags: {ticket: 'NIC-1234: it''s, # late', empty: ' '}\n"
	"nics:\n"
	"  nic0: {device: mlx5_0, port: 1}             # or soft0, rxe0\n"
	"memory:\n"
	"  accel: {kind: vfio, device: pci/0000:41:00.0, bar: 2, ranges: [{offset: 0, length: 16M}]}\n"
	"  host:  {kind: host, numa: near, pages: 2M, length: 16M}      # near = near the NIC\n"
	"defaults: {nic: nic0, qd: 64, rounds: 12..60, window: 30ms, verify: sample}\n"
	"sweeps:\n"
	"  - name: bandwidth\n"
	"    measure: bw\n"
	"    op: [write, read]\n"
	"    target: [accel, host]\n"
	"    interconnect: [main, bounce]\n"
	"    size: 64..1M x4\n"
	"    qps: [1, 4]\n"
	"    cases:\n"
	"      - {tph: none}\n"
	"      - {tph: exporter, st: 0x10..0xf0 +0x10, ph: [0, 2]}      # 15 x 2 tags\n"
	"    exclude: [{op: read, size: ..1K, not: {target: [accel]}}]\n"
	"    include: [{op: read, target: accel, qps: 2, size: 4}]\n"
	"  - name: latency\n"
	"    extends: bandwidth\n"
	"    measure: lat\n"
	"    op: [read, write_fence]\n"
	"    size: [8, 64, 4K]\n"
	"    qps: 1\n"
	"    qd: 1\n"
	"expect:\n"
	"  - {when: {target: accel, interconnect: main, size: 64K..}, metric: bw, min: 80%, of: limit}\n"
	"budget: {time: 30m, points: 5000, when_over: stop}\n"
	"output: {dir: \"results/{name}-{time}\"}\n";

static void print_loads_back(void **state)
{
	static const struct config_override over[] = {
		{.path = "nic", .text = "mlx5_7", .flag = "-d"},
		{.path = "op", .text = "write,read", .flag = "--op"},
		{.path = "tags.note", .text = "-a: 'b'", .flag = "--set tags.note"},
		{.path = "peer", .text = "[::1]:7471", .flag = "--peer"},
	};
	struct config *c = load_with(sample, over, ARRAY_LEN(over));

	(void)state;
	assert_string_equal(c->peer.place, "[::1]:7471");
	config_free(c);
	reads_back_the_same(sample, NULL, 0);
	reads_back_the_same(sample, over, ARRAY_LEN(over));
	reads_back_the_same(config_builtin, NULL, 0);
	reads_back_the_same(NULL, over, ARRAY_LEN(over));
}

static void print_tells_the_origin(void **state)
{
	static const struct config_override over[] = {{.path = "size", .text = "1K", .flag = "--size"}};
	struct config *c = load_with(SWEEP("size: 64"), over, 1);
	char *text = print(c, true);

	(void)state;
	assert_non_null(
		strstr(text, "    op: write                                            # t.yaml:5\n"));
	assert_non_null(strstr(text, "    size: 1K                                             # --size\n"));
	assert_non_null(strstr(text, "    qps: 1                                               # default\n"));
	free(text);
	config_free(c);
}

static void ships_what_it_embeds(void **state)
{
	CLEANUP_FILE FILE *f = fopen(CONFIGS_DIR "/quickstart.yaml", "r");
	char text[16384];
	size_t len;

	(void)state;
	assert_non_null(f);
	len = fread(text, 1, sizeof(text) - 1, f);
	text[len] = '\0';
	assert_string_equal(text, config_builtin);
}

static void shows_values(void **state)
{
	struct config *c = load_text(SWEEP("size: 64K, variant: fw-1.2, cpu: [near, far, 3]"));
	char buf[32];

	(void)state;
	assert_string_equal(config_value_text(c, AX_SIZE, 65536, buf), "64K");
	assert_string_equal(config_value_csv(c, AX_SIZE, 65536, buf), "65536");
	assert_string_equal(config_value_csv(c, AX_ST, AXIS_EMPTY, buf), "");
	assert_string_equal(config_value_csv(c, AX_TARGET, 0, buf), "m");
	assert_string_equal(config_value_csv(c, AX_NIC, 0, buf), "n");
	assert_string_equal(config_value_csv(c, AX_VARIANT, 0, buf), "fw-1.2");
	assert_string_equal(config_value_csv(c, AX_CPU, PLACE_FAR, buf), "far");
	assert_string_equal(config_value_csv(c, AX_CPU, 3, buf), "3");
	assert_string_equal(config_value_csv(c, AX_OP, OP_WRITE_FENCE, buf), "write_fence");
	assert_string_equal(config_value_csv(c, AX_RATE, INT64_MAX, buf), "9223372036854775807");
	config_free(c);
}

/* Each sweep copies ten thousand values: small text, huge config. */
static void a_bomb_of_sweeps_is_refused(void **state)
{
	char *text = NULL;
	size_t len;
	FILE *f = open_memstream(&text, &len);

	(void)state;
	fputs(HEAD "defaults: {nic: n, op: write, target: m, size: 1..10000 +1, qd: 1..10000, rate: 1..10000 "
		   "+1}\nsweeps:\n",
	      f);
	for (int i = 0; i < 900; i++)
		fprintf(f, "- {name: s%d}\n", i);
	fclose(f);
	fails_with(text, NULL, 0, "expands to more than 256 MiB");
	free(text);
}

static void too_large_a_text_is_refused(void **state)
{
	enum { LEN = (1 << 20) + 1 };
	char *text = malloc(LEN + 1);

	(void)state;
	assert_non_null(text);
	memset(text, '#', LEN);
	text[LEN] = '\0';
	fails_with(text, NULL, 0, "t.yaml: error: the text is larger than 1 MiB");
	free(text);
}

/* Each list may have a thousand entries and no more. */
static void lists_have_a_limit(void **state)
{
	static const struct {
		const char *open, *entry, *close, *what;
	} lists[] = {
		{SWEEP_OPEN "size: 64, exclude: [", "{st: 1}", "]}\n", "exclude"},
		{SWEEP_OPEN "size: 64, include: [", "{size: 1}", "]}\n", "include"},
		{SWEEP_OPEN "size: 64, cases: [", "{qps: 1}", "]}\n", "cases"},
		{SWEEP_OPEN "size: 64}\nexpect: [", "{metric: bw, min: 1Gb/s}", "]\n", "expect"},
		{HEAD "defaults: {nic: n, op: write, target: m, size: 64}\nsweeps: [", "{name: s%d}", "]\n",
		 "sweeps"},
		{SWEEP_OPEN "size: 64}\ntags: {", "t%d: a", "}\n", "tags"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(lists); i++) {
		for (int n = 1000; n <= 1001; n++) {
			char *text = NULL, message[64];
			size_t len;
			FILE *f = open_memstream(&text, &len);

			fputs(lists[i].open, f);
			for (int j = 0; j < n; j++) {
				const char *number = strstr(lists[i].entry, "%d");
				int head =
					number ? (int)(number - lists[i].entry) : (int)strlen(lists[i].entry);

				fprintf(f, "%s%.*s", j ? ", " : "", head, lists[i].entry);
				if (number)
					fprintf(f, "%d%s", j, number + 2);
			}
			fputs(lists[i].close, f);
			fclose(f);
			snprintf(message, sizeof(message), "%s has more than 1000 entries", lists[i].what);
			if (n == 1000)
				config_free(load_text(text));
			else
				fails_with(text, NULL, 0, message);
			free(text);
		}
	}
}

static void rules_are_sorted_and_merged(void **state)
{
	struct config *c = load_text(SWEEP("size: 64, exclude: [{size: [4K..8K, 64, 6K..1M, 1..2, 2..3]}]"));
	const struct config_match_axis *a = &c->sweeps[0].exclude[0].ax[AX_SIZE];

	(void)state;
	assert_int_equal(a->n, 3);
	assert_int_equal(a->item[0].lo, 1);
	assert_int_equal(a->item[0].hi, 3);
	assert_int_equal(a->item[1].lo, 64);
	assert_int_equal(a->item[2].lo, 4096);
	assert_int_equal(a->item[2].hi, 1 << 20);
	config_free(c);
}

static void names_may_start_like_notes(void **state)
{
	struct config *c = load_text("version: 1\nnics: {x-n: {device: soft0, x-why: dropped}}\n"
				     "memory: {x-m: {kind: memfd}}\ntags: {x-t: kept}\n"
				     "sweeps: [{name: s, nic: x-n, op: read, target: x-m, size: 64}]\n");

	(void)state;
	assert_string_equal(c->nics[0].name, "x-n");
	assert_string_equal(c->memory[0].name, "x-m");
	assert_string_equal(c->tags[0].key, "x-t");
	config_free(c);
}

/* A file's name is whatever its owner chose. */
static void print_keeps_names_in_their_comment(void **state)
{
	static const char text[] = SWEEP("size: 64");
	struct diags *d = diags_open("t", text, sizeof(text) - 1);
	struct config *c = NULL;
	char *printed;

	(void)state;
	assert_int_equal(config_load("a\nname: evil", text, sizeof(text) - 1, NULL, 0, d, &c), 0);
	printed = print(c, true);
	assert_null(strstr(printed, "\nname: evil"));
	free(printed);
	config_free(c);
	diags_close(d);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lists_have_a_limit),
		cmocka_unit_test(rules_are_sorted_and_merged),
		cmocka_unit_test(names_may_start_like_notes),
		cmocka_unit_test(print_keeps_names_in_their_comment),
		cmocka_unit_test(axis_grammar),
		cmocka_unit_test(integer_ranges_go_up_by_one),
		cmocka_unit_test(fills_in_defaults),
		cmocka_unit_test(inherits_nearest_first),
		cmocka_unit_test(cases_beat_defaults),
		cmocka_unit_test(overrides_in_order),
		cmocka_unit_test(flags_alone_make_a_sweep),
		cmocka_unit_test(bad_flags_name_the_flag),
		cmocka_unit_test(reads_memory),
		cmocka_unit_test(reads_what_a_kind_has),
		cmocka_unit_test(prefer_is_a_list),
		cmocka_unit_test(notes_are_ignored_everywhere),
		cmocka_unit_test(print_loads_back),
		cmocka_unit_test(print_tells_the_origin),
		cmocka_unit_test(ships_what_it_embeds),
		cmocka_unit_test(shows_values),
		cmocka_unit_test(a_bomb_of_sweeps_is_refused),
		cmocka_unit_test(too_large_a_text_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
