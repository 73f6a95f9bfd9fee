// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Import of file descriptors: memfd, udmabuf and dma-heap where the kernel has them, and what is refused. */
#include "soft/rig.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/dma-heap.h>
#include <linux/udmabuf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/sys.h"

enum { PAGE = 4096, SIZE = 4 * PAGE };

static const struct nic_backend *const soft = &nic_backend_soft;

#define UDMABUF_NODE  "/dev/udmabuf"
#define DMA_HEAP_NODE "/dev/dma_heap/system"

static int import(struct nic *n, struct nic_dmabuf src, int access, struct ibv_mr **mr, struct err *e)
{
	return soft->mr_reg_dmabuf(n, &src, access, &MEM_NO_HINT, mr, e);
}

static int new_memfd(void)
{
	int fd = memfd_create("import_test", MFD_CLOEXEC | MFD_ALLOW_SEALING);

	assert_true(fd >= 0);
	assert_int_equal(ftruncate(fd, SIZE), 0);
	return fd;
}

/* Imports [offset, +bytes) of @fd, closes it, writes through the MR by RDMA and reads @view. */
static void check_import(int fd, const unsigned char *view)
{
	const uint64_t offset = PAGE + 128, bytes = 512, iova = 0x7000000000 + 128;
	struct ibv_send_wr *bad;
	struct rig_op op;
	struct ibv_mr *mr;
	struct rig r;

	rig_open(&r, &(struct rig_opt){0});
	assert_int_equal(import(&r.n, (struct nic_dmabuf){fd, offset, bytes, iova}, RIG_ACCESS, &mr, NULL),
			 0);
	close(fd);
	assert_int_equal((uintptr_t)mr->addr, offset); /* as libibverbs */
	assert_int_equal(mr->length, bytes);
	for (size_t i = 0; i < bytes; i++)
		r.buf[0][i] = (unsigned char)(i * 7 + 1);
	rig_op(&r, &op, IBV_WR_RDMA_WRITE, 0, (uint32_t)bytes, 3, IBV_SEND_SIGNALED);
	op.wr.wr.rdma.remote_addr = iova;
	op.wr.wr.rdma.rkey = mr->rkey;
	assert_int_equal(ibv_post_send(r.qp[0], &op.wr, &bad), 0);
	rig_expect(r.cq[0], 3, IBV_WC_SUCCESS);
	assert_memory_equal(view + offset, r.buf[0], bytes);
	assert_int_equal(view[offset - 1], 0);
	assert_int_equal(view[offset + bytes], 0);
	op.wr.wr.rdma.remote_addr = iova + 1; /* one byte beyond */
	assert_int_equal(ibv_post_send(r.qp[0], &op.wr, &bad), 0);
	rig_expect(r.cq[0], 3, IBV_WC_REM_ACCESS_ERR);
	assert_int_equal(soft->mr_dereg(&r.n, mr, NULL), 0);
	rig_close(&r);
}

static void check_mappable(int fd)
{
	unsigned char *view = mmap(NULL, SIZE, PROT_READ, MAP_SHARED, fd, 0);

	assert_ptr_not_equal(view, MAP_FAILED);
	check_import(fd, view);
	munmap(view, SIZE);
}

/* Mappings of memfds of this test that the process has. */
static int mappings(void)
{
	FILE *f = fopen("/proc/self/maps", "re");
	char line[256];
	int n = 0;

	assert_non_null(f);
	while (fgets(line, sizeof(line), f))
		n += strstr(line, "memfd:import_test") != NULL;
	fclose(f);
	return n;
}

/* An import maps once; deregistering, and failing after the mapping, unmap. */
static void test_unmap(void **state)
{
	int fd = new_memfd();
	struct ibv_mr *mr;
	struct rig r;

	(void)state;
	rig_open(&r, &(struct rig_opt){0});
	assert_int_equal(import(&r.n, (struct nic_dmabuf){fd, 0, PAGE, 0}, RIG_ACCESS, &mr, NULL), 0);
	assert_int_equal(mappings(), 1);
	soft_dev(r.n.ctx)->mrs.max_index = 1; /* no key is left */
	assert_int_equal(import(&r.n, (struct nic_dmabuf){fd, 0, PAGE, 0}, RIG_ACCESS, &mr, NULL), -ENOMEM);
	assert_int_equal(mappings(), 1);
	assert_int_equal(soft->mr_dereg(&r.n, mr, NULL), 0);
	assert_int_equal(mappings(), 0);
	close(fd);
	rig_close(&r);
}

