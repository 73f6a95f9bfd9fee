// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Every n-th syscall of a whole use of a device fails in turn: nothing leaks, and the message says what it
 * was. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <errno.h>
#include <string.h>

#include "unit/vfio_rig.h"

static const struct config_range ranges[] = {{0, 0x2000}, {0x8000, 0x1000}};
static const struct config_init init[] = {{0, 0xe04, 4, 1}};

/* Use of an open device. What was opened is given back whatever fails. */
static int use_device(struct vfio_device *d, struct err *e)
{
	struct mem_health health;
	void *va = NULL;
	int fd = vfio_export(d, 2, ranges, 2, e);
	int rc = fd < 0 ? fd : vfio_map(d, 2, ranges, 2, &va, e);

	if (!rc)
		rc = vfio_health(d, &health, e);
	if (!rc)
		rc = vfio_revoke(d, MEM_REVOKE_RESET, e);
	if (!rc)
		rc = vfio_revoke(d, MEM_REVOKE_MEMORY_OFF, e);
	if (!rc)
		rc = vfio_restore(d, e);
	if (!rc)
		rc = vfio_revoke(d, MEM_REVOKE_CLOSE, e);
	vfio_unmap(d, va);
	if (fd >= 0)
		fakevfio_sys.close(fd);
	return rc;
}

static int use(int64_t access, struct err *e)
{
	struct vfio_host host = rig_host();
	struct vfio_device *d = NULL;
	int rc = vfio_check(&host, &rig_fn, access, e);

	if (!rc)
		rc = vfio_device_open(&host, &rig_fn, access, init, 1, &d, e);
	if (!rc)
		rc = use_device(d, e);
	vfio_device_close(d);
	rig_clean(&host);
	return rc;
}

static void start(bool noiommu)
{
	struct fakevfio_device d = rig_device;
	struct fakevfio_kernel k = {.noiommu = noiommu};

	fakevfio_reset();
	d.memory_off = true;
	fakevfio_device_add(&d);
	fakevfio_kernel(&k);
}

static unsigned int run(int64_t access, int error)
{
	bool noiommu = access == ACCESS_NOIOMMU;
	unsigned int calls;

	start(noiommu);
	assert_int_equal(use(access, NULL), 0);
	calls = fakevfio_count();
	for (unsigned int n = 1; n <= calls; n++) {
		struct err e = {0};
		int rc;

		start(noiommu);
		fakevfio_fail_at(n, error);
		rc = use(access, &e);
		/* The mapping made inaccessible by a close falls back to none: no error. */
		if (!rc && n == calls)
			continue;
		assert_int_equal(rc, -error);
		assert_int_equal(e.code, -error);
		if (!strstr(e.text, "pci/0000:41:00.0"))
			fail_msg("call %u of %u: %s", n, calls, e.text);
		assert_non_null(strstr(e.text, err_name(error)));
	}
	return calls;
}

static void test_ways(void **state)
{
	static const int errors[] = {EIO, ENOMEM, ENODEV};

	(void)state;
	for (size_t i = 0; i < sizeof(errors) / sizeof(errors[0]); i++) {
		assert_true(run(ACCESS_CDEV, errors[i]) > 20);
		assert_true(run(ACCESS_GROUP, errors[i]) > 20);
		assert_true(run(ACCESS_NOIOMMU, errors[i]) > 20);
	}
}

/* A node that is not there sends auto to the next way, from wherever it is missed. */
static void test_auto(void **state)
{
	(void)state;
	for (unsigned int n = 1; n <= 4; n++) {
		struct err e = {0};

		start(false);
		fakevfio_fail_at(n, ENOENT);
		assert_int_equal(use(ACCESS_AUTO, &e), 0);
	}
}

/* Two devices of a group: the failure of one leaves the other whole. */
static void share(int64_t access)
{
	struct fakevfio_device other = rig_device;
	struct vfio_host host = rig_host();
	struct vfio_device *a, *b = NULL;
	struct topo_fn fn = rig_fn;
	unsigned int calls;
	int fds, fd;

	start(false);
	other.bdf = "0000:41:00.1";
	other.vfio_dev = "vfio1";
	fakevfio_device_add(&other);
	fn.addr.fn = 1;
	memcpy(fn.vfio_dev, "vfio1", 6);
	a = rig_open(&host, access);
	fds = fakevfio_open_fds();
	fakevfio_fail_at(0, 0);
	assert_int_equal(vfio_device_open(&host, &fn, access, NULL, 0, &b, NULL), 0);
	vfio_device_close(b);
	calls = fakevfio_count();
	for (unsigned int n = 1; n <= calls; n++) {
		fakevfio_fail_at(n, EIO);
		assert_int_equal(vfio_device_open(&host, &fn, access, NULL, 0, &b, NULL), -EIO);
		assert_int_equal(fakevfio_open_fds(), fds);
	}
	fakevfio_fail_at(0, 0);
	fd = vfio_export(a, 2, ranges, 2, NULL);
	assert_true(fd >= 0);
	fakevfio_sys.close(fd);
	vfio_device_close(a);
	rig_clean(&host);
}

static void test_shared_group(void **state)
{
	(void)state;
	share(ACCESS_GROUP);
	share(ACCESS_CDEV);
}

/* The close that kills exports comes last: after those of exports and mappings. */
static void test_order(void **state)
{
	const struct fakevfio_call *calls;
	struct vfio_host host = rig_host();
	struct vfio_device *d;
	void *va;
	size_t n;

	(void)state;
	start(false);
	d = rig_open(&host, ACCESS_CDEV);
	assert_int_equal(vfio_map(d, 2, ranges, 2, &va, NULL), 0);
	vfio_device_close(d); /* takes the mapping along */
	rig_clean(&host);
	n = fakevfio_calls(&calls);
	assert_true(n > 0);
	assert_int_equal(calls[n - 1].what, FAKEVFIO_CLOSE_DEVICE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_ways),
		cmocka_unit_test(test_auto),
		cmocka_unit_test(test_shared_group),
		cmocka_unit_test(test_order),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
