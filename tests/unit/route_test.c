// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Machines written from facts (fixtures/make_machines.py) and what must be predicted for them: class, way
 * and its reason, steering tags and their reason, the narrow hop.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "base/err.h"
#include "topo/route.h"

/* @redirect, @slowest: "" = none; @why, @tph_why: part of the sentence. */
struct want {
	const char *machine, *nic, *target, *class;
	enum route_way way;
	enum route_tph tph;
	const char *redirect, *slowest, *why, *tph_why;
};

#define UNKNOWN ROUTE_WAY_UNKNOWN
#define SELF	ROUTE_WAY_SELF
#define SWITCH	ROUTE_WAY_SWITCH
#define HOST	ROUTE_WAY_HOST_BRIDGE
#define NONE	ROUTE_WAY_NONE
#define TPH_X	ROUTE_TPH_UNKNOWN
#define TPH_0	ROUTE_TPH_NO
#define TPH_8	ROUTE_TPH_8
#define TPH_16	ROUTE_TPH_16

static const struct want rows[] = {
	/* One switch, nothing redirects. */
	/* The NIC asks for tags of one width, here 16 bits: a target of 8 bits gets none. */
	{"pix", "mlx5_0", "19:00.0", "PIX", SWITCH, TPH_0, "", "18:00.0", "turns at 0000:16:00.0",
	 "16-bit tags only, the target"},
	{"pix", "mlx5_0", "1a:00.0", "PIX", SWITCH, TPH_16, "", "18:00.0", "no port", "16-bit"},
	{"pix", "mlx5_0", "1b:00.0", "PIX", SWITCH, TPH_0, "", "1b:00.0", "no port", "no TPH completer"},
	{"pix", "mlx5_0", "mlx5_0", "X", SELF, TPH_0, "", "18:00.0", "the same function", "inside"},
	{"pix", "19:00.0", "1a:00.0", "PIX", SWITCH, TPH_0, "", "19:00.0", "turns", "no TPH requester"},
	/* ACS as the kernel sets it with an IOMMU; the host bridge is in the list. */
	{"pix+acs", "mlx5_0", "19:00.0", "PIX", HOST, TPH_0, "17:00.0", "18:00.0",
	 "ACS of 0000:17:00.0 sends it up (RR CR); through the CPU: host bridge 8086:09a2",
	 "a switch is needed"},
	/* Egress control of the target's port alone; the host bridge is not in the list. */
	{"pix+egress", "mlx5_0", "19:00.0", "PIX", NONE, TPH_0, "17:01.0", "18:00.0",
	 "(EC); the kernel refuses: host bridge 8086:a700", "no way"},
	{"pix+egress", "mlx5_0", "1a:00.0", "PIX", SWITCH, TPH_16, "", "18:00.0", "turns", "16-bit"},
	/* Without root: the tree and sysfs' links, and no claim. */
	{"user", "mlx5_0", "19:00.0", "PIX", UNKNOWN, TPH_X, "", "18:00.0", "run as root", "run as root"},
	{"user", "mlx5_0", "1b:00.0", "PIX", UNKNOWN, TPH_X, "", "1b:00.0", "run as root", "run as root"},
	/* Two sockets: switch, switch below it, Root Port, host bridge, socket. */
	{"two-sockets", "mlx5_0", "14:00.0", "PIX", SWITCH, TPH_0, "", "13:00.0", "turns", ""},
	{"two-sockets", "mlx5_0", "1a:00.0", "PXB", SWITCH, TPH_0, "", "13:00.0", "turns at 0000:11:00.0",
	 ""},
	{"two-sockets", "mlx5_0", "1b:00.0", "PHB", HOST, TPH_0, "", "13:00.0", "8086:09a2 is in", "CPU"},
	{"two-sockets", "mlx5_0", "31:00.0", "NODE", HOST, TPH_0, "", "13:00.0", "8086:09a2 is in", "CPU"},
	{"two-sockets", "mlx5_0", "84:00.0", "SYS", HOST, TPH_0, "", "13:00.0", "8086:09a2 is in", "CPU"},
	{"two-sockets-zen", "mlx5_1", "84:00.0", "PIX", SWITCH, TPH_0, "", "83:00.0", "turns", ""},
	{"two-sockets-zen", "mlx5_1", "8b:00.0", "PHB", HOST, TPH_0, "", "83:00.0", "family 0x17", "CPU"},
	{"two-sockets-zen", "mlx5_1", "14:00.0", "SYS", HOST, TPH_0, "", "83:00.0", "family 0x17", "CPU"},
	{"two-sockets-other", "mlx5_0", "1a:00.0", "PXB", SWITCH, TPH_0, "", "13:00.0", "turns", ""},
	{"two-sockets-other", "mlx5_0", "1b:00.0", "PHB", NONE, TPH_0, "", "13:00.0", "8086:a700 is not",
	 "no way"},
	{"two-sockets-other", "mlx5_0", "84:00.0", "SYS", NONE, TPH_0, "", "13:00.0", "8086:a700 is not",
	 "no way"},
	/* Listed for peers below one host bridge only. */
	{"two-sockets-haswell", "mlx5_0", "1b:00.0", "PHB", HOST, TPH_0, "", "13:00.0", "8086:2f00 is in",
	 "CPU"},
	{"two-sockets-haswell", "mlx5_0", "31:00.0", "NODE", NONE, TPH_0, "", "13:00.0", "on two of them",
	 "no way"},
	/* No 00.0: the first function of the bus speaks for the host bridge if it is a Root Port. */
	{"skylake", "mlx5_0", "5f:00.0", "PHB", HOST, TPH_0, "", "5e:00.0", "8086:2032 is in", "CPU"},
	{"skylake", "mlx5_0", "af:00.0", "NODE", NONE, TPH_0, "", "5e:00.0", "root bus 0000:ae begins",
	 "no way"},
	/* The same NIC by its main and by its data-direct function. */
	{"data-direct", "mlx5_0", "0002:04:00.0", "NODE", NONE, TPH_0, "", "01:00.0", "10de:22b1 is not", ""},
	{"data-direct", "0002:03:00.0", "0002:04:00.0", "PIX", SWITCH, TPH_8, "", "0002:03:00.0", "turns",
	 "the NIC"},
	{"data-direct", "mlx5_0", "mlx5_1", "PIX", SWITCH, TPH_0, "", "01:00.0", "turns at 0000:00:00.0", ""},
	/* A VF hangs where its PF hangs; two VFs of one PF are two functions below one port. */
	{"vfs", "mlx5_1", "44:00.2", "PIX", SWITCH, TPH_0, "", "43:00.2", "turns at 0000:41:00.0", ""},
	{"vfs", "mlx5_1", "mlx5_2", "PIX", SWITCH, TPH_0, "", "43:00.2", "turns at 0000:42:00.0", ""},
	{"vfs", "mlx5_1", "mlx5_0", "PIX", SWITCH, TPH_0, "", "43:00.2", "turns at 0000:42:00.0", ""},
	/* Domains alike in their low bits are two host bridges; the one below the VMD is another. */
	{"domains", "mlx5_0", "mlx5_1", "SYS", HOST, TPH_0, "", "01000001:e1:00.0", "8086:09a2 is in", "CPU"},
	{"domains", "mlx5_0", "10000:e1:00.0", "NODE", NONE, TPH_0, "", "10000:e1:00.0", "8086:a700 is not",
	 ""},
	/* Without NUMA two host bridges are near each other. */
	{"no-numa", "mlx5_0", "24:00.0", "NODE", HOST, TPH_0, "", "13:00.0", "8086:09a2 is in", "CPU"},
	{"degraded", "mlx5_0", "19:00.0", "PIX", SWITCH, TPH_0, "", "18:00.0", "turns", ""},
	/* Flit mode carries 16 bits without prefixes, on links that run in it. */
	{"gen6", "mlx5_0", "1a:00.0", "PIX", SWITCH, TPH_16, "", "18:00.0", "turns", "16-bit"},
	{"gen6", "mlx5_0", "1b:00.0", "PIX", SWITCH, TPH_0, "", "1b:00.0", "turns", "0000:17:03.0 has none"},
	{"no-prefix", "mlx5_0", "1a:00.0", "PIX", SWITCH, TPH_0, "", "18:00.0", "turns",
	 "0000:17:02.0 has none"},
	/* The Root Port gates what never gets that far. */
	{"root-port-8", "mlx5_0", "1a:00.0", "PIX", SWITCH, TPH_8, "", "18:00.0", "turns",
	 "the NIC's Root Port"},
	{"root-port-8", "mlx5_0", "19:00.0", "PIX", SWITCH, TPH_8, "", "18:00.0", "turns",
	 "Root Port takes no others"},
	{"root-port-8", "mlx5_1", "2a:00.0", "PIX", SWITCH, TPH_0, "", "28:00.0", "turns",
	 "Root Port is no TPH"},
};

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
	int i = *name ? topo_find(t, name) : -1;

	if (*name && i < 0)
		fail_msg("no %s", name);
	return i;
}

