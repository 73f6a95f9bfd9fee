// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Memory kinds over a syscall table that answers like /dev/udmabuf and /dev/dma_heap and lets the n-th call
 * fail: every way out leaves nothing open and says what failed.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <linux/dma-heap.h>
#include <linux/udmabuf.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/err.h"
#include "mem/mem.h"

enum { BYTES = 8192 };

/* What the fake kernel counts; fds and mappings are real ones, of memfds. */
static struct {
	int fail_at; /* number of the call that fails, 0 = none */
	int fail_with;
	int calls;
	int open_fds;
	int maps;
} fake;

static int gate(void)
{
	return ++fake.calls == fake.fail_at ? -fake.fail_with : 0;
}

static int new_fd(void)
{
	int rc = gate();

	if (rc)
		return rc;
	fake.open_fds++;
	return memfd_create("fake", MFD_ALLOW_SEALING);
}

static int fake_open(const char *path, int flags, mode_t mode)
{
	(void)flags;
	(void)mode;
	return strstr(path, "nosuch") ? -ENOENT : new_fd();
}

static int fake_close(int fd)
{
	fake.open_fds--;
	return close(fd);
}

static int fake_ioctl(int fd, unsigned long request, void *arg)
{
	int made = new_fd();

	(void)fd;
	if (made < 0)
		return made;
	if (request == UDMABUF_CREATE) {
		const struct udmabuf_create *c = arg;

		/* As drivers/dma-buf/udmabuf.c: the memfd must not be able to shrink. */
		assert_int_equal(fcntl((int)c->memfd, F_GET_SEALS) & F_SEAL_SHRINK, F_SEAL_SHRINK);
		assert_int_equal(ftruncate(made, (off_t)c->size), 0);
		return made;
	}
	assert_int_equal(request, DMA_HEAP_IOCTL_ALLOC);
	assert_int_equal(ftruncate(made, (off_t)((struct dma_heap_allocation_data *)arg)->len), 0);
	((struct dma_heap_allocation_data *)arg)->fd = (unsigned int)made;
	return 0;
}

static int fake_mmap(void **out, size_t length, int prot, int flags, int fd, off_t offset)
{
	int rc = gate();

	if (rc)
		return rc;
	fake.maps++;
	return sys_real.mmap(out, length, prot, flags, fd, offset);
}

static int fake_munmap(void *addr, size_t length)
{
	fake.maps--;
	return sys_real.munmap(addr, length);
}

static int fake_memfd_create(const char *name, unsigned int flags)
{
	(void)name;
	(void)flags;
	return new_fd();
}

static int fake_ftruncate(int fd, off_t length)
{
	int rc = gate();

	return rc ? rc : sys_real.ftruncate(fd, length);
}

static int fake_fcntl(int fd, int cmd, long arg)
{
	int rc = gate();

	if (rc)
		return rc;
	fake.open_fds += cmd == F_DUPFD_CLOEXEC;
	return sys_real.fcntl(fd, cmd, arg);
}

/* Pages are on node 1 of a machine that has nodes 0 and 1. */
static int fake_mbind(void *addr, size_t length, int mode, const unsigned long *nodes, unsigned long max,
		      unsigned int flags)
{
	int rc = gate();

	(void)addr;
	(void)length;
	(void)mode;
	(void)max;
	(void)flags;
	return rc ? rc : *nodes & 3 ? 0 : -EINVAL;
}

static int fake_move_pages(unsigned long count, void **pages, const int *nodes, int *status, int flags)
{
	int rc = gate();

	(void)pages;
	(void)nodes;
	(void)flags;
	for (unsigned long i = 0; i < count; i++)
		status[i] = 1;
	return rc;
}

static const struct sys fake_sys = {
	.open = fake_open,
	.close = fake_close,
	.ioctl = fake_ioctl,
	.mmap = fake_mmap,
	.munmap = fake_munmap,
	.memfd_create = fake_memfd_create,
	.ftruncate = fake_ftruncate,
	.fcntl = fake_fcntl,
	.mbind = fake_mbind,
	.move_pages = fake_move_pages,
};

