// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* What the raw dump of an MR says of its steering tags, and everything that makes it say nothing. */
#include <endian.h>
#include <errno.h>

#include "base/cleanup.h"
#include "fakes/nic_check.h"
#include "mem/mem.h"
#include "nic/nic_dump.h"

enum { BYTES = 65536 };

static char data[BYTES];
static const struct mem_buf host = {.kind = MEM_HOST, .bytes = BYTES, .va = data, .fd = -1};
static struct check_sysfs sysfs;

static struct nic *open_nic(const char *driver, bool no_dump)
{
	struct fake_device d, first = fake_roce;

	first.name = "fake"; /* neither it nor a longer name is taken for fake0 */
	fake_device_add(&first);
	assert_true(fake_driver("mlx5", &d));
	check_sysfs_make(&sysfs, driver);
	d.ibdev_path = sysfs.root;
	d.no_dump = no_dump;
	return check_open(&d);
}

static void close_nic(struct nic *n)
{
	nic_close(n);
	check_sysfs_remove(&sysfs);
}

static void reg(struct nic *n, int64_t ph, struct nic_mr *mr)
{
	const struct mem_hint hint = {TPH_DMAH, AXIS_EMPTY, AXIS_EMPTY, ph, 0, TPH_MEM_VM};
	const struct nic_mr_spec spec = {0, BYTES, IBV_ACCESS_LOCAL_WRITE, ph < 0 ? NULL : &hint, false};

	assert_int_equal(nic_mr_reg(n, &host, &spec, mr, NULL), 0);
}

static void on_and_off(void **state)
{
	struct nic *n = open_nic("mlx5_core", false);
	struct nic_mr_tph tph;
	struct nic_mr mr[3];

	(void)state;
	reg(n, -1, &mr[0]);
	reg(n, 3, &mr[1]);
	reg(n, 1, &mr[2]);
	assert_int_equal(nic_mr_shows_tph(n, &mr[0], &tph, NULL), 0);
	assert_int_equal(tph.ph | tph.st_index, 0);
	assert_int_equal(nic_mr_shows_tph(n, &mr[1], &tph, NULL), 1);
	assert_int_equal(tph.ph, 3);
	assert_int_equal(tph.st_index, 1);
	assert_int_equal(nic_mr_shows_tph(n, &mr[2], &tph, NULL), 1);
	assert_int_equal(tph.ph, 1);
	for (size_t i = 0; i < ARRAY_LEN(mr); i++)
		assert_int_equal(nic_mr_dereg(n, &mr[i], NULL), 0);
	close_nic(n);
}

static void says_nothing(struct nic *n, const struct nic_mr *mr, int code, const char *const *words)
{
	struct nic_mr_tph tph = {1, 1};
	struct err e = {0};

	assert_int_equal(nic_mr_shows_tph(n, mr, &tph, &e), code);
	assert_int_equal(e.code, code);
	assert_int_equal(tph.ph | tph.st_index, 0);
	check_message(&e, words);
}

#define SAYS_NOTHING(n, mr, code, ...)                                                                       \
	says_nothing(n, mr, code, (const char *const[]){"fake0", "0x", __VA_ARGS__, NULL})

static void refusals(void **state)
{
	struct nic *n = open_nic("mlx5_core", false);
	struct nic_mr mr, other;
	struct ibv_mr gone;

	(void)state;
	reg(n, 2, &mr);
	other = mr;
	other.bytes--;
	SAYS_NOTHING(n, &other, -EBADMSG, "EBADMSG", "mlx5_ifc.h");
	other = mr;
	other.addr += 1ull << 32;
	SAYS_NOTHING(n, &other, -EBADMSG, "EBADMSG", "mlx5_ifc.h");
	gone = *mr.mr;
	gone.lkey = gone.rkey = 1;
	other = (struct nic_mr){.mr = &gone, .addr = mr.addr, .bytes = mr.bytes};
	SAYS_NOTHING(n, &other, -ENOENT, "ENOENT");
	fake_fail(FAKE_NETLINK, 0, EPROTONOSUPPORT);
	SAYS_NOTHING(n, &mr, -EPROTONOSUPPORT, "EPROTONOSUPPORT");
	fake_fail(FAKE_CALLS, 0, 0);
	fake_no_net_admin();
	SAYS_NOTHING(n, &mr, -EPERM, "EPERM", "CAP_NET_ADMIN");
	assert_int_equal(nic_mr_dereg(n, &mr, NULL), 0);
	close_nic(n);
}

static void unknown_dumps(void **state)
{
	struct nic *n = open_nic("mlx5_core", true);
	struct nic_mr mr;

	(void)state;
	reg(n, 2, &mr);
	SAYS_NOTHING(n, &mr, -EOPNOTSUPP, "EOPNOTSUPP", "only mlx5");
	assert_int_equal(nic_mr_dereg(n, &mr, NULL), 0);
	close_nic(n);
	fake_reset();
	n = open_nic("ice", false);
	reg(n, 2, &mr);
	SAYS_NOTHING(n, &mr, -EOPNOTSUPP, "driver ice", "only mlx5");
	assert_int_equal(fake_count(FAKE_NETLINK), 0);
	assert_int_equal(nic_mr_dereg(n, &mr, NULL), 0);
	close_nic(n);
}

