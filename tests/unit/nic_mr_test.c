// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Arguments out of range never reach a device; those in range arrive as the device needs them. */
#include <errno.h>
#include <sys/mman.h>
#include <unistd.h>

#include "fakes/nic_check.h"
#include "mem/mem.h"

enum { BYTES = 65536, RIGHTS = IBV_ACCESS_LOCAL_WRITE | IBV_ACCESS_REMOTE_WRITE | IBV_ACCESS_REMOTE_READ };

static void by_address(void **state)
{
	struct nic *n = check_open(&fake_roce);
	char *data = malloc(BYTES);
	const struct mem_buf buf = {.kind = MEM_HOST, .bytes = BYTES, .va = data, .fd = -1};
	struct nic_mr mr;

	(void)state;
	assert_int_equal(check_reg(n, &buf, 4096, 8192, RIGHTS, &mr, NULL), 0);
	assert_int_equal(mr.addr, (uintptr_t)data + 4096);
	assert_int_equal(mr.bytes, 8192);
	assert_true(mr.reg_ns >= 0);
	assert_int_equal(fake_last_reg()->fd, -1);
	assert_int_equal(fake_last_reg()->iova, mr.addr);
	assert_int_equal(fake_last_reg()->access, RIGHTS);
	assert_int_equal(nic_mr_dereg(n, &mr, NULL), 0);
	assert_int_equal(nic_mr_dereg(n, &mr, NULL), 0);
	nic_close(n);
	free(data);
}

static void by_dmabuf(void **state)
{
	struct nic *n = check_open(&fake_roce);
	const struct mem_buf buf = {.kind = MEM_UDMABUF,
				    .bytes = BYTES,
				    .va = (void *)1,
				    .fd = memfd_create("dma-buf", MFD_CLOEXEC)};
	struct nic_mr mr;

	(void)state;
	assert_int_equal(ftruncate(buf.fd, BYTES), 0);
	assert_int_equal(check_reg(n, &buf, 0x3100, 512, RIGHTS, &mr, NULL), 0);
	assert_int_equal(fake_last_reg()->fd, buf.fd);
	assert_int_equal(fake_last_reg()->offset, 0x3100);
	assert_int_equal(fake_last_reg()->length, 512);
	assert_int_equal(fake_last_reg()->iova, mr.addr);
	assert_true(mr.addr > BYTES);
	assert_int_equal(mr.addr & 0xffffffff, 0x3100); /* same place in a page of any size */
	assert_int_equal(nic_mr_dereg(n, &mr, NULL), 0);
	nic_close(n);
	close(buf.fd);
}

/* Where the memory begins inside its dma-buf: there too address and offset share a place in every page. */
static void inside_a_dmabuf(void **state)
{
	struct nic *n = check_open(&fake_roce);
	const struct mem_buf buf = {
		.kind = MEM_FD, .bytes = BYTES, .granule = 4096, .fd = 77, .fd_offset = 0x201000};
	struct nic_mr mr;

	(void)state;
	assert_int_equal(check_reg(n, &buf, 8192, BYTES - 8192, RIGHTS, &mr, NULL), 0);
	assert_int_equal(fake_last_reg()->offset, 0x203000);
	assert_int_equal(fake_last_reg()->iova, mr.addr);
	assert_int_equal(mr.addr & 0xffffffff, 0x203000);
	assert_int_equal(nic_mr_alive(n, &buf, &mr, NULL), 0);
	assert_int_equal(fake_last_reg()->offset, 0x203000);
	assert_int_equal(fake_last_reg()->iova, mr.addr);
	assert_int_equal(nic_mr_dereg(n, &mr, NULL), 0);
	nic_close(n);
}

