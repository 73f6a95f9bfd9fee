// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* From points to flags, and to reasons. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "config/diag.h"
#include "crosscheck/map.h"

static const struct map_nic nic = {.device = "mlx5_0", .port = 1, .gid_index = 3, .mtu = 4096};

/* The one point of a sweep with these keys; @c and @p are the caller's to free. */
static struct point point_of(const char *asked, struct config **c, struct plan **p)
{
	char text[1024];
	struct diags *d;
	struct point pt;

	snprintf(text, sizeof(text),
		 "version: 1\nnics: {n: {device: mlx5_0}, m: {device: mlx5_1}, soft: {device: soft0}}\n"
		 "memory:\n  u: {kind: udmabuf, length: 1M}\n  big: {kind: host, pages: 2M, length: 16M}\n"
		 "  bar: {kind: vfio, device: 'pci/0000:41:00.0', bar: 2, length: 1M}\n"
		 "  near: {kind: host, numa: near, length: 1M}\n"
		 "defaults: {nic: n, target: host}\nsweeps:\n  - {name: s, %s}\n",
		 asked);
	d = diags_open("t", text, strlen(text));
	if (config_load("t", text, strlen(text), NULL, 0, d, c) || plan_build(*c, d, p)) {
		diags_print(d, stderr);
		fail_msg("%s", asked);
	}
	diags_close(d);
	/* Points with hints bring plain ones and controls with them. */
	for (size_t i = 0; i < plan_points(*p); i++) {
		plan_point(*p, i, &pt);
		if (!strstr(asked, "tph") || (pt.v[AX_TPH] != TPH_NONE && !plan_is_control(&pt)))
			break;
	}
	return pt;
}

static const struct perftest_version *at(int i)
{
	return &perftest_versions[i];
}

static void line_of(int version, const char *asked, uint64_t like, enum map_end end, char *line, size_t len)
{
	struct config *c;
	struct plan *p;
	struct point pt = point_of(asked, &c, &p);
	struct map_args a;
	struct map_work w;
	size_t used = 0;

	map_work(&pt, like, &w);
	map_args(at(version), &nic, &pt, &w, end, w.program, 20000, 7, &a);
	for (size_t i = 0; a.argv[i]; i++)
		used += (size_t)snprintf(line + used, len - used, "%s%s", i ? " " : "", a.argv[i]);
	plan_free(p);
	config_free(c);
}

static void is_line(int version, const char *asked, uint64_t like, enum map_end end, const char *wanted)
{
	char line[1024];

	line_of(version, asked, like, end, line, sizeof(line));
	assert_string_equal(line, wanted);
}

#define JSON " --out_json --out_json_file=/proc/self/fd/7 127.0.0.1"