static void check(const struct topo *t, const struct want *w)
{
	struct route r = route_find(t, find(t, w->nic), find(t, w->target));
	int redirect = find(t, w->redirect), slowest = find(t, w->slowest);

	if (strcmp(route_class_name(r.class), w->class) != 0 || r.way != w->way || r.tph != w->tph ||
	    r.redirect != redirect || r.slowest != slowest || !strstr(r.why, w->why) ||
	    !strstr(r.tph_why, w->tph_why))
		fail_msg("%s: %s -> %s: %s '%s' tph %d, redirect %d (wanted %d), slowest %d (wanted "
			 "%d)\n%s\n%s",
			 w->machine, w->nic, w->target, route_class_name(r.class), route_way_name(r.way),
			 (int)r.tph, r.redirect, redirect, r.slowest, slowest, r.why, r.tph_why);
}

static void made_machines_are_predicted(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct topo *t = machine(rows[i].machine);

		check(t, &rows[i]);
		topo_close(t);
	}
}

/* The NIC's way up, the turn, the way down; both ends included. */
static void hops_are_in_the_order_of_the_traffic(void **state)
{
	static const char *const below[] = {"13:00.0", "12:00.0", "11:00.0", "12:03.0",
					    "18:00.0", "19:00.0", "1a:00.0"};
	static const char *const across[] = {"13:00.0", "12:00.0", "11:00.0",
					     "10:01.0", "10:02.0", "1b:00.0"};
	struct topo *t = machine("two-sockets");
	struct route r = route_find(t, find(t, "mlx5_0"), find(t, "1a:00.0"));

	(void)state;
	assert_int_equal(r.n_hops, ARRAY_LEN(below));
	for (int i = 0; i < r.n_hops; i++)
		assert_int_equal(r.hop[i], find(t, below[i]));
	assert_int_equal(r.turn, 2);
	assert_int_equal(r.common, find(t, "11:00.0"));
	assert_int_equal(r.distance, 6);

	r = route_find(t, find(t, "mlx5_0"), find(t, "1b:00.0"));
	assert_int_equal(r.n_hops, ARRAY_LEN(across));
	for (int i = 0; i < r.n_hops; i++)
		assert_int_equal(r.hop[i], find(t, across[i]));
	assert_int_equal(r.turn, 3);
	assert_int_equal(r.common, -1);
	topo_close(t);
}

