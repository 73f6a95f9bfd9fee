// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* doctor on made-up machines: a tree of files is proc, sys and dev; PCI functions come from the fixtures. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/err.h"
#include "doctor_parts.h"
#include "unit/machine_tree.h"

struct rig {
	char root[TEMP_PATH];
	struct topo *t;
	struct match_ends ends;
	struct reach reach;
	struct doctor_ask ask;
	struct doctor d;
};

static int setup(void **state)
{
	struct rig *r = calloc(1, sizeof(*r));

	assert_non_null(r);
	temp_make(r->root);
	*state = r;
	return 0;
}

static int teardown(void **state)
{
	struct rig *r = *state;

	topo_close(r->t);
	temp_remove(r->root);
	free(r);
	return 0;
}

static void put(const struct rig *r, const char *path, const char *text)
{
	char name[1024];

	snprintf(name, sizeof(name), "%s/%s", r->root, path);
	unlink(name);
	tree_append(name, text, strlen(text));
}

/* Of every CPU the test may run on. */
static void put_governor(const struct rig *r, const char *text)
{
	for (int cpu = 0; cpu < 64; cpu++) {
		char path[96];

		snprintf(path, sizeof(path), "sys/devices/system/cpu/cpu%d/cpufreq/scaling_governor", cpu);
		put(r, path, text);
	}
}

/* Of the fixture @machine, "" = one without PCI. */
static void open_machine(struct rig *r, const char *machine)
{
	char path[700];
	struct err e = {0};

	if (machine[0]) {
		snprintf(path, sizeof(path), "%s/%s", MACHINES, machine);
	} else {
		put(r, "sys/bus/pci/slots", "");
		snprintf(path, sizeof(path), "%s", r->root);
	}
	if (topo_open(path, &r->t, &e))
		fail_msg("%s", e.text);
	r->ask.t = r->t;
}

static void make_pair(struct rig *r, const char *nic, const char *target)
{
	const struct topo_fn *f;

	r->ends.fn = topo_find(r->t, nic);
	assert_true(r->ends.fn >= 0);
	f = topo_fn(r->t, (size_t)r->ends.fn);
	r->ends.device = f->ibdev;
	r->ends.driver = f->driver;
	r->ends.port = 1;
	r->ends.data_direct = -1;
	r->ends.memory = (struct config_memory){.name = target,
						.kind = MEM_VFIO,
						.length = 4096,
						.device = target,
						.bar = -1,
						.tph.index = -1,
						.fd = -1,
						.numa = CONFIG_NUMA_ANY};
	reach_predict(r->t, r->ends.fn, r->ends.driver, -1, &r->ends.memory, &r->reach);
	r->ask.ends = &r->ends;
	r->ask.reach = &r->reach;
	r->ask.nic = nic;
	r->ask.target = target;
	r->ask.hardware = true;
}

static const struct doctor_check *find(const struct rig *r, const char *group, const char *name)
{
	const struct doctor_check *c = doctor_find(&r->d, group, name);

	if (!c)
		fail_msg("no check %s %s", group, name);
	return c;
}

static void is(const struct rig *r, const char *group, const char *name, enum doctor_status s,
	       const char *value)
{
	const struct doctor_check *c = find(r, group, name);

	if (c->status != s || !strstr(c->value, value))
		fail_msg("%s %s: %s '%s', wanted %s '%s'", group, name, doctor_status_name(c->status),
			 c->value, doctor_status_name(s), value);
}

/* A live machine below the root of the rig, without RDMA devices. */
static void look(struct rig *r)
{
	r->ask.root = r->root;
	r->ask.live = true;
	doctor_look(&r->ask, &r->d);
}

