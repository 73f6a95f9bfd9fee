// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* What is predicted of a pair, the order and its words, what errnos mean, which interconnect a point gets. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "base/err.h"
#include "interconnect/offers.h"
#include "machine_tree.h"

enum { CELLS = 12 };

/* A NIC and one memory of a machine: offers and ranked cells. */
struct pair {
	struct topo *t;
	struct match_exporter exp;
	struct match_importer imp[OFFERS_IMPORTERS];
	struct match_cell cell[CELLS];
	size_t n;
};

static void assert_says(const char *text, const char *part)
{
	if (!strstr(text, part))
		fail_msg("'%s' does not say '%s'", text, part);
}

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

/* @target: an address, or NULL = host memory of node 0 as a udmabuf. */
static void match_on(struct topo *t, const char *nic, const char *driver, const char *target, struct pair *p)
{
	int fn = topo_find(t, nic);
	struct config_memory m = {.name = "m",
				  .kind = target ? MEM_VFIO : MEM_UDMABUF,
				  .device = target,
				  .bar = -1,
				  .tph.index = 17,
				  .numa = 0};
	size_t n;

	if (fn < 0)
		fail_msg("no %s", nic);
	p->t = t;
	offers_exporter(t, &m, &p->exp);
	n = offers_importers(t, fn, driver, topo_data_direct(t, fn), p->imp);
	p->n = match_cells(t, &p->exp, 1, p->imp, n, p->cell);
	assert_int_equal(p->n, n);
}

static void pair_open(struct pair *p, const char *name, const char *nic, const char *driver,
		      const char *target)
{
	match_on(machine(name), nic, driver, target, p);
}

static void pair_close(struct pair *p)
{
	topo_close(p->t);
}

static int64_t interconnect(const struct pair *p, size_t i)
{
	return p->imp[p->cell[i].importer].interconnect;
}

static void a_switch_below_one_bridge_works(void **state)
{
	struct pair p;

	(void)state;
	pair_open(&p, "pix", "mlx5_0", "mlx5_core", "1a:00.0");
	assert_int_equal(p.n, 2);
	assert_int_equal(interconnect(&p, 0), INTERCONNECT_MAIN);
	assert_int_equal(p.cell[0].works, MATCH_YES);
	assert_int_equal(p.cell[0].way, ROUTE_WAY_SWITCH);
	assert_int_equal(p.cell[0].tph, ROUTE_TPH_16);
	assert_false(p.cell[0].crosses_root);
	assert_true(p.cell[0].gbyte_s > 60 && p.cell[0].gbyte_s < 64); /* 32 GT/s x16 */
	assert_says(p.cell[0].why, "turns at 0000:16:00.0");
	assert_says(p.cell[0].why, "narrowest link");
	assert_int_equal(interconnect(&p, 1), INTERCONNECT_BOUNCE);
	assert_int_equal(p.cell[1].works, MATCH_YES);
	assert_int_equal(p.cell[1].way, ROUTE_WAY_HOST);
	assert_int_equal(p.cell[1].tph, ROUTE_TPH_NO);
	assert_true(p.cell[1].crosses_root);
	assert_says(p.cell[1].why, "a CPU copies");
	pair_close(&p);
}

static void a_refused_way_leaves_the_bounce(void **state)
{
	struct pair p;
	char why[160];

	(void)state;
	pair_open(&p, "pix+egress", "mlx5_0", "mlx5_core", "19:00.0");
	assert_int_equal(interconnect(&p, 0), INTERCONNECT_BOUNCE);
	assert_int_equal(p.cell[1].works, MATCH_NO);
	assert_int_equal(p.cell[1].eligible, MATCH_YES);
	assert_true(p.cell[1].gbyte_s <= 0);
	assert_says(p.cell[1].why, "the kernel refuses");
	match_order_why(&p.cell[0], &p.cell[1], why, sizeof(why));
	assert_string_equal(why, "the other cannot work");
	match_order_why(&p.cell[1], &p.cell[0], why, sizeof(why));
	assert_says(why, "does not come before");
	pair_close(&p);
}

/* The dilemma: with the kernel's own ACS the groups are apart and the way is the CPU's; without, one group.
 */
