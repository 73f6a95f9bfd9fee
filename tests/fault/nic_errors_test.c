// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* What a user reads when the kernel or the device says no: object, what was asked, answer, cause, next step.
 */
#include <errno.h>
#include <sys/resource.h>

#include "fakes/nic_check.h"
#include "mem/mem.h"

enum { BYTES = 65536, WORDS_MAX = 6 };

struct row {
	enum fake_call call;
	int error;
	const char *words[WORDS_MAX];
};

static char data[BYTES];

static int register_va(struct nic *n, struct err *e)
{
	const struct mem_buf buf = {.kind = MEM_HOST, .bytes = BYTES, .va = data, .fd = -1};
	struct nic_mr mr;

	return check_reg(n, &buf, 0, BYTES, IBV_ACCESS_LOCAL_WRITE, &mr, e);
}

static int register_dmabuf(struct nic *n, struct err *e)
{
	const struct mem_buf buf = {.kind = MEM_VFIO, .bytes = BYTES, .fd = 77};
	struct nic_mr mr;

	return check_reg(n, &buf, 4096, 8192, IBV_ACCESS_LOCAL_WRITE, &mr, e);
}

/* Up to and including the connection; what was made before the failure is destroyed. */
static int connect_qp(struct nic *n, struct err *e)
{
	struct nic_qp_addr addr;
	struct ibv_cq *cq;
	struct ibv_qp *qp;
	int rc = nic_cq_create(n, 8, &cq, e);

	if (rc)
		return rc;
	rc = check_qp_create(n, cq, 8, &qp, e);
	if (!rc) {
		nic_qp_addr(n, qp, &addr);
		rc = nic_qp_connect(n, qp, &addr, &addr, 0, e);
		nic_qp_destroy(n, qp, NULL);
	}
	nic_cq_destroy(n, cq, NULL);
	return rc;
}

static void check_rows(const struct row *row, size_t n_rows, int nth, int (*act)(struct nic *, struct err *))
{
	struct nic *n = check_open(&fake_roce);

	for (size_t i = 0; i < n_rows; i++) {
		struct err e = {0};

		fake_fail(row[i].call, nth, row[i].error);
		assert_int_equal(act(n, &e), row[i].error ? -row[i].error : -EIO);
		assert_int_equal(e.code, row[i].error ? -row[i].error : -EIO);
		check_message(&e, row[i].words);
	}
	nic_close(n);
}

#define CHECK_ROWS(rows, nth, act) check_rows(rows, sizeof(rows) / sizeof((rows)[0]), nth, act)

static void registration_by_address(void **state)
{
	static const struct row rows[] = {
		{FAKE_REG_MR, EFAULT, {"fake0", "64K", "EFAULT", "PCI BAR", "dma-buf"}},
		{FAKE_REG_MR, EINVAL, {"fake0", "access LOCAL_WRITE", "EINVAL", "LOCAL_WRITE"}},
		{FAKE_REG_MR, 0, {"fake0", "ibv_reg_mr", "EIO"}},
	};

	(void)state;
	CHECK_ROWS(rows, 1, register_va);
}

static void rights_are_written_out(void **state)
{
	static const struct {
		int access;
		const char *want;
	} row[] = {
		{0, "access none "},
		{IBV_ACCESS_LOCAL_WRITE | IBV_ACCESS_REMOTE_WRITE, "access LOCAL_WRITE|REMOTE_WRITE "},
		{IBV_ACCESS_REMOTE_READ | IBV_ACCESS_REMOTE_ATOMIC, "access REMOTE_READ|REMOTE_ATOMIC "},
		{IBV_ACCESS_RELAXED_ORDERING | IBV_ACCESS_ON_DEMAND, "access RELAXED_ORDERING|0x40 "},
		{IBV_ACCESS_ON_DEMAND, "access 0x40 "},
		{~0, "LOCAL_WRITE|REMOTE_WRITE|REMOTE_READ|REMOTE_ATOMIC|RELAXED_ORDERING|0xffeffff0 "},
	};
	const struct mem_buf buf = {.kind = MEM_HOST, .bytes = BYTES, .va = data, .fd = -1};
	struct nic *n = check_open(&fake_roce);
	struct nic_mr mr;
	struct err e;

	(void)state;
	fake_fail(FAKE_REG_MR, 0, EINVAL);
	for (size_t i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
		assert_int_equal(check_reg(n, &buf, 0, BYTES, row[i].access, &mr, &e), -EINVAL);
		CHECK_MESSAGE(&e, row[i].want);
	}
	nic_close(n);
}

