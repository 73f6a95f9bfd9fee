// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Opening a device: the ways in, their order, what stands against each, and what is said of it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <errno.h>
#include <string.h>

#include "unit/vfio_rig.h"

static int setup(void **state)
{
	(void)state;
	rig_reset();
	return 0;
}

#define says(e, word)                                                                                        \
	do {                                                                                                 \
		if (!strstr((e).text, word) && !strstr((e).hint, word))                                      \
			fail_msg("'%s' is not in: %s; %s", word, (e).text, (e).hint);                        \
	} while (0)

static void expect_way(int64_t access, const char *word)
{
	struct vfio_host host = rig_host();
	struct vfio_device *d = rig_open(&host, access);

	assert_string_equal(vfio_device_access(d), word);
	assert_ptr_equal(vfio_device_fn(d), &rig_fn);
	assert_false(vfio_dead(d));
	vfio_device_close(d);
	rig_clean(&host);
}

static void expect_fail(const struct topo_fn *fn, int64_t access, int code, const char *word)
{
	struct vfio_host host = rig_host();
	struct vfio_device *d = NULL;
	struct err e = {0};

	assert_int_equal(vfio_device_open(&host, fn, access, NULL, 0, &d, &e), code);
	assert_null(d);
	assert_int_equal(e.code, code);
	says(e, "0000:41:00.0");
	says(e, word);
	assert_true(e.hint[0]);
	assert_null(strchr(e.hint, '{'));
	rig_clean(&host);
}

static void test_ways(void **state)
{
	struct fakevfio_kernel old = {.no_cdev = true}, noiommu = {.noiommu = true};

	(void)state;
	expect_way(ACCESS_AUTO, "cdev");
	expect_way(ACCESS_CDEV, "cdev");
	expect_way(ACCESS_GROUP, "group");
	fakevfio_kernel(&old);
	expect_way(ACCESS_AUTO, "group");
	expect_fail(&rig_fn, ACCESS_CDEV, -ENOENT, "/dev/vfio/devices/vfio0");
	fakevfio_kernel(&noiommu);
	expect_way(ACCESS_NOIOMMU, "noiommu");
	expect_fail(&rig_fn, ACCESS_GROUP, -EOPNOTSUPP, "vfio_iommu_type1");
}

/* No kernel that has no IOMMU is opened without being asked. */
static void test_auto_is_safe(void **state)
{
	struct fakevfio_kernel k = {.noiommu = true, .no_cdev = true};
	struct topo_fn none = rig_fn;

	(void)state;
	fakevfio_kernel(&k);
	expect_fail(&rig_fn, ACCESS_AUTO, -EOPNOTSUPP, "CHECK_EXTENSION");
	none.iommu_group = -1;
	none.vfio_dev[0] = '\0';
	expect_fail(&none, ACCESS_AUTO, -ENODEV, "access: noiommu");
	memcpy(none.vfio_dev, "noiommu-vfio0", 14);
	expect_fail(&none, ACCESS_AUTO, -ENODEV, "access: noiommu");
	expect_fail(&none, ACCESS_CDEV, -ENOENT, "access: group");
	k.no_rawio = true;
	fakevfio_kernel(&k);
	expect_fail(&rig_fn, ACCESS_NOIOMMU, -EPERM, "root");
}

/* Names of nodes move when functions are bound anew: another function is neither opened nor reset. */
static void test_node_has_moved(void **state)
{
	struct fakevfio_device d = rig_device;
	const struct fakevfio_call *calls;
	size_t n;

	(void)state;
	fakevfio_reset();
	d.bdf = "0000:42:00.0"; /* has vfio0 now */
	fakevfio_device_add(&d);
	expect_fail(&rig_fn, ACCESS_CDEV, -ENOENT, "bound anew");
	n = fakevfio_calls(&calls);
	for (size_t i = 0; i < n; i++)
		assert_int_not_equal(calls[i].what, FAKEVFIO_RESET_BY_OPEN);
}

