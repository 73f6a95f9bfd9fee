// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Noise gates over made-up machines: a quiet one, a noisy one, one that says nothing, one that lies. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "base/rng.h"
#include "run/gates.h"
#include "unit/tempdir.h"

#define CPU2 "sys/devices/system/cpu/cpu2/"

struct file {
	const char *path, *text;
};

static const struct file quiet[] = {
	{CPU2 "cpufreq/scaling_governor", "performance\n"},
	{CPU2 "cpufreq/scaling_driver", "intel_cpufreq\n"},
	{CPU2 "cpufreq/scaling_min_freq", "3000000\n"},
	{CPU2 "cpufreq/scaling_max_freq", "3000000\n"},
	{CPU2 "cpufreq/cpuinfo_max_freq", "3000000\n"},
	{"sys/devices/system/cpu/intel_pstate/no_turbo", "1\n"},
	{CPU2 "cpuidle/state0/name", "POLL\n"},
	{CPU2 "cpuidle/state0/latency", "0\n"},
	{CPU2 "cpuidle/state0/disable", "0\n"},
	{CPU2 "cpuidle/state1/name", "C6\n"},
	{CPU2 "cpuidle/state1/latency", "133\n"},
	{CPU2 "cpuidle/state1/disable", "1\n"},
	{CPU2 "topology/thread_siblings_list", "2\n"},
	{CPU2 "thermal_throttle/core_throttle_count", "7\n"},
	{CPU2 "thermal_throttle/package_throttle_count", "1\n"},
	{"sys/devices/system/cpu/isolated", "1-3\n"},
	{"sys/devices/system/cpu/nohz_full", "2\n"},
	{"sys/devices/system/cpu/online", "0-3\n"},
	{"sys/devices/system/node/online", "0-1\n"},
	{"sys/devices/system/clocksource/clocksource0/current_clocksource", "tsc\n"},
	{"sys/kernel/mm/transparent_hugepage/enabled", "always [madvise] never\n"},
	{"sys/kernel/iommu_groups/0/type", "identity\n"},
	{"proc/sys/kernel/numa_balancing", "0\n"},
	{"proc/loadavg", "0.20 0.10 0.05 1/300 4000\n"},
	{"proc/irq/24/smp_affinity_list", "0-3\n"},
	{"proc/irq/24/effective_affinity_list", "0\n"},
	{"proc/irq/25/smp_affinity_list", "0-1\n"},
	{"proc/stat", "cpu 1 1 1 1\ncpu2 100 0 0 900 0 0 0 0 0 0\ncpu6 0 0 0 1000 0 0 0 0 0 0\nintr 9\n"},
};

static const struct file noisy[] = {
	{CPU2 "cpufreq/scaling_governor", "powersave\n"},
	{CPU2 "cpufreq/scaling_driver", "acpi-cpufreq\n"},
	{CPU2 "cpufreq/scaling_min_freq", "800000\n"},
	{CPU2 "cpufreq/scaling_max_freq", "2000000\n"},
	{"sys/devices/system/cpu/intel_pstate/no_turbo", "0\n"},
	{CPU2 "cpuidle/state1/disable", "0\n"},
	{CPU2 "topology/thread_siblings_list", "2,6\n"},
	{"sys/devices/system/cpu/isolated", "\n"},
	{"sys/kernel/mm/transparent_hugepage/enabled", "[always] madvise never\n"},
	{"sys/kernel/iommu_groups/1/type", "DMA-FQ\n"},
	{"proc/sys/kernel/numa_balancing", "1\n"},
	{"proc/loadavg", "2.50 1.10 0.05 4/300 4000\n"},
	{"proc/irq/24/effective_affinity_list", "2\n"},
};

struct machine {
	char root[TEMP_PATH];
	struct clock clock;
	struct gates gates;
};

static void put(const char *root, const char *path, const char *text, size_t len)
{
	char dir[2 * TEMP_PATH];

	snprintf(dir, sizeof(dir), "%s/%s", root, path);
	for (char *p = dir + strlen(root) + 1; (p = strchr(p, '/')); p++) {
		*p = '\0';
		mkdir(dir, 0700);
		*p = '/';
	}
	temp_write(root, path, text, len);
}

static void put_all(const char *root, const struct file *f, size_t n)
{
	for (size_t i = 0; i < n; i++)
		put(root, f[i].path, f[i].text, strlen(f[i].text));
}

static int machine_setup(void **state)
{
	struct machine *m = calloc(1, sizeof(*m));

	temp_make(m->root);
	m->clock = (struct clock){.ns_per_tick = 0.4, .err_ppm = 1, .overhead_ns = 15, .source = "tsc"};
	*state = m;
	return 0;
}

