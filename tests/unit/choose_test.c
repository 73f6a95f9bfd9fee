// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Which points a NIC and a memory can take, on a made machine whose NICs differ in the tags they send. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "base/cleanup.h"
#include "base/err.h"
#include "run/choose.h"
#include "topo/topo.h"

static struct topo *machine;

static int open_machine(void **state)
{
	(void)state;
	return topo_open(MACHINES "/made-tags.json", &machine, NULL);
}

static int close_machine(void **state)
{
	(void)state;
	topo_close(machine);
	return 0;
}

/* A memory that takes 8-bit and 16-bit tags, reached by @interconnect, whose trial ended as @o. */
static struct reach reach_by(int64_t interconnect, enum match_outcome o)
{
	return (struct reach){
		.exp = {.name = "bar", .kind = MEM_VFIO},
		.imp = {{.interconnect = interconnect, .driver = "mlx5_core"}},
		.n = 1,
		.tags = {.usable = true, .st = true, .st_ext = true},
		.tried = true,
		.outcome = {o},
		.text = {"what the kernel said"},
	};
}

static struct point point(int64_t tph, int64_t st, int64_t st_ext)
{
	struct point pt = {0};

	for (int a = 0; a < AX_COUNT; a++)
		pt.v[a] = AXIS_EMPTY;
	pt.v[AX_MEASURE] = MEASURE_BW;
	pt.v[AX_INTERCONNECT] = INTERCONNECT_MAIN;
	pt.v[AX_TPH] = tph;
	pt.v[AX_ST] = st;
	pt.v[AX_ST_EXT] = st_ext;
	return pt;
}

/* Return: why not, "" when it can. */
static const char *ask(const char *nic, enum nic_evidence evidence, const struct reach *r,
		       const struct point *pt, struct chosen *out)
{
	static const struct config_settings set;
	const struct nic_attr a = {.evidence = evidence};
	cpu_set_t allowed;
	struct places places = {.topo = machine, .nic_fn = topo_find(machine, nic), .allowed = &allowed};
	const char *why;

	CPU_ZERO(&allowed);
	CPU_SET(0, &allowed);
	why = choose_point(&set, &places, &a, r, pt, out);
	return why ? why : "";
}