static void test_driver(void **state)
{
	struct topo_fn fn = rig_fn;
	struct vfio_host host = rig_host();
	struct err e = {0};

	(void)state;
	memcpy(fn.driver, "nvme", 5);
	expect_fail(&fn, ACCESS_AUTO, -EBUSY, "scripts/vfio-bind bind 0000:41:00.0 --apply");
	expect_fail(&fn, ACCESS_AUTO, -EBUSY, "bound to nvme");
	fn.driver[0] = '\0';
	expect_fail(&fn, ACCESS_AUTO, -EBUSY, "bound to no driver");
	assert_int_equal(vfio_check(&host, &fn, ACCESS_AUTO, &e), -EBUSY);
	assert_int_equal(fakevfio_count(), 0);
}

static void test_check(void **state)
{
	struct fakevfio_kernel k = {.no_cdev = true};
	struct vfio_host host = rig_host();
	struct vfio_device *d;
	struct err e = {0};

	(void)state;
	assert_int_equal(vfio_check(&host, &rig_fn, ACCESS_AUTO, &e), 0);
	assert_int_equal(vfio_check(&host, &rig_fn, ACCESS_GROUP, &e), 0);
	fakevfio_fail_open("/dev/vfio/devices/vfio0", EACCES);
	assert_int_equal(vfio_check(&host, &rig_fn, ACCESS_AUTO, &e), -EACCES);
	says(e, "chown $USER /dev/vfio/devices/vfio0");
	fakevfio_fail_open("/dev/iommu", EACCES);
	assert_int_equal(vfio_check(&host, &rig_fn, ACCESS_CDEV, &e), -EACCES);
	says(e, "/dev/iommu");
	fakevfio_fail_open(NULL, 0);
	fakevfio_kernel(&k);
	assert_int_equal(vfio_check(&host, &rig_fn, ACCESS_AUTO, &e), 0); /* by group */
	fakevfio_fail_open("/dev/vfio/7", EBUSY);
	assert_int_equal(vfio_check(&host, &rig_fn, ACCESS_AUTO, &e), -EBUSY);
	says(e, "fuser -v /dev/vfio/7");
	fakevfio_fail_open(NULL, 0);
	/* Its own group is no obstacle. */
	d = rig_open(&host, ACCESS_GROUP);
	assert_int_equal(vfio_check(&host, &rig_fn, ACCESS_GROUP, &e), 0);
	vfio_device_close(d);
	rig_clean(&host);
}

static void test_group_busy(void **state)
{
	struct fakevfio_device busy = rig_device;

	(void)state;
	fakevfio_reset();
	busy.group_busy = true;
	fakevfio_device_add(&busy);
	expect_fail(&rig_fn, ACCESS_CDEV, -EPERM, "IOMMU group 7");
	expect_fail(&rig_fn, ACCESS_GROUP, -EPERM, "IOMMU group 7");
}

/* Group and container, or /dev/iommu, are shared; the last device takes them along. */
static void test_two_of_a_group(void **state)
{
	static const int64_t access[] = {ACCESS_GROUP, ACCESS_CDEV};
	struct fakevfio_device other = rig_device;
	struct vfio_host host = rig_host(), theirs = rig_host();
	struct vfio_device *a, *b = NULL;
	struct topo_fn fn = rig_fn;

	(void)state;
	other.bdf = "0000:41:00.1";
	other.vfio_dev = "vfio1";
	fakevfio_device_add(&other);
	fn.addr.fn = 1;
	memcpy(fn.vfio_dev, "vfio1", 6);
	for (int i = 0; i < 2; i++) {
		struct err e = {0};
		int fds, shared;

		a = rig_open(&host, access[i]);
		fds = fakevfio_open_fds();
		/* Another owner does not get a device of the group: EBUSY of the group, EPERM of the iommufd.
		 */
		assert_true(vfio_device_open(&theirs, &fn, access[i], NULL, 0, &b, &e) < 0);
		says(e, "another process");
		rig_clean_but(&theirs, fds);
		if (vfio_device_open(&host, &fn, access[i], NULL, 0, &b, &e))
			fail_msg("%s", e.text);
		shared = fakevfio_open_fds();
		assert_int_equal(shared, fds + 1);
		vfio_device_close(a);
		assert_int_equal(fakevfio_open_fds(), shared - 1);
		assert_false(vfio_dead(b));
		vfio_device_close(b);
		rig_clean(&host);
	}
}

