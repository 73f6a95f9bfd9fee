// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Facts out of config space: every field on its own, and bytes that make no sense. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "base/rng.h"
#include "topo/config_space.h"

enum { ALL = 4096, EXP = 0x60, AER = 0x100, ACS = 0x148, ATS = 0x150, TPH = 0x160, DEV3 = 0x200 };

static uint8_t space[ALL];

static void put(size_t at, size_t n, uint64_t v)
{
	for (size_t i = 0; i < n; i++)
		space[at + i] = (uint8_t)(v >> 8 * i);
}

static void put_ext(size_t at, unsigned int id, size_t next)
{
	put(at, 4, id | 1 << 16 | next << 20);
}

/* A function that has every capability and in none of them a bit set. MSI stands before PCI Express. */
static int plain(void **state)
{
	(void)state;
	memset(space, 0, sizeof(space));
	put(0x00, 4, 0x102115b3);
	put(0x06, 2, 0x10);
	put(0x34, 1, 0x40);
	put(0x40, 2, EXP << 8 | 0x05);
	put(EXP, 2, 0x10);
	put(EXP + 2, 2, 2);
	put_ext(AER, 0x01, ACS);
	put_ext(ACS, 0x0d, ATS);
	put_ext(ATS, 0x0f, TPH);
	put_ext(TPH, 0x17, DEV3);
	put_ext(DEV3, 0x2f, 0);
	return 0;
}

static struct config_space parse(void)
{
	return config_space_parse(space, ALL);
}

static void a_plain_function_has_everything_off(void **state)
{
	struct config_space c = parse();

	(void)state;
	assert_int_equal(c.bytes, ALL);
	assert_false(c.broken || c.bridge || c.memory);
	assert_true(c.exp.has && c.acs.has && c.ats.has && c.tph.has && c.aer.has && c.dev3.has);
	assert_int_equal(c.exp.type, 0);
	assert_int_equal(c.exp.mps, 128);
	assert_int_equal(c.exp.mps_max, 128);
	assert_int_equal(c.exp.mrrs, 128);
	assert_int_equal(c.exp.rcb, 64);
	assert_int_equal(c.exp.gen + c.exp.width + c.exp.gen_max + c.exp.width_max, 0);
	assert_int_equal(c.exp.tph_completer, 0);
	assert_false(c.exp.relaxed_ordering || c.exp.ext_tag || c.exp.flit || c.exp.tag10 || c.exp.prefix ||
		     c.exp.ido_request || c.exp.ido_completion);
	assert_int_equal(c.acs.cap | c.acs.ctrl, 0);
	assert_false(c.ats.enabled || c.aer.ecrc || c.dev3.flit_segment);
	assert_int_equal(c.tph.entries, 0);
	assert_int_equal(c.tph.mode + c.tph.enable + c.tph.table, 0);
}

/* One register, one value, one field; no other field changes with it. */
#define FIELD(at, n, value, field, want)                                                                     \
	{                                                                                                    \
		plain(NULL);                                                                                 \
		struct config_space before = parse(), after;                                                 \
		put(at, n, value);                                                                           \
		after = parse();                                                                             \
		assert_int_equal(after.field, want);                                                         \
		assert_int_not_equal(before.field, want);                                                    \
		after.field = before.field;                                                                  \
		assert_memory_equal(&after, &before, sizeof(after));                                         \
	}