static int machine_teardown(void **state)
{
	struct machine *m = *state;

	gates_close(&m->gates);
	temp_remove(m->root);
	free(m);
	return 0;
}

static void look(struct machine *m, const int *cpu, uint32_t n, bool hold)
{
	struct gates_input in = {
		.root = m->root, .cpu = cpu, .n_cpu = n, .clock = &m->clock, .hold_awake = hold};

	gates_open(&m->gates, &in);
}

static const struct gate *find(const struct machine *m, const char *name)
{
	for (size_t i = 0; i < m->gates.n; i++)
		if (!strcmp(m->gates.gate[i].name, name))
			return &m->gates.gate[i];
	fail_msg("no gate %s", name);
	return NULL;
}

static void assert_gate(const struct machine *m, const char *name, enum gate_verdict want)
{
	const struct gate *g = find(m, name);

	if (g->verdict != want)
		fail_msg("%s is %s (%s), wanted %s", name, gate_verdict_name(g->verdict), g->value,
			 gate_verdict_name(want));
	/* Whatever is wrong can be acted on, and nothing else is. */
	if (want == GATE_WARN || want == GATE_FAIL)
		assert_true(g->fix[0] != '\0');
	if (want == GATE_OK)
		assert_string_equal(g->fix, "");
	assert_true(g->value[0] != '\0');
}

static const int cpu2[] = {2};
/* clang-format off */
static const char *const at_start[] = {"governor", "frequency", "turbo", "idle_states", "isolation", "irqs", "load",
				       "thp", "numa_balancing", "iommu"};
/* clang-format on */
static const struct gates_run good_run = {.windows = 100, .canary = GATE_OK};

static void quiet_machine_passes(void **state)
{
	struct machine *m = *state;

	put_all(m->root, quiet, ARRAY_LEN(quiet));
	look(m, cpu2, 1, false);
	for (size_t i = 0; i < ARRAY_LEN(at_start); i++)
		assert_gate(m, at_start[i], GATE_OK);
	assert_gate(m, "throttling", GATE_UNKNOWN);
	put(m->root, "proc/stat", "cpu2 200 0 0 1000 0 0 0 0\n", 26);
	gates_finish(&m->gates, &good_run);
	assert_int_equal(gates_count(&m->gates, GATE_OK), m->gates.n);
}

static void noisy_machine_is_named(void **state)
{
	struct machine *m = *state;

	put_all(m->root, quiet, ARRAY_LEN(quiet));
	put_all(m->root, noisy, ARRAY_LEN(noisy));
	look(m, cpu2, 1, false);
	assert_gate(m, "governor", GATE_FAIL);
	for (size_t i = 1; i < ARRAY_LEN(at_start); i++)
		assert_gate(m, at_start[i], GATE_WARN);
	assert_gate(m, "smt", GATE_WARN);
	assert_non_null(strstr(find(m, "governor")->fix, "cpupower -c 2 frequency-set -g performance"));
	assert_string_equal(find(m, "idle_states")->value, "deepest C6 takes 133 us to leave");
	assert_string_equal(find(m, "irqs")->value, "1 of 2 go to CPU 2");
	assert_string_equal(find(m, "iommu")->value, "translates DMA of 1 of 2 groups");
	assert_non_null(strstr(find(m, "frequency")->value, "capped at 2000 of 3000 MHz"));
}

/* Two drivers have a "powersave" that follows the load: no reason to refuse a strict run. */
static void powersave_depends_on_driver(void **state)
{
	struct machine *m = *state;

	put_all(m->root, noisy, ARRAY_LEN(noisy));
	put(m->root, CPU2 "cpufreq/scaling_driver", "intel_pstate\n", 13);
	look(m, cpu2, 1, false);
	assert_gate(m, "governor", GATE_WARN);
}

static void silent_machine_is_unknown(void **state)
{
	struct machine *m = *state;

	look(m, cpu2, 1, true);
	for (size_t i = 0; i < ARRAY_LEN(at_start); i++)
		if (strcmp(at_start[i], "isolation") != 0 && strcmp(at_start[i], "iommu") != 0)
			assert_gate(m, at_start[i], GATE_UNKNOWN);
	assert_gate(m, "smt", GATE_UNKNOWN);
	assert_gate(m, "throttling", GATE_UNKNOWN);
	gates_finish(&m->gates, &good_run);
	assert_gate(m, "steal", GATE_UNKNOWN);
	assert_gate(m, "throttling", GATE_UNKNOWN);
}

