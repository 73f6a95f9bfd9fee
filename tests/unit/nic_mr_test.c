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
	assert_int_equal(nic_mr_reg(n, &buf, 4096, 8192, RIGHTS, &mr, NULL), 0);
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
	assert_int_equal(nic_mr_reg(n, &buf, 0x3100, 512, RIGHTS, &mr, NULL), 0);
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

static void refused(struct nic *n, const struct mem_buf *buf, uint64_t offset, uint64_t bytes, int code,
		    struct err *e)
{
	struct nic_mr mr = {.bytes = 1};

	assert_int_equal(nic_mr_reg(n, buf, offset, bytes, RIGHTS, &mr, e), code);
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

static void depths_are_checked(void **state)
{
	struct nic *n = check_open(&fake_roce);
	struct ibv_cq *cq;
	struct ibv_qp *qp;
	struct err e;

	(void)state;
	assert_int_equal(nic_cq_create(n, 0, &cq, &e), -EINVAL);
	assert_int_equal(nic_cq_create(n, (1 << 20) + 1, &cq, &e), -EINVAL);
	assert_null(cq);
	CHECK_MESSAGE(&e, "fake0", "1048577 entries asked", "1..1048576", "max_cqe", "lower qd");
	assert_int_equal(nic_cq_create(n, 16, &cq, &e), 0);
	assert_int_equal(nic_qp_create(n, cq, 0, &qp, &e), -EINVAL);
	assert_int_equal(nic_qp_create(n, cq, 40000, &qp, &e), -EINVAL);
	assert_null(qp);
	CHECK_MESSAGE(&e, "fake0", "40000 entries asked", "1..32768", "max_qp_wr", "lower qd");
	assert_int_equal(nic_cq_destroy(n, cq, NULL), 0);
	nic_close(n);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CHECK_TEST(by_address),
		CHECK_TEST(by_dmabuf),
		CHECK_TEST(ranges_are_checked),
		CHECK_TEST(depths_are_checked),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
