// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The data-direct function of mlx5: found, named, used, refused. */
#include <errno.h>
#include <sys/mman.h>

#include "base/cleanup.h"
#include "fakes/nic_check.h"
#include "mem/mem.h"

enum { BYTES = 65536, RIGHTS = IBV_ACCESS_LOCAL_WRITE | IBV_ACCESS_REMOTE_WRITE };

#define FUNCTION "0000:41:00.1"
#define PATH	 "/devices/pci0000:40/0000:40:01.0/" FUNCTION

static struct check_sysfs sysfs;

static struct nic *open_nic(const char *driver, const char *path)
{
	struct fake_device d;

	assert_true(fake_driver("mlx5", &d));
	check_sysfs_make(&sysfs, driver);
	d.ibdev_path = sysfs.root;
	d.direct_path = path;
	return check_open(&d);
}

static void close_nic(struct nic *n)
{
	nic_close(n);
	check_sysfs_remove(&sysfs);
}

static int reg(struct nic *n, const struct mem_buf *buf, const struct mem_hint *hint, struct nic_mr *mr,
	       struct err *e)
{
	return nic_mr_reg(n, buf, &(struct nic_mr_spec){4096, 8192, RIGHTS, hint, true}, mr, e);
}

static void registers(void **state)
{
	CLEANUP_FD int fd = memfd_create("dma-buf", MFD_CLOEXEC);
	const struct mem_buf buf = {.kind = MEM_UDMABUF, .bytes = BYTES, .fd = fd};
	struct nic *n = open_nic("mlx5_core", PATH);
	struct nic_mr mr;

	(void)state;
	assert_int_equal(ftruncate(fd, BYTES), 0);
	assert_string_equal(nic_attr(n)->data_direct, FUNCTION);
	assert_string_equal(nic_attr(n)->data_direct_why, "");
	assert_int_equal(reg(n, &buf, &MEM_NO_HINT, &mr, NULL), 0);
	assert_true(fake_last_reg()->data_direct);
	assert_int_equal(fake_last_reg()->fd, fd);
	assert_int_equal(fake_last_reg()->offset, 4096);
	assert_int_equal(fake_last_reg()->length, 8192);
	assert_int_equal(fake_last_reg()->iova, mr.addr);
	assert_int_equal(mr.addr & 4095, 0);
	assert_int_equal(fake_count(FAKE_REG_DMABUF_MR), 0);
	assert_int_equal(nic_mr_dereg(n, &mr, NULL), 0);
	close_nic(n);
}

/* Devices without: not mlx5, the kernel's answers, a library without, what is no PCI function. */
static void none(void **state)
{
	static const struct {
		const char *driver, *path;
		int rdma_core, error;
		const char *why;
	} rows[] = {
		{"irdma", PATH, 65, 0, "only mlx5"},
		{"mlx5_core", NULL, 65, 0, "no data-direct function"},
		{"mlx5_core", PATH, 53, 0, "rdma-core 54"},
		{"mlx5_core", PATH, 65, ENOSPC, "longer"},
		{"mlx5_core", PATH, 65, EOPNOTSUPP, "older than data-direct (6.12): EOPNOTSUPP"},
		{"mlx5_core", PATH, 65, EPROTONOSUPPORT, "older than data-direct"},
		{"mlx5_core", PATH, 65, EIO, "EIO"},
		{"mlx5_core", "/devices/virtual/data_direct", 65, 0, "no PCI function"},
		{"mlx5_core", "", 65, 0, "no PCI function"},
		{"mlx5_core", PATH "junk", 65, 0, "no PCI function"},
		{"mlx5_core", "/devices/pci10000:e0/10000:e1:00.0", 65, 0, NULL}, /* VMD's domains are long */
	};
	const struct mem_buf buf = {.kind = MEM_UDMABUF, .bytes = BYTES, .fd = 77};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct nic_mr mr;
		struct err e;
		struct nic *n;

		fake_reset();
		fake_rdma_core(rows[i].rdma_core);
		if (rows[i].error)
			fake_fail(FAKE_DIRECT_PATH, 1, rows[i].error);
		n = open_nic(rows[i].driver, rows[i].path);
		if (rows[i].why) {
			assert_string_equal(nic_attr(n)->data_direct, "");
			if (!strstr(nic_attr(n)->data_direct_why, rows[i].why))
				fail_msg("row %zu: %s", i, nic_attr(n)->data_direct_why);
			assert_int_equal(reg(n, &buf, NULL, &mr, &e), -EOPNOTSUPP);
			CHECK_MESSAGE(&e, "fake0", "it has none", rows[i].why, "interconnect main");
		} else {
			assert_string_equal(nic_attr(n)->data_direct, "10000:e1:00.0");
		}
		close_nic(n);
	}
}

