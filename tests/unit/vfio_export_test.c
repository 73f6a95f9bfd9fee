// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Exports of BARs, their CPU mappings, and taking them away again. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <errno.h>
#include <linux/pci_regs.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "unit/vfio_rig.h"

struct rig {
	struct vfio_host host;
	struct vfio_device *d;
};

static int open_rig(void **state)
{
	static struct rig r;

	rig_reset();
	r.host = rig_host();
	r.d = rig_open(&r.host, ACCESS_CDEV);
	*state = &r;
	return 0;
}

static int close_rig(void **state)
{
	struct rig *r = *state;

	vfio_device_close(r->d);
	rig_clean(&r->host);
	return 0;
}

#define says(e, word)                                                                                        \
	do {                                                                                                 \
		if (!strstr((e).text, word) && !strstr((e).hint, word))                                      \
			fail_msg("'%s' is not in: %s; %s", word, (e).text, (e).hint);                        \
	} while (0)

static const struct config_range two[] = {{0x4000, 0x2000}, {0, 0x1000}};

/* Ranges in the order asked, seen alike by dma-buf, CPU mapping and device. */
static void test_ranges(void **state)
{
	const size_t bytes = 0x3000;
	struct rig *r = *state;
	unsigned char *va, *nic;
	char at[4] = {0};
	int fd;

	assert_int_equal(vfio_map(r->d, 2, two, 2, (void **)&va, NULL), 0);
	va[0] = 1; /* before the export: what is there moves along */
	fd = vfio_export(r->d, 2, two, 2, NULL);
	assert_true(fd >= 0);
	assert_int_equal(lseek(fd, 0, SEEK_END), bytes);
	nic = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	assert_ptr_not_equal(nic, MAP_FAILED);
	assert_int_equal(nic[0], 1);
	va[1] = 2;
	nic[0x1fff] = 3;
	nic[0x2000] = 4;
	fakevfio_bar_read(RIG_BDF, 2, 0x4000, at, 2);
	assert_memory_equal(at, "\1\2", 2);
	fakevfio_bar_read(RIG_BDF, 2, 0x5fff, at, 1);
	assert_int_equal(at[0], 3);
	fakevfio_bar_read(RIG_BDF, 2, 0, at, 1);
	assert_int_equal(at[0], 4);
	assert_int_equal(va[0x2000], 4);
	munmap(nic, bytes);
	vfio_unmap(r->d, va);
	vfio_unmap(r->d, NULL);
	fakevfio_sys.close(fd);
}

/* The same bytes behind each export, however many there are. */
static void test_exports_are_one(void **state)
{
	struct rig *r = *state;
	char a[2] = {5, 6}, b[2] = {0};
	int fd[3];

	for (int i = 0; i < 3; i++)
		fd[i] = vfio_export(r->d, 2, two, 2, NULL);
	assert_int_equal(pwrite(fd[0], a, 2, 0x2ffe), 2);
	assert_int_equal(pread(fd[2], b, 2, 0x2ffe), 2);
	assert_memory_equal(a, b, 2);
	for (int i = 0; i < 3; i++)
		fakevfio_sys.close(fd[i]);
}

static void test_refused(void **state)
{
	static const struct {
		int64_t bar;
		struct config_range r;
		const char *word;
	} bad[] = {
		{1, {0, 4096}, "no BAR 1"},
		{6, {0, 4096}, "no BAR 6"},
		{-1, {0, 4096}, "no BAR -1"},
		{4, {0, 4096}, "less than a page"},
		{5, {0, 4096}, "I/O space"},
		{2, {0, 0}, "multiples of a page"},
		{2, {0, 100}, "multiples of a page"},
		{2, {100, 4096}, "multiples of a page"},
		{2, {-4096, 4096}, "multiples of a page"},
		{2, {0, RIG_BAR + 4096}, "within the BAR"},
		{2, {RIG_BAR, 4096}, "within the BAR"},
		{2, {INT64_MAX - 4095, 4096}, "within the BAR"},
		{2, {0, RIG_TABLE + 4096}, "MSI-X"},
		{2, {RIG_TABLE, 4096}, "{offset: 0, length: 64K}"},
		{2, {RIG_TABLE + 8192, 4096}, "{offset: 76K, length: 948K}"},
	};
	struct rig *r = *state;
	unsigned int before = fakevfio_count();

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct err e = {0};
		void *va;

		assert_int_equal(vfio_export(r->d, bad[i].bar, &bad[i].r, 1, &e), -EINVAL);
		says(e, bad[i].word);
		assert_int_equal(vfio_map(r->d, bad[i].bar, &bad[i].r, 1, &va, &e), -EINVAL);
		assert_null(va);
	}
	assert_int_equal(vfio_export(r->d, 2, NULL, 0, NULL), -EINVAL);
	assert_true(fakevfio_count() > before);
	/* Between table and pending bits there is a page. */
	assert_int_equal(vfio_bar_check(r->d, 2, &(struct config_range){RIG_TABLE + 4096, 4096}, 1, NULL), 0);
	assert_int_equal(vfio_bar_check(r->d, 0, &(struct config_range){0, 16384}, 1, NULL), 0);
}