/* A signal ends the mapping, not the registration; but not for ever. */
static void signals(void **state)
{
	const struct mem_buf buf = {.kind = MEM_VFIO, .bytes = BYTES, .granule = 4096, .fd = 77};
	struct nic *n = check_open(&fake_roce);
	struct nic_mr mr;
	struct err e;

	(void)state;
	fake_fail(FAKE_REG_DMABUF_MR, 1, EINTR);
	assert_int_equal(check_reg(n, &buf, 0, BYTES, RIGHTS, &mr, NULL), 0);
	assert_int_equal(fake_count(FAKE_REG_DMABUF_MR), 2);
	fake_fail(FAKE_REG_DMABUF_MR, 1, EINTR);
	assert_int_equal(nic_mr_alive(n, &buf, &mr, NULL), 0);
	assert_int_equal(nic_mr_dereg(n, &mr, NULL), 0);
	fake_fail(FAKE_REG_DMABUF_MR, 0, EINTR);
	assert_int_equal(check_reg(n, &buf, 0, BYTES, RIGHTS, &mr, &e), -EINTR);
	CHECK_MESSAGE(&e, "fake0", "fd 77", "EINTR");
	nic_close(n);
}

static void refused(struct nic *n, const struct mem_buf *buf, uint64_t offset, uint64_t bytes, int code,
		    struct err *e)
{
	struct nic_mr mr = {.bytes = 1};

	assert_int_equal(check_reg(n, buf, offset, bytes, RIGHTS, &mr, e), code);
	assert_null(mr.mr);
	assert_int_equal(mr.bytes, 0);
	assert_int_equal(fake_count(FAKE_REG_MR) + fake_count(FAKE_REG_DMABUF_MR), 0);
}

static void ranges_are_checked(void **state)
{
	struct fake_device d = fake_roce;
	const struct mem_buf buf = {.kind = MEM_HOST, .bytes = BYTES, .va = &d, .fd = -1};
	const struct mem_buf closed = MEM_BUF_CLOSED;
	const struct mem_buf memfd = {.kind = MEM_MEMFD, .bytes = BYTES, .fd = 0};
	struct nic *n;
	struct err e;

	(void)state;
	d.attr.max_mr_size = 32768;
	n = check_open(&d);
	refused(n, &buf, 0, 0, -EINVAL, &e);
	CHECK_MESSAGE(&e, "fake0", "0 bytes");
	refused(n, &buf, 4096, BYTES, -EINVAL, &e);
	CHECK_MESSAGE(&e, "fake0", "64K", "0x1000", "holds 64K", "length of the memory");
	refused(n, &buf, UINT64_MAX, 2, -EINVAL, &e);
	refused(n, &buf, 0, 40960, -EINVAL, &e);
	CHECK_MESSAGE(&e, "fake0", "40K", "32K", "max_mr_size");
	refused(n, &closed, 0, 1, -EBADF, &e);
	CHECK_MESSAGE(&e, "fake0", "closed");
	refused(n, &memfd, 0, 4096, -EOPNOTSUPP, &e);
	CHECK_MESSAGE(&e, "fake0", "memfd", "soft0", "udmabuf");
	nic_close(n);
}

static void hints(void **state)
{
	struct mem_hint dmah = {TPH_DMAH, AXIS_EMPTY, AXIS_EMPTY, 2, 3, TPH_MEM_VM};
	struct mem_hint exporter = {TPH_EXPORTER, 5, AXIS_EMPTY, 2, AXIS_EMPTY, AXIS_EMPTY};
	struct nic *n = check_open(&fake_roce);
	char data[64];
	const struct mem_buf host = {.kind = MEM_HOST, .bytes = 64, .va = data, .fd = -1};
	const struct mem_buf exported = {.kind = MEM_UDMABUF, .bytes = 64, .fd = 77, .hint = exporter};
	struct nic_hint_count count;
	struct nic_mr mr;
	struct err e;

	(void)state;
	assert_int_equal(nic_mr_reg(n, &host, &(struct nic_mr_spec){0, 64, RIGHTS, &dmah, false}, &mr, &e),
			 -EOPNOTSUPP);
	CHECK_MESSAGE(&e, "fake0", "DMA handle", "tph_cpu 3", "no TPH");
	assert_int_equal(
		nic_mr_reg(n, &exported, &(struct nic_mr_spec){0, 64, RIGHTS, &dmah, false}, &mr, &e),
		-EOPNOTSUPP);
	CHECK_MESSAGE(&e, "fake0", "DMA handle", "tph_cpu 3", "no TPH");
	assert_null(mr.mr);
	assert_int_equal(fake_count(FAKE_REG_MR) + fake_count(FAKE_REG_DMABUF_MR), 0);
	assert_int_equal(
		nic_mr_reg(n, &exported, &(struct nic_mr_spec){0, 64, RIGHTS, &exporter, false}, &mr, NULL),
		0);
	assert_int_equal(nic_mr_dereg(n, &mr, NULL), 0);
	assert_int_equal(
		nic_mr_reg(n, &host, &(struct nic_mr_spec){0, 64, RIGHTS, &MEM_NO_HINT, false}, &mr, NULL),
		0);
	assert_int_equal(nic_mr_dereg(n, &mr, NULL), 0);
	assert_false(nic_attr(n)->counts_hints);
	assert_int_equal(nic_hint_counts(n, &count, 1), -EOPNOTSUPP);
	nic_close(n);
}

