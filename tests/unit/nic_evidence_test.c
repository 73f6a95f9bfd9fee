// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Software RDMA devices never pass for hardware, whatever they are called and wherever they sit. */
#include <errno.h>
#include <limits.h>
#include <ftw.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fakes/nic_check.h"

enum { ROOT_MAX = 64, PATH_SIZE = 512 };

/* One sysfs tree: where `device` leads, what its driver is, whether PCI is above, the rxe attribute. */
static const struct row {
	const char *name;
	const char *device;    /* path below sys/devices, NULL = no such link */
	const char *driver;    /* of @device */
	const char *subsystem; /* of pci0/dev */
	bool parent_attribute;
	uint32_t vendor_id;
	enum nic_evidence want;
	const char *want_driver;
} rows[] = {
	{"mlx5", "pci0/dev", "mlx5_core", "pci", false, 0x02c9, NIC_HARDWARE, "mlx5_core"},
	{"mlx5 sub-function", "pci0/dev/sf.4", "mlx5_core.sf", "pci", false, 0x02c9, NIC_HARDWARE,
	 "mlx5_core.sf"},
	{"rxe", NULL, NULL, "pci", true, 0xffffff, NIC_EMULATED, "rdma_rxe"},
	{"rxe by the attribute alone", NULL, NULL, "pci", true, 0, NIC_EMULATED, "rdma_rxe"},
	{"rxe with a parent", "pci0/dev", "mlx5_core", "pci", true, 0, NIC_EMULATED, "rdma_rxe"},
	{"siw", NULL, NULL, "pci", false, 0x626d74, NIC_EMULATED, "siw"},
	{"siw with a parent", "pci0/dev", "ixgbe", "pci", false, 0x626d74, NIC_EMULATED, "siw"},
	{"hypervisor", "pci0/dev", "vmw_pvrdma", "pci", false, 0x15ad, NIC_EMULATED, "vmw_pvrdma"},
	{"no device", NULL, NULL, "pci", false, 0x02c9, NIC_EMULATED, ""},
	{"not on PCI", "pci0/dev", "hns_roce", "platform", false, 0x19e5, NIC_EMULATED, "hns_roce"},
};

static char root[ROOT_MAX];

static void make_dir(const char *path)
{
	char full[ROOT_MAX + PATH_SIZE];

	snprintf(full, sizeof(full), "%s/%s", root, path);
	if (mkdir(full, 0755) && errno != EEXIST)
		fail_msg("mkdir %s", full);
}

static void make_link(const char *to, const char *path)
{
	char full[ROOT_MAX + PATH_SIZE];

	snprintf(full, sizeof(full), "%s/%s", root, path);
	if (symlink(to, full))
		fail_msg("symlink %s", full);
}

static void make_tree(const struct row *r)
{
	char path[PATH_SIZE], to[PATH_SIZE];
	FILE *f;

	snprintf(root, sizeof(root), "/tmp/p2p-evidence-XXXXXX");
	assert_non_null(mkdtemp(root));
	make_dir("pci0");
	make_dir("pci0/dev");
	make_dir("pci0/dev/sf.4");
	make_dir("ib");
	snprintf(to, sizeof(to), "../../bus/%s", r->subsystem);
	make_link(to, "pci0/dev/subsystem");
	make_link("../../../bus/auxiliary", "pci0/dev/sf.4/subsystem");
	if (r->device) {
		snprintf(to, sizeof(to), "../%s", r->device);
		make_link(to, "ib/device");
		snprintf(path, sizeof(path), "%s/driver", r->device);
		snprintf(to, sizeof(to), "/drivers/%s", r->driver);
		make_link(to, path);
	}
	if (r->parent_attribute) {
		snprintf(path, sizeof(path), "%s/ib/parent", root);
		f = fopen(path, "w");
		assert_non_null(f);
		fclose(f);
	}
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st, (void)type, (void)ftw;
	return remove(path);
}

static void remove_tree(void)
{
	assert_int_equal(nftw(root, remove_one, 16, FTW_DEPTH | FTW_PHYS), 0);
}

static void check_row(const struct row *r)
{
	struct fake_device d = fake_roce;
	struct nic_entry *list;
	char path[PATH_SIZE];
	struct err e;
	struct nic *n;

	fake_reset();
	make_tree(r);
	snprintf(path, sizeof(path), "%s/ib", root);
	d.name = "mlx5_0"; /* a name proves nothing */
	d.ibdev_path = path;
	d.attr.vendor_id = r->vendor_id;
	n = check_open(&d);
	if (nic_attr(n)->evidence != r->want)
		fail_msg("%s: evidence is %s", r->name, nic_evidence_name(nic_attr(n)->evidence));
	if (strcmp(nic_attr(n)->driver, r->want_driver) != 0)
		fail_msg("%s: driver is '%s'", r->name, nic_attr(n)->driver);
	nic_close(n);
	assert_int_equal(nic_list(&list, &e), 3);
	assert_int_equal(list[2].evidence, r->want);
	free(list);
	remove_tree();
}

static void evidence(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		check_row(&rows[i]);
}

static void names(void **state)
{
	(void)state;
	assert_string_equal(nic_evidence_name(NIC_SOFTWARE), "software");
	assert_string_equal(nic_evidence_name(NIC_EMULATED), "emulated");
	assert_string_equal(nic_evidence_name(NIC_HARDWARE), "hardware");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CHECK_TEST(evidence),
		CHECK_TEST(names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