static void set_memlock(rlim_t limit)
{
	struct rlimit lim;

	assert_int_equal(getrlimit(RLIMIT_MEMLOCK, &lim), 0);
	lim.rlim_cur = limit;
	if (lim.rlim_max < lim.rlim_cur || setrlimit(RLIMIT_MEMLOCK, &lim))
		skip();
}

static void memlock_unlimited(void **state)
{
	static const struct row rows[] = {
		{FAKE_REG_MR,
		 ENOMEM,
		 {"fake0", "ENOMEM", "RLIMIT_MEMLOCK is unlimited", "translation entries"}},
	};

	(void)state;
	set_memlock(RLIM_INFINITY);
	CHECK_ROWS(rows, 1, register_va);
}

static void memlock(void **state)
{
	static const struct row rows[] = {
		{FAKE_REG_MR,
		 ENOMEM,
		 {"fake0", "ENOMEM", "RLIMIT_MEMLOCK is 64K", "ulimit -l", "LimitMEMLOCK"}},
		{FAKE_REG_MR, EPERM, {"fake0", "EPERM", "RLIMIT_MEMLOCK is 64K", "limits.conf"}},
	};

	(void)state;
	set_memlock(65536);
	CHECK_ROWS(rows, 1, register_va);
}

static void registration_by_dmabuf(void **state)
{
	static const struct row rows[] = {
		{FAKE_REG_DMABUF_MR,
		 EOPNOTSUPP,
		 {"fake0", "fd 77", "EOPNOTSUPP", "refused this pair", "revocation"}},
		{FAKE_REG_DMABUF_MR, EBADF, {"fake0", "fd 77", "EBADF", "not open"}},
		{FAKE_REG_DMABUF_MR,
		 EINVAL,
		 {"8K", "offset 0x1000", "EINVAL", "peer-to-peer path", "udmabuf"}},
		{FAKE_REG_DMABUF_MR, ENODEV, {"fake0", "ENODEV", "revoked", "reset"}},
		{FAKE_REG_DMABUF_MR, ENOMEM, {"fake0", "ENOMEM", "IOMMU", "not counted"}},
		{FAKE_REG_DMABUF_MR, EBUSY, {"fake0", "EBUSY", "tag table is full"}},
		{FAKE_REG_DMABUF_MR, EPROTONOSUPPORT, {"fake0", "EPROTONOSUPPORT", "kernel is older"}},
		{FAKE_REG_DMABUF_MR, ENOTTY, {"fake0", "ENOTTY", "kernel is older"}},
		{FAKE_REG_DMABUF_MR, EIO, {"fake0", "EIO", "kernel is older", "dmesg"}},
		{FAKE_REG_DMABUF_MR, ERANGE, {"fake0", "ERANGE"}},
	};

	(void)state;
	CHECK_ROWS(rows, 1, register_dmabuf);
}

/* Who refuses: the answers of provider and kernel to a descriptor that cannot be open. */
static void dmabuf_unsupported(int uverbs, uint32_t driver_id, const char *word)
{
	struct fake_device d = fake_roce;
	struct nic *n;
	struct err e;

	fake_reset();
	d.no_dmabuf = true;
	d.uverbs = uverbs;
	d.driver_id = driver_id;
	n = check_open(&d);
	assert_int_equal(register_dmabuf(n, &e), -EOPNOTSUPP);
	CHECK_MESSAGE(&e, "fake0", "fd 77", "EOPNOTSUPP", word);
	nic_close(n);
}