static void test_nothing_there(void **state)
{
	struct rig *r = *state;
	struct doctor_step s[DOCTOR_STEPS];
	char sentence[DOCTOR_SENTENCE];

	open_machine(r, "");
	look(r);
	assert_false(doctor_lacks(&r->d)); /* nothing was asked */
	is(r, "nic", "device", DOCTOR_WARN, "no RDMA device");
	is(r, "rights", "uverbs", DOCTOR_WARN, "is not there");
	is(r, "container", "pci", DOCTOR_WARN, "no PCI function");
	is(r, "kernel", "p2pdma", DOCTOR_SKIP, "neither");
	assert_non_null(strstr(doctor_sentence(&r->d, sentence), "`p2pbench run` works"));
	assert_true(doctor_steps(&r->d, s) > 3);
	assert_string_equal(s[0].command, "p2pbench run");
	doctor_close(&r->d);
}

static void test_hardware_is_needed(void **state)
{
	struct rig *r = *state;

	open_machine(r, "");
	r->ask.hardware = true;
	look(r);
	assert_true(doctor_lacks(&r->d));
	is(r, "nic", "device", DOCTOR_FAIL, "no RDMA device");
	is(r, "rights", "uverbs", DOCTOR_FAIL, "is not there");
	is(r, "rights", "udmabuf", DOCTOR_WARN, "is not there"); /* host memory does as well */
	doctor_close(&r->d);
}

static void test_kernel_by_configuration(void **state)
{
	struct rig *r = *state;

	open_machine(r, "");
	put(r, "proc/sys/kernel/osrelease", "6.18.1-generic\n");
	put(r, "boot/config-6.18.1-generic",
	    "CONFIG_PCI_P2PDMA=y\n# CONFIG_PCIE_TPH is not "
	    "set\nCONFIG_UDMABUF=m\nCONFIG_VFIO_PCI_DMABUF_NOT=y\n");
	look(r);
	is(r, "kernel", "release", DOCTOR_OK, "/boot/config-6.18.1-generic");
	is(r, "kernel", "p2pdma", DOCTOR_OK, "CONFIG_PCI_P2PDMA=y");
	is(r, "kernel", "udmabuf", DOCTOR_OK, "=m");
	is(r, "kernel", "vfio_dmabuf", DOCTOR_WARN, "is not set");
	assert_non_null(strstr(find(r, "kernel", "vfio_dmabuf")->fix, "6.19 or newer"));
	is(r, "kernel", "tph", DOCTOR_WARN, "is not set");
	assert_non_null(strstr(find(r, "kernel", "tph")->fix, "built with CONFIG_PCIE_TPH"));
	is(r, "kernel", "dmah", DOCTOR_OK, "since 6.17"); /* there is no option to ask */
	doctor_close(&r->d);
}

static void test_kernel_by_version(void **state)
{
	struct rig *r = *state;

	open_machine(r, "");
	put(r, "proc/sys/kernel/osrelease", "6.12.3\n");
	put(r, "proc/cmdline", "root=/dev/sda1 pci=noaer,notph quiet\n");
	look(r);
	is(r, "kernel", "p2pdma", DOCTOR_OK, "by version alone");
	is(r, "kernel", "vfio_dmabuf", DOCTOR_WARN, "came with 6.19");
	is(r, "kernel", "dmah", DOCTOR_WARN, "came with 6.17");
	is(r, "kernel", "command_line", DOCTOR_WARN, "pci=notph");
	doctor_close(&r->d);
}

static void test_modules(void **state)
{
	struct rig *r = *state;

	open_machine(r, "");
	put(r, "sys/module/ib_uverbs/initstate", "live\n");
	look(r);
	is(r, "modules", "ib_uverbs", DOCTOR_OK, "loaded");
	is(r, "modules", "vfio_pci", DOCTOR_WARN, "not loaded");
	assert_string_equal(find(r, "modules", "vfio_pci")->fix, "modprobe vfio_pci");
	assert_string_equal(find(r, "modules", "vfio_pci")->undo, "modprobe -r vfio_pci");
	doctor_close(&r->d);
}