static void the_group_dilemma_is_told_on_both_sides(void **state)
{
	struct pair p;

	(void)state;
	pair_open(&p, "pix+acs", "mlx5_0", "mlx5_core", "19:00.0");
	assert_int_equal(p.cell[0].works, MATCH_YES);
	assert_int_equal(p.cell[0].way, ROUTE_WAY_HOST_BRIDGE);
	assert_true(p.cell[0].crosses_root);
	assert_says(p.cell[0].why, "ACS of 0000:17:00.0 sends it up (RR CR)");
	assert_int_equal(p.cell[0].tph, ROUTE_TPH_NO);
	assert_says(p.cell[0].tph_why, "a switch is needed");
	pair_close(&p);

	pair_open(&p, "group", "mlx5_0", "mlx5_core", "19:00.0");
	assert_int_equal(p.cell[0].way, ROUTE_WAY_SWITCH);
	/* The NIC asks for 16-bit tags, and this target takes 8-bit ones. */
	assert_int_equal(p.cell[0].tph, ROUTE_TPH_NO);
	assert_says(p.cell[0].tph_why, "16-bit tags only");
	assert_int_equal(p.exp.open, MATCH_NO);
	assert_says(p.exp.open_why,
		    "IOMMU group 9 also holds 0000:18:00.0, which mlx5_core uses: VFIO refuses "
		    "the group (EPERM)");
	pair_close(&p);
}

static void without_root_nothing_is_claimed(void **state)
{
	struct pair p;
	char why[160];

	(void)state;
	pair_open(&p, "user", "mlx5_0", "mlx5_core", "19:00.0");
	assert_int_equal(interconnect(&p, 0), INTERCONNECT_MAIN);
	assert_int_equal(p.cell[0].works, MATCH_UNKNOWN);
	assert_int_equal(p.cell[0].tph, ROUTE_TPH_UNKNOWN);
	assert_says(p.cell[0].why, "run as root");
	match_order_why(&p.cell[0], &p.cell[1], why, sizeof(why));
	assert_says(why, "detour");
	pair_close(&p);
}

static void a_driver_that_pins_gets_no_bar(void **state)
{
	struct pair p;

	(void)state;
	pair_open(&p, "pix", "mlx5_0", "efa", "19:00.0");
	assert_int_equal(interconnect(&p, 0), INTERCONNECT_BOUNCE);
	assert_int_equal(p.cell[1].works, MATCH_NO);
	assert_says(p.cell[1].why, "give the memory back");
	assert_int_equal(p.cell[1].tph, ROUTE_TPH_NO);
	pair_close(&p);
	pair_open(&p, "pix", "mlx5_0", "ice", "19:00.0");
	assert_int_equal(p.cell[0].works, MATCH_YES);
	assert_says(p.cell[0].tph_why, "asks no exporter");
	pair_close(&p);
	pair_open(&p, "pix", "mlx5_0", "rdma_rxe", "1a:00.0");
	assert_int_equal(p.cell[0].works, MATCH_UNKNOWN);
	assert_int_equal(p.cell[0].tph, ROUTE_TPH_UNKNOWN);
	pair_close(&p);
}

/* Grace: the main function is refused, data-direct has the way but not the attachment: neither works. */
static void two_functions_are_two_cells(void **state)
{
	struct pair p;

	(void)state;
	pair_open(&p, "data-direct", "mlx5_0", "mlx5_core", "0002:04:00.0");
	assert_int_equal(p.n, 3);
	assert_int_equal(interconnect(&p, 0), INTERCONNECT_BOUNCE);
	for (size_t i = 1; i < p.n; i++) {
		bool direct = interconnect(&p, i) == INTERCONNECT_DATA_DIRECT;

		assert_int_equal(p.cell[i].works, MATCH_NO);
		assert_int_equal(p.cell[i].way, direct ? ROUTE_WAY_SWITCH : ROUTE_WAY_NONE);
		assert_int_equal(p.cell[i].eligible, direct ? MATCH_NO : MATCH_YES);
	}
	pair_close(&p);
	/* System memory goes by both. */
	pair_open(&p, "data-direct", "mlx5_0", "mlx5_core", NULL);
	assert_int_equal(p.cell[0].works, MATCH_YES);
	assert_int_equal(p.cell[1].works, MATCH_YES);
	assert_int_equal(p.cell[0].way, ROUTE_WAY_HOST);
	assert_int_equal(interconnect(&p, 2), INTERCONNECT_BOUNCE);
	assert_int_equal(p.cell[2].works, MATCH_YES);
	assert_false(p.cell[2].crosses_root);
	pair_close(&p);
}