static void alive_by_address(void **state)
{
	struct nic *n = check_open(&fake_roce);
	char data[64];
	const struct mem_buf host = {.kind = MEM_HOST, .bytes = 64, .va = data, .fd = -1};
	struct nic_mr mr;

	(void)state;
	assert_int_equal(check_reg(n, &host, 0, 64, RIGHTS, &mr, NULL), 0);
	fake_fail(FAKE_REG_MR, 0, ENODEV);
	assert_int_equal(nic_mr_alive(n, &host, &mr, NULL), 0);
	assert_int_equal(nic_mr_dereg(n, &mr, NULL), 0);
	nic_close(n);
}

static void alive_by_dmabuf(void **state)
{
	struct nic *n = check_open(&fake_roce);
	const struct mem_buf buf = {.kind = MEM_VFIO, .bytes = BYTES, .granule = 4096, .fd = 77};
	struct nic_mr mr;
	struct err e;

	(void)state;
	assert_int_equal(check_reg(n, &buf, 8192, BYTES - 8192, RIGHTS, &mr, NULL), 0);
	assert_int_equal(nic_mr_alive(n, &buf, &mr, NULL), 0);
	assert_int_equal(fake_last_reg()->fd, 77);
	assert_int_equal(fake_last_reg()->offset, 8192);
	assert_int_equal(fake_last_reg()->length, 4096);
	assert_int_equal(fake_count(FAKE_DEREG_MR), 1);

	fake_fail(FAKE_REG_DMABUF_MR, 1, ENODEV);
	assert_int_equal(nic_mr_alive(n, &buf, &mr, &e), -ENODEV);
	CHECK_MESSAGE(&e, "fake0", "fd 77", "revoked");
	fake_fail(FAKE_REG_DMABUF_MR, 1, ENOMEM);
	assert_int_equal(nic_mr_alive(n, &buf, &mr, &e), -ENOMEM);
	fake_fail(FAKE_DEREG_MR, 1, EIO);
	assert_int_equal(nic_mr_alive(n, &buf, &mr, &e), -EIO);
	assert_int_equal(nic_mr_dereg(n, &mr, NULL), 0);

	assert_int_equal(check_reg(n, &buf, 0, 512, RIGHTS, &mr, NULL), 0);
	assert_int_equal(nic_mr_alive(n, &buf, &mr, NULL), 0);
	assert_int_equal(fake_last_reg()->length, 512); /* shorter than a page */
	assert_int_equal(nic_mr_dereg(n, &mr, NULL), 0);
	nic_close(n);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CHECK_TEST(by_address),	      CHECK_TEST(by_dmabuf),	      CHECK_TEST(inside_a_dmabuf),
		CHECK_TEST(signals),	      CHECK_TEST(ranges_are_checked), CHECK_TEST(hints),
		CHECK_TEST(alive_by_address), CHECK_TEST(alive_by_dmabuf),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
