// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Which CPUs and which NUMA node, on machines of fixtures/make_machines.py: packages of four cores of two
 * threads, thread n and n + all cores; the NIC mlx5_1 is near node 1, CPUs 4-7 and 12-15.
 */
#include <errno.h>
#include <hwloc.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "base/err.h"
#include "topo/place.h"
#include "topo/topo_raw.h"

/* @nic: keys to add to mlx5_1; @cpu: to the CPU. */
static struct topo *machine(const char *name, const char *nic, const char *cpu)
{
	CLEANUP_FREE char *text = calloc(1, 1 << 20), *out = calloc(1, 1 << 20);
	static const char at_cpu[] = "\"cpu\": {", at_nic[] = "\"infiniband\": \"mlx5_1\",";
	char path[600], *p;
	struct topo *t = NULL;
	struct err e = {0};
	FILE *f;

	snprintf(path, sizeof(path), "%s/made-%s.json", MACHINES, name);
	f = fopen(path, "r");
	assert_true(f && text && out && fread(text, 1, (1 << 20) - 1, f) > 0);
	fclose(f);
	p = strstr(text, at_cpu) + strlen(at_cpu);
	snprintf(out, 1 << 20, "%.*s%s%s", (int)(p - text), text, cpu, p);
	p = strstr(out, at_nic);
	p = p ? p + strlen(at_nic) : out + strlen(out);
	snprintf(text, 1 << 20, "%.*s%s%s", (int)(p - out), out, nic, p);
	if (topo_open_text(name, text, strlen(text), &t, &e))
		fail_msg("%s", e.text);
	return t;
}

static void assert_cpus(const struct place *p, const char *want)
{
	char got[256] = "";

	for (unsigned int i = 0; i < p->n; i++)
		snprintf(got + strlen(got), sizeof(got) - strlen(got), "%s%d", i ? " " : "", p->cpu[i]);
	if (strcmp(got, want) != 0)
		fail_msg("%s, wanted %s (%s)", got, want, p->why);
}

struct want {
	struct place_ask ask; /* its nic is found by name */
	const char *nic, *cpus;
	unsigned int spilled, siblings, noisy, shared;
	const char *why;
};

static void check(const struct topo *t, const struct want *w)
{
	struct place_ask ask = w->ask;
	struct place p;
	struct err e = {0};

	ask.nic = w->nic ? topo_find(t, w->nic) : -1;
	if (place_cpus(t, &ask, &p, &e))
		fail_msg("%s", e.text);
	assert_cpus(&p, w->cpus);
	if (p.spilled != w->spilled || p.siblings != w->siblings || p.noisy != w->noisy ||
	    p.shared != w->shared || !strstr(p.why, w->why))
		fail_msg("%s: %u %u %u %u: %s", w->cpus, p.spilled, p.siblings, p.noisy, p.shared, p.why);
}

