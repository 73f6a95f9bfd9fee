// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The limit of whole routes on the machines of fixtures/make_machines.py: what shares a link, and which one
 * binds. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "base/err.h"
#include "limit/path.h"

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

static void assert_close(double got, double want)
{
	if (!(fabs(got / want - 1) <= 5e-6)) /* the vectors have six digits */
		fail_msg("got %.9g, want %.9g", got, want);
}

struct want {
	const char *machine, *nic, *target;
	enum limit_op op;
	uint64_t size;
	bool loopback;
	double gbyte_s;
	const char *hop, *source;
};

enum { MIB = 1 << 20, KIB4 = 4096 };

static const struct want rows[] = {
	/* W14: one write on each link. As B01 (MRRS 4096): the NIC also fetches the data over its own link.
	 */
	{"pix", "mlx5_0", "19:00.0", LIMIT_WRITE, MIB, false, 57.6141, "18:00.0", "cfg"},
	{"pix", "mlx5_0", "19:00.0", LIMIT_WRITE, KIB4, true, 57.3070638, "18:00.0", "cfg"},
	/* W18's flits: 4 KiB in 16 packets of 272 bytes. */
	{"gen6", "mlx5_0", "19:00.0", LIMIT_WRITE, KIB4, false, 118.0 * 256 / 272, "18:00.0", "cfg"},
	/* The drive's four lanes bind, not the NIC. */
	{"pix", "mlx5_0", "1b:00.0", LIMIT_WRITE, MIB, false, 57.6141 / 4, "1b:00.0", "cfg"},
	/* No packet may be larger than the smallest port on the way takes: W13 with a slower link. */
	{"degraded", "mlx5_0", "19:00.0", LIMIT_WRITE, MIB, false, 6.6332, "18:00.0", "cfg"},
	/* The PF's link is the VF's. */
	{"vfs", "mlx5_1", "44:00.2", LIMIT_WRITE, MIB, false, 57.6141, "43:00.2", "cfg"},
	/* Sent up by ACS: the uplink of the switch has the write in both directions, the read twice over. */
	{"pix+acs", "mlx5_0", "19:00.0", LIMIT_WRITE, MIB, false, 57.6141, "18:00.0", "cfg"},
	{"pix+acs", "mlx5_0", "19:00.0", LIMIT_READ, KIB4, false, 63.0153846 * 4096 / (16 * 276 + 24),
	 "16:00.0", "cfg"},
	/* Config space unreadable: what cannot be smaller is assumed, and said. */
	{"user", "mlx5_0", "19:00.0", LIMIT_WRITE, MIB, false, 53.0656, "18:00.0", "assumed"},
};

static void routes_have_the_limit_of_their_narrowest_link(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		const struct want *w = &rows[i];
		const struct path_ask ask = {{w->op, w->size, 0, 0, 0}, w->loopback};
		struct topo *t = machine(w->machine);
		struct route r = route_find(t, topo_find(t, w->nic), topo_find(t, w->target));
		struct path_limit l = path_limit(t, &r, &ask);

		if (fabs(l.hard.gbyte_s / w->gbyte_s - 1) > 5e-6 || l.hop != topo_find(t, w->hop) ||
		    strcmp(path_source_name(l.source), w->source) != 0)
			fail_msg("row %zu: %.9g (wanted %.9g) at %d (wanted %d), source %s", i,
				 l.hard.gbyte_s, w->gbyte_s, l.hop, topo_find(t, w->hop),
				 path_source_name(l.source));
		if (!(l.expected.gbyte_s < l.hard.gbyte_s))
			fail_msg("row %zu: expected %g", i, l.expected.gbyte_s);
		topo_close(t);
	}
}

/* Source host memory, target by another way: the NIC's link has both, the target's link one. */
static void loopback_shares_the_links_above_the_nic_only(void **state)
{
	struct topo *t = machine("two-sockets");
	struct route r = route_find(t, topo_find(t, "mlx5_0"), topo_find(t, "84:00.0"));
	struct path_ask ask = {{LIMIT_READ, KIB4, 0, 0, 0}, true};
	struct path_limit l = path_limit(t, &r, &ask);

	(void)state;
	/* A READ of the target writes to the host: toward the CPU go the requests and the data stored. */
	assert_close(l.hard.gbyte_s, 63.0153846 * 4096 / (16 * 280 + 24));
	assert_int_equal(l.hop, topo_find(t, "13:00.0"));
	ask.loopback = false;
	l = path_limit(t, &r, &ask);
	assert_close(l.hard.gbyte_s, 63.0153846 * 4096 / (16 * 276));
	topo_close(t);
}

static void a_16_bit_tag_costs_what_the_table_says(void **state)
{
	struct topo *t = machine("pix");
	struct route r = route_find(t, topo_find(t, "mlx5_0"), topo_find(t, "1a:00.0"));
	struct path_ask ask = {{LIMIT_WRITE, MIB, 0, 0, 16}, false};
	double with = path_limit(t, &r, &ask).hard.gbyte_s, without;

	(void)state;
	ask.message.tph = 8;
	without = path_limit(t, &r, &ask).hard.gbyte_s;
	assert_close(without, 57.6141);
	assert_close(with / without, 280.0 / 284);
	topo_close(t);
}

/* Between the ports of a switch there is no link, above a Root Port neither. */
static void only_links_are_links(void **state)
{
	static const char *const no[] = {"15:00.0", "15:01.0", "17:00.0"}, *const yes[] = {"16:00.0",
											   "18:00.0"};
	struct topo *t = machine("pix");
	enum path_source source;
	struct limit_link l;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(no); i++)
		assert_false(path_link(t, topo_find(t, no[i]), &l, &source));
	for (size_t i = 0; i < ARRAY_LEN(yes); i++)
		assert_true(path_link(t, topo_find(t, yes[i]), &l, &source));
	assert_int_equal(l.gen, 5);
	assert_int_equal(l.width, 16);
	assert_int_equal(l.mps, 256);
	assert_int_equal(l.mrrs, 4096);
	topo_close(t);
}

/* A function with itself uses no link, but for what it fetches. */
static void a_function_to_itself_is_not_limited_by_links(void **state)
{
	struct topo *t = machine("pix");
	int nic = topo_find(t, "mlx5_0");
	struct route r = route_find(t, nic, nic);
	struct path_ask ask = {{LIMIT_WRITE, MIB, 0, 0, 0}, false};

	(void)state;
	assert_int_equal(path_limit(t, &r, &ask).hop, -1);
	ask.loopback = true;
	assert_int_equal(path_limit(t, &r, &ask).hop, nic);
	topo_close(t);
}

static void sources_have_the_columns_words(void **state)
{
	(void)state;
	assert_string_equal(path_source_name(PATH_CFG), "cfg");
	assert_string_equal(path_source_name(PATH_SYSFS), "sysfs");
	assert_string_equal(path_source_name(PATH_USER), "user");
	assert_string_equal(path_source_name(PATH_ASSUMED), "assumed");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(routes_have_the_limit_of_their_narrowest_link),
		cmocka_unit_test(loopback_shares_the_links_above_the_nic_only),
		cmocka_unit_test(a_16_bit_tag_costs_what_the_table_says),
		cmocka_unit_test(only_links_are_links),
		cmocka_unit_test(a_function_to_itself_is_not_limited_by_links),
		cmocka_unit_test(sources_have_the_columns_words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