static void a_software_device_needs_no_machine(void **state)
{
	const struct config_memory m = {.name = "m", .kind = MEM_MEMFD, .numa = CONFIG_NUMA_ANY};
	struct match_importer imp[OFFERS_IMPORTERS];
	struct match_cell cell[OFFERS_IMPORTERS];
	struct match_exporter exp;
	size_t n;

	(void)state;
	offers_exporter(NULL, &m, &exp);
	n = offers_importers(NULL, -1, "software", -1, imp);
	assert_int_equal(match_cells(NULL, &exp, 1, imp, n, cell), 2);
	assert_int_equal(cell[0].works, MATCH_YES);
	assert_int_equal(cell[0].way, ROUTE_WAY_SELF);
	assert_int_equal(cell[0].tph, ROUTE_TPH_16);
	assert_int_equal(cell[0].node_distance, -1);
	assert_true(cell[1].bounce);
	assert_int_equal(cell[1].works, MATCH_YES);
	/* Nothing is known of a NIC elsewhere. */
	n = offers_importers(NULL, -1, "", -1, imp);
	match_cells(NULL, &exp, 1, imp, n, cell);
	assert_true(cell[0].bounce);
	assert_int_equal(cell[1].works, MATCH_NO);
	assert_says(cell[1].why, "a memfd is no dma-buf");
}

static struct match_cell made(enum match_answer works, double gbyte_s)
{
	return (struct match_cell){.works = works, .gbyte_s = gbyte_s, .hops = 3};
}

static void assert_order(struct match_cell a, struct match_cell b, const char *words)
{
	char why[160];

	match_order_why(&a, &b, why, sizeof(why));
	assert_says(why, words);
	match_order_why(&b, &a, why, sizeof(why));
	if (!strstr(words, "offered first"))
		assert_says(why, "does not come before");
}

static void every_step_of_the_order_has_its_words(void **state)
{
	struct match_cell a = made(MATCH_YES, 31.5), b = made(MATCH_YES, 31.5);

	(void)state;
	assert_order(a, b, "offered first");
	b.hops = 5;
	assert_order(a, b, "shorter: 3 against 5");
	b = a;
	b.node_distance = 1;
	assert_order(a, b, "one NUMA node");
	a.node_distance = -1;
	assert_order(a, b, "is not known; the other's is another");
	a = b;
	b.crosses_root = true;
	b.hops = 1; /* weighs less */
	assert_order(a, b, "host bridge");
	b.gbyte_s = 15.75;
	b.crosses_root = false;
	assert_order(a, b, "faster: 31.5 against 15.75 GB/s");
	b.gbyte_s = 0;
	assert_order(a, b, "the other's is not");
	b.gbyte_s = 100;
	b.works = MATCH_UNKNOWN;
	assert_order(a, b, "of the other that is not known");
	a.works = MATCH_UNKNOWN;
	b.works = MATCH_YES;
	b.bounce = true;
	assert_order(a, b, "detour");
	a.works = MATCH_NO;
	assert_order(b, a, "cannot work");
}

/* The order depends on the offers, not on how they were sorted. */
static void ties_keep_the_order_of_the_lists(void **state)
{
	const struct match_exporter exp[] = {
		{.name = "a", .kind = MEM_HOST, .fn = MATCH_SYSTEM, .node = 0},
		{.name = "b", .kind = MEM_HOST, .fn = MATCH_SYSTEM, .node = 0},
		{.name = "far", .kind = MEM_HOST, .fn = MATCH_SYSTEM, .node = 1}};
	const struct match_importer imp[] = {
		{.interconnect = INTERCONNECT_MAIN, .driver = "mlx5_core", .fn = -1, .node = 1},
		{.interconnect = INTERCONNECT_MAIN, .driver = "mlx5_core", .fn = -1, .node = 1}};
	static const size_t want[][2] = {{2, 0}, {2, 1}, {0, 0}, {0, 1}, {1, 0}, {1, 1}};
	struct match_cell cell[CELLS];

	(void)state;
	assert_int_equal(match_cells(NULL, exp, 3, imp, 2, cell), 6);
	for (size_t i = 0; i < 6; i++) {
		assert_int_equal(cell[i].exporter, want[i][0]);
		assert_int_equal(cell[i].importer, want[i][1]);
	}
}