static void test_memfd(void **state)
{
	(void)state;
	check_mappable(new_memfd());
}

static void test_udmabuf(void **state)
{
	int node = open(UDMABUF_NODE, O_RDWR | O_CLOEXEC);
	int memfd = new_memfd();
	struct udmabuf_create create = {
		.memfd = (uint32_t)memfd, .flags = UDMABUF_FLAGS_CLOEXEC, .size = SIZE};
	int fd;

	(void)state;
	assert_int_equal(fcntl(memfd, F_ADD_SEALS, F_SEAL_SHRINK), 0);
	fd = ioctl(node, UDMABUF_CREATE, &create);
	assert_true(fd >= 0);
	close(memfd);
	close(node);
	check_mappable(fd);
}

static void test_dma_heap(void **state)
{
	int node = open(DMA_HEAP_NODE, O_RDWR | O_CLOEXEC);
	struct dma_heap_allocation_data alloc = {.len = SIZE, .fd_flags = O_RDWR | O_CLOEXEC};

	(void)state;
	assert_int_equal(ioctl(node, DMA_HEAP_IOCTL_ALLOC, &alloc), 0);
	close(node);
	check_mappable((int)alloc.fd);
}

static void test_range_rules(void **state)
{
	static const struct {
		uint64_t offset, bytes, iova;
		int access, rc;
	} rows[] = {
		{0, SIZE, 0, RIG_ACCESS, 0},
		{SIZE - 1, 1, PAGE - 1, RIG_ACCESS, 0},
		{0, 1, 0, IBV_ACCESS_RELAXED_ORDERING, 0},
		{0, 0, 0, RIG_ACCESS, -EINVAL},
		{0, SIZE + 1, 0, RIG_ACCESS, -EINVAL},
		{SIZE, 1, 0, RIG_ACCESS, -EINVAL},
		{PAGE, SIZE, 0, RIG_ACCESS, -EINVAL},
		{UINT64_MAX - PAGE + 1, PAGE, 0, RIG_ACCESS, -EINVAL},
		{0, PAGE, 64, RIG_ACCESS, -EINVAL},
		{64, PAGE, 0, RIG_ACCESS, -EINVAL},
		{0, PAGE, UINT64_MAX - PAGE + 1, RIG_ACCESS, 0},
		{0, 2 * PAGE, UINT64_MAX - PAGE + 1, RIG_ACCESS, -EINVAL},
		{0, PAGE, 0, IBV_ACCESS_ON_DEMAND, -EINVAL},
		{0, PAGE, 0, IBV_ACCESS_REMOTE_WRITE, -EINVAL},
	};
	int fd = new_memfd();
	struct rig r;

	(void)state;
	rig_open(&r, &(struct rig_opt){0});
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct ibv_mr *mr = NULL;
		struct err e = {0};

		assert_int_equal(import(&r.n,
					(struct nic_dmabuf){fd, rows[i].offset, rows[i].bytes, rows[i].iova},
					rows[i].access, &mr, &e),
				 rows[i].rc);
		assert_int_equal(e.code, rows[i].rc);
		if (!rows[i].rc)
			assert_int_equal(soft->mr_dereg(&r.n, mr, NULL), 0);
	}
	close(fd);
	rig_close(&r);
}

static int file_fd(void)
{
	char name[] = "/tmp/p2p_import_XXXXXX";
	int fd = mkstemp(name);

	unlink(name);
	assert_int_equal(ftruncate(fd, SIZE), 0);
	return fd;
}

static int socket_fd(void)
{
	return socket(AF_UNIX, SOCK_STREAM, 0);
}

static int closed_fd(void)
{
	int fd = new_memfd();

	close(fd);
	return fd;
}

static int no_fd(void)
{
	return -1;
}

static int sealed_fd(void)
{
	int fd = new_memfd();

	assert_int_equal(fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE), 0);
	return fd;
}

