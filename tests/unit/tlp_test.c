// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The TLPs an analyzer should show, against the published capture and the header layouts of the PCIe spec. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "config/keys.h"
#include "tlp.h"

static struct tlp_ask plain(void)
{
	return (struct tlp_ask){.write = true,
				.bytes = 32,
				.most = 256,
				.addr_bits = 64,
				.tags = {.can = TAGS_8, .enabled = TAGS_8, .most = 0xff},
				.tph = TPH_EXPORTER,
				.st = 0xf0,
				.st_ext = AXIS_EMPTY,
				.ph = 2,
				.tph_cpu = AXIS_EMPTY};
}

/* v7 cover letter, 2026-06-11: flit mode, MWr64, L=8, OHC-B with ST=F0h PH=2, requester 04:00.0. */
static void the_published_capture(void **state)
{
	struct tlp_ask a = plain();
	struct tlp t;

	(void)state;
	a.flit = true;
	t = tlp_expect(&a);
	assert_string_equal(t.name, "MWr64");
	assert_int_equal(t.full_dw, 0);
	assert_int_equal(t.rest_dw, 8);
	assert_int_equal(t.th, 1);
	assert_int_equal(t.ph, 2);
	assert_int_equal(t.st, 0xf0);
	assert_int_equal(t.carrier, TLP_OHC_B);
	assert_int_equal(tlp_requester((struct topo_addr){.bus = 4}), 0x0400);
	assert_int_equal(tlp_requester((struct topo_addr){.domain = 2, .bus = 0x41, .dev = 3, .fn = 1}),
			 0x4119);
}

static void types_have_their_code(void **state)
{
	static const struct {
		bool write;
		unsigned int bits;
		const char *name;
		int code;
	} rows[] = {{true, 64, "MWr64", 0x60},
		    {true, 32, "MWr32", 0x40},
		    {false, 64, "MRd64", 0x20},
		    {false, 32, "MRd32", 0x00},
		    {true, 0, "MWr", -1}};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct tlp_ask a = plain();
		struct tlp t;

		a.write = rows[i].write;
		a.addr_bits = rows[i].bits;
		t = tlp_expect(&a);
		assert_string_equal(t.name, rows[i].name);
		assert_int_equal(t.code, rows[i].code);
		assert_int_equal(t.carrier, a.write ? TLP_TAG : TLP_ENABLES);
		a.flit = true;
		assert_int_equal(tlp_expect(&a).code, -1);
	}
}

static void a_message_is_cut(void **state)
{
	static const struct {
		uint64_t bytes, full;
		unsigned int most, cut, full_dw, rest_dw;
	} rows[] = {{1, 0, 256, 0, 0, 1},      {256, 1, 256, 0, 64, 0},	   {600, 2, 256, 0, 64, 22},
		    {4096, 8, 512, 0, 128, 0}, {1024, 4, 512, 256, 64, 0}, {64, 0, 0, 0, 0, 0}};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct tlp_ask a = plain();
		struct tlp t;

		a.bytes = rows[i].bytes;
		a.most = rows[i].most;
		a.cut = rows[i].cut;
		t = tlp_expect(&a);
		assert_int_equal(t.full, rows[i].full);
		assert_int_equal(t.full_dw, rows[i].full_dw);
		assert_int_equal(t.rest_dw, rows[i].rest_dw);
	}
}

/* One namespace is asked for: the one that is on, else the widest that can be. */
static void the_nic_asks_for_one_width(void **state)
{
	static const struct {
		enum tags_width can, enabled;
		int64_t st, st_ext;
		int th, want;
		enum tlp_carrier carrier;
	} rows[] = {
		{TAGS_8, TAGS_8, 0xf0, AXIS_EMPTY, 1, 0xf0, TLP_TAG},
		{TAGS_8, TAGS_8, AXIS_EMPTY, 0x12a5, 0, -1, TLP_NOT_ASKED},
		{TAGS_16, TAGS_16, 0xf0, AXIS_EMPTY, 0, -1, TLP_NOT_ASKED},
		{TAGS_16, TAGS_16, AXIS_EMPTY, 0x12a5, 1, 0x12a5, TLP_PREFIX_TAG},
		{TAGS_16, TAGS_8, 0xf0, 0x12a5, 1, 0xf0, TLP_TAG},
		{TAGS_16, TAGS_OFF, 0xf0, 0x12a5, 1, 0x12a5, TLP_PREFIX_TAG},
		{TAGS_OFF, TAGS_OFF, 0xf0, 0x12a5, 0, -1, TLP_NOT_SENT},
		{TAGS_UNKNOWN, TAGS_OFF, 0xf0, AXIS_EMPTY, 1, 0xf0, TLP_TAG},
		{TAGS_UNKNOWN, TAGS_OFF, AXIS_EMPTY, 0x12a5, 1, 0x12a5, TLP_PREFIX_TAG},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct tlp_ask a = plain();
		struct tlp t;

		a.tags = (struct topo_tags){.can = rows[i].can, .enabled = rows[i].enabled};
		a.st = rows[i].st;
		a.st_ext = rows[i].st_ext;
		t = tlp_expect(&a);
		if (t.th != rows[i].th || t.st != rows[i].want || t.carrier != rows[i].carrier)
			fail_msg("row %zu: th %d st %d carrier %d", i, t.th, t.st, t.carrier);
	}
}