static void every_errno_has_its_class(void **state)
{
	static const struct {
		int rc, control;
		enum match_outcome want;
		const char *name, *word;
	} rows[] = {
		{0, 1, MATCH_WORKED, "worked", "registered"},
		{-EOPNOTSUPP, 1, MATCH_INELIGIBLE, "ineligible", "EOPNOTSUPP"},
		{-EPROTONOSUPPORT, 0, MATCH_INELIGIBLE, "ineligible", "bounce"},
		{-EINVAL, 0, MATCH_UNREACHABLE, "unreachable", "topo --route"},
		{-EINVAL, -EINVAL, MATCH_BAD_REQUEST, "bad_request", "says nothing of the pair"},
		{-EINVAL, 1, MATCH_UNTOLD, "untold", "/dev/udmabuf"},
		{-EINVAL, -ENOENT, MATCH_UNTOLD, "untold", "control"},
		{-ENODEV, 0, MATCH_REVOKED, "revoked", "taken the memory back"},
		{-EPERM, 1, MATCH_RIGHTS, "rights", "root"},
		{-EACCES, 1, MATCH_RIGHTS, "rights", "cpuset"},
		{-ENOMEM, 1, MATCH_NO_MEMORY, "no_memory", "ulimit -l"},
		{-EBUSY, 1, MATCH_TABLE_FULL, "table_full", "steering tags"},
		{-EIO, 1, MATCH_OTHER, "other", "dmesg"},
		{-EFAULT, 0, MATCH_OTHER, "other", "dmesg"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		enum match_outcome o = match_outcome(rows[i].rc, rows[i].control);

		assert_int_equal(o, rows[i].want);
		assert_string_equal(match_outcome_name(o), rows[i].name);
		assert_says(match_outcome_about(o), rows[i].word);
	}
}

static void only_contradictions_are_surprises(void **state)
{
	static const struct {
		enum match_answer eligible;
		enum route_way way;
		enum match_outcome o;
		bool surprise;
	} rows[] = {
		{MATCH_YES, ROUTE_WAY_SWITCH, MATCH_WORKED, false},
		{MATCH_YES, ROUTE_WAY_NONE, MATCH_WORKED, true},
		{MATCH_NO, ROUTE_WAY_SWITCH, MATCH_WORKED, true},
		{MATCH_UNKNOWN, ROUTE_WAY_SWITCH, MATCH_WORKED, false},
		{MATCH_UNKNOWN, ROUTE_WAY_NONE, MATCH_WORKED, true},
		{MATCH_YES, ROUTE_WAY_NONE, MATCH_UNREACHABLE, false},
		{MATCH_UNKNOWN, ROUTE_WAY_NONE, MATCH_UNREACHABLE, false},
		{MATCH_YES, ROUTE_WAY_SWITCH, MATCH_UNREACHABLE, true},
		{MATCH_UNKNOWN, ROUTE_WAY_HOST_BRIDGE, MATCH_UNREACHABLE, true},
		{MATCH_YES, ROUTE_WAY_UNKNOWN, MATCH_UNREACHABLE, false},
		{MATCH_NO, ROUTE_WAY_NONE, MATCH_UNREACHABLE, true}, /* it got past the attach */
		{MATCH_NO, ROUTE_WAY_SWITCH, MATCH_INELIGIBLE, false},
		{MATCH_YES, ROUTE_WAY_SWITCH, MATCH_INELIGIBLE, true},
		{MATCH_UNKNOWN, ROUTE_WAY_SWITCH, MATCH_INELIGIBLE, false},
		{MATCH_YES, ROUTE_WAY_SWITCH, MATCH_RIGHTS, false},
		{MATCH_YES, ROUTE_WAY_SWITCH, MATCH_NO_MEMORY, false},
		{MATCH_YES, ROUTE_WAY_SWITCH, MATCH_REVOKED, false},
		{MATCH_YES, ROUTE_WAY_SWITCH, MATCH_UNTOLD, false},
		{MATCH_YES, ROUTE_WAY_SWITCH, MATCH_BAD_REQUEST, false},
		{MATCH_YES, ROUTE_WAY_SWITCH, MATCH_TABLE_FULL, false},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct match_cell c = {.eligible = rows[i].eligible, .way = rows[i].way};

		c.works = c.eligible == MATCH_NO || c.way == ROUTE_WAY_NONE	  ? MATCH_NO
			  : c.eligible == MATCH_YES && c.way != ROUTE_WAY_UNKNOWN ? MATCH_YES
										  : MATCH_UNKNOWN;
		if (match_surprise(&c, rows[i].o) != rows[i].surprise)
			fail_msg("row %zu", i);
	}
}

/* main, data_direct and bounce of one memory, in this order. */
static const struct match_importer three[] = {{.interconnect = INTERCONNECT_MAIN},
					      {.interconnect = INTERCONNECT_DATA_DIRECT},
					      {.interconnect = INTERCONNECT_BOUNCE}};
static const struct match_cell ranked[] = {{.importer = 1}, {.importer = 0}, {.importer = 2, .bounce = true}};

static uint32_t prefer(int64_t a, int64_t b)
{
	return (uint32_t)(1 + a) | (uint32_t)(b < 0 ? 0 : 1 + b) << 4;
}

#define W MATCH_WORKED
#define U MATCH_UNREACHABLE
#define I MATCH_INELIGIBLE

static void the_choice_follows_what_was_asked(void **state)
{
	enum {
		MAIN = INTERCONNECT_MAIN,
		DD = INTERCONNECT_DATA_DIRECT,
		BB = INTERCONNECT_BOUNCE,
		AU = INTERCONNECT_AUTO
	};
	const struct {
		int64_t asked;
		uint32_t prefer;
		int64_t fallback;
		enum match_outcome outcome[3]; /* of data_direct, main, bounce: the order of the cells */
		int want;
		bool fell_back;
		const char *why;
	} rows[] = {
		{MAIN, 0, FALLBACK_NONE, {W, W, W}, 1, false, ""},
		{DD, 0, FALLBACK_NONE, {W, W, W}, 0, false, ""},
		{BB, 0, FALLBACK_NONE, {W, W, W}, 2, false, ""},
		{MAIN, 0, FALLBACK_NONE, {W, U, W}, -1, false, "main: unreachable"},
		{MAIN, 0, FALLBACK_BOUNCE, {W, U, W}, 2, true, "main: unreachable"},
		{MAIN, 0, FALLBACK_BOUNCE, {W, U, U}, -1, false, "main: unreachable; bounce: unreachable"},
		{BB, 0, FALLBACK_BOUNCE, {W, W, U}, -1, false, "bounce: unreachable"},
		{AU, 0, FALLBACK_NONE, {W, W, W}, 0, false, ""},
		{AU, 0, FALLBACK_NONE, {I, W, W}, 1, false, ""},
		{AU, 0, FALLBACK_NONE, {I, U, W}, -1, false, "data_direct: ineligible; main: unreachable"},
		{AU, 0, FALLBACK_BOUNCE, {I, U, W}, 2, true, "data_direct: ineligible; main: unreachable"},
		{AU, prefer(MAIN, DD), FALLBACK_NONE, {W, W, W}, 1, false, ""},
		{AU, prefer(MAIN, DD), FALLBACK_NONE, {W, U, W}, 0, false, ""},
		{AU, prefer(MAIN, BB), FALLBACK_NONE, {W, U, W}, 2, false, ""},
		{AU, prefer(BB, MAIN), FALLBACK_NONE, {W, W, W}, 2, false, ""},
		{AU, prefer(MAIN, -1), FALLBACK_NONE, {W, I, W}, -1, false, "main: ineligible"},
		{AU, prefer(MAIN, -1), FALLBACK_BOUNCE, {W, I, W}, 2, true, "main: ineligible"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		bool fell_back = !rows[i].fell_back;
		char why[200] = "unset";
		const struct match_want want = {rows[i].asked, rows[i].prefer, rows[i].fallback};
		const struct match_tried tried = {three, ranked, rows[i].outcome, 3};
		int got = match_choose(&want, &tried, &fell_back, why, sizeof(why));

		if (got != rows[i].want || fell_back != rows[i].fell_back || strcmp(why, rows[i].why) != 0)
			fail_msg("row %zu: %d %d '%s'", i, got, fell_back, why);
	}
}

static void what_is_not_offered_cannot_be_chosen(void **state)
{
	const enum match_outcome outcome[] = {W};
	const struct match_cell main_only[] = {{.importer = 0}};
	const struct match_tried tried = {three, main_only, outcome, 1};
	struct match_want want = {INTERCONNECT_DATA_DIRECT, 0, FALLBACK_NONE};
	bool fell_back;
	char why[40], tiny[8];

	(void)state;
	assert_int_equal(match_choose(&want, &tried, &fell_back, why, sizeof(why)), -1);
	assert_string_equal(why, "data_direct: this NIC has no such funct");
	want.fallback = FALLBACK_BOUNCE;
	assert_int_equal(match_choose(&want, &tried, &fell_back, tiny, sizeof(tiny)), -1);
	assert_string_equal(tiny, "data_di");
}

/*
 * Machines captured in the lab, whose kernel was asked about each pair (reach.txt: errno of the mapping): the
 * prediction for a driver that may import is what it answered.
 */
static void predictions_are_the_kernels_answers(void **state)
{
	static const char *const captured[] = {
		"lab-switch",	    "lab-cxl-switch",	   "lab-cxl-switch+acs", "lab-numa",
		"lab-numa+acs",	    "lab-numa+zen",	   "lab-numa+acs+zen",	 "lab-nvme-pmr",
		"lab-nvme-pmr+tph", "lab-nvme-pmr+tph-ext"};
	size_t pairs = 0;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(captured); i++) {
		char fixture[512], path[600], root[TEMP_PATH], class[16], nic[32], target[32], word[16];
		struct topo *t = NULL;
		struct err e = {0};
		int code;
		FILE *f;

		snprintf(fixture, sizeof(fixture), "%s/%s", MACHINES, captured[i]);
		snprintf(path, sizeof(path), "%s/reach.txt", fixture);
		temp_make(root);
		machine_tree(fixture, root);
		assert_int_equal(topo_open(root, &t, &e), 0);
		f = fopen(path, "re");
		assert_non_null(f);
		while (fscanf(f, "%15s %31s %31s errno=%d route=%15s", class, nic, target, &code, word) ==
		       5) {
			struct pair p;
			enum match_outcome o = match_outcome(-code, 0);

			match_on(t, nic, "mlx5_core", target, &p);
			for (size_t k = 0; k < p.n; k++) {
				if (interconnect(&p, k) != INTERCONNECT_MAIN)
					continue;
				assert_int_equal(p.cell[k].works, code ? MATCH_NO : MATCH_YES);
				assert_false(match_surprise(&p.cell[k], o));
				pairs++;
			}
		}
		fclose(f);
		topo_close(t);
		temp_remove(root);
	}
	assert_true(pairs >= 30);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_switch_below_one_bridge_works),
		cmocka_unit_test(a_refused_way_leaves_the_bounce),
		cmocka_unit_test(the_group_dilemma_is_told_on_both_sides),
		cmocka_unit_test(without_root_nothing_is_claimed),
		cmocka_unit_test(a_driver_that_pins_gets_no_bar),
		cmocka_unit_test(two_functions_are_two_cells),
		cmocka_unit_test(a_software_device_needs_no_machine),
		cmocka_unit_test(every_step_of_the_order_has_its_words),
		cmocka_unit_test(ties_keep_the_order_of_the_lists),
		cmocka_unit_test(every_errno_has_its_class),
		cmocka_unit_test(only_contradictions_are_surprises),
		cmocka_unit_test(the_choice_follows_what_was_asked),
		cmocka_unit_test(what_is_not_offered_cannot_be_chosen),
		cmocka_unit_test(predictions_are_the_kernels_answers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
