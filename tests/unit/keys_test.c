// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The option table is consistent: axes in column order, words in the order of their enums. */
#include "config/config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "base/cleanup.h"

/* The key columns of rounds.csv, schema 1. */
static const char *const columns[] = {
	"measure",
	"op",
	"nic",
	"peer_nic",
	"target",
	"source",
	"interconnect",
	"tph",
	"st",
	"st_ext",
	"ph",
	"tph_cpu",
	"tph_mem",
	"dir",
	"size_bytes",
	"offset_bytes",
	"footprint_bytes",
	"pattern",
	"qd",
	"qps",
	"threads",
	"batch",
	"signal_every",
	"inline",
	"post",
	"mtu_bytes",
	"rd_atomic",
	"ro",
	"connect",
	"bounce_by",
	"overlap",
	"rate_ops_s",
	"consume",
	"cpu",
	"numa",
	"variant",
};

static void axes_are_the_key_columns(void **state)
{
	(void)state;
	assert_int_equal(ARRAY_LEN(columns), AX_COUNT);
	for (int ax = 0; ax < AX_COUNT; ax++) {
		const struct key *k = keys_axis((enum axis)ax);
		size_t len = strlen(k->name);

		assert_int_equal(k->axis, ax);
		assert_string_equal(k->column, columns[ax]);
		assert_int_equal(strncmp(k->column, k->name, len), 0);
		assert_true(k->column[len] == '\0' || k->column[len] == '_');
		assert_true((k->scope & SCOPE_SWEEP) && (k->scope & SCOPE_AXIS));
	}
}

static const struct {
	const char *key;
	unsigned int scope;
	int value;
	const char *word;
} words[] = {
	{"measure", SCOPE_SWEEP, MEASURE_LAT, "lat"},
	{"measure", SCOPE_SWEEP, MEASURE_REG, "reg"},
	{"op", SCOPE_SWEEP, OP_READ, "read"},
	{"op", SCOPE_SWEEP, OP_CMP_SWAP, "cmp_swap"},
	{"op", SCOPE_SWEEP, OP_WRITE_FENCE, "write_fence"},
	{"op", SCOPE_SWEEP, OP_PINGPONG, "pingpong"},
	{"interconnect", SCOPE_SWEEP, INTERCONNECT_DATA_DIRECT, "data_direct"},
	{"interconnect", SCOPE_SWEEP, INTERCONNECT_AUTO, "auto"},
	{"tph", SCOPE_SWEEP, TPH_EXPORTER, "exporter"},
	{"tph", SCOPE_SWEEP, TPH_DMAH, "dmah"},
	{"tph_mem", SCOPE_SWEEP, TPH_MEM_PM, "pm"},
	{"dir", SCOPE_SWEEP, DIR_BIDI, "bidi"},
	{"pattern", SCOPE_SWEEP, PATTERN_RAND, "rand"},
	{"post", SCOPE_SWEEP, POST_WR, "wr"},
	{"connect", SCOPE_SWEEP, CONNECT_CM, "cm"},
	{"bounce_by", SCOPE_SWEEP, BOUNCE_BY_DEVICE, "device"},
	{"consume", SCOPE_SWEEP, CONSUME_ALL, "all"},
	{"verify", SCOPE_SWEEP, VERIFY_FULL, "full"},
	{"kind", SCOPE_MEMORY, MEM_UDMABUF, "udmabuf"},
	{"kind", SCOPE_MEMORY, MEM_MEMFD, "memfd"},
	{"access", SCOPE_MEMORY, ACCESS_GROUP, "group"},
	{"access", SCOPE_MEMORY, ACCESS_NOIOMMU, "noiommu"},
	{"fallback", SCOPE_SWEEP, FALLBACK_BOUNCE, "bounce"},
	{"prefer", SCOPE_SWEEP, INTERCONNECT_BOUNCE, "bounce"},
	{"pages", SCOPE_MEMORY, -1 - CONFIG_PAGES_THP, "thp"},
};

static void words_follow_their_enums(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(words); i++)
		assert_string_equal(keys_find(words[i].key, words[i].scope)->words[words[i].value],
				    words[i].word);
}

static void rows_are_complete(void **state)
{
	(void)state;
	for (size_t i = 0; i < keys_len; i++) {
		const struct key *k = &keys[i];

		assert_true(k->scope && k->metavar && k->help && k->help[0]);
		assert_true(k->type == KEY_SIZE ||
			    !!k->words == (k->type == KEY_WORD || k->type == KEY_WORDS));
		assert_true(k->min <= k->max);
		assert_ptr_equal(keys_find(k->name, k->scope), k);
	}
}

static void perftest_flags(void **state)
{
	static const char letters[] = "dsqtnD";
	static const char *const names[] = {"nic", "size", "qps", "qd", "ops", "window"};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		assert_string_equal(keys_flag(letters[i])->name, names[i]);
	assert_null(keys_flag('p'));
	assert_null(keys_flag(0));
	assert_null(keys_find("size", SCOPE_TOP));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(axes_are_the_key_columns),
		cmocka_unit_test(words_follow_their_enums),
		cmocka_unit_test(rows_are_complete),
		cmocka_unit_test(perftest_flags),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