static struct mem_ctx *ctx;

static int open_ctx(void **state)
{
	(void)state;
	return mem_ctx_open(&fake_sys, NULL, &ctx, NULL);
}

static int close_ctx(void **state)
{
	(void)state;
	mem_ctx_close(ctx);
	return 0;
}

static const struct config_memory kinds[] = {
	{.name = "h", .kind = MEM_HOST, .length = BYTES - 1, .numa = CONFIG_NUMA_ANY},
	{.name = "m", .kind = MEM_MEMFD, .length = BYTES, .numa = CONFIG_NUMA_ANY},
	{.name = "u", .kind = MEM_UDMABUF, .length = BYTES, .numa = CONFIG_NUMA_ANY},
	{.name = "d", .kind = MEM_DMA_HEAP, .length = BYTES, .heap = "system", .numa = CONFIG_NUMA_ANY},
};

static void fake_reset(int fail_at, int fail_with)
{
	fake.fail_at = fail_at;
	fake.fail_with = fail_with;
	fake.calls = fake.open_fds = fake.maps = 0;
}

static void opens_and_closes(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		struct mem_buf b;
		struct err e;

		fake_reset(0, 0);
		assert_int_equal(mem_open(ctx, &kinds[i], &b, &e), 0);
		assert_int_equal(b.bytes, BYTES);
		assert_int_equal(b.kind, kinds[i].kind);
		assert_int_equal(b.fd >= 0, kinds[i].kind != MEM_HOST);
		assert_int_equal(fake.open_fds, b.fd >= 0); /* the node and the memfd are closed again */
		memset(b.va, 1, b.bytes);
		mem_close(&b);
		mem_close(&b);
		assert_int_equal(fake.open_fds, 0);
		assert_int_equal(fake.maps, 0);
	}
}

static void every_call_may_fail(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		int n, rc = -1;

		for (n = 1; rc; n++) {
			struct mem_buf b;
			struct err e = {0};

			fake_reset(n, EMFILE);
			rc = mem_open(ctx, &kinds[i], &b, &e);
			if (!rc) {
				mem_close(&b);
				break;
			}
			assert_int_equal(rc, -EMFILE);
			assert_int_equal(e.code, -EMFILE);
			assert_non_null(strstr(e.text, "EMFILE"));
			assert_non_null(strstr(e.text, kinds[i].name));
			assert_int_equal(b.fd, -1);
			assert_null(b.va);
			assert_int_equal(fake.open_fds, 0);
			assert_int_equal(fake.maps, 0);
		}
		assert_true(n > 1);
	}
}

static void what_is_missing_is_said(void **state)
{
	struct config_memory m = {.name = "x",
				  .kind = MEM_DMA_HEAP,
				  .length = BYTES,
				  .heap = "nosuch",
				  .numa = CONFIG_NUMA_ANY};
	struct mem_buf b;
	struct err e;

	(void)state;
	fake_reset(0, 0);
	assert_int_equal(mem_probe(ctx, &m, &e), -ENOENT);
	assert_non_null(strstr(e.text, "/dev/dma_heap/nosuch"));
	assert_non_null(strstr(e.hint, "CONFIG_DMABUF_HEAPS"));
	m.kind = MEM_VFIO;
	m.device = "pci/0000:41:00.0";
	assert_int_equal(mem_probe(ctx, &m, &e), -ENODEV);
	assert_int_equal(mem_open(ctx, &m, &b, &e), -ENODEV);
	assert_non_null(strstr(e.text, "0000:41:00.0"));
	m.kind = 99;
	assert_int_equal(mem_probe(ctx, &m, &e), -ENOTSUP);
	assert_int_equal(mem_open(ctx, &m, &b, &e), -ENOTSUP);
	fake_reset(1, EACCES);
	assert_int_equal(mem_probe(ctx, &kinds[2], &e), -EACCES);
	assert_non_null(strstr(e.hint, "root"));
}