static void cpus_are_taken_as_near_as_asked(void **state)
{
	static const struct want rows[] = {
		{{0, WHERE_NEAR, 0, 2, NULL}, "mlx5_1", "4 5", 0, 0, 0, 0, "2 CPUs near the NIC (node 1)"},
		/* Second threads last, then beyond. */
		{{0, WHERE_NEAR, 0, 6, NULL},
		 "mlx5_1",
		 "4 5 6 7 12 13",
		 0,
		 2,
		 0,
		 0,
		 "2 on the second thread"},
		{{0, WHERE_NEAR, 0, 10, NULL}, "mlx5_1", "4 5 6 7 12 13 14 15 1 2", 2, 4, 0, 0, "2 beyond"},
		{{0, WHERE_NEAR, 0, 18, NULL},
		 "mlx5_1",
		 "4 5 6 7 12 13 14 15 1 2 3 0 8 9 10 11 4 5",
		 8,
		 8,
		 1,
		 2,
		 "2 threads share"},
		/* CPU 0 only when the other cores are used up. */
		{{0, WHERE_NEAR, 0, 4, NULL}, "mlx5_0", "1 2 3 0", 0, 0, 1, 0, "1 with interrupts"},
		{{0, WHERE_FAR, 0, 2, NULL}, "mlx5_1", "1 2", 0, 0, 0, 0, "far from the NIC (node 0)"},
		{{0, WHERE_FAR, 0, 2, NULL}, "mlx5_0", "4 5", 0, 0, 0, 0, "(node 1)"},
		{{0, WHERE_NODE, 1, 3, NULL}, NULL, "4 5 6", 0, 0, 0, 0, "as asked (node 1)"},
		{{0, WHERE_CPU, 14, 3, NULL}, NULL, "14 4 5", 0, 1, 0, 0, "from CPU 14 on (node 1)"},
		{{0, WHERE_CPU, 0, 1, NULL}, NULL, "0", 0, 0, 1, 0, "1 CPU from CPU 0 on"},
		{{0, WHERE_NEAR, 0, 2, NULL}, NULL, "1 2", 0, 0, 0, 0, "no NIC"},
		/* What the process may not use does not count: then a second thread is its core's first. */
		{{0, WHERE_NEAR, 0, 3, "0-5,13-14"}, "mlx5_1", "4 5 14", 0, 0, 0, 0, "3 CPUs near"},
		{{0, WHERE_NEAR, 0, 2, "0-1"}, "mlx5_1", "1 0", 2, 0, 1, 0, "2 beyond"},
	};
	struct topo *t = machine("two-sockets", "", "");

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		check(t, &rows[i]);
	topo_close(t);
}

static void cpus_with_interrupts_and_housekeeping_are_avoided(void **state)
{
	static const struct want irq = {{0, WHERE_NEAR, 0, 3, NULL}, "mlx5_1", "6 7 4", 0, 0, 1, 0, "1 with"};
	static const struct want isolated = {
		{0, WHERE_NEAR, 0, 3, NULL}, "mlx5_1", "5 7 4", 0, 0, 1, 0, "1 with"};
	struct topo *t = machine("two-sockets", "\"irq_cpus\": \"4,5,4\",", "");

	(void)state;
	check(t, &irq);
	topo_close(t);
	t = machine("two-sockets", "", "\"isolated\": \"5,7,13,15\",");
	check(t, &isolated);
	topo_close(t);
	/* Lists that are none are as good as none. */
	t = machine("two-sockets", "\"irq_cpus\": \"4-\\u0001x\",", "\"isolated\": \",,\",");
	assert_non_null(t);
	topo_close(t);
}

static void what_cannot_be_is_refused(void **state)
{
	static const struct {
		const char *machine, *nic;
		struct place_ask ask;
		int rc;
	} row[] = {
		{"two-sockets", NULL, {0, WHERE_NODE, 2, 1, NULL}, -ENODEV},
		{"two-sockets", NULL, {0, WHERE_NODE, UINT32_MAX, 1, NULL}, -ENODEV},
		{"two-sockets", NULL, {0, WHERE_CPU, 16, 1, NULL}, -ENODEV},
		{"two-sockets", NULL, {0, WHERE_CPU, UINT32_MAX, 1, NULL}, -ENODEV},
		{"two-sockets", NULL, {0, WHERE_CPU, 3, 1, "4-7"}, -EPERM},
		{"two-sockets", NULL, {0, WHERE_NEAR, 0, 1, "90"}, -EPERM},
		{"two-sockets", NULL, {0, WHERE_NEAR, 0, 0, NULL}, -EINVAL},
		{"two-sockets", NULL, {0, WHERE_NEAR, 0, PLACE_CPUS_MAX + 1, NULL}, -EINVAL},
		{"two-sockets", NULL, {0, WHERE_FAR, 0, 1, NULL}, -ENODATA},
		{"pix", "mlx5_0", {0, WHERE_FAR, 0, 1, NULL}, -ENODEV},
		{"no-numa", "mlx5_0", {0, WHERE_NEAR, 0, 1, NULL}, -ENODATA},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(row); i++) {
		struct topo *t = machine(row[i].machine, "", "");
		struct place_ask ask = row[i].ask;
		struct place p;
		struct err e = {0};
		int rc;

		ask.nic = row[i].nic ? topo_find(t, row[i].nic) : -1;
		rc = place_cpus(t, &ask, &p, &e);
		if (rc != row[i].rc || !e.text[0])
			fail_msg("row %zu: %d, wanted %d: %s", i, rc, row[i].rc, e.text);
		topo_close(t);
	}
}

