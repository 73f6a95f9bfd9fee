// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Machines captured in the lab: what is predicted from their sysfs must be what their kernel answered when
 * the pair was really tried (reach.txt).
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "base/err.h"
#include "machine_tree.h"
#include "topo/route.h"

static const char *const machines[] = {
	"lab-switch",	"lab-cxl-switch",   "lab-cxl-switch+acs", "lab-numa",	      "lab-numa+acs",
	"lab-numa+zen", "lab-numa+acs+zen", "lab-nvme-pmr",	  "lab-nvme-pmr+tph", "lab-nvme-pmr+tph-ext",
};

struct machine {
	char fixture[512];
	char root[TEMP_PATH];
	struct topo *t;
};

static void machine_open(struct machine *m, const char *name)
{
	struct err e = {0};

	snprintf(m->fixture, sizeof(m->fixture), "%s/%s", MACHINES, name);
	temp_make(m->root);
	machine_tree(m->fixture, m->root);
	if (topo_open(m->root, &m->t, &e))
		fail_msg("%s: %s", name, e.text);
}

static void machine_close(struct machine *m)
{
	topo_close(m->t);
	temp_remove(m->root);
}

static enum route_way way_of(const char *word)
{
	if (!strcmp(word, "switch"))
		return ROUTE_WAY_SWITCH;
	return !strncmp(word, "host", 4) ? ROUTE_WAY_HOST_BRIDGE : ROUTE_WAY_NONE;
}

static size_t check_reach(const struct topo *t, const char *fixture)
{
	char path[600], class[16], nic[32], target[32], word[16];
	size_t n = 0;
	FILE *f;
	int code;

	snprintf(path, sizeof(path), "%s/reach.txt", fixture);
	f = fopen(path, "r");
	assert_non_null(f);
	while (fscanf(f, "%15s %31s %31s errno=%d route=%15s", class, nic, target, &code, word) == 5) {
		int a = topo_find(t, nic), b = topo_find(t, target);
		struct route r;

		assert_true(a >= 0 && b >= 0);
		r = route_find(t, a, b);
		if (strcmp(route_class_name(r.class), class) != 0 || r.way != way_of(word))
			fail_msg("%s: %s -> %s: predicted %s %s (%s), the kernel: %s %s", fixture, nic,
				 target, route_class_name(r.class), route_way_name(r.way), r.why, class,
				 word);
		n++;
	}
	fclose(f);
	return n;
}

static void predictions_are_what_the_kernel_did(void **state)
{
	size_t n = 0;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(machines); i++) {
		struct machine m;

		machine_open(&m, machines[i]);
		n += check_reach(m.t, m.fixture);
		machine_close(&m);
	}
	assert_int_equal(n, 32);
}

/* The same answers from the saved file as from the tree. */
static void a_saved_machine_is_the_machine(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(machines); i++) {
		char path[2 * TEMP_PATH];
		struct topo *again = NULL;
		struct machine m;
		struct err e = {0};
		FILE *f;

		machine_open(&m, machines[i]);
		snprintf(path, sizeof(path), "%s/machine.json", m.root);
		f = fopen(path, "w");
		assert_non_null(f);
		assert_int_equal(topo_save(m.t, true, f), 0);
		fclose(f);
		assert_int_equal(topo_open(path, &again, &e), 0);
		assert_int_equal(topo_len(again), topo_len(m.t));
		for (size_t k = 0; k < topo_len(again); k++)
			assert_memory_equal(topo_fn(again, k), topo_fn(m.t, k), sizeof(struct topo_fn));
		check_reach(again, m.fixture);
		topo_close(again);
		machine_close(&m);
	}
}

/* hwloc's XML has the tree and the classes, and no config space: then the way is unknown, not guessed. */
static void from_xml_alone_nothing_is_claimed(void **state)
{
	char path[600];
	struct topo *t = NULL;
	struct err e = {0};
	struct route r;

	(void)state;
	snprintf(path, sizeof(path), "%s/lab-numa/lstopo.xml", MACHINES);
	assert_int_equal(topo_open(path, &t, &e), 0);
	r = route_find(t, topo_find(t, "23:00.0"), topo_find(t, "24:00.0"));
	assert_int_equal(r.class, ROUTE_PIX);
	assert_int_equal(r.way, ROUTE_WAY_UNKNOWN);
	assert_int_equal(r.tph, ROUTE_TPH_UNKNOWN);
	topo_close(t);
}

static void devices_are_found_by_any_name(void **state)
{
	struct machine m;
	char buf[TOPO_ADDR];
	int i;

	(void)state;
	machine_open(&m, "lab-numa");
	i = topo_find(m.t, "eth0");
	assert_true(i >= 0);
	assert_string_equal(topo_addr_text(buf, topo_fn(m.t, (size_t)i)->addr), "0000:23:00.0");
	assert_int_equal(topo_find(m.t, "pci/0000:23:00.0"), i);
	assert_int_equal(topo_find(m.t, "23:00.0"), i);
	assert_int_equal(topo_find(m.t, "99:00.0"), -ENOENT);
	assert_int_equal(topo_find(m.t, "mlx5_9"), -ENOENT);
	machine_close(&m);
}

static void what_is_no_machine_is_refused(void **state)
{
	char dir[TEMP_PATH], path[2 * TEMP_PATH];
	static const char *const bad[] = {
		"",
		"{}",
		"[",
		"<topology>",
		"{\"p2pbench_topo\": 2, \"functions\": []}",
		"{\"p2pbench_topo\": 1}",
		"{\"p2pbench_topo\": 1, \"functions\": [{}]}",
		"{\"p2pbench_topo\": 1, \"functions\": [{\"path\": \"nonsense\"}]}",
		"{\"p2pbench_topo\": 1, \"functions\": [{\"path\": \"00:00.0\", \"config\": \"8\"}]}",
		"{\"p2pbench_topo\": 1, \"functions\": [{\"path\": \"00:00.0\", \"config\": \"zz\"}]}",
	};
	struct topo *t = NULL;
	struct err e = {0};

	(void)state;
	temp_make(dir);
	snprintf(path, sizeof(path), "%s/bad", dir);
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		temp_write(dir, "bad", bad[i], strlen(bad[i]));
		if (topo_open(path, &t, &e) != -EINVAL)
			fail_msg("accepted: %s", bad[i]);
		assert_null(t);
	}
	assert_int_equal(topo_open(dir, &t, &e), -EINVAL); /* a directory without sys */
	assert_int_equal(topo_open("/nonexistent", &t, &e), -ENOENT);
	temp_remove(dir);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(predictions_are_what_the_kernel_did),
		cmocka_unit_test(a_saved_machine_is_the_machine),
		cmocka_unit_test(from_xml_alone_nothing_is_claimed),
		cmocka_unit_test(devices_are_found_by_any_name),
		cmocka_unit_test(what_is_no_machine_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