static void pages_lie_on_the_node_asked(void **state)
{
	struct mem_buf b;
	struct err e;

	(void)state;
	for (size_t i = 0; i < 3; i++) { /* host, memfd, udmabuf */
		struct config_memory m = kinds[i];

		m.numa = 1;
		fake_reset(0, 0);
		assert_int_equal(mem_open(ctx, &m, &b, &e), 0);
		mem_close(&b);
		m.numa = 0;
		assert_int_equal(mem_open(ctx, &m, &b, &e), -EXDEV);
		m.numa = 2;
		assert_int_equal(mem_open(ctx, &m, &b, &e), -EINVAL);
		m.numa = PLACE_NEAR; /* which one that is, the caller finds out */
		assert_int_equal(mem_open(ctx, &m, &b, &e), -EINVAL);
		assert_int_equal(mem_probe(ctx, &m, &e), 0);
		assert_int_equal(fake.maps, 0);
		assert_int_equal(fake.open_fds, 0);
	}
}

/* An export is the same bytes behind an fd of its own, with the hint on it; the mapping is not its to unmap.
 */
static void an_export_carries_its_hint(void **state)
{
	const struct mem_hint hint = {TPH_EXPORTER, 0x17, AXIS_EMPTY, 2, AXIS_EMPTY, AXIS_EMPTY};
	struct mem_buf b, x, y;
	struct err e;

	(void)state;
	fake_reset(0, 0);
	assert_null(mem_can_export(MEM_MEMFD));
	assert_int_equal(mem_open(ctx, &kinds[1], &b, &e), 0);
	assert_int_equal(b.hint.tph, TPH_NONE);
	assert_int_equal(mem_export(&b, &hint, &x, &e), 0);
	assert_int_equal(mem_export(&b, &hint, &y, &e), 0);
	assert_memory_equal(&x.hint, &hint, sizeof(hint));
	assert_int_equal(b.hint.tph, TPH_NONE);
	assert_ptr_equal(x.va, b.va);
	assert_int_equal(x.bytes, b.bytes);
	assert_int_equal(x.kind, MEM_MEMFD);
	assert_int_not_equal(x.fd, b.fd);
	assert_int_not_equal(x.fd, y.fd);
	memset(b.va, 0x5a, b.bytes);
	lseek(x.fd, 0, SEEK_SET);
	for (uint64_t i = 0; i < b.bytes; i++) {
		unsigned char c;

		assert_int_equal(read(x.fd, &c, 1), 1);
		assert_int_equal(c, 0x5a);
	}
	mem_close(&x);
	memset(b.va, 1, b.bytes); /* still mapped */
	mem_close(&y);
	mem_close(&b);
	assert_int_equal(fake.open_fds, 0);
	assert_int_equal(fake.maps, 0);
}

static void an_export_may_fail(void **state)
{
	const struct mem_hint hint = {TPH_EXPORTER, 1, AXIS_EMPTY, AXIS_EMPTY, AXIS_EMPTY, AXIS_EMPTY};
	struct mem_buf b, x;
	struct err e;

	(void)state;
	fake_reset(0, 0);
	assert_int_equal(mem_open(ctx, &kinds[1], &b, &e), 0);
	fake.fail_at = fake.calls + 1;
	fake.fail_with = EMFILE;
	assert_int_equal(mem_export(&b, &hint, &x, &e), -EMFILE);
	assert_non_null(strstr(e.text, "EMFILE"));
	assert_int_equal(x.fd, -1);
	assert_null(x.va);
	mem_close(&x);
	mem_close(&b);
	assert_int_equal(fake.open_fds, 0);
	assert_int_equal(fake.maps, 0);
}