static void flags(void **state)
{
	(void)state;
	is_line(0, "op: write, size: 64K, qd: 16, qps: 2", 20000, MAP_CLIENT,
		"ib_write_bw -d mlx5_0 -i 1 -x 3 -m 4096 -s 65536 -I 0 -n 10000 -F --use_old_post_send -q 2 "
		"-t 16 -Q 1 -l 1 -N "
		"--disable_pcie_relaxed --perform_warm_up -p 20000" JSON);
	is_line(0, "op: write, size: 64K, qd: 16, qps: 2", 20000, MAP_SERVER,
		"ib_write_bw -d mlx5_0 -i 1 -x 3 -m 4096 -s 65536 -I 0 -n 10000 -F --use_old_post_send -q 2 "
		"-t 16 -Q 1 -l 1 -N "
		"--disable_pcie_relaxed --perform_warm_up -p 20000");
	/* The defaults of 6.29 that 4.5 does not have are switched off. */
	is_line(2, "op: read, size: 4K, qd: 64, rd_atomic: 4, mtu: 1K, ro: 1", 5000, MAP_CLIENT,
		"ib_read_bw -d mlx5_0 -i 1 -x 3 -m 1024 -s 4096 -o 4 -n 5000 -F --use_old_post_send -q 1 -t "
		"64 -Q 1 -l 1 -N "
		"--perform_warm_up --disable_numa --disable_dynamic_polling -p 20000" JSON);
	is_line(1, "op: write_imm, size: 64, inline: 1, qd: 16, batch: 4, signal_every: 4", 1002, MAP_CLIENT,
		"ib_write_bw -d mlx5_0 -i 1 -x 3 -m 4096 -s 64 -I 64 --write_with_imm -n 1004 -F "
		"--use_old_post_send -q 1 -t 16 "
		"-Q 4 -l 4 -N --disable_pcie_relaxed -p 20000" JSON);
	is_line(0, "op: send, size: 4K, qd: 8", 1, MAP_CLIENT,
		"ib_send_bw -d mlx5_0 -i 1 -x 3 -m 4096 -s 4096 -I 0 -n 1000 -F --use_old_post_send -q 1 -t "
		"8 -Q 1 -l 1 -N "
		"--disable_pcie_relaxed -p 20000" JSON);
	is_line(0, "measure: rate, op: cmp_swap, size: 8, qd: 8", 1, MAP_CLIENT,
		"ib_atomic_bw -d mlx5_0 -i 1 -x 3 -m 4096 -A CMP_AND_SWAP -n 1000 -F --use_old_post_send -q "
		"1 -t 8 -Q 1 -l 1 -N "
		"--disable_pcie_relaxed --perform_warm_up -p 20000" JSON);
	is_line(2, "measure: lat, op: read, size: 8", 9000, MAP_CLIENT,
		"ib_read_lat -d mlx5_0 -i 1 -x 3 -m 4096 -s 8 -n 9000 -F --use_old_post_send --disable_numa "
		"-p 20000" JSON);
	is_line(0, "measure: lat, op: fetch_add, size: 8", 9000, MAP_SERVER,
		"ib_atomic_lat -d mlx5_0 -i 1 -x 3 -m 4096 -A FETCH_AND_ADD -n 9000 -F --use_old_post_send "
		"-p 20000");
}

/* Only the target's side gets the hint. */
static void hints(void **state)
{
	char line[1024];

	(void)state;
	line_of(2, "op: write, size: 4K, qd: 1, tph: dmah, ph: 2, tph_cpu: 3, tph_mem: pm", 1, MAP_SERVER,
		line, sizeof(line));
	assert_non_null(strstr(line, " --ph=2 --cpu_id=3 --tph_mem=pm "));
	line_of(2, "op: write, size: 4K, qd: 1, tph: dmah, ph: 2", 1, MAP_SERVER, line, sizeof(line));
	assert_non_null(strstr(line, " --ph=2 -p"));
	line_of(2, "op: write, size: 4K, qd: 1, tph: dmah, ph: 2", 1, MAP_CLIENT, line, sizeof(line));
	assert_null(strstr(line, "--ph"));
}

/* ib_write_lat halves the round trip that pingpong does not. */
static void halves(void **state)
{
	struct config *c;
	struct plan *p;
	struct point pt = point_of("measure: lat, op: pingpong, size: 8", &c, &p);
	struct map_work w;

	(void)state;
	map_work(&pt, 5000, &w);
	assert_string_equal(w.program, "ib_write_lat");
	assert_float_equal(w.factor, 2, 0);
	assert_int_equal(w.kind, PERFTEST_LAT);
	plan_free(p);
	config_free(c);
	pt = point_of("measure: lat, op: read, size: 8", &c, &p);
	map_work(&pt, 5000, &w);
	assert_float_equal(w.factor, 1, 0);
	plan_free(p);
	config_free(c);
}

