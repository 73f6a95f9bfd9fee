// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* DMA handles: what the registration carries, how long handles live, and every way to be refused one. */
#include <errno.h>
#include <sched.h>
#include <sys/mman.h>

#include "base/cleanup.h"
#include "fakes/nic_check.h"
#include "mem/mem.h"

enum { BYTES = 65536, RIGHTS = IBV_ACCESS_LOCAL_WRITE | IBV_ACCESS_REMOTE_WRITE };

static char data[BYTES];
static const struct mem_buf host = {.kind = MEM_HOST, .bytes = BYTES, .va = data, .fd = -1};

static struct mem_hint ph_only(int64_t ph)
{
	return (struct mem_hint){TPH_DMAH, AXIS_EMPTY, AXIS_EMPTY, ph, AXIS_EMPTY, AXIS_EMPTY};
}

static struct mem_hint of_cpu(int64_t cpu, int64_t mem)
{
	return (struct mem_hint){TPH_DMAH, AXIS_EMPTY, AXIS_EMPTY, 2, cpu, mem};
}

static struct nic *open_mlx5(unsigned int st_entries)
{
	struct fake_device d;

	assert_true(fake_driver("mlx5", &d));
	d.st_entries = st_entries;
	return check_open(&d);
}

static int reg(struct nic *n, const struct mem_buf *buf, struct mem_hint hint, struct nic_mr *mr,
	       struct err *e)
{
	return nic_mr_reg(n, buf, &(struct nic_mr_spec){4096, 8192, RIGHTS, &hint, false}, mr, e);
}

/* First CPU this thread may run on, and whether there is another. */
static int my_cpu(cpu_set_t *set)
{
	int cpu = 0;

	assert_int_equal(sched_getaffinity(0, sizeof(*set), set), 0);
	while (!CPU_ISSET(cpu, set))
		cpu++;
	return cpu;
}

static void by_address(void **state)
{
	struct nic *n = open_mlx5(4);
	struct nic_mr mr;
	cpu_set_t set;
	int cpu = my_cpu(&set);

	(void)state;
	assert_true(nic_attr(n)->dmah);
	assert_string_equal(nic_attr(n)->dmah_why, "");
	assert_int_equal(reg(n, &host, of_cpu(cpu, TPH_MEM_PM), &mr, NULL), 0);
	assert_int_equal(mr.addr, (uintptr_t)data + 4096);
	assert_int_equal(fake_count(FAKE_REG_MR), 0);
	assert_true(fake_last_reg()->dmah && fake_last_reg()->cpu);
	assert_int_equal(fake_last_reg()->fd, -1);
	assert_int_equal(fake_last_reg()->iova, mr.addr);
	assert_int_equal(fake_last_reg()->length, 8192);
	assert_int_equal(fake_last_reg()->access, RIGHTS);
	assert_int_equal(fake_last_reg()->ph, 2);
	assert_int_equal(fake_last_reg()->cpu_id, cpu);
	assert_int_equal(fake_last_reg()->mem_type, 1);
	assert_int_equal(nic_mr_dereg(n, &mr, NULL), 0);
	nic_close(n);
}

static void by_dmabuf(void **state)
{
	CLEANUP_FD int fd = memfd_create("dma-buf", MFD_CLOEXEC);
	const struct mem_buf buf = {.kind = MEM_UDMABUF, .bytes = BYTES, .fd = fd};
	struct nic *n = open_mlx5(4);
	struct nic_mr mr;

	(void)state;
	assert_int_equal(ftruncate(fd, BYTES), 0);
	assert_int_equal(reg(n, &buf, ph_only(3), &mr, NULL), 0);
	assert_int_equal(fake_count(FAKE_REG_DMABUF_MR), 0);
	assert_true(fake_last_reg()->dmah && !fake_last_reg()->cpu);
	assert_int_equal(fake_last_reg()->ph, 3);
	assert_int_equal(fake_last_reg()->fd, fd);
	assert_int_equal(fake_last_reg()->offset, 4096);
	assert_int_equal(fake_last_reg()->iova, mr.addr);
	assert_int_equal(nic_mr_dereg(n, &mr, NULL), 0);
	nic_close(n);
}