static void test_errnos(void **state)
{
	static const struct {
		int code;
		const char *word;
	} cases[] = {
		{ENOTTY, "Linux 6.19"}, {EOPNOTSUPP, "nvgrace"},  {ENODEV, "/proc/iomem"},
		{EINVAL, "I/O space"},	{ENOMEM, "fewer ranges"}, {EOVERFLOW, "fewer ranges"},
		{EMFILE, "ulimit -n"},	{ENFILE, "fs.file-max"},
	};
	struct rig *r = *state;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct err e = {0};

		fakevfio_fail_ioctl(VFIO_DEVICE_FEATURE, cases[i].code, 1);
		assert_int_equal(vfio_export(r->d, 2, two, 2, &e), -cases[i].code);
		says(e, cases[i].word);
		says(e, "export 2 ranges of BAR 2");
	}
}

static void test_kernels(void **state)
{
	struct fakevfio_kernel old = {.no_dmabuf = true}, variant = {.variant_driver = true};
	struct rig *r = *state;

	fakevfio_kernel(&old);
	assert_int_equal(vfio_export(r->d, 2, two, 2, NULL), -ENOTTY);
	assert_int_equal(vfio_feature(r->d, VFIO_DEVICE_FEATURE_PROBE, 11, NULL, 0), -ENOTTY);
	fakevfio_kernel(&variant);
	assert_int_equal(vfio_export(r->d, 2, two, 2, NULL), -EOPNOTSUPP);
	fakevfio_kernel(&(struct fakevfio_kernel){0});
	assert_int_equal(vfio_feature(r->d, VFIO_DEVICE_FEATURE_PROBE | VFIO_DEVICE_FEATURE_GET, 11, NULL, 0),
			 0);
	assert_int_equal(vfio_feature(r->d, VFIO_DEVICE_FEATURE_PROBE, 1 << 16, NULL, 0), -EINVAL);
	assert_int_equal(vfio_feature(r->d, VFIO_DEVICE_FEATURE_PROBE, 11, two, 65), -EINVAL);
	assert_int_equal(vfio_feature_argsz(r->d, VFIO_DEVICE_FEATURE_PROBE, 11, NULL, 0, 73), -EINVAL);
	assert_int_equal(vfio_feature_argsz(r->d, VFIO_DEVICE_FEATURE_PROBE, 11, NULL, 0, 7), -EINVAL);
}

/* The words of a failed mapping; what was reserved is given back. */
static void test_map_fails(void **state)
{
	struct rig *r = *state;
	struct err e = {0};
	void *va;

	for (unsigned int n = 1;; n++) {
		int rc;

		fakevfio_fail_at(n, ENOMEM);
		rc = vfio_map(r->d, 2, two, 2, &va, &e);
		if (!rc)
			break;
		assert_int_equal(rc, -ENOMEM);
		assert_null(va);
		assert_int_equal(fakevfio_mappings(), 0);
		assert_true(e.text[0]);
		assert_true(n < 20);
	}
	fakevfio_fail_at(0, 0);
	says(e, "mmap of BAR 2");
	assert_int_equal(fakevfio_mappings(), 2);
	vfio_unmap(r->d, va);
}

static void test_unmappable(void **state)
{
	struct fakevfio_device d = rig_device;
	struct rig *r = *state;
	void *va = r;

	vfio_device_close(r->d);
	fakevfio_reset();
	d.unmappable = 1U << 2;
	fakevfio_device_add(&d);
	r->d = rig_open(&r->host, ACCESS_GROUP);
	assert_int_equal(vfio_map(r->d, 2, two, 2, &va, NULL), 0);
	assert_null(va);
	assert_int_equal(vfio_export(r->d, 2, two, 2, NULL), -EINVAL);
}

