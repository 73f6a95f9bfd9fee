// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The fake kernel against the rules it claims to follow (drivers/vfio of Linux 7.3, and the mails on TPH). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "unit/vfio_rig.h"

enum { SET = VFIO_DEVICE_FEATURE_SET, GET = VFIO_DEVICE_FEATURE_GET, PROBE = VFIO_DEVICE_FEATURE_PROBE };

static const struct sys *const k = &fakevfio_sys;

static int setup(void **state)
{
	(void)state;
	rig_reset();
	return 0;
}

static int at_open(const char *path)
{
	return k->open(path, O_RDWR, 0);
}

static void test_cdev(void **state)
{
	struct vfio_device_info info = {.argsz = sizeof(info)};
	struct uapi_vfio_bind_iommufd bind = {.argsz = UAPI_VFIO_BIND_ARGSZ};
	int dev = at_open("/dev/vfio/devices/vfio0"), second = at_open("/dev/vfio/devices/vfio0");
	int iommu = at_open("/dev/iommu");
	char byte;
	void *va;

	(void)state;
	assert_true(dev >= 0 && second >= 0 && iommu >= 0);
	assert_int_equal(at_open("/dev/vfio/devices/vfio1"), -ENOENT);
	/* Nothing works before BIND. */
	assert_int_equal(k->ioctl(dev, VFIO_DEVICE_GET_INFO, &info), -EINVAL);
	assert_int_equal(k->pread(dev, &byte, 1, (off_t)7 << 40), -EINVAL);
	assert_int_equal(k->mmap(&va, 4096, PROT_READ, MAP_SHARED, dev, (off_t)2 << 40), -EINVAL);
	bind.iommufd = dev;
	assert_int_equal(k->ioctl(dev, VFIO_DEVICE_BIND_IOMMUFD, &bind), -EINVAL);
	bind.iommufd = -1;
	assert_int_equal(k->ioctl(dev, VFIO_DEVICE_BIND_IOMMUFD, &bind), -EINVAL);
	bind.iommufd = iommu;
	bind.argsz = 12;
	assert_int_equal(k->ioctl(dev, VFIO_DEVICE_BIND_IOMMUFD, &bind), -EINVAL);
	bind.argsz = sizeof(bind);
	assert_int_equal(k->ioctl(dev, VFIO_DEVICE_BIND_IOMMUFD, &bind), 0);
	assert_int_equal(k->ioctl(dev, VFIO_DEVICE_GET_INFO, &info), 0);
	/* One opener. */
	assert_int_equal(k->ioctl(dev, VFIO_DEVICE_BIND_IOMMUFD, &bind), -EINVAL);
	assert_int_equal(k->ioctl(second, VFIO_DEVICE_BIND_IOMMUFD, &bind), -EINVAL);
	assert_int_equal(at_open("/dev/vfio/7"), -EBUSY);
	k->close(dev);
	assert_int_equal(k->ioctl(second, VFIO_DEVICE_BIND_IOMMUFD, &bind), 0);
	k->close(second);
	k->close(iommu);
	assert_int_equal(fakevfio_open_fds(), 0);
}