/* One handle for equal hints, until the last of its MRs is gone; what differs has its own. */
static void handles_are_shared(void **state)
{
	struct nic *n = open_mlx5(4);
	struct nic_mr mr[4];
	int live;

	(void)state;
	assert_int_equal(reg(n, &host, ph_only(1), &mr[0], NULL), 0);
	assert_int_equal(reg(n, &host, ph_only(2), &mr[1], NULL), 0);
	assert_int_equal(reg(n, &host, ph_only(1), &mr[2], NULL), 0);
	assert_int_equal(fake_count(FAKE_ALLOC_DMAH), 2);
	live = fake_live();
	assert_int_equal(nic_mr_dereg(n, &mr[0], NULL), 0);
	assert_int_equal(fake_count(FAKE_DEALLOC_DMAH), 0);
	assert_int_equal(nic_mr_dereg(n, &mr[2], NULL), 0);
	assert_int_equal(fake_count(FAKE_DEALLOC_DMAH), 1);
	assert_int_equal(fake_live(), live - 3); /* two MRs and a handle */
	assert_int_equal(reg(n, &host, ph_only(1), &mr[3], NULL), 0);
	assert_int_equal(fake_count(FAKE_ALLOC_DMAH), 3);
	assert_int_equal(nic_mr_dereg(n, &mr[3], NULL), 0);
	assert_int_equal(nic_mr_dereg(n, &mr[1], NULL), 0);
	nic_close(n);
}

/* The table has room for one tag; a handle without a tag needs none. */
static void table_full(void **state)
{
	struct nic *n = open_mlx5(1);
	struct nic_mr mr[3];
	struct err e;
	cpu_set_t set;
	int cpu = my_cpu(&set);

	(void)state;
	assert_int_equal(reg(n, &host, of_cpu(cpu, TPH_MEM_VM), &mr[0], NULL), 0);
	assert_int_equal(reg(n, &host, of_cpu(cpu, TPH_MEM_PM), &mr[1], &e), -EBUSY);
	CHECK_MESSAGE(&e, "fake0", "tph_mem pm", "EBUSY", "tag table is full");
	assert_null(mr[1].mr);
	assert_int_equal(reg(n, &host, ph_only(0), &mr[1], NULL), 0);
	assert_int_equal(nic_mr_dereg(n, &mr[0], NULL), 0);
	assert_int_equal(reg(n, &host, of_cpu(cpu, TPH_MEM_PM), &mr[2], NULL), 0);
	assert_int_equal(nic_mr_dereg(n, &mr[1], NULL), 0);
	assert_int_equal(nic_mr_dereg(n, &mr[2], NULL), 0);
	nic_close(n);
}

/* The kernel wants the CPU among those of the calling thread; it is there for the call only. */
static void affinity(void **state)
{
	struct nic *n = open_mlx5(4);
	cpu_set_t all, one, now;
	int cpu = my_cpu(&all), other = cpu + 1;
	struct nic_mr mr;
	struct err e;

	(void)state;
	CPU_ZERO(&one);
	CPU_SET(cpu, &one);
	assert_int_equal(sched_setaffinity(0, sizeof(one), &one), 0);
	while (other < CPU_SETSIZE && !CPU_ISSET(other, &all))
		other++;
	if (other < CPU_SETSIZE) {
		assert_int_equal(reg(n, &host, of_cpu(other, TPH_MEM_VM), &mr, NULL), 0);
		assert_int_equal(fake_last_reg()->cpu_id, other);
		assert_int_equal(nic_mr_dereg(n, &mr, NULL), 0);
	}
	/* A CPU that is not there cannot be added. */
	assert_int_equal(reg(n, &host, of_cpu(CPU_SETSIZE - 1, TPH_MEM_VM), &mr, &e), -EPERM);
	CHECK_MESSAGE(&e, "fake0", "tph_cpu 1023", "EPERM", "Cpus_allowed_list", "cpuset");
	assert_int_equal(sched_getaffinity(0, sizeof(now), &now), 0);
	assert_true(CPU_EQUAL(&now, &one));
	assert_int_equal(sched_setaffinity(0, sizeof(all), &all), 0);
	nic_close(n);
}