static void test_nodes(void **state)
{
	struct rig *r = *state;

	open_machine(r, "");
	put(r, "sys/class/infiniband_verbs/uverbs3/ibdev", "mlx5_7\n");
	put(r, "dev/infiniband/uverbs3", "");
	put(r, "dev/udmabuf", "");
	look(r);
	is(r, "rights", "uverbs", DOCTOR_OK, "/dev/infiniband/uverbs3 opens");
	is(r, "rights", "udmabuf", DOCTOR_OK, "opens");
	is(r, "rights", "vfio", DOCTOR_WARN, "is not there");
	doctor_close(&r->d);
}

static void test_memory_of_nodes(void **state)
{
	struct rig *r = *state;

	open_machine(r, "");
	put(r, "sys/devices/system/node/node1/hugepages/hugepages-2048kB/nr_hugepages", "512\n");
	put(r, "sys/devices/system/node/node1/hugepages/hugepages-2048kB/free_hugepages", "500\n");
	look(r);
	is(r, "memory", "huge_pages", DOCTOR_OK, "node 1: 500 of 512");
	doctor_close(&r->d);
}

static void test_noise_and_its_undo(void **state)
{
	struct rig *r = *state;
	const struct doctor_check *c;

	open_machine(r, "");
	put_governor(r, "schedutil\n");
	put(r, "sys/kernel/mm/transparent_hugepage/enabled", "[always] madvise never\n");
	put(r, "proc/sys/kernel/numa_balancing", "1\n");
	look(r);
	c = find(r, "noise", "governor");
	assert_int_equal(c->status, DOCTOR_WARN);
	assert_true(strstr(c->fix, "-g performance") && strstr(c->undo, "-g schedutil"));
	c = find(r, "noise", "thp");
	assert_true(c->how & FIX_COMMAND && c->how & FIX_ROOT);
	assert_null(strstr(c->fix, "sudo"));
	assert_non_null(strstr(c->undo, "always"));
	is(r, "noise", "numa_balancing", DOCTOR_WARN, "on");
	doctor_close(&r->d);
}

static void test_pair_through_a_switch(void **state)
{
	struct rig *r = *state;
	char sentence[DOCTOR_SENTENCE];

	open_machine(r, "made-group.json");
	make_pair(r, "mlx5_0", "1a:00.0");
	doctor_look(&r->ask, &r->d); /* root NULL: a capture */
	assert_false(doctor_lacks(&r->d));
	is(r, "target", "binding", DOCTOR_OK, "vfio-pci");
	is(r, "target", "iommu_group", DOCTOR_OK, "10");
	is(r, "path", "route", DOCTOR_OK, "PIX");
	is(r, "path", "acs", DOCTOR_OK, "no port");
	is(r, "tph", "arrives", DOCTOR_OK, "16-bit");
	is(r, "kernel", "release", DOCTOR_SKIP, "not in the capture");
	is(r, "memory", "memlock", DOCTOR_SKIP, "not in the capture");
	assert_int_equal(doctor_p2p(&r->d), P2P_YES);
	doctor_sentence(&r->d, sentence);
	assert_true(strstr(sentence, "yes, P2P") && strstr(sentence, "through the switch"));
	doctor_close(&r->d);
}

static void test_pair_with_redirect(void **state)
{
	struct rig *r = *state;
	const struct doctor_check *c;

	open_machine(r, "made-pix+acs.json");
	make_pair(r, "mlx5_0", "1a:00.0");
	doctor_look(&r->ask, &r->d);
	c = find(r, "path", "acs");
	assert_int_equal(c->status, DOCTOR_WARN);
	assert_string_equal(c->fix, "scripts/p2p-acs clear 0000:18:00.0 0000:1a:00.0 --apply");
	assert_string_equal(c->undo, "scripts/p2p-acs restore 0000:18:00.0 0000:1a:00.0 --apply");
	is(r, "tph", "arrives", DOCTOR_WARN, "no:");
	is(r, "target", "iommu_group", DOCTOR_FAIL, "the IOMMU is off");
	assert_int_equal(doctor_p2p(&r->d), P2P_LATER);
	doctor_close(&r->d);
}

