// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* What tags a NIC can send, which function its data-direct one is, and the node of its vfio device. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "base/err.h"
#include "tempdir.h"
#include "topo/tags.h"
#include "topo/topo_raw.h"

static struct topo *machine(const char *name)
{
	char path[600];
	struct topo *t = NULL;
	struct err e = {0};

	snprintf(path, sizeof(path), "%s/made-%s.json", MACHINES, name);
	if (topo_open(path, &t, &e))
		fail_msg("%s", e.text);
	return t;
}

static int find(const struct topo *t, const char *name)
{
	int i = topo_find(t, name);

	if (i < 0)
		fail_msg("no %s", name);
	return i;
}

/* kernel.md's rules are those of drivers/pci/tph.c and mlx5's lib/st.c. */
static void tags_follow_the_capability_and_the_root_port(void **state)
{
	static const struct {
		const char *nic;
		enum tags_width can, enabled;
		unsigned int live, most;
		const char *why;
	} row[] = {
		{"mlx5_0", TAGS_16, TAGS_16, 63, 0xffff, "a table of 64"},
		{"mlx5_1", TAGS_8, TAGS_8, 63, 0xff, "63 live tags"},
		{"mlx5_2", TAGS_8, TAGS_8, 63, 0xff, "8-bit"},
		{"mlx5_3", TAGS_OFF, TAGS_OFF, 0, 0, "its Root Port"},
		{"mlx5_4", TAGS_16, TAGS_16, TAGS_NO_LIMIT, 0xff, "direct mode"},
		{"mlx5_5", TAGS_16, TAGS_OFF, 0, 0, "MSI-X"},
		{"mlx5_6", TAGS_OFF, TAGS_OFF, 0, 0, "device specific"},
		{"mlx5_7", TAGS_OFF, TAGS_OFF, 0, 0, "no TPH requester"},
		{"mlx5_8", TAGS_OFF, TAGS_OFF, 0, 0, "no Root Port"},
		{"mlx5_9", TAGS_16, TAGS_OFF, 63, 0xffff, "a table of 64"},
	};
	struct topo *t = machine("tags");

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(row); i++) {
		struct topo_tags got = topo_tags(t, find(t, row[i].nic));

		if (got.can != row[i].can || got.enabled != row[i].enabled || got.live != row[i].live ||
		    got.most != row[i].most || !strstr(got.why, row[i].why))
			fail_msg("%s: can %s, enabled %s, live %u, most %#x: %s", row[i].nic,
				 tags_width_name(got.can), tags_width_name(got.enabled), got.live, got.most,
				 got.why);
	}
	topo_close(t);
}

static void without_root_no_tag_is_claimed(void **state)
{
	struct topo *t = machine("user");
	struct topo_tags got = topo_tags(t, find(t, "mlx5_0"));

	(void)state;
	assert_int_equal(got.can, TAGS_UNKNOWN);
	assert_int_equal(got.enabled, TAGS_UNKNOWN);
	assert_non_null(strstr(got.why, "run as root"));
	topo_close(t);
}

static void the_same_identifier_makes_a_pair(void **state)
{
	struct topo *t = machine("data-direct");
	int nic = find(t, "mlx5_0"), other = find(t, "mlx5_1"), second = find(t, "0002:03:00.0");

	(void)state;
	assert_int_equal(topo_data_direct(t, nic), second);
	assert_int_equal(topo_data_direct_of(t, second), nic);
	assert_int_equal(topo_data_direct(t, other), -1);
	assert_int_equal(topo_data_direct(t, second), -1);
	assert_int_equal(topo_data_direct_of(t, nic), -1);
	assert_true(topo_is_data_direct(t, second));
	assert_false(topo_is_data_direct(t, nic));
	assert_false(topo_data_direct_unknown(t, nic));
	assert_false(topo_data_direct_unknown(t, other));
	assert_string_equal(topo_fn(t, (size_t)find(t, "0002:04:00.0"))->vfio_dev, "vfio3");
	assert_string_equal(topo_fn(t, (size_t)nic)->vfio_dev, "");
	topo_close(t);
}

/* Serial numbers stay at home with the names; then the pair is unknown, not absent. */
static void without_product_data_the_pair_is_unknown(void **state)
{
	struct topo *t = machine("data-direct"), *again = NULL;
	char dir[TEMP_PATH], path[2 * TEMP_PATH];
	struct err e = {0};
	FILE *f;

	(void)state;
	temp_make(dir);
	snprintf(path, sizeof(path), "%s/machine.json", dir);
	for (int names = 0; names < 2; names++) {
		f = fopen(path, "w");
		assert_non_null(f);
		assert_int_equal(topo_save(t, names, f), 0);
		fclose(f);
		assert_int_equal(topo_open(path, &again, &e), 0);
		assert_int_equal(topo_data_direct(again, find(again, "mlx5_0")),
				 names ? find(again, "0002:03:00.0") : -1);
		assert_int_equal(topo_data_direct_unknown(again, find(again, "mlx5_0")), !names);
		assert_string_equal(topo_fn(again, (size_t)find(again, "0002:04:00.0"))->vfio_dev, "vfio3");
		topo_close(again);
	}
	topo_close(t);
	temp_remove(dir);
}

/* Product data of @a and @b as two functions of one machine: are they a pair? */
static bool pair(const uint8_t *a, size_t a_len, const uint8_t *b, size_t b_len)
{
	struct raw_fn x = {.vpd = (uint8_t *)a, .vpd_len = a_len};
	struct raw_fn y = {.vpd = (uint8_t *)b, .vpd_len = b_len};

	return raw_same_vuid(&x, &y);
}

#define VU "VU\003abc"

static void odd_product_data_pair_with_nothing(void **state)
{
	static const uint8_t good[] = "\x90\x06\x00" VU "\x78",
			     behind[] = "\x82\x02\x00xx\x90\x0a\x00SN\x01z" VU "\x78";
	static const uint8_t longer[] = "\x90\x07\x00VU\004abcd\x78", empty[] = "\x90\x03\x00VU\000\x78";
	/* Cut off in the value; beyond the tag; a tag that points outside; the end before it. */
	static const uint8_t *const bad[] = {
		(const uint8_t *)"\x90\x06\x00VU\003ab", (const uint8_t *)"\x90\x05\x00" VU,
		(const uint8_t *)"\x82\xff\xff" VU, (const uint8_t *)"\x78\x90\x06\x00" VU};
	static const size_t bad_len[] = {8, 9, 9, 10};

	(void)state;
	assert_true(pair(good, sizeof(good) - 1, good, sizeof(good) - 1));
	assert_true(pair(good, sizeof(good) - 1, behind, sizeof(behind) - 1));
	assert_false(pair(good, sizeof(good) - 1, longer, sizeof(longer) - 1));
	assert_false(pair(empty, sizeof(empty) - 1, empty, sizeof(empty) - 1));
	assert_false(pair(NULL, 0, NULL, 0));
	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		if (pair(bad[i], bad_len[i], bad[i], bad_len[i]))
			fail_msg("bad[%zu] has an identifier", i);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tags_follow_the_capability_and_the_root_port),
		cmocka_unit_test(without_root_no_tag_is_claimed),
		cmocka_unit_test(the_same_identifier_makes_a_pair),
		cmocka_unit_test(without_product_data_the_pair_is_unknown),
		cmocka_unit_test(odd_product_data_pair_with_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