static void dmabuf_import_is_missing(void **state)
{
	(void)state;
	dmabuf_unsupported(EBADF, 14,
			   "this rdma-core provider has no dma-buf import (the kernel was not asked");
	dmabuf_unsupported(EOPNOTSUPP, 63, "the kernel driver of this device has no dma-buf import");
	dmabuf_unsupported(EPROTONOSUPPORT, 0, "older than dma-buf registration");
	dmabuf_unsupported(ENOTTY, 1, "older than dma-buf registration");
	dmabuf_unsupported(EBADF, 64, "strace");
	dmabuf_unsupported(EIO, 14, "strace");
	dmabuf_unsupported(0, 0, "strace");
}

static void queues(void **state)
{
	static const struct row rows[] = {
		{FAKE_CREATE_CQ, ENOMEM, {"fake0", "8 entries", "ibv_create_cq", "ENOMEM", "less depth"}},
		{FAKE_CREATE_CQ, EINVAL, {"fake0", "8 entries", "EINVAL", "depth"}},
		{FAKE_CREATE_QP,
		 ENOMEM,
		 {"fake0", "depth 8, receive depth 0", "ibv_create_qp", "ENOMEM", "fewer queue pairs"}},
		{FAKE_CREATE_QP, EOPNOTSUPP, {"fake0", "RC", "EOPNOTSUPP", "efa"}},
	};

	(void)state;
	CHECK_ROWS(rows, 1, connect_qp);
}

static void to_init(void **state)
{
	static const struct row rows[] = {
		{FAKE_MODIFY_QP, EINVAL, {"fake0", "0x1", "INIT", "EINVAL", "access rights"}}};

	(void)state;
	CHECK_ROWS(rows, 1, connect_qp);
}

static void to_rtr(void **state)
{
	static const struct row rows[] = {
		{FAKE_MODIFY_QP,
		 ENETUNREACH,
		 {"fake0", "::ffff:10.0.0.1", "ENETUNREACH", "gid_index", "ip route"}},
		{FAKE_MODIFY_QP, ETIMEDOUT, {"fake0", "INIT -> RTR", "ETIMEDOUT", "neighbour", "ping"}},
		{FAKE_MODIFY_QP,
		 EINVAL,
		 {"gid_index 1", "MTU 1024", "rd_atomic 16", "EINVAL", "max_qp_rd_atom"}},
	};

	(void)state;
	CHECK_ROWS(rows, 2, connect_qp);
}

static void to_rtr_by_lid(void **state)
{
	struct fake_device d = fake_roce;
	struct err e;
	struct nic *n;

	(void)state;
	d.port.link_layer = IBV_LINK_LAYER_INFINIBAND;
	d.port.gid_tbl_len = 1;
	d.port.lid = 12;
	d.gids = &(struct ibv_gid_entry){.gid.raw = {0xfe, 0x80, [15] = 1}};
	n = check_open(&d);
	fake_fail(FAKE_MODIFY_QP, 2, EINVAL);
	assert_int_equal(connect_qp(n, &e), -EINVAL);
	CHECK_MESSAGE(&e, "LID 12", "EINVAL");
	nic_close(n);
}

static void to_rts(void **state)
{
	static const struct row rows[] = {
		{FAKE_MODIFY_QP, EINVAL, {"fake0", "0x1", "RTS", "EINVAL", "retry"}}};

	(void)state;
	CHECK_ROWS(rows, 3, connect_qp);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CHECK_TEST(registration_by_address),
		CHECK_TEST(rights_are_written_out),
		CHECK_TEST(memlock_unlimited),
		CHECK_TEST(memlock),
		CHECK_TEST(registration_by_dmabuf),
		CHECK_TEST(dmabuf_import_is_missing),
		CHECK_TEST(queues),
		CHECK_TEST(to_init),
		CHECK_TEST(to_rtr),
		CHECK_TEST(to_rtr_by_lid),
		CHECK_TEST(to_rts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
