// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Huge pages, reserved and transparent, over a syscall table whose /sys and smaps say what the test wants;
 * mappings are real ones of ordinary pages.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <linux/udmabuf.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/err.h"
#include "mem/mem.h"

#define MIB(n) ((int64_t)(n) << 20)

enum { HUGE_2M = 21 << 26, HUGE_MASK = 63 << 26 };

/* @reserved, @free of the pool at @pool, @extra that may be made, NULL = no such size; @thp: size of
 * transparent ones, NULL = none. */
static struct {
	const char *pool;
	int reserved, free, extra, node, map_rc, populate_rc, thp_rc, advice;
	const char *thp;
	int64_t thp_kib;
	int map_flags;
	unsigned int memfd_flags;
	uintptr_t va;
	int64_t mapped;
} fake;

static int text_fd(const char *text)
{
	int fd = memfd_create("text", MFD_CLOEXEC);

	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	lseek(fd, 0, SEEK_SET);
	return fd;
}

static int open_smaps(void)
{
	char text[512];

	snprintf(text, sizeof(text),
		 "1000-2000 r--p 00000000 00:00 0  [other]\nRss: 4 kB\nAnonHugePages: 8192 kB\n"
		 "%lx-%lx rw-p 00000000 00:00 0 \nRss: 4 kB\nAnonHugePages:   %lld kB\nVmFlags: hg\n"
		 "7ffff000-7ffff001 rw-p 00000000 00:00 0\nAnonHugePages: 4096 kB\n",
		 (unsigned long)fake.va, (unsigned long)fake.va + (unsigned long)MIB(4),
		 (long long)fake.thp_kib);
	return text_fd(text);
}

static int fake_open(const char *path, int flags, mode_t mode)
{
	char text[160];

	(void)flags;
	(void)mode;
	if (strstr(path, "transparent_hugepage"))
		return fake.thp ? text_fd(fake.thp) : -ENOENT;
	if (!strcmp(path, "/proc/self/smaps"))
		return open_smaps();
	if (!strcmp(path, "/dev/udmabuf"))
		return memfd_create("node", MFD_CLOEXEC);
	for (size_t i = 0; i < 3 && fake.pool; i++) {
		static const char *const file[] = {"nr", "free", "nr_overcommit"};
		const int value[] = {fake.reserved, fake.free, fake.extra};

		snprintf(text, sizeof(text), "%s/%s_hugepages", fake.pool, file[i]);
		if (strcmp(path, text) != 0)
			continue;
		snprintf(text, sizeof(text), "%d\n", value[i]);
		return text_fd(text);
	}
	return -ENOENT;
}

static int fake_mmap(void **out, size_t length, int prot, int flags, int fd, off_t offset)
{
	int rc;

	fake.map_flags = flags;
	if (fake.map_rc)
		return fake.map_rc;
	rc = sys_real.mmap(out, length, prot, flags & ~(MAP_HUGETLB | HUGE_MASK), fd, offset);
	fake.mapped += rc ? 0 : (int64_t)length;
	return rc;
}

static int fake_munmap(void *addr, size_t length)
{
	fake.mapped -= (int64_t)length;
	return sys_real.munmap(addr, length);
}

static int fake_memfd_create(const char *name, unsigned int flags)
{
	fake.memfd_flags = flags;
	return memfd_create(name, flags & ~(MFD_HUGETLB | (unsigned int)HUGE_MASK));
}

static int fake_madvise(void *addr, size_t length, int advice)
{
	fake.advice = advice;
	fake.va = (uintptr_t)addr;
	(void)length;
	return advice == MADV_HUGEPAGE ? fake.thp_rc : advice == MADV_NOHUGEPAGE ? -EINVAL : fake.populate_rc;
}

static int fake_mbind(void *addr, size_t length, int mode, const unsigned long *nodes, unsigned long max,
		      unsigned int flags)
{
	(void)addr, (void)length, (void)mode, (void)nodes, (void)max, (void)flags;
	return 0;
}

static int fake_move_pages(unsigned long count, void **pages, const int *nodes, int *status, int flags)
{
	(void)pages, (void)nodes, (void)flags;
	for (unsigned long i = 0; i < count; i++)
		status[i] = fake.node;
	return 0;
}

static int fake_ioctl(int fd, unsigned long request, void *arg)
{
	const struct udmabuf_create *c = arg;

	(void)fd;
	assert_int_equal(request, UDMABUF_CREATE);
	return fcntl((int)c->memfd, F_DUPFD_CLOEXEC, 0);
}

static struct sys sys;
static struct mem_ctx *ctx;