/* The request is a 32-bit zero, and the file stays open until the gates are closed. */
static void holds_the_cpu_awake(void **state)
{
	struct machine *m = *state;
	char *text;

	put_all(m->root, quiet, ARRAY_LEN(quiet));
	put_all(m->root, noisy, ARRAY_LEN(noisy));
	put(m->root, "dev/cpu_dma_latency", "xxxx", 4);
	look(m, cpu2, 1, true);
	assert_true(m->gates.latency_fd >= 0);
	assert_gate(m, "idle_states", GATE_OK);
	assert_non_null(strstr(find(m, "idle_states")->value, "held awake"));
	gates_close(&m->gates);
	gates_close(&m->gates);
	assert_int_equal(m->gates.latency_fd, -1);
	text = temp_read(m->root, "dev/cpu_dma_latency");
	assert_memory_equal(text, "\0\0\0\0", 4);
	free(text);
}

static void lanes_on_one_core(void **state)
{
	static const int both[] = {2, -1, 6};
	struct machine *m = *state;

	put(m->root, CPU2 "topology/thread_siblings_list", "2,6\n", 4);
	look(m, both, 3, false);
	assert_gate(m, "smt", GATE_WARN);
	gates_finish(&m->gates, &good_run);
	assert_gate(m, "smt", GATE_WARN);
}

static void idle_sibling_does_no_harm(void **state)
{
	struct machine *m = *state;

	put_all(m->root, quiet, ARRAY_LEN(quiet));
	put(m->root, CPU2 "topology/thread_siblings_list", "2,6\n", 4);
	look(m, cpu2, 1, false);
	assert_gate(m, "smt", GATE_WARN);
	put(m->root, "proc/stat", "cpu2 200 0 0 900 0 0 0 0\ncpu6 1 0 0 2000 0 0 0 0\n", 50);
	gates_finish(&m->gates, &good_run);
	assert_gate(m, "smt", GATE_OK);
	put(m->root, "proc/stat", "cpu2 200 0 0 900 0 0 0 9\ncpu6 900 0 0 2000 0 0 0 0\n", 52);
	look(m, cpu2, 1, false);
	put(m->root, "proc/stat", "cpu2 300 0 0 900 0 0 0 19\ncpu6 950 0 0 2050 0 0 0 0\n", 53);
	gates_finish(&m->gates, &good_run);
	assert_gate(m, "smt", GATE_WARN);
	assert_gate(m, "steal", GATE_WARN);
}

static void run_decides(void **state)
{
	/* clang-format off */
	struct gates_run run = {
		.windows = 100, .switched = 6, .switches = 9, .faulted = 5, .faults = 50, .drift_ppm = -51,
		.canary = GATE_WARN, .canary_why = "READ of 64 bytes: trend"};
	/* clang-format on */
	struct machine *m = *state;

	put_all(m->root, quiet, ARRAY_LEN(quiet));
	look(m, cpu2, 1, false);
	put(m->root, CPU2 "thermal_throttle/core_throttle_count", "9\n", 2);
	gates_finish(&m->gates, &run);
	assert_gate(m, "throttling", GATE_FAIL);
	assert_string_equal(find(m, "throttling")->value, "2 times");
	assert_gate(m, "context_switches", GATE_WARN);
	assert_string_equal(find(m, "context_switches")->value, "9 in 6 of 100 windows");
	assert_gate(m, "page_faults", GATE_OK);
	assert_gate(m, "clock_drift", GATE_FAIL);
	assert_gate(m, "canary", GATE_WARN);
	assert_string_equal(find(m, "canary")->value, "READ of 64 bytes: trend");
	run.canary = GATE_UNKNOWN;
	run.drift_ppm = NAN;
	gates_finish(&m->gates, &run);
	assert_gate(m, "canary", GATE_UNKNOWN);
	assert_gate(m, "clock_drift", GATE_FAIL);
	gates_finish(&m->gates, &(struct gates_run){.canary = GATE_UNKNOWN});
	assert_gate(m, "context_switches", GATE_UNKNOWN);
	assert_gate(m, "canary", GATE_UNKNOWN);
}

static void clock_that_is_not_trusted(void **state)
{
	struct machine *m = *state;

	m->clock = (struct clock){.raw = true, .overhead_ns = 40, .source = "monotonic_raw"};
	look(m, cpu2, 1, false);
	assert_gate(m, "clock", GATE_WARN);
	m->clock.overhead_ns = 900;
	look(m, cpu2, 1, false);
	assert_gate(m, "clock", GATE_FAIL);
}

/* No lane has a CPU of its own: nothing about CPUs is claimed, nothing crashes. */
static void lanes_without_cpus(void **state)
{
	static const int none[] = {-1, -1};
	struct machine *m = *state;

	put_all(m->root, quiet, ARRAY_LEN(quiet));
	look(m, none, 2, false);
	assert_gate(m, "governor", GATE_UNKNOWN);
	assert_gate(m, "isolation", GATE_UNKNOWN);
	assert_gate(m, "irqs", GATE_UNKNOWN);
	look(m, NULL, 0, false);
	gates_finish(&m->gates, &good_run);
	assert_gate(m, "steal", GATE_UNKNOWN);
}