static void test_group(void **state)
{
	struct vfio_group_status status = {.argsz = sizeof(status)};
	int container = at_open("/dev/vfio/vfio"), group = at_open("/dev/vfio/7"), d1, d2;
	char bdf[] = RIG_BDF, other[] = "0000:41:00.5";

	(void)state;
	assert_true(container >= 0 && group >= 0);
	assert_int_equal(at_open("/dev/vfio/7"), -EBUSY);
	assert_int_equal(at_open("/dev/vfio/8"), -ENOENT);
	assert_int_equal(at_open("/dev/vfio/noiommu-7"), -ENOENT);
	assert_int_equal(k->ioctl(container, VFIO_CHECK_EXTENSION, (void *)3), 1);
	assert_int_equal(k->ioctl(container, VFIO_CHECK_EXTENSION, (void *)8), 0);
	assert_int_equal(k->ioctl(group, VFIO_GROUP_GET_STATUS, &status), 0);
	assert_int_equal(status.flags, VFIO_GROUP_FLAGS_VIABLE);
	assert_int_equal(k->ioctl(container, VFIO_SET_IOMMU, (void *)3), -EINVAL); /* no group in it */
	assert_int_equal(k->ioctl(group, VFIO_GROUP_GET_DEVICE_FD, bdf), -EINVAL);
	assert_int_equal(k->ioctl(group, VFIO_GROUP_SET_CONTAINER, &container), 0);
	assert_int_equal(k->ioctl(group, VFIO_GROUP_SET_CONTAINER, &container), -EINVAL);
	assert_int_equal(k->ioctl(group, VFIO_GROUP_GET_DEVICE_FD, bdf), -EINVAL); /* no IOMMU yet */
	assert_int_equal(k->ioctl(container, VFIO_SET_IOMMU, (void *)3), 0);
	assert_int_equal(k->ioctl(group, VFIO_GROUP_GET_DEVICE_FD, other), -ENODEV);
	d1 = k->ioctl(group, VFIO_GROUP_GET_DEVICE_FD, bdf);
	d2 = k->ioctl(group, VFIO_GROUP_GET_DEVICE_FD, bdf); /* as often as one likes */
	assert_true(d1 >= 0 && d2 >= 0);
	k->close(group); /* held by its devices */
	assert_int_equal(at_open("/dev/vfio/7"), -EBUSY);
	k->close(container);
	k->close(d1);
	k->close(d2);
	group = at_open("/dev/vfio/7");
	assert_true(group >= 0);
	k->close(group);
	assert_int_equal(fakevfio_open_fds(), 0);
}

/* A device bound by cdev, and an export of BAR 2. */
struct opened {
	int dev, iommu, buf;
};

static int export_bar(int dev)
{
	struct {
		uint32_t argsz, flags, region_index, open_flags, more_flags, nr_ranges;
		uint64_t offset, length;
	} u = {.argsz = 40, .flags = GET | 11, .region_index = 2, .nr_ranges = 1, .length = 8192};

	return k->ioctl(dev, VFIO_DEVICE_FEATURE, &u);
}

static struct opened open_device(void)
{
	struct opened o = {at_open("/dev/vfio/devices/vfio0"), at_open("/dev/iommu"), -1};
	struct uapi_vfio_bind_iommufd bind = {.argsz = UAPI_VFIO_BIND_ARGSZ, .iommufd = o.iommu};

	assert_int_equal(k->ioctl(o.dev, VFIO_DEVICE_BIND_IOMMUFD, &bind), 0);
	o.buf = export_bar(o.dev);
	assert_true(o.buf >= 0);
	return o;
}

static void close_device(struct opened *o)
{
	k->close(o->dev);
	k->close(o->iommu);
	k->close(o->buf);
	assert_int_equal(fakevfio_open_fds(), 0);
}

/* @payload: 12 bytes of v6 and later. */
static int feature(const struct opened *o, uint32_t op, uint32_t argsz, const void *payload)
{
	_Alignas(8) uint8_t raw[40] = {0};
	struct vfio_device_feature head = {.argsz = argsz, .flags = op | 13};

	memcpy(raw, &head, sizeof(head));
	if (payload)
		memcpy(raw + sizeof(head), payload, 16);
	return k->ioctl(o->dev, VFIO_DEVICE_FEATURE, raw);
}

struct payload {
	int32_t fd;
	uint32_t flags;
	uint16_t st_ext;
	uint8_t st, ph;
	uint32_t more;
};

/* The answers that the detection tells versions and impostors apart by; EBADF is where the fd is looked at.
 */