static void siblings_are_two_apart(void **state)
{
	struct topo *t = machine("vfs");

	(void)state;
	assert_int_equal(route_find(t, find(t, "mlx5_1"), find(t, "mlx5_2")).distance, 2);
	assert_int_equal(route_find(t, find(t, "mlx5_1"), find(t, "mlx5_0")).distance, 2);
	assert_int_equal(route_find(t, find(t, "mlx5_1"), find(t, "44:00.1")).distance, 4);
	assert_int_equal(route_find(t, find(t, "mlx5_1"), find(t, "mlx5_1")).distance, 0);
	topo_close(t);
}

static void links_below_their_means_are_named(void **state)
{
	struct topo *t = machine("degraded");
	struct route r = route_find(t, find(t, "mlx5_0"), find(t, "19:00.0"));

	(void)state;
	assert_int_equal(r.degraded, find(t, "18:00.0"));
	assert_int_equal(r.mps_low, find(t, "19:00.0"));
	assert_true(route_degraded(t, find(t, "16:00.0")));
	/* A Gen5 card in a Gen4 slot does what it can. */
	assert_false(route_degraded(t, find(t, "1a:00.0")));
	topo_close(t);
	/* A drive of four lanes in a port of sixteen does what it can. */
	t = machine("pix");
	assert_int_equal(route_find(t, find(t, "mlx5_0"), find(t, "1b:00.0")).degraded, -1);
	assert_int_equal(route_find(t, find(t, "mlx5_0"), find(t, "19:00.0")).mps_low, -1);
	topo_close(t);
}

/* docs/limits.md: GT/s, coding, lanes, flits. */
static void links_carry_what_the_table_says(void **state)
{
	static const struct {
		const char *machine, *fn;
		double gbyte_s;
	} link[] = {
		{"pix", "mlx5_0", 63.0154}, {"pix", "1b:00.0", 15.7538},     {"user", "mlx5_0", 63.0154},
		{"gen6", "mlx5_0", 118.0},  {"degraded", "mlx5_0", 7.87692},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(link); i++) {
		struct topo *t = machine(link[i].machine);
		double rate = route_link_rate(topo_fn(t, (size_t)find(t, link[i].fn)));

		if (fabs(rate / link[i].gbyte_s - 1) > 1e-5)
			fail_msg("%s %s: %g, wanted %g", link[i].machine, link[i].fn, rate, link[i].gbyte_s);
		topo_close(t);
	}
}

/* What a route would be without ACS redirect is what it is on the same machine without it. */
static void without_redirect_it_is_the_other_machine(void **state)
{
	struct topo *with = machine("pix+acs"), *without = machine("pix");
	struct route a = route_find(with, find(with, "mlx5_0"), find(with, "1a:00.0"));
	struct route b = route_find(without, find(without, "mlx5_0"), find(without, "1a:00.0"));

	(void)state;
	a = route_unredirected(with, &a);
	assert_int_equal(a.way, b.way);
	assert_int_equal(a.tph, b.tph);
	assert_int_equal(a.slowest, b.slowest);
	assert_string_equal(a.why, b.why);
	topo_close(with);
	topo_close(without);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(made_machines_are_predicted),
		cmocka_unit_test(hops_are_in_the_order_of_the_traffic),
		cmocka_unit_test(siblings_are_two_apart),
		cmocka_unit_test(links_below_their_means_are_named),
		cmocka_unit_test(links_carry_what_the_table_says),
		cmocka_unit_test(without_redirect_it_is_the_other_machine),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
