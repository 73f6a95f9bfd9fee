// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Buffers on a NUMA node, over a syscall table that answers as a kernel of two nodes, and on the real one. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <linux/mempolicy.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/err.h"
#include "base/sys.h"
#include "mem/numa.h"

/* @node: where pages are; from page @at on, @then: a node or -errno. */
static struct {
	int fail_with, mode, node, then;
	size_t at, asked, calls;
	unsigned long mask0, max;
} fake;

static int fake_mbind(void *addr, size_t length, int mode, const unsigned long *nodes, unsigned long max,
		      unsigned int flags)
{
	(void)addr;
	(void)length;
	(void)flags;
	fake.mode = mode;
	fake.mask0 = nodes[0];
	fake.max = max;
	return -fake.fail_with;
}

static int fake_move_pages(unsigned long count, void **pages, const int *nodes, int *status, int flags)
{
	assert_null(nodes);
	assert_int_equal(flags, 0);
	for (size_t i = 0; i < count; i++) {
		assert_int_equal((uintptr_t)pages[i] % (uintptr_t)sysconf(_SC_PAGESIZE), 0);
		status[i] = fake.asked++ < fake.at ? fake.node : fake.then;
	}
	fake.calls++;
	return -fake.fail_with;
}

/* Never touched by the fake. */
#define BUFFER ((void *)(uintptr_t)0x100000)

static const struct sys sys_fake = {.mbind = fake_mbind, .move_pages = fake_move_pages};

static int reset(void **state)
{
	(void)state;
	memset(&fake, 0, sizeof(fake));
	fake.at = SIZE_MAX;
	return 0;
}

static size_t pages(size_t n)
{
	return n * (size_t)sysconf(_SC_PAGESIZE);
}

static void a_node_is_preferred_not_forced(void **state)
{
	struct err e = {0};

	(void)state;
	assert_int_equal(numa_prefer(&sys_fake, NULL, pages(1), 3, &e), 0);
	assert_int_equal(fake.mode, MPOL_PREFERRED);
	assert_int_equal(fake.mask0, 8);
	assert_int_equal(fake.max, NUMA_NODES_MAX);
	fake.fail_with = EINVAL;
	assert_int_equal(numa_prefer(&sys_fake, NULL, pages(1), 3, &e), -EINVAL);
	assert_non_null(strstr(e.text, "node 3"));
	assert_true(e.hint[0]);
	fake.fail_with = EPERM;
	assert_int_equal(numa_prefer(&sys_fake, NULL, pages(1), 3, &e), -EPERM);
	fake.fail_with = 0;
	fake.max = 0;
	assert_int_equal(numa_prefer(&sys_fake, NULL, pages(1), NUMA_NODES_MAX, &e), -EINVAL);
	assert_int_equal(fake.max, 0);
}

static void every_page_is_looked_up(void **state)
{
	struct err e = {0};

	(void)state;
	fake.node = 1;
	assert_int_equal(numa_verify(&sys_fake, BUFFER, pages(1300), 1, &e), 0);
	assert_int_equal(fake.asked, 1300);
	assert_int_equal(fake.calls, 3);
	reset(NULL);
	assert_int_equal(numa_verify(&sys_fake, BUFFER, pages(2) + 1, 0, &e), 0);
	assert_int_equal(fake.asked, 3);
}

static void pages_elsewhere_are_counted(void **state)
{
	struct err e = {0};

	(void)state;
	fake.node = 1;
	fake.at = 1290;
	fake.then = 0;
	assert_int_equal(numa_verify(&sys_fake, BUFFER, pages(1300), 1, &e), -EXDEV);
	assert_non_null(strstr(e.text, "10 of 1300 pages are not on NUMA node 1; the first is on node 0"));
}

static void pages_that_are_not_there_are_no_proof(void **state)
{
	struct err e = {0};

	(void)state;
	fake.at = 5;
	fake.then = -ENOENT;
	assert_int_equal(numa_verify(&sys_fake, BUFFER, pages(8), 0, &e), -ENOENT);
	assert_non_null(strstr(e.text, "3 of 8"));
	reset(NULL);
	fake.at = 5;
	fake.then = -EACCES;
	assert_int_equal(numa_verify(&sys_fake, BUFFER, pages(8), 0, &e), -EACCES);
	reset(NULL);
	fake.fail_with = ENOSYS;
	assert_int_equal(numa_verify(&sys_fake, BUFFER, pages(8), 0, &e), -ENOSYS);
	assert_non_null(strstr(e.text, "move_pages"));
}

/* Node 0 of this machine, where the kernel has NUMA and lets us ask. */
static void the_kernel_does_it(void **state)
{
	struct err e = {0};
	void *p = NULL;
	int rc;

	(void)state;
	assert_int_equal(
		sys_real.mmap(&p, pages(64), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0), 0);
	rc = numa_prefer(&sys_real, p, pages(64), 0, &e);
	if (!rc) {
		rc = numa_verify(&sys_real, p, pages(64), 0, &e);
		assert_true(rc == -ENOENT || rc == -ENOSYS || rc == -EPERM);
		memset(p, 1, pages(64));
		if (rc == -ENOENT)
			assert_int_equal(numa_verify(&sys_real, p, pages(64), 0, &e), 0);
	}
	sys_real.munmap(p, pages(64));
	if (rc && rc != -ENOENT) {
		print_message("skipped: %s\n", e.text);
		skip();
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(a_node_is_preferred_not_forced, reset),
		cmocka_unit_test_setup(every_page_is_looked_up, reset),
		cmocka_unit_test_setup(pages_elsewhere_are_counted, reset),
		cmocka_unit_test_setup(pages_that_are_not_there_are_no_proof, reset),
		cmocka_unit_test(the_kernel_does_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