/* Only the namespace that is on is sent, and of it what arrives unchanged. */
static void namespaces(void **state)
{
	static const struct {
		const char *nic;
		int64_t st, st_ext;
		const char *why; /* "" = it goes */
	} rows[] = {
		{"mlx5_0", AXIS_EMPTY, 0xffff, ""},
		{"mlx5_0", 1, AXIS_EMPTY, "16-bit tags are on, and st is none"},
		{"mlx5_0", 1, 2, ""},
		{"mlx5_1", 0xff, AXIS_EMPTY, ""},
		{"mlx5_1", AXIS_EMPTY, 2, "8-bit tags are on, and st_ext is none"},
		{"mlx5_2", 1, 2, ""},
		{"mlx5_3", 1, AXIS_EMPTY, "Root Port"},
		{"mlx5_4", AXIS_EMPTY, 0xff, ""},
		{"mlx5_4", AXIS_EMPTY, 0x100, "0xff is the largest"},
		{"mlx5_5", AXIS_EMPTY, 1, "MSI-X"},
		{"mlx5_7", 1, AXIS_EMPTY, "no TPH requester"},
		{"mlx5_9", AXIS_EMPTY, 1, "has not switched TPH on"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct point pt = point(TPH_EXPORTER, rows[i].st, rows[i].st_ext);
		struct reach r = reach_by(INTERCONNECT_MAIN, MATCH_WORKED);
		struct chosen out;
		const char *why = ask(rows[i].nic, NIC_HARDWARE, &r, &pt, &out);

		if (!*rows[i].why != !*why || !strstr(why, rows[i].why))
			fail_msg("%s st %d st_ext %d: '%s'", rows[i].nic, (int)rows[i].st,
				 (int)rows[i].st_ext, why);
		/* No gate where there is no PCIe. */
		assert_string_equal(ask(rows[i].nic, NIC_SOFTWARE, &r, &pt, &out), "");
	}
}

/* What the memory's device takes is asked of every NIC. */
static void targets(void **state)
{
	struct reach r = reach_by(INTERCONNECT_MAIN, MATCH_WORKED);
	struct point ext = point(TPH_EXPORTER, AXIS_EMPTY, 1),
		     plain = point(TPH_NONE, AXIS_EMPTY, AXIS_EMPTY);
	struct chosen out;

	(void)state;
	r.tags.st_ext = false;
	assert_non_null(strstr(ask("mlx5_0", NIC_SOFTWARE, &r, &ext, &out), "8-bit completer"));
	r.tags.usable = false;
	snprintf(r.tags.why, sizeof(r.tags.why), "no index given");
	assert_string_equal(ask("mlx5_0", NIC_SOFTWARE, &r, &ext, &out), "tph exporter: no index given");
	assert_string_equal(ask("mlx5_0", NIC_SOFTWARE, &r, &plain, &out), "");
}

/* What was asked and did not work: class and the kernel's words. */
static void nothing_works(void **state)
{
	struct point pt = point(TPH_NONE, AXIS_EMPTY, AXIS_EMPTY);
	struct reach r = reach_by(INTERCONNECT_MAIN, MATCH_UNREACHABLE);
	struct chosen out;
	const char *why = ask("mlx5_0", NIC_HARDWARE, &r, &pt, &out);

	(void)state;
	/* First what it means. */
	assert_ptr_equal(strstr(why, "no P2P path between NIC and target"), why);
	assert_non_null(strstr(why, "(main: unreachable): what the kernel said"));
	pt.v[AX_INTERCONNECT] = INTERCONNECT_AUTO;
	assert_non_null(strstr(ask("mlx5_0", NIC_HARDWARE, &r, &pt, &out), "what the kernel said"));
}

static void second_function(void **state)
{
	struct point pt = point(TPH_DMAH, AXIS_EMPTY, AXIS_EMPTY);
	struct reach r = reach_by(INTERCONNECT_DATA_DIRECT, MATCH_WORKED);
	struct chosen out;

	(void)state;
	pt.v[AX_PH] = 1;
	pt.v[AX_INTERCONNECT] = INTERCONNECT_AUTO;
	assert_non_null(strstr(ask("mlx5_0", NIC_HARDWARE, &r, &pt, &out), "no DMA handle"));
	assert_int_equal(out.pt.v[AX_INTERCONNECT], INTERCONNECT_DATA_DIRECT);
	assert_int_equal(pt.v[AX_INTERCONNECT], INTERCONNECT_AUTO); /* as asked */
}

/* The kernel takes a CPU of the caller's affinity only. */
static void cpus(void **state)
{
	struct point pt = point(TPH_DMAH, AXIS_EMPTY, AXIS_EMPTY);
	struct reach r = reach_by(INTERCONNECT_MAIN, MATCH_WORKED);
	struct chosen out;

	(void)state;
	pt.v[AX_PH] = 1;
	pt.v[AX_TPH_MEM] = TPH_MEM_VM;
	pt.v[AX_TPH_CPU] = 4000;
	assert_ptr_equal(strstr(ask("mlx5_0", NIC_HARDWARE, &r, &pt, &out), "tph_cpu: "), out.why);
	assert_string_equal(ask("mlx5_0", NIC_SOFTWARE, &r, &pt, &out), "");
}

static void revokes(void **state)
{
	const struct config_settings set = {.revoke = MEM_REVOKE_RESET};
	const struct nic_attr a = {.evidence = NIC_SOFTWARE};
	struct places places = {.nic_fn = -1};
	struct point pt = point(TPH_NONE, AXIS_EMPTY, AXIS_EMPTY);
	struct reach r = reach_by(INTERCONNECT_MAIN, MATCH_WORKED);
	struct chosen out;

	(void)state;
	assert_null(choose_point(&set, &places, &a, &r, &pt, &out));
	r.exp.kind = MEM_MEMFD;
	assert_non_null(strstr(choose_point(&set, &places, &a, &r, &pt, &out), "only a VFIO device"));
	r = reach_by(INTERCONNECT_BOUNCE, MATCH_WORKED);
	pt.v[AX_INTERCONNECT] = INTERCONNECT_BOUNCE;
	assert_non_null(strstr(choose_point(&set, &places, &a, &r, &pt, &out), "memory that is gone"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(namespaces),	   cmocka_unit_test(targets), cmocka_unit_test(nothing_works),
		cmocka_unit_test(second_function), cmocka_unit_test(cpus),    cmocka_unit_test(revokes),
	};

	return cmocka_run_group_tests(tests, open_machine, close_machine);
}
