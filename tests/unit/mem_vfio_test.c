// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Kind vfio through mem.h: devices shared and kept, exports and their hints, revokes, every unwind path. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <string.h>

#include "base/err.h"
#include "fakes/fakevfio.h"
#include "mem/mem.h"
#include "topo/topo.h"
#include "uapi/vfio.h"

enum { BAR = 1 << 20, SLICE = 65536, INDEX = 14 };

static struct topo *machine;
static struct mem_ctx *ctx;
static char bdf[TOPO_ADDR], device[TOPO_ADDR + 4];

static const struct config_range ranges[] = {{8192, 4096}, {0, 4096}};

static struct config_memory memory(void)
{
	return (struct config_memory){.name = "bar",
				      .kind = MEM_VFIO,
				      .length = SLICE,
				      .device = device,
				      .bar = 2,
				      .tph = {.index = INDEX},
				      .numa = CONFIG_NUMA_ANY};
}

/* The first function of the machine that is bound to vfio-pci. */
static int find_device(void **state)
{
	struct err e;

	(void)state;
	if (topo_open(MACHINE, &machine, &e))
		fail_msg("%s", e.text);
	for (size_t i = 0; i < topo_len(machine) && !bdf[0]; i++)
		if (!strcmp(topo_fn(machine, i)->driver, "vfio-pci"))
			topo_addr_text(bdf, topo_fn(machine, i)->addr);
	snprintf(device, sizeof(device), "pci/%s", bdf);
	return bdf[0] ? 0 : -1;
}

static int drop_device(void **state)
{
	(void)state;
	topo_close(machine);
	return 0;
}

static void add_device(unsigned int completer)
{
	const struct topo_fn *fn = topo_fn(machine, (size_t)topo_find(machine, bdf));
	const struct fakevfio_device d = {
		.bdf = bdf,
		.vfio_dev = fn->vfio_dev,
		.group = fn->iommu_group,
		.bar = {[0] = 16384, [2] = BAR},
		.completer = completer,
	};

	fakevfio_reset();
	fakevfio_device_add(&d);
	fakevfio_feature(INDEX, FAKEVFIO_TPH_V9);
}

static int setup(void **state)
{
	(void)state;
	add_device(3);
	return mem_ctx_open(&fakevfio_sys, machine, &ctx, NULL);
}

static int teardown(void **state)
{
	(void)state;
	mem_ctx_close(ctx);
	return fakevfio_open_fds() || fakevfio_mappings();
}

static struct mem_buf opened(const struct config_memory *m)
{
	struct mem_buf b;
	struct err e;

	if (mem_open(ctx, m, &b, &e))
		fail_msg("%s; %s", e.text, e.hint);
	return b;
}

static unsigned int resets(void)
{
	const struct fakevfio_call *call;
	size_t n = fakevfio_calls(&call);
	unsigned int sum = 0;

	for (size_t i = 0; i < n; i++)
		sum += call[i].what == FAKEVFIO_RESET_BY_OPEN;
	return sum;
}

static void a_bar_is_exported_and_mapped(void **state)
{
	struct config_memory m = memory();
	struct mem_buf b;
	uint64_t word = 0x0123456789abcdef, back = 0;
	struct err e;

	(void)state;
	assert_int_equal(mem_probe(ctx, &m, &e), 0);
	assert_int_equal(resets(), 0);
	b = opened(&m);
	assert_int_equal(b.kind, MEM_VFIO);
	assert_int_equal(b.cpu, MEM_CPU_DEVICE);
	assert_int_equal(b.bytes, SLICE);
	assert_int_equal(fakevfio_sys.lseek(b.fd, 0, SEEK_END), SLICE);
	mem_device_write((char *)b.va + 4096, &word, sizeof(word));
	fakevfio_bar_read(bdf, 2, 4096, &back, sizeof(back));
	assert_int_equal(back, word);
	mem_close(&b);
}

/* Slices follow each other in buffer and mapping, in the order written. */
static void ranges_are_joined(void **state)
{
	struct config_memory m = memory();
	unsigned char c = 0;
	struct mem_buf b;

	(void)state;
	m.ranges = (struct config_range *)ranges;
	m.n_ranges = 2;
	m.length = 8192;
	b = opened(&m);
	assert_int_equal(b.bytes, 8192);
	mem_device_write(b.va, "a", 1);
	mem_device_write((char *)b.va + 4096, "b", 1);
	fakevfio_bar_read(bdf, 2, 8192, &c, 1);
	assert_int_equal(c, 'a');
	fakevfio_bar_read(bdf, 2, 0, &c, 1);
	assert_int_equal(c, 'b');
	mem_close(&b);
}