struct import {
	struct fakevfio_dmabuf *b;
	int fd;
};

static struct import import(struct rig *r)
{
	struct import i = {.fd = vfio_export(r->d, 2, two, 2, NULL)};

	assert_true(i.fd >= 0);
	assert_int_equal(fakevfio_attach(i.fd, false, NULL, &i.b), -EOPNOTSUPP);
	assert_int_equal(fakevfio_attach(i.fd, true, NULL, &i.b), 0);
	assert_true(fakevfio_live(i.b));
	return i;
}

static void drop(struct import i)
{
	fakevfio_detach(i.b);
	fakevfio_sys.close(i.fd);
}

static void test_reset(void **state)
{
	struct rig *r = *state;
	struct import i = import(r);

	assert_int_equal(vfio_revoke(r->d, MEM_REVOKE_NONE, NULL), 0);
	assert_int_equal(fakevfio_revokes(i.b), 0);
	assert_int_equal(vfio_revoke(r->d, MEM_REVOKE_RESET, NULL), 0);
	assert_int_equal(fakevfio_revokes(i.b), 1);
	assert_true(fakevfio_live(i.b));
	assert_int_equal(vfio_restore(r->d, NULL), 0);
	drop(i);
}

static void test_no_reset(void **state)
{
	struct fakevfio_device d = rig_device;
	struct rig *r = *state;
	struct err e = {0};

	vfio_device_close(r->d);
	fakevfio_reset();
	d.no_reset = true;
	fakevfio_device_add(&d);
	r->d = rig_open(&r->host, ACCESS_CDEV);
	assert_int_equal(vfio_revoke(r->d, MEM_REVOKE_RESET, &e), -EINVAL);
	says(e, "reset_method");
}

/* A reset that finds the lock taken waits for it. */
static void test_reset_again(void **state)
{
	struct rig *r = *state;
	struct err e = {0};

	fakevfio_fail_ioctl(VFIO_DEVICE_RESET, EAGAIN, 2);
	assert_int_equal(vfio_revoke(r->d, MEM_REVOKE_RESET, NULL), 0);
	fakevfio_fail_ioctl(VFIO_DEVICE_RESET, EAGAIN, 1000);
	assert_int_equal(vfio_revoke(r->d, MEM_REVOKE_RESET, &e), -EAGAIN);
	says(e, "DEVICE_RESET");
	fakevfio_fail_ioctl(0, 0, 0);
}

static void test_memory_off(void **state)
{
	struct rig *r = *state;
	struct import i = import(r);
	struct fakevfio_dmabuf *again;
	int fd;

	assert_int_equal(vfio_revoke(r->d, MEM_REVOKE_MEMORY_OFF, NULL), 0);
	assert_false(fakevfio_live(i.b));
	/* Made while memory is off: export works, attach does not, until it is on again. */
	fd = vfio_export(r->d, 2, two, 1, NULL);
	assert_true(fd >= 0);
	assert_int_equal(fakevfio_attach(fd, true, NULL, &again), -ENODEV);
	assert_int_equal(vfio_restore(r->d, NULL), 0);
	assert_true(fakevfio_live(i.b));
	assert_int_equal(fakevfio_attach(fd, true, NULL, &again), 0);
	fakevfio_detach(again);
	fakevfio_sys.close(fd);
	drop(i);
}

/* VFIO keeps that bit for a VF, but its exports stay usable: nothing would be revoked. */
static void test_memory_off_vf(void **state)
{
	struct topo_fn vf = rig_fn;
	struct rig *r = *state;
	struct err e = {0};
	struct import i;

	vfio_device_close(r->d);
	vf.physfn = 0;
	assert_int_equal(vfio_device_open(&r->host, &vf, ACCESS_CDEV, NULL, 0, &r->d, NULL), 0);
	i = import(r);
	assert_int_equal(vfio_revoke(r->d, MEM_REVOKE_MEMORY_OFF, &e), -EOPNOTSUPP);
	says(e, "a VF");
	says(e, "revoke: reset or close");
	assert_true(fakevfio_live(i.b));
	assert_int_equal(vfio_revoke(r->d, MEM_REVOKE_RESET, NULL), 0);
	drop(i);
	/* Not beyond this test. */
	vfio_device_close(r->d);
	r->d = rig_open(&r->host, ACCESS_CDEV);
}