static void test_pair_that_cannot(void **state)
{
	struct rig *r = *state;
	char sentence[DOCTOR_SENTENCE];

	open_machine(r, "made-two-sockets-other.json");
	make_pair(r, "mlx5_0", "84:00.0");
	doctor_look(&r->ask, &r->d);
	is(r, "path", "route", DOCTOR_FAIL, "refused");
	assert_int_equal(doctor_p2p(&r->d), P2P_NO);
	assert_non_null(strstr(doctor_sentence(&r->d, sentence), "bounce"));
	doctor_close(&r->d);
}

static void test_pair_not_bound(void **state)
{
	struct rig *r = *state;
	const struct doctor_check *c;

	open_machine(r, "made-group.json");
	make_pair(r, "mlx5_0", "1b:00.0");
	doctor_look(&r->ask, &r->d);
	c = find(r, "target", "binding");
	assert_int_equal(c->status, DOCTOR_FAIL);
	assert_string_equal(c->fix, "scripts/vfio-bind bind 0000:1b:00.0 --apply");
	assert_string_equal(c->undo, "scripts/vfio-bind restore 0000:1b:00.0 --apply");
	assert_int_equal(doctor_p2p(&r->d), P2P_LATER);
	doctor_close(&r->d);
}

static void test_pair_in_one_group(void **state)
{
	struct rig *r = *state;

	open_machine(r, "made-group.json");
	make_pair(r, "mlx5_0", "19:00.0");
	doctor_look(&r->ask, &r->d);
	is(r, "target", "iommu_group", DOCTOR_FAIL, "mlx5_core");
	doctor_close(&r->d);
}

static void test_pair_seen_without_root(void **state)
{
	struct rig *r = *state;

	open_machine(r, "made-user.json");
	make_pair(r, "mlx5_0", "1a:00.0");
	doctor_look(&r->ask, &r->d);
	is(r, "rights", "config_space", DOCTOR_WARN, "cut off");
	is(r, "path", "route", DOCTOR_WARN, "unknown");
	is(r, "path", "mps", DOCTOR_SKIP, "run as root");
	is(r, "tph", "requester", DOCTOR_SKIP, "run as root"); /* unknown is not off */
	doctor_close(&r->d);
}

static void test_degraded_link(void **state)
{
	struct rig *r = *state;

	open_machine(r, "made-degraded.json");
	make_pair(r, "mlx5_0", "1a:00.0");
	doctor_look(&r->ask, &r->d);
	is(r, "path", "link", DOCTOR_WARN, "8 GT/s x8 of 32 GT/s x16");
	doctor_close(&r->d);
}

/* A file of others can hold anything; what is printed is one plain line, and never a command. */
static void test_hostile_files(void **state)
{
	struct rig *r = *state;
	char *text = NULL;
	size_t len = 0;
	FILE *f;

	open_machine(r, "");
	put(r, "proc/sys/kernel/osrelease", "6.1\033[31m$(reboot)`id`");
	put(r, "proc/cmdline", "\xff\xfe pci= =pci pci=,,,notph");
	put_governor(r, "x;reboot");
	put(r, "proc/self/status", "CapEff:\tzz\n");
	look(r);
	is(r, "container", "capabilities", DOCTOR_SKIP, "");
	is(r, "kernel", "command_line", DOCTOR_WARN, "pci=notph");
	f = open_memstream(&text, &len);
	doctor_script(&r->d, f);
	fclose(f);
	for (char *line = strtok(text, "\n"); line; line = strtok(NULL, "\n"))
		if (line[strspn(line, "\t")] != '#' && strstr(line, "reboot"))
			fail_msg("a file's word became a command: %s", line);
	free(text);
	doctor_close(&r->d);
}