static void test_exclusive(void **state)
{
	struct vfio_host mine = rig_host(), theirs = rig_host();
	struct vfio_device *a, *b = NULL;
	struct err e = {0};

	(void)state;
	a = rig_open(&mine, ACCESS_CDEV);
	assert_int_equal(vfio_device_open(&theirs, &rig_fn, ACCESS_CDEV, NULL, 0, &b, &e), -EINVAL);
	says(e, "fuser -v /dev/vfio/devices/vfio0");
	assert_int_equal(vfio_device_open(&theirs, &rig_fn, ACCESS_GROUP, NULL, 0, &b, &e), -EBUSY);
	says(e, "/dev/vfio/7");
	vfio_device_close(a);
	a = rig_open(&mine, ACCESS_GROUP);
	assert_int_equal(vfio_device_open(&theirs, &rig_fn, ACCESS_CDEV, NULL, 0, &b, &e), -EBUSY);
	says(e, "by group");
	vfio_device_close(a);
	rig_clean(&mine);
	rig_clean(&theirs);
}

/* The reset lock is waited for, within bounds. */
static void test_again(void **state)
{
	struct fakevfio_kernel k = {.eagain = 3};

	(void)state;
	fakevfio_kernel(&k);
	expect_way(ACCESS_CDEV, "cdev");
	fakevfio_kernel(&k);
	expect_way(ACCESS_GROUP, "group");
	k.eagain = 1000;
	fakevfio_kernel(&k);
	expect_fail(&rig_fn, ACCESS_CDEV, -EAGAIN, "try again");
}

static void test_signal(void **state)
{
	struct vfio_host host = rig_host();

	(void)state;
	fakevfio_fail_ioctl(VFIO_DEVICE_GET_INFO, EINTR, 2);
	vfio_device_close(rig_open(&host, ACCESS_CDEV));
	rig_clean(&host);
}