/* Two memories on one device share it, and it outlives both: opening it again would reset it. */
static void a_device_is_opened_once(void **state)
{
	struct config_memory m = memory(), other = memory();
	struct mem_buf a, b;
	struct err e;
	int fds;

	(void)state;
	other.bar = 0;
	other.length = 4096;
	a = opened(&m);
	fds = fakevfio_open_fds();
	b = opened(&other);
	assert_ptr_equal(a.device, b.device);
	assert_int_equal(fakevfio_open_fds(), fds + 1);
	assert_int_equal(mem_probe(ctx, &other, &e), 0);
	mem_close(&a);
	mem_close(&b);
	a = opened(&m);
	assert_int_equal(resets(), 1);
	mem_close(&a);
	assert_true(fakevfio_open_fds() > 0);
}

/* What a second memory wants of the opening is done or refused, never passed over. */
static void an_opening_is_of_one_kind(void **state)
{
	struct config_init init = {2, 16, 4, 7}, other = {2, 16, 4, 8};
	struct config_memory m = memory(), second = memory();
	struct mem_buf a, b;
	struct err e;

	(void)state;
	m.init = &init;
	m.n_init = 1;
	a = opened(&m);
	second.name = "second";
	assert_int_equal(mem_open(ctx, &second, &b, &e), -EINVAL);
	assert_non_null(strstr(e.text, "memory 'second'"));
	assert_non_null(strstr(e.text, "memory 'bar', with another `init`"));
	second.n_init = 1;
	second.init = &other;
	assert_int_equal(mem_open(ctx, &second, &b, &e), -EINVAL);
	other.value = 7;
	second.access = ACCESS_GROUP;
	assert_int_equal(mem_open(ctx, &second, &b, &e), -EINVAL);
	assert_non_null(strstr(e.text, "another `access`"));
	assert_int_equal(b.fd, -1);
	second.access = m.access;
	b = opened(&second);
	mem_close(&b);
	mem_close(&a);
}

static void what_is_not_there_is_said(void **state)
{
	struct config_memory m = memory();
	struct mem_buf b;
	struct err e;

	(void)state;
	m.device = "pci/00ff:00:00.0";
	assert_int_equal(mem_probe(ctx, &m, &e), -ENODEV);
	assert_non_null(strstr(e.text, "pci/00ff:00:00.0"));
	assert_int_equal(mem_open(ctx, &m, &b, &e), -ENODEV);
	m = memory();
	m.length = 2 * BAR;
	assert_int_equal(mem_open(ctx, &m, &b, &e), -EINVAL);
	assert_int_equal(b.fd, -1);
	m.length = 4096;
	m.bar = 3;
	assert_true(mem_open(ctx, &m, &b, &e) < 0);
	assert_null(b.va);
}

static struct fakevfio_tags tags_of(int fd)
{
	struct fakevfio_dmabuf *d;
	struct fakevfio_tags t;

	assert_int_equal(fakevfio_attach(fd, true, &t, &d), 0);
	fakevfio_detach(d);
	return t;
}

static unsigned int features(uint32_t flags)
{
	const struct fakevfio_call *call;
	size_t n = fakevfio_calls(&call);
	unsigned int sum = 0;

	for (size_t i = 0; i < n; i++)
		sum += call[i].what == VFIO_DEVICE_FEATURE && (call[i].flags & flags) == flags;
	return sum;
}

/* One dma-buf a hint; the first has none, and is not touched by those of others. */
static void every_hint_has_its_export(void **state)
{
	const struct mem_hint hint[] = {
		{TPH_EXPORTER, 0x10, AXIS_EMPTY, 2, AXIS_EMPTY, AXIS_EMPTY},
		{TPH_EXPORTER, AXIS_EMPTY, 0x1234, 1, AXIS_EMPTY, AXIS_EMPTY},
	};
	struct config_memory m = memory();
	struct mem_buf b = opened(&m), x[2];
	struct mem_tph tph;
	struct err e;

	(void)state;
	mem_tph(&b, &tph);
	if (!tph.usable)
		fail_msg("%s", tph.why);
	assert_true(tph.st && tph.st_ext);
	for (int i = 0; i < 2; i++) {
		assert_int_equal(mem_export(&b, &hint[i], &x[i], &e), 0);
		assert_ptr_equal(x[i].va, b.va);
		assert_int_equal(x[i].map_bytes, 0);
		assert_int_equal(fakevfio_sys.lseek(x[i].fd, 0, SEEK_END), SLICE);
	}
	assert_int_equal(tags_of(b.fd).flags, 0);
	assert_int_equal(tags_of(x[0].fd).flags, 1);
	assert_int_equal(tags_of(x[0].fd).st, 0x10);
	assert_int_equal(tags_of(x[1].fd).flags, 2);
	assert_int_equal(tags_of(x[1].fd).st_ext, 0x1234);
	assert_int_equal(features(VFIO_DEVICE_FEATURE_PROBE | INDEX), 2); /* once, not for each */
	mem_close(&x[0]);
	mem_close(&x[1]);
	mem_device_write(b.va, "x", 1); /* still mapped */
	mem_close(&b);
}