static int setup(void **state)
{
	(void)state;
	memset(&fake, 0, sizeof(fake));
	fake.pool = "/sys/kernel/mm/hugepages/hugepages-2048kB";
	sys = sys_real;
	sys.open = fake_open;
	sys.mmap = fake_mmap;
	sys.munmap = fake_munmap;
	sys.memfd_create = fake_memfd_create;
	sys.madvise = fake_madvise;
	sys.mbind = fake_mbind;
	sys.move_pages = fake_move_pages;
	sys.ioctl = fake_ioctl;
	return mem_ctx_open(&sys, NULL, &ctx, NULL);
}

static int teardown(void **state)
{
	(void)state;
	mem_ctx_close(ctx);
	return fake.mapped != 0;
}

static struct config_memory memory(int64_t kind, int64_t pages, int64_t length)
{
	return (struct config_memory){
		.name = "big", .kind = kind, .pages = pages, .length = length, .numa = CONFIG_NUMA_ANY};
}

static void reserved_pages_are_asked_for(void **state)
{
	static const int64_t kinds[] = {MEM_HOST, MEM_MEMFD, MEM_UDMABUF};

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		struct config_memory m = memory(kinds[i], MIB(2), MIB(2) + 1);
		struct mem_buf b;
		struct err e;

		fake.map_flags = 0;
		fake.memfd_flags = 0;
		assert_int_equal(mem_open(ctx, &m, &b, &e), 0);
		assert_int_equal(b.bytes, MIB(4)); /* whole pages */
		if (kinds[i] == MEM_HOST)
			assert_int_equal(fake.map_flags & (MAP_HUGETLB | HUGE_MASK), MAP_HUGETLB | HUGE_2M);
		else
			assert_int_equal(fake.memfd_flags & (MFD_HUGETLB | HUGE_MASK), MFD_HUGETLB | HUGE_2M);
		mem_close(&b);
		m.pages = 4096;
		assert_int_equal(mem_open(ctx, &m, &b, &e), 0);
		assert_int_equal(b.bytes, MIB(2) + 4096);
		assert_true(kinds[i] != MEM_HOST || fake.advice == MADV_NOHUGEPAGE);
		assert_false(kinds[i] == MEM_HOST && fake.map_flags & MAP_HUGETLB);
		assert_false(kinds[i] != MEM_HOST && fake.memfd_flags & MFD_HUGETLB);
		mem_close(&b);
	}
}

static void too_few(struct config_memory *m, const char *text, const char *hint)
{
	struct mem_buf b;
	struct err e;

	assert_int_equal(mem_open(ctx, m, &b, &e), -ENOMEM);
	if (!strstr(e.text, text) || !strstr(e.hint, hint))
		fail_msg("%s\n%s", e.text, e.hint);
	assert_null(b.va);
	assert_int_equal(fake.mapped, 0);
}

/* The commands that mend it are exact, and those that undo it. */
static void too_few_reserved_pages_are_explained(void **state)
{
	struct config_memory m = memory(MEM_HOST, MIB(2), MIB(16));
	char hint[256];

	(void)state;
	fake.reserved = 5;
	fake.free = 3;
	fake.map_rc = -ENOMEM;
	snprintf(hint, sizeof(hint),
		 "reserve: `echo 10 | sudo tee %s/nr_hugepages`; undo: `echo 5 | sudo tee %s/nr_hugepages`",
		 fake.pool, fake.pool);
	too_few(&m, "8 pages of 2M asked, 3 of the 5 reserved are free", hint);
	m.kind = MEM_MEMFD;
	too_few(&m, "8 pages of 2M", hint);
	m.kind = MEM_UDMABUF;
	too_few(&m, "8 pages of 2M", hint);
	/* reserved at large, but not to be had for this process: told instead of a signal */
	fake.map_rc = 0;
	fake.populate_rc = -EFAULT;
	m.kind = MEM_HOST;
	too_few(&m, "8 pages of 2M", hint);
	/* there, but on the other node */
	fake.populate_rc = 0;
	fake.node = 0;
	m.numa = 1;
	fake.pool = "/sys/devices/system/node/node1/hugepages/hugepages-2048kB";
	fake.free = 0;
	too_few(&m, "0 of the 5", "echo 13 | sudo tee /sys/devices/system/node/node1/hugepages/");
}