static void buffers_go_to_the_node_asked(void **state)
{
	struct topo *t = machine("two-sockets", "", "");
	struct place_ask ask = {topo_find(t, "mlx5_1"), WHERE_NEAR, 0, 1, NULL};
	char why[PLACE_WHY];
	struct err e = {0};

	(void)state;
	assert_int_equal(place_node(t, &ask, why, &e), 1);
	assert_string_equal(why, "node 1 near the NIC");
	ask.where = WHERE_FAR;
	assert_int_equal(place_node(t, &ask, why, &e), 0);
	ask = (struct place_ask){-1, WHERE_CPU, 13, 1, NULL};
	assert_int_equal(place_node(t, &ask, why, &e), 1);
	ask = (struct place_ask){-1, WHERE_NODE, 7, 1, NULL};
	assert_int_equal(place_node(t, &ask, why, &e), -ENODEV);
	ask = (struct place_ask){-1, WHERE_NEAR, 0, 1, NULL};
	assert_int_equal(place_node(t, &ask, why, &e), -ENODATA);
	topo_close(t);
}

/* A NIC of no known node on a machine of one node is near that. */
static void one_node_is_near_everything(void **state)
{
	struct topo *t = machine("pix", "", "");
	struct place_ask ask = {topo_find(t, "mlx5_0"), WHERE_NEAR, 0, 8, NULL};
	struct place p;
	struct err e = {0};

	(void)state;
	assert_int_equal(place_cpus(t, &ask, &p, &e), 0);
	assert_cpus(&p, "1 2 3 0 4 5 6 7");
	topo_close(t);
}

/* On this machine the affinity mask counts. */
static void the_affinity_mask_is_respected(void **state)
{
	struct place_ask ask = {-1, WHERE_NEAR, 0, 1, NULL};
	struct topo *t = NULL;
	struct place p;
	struct err e = {0};
	hwloc_bitmap_t mine, one;

	(void)state;
	assert_int_equal(topo_open(NULL, &t, &e), 0);
	if (!topo_hwloc(t)) {
		topo_close(t);
		skip();
	}
	mine = hwloc_bitmap_alloc();
	one = hwloc_bitmap_alloc();
	assert_int_equal(hwloc_get_cpubind(topo_hwloc(t), mine, HWLOC_CPUBIND_THREAD), 0);
	hwloc_bitmap_only(one, (unsigned int)hwloc_bitmap_last(mine));
	assert_int_equal(hwloc_set_cpubind(topo_hwloc(t), one, HWLOC_CPUBIND_THREAD), 0);
	assert_int_equal(place_cpus(t, &ask, &p, &e), 0);
	assert_int_equal(p.cpu[0], hwloc_bitmap_last(mine));
	ask.threads = 2;
	assert_int_equal(place_cpus(t, &ask, &p, &e), 0);
	assert_int_equal(p.shared, 1);
	assert_int_equal(hwloc_set_cpubind(topo_hwloc(t), mine, HWLOC_CPUBIND_THREAD), 0);
	hwloc_bitmap_free(mine);
	hwloc_bitmap_free(one);
	topo_close(t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(cpus_are_taken_as_near_as_asked),
		cmocka_unit_test(cpus_with_interrupts_and_housekeeping_are_avoided),
		cmocka_unit_test(what_cannot_be_is_refused),
		cmocka_unit_test(buffers_go_to_the_node_asked),
		cmocka_unit_test(one_node_is_near_everything),
		cmocka_unit_test(the_affinity_mask_is_respected),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