/* A close takes effect though the CPU still has the BAR mapped, and leaves the addresses reserved. */
static void test_close(void **state)
{
	static const uint8_t probe[8];
	struct rig *r = *state;
	struct import i = import(r);
	struct mem_health h;
	struct err e = {0};
	void *va;

	assert_int_equal(vfio_map(r->d, 2, two, 2, &va, NULL), 0);
	assert_int_equal(vfio_revoke(r->d, MEM_REVOKE_CLOSE, NULL), 0);
	assert_false(fakevfio_live(i.b));
	assert_true(vfio_dead(r->d));
	assert_int_equal(mincore(va, 0x3000, (unsigned char[3]){0}), 0); /* mapped, by whatever */
	assert_int_equal(vfio_restore(r->d, &e), -ENODEV);
	says(e, "closed to revoke");
	assert_int_equal(vfio_revoke(r->d, MEM_REVOKE_RESET, NULL), -ENODEV);
	assert_int_equal(vfio_export(r->d, 2, two, 2, NULL), -ENODEV);
	assert_int_equal(vfio_health(r->d, &h, NULL), -ENODEV);
	assert_int_equal(vfio_feature(r->d, VFIO_DEVICE_FEATURE_PROBE, 11, probe, 8), -ENODEV);
	vfio_unmap(r->d, va);
	drop(i);
}

/* After it the device can be opened anew beside the dead one; old exports stay dead. */
static void test_reopen(void **state)
{
	struct rig *r = *state;
	struct import old = import(r), new;
	struct vfio_device *dead = r->d;

	assert_int_equal(vfio_revoke(r->d, MEM_REVOKE_CLOSE, NULL), 0);
	r->d = rig_open(&r->host, ACCESS_CDEV);
	new = import(r);
	assert_false(fakevfio_live(old.b));
	vfio_device_close(dead);
	assert_true(fakevfio_live(new.b));
	drop(old);
	drop(new);
}

static void test_health(void **state)
{
	uint8_t *config = fakevfio_config(RIG_BDF);
	struct rig *r = *state;
	struct mem_health h;

	assert_int_equal(vfio_health(r->d, &h, NULL), 0);
	assert_int_equal(h.devsta | h.uncorrectable | h.correctable, 0);
	config[0x40 + PCI_EXP_DEVSTA] = 0xa;
	config[0x100 + PCI_ERR_UNCOR_STATUS + 2] = 0x10;
	config[0x100 + PCI_ERR_COR_STATUS + 1] = 0x20;
	assert_int_equal(vfio_health(r->d, &h, NULL), 0);
	assert_int_equal(h.devsta, 0xa);
	assert_int_equal(h.uncorrectable, 0x100000);
	assert_int_equal(h.correctable, 0x2000);
	assert_int_equal(config[0x40 + PCI_EXP_DEVSTA], 0xa); /* reads only */
	fakevfio_fail_at(1, EIO);
	assert_int_equal(vfio_health(r->d, &h, NULL), -EIO);
}

/* All ones are no errors of the device: it is gone. */
static void test_gone(void **state)
{
	uint8_t *config = fakevfio_config(RIG_BDF);
	struct rig *r = *state;
	struct mem_health h;
	struct err e = {0};

	memset(config + 4, 0xff, FAKEVFIO_CONFIG - 4); /* VFIO fills the IDs in */
	assert_int_equal(vfio_health(r->d, &h, &e), -EIO);
	says(e, "all ones");
	says(e, "fallen off the bus");
	assert_int_equal(vfio_revoke(r->d, MEM_REVOKE_MEMORY_OFF, NULL), -EIO);
	assert_int_equal(vfio_restore(r->d, NULL), -EIO);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, open_rig, close_rig)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_ranges),	TEST(test_exports_are_one), TEST(test_refused),
		TEST(test_errnos),	TEST(test_kernels),	    TEST(test_map_fails),
		TEST(test_unmappable),	TEST(test_reset),	    TEST(test_no_reset),
		TEST(test_reset_again), TEST(test_memory_off),	    TEST(test_memory_off_vf),
		TEST(test_close),	TEST(test_reopen),	    TEST(test_health),
		TEST(test_gone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