static void test_fingerprints(void **state)
{
	static const struct {
		enum fakevfio_feature what;
		int probe, probe_set, probe_get, short_, zero, flag, ph;
	} rows[] = {
		{FAKEVFIO_UNKNOWN, -ENOTTY, -ENOTTY, -ENOTTY, -ENOTTY, -ENOTTY, -ENOTTY, -ENOTTY},
		{FAKEVFIO_ZPCI_ERROR, 0, -EINVAL, 0, -EINVAL, -EINVAL, -EINVAL, -EINVAL},
		{FAKEVFIO_REVOKE, 0, 0, -EINVAL, -EBADF, -EBADF, -EBADF, -EBADF},
		{FAKEVFIO_MEMATTR, 0, 0, -EINVAL, -EBADF, -EBADF, -EBADF, -EBADF},
		{FAKEVFIO_TPH_V2, 0, 0, -EINVAL, -EBADF, -EBADF, -EBADF, -EBADF},
		{FAKEVFIO_TPH_V3, 0, 0, -EINVAL, -EINVAL, -EINVAL, -EINVAL, -EINVAL},
		{FAKEVFIO_TPH_V4, 0, 0, -EINVAL, -EINVAL, -EBADF, -EINVAL, -EBADF},
		{FAKEVFIO_TPH_V5, 0, 0, -EINVAL, -EINVAL, -EINVAL, -EINVAL, -EBADF},
		{FAKEVFIO_TPH_V6, 0, 0, -EINVAL, -EINVAL, -EBADF, -EINVAL, -EINVAL},
		{FAKEVFIO_TPH_V7, 0, 0, -EINVAL, -EINVAL, -EBADF, -EINVAL, -EINVAL},
		{FAKEVFIO_TPH_V9, 0, 0, -EINVAL, -EINVAL, -EBADF, -EINVAL, -EINVAL},
	};
	const struct payload zero = {.fd = -1}, flag = {.fd = -1, .flags = 1U << 31},
			     ph = {.fd = -1, .flags = 1, .ph = 4};
	struct fakevfio_device d = rig_device;
	struct opened o;

	(void)state;
	fakevfio_reset();
	d.requester = true;
	fakevfio_device_add(&d);
	o = open_device();
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		fakevfio_feature(13, rows[i].what);
		assert_int_equal(feature(&o, PROBE, 8, NULL), rows[i].probe);
		assert_int_equal(feature(&o, PROBE | SET, 8, NULL), rows[i].probe_set);
		assert_int_equal(feature(&o, PROBE | GET, 8, NULL), rows[i].probe_get);
		assert_int_equal(feature(&o, SET, 19, &zero), rows[i].short_);
		assert_int_equal(feature(&o, SET, 20, &zero), rows[i].zero);
		/* v2 has other bytes there */
		if (rows[i].what != FAKEVFIO_TPH_V2)
			assert_int_equal(feature(&o, SET, 20, &flag), rows[i].flag);
		if (rows[i].what != FAKEVFIO_TPH_V2)
			assert_int_equal(feature(&o, SET, 20, &ph), rows[i].ph);
	}
	assert_int_equal(fakevfio_harm(), 0);
	close_device(&o);
}

static void test_tags(void **state)
{
	struct payload p = {.flags = 1, .st = 0xf0, .ph = 2};
	struct fakevfio_device wide = rig_device;
	struct fakevfio_dmabuf *b;
	struct fakevfio_tags t;
	struct opened o = open_device();

	(void)state;
	fakevfio_feature(13, FAKEVFIO_TPH_V9);
	p.fd = o.buf;
	assert_int_equal(feature(&o, SET, 20, &p), 0);
	assert_int_equal(fakevfio_attach(o.buf, true, &t, &b), 0);
	fakevfio_detach(b);
	assert_int_equal(t.flags, 1);
	assert_int_equal(t.st, 0xf0);
	assert_int_equal(t.ph, 2);
	/* A second export has tags of its own. */
	p.fd = export_bar(o.dev);
	assert_int_equal(fakevfio_attach(p.fd, true, &t, &b), 0);
	fakevfio_detach(b);
	assert_int_equal(t.flags, 0);
	k->close(p.fd);
	/* 16 bits are not for this target; other files are refused. */
	p = (struct payload){.fd = o.buf, .flags = 3};
	assert_int_equal(feature(&o, SET, 20, &p), -EOPNOTSUPP);
	p.flags = 0;
	assert_int_equal(feature(&o, SET, 20, &p), 0);
	p.fd = o.iommu;
	assert_int_equal(feature(&o, SET, 20, &p), -EINVAL);
	p.fd = fakevfio_other_dmabuf(4096, "udmabuf");
	assert_int_equal(feature(&o, SET, 20, &p), -EINVAL);
	k->close(p.fd);
	close_device(&o);
	fakevfio_reset();
	wide.completer = 0;
	fakevfio_device_add(&wide);
	fakevfio_feature(13, FAKEVFIO_TPH_V9);
	o = open_device();
	assert_int_equal(feature(&o, PROBE | SET, 8, NULL), -EOPNOTSUPP);
	close_device(&o);
}