static void wrong_requests(void **state)
{
	const struct mem_hint dmah = {TPH_DMAH, AXIS_EMPTY, AXIS_EMPTY, 2, AXIS_EMPTY, AXIS_EMPTY};
	static char data[BYTES];
	const struct mem_buf host = {.kind = MEM_HOST, .bytes = BYTES, .va = data, .fd = -1};
	const struct mem_buf buf = {.kind = MEM_UDMABUF, .bytes = BYTES, .fd = 77};
	struct nic *n = open_nic("mlx5_core", PATH);
	struct nic_mr mr;
	struct err e;

	(void)state;
	assert_int_equal(reg(n, &host, NULL, &mr, &e), -EOPNOTSUPP);
	CHECK_MESSAGE(&e, "fake0", FUNCTION, "without a dma-buf", "udmabuf");
	assert_int_equal(reg(n, &buf, &dmah, &mr, &e), -EINVAL);
	CHECK_MESSAGE(&e, "fake0", FUNCTION, "tph dmah", "no call that takes both");
	assert_int_equal(fake_count(FAKE_REG_DIRECT) + fake_count(FAKE_ALLOC_DMAH), 0);
	close_nic(n);
}

static void refusals(void **state)
{
	static const struct {
		int error;
		const char *words[6];
	} rows[] = {
		{EOPNOTSUPP, {"fake0", "fd 77", FUNCTION, "EOPNOTSUPP", "pins", "interconnect main"}},
		{EINVAL, {FUNCTION, "EINVAL", "another PCI function", "udmabuf"}},
		{ENODEV, {FUNCTION, "ENODEV", "revoked"}},
		{EBADF, {FUNCTION, "EBADF", "not open"}},
		{ENOMEM, {FUNCTION, "ENOMEM", "IOMMU"}},
		{EPROTONOSUPPORT, {FUNCTION, "EPROTONOSUPPORT", "older than data-direct"}},
		{ERANGE, {FUNCTION, "ERANGE"}},
	};
	const struct mem_buf buf = {.kind = MEM_VFIO, .bytes = BYTES, .fd = 77};
	struct nic *n = open_nic("mlx5_core", PATH);
	struct nic_mr mr;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		const char *words[7] = {0};
		struct err e;

		memcpy(words, rows[i].words, sizeof(rows[i].words));
		fake_fail(FAKE_REG_DIRECT, 1, rows[i].error);
		assert_int_equal(reg(n, &buf, NULL, &mr, &e), -rows[i].error);
		assert_null(mr.mr);
		check_message(&e, words);
	}
	close_nic(n);
}

static void software(void **state)
{
	const struct mem_buf buf = {.kind = MEM_MEMFD, .bytes = BYTES, .fd = 77};
	struct nic_mr mr;
	struct nic *n;
	struct err e;

	(void)state;
	assert_int_equal(nic_open("soft0", 1, -1, &n, NULL), 0);
	assert_true(nic_attr(n)->dmah);
	assert_int_equal(reg(n, &buf, NULL, &mr, &e), -EOPNOTSUPP);
	CHECK_MESSAGE(&e, "soft0", "software device");
	nic_close(n);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CHECK_TEST(registers), CHECK_TEST(none),     CHECK_TEST(wrong_requests),
		CHECK_TEST(refusals),  CHECK_TEST(software),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