/* A SET of a tag that the target does not take fails as a whole; mlx5 finds no tags in an MSI-X table. */
static void what_cannot_be_set_is_not_sent(void **state)
{
	static const struct {
		enum tags_width target;
		int64_t st, st_ext;
		enum tlp_carrier carrier;
	} rows[] = {
		{TAGS_OFF, 0xf0, AXIS_EMPTY, TLP_NOT_SET}, {TAGS_OFF, AXIS_EMPTY, 0x12a5, TLP_NOT_SET},
		{TAGS_8, AXIS_EMPTY, 0x12a5, TLP_NOT_SET}, {TAGS_8, 0xf0, 0x12a5, TLP_NOT_SET},
		{TAGS_8, 0xf0, AXIS_EMPTY, TLP_NOT_ASKED}, {TAGS_16, AXIS_EMPTY, 0x12a5, TLP_PREFIX_TAG},
	};
	struct tlp_ask a = plain();

	(void)state;
	a.tags = (struct topo_tags){.can = TAGS_16, .enabled = TAGS_16};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		a.target = rows[i].target;
		a.st = rows[i].st;
		a.st_ext = rows[i].st_ext;
		if (tlp_expect(&a).carrier != rows[i].carrier)
			fail_msg("row %zu: carrier %d", i, tlp_expect(&a).carrier);
	}
	a.tags.table = TAGS_IN_MSIX;
	assert_int_equal(tlp_expect(&a).carrier, TLP_NOT_SENT);
}

/* mlx5 in direct mode has room for 8 bits only. */
static void a_tag_that_does_not_fit_is_cut(void **state)
{
	struct tlp_ask a = plain();

	(void)state;
	a.tags = (struct topo_tags){.can = TAGS_16, .enabled = TAGS_16, .most = 0xff};
	a.st_ext = 0x12a5;
	assert_int_equal(tlp_expect(&a).st, 0xa5);
}

static void hints_of_cpus_and_none(void **state)
{
	struct tlp_ask a = plain();
	struct tlp t;

	(void)state;
	a.tph = TPH_NONE;
	t = tlp_expect(&a);
	assert_int_equal(t.th, 0);
	assert_int_equal(t.carrier, TLP_NO_HINT);
	a.tph = TPH_DMAH;
	a.ph = 3;
	t = tlp_expect(&a);
	assert_int_equal(t.th, 1);
	assert_int_equal(t.ph, 3);
	assert_int_equal(t.st, 0);
	a.tph_cpu = 4;
	assert_int_equal(tlp_expect(&a).st, -1);
	a.tags.can = a.tags.enabled = TAGS_OFF;
	assert_int_equal(tlp_expect(&a).carrier, TLP_NOT_SENT);
}

static void every_carrier_has_its_words(void **state)
{
	(void)state;
	for (int c = TLP_NO_HINT; c < TLP_CARRIERS; c++) {
		assert_true(tlp_carrier_name((enum tlp_carrier)c)[0]);
		assert_true(strlen(tlp_carrier_about((enum tlp_carrier)c)) > 10);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_published_capture),
		cmocka_unit_test(types_have_their_code),
		cmocka_unit_test(a_message_is_cut),
		cmocka_unit_test(the_nic_asks_for_one_width),
		cmocka_unit_test(what_cannot_be_set_is_not_sent),
		cmocka_unit_test(a_tag_that_does_not_fit_is_cut),
		cmocka_unit_test(hints_of_cpus_and_none),
		cmocka_unit_test(every_carrier_has_its_words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