/* Files that are huge, empty, directories, FIFOs, binary, or plainly not what they should be. */
static void hostile_files(void **state)
{
	/* clang-format off */
	static const char *const junk[] = {
		"", "\n", "-", "-1", "99999999999999999999999", "0-", "0-99999999999", "9-0", ",,,",
		"\xff\xfe\x80", "%s%n%d", "[always", "nr_throttled", "cpu", "cpu2", "cpu2 x",
		"cpu999999999999 1 2 3", "1e999 nan",
	};
	/* clang-format on */
	struct machine *m = *state;
	struct rng rng = {42};
	char big[3 * 4096];

	for (size_t round = 0; round < 60; round++) {
		for (size_t i = 0; i < ARRAY_LEN(quiet); i++) {
			const char *text = junk[rng_next(&rng) % ARRAY_LEN(junk)];
			size_t len = strlen(text);

			if (rng_next(&rng) % 4 == 0) {
				for (size_t k = 0; k < sizeof(big); k++)
					big[k] = (char)rng_next(&rng);
				text = big;
				len = rng_next(&rng) % sizeof(big);
			}
			put(m->root, quiet[i].path, text, len);
		}
		look(m, cpu2, 1, false);
		gates_finish(&m->gates, &good_run);
		for (size_t i = 0; i < m->gates.n; i++)
			for (const char *p = m->gates.gate[i].value; *p; p++)
				assert_true(*p >= ' ' && *p <= '~');
	}
}

static void load_that_is_no_number(void **state)
{
	struct machine *m = *state;

	put_all(m->root, quiet, ARRAY_LEN(quiet));
	put(m->root, "proc/loadavg", "much of it\n", 11);
	look(m, cpu2, 1, false);
	assert_gate(m, "load", GATE_UNKNOWN);
}

/* A quota may be set on any group above the process's own. */
static void quota_of_a_group_above(void **state)
{
	struct machine *m = *state;
	const struct gates_run run = {.windows = 10};

	put_all(m->root, quiet, ARRAY_LEN(quiet));
	put(m->root, "proc/self/cgroup", "1:name=x:/\n0::/a.slice/b.scope\n", 32);
	put(m->root, "sys/fs/cgroup/a.slice/cpu.stat", "nr_periods 9\nnr_throttled 3\n", 28);
	look(m, cpu2, 1, false);
	put(m->root, "sys/fs/cgroup/a.slice/cpu.stat", "nr_periods 19\nnr_throttled 8\n", 29);
	gates_finish(&m->gates, &run);
	assert_gate(m, "throttling", GATE_FAIL);
	assert_string_equal(find(m, "throttling")->value, "5 times");
}

static void files_that_are_none(void **state)
{
	struct machine *m = *state;
	char path[2 * TEMP_PATH];

	put_all(m->root, quiet, ARRAY_LEN(quiet));
	snprintf(path, sizeof(path), "%s/proc/loadavg", m->root);
	remove(path);
	assert_int_equal(mkfifo(path, 0600), 0);
	snprintf(path, sizeof(path), "%s/sys/kernel/mm/transparent_hugepage/enabled", m->root);
	remove(path);
	assert_int_equal(mkdir(path, 0700), 0);
	snprintf(path, sizeof(path), "%s/" CPU2 "cpufreq/scaling_governor", m->root);
	assert_int_equal(chmod(path, 0), 0);
	look(m, cpu2, 1, false);
	assert_gate(m, "load", GATE_UNKNOWN);
	assert_gate(m, "thp", GATE_UNKNOWN);
	if (geteuid())
		assert_gate(m, "governor", GATE_UNKNOWN);
}

#define GATE_TEST(f) cmocka_unit_test_setup_teardown(f, machine_setup, machine_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		GATE_TEST(quiet_machine_passes),
		GATE_TEST(noisy_machine_is_named),
		GATE_TEST(powersave_depends_on_driver),
		GATE_TEST(silent_machine_is_unknown),
		GATE_TEST(holds_the_cpu_awake),
		GATE_TEST(lanes_on_one_core),
		GATE_TEST(idle_sibling_does_no_harm),
		GATE_TEST(run_decides),
		GATE_TEST(clock_that_is_not_trusted),
		GATE_TEST(lanes_without_cpus),
		GATE_TEST(hostile_files),
		GATE_TEST(load_that_is_no_number),
		GATE_TEST(quota_of_a_group_above),
		GATE_TEST(files_that_are_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