static void software(void **state)
{
	struct nic_mr_tph tph;
	struct nic_mr mr;
	struct nic *n;
	struct err e;

	(void)state;
	assert_int_equal(nic_open("soft0", 1, -1, &n, NULL), 0);
	reg(n, 2, &mr);
	assert_int_equal(nic_mr_shows_tph(n, &mr, &tph, &e), -EOPNOTSUPP);
	CHECK_MESSAGE(&e, "soft0", "software device");
	assert_int_equal(nic_mr_dereg(n, &mr, NULL), 0);
	nic_close(n);
}

/* A dump of one resource segment, by the layout of mlx5_ifc.h. */
enum { HEAD = 4, MKC = 16, PAD = 4, WORDS = HEAD + PAD + MKC };

static const struct nic_dump_mr known = {.addr = 0x123456789000, .bytes = 0x30000000042, .key = 0xabcdef77};

static void context(uint32_t *mkc, uint32_t tph)
{
	mkc[1] = 0xffffff77;
	mkc[4] = 0x1234;
	mkc[5] = 0x56789000;
	mkc[6] = 0x300;
	mkc[7] = 0x42;
	mkc[15] = tph;
}

/* Words are given in host order. */
static int ask(const uint32_t *words, size_t n, struct nic_mr_tph *out)
{
	CLEANUP_FREE uint32_t *be = malloc(n * sizeof(*be)); /* exactly as long as is told: overreads show */

	assert_non_null(be);
	for (size_t i = 0; i < n; i++)
		be[i] = htobe32(words[i]);
	return nic_dump_mlx5(be, n * sizeof(*be), &known, out);
}

static void segment(uint32_t w[WORDS])
{
	memset(w, 0, WORDS * sizeof(*w));
	w[0] = WORDS << 16 | 0x1234;
	w[2] = 0xabcdef;
	context(w + HEAD + PAD, 0x067f0000);
}

static void dump_places(void **state)
{
	static const struct {
		size_t word;
		uint32_t value;
		int want;
	} rows[] = {
		{0, WORDS << 16 | 0x1234, 1},
		{0, WORDS << 16, 1},		  /* any type of segment */
		{0, (WORDS + 1) << 16, -EBADMSG}, /* longer than the dump */
		{0, (WORDS - 1) << 16, -EBADMSG}, /* cuts the context short */
		{0, 0, -EBADMSG},
		{2, 0xabcdee, -EBADMSG},		/* another MR's */
		{HEAD + PAD + 1, 0x77, 1},		/* the QP number above it is not ours to know */
		{HEAD + PAD + 1, 0x78, -EBADMSG},	/* the key's low byte */
		{HEAD + PAD + 3, 0x80000000, -EBADMSG}, /* length64 */
		{HEAD + PAD + 4, 0x1235, -EBADMSG},	/* address */
		{HEAD + PAD + 5, 0x56789001, -EBADMSG},
		{HEAD + PAD + 6, 0x301, -EBADMSG}, /* length */
		{HEAD + PAD + 7, 0x43, -EBADMSG},
		{HEAD + PAD + 15, 0xfbffffff, 0}, /* all but pcie_tph_en */
	};
	struct nic_mr_tph tph = {0};
	uint32_t w[WORDS];

	(void)state;
	segment(w);
	assert_int_equal(ask(w, WORDS, &tph), 1);
	assert_int_equal(tph.ph, 2);
	assert_int_equal(tph.st_index, 0x7f);
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		segment(w);
		w[rows[i].word] = rows[i].value;
		assert_int_equal(ask(w, WORDS, &tph), rows[i].want);
	}
	for (size_t n = 0; n < WORDS; n++) {
		segment(w);
		assert_int_equal(ask(w, n, &tph), -EBADMSG);
	}
}

/* Wherever the context begins in a segment, and whatever is around it; but not twice. */
static void dump_searches(void **state)
{
	uint32_t w[3 * WORDS] = {0};
	struct nic_mr_tph tph;

	(void)state;
	w[0] = 4u << 16 | 0xfffe;
	w[4] = 5u << 16 | 0xfffa;
	segment(w + 9);
	w[9 + WORDS] = 1u << 16 | 0xfffb;
	assert_int_equal(ask(w, 10 + WORDS, &tph), 1);
	for (size_t at = HEAD; at <= HEAD + PAD; at++) {
		memset(w, 0, sizeof(w));
		w[0] = WORDS << 16;
		w[2] = 0xabcdef;
		context(w + at, 0x05000000);
		assert_int_equal(ask(w, WORDS, &tph), 1);
		assert_int_equal(tph.ph, 1);
	}
	segment(w);
	segment(w + WORDS);
	assert_int_equal(ask(w, WORDS, &tph), 1);
	assert_int_equal(ask(w, 2 * WORDS, &tph), -EBADMSG);
	w[WORDS + 2] = 0xabcdee;
	assert_int_equal(ask(w, 2 * WORDS, &tph), 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CHECK_TEST(on_and_off), CHECK_TEST(refusals),	       CHECK_TEST(unknown_dumps),
		CHECK_TEST(software),	cmocka_unit_test(dump_places), cmocka_unit_test(dump_searches),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