/* Every errno of BIND and of the group's calls has its own words. */
static void test_errnos(void **state)
{
	static const struct {
		unsigned long request;
		int64_t access;
		int code;
		const char *word;
	} cases[] = {
		{VFIO_DEVICE_BIND_IOMMUFD, ACCESS_CDEV, EPERM, "allow_unsafe_interrupts"},
		{VFIO_DEVICE_BIND_IOMMUFD, ACCESS_CDEV, EACCES, "token"},
		{VFIO_DEVICE_BIND_IOMMUFD, ACCESS_CDEV, ENODEV, "dmesg"},
		{VFIO_DEVICE_BIND_IOMMUFD, ACCESS_CDEV, ENOTTY, "access: group"},
		{VFIO_GROUP_SET_CONTAINER, ACCESS_GROUP, EPERM, "IOMMU group 7"},
		{VFIO_GROUP_SET_CONTAINER, ACCESS_GROUP, EINVAL, "another container"},
		{VFIO_SET_IOMMU, ACCESS_GROUP, EPERM, "allow_unsafe_interrupts"},
		{VFIO_SET_IOMMU, ACCESS_GROUP, ENODEV, "modprobe vfio_iommu_type1"},
		{VFIO_GROUP_GET_DEVICE_FD, ACCESS_GROUP, ENODEV, "not bound"},
		{VFIO_GROUP_GET_DEVICE_FD, ACCESS_GROUP, EBUSY, "by cdev"},
		{VFIO_GROUP_GET_DEVICE_FD, ACCESS_GROUP, EACCES, "token"},
		{VFIO_GROUP_GET_DEVICE_FD, ACCESS_GROUP, EPERM, "IOMMU group 7"},
		{VFIO_GROUP_GET_DEVICE_FD, ACCESS_GROUP, EAGAIN, "try again"},
		{VFIO_DEVICE_GET_INFO, ACCESS_CDEV, ENODEV, "removed"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		fakevfio_fail_ioctl(cases[i].request, cases[i].code, 1000);
		expect_fail(&rig_fn, cases[i].access, -cases[i].code, cases[i].word);
		fakevfio_fail_ioctl(0, 0, 0);
	}
}

/* Memory is switched on only when it is off, and `init` comes after it. */
static void test_memory_and_init(void **state)
{
	static const struct config_init init[] = {{0, 0xe04, 4, 1}, {2, 8, 8, 0x1122334455667788}};
	struct fakevfio_device off = rig_device;
	struct vfio_host host = rig_host();
	const struct fakevfio_call *calls;
	struct vfio_device *d;
	size_t n, writes = 0;
	uint64_t seen = 0;

	(void)state;
	vfio_device_close(rig_open(&host, ACCESS_CDEV));
	n = fakevfio_calls(&calls);
	for (size_t i = 0; i < n; i++)
		assert_int_not_equal(calls[i].what, FAKEVFIO_PWRITE);
	fakevfio_reset();
	off.memory_off = true;
	fakevfio_device_add(&off);
	assert_int_equal(vfio_device_open(&host, &rig_fn, ACCESS_CDEV, init, 2, &d, NULL), 0);
	n = fakevfio_calls(&calls);
	for (size_t i = 0; i < n; i++) {
		static const struct {
			unsigned int region;
			uint64_t offset, value;
			size_t bytes;
		} want[] = {{7, 4, 2, 2}, {0, 0xe04, 1, 4}, {2, 8, 0x1122334455667788, 8}};

		if (calls[i].what != FAKEVFIO_PWRITE)
			continue;
		assert_true(writes < 3);
		assert_int_equal(calls[i].region, want[writes].region);
		assert_int_equal(calls[i].offset, want[writes].offset);
		assert_int_equal(calls[i].value, want[writes].value);
		assert_int_equal(calls[i].bytes, want[writes].bytes);
		writes++;
	}
	assert_int_equal(writes, 3);
	fakevfio_bar_read(RIG_BDF, 2, 8, &seen, 8);
	assert_int_equal(seen, 0x1122334455667788);
	vfio_device_close(d);
	rig_clean(&host);
}

static void test_bad_init(void **state)
{
	static const struct config_init bad[] = {{1, 0, 4, 1},	{0, 16384, 4, 1}, {0, 16382, 4, 1},
						 {0, -4, 4, 1}, {6, 0, 4, 1},	  {0, 2, 4, 1},
						 {0, 0, 9, 1},	{0, 0, 0, 1}};
	struct vfio_host host = rig_host();
	struct vfio_device *d = NULL;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct err e = {0};

		assert_int_equal(vfio_device_open(&host, &rig_fn, ACCESS_CDEV, &bad[i], 1, &d, &e), -EINVAL);
		says(e, "`init`");
		rig_clean(&host);
	}
}

static void test_stuck_memory(void **state)
{
	struct fakevfio_device stuck = rig_device;

	(void)state;
	fakevfio_reset();
	stuck.memory_off = stuck.stuck = true;
	fakevfio_device_add(&stuck);
	expect_fail(&rig_fn, ACCESS_CDEV, -EIO, "PCI_COMMAND.MEM");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_ways, setup),
		cmocka_unit_test_setup(test_auto_is_safe, setup),
		cmocka_unit_test_setup(test_node_has_moved, setup),
		cmocka_unit_test_setup(test_driver, setup),
		cmocka_unit_test_setup(test_check, setup),
		cmocka_unit_test_setup(test_group_busy, setup),
		cmocka_unit_test_setup(test_two_of_a_group, setup),
		cmocka_unit_test_setup(test_exclusive, setup),
		cmocka_unit_test_setup(test_again, setup),
		cmocka_unit_test_setup(test_signal, setup),
		cmocka_unit_test_setup(test_errnos, setup),
		cmocka_unit_test_setup(test_memory_and_init, setup),
		cmocka_unit_test_setup(test_bad_init, setup),
		cmocka_unit_test_setup(test_stuck_memory, setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