static void reasons(void **state)
{
	static const struct {
		int version;
		const char *asked, *says;
	} row[] = {
		{0, "op: write, size: 4K", NULL},
		{0, "measure: lat, op: read, size: 8", NULL},
		{1, "op: write_imm, size: 4K", NULL},
		{2, "op: write, size: 4K, tph: dmah, ph: 2", NULL},
		{0, "op: write, size: 4K, pattern: same", NULL},
		{0, "op: write_imm, size: 4K", "--write_with_imm"},
		{0, "op: write, size: 4K, nic: soft", "inside p2pbench"},
		{0, "op: write, size: 4K, target: bar", "VFIO"},
		{0, "op: write, size: 4K, target: u", "by address only"},
		{0, "op: write, size: 4K, source: u", "by address only"},
		{0, "op: write, size: 4K, target: big", "page sizes"},
		{0, "op: write, size: 4K, target: near", "node"},
		{2, "op: write, size: 4K, target: bar, tph: exporter, st: 1, ph: 2", "VFIO"},
		{1, "op: write, size: 4K, tph: dmah, ph: 2", "6.27"},
		{0, "measure: lat, op: write_fence, size: 8", "write_fence"},
		{0, "measure: lat, op: write_cqe, size: 8", "write_cqe"},
		{0, "measure: reg, size: 4K", "registration"},
		{0, "op: write, size: 4K, target: u, interconnect: bounce", "by address only"},
		{0, "op: write, size: 4K, peer_nic: m", "two devices"},
		{0, "op: write, size: 4K, connect: cm", "rdma_cm"},
		{0, "op: write, size: 4K, threads: 2, qps: 2", "posting threads"},
		{0, "op: write, size: 4K, post: wr", "ibv_wr"},
		{0, "op: write, size: 4K, qd: 16, batch: 4, signal_every: 8", "-Q must divide"},
		{0, "op: write, size: 4K, qd: 20000", "15000"},
		{0, "op: write, size: 4K, rate: 1000", "open loop"},
		{0, "op: write, size: 4K, qps: 2, dir: bidi", "-b sums"},
		{0, "op: write, size: 4K, pattern: rand", "random places"},
		{0, "op: write, size: 4K, footprint: 1M", "footprint"},
		{0, "op: write, size: 4K, offset: 64", "offset"},
		{0, "measure: lat, op: pingpong, size: 8, consume: all", "one byte"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
		struct config *c;
		struct plan *p;
		struct point pt = point_of(row[i].asked, &c, &p);
		char buf[200];
		const char *why = map_why_not(at(row[i].version), c, &pt, buf, sizeof(buf));

		if (row[i].says ? !why || !strstr(why, row[i].says) : why != NULL)
			fail_msg("%s: %s", row[i].asked, why ? why : "can be expressed");
		plan_free(p);
		config_free(c);
	}
}

/* Our windows would cross the wire, its launches would not. */
static void another_host(void **state)
{
	struct config *c;
	struct plan *p;
	struct point pt = point_of("op: write, size: 4K", &c, &p);
	char buf[200];
	const char *why;

	(void)state;
	c->peer.place = "ssh:other";
	why = map_why_not(at(0), c, &pt, buf, sizeof(buf));
	assert_non_null(why);
	assert_non_null(strstr(why, "another host"));
	c->peer.place = NULL;
	plan_free(p);
	config_free(c);
}

static void told_differences(void **state)
{
	struct config *c;
	struct plan *p;
	struct point pt = point_of("op: write, size: 64K, qd: 16", &c, &p);
	struct map_work w;

	(void)state;
	map_work(&pt, 1, &w);
	assert_non_null(strstr(w.differs, "one address"));
	plan_free(p);
	config_free(c);
	pt = point_of("op: write, size: 64K, qd: 16, pattern: same", &c, &p);
	map_work(&pt, 1, &w);
	assert_string_equal(w.differs, "");
	plan_free(p);
	config_free(c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(flags),   cmocka_unit_test(hints),	   cmocka_unit_test(halves),
		cmocka_unit_test(reasons), cmocka_unit_test(another_host), cmocka_unit_test(told_differences),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