/* Real dma-bufs of host memory have no driver behind them that takes a tag. */
static void who_cannot_export_says_so(void **state)
{
	static const int64_t others[] = {MEM_HOST, MEM_UDMABUF, MEM_DMA_HEAP, MEM_FD, -1, 99};
	const struct mem_hint hint = {TPH_EXPORTER, 1, AXIS_EMPTY, AXIS_EMPTY, AXIS_EMPTY, AXIS_EMPTY};

	struct mem_tph tph;

	(void)state;
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		struct mem_buf b = MEM_BUF_CLOSED, x;
		struct err e;

		b.kind = others[i];
		assert_non_null(mem_can_export(others[i]));
		assert_int_equal(mem_export(&b, &hint, &x, &e), -ENOTSUP);
		assert_string_equal(e.text, mem_can_export(others[i]));
		assert_int_equal(x.fd, -1);
		mem_tph(&b, &tph);
		assert_false(tph.usable);
		assert_string_equal(tph.why, mem_can_export(others[i]));
	}
	assert_non_null(strstr(mem_can_export(MEM_UDMABUF), "udmabuf"));
	assert_null(mem_can_export(MEM_VFIO));
	mem_tph(&(struct mem_buf){.kind = MEM_MEMFD, .fd = -1}, &tph);
	assert_true(tph.usable && tph.st && tph.st_ext);
}

/* What concerns a device is refused where there is none. */
static void only_a_device_can_be_revoked(void **state)
{
	struct mem_health health;
	struct mem_buf b;
	struct err e;

	(void)state;
	fake_reset(0, 0);
	assert_int_equal(mem_open(ctx, &kinds[1], &b, &e), 0);
	assert_int_equal(b.cpu, MEM_CPU_RAM);
	assert_int_equal(mem_revoke(&b, MEM_REVOKE_RESET, &e), -ENOTSUP);
	assert_non_null(strstr(e.text, "memfd"));
	assert_int_equal(mem_restore(&b, &e), -ENOTSUP);
	assert_int_equal(mem_health(&b, &health, &e), -ENOTSUP);
	mem_close(&b);
}

/* Each byte once, by accesses that are aligned on the side of the device, whatever the start. */
static void device_memory_is_copied_aligned(void **state)
{
	_Alignas(8) unsigned char device[64], ram[64], back[64];

	(void)state;
	for (size_t i = 0; i < sizeof(ram); i++)
		ram[i] = (unsigned char)(i + 1);
	for (size_t at = 0; at < 16; at++)
		for (size_t n = 0; n + at <= 40; n++) {
			memset(device, 0xee, sizeof(device));
			memset(back, 0xdd, sizeof(back));
			mem_device_write(device + at, ram, n);
			assert_memory_equal(device + at, ram, n);
			assert_int_equal(device[at + n], 0xee);
			assert_true(!at || device[at - 1] == 0xee);
			mem_device_read(back, device + at, n);
			assert_memory_equal(back, ram, n);
			assert_int_equal(back[n], 0xdd);
		}
}

/* The words of the setting `revoke` are enum mem_revoke. */
static void revoke_has_its_words(void **state)
{
	const char *const *words = keys_find("revoke", SCOPE_SWEEP)->words;

	(void)state;
	assert_string_equal(words[MEM_REVOKE_NONE], "none");
	assert_string_equal(words[MEM_REVOKE_RESET], "reset");
	assert_string_equal(words[MEM_REVOKE_MEMORY_OFF], "memory_off");
	assert_string_equal(words[MEM_REVOKE_CLOSE], "close");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(opens_and_closes),
		cmocka_unit_test(every_call_may_fail),
		cmocka_unit_test(what_is_missing_is_said),
		cmocka_unit_test(an_export_carries_its_hint),
		cmocka_unit_test(pages_lie_on_the_node_asked),
		cmocka_unit_test(an_export_may_fail),
		cmocka_unit_test(who_cannot_export_says_so),
		cmocka_unit_test(only_a_device_can_be_revoked),
		cmocka_unit_test(device_memory_is_copied_aligned),
		cmocka_unit_test(revoke_has_its_words),
	};

	return cmocka_run_group_tests(tests, open_ctx, close_ctx);
}