static void every_field_is_where_the_specification_has_it(void **state)
{
	(void)state;
	plain(NULL);
	put(EXP + 0x24, 4, 0x00002000); /* reserved: no completer */
	assert_int_equal(parse().exp.tph_completer, 0);
	FIELD(0x0e, 1, 0x01, bridge, true);
	FIELD(0x0e, 1, 0x81, bridge, true); /* multi-function */
	FIELD(0x04, 2, 0x0002, memory, true);
	FIELD(EXP + 0x02, 2, 0x0042, exp.type, 4);
	FIELD(EXP + 0x02, 2, 0x0062, exp.type, 6);
	FIELD(EXP + 0x04, 4, 0x00000002, exp.mps_max, 512);
	FIELD(EXP + 0x08, 2, 0x0010, exp.relaxed_ordering, true);
	FIELD(EXP + 0x08, 2, 0x0020, exp.mps, 256);
	FIELD(EXP + 0x08, 2, 0x00a0, exp.mps, 4096);
	FIELD(EXP + 0x08, 2, 0x0100, exp.ext_tag, true);
	FIELD(EXP + 0x08, 2, 0x5000, exp.mrrs, 4096);
	FIELD(EXP + 0x0c, 4, 0x00000005, exp.gen_max, 5);
	FIELD(EXP + 0x0c, 4, 0x00000100, exp.width_max, 16);
	FIELD(EXP + 0x10, 2, 0x0008, exp.rcb, 128);
	FIELD(EXP + 0x12, 2, 0x0006, exp.gen, 6);
	FIELD(EXP + 0x12, 2, 0x0080, exp.width, 8);
	FIELD(EXP + 0x0a, 2, 0x000f, exp.devsta, 15);
	FIELD(EXP + 0x24, 4, 0x00001000, exp.tph_completer, 1);
	FIELD(EXP + 0x24, 4, 0x00003000, exp.tph_completer, 3);
	FIELD(EXP + 0x24, 4, 0x00200000, exp.prefix, true);
	FIELD(EXP + 0x28, 2, 0x0100, exp.ido_request, true);
	FIELD(EXP + 0x28, 2, 0x0200, exp.ido_completion, true);
	FIELD(EXP + 0x28, 2, 0x1000, exp.tag10, true);
	FIELD(EXP + 0x32, 2, 0x0400, exp.flit, true);
	FIELD(ACS + 4, 2, 0x007f, acs.cap, 0x7f);
	FIELD(ACS + 6, 2, 0x001d, acs.ctrl, 0x1d);
	FIELD(ATS + 6, 2, 0x8000, ats.enabled, true);
	FIELD(TPH + 4, 4, 0x001, tph.no_st, true);
	FIELD(TPH + 4, 4, 0x002, tph.interrupt_vector, true);
	FIELD(TPH + 4, 4, 0x004, tph.device_specific, true);
	FIELD(TPH + 4, 4, 0x100, tph.extended, true);
	FIELD(TPH + 8, 4, 0x002, tph.mode, 2);
	FIELD(TPH + 8, 4, 0x300, tph.enable, 3);
	FIELD(AER + 0x04, 4, 0x00100000, aer.uncorrectable, 0x00100000);
	FIELD(AER + 0x10, 4, 0x00000001, aer.correctable, 1);
	FIELD(AER + 0x18, 4, 0x00000040, aer.ecrc, true);
	FIELD(DEV3 + 0x0c, 4, 0x00000008, dev3.flit_segment, true);
}

static void the_size_of_a_table_counts_where_there_is_one(void **state)
{
	(void)state;
	put(TPH + 4, 4, 63u << 16 | 1u << 9);
	assert_int_equal(parse().tph.table, 1);
	assert_int_equal(parse().tph.entries, 64);
	put(TPH + 4, 4, 2047u << 16 | 2u << 9);
	assert_int_equal(parse().tph.table, 2);
	assert_int_equal(parse().tph.entries, 2048);
	put(TPH + 4, 4, 63u << 16);
	assert_int_equal(parse().tph.entries, 0);
}

/* The first version ends before DevCap2: what stands there is another capability's. */
static void version_1_has_no_second_registers(void **state)
{
	struct config_space c;

	(void)state;
	put(EXP + 2, 2, 1);
	memset(space + EXP + 0x14, 0xff, 0x28);
	c = parse();
	assert_true(c.exp.has);
	assert_int_equal(c.exp.tph_completer, 0);
	assert_false(c.exp.prefix || c.exp.flit || c.exp.tag10 || c.exp.ido_request);
}