static void refusals(void **state)
{
	static const struct {
		int error, code;
		const char *words[5];
	} rows[] = {
		{EOPNOTSUPP, -EOPNOTSUPP, {"fake0", "ibv_alloc_dmah", "EOPNOTSUPP", "pci=notph"}},
		{EPROTONOSUPPORT, -EOPNOTSUPP, {"fake0", "EPROTONOSUPPORT", "older than DMA handles"}},
		{ENOTTY, -EOPNOTSUPP, {"fake0", "ENOTTY", "older than DMA handles"}},
		{ENODEV, -EOPNOTSUPP, {"fake0", "ENODEV", "ACPI"}},
		{EPERM, -EPERM, {"fake0", "EPERM", "Cpus_allowed_list"}},
		{EBUSY, -EBUSY, {"fake0", "EBUSY", "tag table is full"}},
		{EINVAL, -EINVAL, {"fake0", "EINVAL", "_DSM"}},
		{ENOMEM, -ENOMEM, {"fake0", "ENOMEM", "dmesg"}},
		{EIO, -EIO, {"fake0", "EIO", "older than DMA handles", "dmesg"}},
		{ERANGE, -ERANGE, {"fake0", "ERANGE"}},
		{0, -EIO, {"fake0", "EIO"}},
	};
	struct nic *n = open_mlx5(4);
	struct nic_mr mr;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct err e = {0};

		fake_fail(FAKE_ALLOC_DMAH, 1, rows[i].error);
		assert_int_equal(reg(n, &host, ph_only(2), &mr, &e), rows[i].code);
		assert_int_equal(e.code, rows[i].code);
		check_message(&e, rows[i].words);
		assert_null(mr.mr);
	}
	assert_int_equal(fake_count(FAKE_REG_MR) + fake_count(FAKE_REG_MR_EX),
			 0); /* never without the handle */
	nic_close(n);
}

/* The handle is there and the registration fails: what was made for it goes, what others use stays. */
static void registration_fails(void **state)
{
	const struct mem_buf vfio = {.kind = MEM_VFIO, .bytes = BYTES, .fd = 77};
	struct nic *n = open_mlx5(4);
	struct nic_mr mr, kept;
	struct err e;

	(void)state;
	fake_fail(FAKE_REG_MR_EX, 1, EFAULT);
	assert_int_equal(reg(n, &host, ph_only(2), &mr, &e), -EFAULT);
	CHECK_MESSAGE(&e, "fake0", "8K", "ibv_reg_mr_ex with a DMA handle", "EFAULT", "dma-buf");
	assert_int_equal(fake_count(FAKE_DEALLOC_DMAH), 1);
	assert_int_equal(reg(n, &host, ph_only(2), &kept, NULL), 0);
	fake_fail(FAKE_REG_MR_EX, 1, EOPNOTSUPP);
	assert_int_equal(reg(n, &host, ph_only(2), &mr, &e), -EOPNOTSUPP);
	CHECK_MESSAGE(&e, "fake0", "EOPNOTSUPP", "takes no DMA handle");
	fake_fail(FAKE_REG_MR_EX, 1, EINVAL);
	assert_int_equal(reg(n, &vfio, ph_only(2), &mr, &e), -EINVAL);
	CHECK_MESSAGE(&e, "fake0", "fd 77", "ibv_reg_mr_ex", "EINVAL", "peer-to-peer path", "udmabuf");
	fake_fail(FAKE_REG_MR_EX, 1, EOPNOTSUPP);
	assert_int_equal(reg(n, &vfio, ph_only(2), &mr, &e), -EOPNOTSUPP);
	CHECK_MESSAGE(&e, "fd 77", "EOPNOTSUPP", "refused this pair", "revocation");
	fake_fail(FAKE_REG_MR_EX, 1, ENODEV);
	assert_int_equal(reg(n, &vfio, ph_only(2), &mr, &e), -ENODEV);
	CHECK_MESSAGE(&e, "fd 77", "ENODEV", "revoked");
	assert_int_equal(fake_count(FAKE_DEALLOC_DMAH), 1);
	assert_int_equal(nic_mr_dereg(n, &kept, NULL), 0);
	nic_close(n);
}