/* What a careless SET does there is seen. */
static void test_harm(void **state)
{
	struct opened o = open_device();
	struct payload p = {.fd = o.buf, .flags = 1};
	struct fakevfio_dmabuf *b;

	(void)state;
	fakevfio_feature(13, FAKEVFIO_MEMATTR);
	assert_int_equal(feature(&o, SET, 20, &p), 0);
	assert_int_equal(fakevfio_harm(), 1);
	fakevfio_feature(13, FAKEVFIO_REVOKE);
	assert_int_equal(feature(&o, SET, 20, &p), 0);
	assert_int_equal(fakevfio_harm(), 2);
	assert_int_equal(fakevfio_attach(o.buf, true, NULL, &b), -ENODEV);
	close_device(&o);
}

static void test_log(void **state)
{
	const struct fakevfio_call *calls;
	struct opened o = open_device();
	const struct payload p = {.fd = -1, .flags = 1, .st_ext = 0x1234};
	size_t n;

	(void)state;
	feature(&o, SET, 20, &p);
	n = fakevfio_calls(&calls);
	assert_true(n > 0);
	assert_int_equal(calls[n - 1].what, VFIO_DEVICE_FEATURE);
	assert_int_equal(calls[n - 1].flags, SET | 13);
	assert_int_equal(calls[n - 1].argsz, 20);
	assert_int_equal(calls[n - 1].result, -ENOTTY);
	assert_string_equal(calls[n - 1].bdf, RIG_BDF);
	assert_memory_equal(calls[n - 1].payload, &p, 12);
	close_device(&o);
	assert_int_equal(fakevfio_calls(&calls), n + 1);
	assert_int_equal(calls[n].what, FAKEVFIO_CLOSE_DEVICE);
}

static void read_all(const char *path, char *buf, size_t len)
{
	int fd = k->open(path, O_RDONLY, 0);
	ssize_t n;

	assert_true(fd >= 0);
	n = k->read(fd, buf, len - 1);
	assert_true(n > 0);
	buf[n] = '\0';
	k->close(fd);
}

static void test_files(void **state)
{
	struct fakevfio_kernel with = {.tables = FAKEVFIO_TABLES_WITH, .btf = "btf", .btf_bytes = 3};
	struct opened o = open_device();
	char text[512], path[64];

	(void)state;
	snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", o.buf);
	read_all(path, text, sizeof(text));
	assert_non_null(strstr(text, "\nsize:\t8192\n"));
	assert_non_null(strstr(text, "\nexp_name:\tvfio_pci_core\n"));
	snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", o.iommu);
	read_all(path, text, sizeof(text));
	assert_null(strstr(text, "exp_name"));
	assert_int_equal(at_open("/proc/kallsyms"), -ENOENT);
	fakevfio_kernel(&with);
	read_all("/proc/kallsyms", text, sizeof(text));
	assert_non_null(strstr(text, "vfio_pci_core_feature_dma_buf_tph"));
	read_all("/sys/kernel/btf/vfio_pci_core", text, sizeof(text));
	assert_string_equal(text, "btf");
	assert_int_equal(at_open("/sys/kernel/btf/vmlinux"), -ENOENT);
	close_device(&o);
}

/* A dma-buf of VFIO's has no mmap, in any kernel that is out. */
static void test_dmabuf_mmap(void **state)
{
	struct fakevfio_kernel soft = {.mmap_dmabuf = true};
	struct opened o = open_device();
	void *va;

	(void)state;
	assert_int_equal(k->mmap(&va, 8192, PROT_READ, MAP_SHARED, o.buf, 0), -EINVAL);
	fakevfio_kernel(&soft);
	assert_int_equal(k->mmap(&va, 8192, PROT_READ, MAP_SHARED, o.buf, 0), 0);
	assert_int_equal(k->munmap(va, 8192), 0);
	close_device(&o);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_cdev, setup),
		cmocka_unit_test_setup(test_group, setup),
		cmocka_unit_test_setup(test_fingerprints, setup),
		cmocka_unit_test_setup(test_tags, setup),
		cmocka_unit_test_setup(test_harm, setup),
		cmocka_unit_test_setup(test_log, setup),
		cmocka_unit_test_setup(test_files, setup),
		cmocka_unit_test_setup(test_dmabuf_mmap, setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
