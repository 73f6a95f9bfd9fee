// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * mem_ctx_share(): memory of kind host that another process can map. It is what it was otherwise: placed,
 * zeroed, of the pages asked; and what fails on the way leaves nothing open.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/err.h"
#include "mem/mem.h"

enum { BYTES = 65536 };

static struct {
	int calls, fail_at;
	bool first_is_0; /* memfd_create() gives descriptor 0 */
} fake;

static int gate(void)
{
	return ++fake.calls == fake.fail_at ? -EIO : 0;
}

static int fake_memfd_create(const char *name, unsigned int flags)
{
	int fd, rc = gate();

	if (rc)
		return rc;
	if (fake.first_is_0)
		close(0);
	fd = sys_real.memfd_create(name, flags);
	if (fake.first_is_0)
		assert_int_equal(fd, 0);
	return fd;
}

static int fake_ftruncate(int fd, off_t length)
{
	int rc = gate();

	return rc ? rc : sys_real.ftruncate(fd, length);
}

static int fake_fcntl(int fd, int cmd, long arg)
{
	int rc = gate();

	return rc ? rc : sys_real.fcntl(fd, cmd, arg);
}

static int fake_mmap(void **out, size_t length, int prot, int flags, int fd, off_t offset)
{
	int rc = gate();

	return rc ? rc : sys_real.mmap(out, length, prot, flags, fd, offset);
}

static struct sys sys;
static struct mem_ctx *ctx;
static const struct config_memory host = {
	.name = "m", .kind = MEM_HOST, .length = BYTES - 100, .numa = CONFIG_NUMA_ANY};

static int open_ctx(void **state)
{
	(void)state;
	memset(&fake, 0, sizeof(fake));
	sys = sys_real;
	sys.memfd_create = fake_memfd_create;
	sys.ftruncate = fake_ftruncate;
	sys.fcntl = fake_fcntl;
	sys.mmap = fake_mmap;
	return mem_ctx_open(&sys, NULL, &ctx, NULL);
}

static int close_ctx(void **state)
{
	(void)state;
	mem_ctx_close(ctx);
	return 0;
}

static int open_fds(void)
{
	DIR *d = opendir("/proc/self/fd");
	int n = 0;

	assert_non_null(d);
	while (readdir(d))
		n++;
	closedir(d);
	return n;
}

static void private_unless_asked(void **state)
{
	struct mem_buf b;

	(void)state;
	assert_int_equal(mem_open(ctx, &host, &b, NULL), 0);
	assert_int_equal(b.shared_fd, 0);
	mem_close(&b);
}

static void others_can_map_it(void **state)
{
	struct mem_buf b;
	unsigned char *other;
	int before = open_fds();

	(void)state;
	mem_ctx_share(ctx);
	assert_int_equal(mem_open(ctx, &host, &b, NULL), 0);
	assert_int_equal(b.bytes, BYTES);
	assert_int_equal(b.fd, -1); /* no dma-buf: NICs are given the address */
	assert_true(b.shared_fd > 0);
	assert_int_equal(b.cpu, MEM_CPU_RAM);
	assert_true(fcntl(b.shared_fd, F_GET_SEALS) & F_SEAL_SHRINK);
	assert_int_equal(ftruncate(b.shared_fd, 4096), -1);
	other = mmap(NULL, BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, b.shared_fd, 0);
	assert_ptr_not_equal(other, MAP_FAILED);
	for (size_t i = 0; i < BYTES; i++)
		assert_int_equal(other[i], 0);
	((unsigned char *)b.va)[BYTES - 1] = 7;
	assert_int_equal(other[BYTES - 1], 7);
	munmap(other, BYTES);
	mem_close(&b);
	assert_int_equal(open_fds(), before);
}

/* 0 in a struct mem_buf means that there is none. */
static void never_descriptor_0(void **state)
{
	int keep = dup(0), before = open_fds();
	struct mem_buf b;

	(void)state;
	mem_ctx_share(ctx);
	fake.first_is_0 = true;
	assert_int_equal(mem_open(ctx, &host, &b, NULL), 0);
	assert_true(b.shared_fd > 2);
	mem_close(&b);
	if (keep >= 0) {
		assert_int_equal(dup2(keep, 0), 0);
		assert_int_equal(open_fds(), before);
		close(keep);
	}
}

static void what_fails_leaves_nothing(void **state)
{
	struct mem_buf b;
	int before = open_fds(), failed = 0;

	(void)state;
	mem_ctx_share(ctx);
	for (fake.fail_at = 1;; fake.fail_at++) {
		struct err e = {0};

		fake.calls = 0;
		if (!mem_open(ctx, &host, &b, &e))
			break;
		failed++;
		assert_int_equal(e.code, -EIO);
		assert_non_null(strstr(e.text, "memory 'm'"));
		assert_int_equal(b.fd, -1);
		assert_int_equal(b.shared_fd, 0);
		assert_int_equal(open_fds(), before);
	}
	assert_int_equal(failed, 4);
	mem_close(&b);
	assert_int_equal(open_fds(), before);
}

/* Where the kernel gives none to shared memory, it says which switch that is. */
static void huge_pages(void **state)
{
	struct config_memory m = host;
	struct err e = {0};
	struct mem_buf b;
	int before = open_fds(), rc;

	(void)state;
	m.pages = CONFIG_PAGES_THP;
	m.length = 4 << 20;
	mem_ctx_share(ctx);
	rc = mem_open(ctx, &m, &b, &e);
	if (rc == -ENOMEM)
		assert_non_null(strstr(e.hint, "shmem_enabled"));
	else if (rc != -ENOTSUP)
		assert_int_equal(rc, 0);
	if (!rc)
		assert_int_equal((uintptr_t)b.va % (2 << 20), 0);
	mem_close(&b);
	assert_int_equal(open_fds(), before);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(private_unless_asked, open_ctx, close_ctx),
		cmocka_unit_test_setup_teardown(others_can_map_it, open_ctx, close_ctx),
		cmocka_unit_test_setup_teardown(never_descriptor_0, open_ctx, close_ctx),
		cmocka_unit_test_setup_teardown(what_fails_leaves_nothing, open_ctx, close_ctx),
		cmocka_unit_test_setup_teardown(huge_pages, open_ctx, close_ctx),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