static void test_script_has_fix_and_undo(void **state)
{
	struct rig *r = *state;
	char *text = NULL, *apply, *undo;
	size_t len = 0;
	FILE *f = open_memstream(&text, &len);

	open_machine(r, "made-group.json");
	make_pair(r, "mlx5_0", "1b:00.0");
	doctor_look(&r->ask, &r->d);
	doctor_script(&r->d, f);
	fclose(f);
	apply = strstr(text, "apply() {");
	undo = strstr(text, "undo() {");
	assert_true(apply && undo && apply < undo);
	assert_true(strstr(apply, "\tscripts/vfio-bind bind 0000:1b:00.0 --apply\n") < undo);
	assert_non_null(strstr(undo, "\tscripts/vfio-bind restore 0000:1b:00.0 --apply ||"));
	free(text);
	doctor_close(&r->d);
}

static void test_texts_of_the_kernel(void **state)
{
	static const char text[] =
		"CONFIG_A=y\n#CONFIG_B=y\nXCONFIG_C=y\nCONFIG_D=m\nCONFIG_E=1\nCONFIG_AB=y";
	uint64_t caps;

	(void)state;
	assert_int_equal(doctor_kconfig(text, "A"), 'y');
	assert_int_equal(doctor_kconfig(text, "B"), 'n');
	assert_int_equal(doctor_kconfig(text, "C"), 'n');
	assert_int_equal(doctor_kconfig(text, "D"), 'm');
	assert_int_equal(doctor_kconfig(text, "E"), 'n');
	assert_int_equal(doctor_kconfig(text, "AB"), 'y');
	assert_int_equal(doctor_kconfig("", "A"), 'n');
	assert_int_equal(doctor_kernel_version("6.18.44-fc"), 6 << 16 | 18);
	assert_int_equal(doctor_kernel_version("7.0"), 7 << 16);
	assert_int_equal(doctor_kernel_version("six"), 0);
	assert_int_equal(doctor_kernel_version("6"), 0);
	assert_int_equal(doctor_kernel_version("6.-1"), 0);
	assert_int_equal(doctor_kernel_version("99999999999999999999.1"), 0);
	assert_true(doctor_capabilities("Name:\tx\nCapEff:\t000001ffffffffff\n", &caps));
	assert_true(caps == UINT64_C(0x1ffffffffff));
	assert_false(doctor_capabilities("CapEff:", &caps));
	assert_true(doctor_cmdline("a pci=x,notph b", "pci", "notph"));
	assert_false(doctor_cmdline("a pci=notphy b", "pci", "notph"));
	assert_false(doctor_cmdline("xpci=notph", "pci", "notph"));
	assert_false(doctor_cmdline("pci=", "pci", "notph"));
}

static void test_words(void **state)
{
	(void)state;
	assert_true(doctor_word("0000:18:00.0"));
	assert_true(doctor_word("enp24s0f0np0"));
	assert_false(doctor_word(""));
	assert_false(doctor_word("-rf"));
	assert_false(doctor_word("a;b"));
	assert_false(doctor_word("$(id)"));
	assert_false(doctor_word("a b"));
}

/* More findings than there is room for are dropped, not written past the end. */
static void test_no_room(void **state)
{
	struct rig *r = *state;

	for (int i = 0; i < 2 * DOCTOR_CHECKS; i++)
		doctor_why(doctor_add(&r->d, "x", "y", DOCTOR_OK, "%d", i), "z");
	assert_int_equal(r->d.n, DOCTOR_CHECKS);
	assert_string_equal(r->d.check[DOCTOR_CHECKS - 1].value, "95");
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(test_nothing_there),
		T(test_hardware_is_needed),
		T(test_kernel_by_configuration),
		T(test_kernel_by_version),
		T(test_modules),
		T(test_nodes),
		T(test_memory_of_nodes),
		T(test_noise_and_its_undo),
		T(test_pair_through_a_switch),
		T(test_pair_with_redirect),
		T(test_pair_that_cannot),
		T(test_pair_not_bound),
		T(test_pair_in_one_group),
		T(test_pair_seen_without_root),
		T(test_degraded_link),
		T(test_hostile_files),
		T(test_script_has_fix_and_undo),
		cmocka_unit_test(test_texts_of_the_kernel),
		cmocka_unit_test(test_words),
		T(test_no_room),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