static void test_wrong_fd(void **state)
{
	static const struct {
		int (*make)(void);
		int rc;
	} rows[] = {
		{file_fd, -EINVAL}, {socket_fd, -EINVAL}, {closed_fd, -EBADF},
		{no_fd, -EBADF},    {sealed_fd, -EPERM},
	};
	struct rig r;

	(void)state;
	rig_open(&r, &(struct rig_opt){0});
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		int fd = rows[i].make();
		struct ibv_mr *mr;
		struct err e = {0};

		assert_int_equal(import(&r.n, (struct nic_dmabuf){fd, 0, PAGE, 0}, RIG_ACCESS, &mr, &e),
				 rows[i].rc);
		assert_int_equal(e.code, rows[i].rc);
		if (rows[i].make != closed_fd && fd >= 0)
			close(fd);
	}
	rig_close(&r);
}

static int mmap_einval(void **out, size_t length, int prot, int flags, int fd, off_t offset)
{
	(void)out, (void)length, (void)prot, (void)flags, (void)fd, (void)offset;
	return -EINVAL; /* what dma_buf_mmap_internal() answers for an exporter without mmap */
}

/* A VFIO dma-buf has no mmap: the refusal says so and names a way out. */
static void test_no_mmap(void **state)
{
	const struct sys sys = {.mmap = mmap_einval};
	struct soft_map m = {0};
	unsigned char *first;
	struct err e = {0};
	int fd = new_memfd();

	(void)state;
	assert_int_equal(soft_map_fd(&sys, fd, 0, PAGE, &m, &first, &e), -EOPNOTSUPP);
	assert_int_equal(e.code, -EOPNOTSUPP);
	assert_non_null(strstr(e.text, "mmap"));
	assert_non_null(strstr(e.hint, "VFIO"));
	soft_unmap(&m);
	close(fd);
}

static size_t asked_length;
static off_t asked_offset;

static int mmap_notes(void **out, size_t length, int prot, int flags, int fd, off_t offset)
{
	(void)out, (void)prot, (void)flags, (void)fd;
	asked_length = length;
	asked_offset = offset;
	return -ENOMEM;
}

/* The kernel maps huge pages at their boundaries, and unmaps whole ones only. */
static void test_part_of_huge_pages(void **state)
{
	enum { HUGE = 2 << 20 };
	const struct sys sys = {.mmap = mmap_notes};
	int fd = memfd_create("import_test", MFD_CLOEXEC | MFD_HUGETLB | 21u << 26); /* of 2 MiB */
	struct soft_map m = {0};
	unsigned char *first;

	(void)state;
	if (fd < 0)
		skip(); /* a kernel without pages of that size */
	assert_int_equal(ftruncate(fd, 2 * HUGE), 0);
	assert_int_equal(soft_map_fd(&sys, fd, HUGE + PAGE + 1, PAGE, &m, &first, NULL), -ENOMEM);
	assert_int_equal(asked_length, HUGE);
	assert_int_equal(asked_offset, HUGE);
	assert_int_equal(soft_map_fd(&sys, fd, HUGE - 1, 2, &m, &first, NULL), -ENOMEM);
	assert_int_equal(asked_length, 2 * HUGE);
	assert_int_equal(asked_offset, 0);
	close(fd);
}

/* Kinds of dma-buf this kernel may lack are tests of their own, named by their node, so that a skip shows. */
static int run_on_node(const char *node)
{
	const struct CMUnitTest udmabuf[] = {cmocka_unit_test(test_udmabuf)};
	const struct CMUnitTest dma_heap[] = {cmocka_unit_test(test_dma_heap)};
	int fd = open(node, O_RDWR | O_CLOEXEC);

	if (fd < 0) {
		printf("SKIP: cannot open %s: %s\n", node, strerrorname_np(errno));
		return 77;
	}
	close(fd);
	return strcmp(node, UDMABUF_NODE) ? cmocka_run_group_tests(dma_heap, NULL, NULL)
					  : cmocka_run_group_tests(udmabuf, NULL, NULL);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_memfd),	 cmocka_unit_test(test_range_rules),
		cmocka_unit_test(test_wrong_fd), cmocka_unit_test(test_no_mmap),
		cmocka_unit_test(test_unmap),	 cmocka_unit_test(test_part_of_huge_pages),
	};

	return argc > 1 ? run_on_node(argv[1]) : cmocka_run_group_tests(tests, NULL, NULL);
}