/* Half a CPU tag, no ph: never asked of the kernel, which has one errno for many causes. */
static void half_a_hint(void **state)
{
	const struct mem_hint rows[] = {ph_only(AXIS_EMPTY), ph_only(4), of_cpu(0, AXIS_EMPTY),
					of_cpu(AXIS_EMPTY, TPH_MEM_VM)};
	struct nic *n = open_mlx5(4);
	struct nic_mr mr;
	struct err e;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		assert_int_equal(reg(n, &host, rows[i], &mr, &e), -EINVAL);
		CHECK_MESSAGE(&e, "fake0", "ph 0..3", "tph_cpu and tph_mem");
	}
	assert_int_equal(fake_count(FAKE_ALLOC_DMAH), 0);
	nic_close(n);
}

static void old_library(void **state)
{
	struct nic_mr mr;
	struct nic *n;
	struct err e;

	(void)state;
	fake_rdma_core(58);
	n = open_mlx5(4);
	assert_false(nic_attr(n)->dmah);
	assert_non_null(strstr(nic_attr(n)->dmah_why, "rdma-core 59"));
	assert_int_equal(reg(n, &host, ph_only(2), &mr, &e), -EOPNOTSUPP);
	CHECK_MESSAGE(&e, "fake0", "tph dmah", "ibv_alloc_dmah", "newer rdma-core");
	nic_close(n);
}

/* What the kernel keeps of a handle it does not free goes with the device; the MR is gone. */
static void freeing_fails(void **state)
{
	struct nic *n = open_mlx5(4);
	struct nic_mr mr;

	(void)state;
	assert_int_equal(reg(n, &host, ph_only(2), &mr, NULL), 0);
	fake_fail(FAKE_DEALLOC_DMAH, 1, EIO);
	assert_int_equal(nic_mr_dereg(n, &mr, NULL), 0);
	assert_null(mr.mr);
	nic_close(n);
}

/* An MR that cannot be deregistered keeps its handle (the kernel would answer EBUSY); both go with the
 * device.
 */
static void dereg_fails(void **state)
{
	struct nic *n = open_mlx5(4);
	struct nic_mr mr;

	(void)state;
	assert_int_equal(reg(n, &host, ph_only(2), &mr, NULL), 0);
	fake_fail(FAKE_DEREG_MR, 1, EBUSY);
	assert_int_equal(nic_mr_dereg(n, &mr, NULL), -EBUSY);
	assert_non_null(mr.mr);
	assert_int_equal(fake_count(FAKE_DEALLOC_DMAH), 0);
	nic_close(n);
	assert_int_equal(fake_count(FAKE_DEALLOC_DMAH), 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CHECK_TEST(by_address),		CHECK_TEST(by_dmabuf),	 CHECK_TEST(handles_are_shared),
		CHECK_TEST(table_full),		CHECK_TEST(affinity),	 CHECK_TEST(refusals),
		CHECK_TEST(registration_fails), CHECK_TEST(half_a_hint), CHECK_TEST(old_library),
		CHECK_TEST(freeing_fails),	CHECK_TEST(dereg_fails),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