/* Before anything is taken: enough free ones, or a kernel that may make more of them. */
static void a_probe_looks_at_the_pool(void **state)
{
	static const int64_t kinds[] = {MEM_HOST, MEM_MEMFD, MEM_UDMABUF};

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		struct config_memory m = memory(kinds[i], MIB(2), MIB(16));
		struct err e;

		fake.reserved = 9;
		fake.free = 7;
		fake.extra = 0;
		assert_int_equal(mem_probe(ctx, &m, &e), -ENOMEM);
		assert_non_null(strstr(e.hint, "echo 10 "));
		fake.extra = 1;
		assert_int_equal(mem_probe(ctx, &m, &e), 0);
		fake.extra = 0;
		fake.free = 8;
		assert_int_equal(mem_probe(ctx, &m, &e), 0);
		m.pages = MIB(64);
		assert_int_equal(mem_probe(ctx, &m, &e), -EINVAL);
	}
}

static void an_unknown_page_size_is_said(void **state)
{
	struct config_memory m = memory(MEM_HOST, MIB(64), MIB(64));
	struct mem_buf b;
	struct err e;

	(void)state;
	fake.map_rc = -ENOMEM;
	assert_int_equal(mem_open(ctx, &m, &b, &e), -EINVAL);
	assert_non_null(strstr(e.text, "no pages of 64M"));
	fake.map_rc = -EPERM;
	assert_int_equal(mem_open(ctx, &m, &b, &e), -EPERM);
}

static void transparent_pages_are_verified(void **state)
{
	struct config_memory m = memory(MEM_HOST, CONFIG_PAGES_THP, MIB(4) + 4096);
	struct mem_buf b;
	struct err e;

	(void)state;
	fake.thp = "2097152\n";
	fake.thp_kib = 4096;
	assert_int_equal(mem_open(ctx, &m, &b, &e), 0);
	assert_int_equal(fake.advice, MADV_HUGEPAGE);
	assert_int_equal((uintptr_t)b.va % (uintptr_t)MIB(2), 0);
	assert_int_equal(fake.mapped, b.bytes); /* what stuck out was given back */
	memset(b.va, 1, b.bytes);
	mem_close(&b);
	fake.thp_kib = 2048;
	assert_int_equal(mem_open(ctx, &m, &b, &e), -ENOMEM);
	assert_non_null(strstr(e.text, "only 2097152 of 4198400"));
	assert_non_null(strstr(e.hint, "transparent_hugepage/enabled"));
	fake.thp_rc = -EINVAL;
	assert_int_equal(mem_open(ctx, &m, &b, &e), -ENOTSUP);
	fake.thp = NULL;
	assert_int_equal(mem_open(ctx, &m, &b, &e), -ENOTSUP);
	fake.thp = "nonsense";
	assert_int_equal(mem_open(ctx, &m, &b, &e), -ENOTSUP);
	fake.thp = "2097152";
	fake.map_rc = -ENOMEM;
	assert_int_equal(mem_open(ctx, &m, &b, &e), -ENOMEM);
}

/* A buffer that no such page fits into would be of small ones, without a word. */
static void less_than_a_transparent_page_is_refused(void **state)
{
	struct config_memory m = memory(MEM_HOST, CONFIG_PAGES_THP, MIB(2) - 4096);
	struct mem_buf b;
	struct err e;

	(void)state;
	fake.thp = "2097152\n";
	assert_int_equal(mem_open(ctx, &m, &b, &e), -EINVAL);
	assert_non_null(strstr(e.text, "2M"));
	assert_non_null(strstr(e.hint, "length: 2M"));
	assert_int_equal(fake.mapped, 0);
}

/* Whatever this machine has: pages, or the reason. */
static void the_kernel_gives_them_or_says_why(void **state)
{
	static const int64_t pages[] = {CONFIG_PAGES_THP, MIB(2)};

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct config_memory m = memory(MEM_HOST, pages[i], MIB(8));
		struct mem_ctx *real;
		struct mem_buf b;
		struct err e = {0};
		int rc;

		assert_int_equal(mem_ctx_open(&sys_real, NULL, &real, NULL), 0);
		rc = mem_open(real, &m, &b, &e);
		assert_true(rc == 0 || (e.code == rc && e.text[0] && e.hint[0]));
		if (rc)
			print_message("here: %s\n", e.text);
		else
			memset(b.va, 1, b.bytes);
		mem_close(&b);
		mem_ctx_close(real);
	}
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(reserved_pages_are_asked_for),	 TEST(too_few_reserved_pages_are_explained),
		TEST(a_probe_looks_at_the_pool),	 TEST(an_unknown_page_size_is_said),
		TEST(transparent_pages_are_verified),	 TEST(less_than_a_transparent_page_is_refused),
		TEST(the_kernel_gives_them_or_says_why),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