static void without_the_feature_there_are_no_tags(void **state)
{
	const struct mem_hint hint = {TPH_EXPORTER, 1, AXIS_EMPTY, 0, AXIS_EMPTY, AXIS_EMPTY};
	struct config_memory m = memory();
	struct mem_buf b, x;
	struct mem_tph tph;
	struct err e;
	int fds;

	(void)state;
	m.tph.index = -1;
	b = opened(&m);
	fds = fakevfio_open_fds();
	mem_tph(&b, &tph);
	assert_false(tph.usable);
	assert_non_null(strstr(tph.why, "tph_feature"));
	assert_int_equal(mem_export(&b, &hint, &x, &e), -ENOTSUP);
	assert_non_null(strstr(e.text, "tph_feature"));
	assert_int_equal(x.fd, -1);
	assert_int_equal(fakevfio_open_fds(), fds);
	assert_int_equal(features(VFIO_DEVICE_FEATURE_SET), 0);
	mem_close(&b);
}

static bool live(int fd)
{
	struct fakevfio_dmabuf *d;
	int rc = fakevfio_attach(fd, true, NULL, &d);

	if (!rc)
		fakevfio_detach(d);
	return !rc;
}

static void revokes_are_carried_out(void **state)
{
	struct config_memory m = memory();
	struct mem_health health;
	struct mem_buf b = opened(&m), again;
	struct err e;

	(void)state;
	assert_int_equal(mem_revoke(&b, MEM_REVOKE_RESET, &e), 0);
	assert_true(live(b.fd));
	assert_int_equal(mem_revoke(&b, MEM_REVOKE_MEMORY_OFF, &e), 0);
	assert_false(live(b.fd));
	assert_int_equal(mem_restore(&b, &e), 0);
	assert_true(live(b.fd));
	assert_int_equal(mem_health(&b, &health, &e), 0);
	assert_int_equal(mem_revoke(&b, MEM_REVOKE_CLOSE, &e), 0);
	assert_false(live(b.fd));
	assert_int_equal(mem_restore(&b, &e), -ENODEV);
	again = opened(&m);
	assert_ptr_not_equal(again.device, b.device);
	assert_true(live(again.fd));
	mem_close(&b);
	assert_true(live(again.fd));
	mem_close(&again);
	assert_int_equal(resets(), 2);
}

/* The n-th call fails, for every n: an errno, a message, and nothing left but the device, if it was open. */
static void every_call_may_fail(void **state)
{
	const struct mem_hint hint = {TPH_EXPORTER, 1, AXIS_EMPTY, 0, AXIS_EMPTY, AXIS_EMPTY};
	unsigned int n = 1;

	(void)state;
	for (bool reached = true; reached; n++) {
		struct config_memory m = memory();
		struct mem_buf b, x = MEM_BUF_CLOSED;
		struct mem_ctx *c;
		struct err e = {0};
		int rc;

		add_device(3);
		assert_int_equal(mem_ctx_open(&fakevfio_sys, machine, &c, NULL), 0);
		fakevfio_fail_at(n, EMFILE);
		rc = mem_open(c, &m, &b, &e);
		if (!rc)
			rc = mem_export(&b, &hint, &x, &e);
		reached = fakevfio_count() >= n;
		assert_int_equal(rc < 0, x.fd < 0);
		if (rc) {
			assert_int_equal(e.code, rc);
			assert_true(e.text[0]);
		}
		mem_close(&x);
		mem_close(&b);
		mem_ctx_close(c);
		assert_int_equal(fakevfio_open_fds(), 0);
		assert_int_equal(fakevfio_mappings(), 0);
		assert_int_equal(fakevfio_harm(), 0);
	}
	assert_true(n > 15);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(a_bar_is_exported_and_mapped),
		TEST(ranges_are_joined),
		TEST(a_device_is_opened_once),
		TEST(an_opening_is_of_one_kind),
		TEST(what_is_not_there_is_said),
		TEST(every_hint_has_its_export),
		TEST(without_the_feature_there_are_no_tags),
		TEST(revokes_are_carried_out),
		cmocka_unit_test(every_call_may_fail),
	};

	return cmocka_run_group_tests(tests, find_device, drop_device);
}