/* Cut anywhere, what is left is true or not there; nothing is read behind the end (the sanitizer looks). */
static void cut_at_every_length_nothing_is_invented(void **state)
{
	struct config_space whole;

	(void)state;
	memset(space + EXP + 4, 0x11, 0x38);
	put(ACS + 6, 2, 0x1d);
	whole = parse();
	for (size_t len = 0; len <= ALL; len++) {
		uint8_t *copy = malloc(len + !len);
		struct config_space c;

		assert_non_null(copy);
		memcpy(copy, space, len);
		c = config_space_parse(copy, len);
		free(copy);
		assert_int_equal(c.bytes, len);
		assert_int_equal(c.broken, len < 0x40);
		assert_true(!c.exp.has || c.exp.mps == whole.exp.mps);
		assert_int_equal(c.exp.has, len >= EXP + 0x14);
		assert_int_equal(c.exp.tph_completer, len >= EXP + 0x3c ? whole.exp.tph_completer : 0);
		assert_int_equal(c.aer.has, len >= AER + 0x1c);
		assert_int_equal(c.acs.has, len >= ACS + 8);
		assert_int_equal(c.acs.ctrl, len >= ACS + 8 ? 0x1d : 0);
		assert_int_equal(c.ats.has, len >= ATS + 8);
		assert_int_equal(c.tph.has, len >= TPH + 12);
		assert_int_equal(c.dev3.has, len >= DEV3 + 16);
	}
}

static void lists_that_loop_or_lead_astray_end(void **state)
{
	(void)state;
	put(EXP, 2, 0x40 << 8 | 0x01); /* MSI and this one name each other, and there is no PCI Express */
	assert_true(parse().broken);
	assert_false(parse().exp.has);
	assert_true(parse().acs.has);

	plain(NULL);
	put(0x34, 1, 0x20); /* into the header */
	assert_true(parse().broken);

	plain(NULL);
	put(0x34, 1, 0x43); /* the low bits are reserved */
	assert_false(parse().broken);
	assert_true(parse().exp.has);

	plain(NULL);
	put(0x06, 2, 0); /* no list, whatever stands there */
	assert_false(parse().exp.has);

	plain(NULL);
	put_ext(ATS, 0x0f, AER); /* no way to TPH */
	assert_true(parse().broken);
	assert_true(parse().acs.has && parse().ats.has);
	assert_false(parse().tph.has);

	plain(NULL);
	put_ext(AER, 0x01, 0x40);
	assert_true(parse().broken);

	plain(NULL);
	put_ext(ATS, 0x0f, 0xffc); /* four bytes before the end: a head, and no body */
	put_ext(0xffc, 0x17, 0);
	assert_false(parse().tph.has);
	assert_false(parse().broken);
}

/* What a function answers that is gone, or whose extended space is not reachable. */
static void all_ones_are_no_capabilities(void **state)
{
	struct config_space c;

	(void)state;
	memset(space, 0xff, sizeof(space));
	c = parse();
	assert_true(c.broken);
	assert_false(c.exp.has || c.acs.has || c.tph.has || c.memory || c.bridge);
	plain(NULL);
	memset(space + 0x100, 0xff, ALL - 0x100);
	c = parse();
	assert_false(c.broken);
	assert_true(c.exp.has);
	assert_false(c.acs.has || c.tph.has || c.aer.has);
}

static void any_bytes_are_survived(void **state)
{
	struct rng rng = {.state = 3};

	(void)state;
	for (int i = 0; i < 3000; i++) {
		struct config_space c;

		plain(NULL);
		for (int k = 0; k < 1 + i % 60; k++)
			space[rng_next(&rng) % (i % 2 ? 0x220 : 0x80)] = (uint8_t)rng_next(&rng);
		c = parse();
		assert_true(c.exp.rcb == 64 || c.exp.rcb == 128 || !c.exp.has);
		assert_true(c.tph.entries <= 2048);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(a_plain_function_has_everything_off, plain),
		cmocka_unit_test_setup(every_field_is_where_the_specification_has_it, plain),
		cmocka_unit_test_setup(the_size_of_a_table_counts_where_there_is_one, plain),
		cmocka_unit_test_setup(version_1_has_no_second_registers, plain),
		cmocka_unit_test_setup(cut_at_every_length_nothing_is_invented, plain),
		cmocka_unit_test_setup(lists_that_loop_or_lead_astray_end, plain),
		cmocka_unit_test_setup(all_ones_are_no_capabilities, plain),
		cmocka_unit_test_setup(any_bytes_are_survived, plain),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
