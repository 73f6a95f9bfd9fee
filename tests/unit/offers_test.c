// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* What memories and NICs offer; what stands against opening a device and exporting a BAR, and the words. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "base/err.h"
#include "interconnect/eligible.h"
#include "interconnect/offers.h"

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
	int fn = topo_find(t, name);

	if (fn < 0)
		fail_msg("no function %s", name);
	return fn;
}

static void assert_says(const char *text, const char *part)
{
	if (!strstr(text, part))
		fail_msg("'%s' does not say '%s'", text, part);
}

/* The table of reference: driver, exporter, answer; a word of the reason. */
static void every_listed_driver_has_its_answer(void **state)
{
	static const struct {
		const char *driver;
		enum match_answer vfio, system;
		const char *vfio_word;
	} rows[] = {
		{"mlx5_core", MATCH_YES, MATCH_YES, "on-demand paging"},
		{"mlx5_ib", MATCH_YES, MATCH_YES, "dynamically"},
		{"ice", MATCH_YES, MATCH_YES, "final for the MR"},
		{"irdma", MATCH_YES, MATCH_YES, "since 7.1"},
		{"efa", MATCH_NO, MATCH_YES, "give the memory back"},
		{"bnxt_en", MATCH_NO, MATCH_YES, "since 6.19"},
		{"mana", MATCH_NO, MATCH_YES, "pins"},
		{"ionic", MATCH_NO, MATCH_YES, "pins"},
		{"mlx4_core", MATCH_NO, MATCH_NO, "no dma-buf"},
		{"siw", MATCH_NO, MATCH_NO, "no dma-buf"},
		{"rdma_rxe", MATCH_UNKNOWN, MATCH_UNKNOWN, "soft-RoCE"},
		{"erdma", MATCH_UNKNOWN, MATCH_UNKNOWN, "proposed"},
		{"made_up", MATCH_UNKNOWN, MATCH_UNKNOWN, "not known of this driver"},
		{"", MATCH_UNKNOWN, MATCH_UNKNOWN, "not known"},
	};
	const struct match_exporter vfio = {.kind = MEM_VFIO}, udmabuf = {.kind = MEM_UDMABUF},
				    heap = {.kind = MEM_DMA_HEAP}, host = {.kind = MEM_HOST};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		const struct match_importer imp = {.interconnect = INTERCONNECT_MAIN,
						   .driver = rows[i].driver};

		assert_int_equal(eligible(&vfio, &imp).answer, rows[i].vfio);
		assert_says(eligible(&vfio, &imp).why, rows[i].vfio_word);
		assert_int_equal(eligible(&udmabuf, &imp).answer, rows[i].system);
		assert_int_equal(eligible(&heap, &imp).answer, rows[i].system);
		assert_int_equal(eligible(&host, &imp).answer, MATCH_YES);
	}
}

static void data_direct_takes_system_memory_only(void **state)
{
	const struct match_importer mlx5 = {.interconnect = INTERCONNECT_DATA_DIRECT, .driver = "mlx5_core"};
	const struct match_importer irdma = {.interconnect = INTERCONNECT_DATA_DIRECT, .driver = "ice"};
	const struct match_exporter vfio = {.kind = MEM_VFIO}, udmabuf = {.kind = MEM_UDMABUF},
				    host = {.kind = MEM_HOST};

	(void)state;
	assert_int_equal(eligible(&vfio, &mlx5).answer, MATCH_NO);
	assert_says(eligible(&vfio, &mlx5).why, "not revocable");
	assert_int_equal(eligible(&udmabuf, &mlx5).answer, MATCH_YES);
	assert_int_equal(eligible(&host, &mlx5).answer, MATCH_NO);
	assert_says(eligible(&host, &mlx5).why, "only dma-bufs");
	assert_int_equal(eligible(&udmabuf, &irdma).answer, MATCH_NO);
	assert_says(eligible(&udmabuf, &irdma).why, "only mlx5");
}

/* Where an importer treats VFIO and system memory alike, it does not matter whose descriptor it is. */
static void a_received_descriptor_is_whatever_it_is(void **state)
{
	const struct match_exporter fd = {.kind = MEM_FD}, memfd = {.kind = MEM_MEMFD};
	const struct match_importer mlx5 = {.interconnect = INTERCONNECT_MAIN, .driver = "mlx5_core"};
	const struct match_importer efa = {.interconnect = INTERCONNECT_MAIN, .driver = "efa"};
	const struct match_importer siw = {.interconnect = INTERCONNECT_MAIN, .driver = "siw"};
	const struct match_importer soft = {
		.interconnect = INTERCONNECT_MAIN, .driver = "software", .software = true};

	(void)state;
	assert_int_equal(eligible(&fd, &mlx5).answer, MATCH_YES);
	assert_int_equal(eligible(&fd, &siw).answer, MATCH_NO);
	assert_int_equal(eligible(&fd, &efa).answer, MATCH_UNKNOWN);
	assert_says(eligible(&fd, &efa).why, "depends on the exporter");
	assert_int_equal(eligible(&fd, &soft).answer, MATCH_UNKNOWN);
	assert_int_equal(eligible(&memfd, &soft).answer, MATCH_YES);
	assert_int_equal(eligible(&memfd, &mlx5).answer, MATCH_NO);
}

static void a_bounce_is_for_what_host_memory_is_not(void **state)
{
	const struct match_importer bounce = {.interconnect = INTERCONNECT_BOUNCE, .driver = "siw"};
	const struct match_exporter vfio = {.kind = MEM_VFIO}, host = {.kind = MEM_HOST},
				    fd = {.kind = MEM_FD};

	(void)state;
	assert_int_equal(eligible(&vfio, &bounce).answer, MATCH_YES);
	assert_int_equal(eligible(&host, &bounce).answer, MATCH_NO);
	assert_says(eligible(&host, &bounce).why, "needs none");
	assert_int_equal(eligible(&fd, &bounce).answer, MATCH_UNKNOWN);
}

static void vfio_memory_is_a_function_of_the_machine(void **state)
{
	struct topo *t = machine("pix");
	struct config_memory m = {.name = "accel",
				  .kind = MEM_VFIO,
				  .device = "pci/0000:1a:00.0",
				  .bar = -1,
				  .access = ACCESS_NOIOMMU,
				  .tph.index = -1,
				  .numa = CONFIG_NUMA_ANY};
	struct match_exporter x;

	(void)state;
	offers_exporter(t, &m, &x);
	assert_int_equal(x.fn, find(t, "1a:00.0"));
	assert_true(x.dmabuf);
	assert_false(x.va);
	assert_int_equal(x.open, MATCH_YES);
	assert_int_equal(x.tags, MATCH_UNKNOWN);
	assert_says(x.tags_why, "tph_feature");
	m.tph.index = 17;
	offers_exporter(t, &m, &x);
	assert_int_equal(x.tags, MATCH_YES);
	m.bar = 5;
	offers_exporter(t, &m, &x);
	assert_int_equal(x.open, MATCH_NO);
	assert_says(x.open_why, "BAR 5: absent");
	m.device = "pci/0000:99:00.0";
	offers_exporter(t, &m, &x);
	assert_int_equal(x.fn, MATCH_ELSEWHERE);
	assert_int_equal(x.open, MATCH_NO);
	assert_says(x.open_why, "no PCI function pci/0000:99:00.0");
	offers_exporter(NULL, &m, &x);
	assert_int_equal(x.open, MATCH_UNKNOWN);
	m.device = "pci/0000:1b:00.0"; /* no completer, whatever the config says */
	offers_exporter(t, &m, &x);
	assert_int_equal(x.tags, MATCH_NO);
	assert_says(x.tags_why, "no TPH completer");
	topo_close(t);
}

static void other_memory_is_system_memory_or_elsewhere(void **state)
{
	static const struct {
		int64_t kind;
		bool dmabuf, va;
		int fn;
		enum match_answer tags;
	} rows[] = {
		{MEM_HOST, false, true, MATCH_SYSTEM, MATCH_NO},
		{MEM_UDMABUF, true, true, MATCH_SYSTEM, MATCH_NO},
		{MEM_DMA_HEAP, true, true, MATCH_SYSTEM, MATCH_NO},
		{MEM_MEMFD, true, true, MATCH_SYSTEM, MATCH_YES},
		{MEM_FD, true, false, MATCH_ELSEWHERE, MATCH_NO},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct config_memory m = {.name = "m", .kind = rows[i].kind, .numa = 1};
		struct match_exporter x;

		offers_exporter(NULL, &m, &x);
		assert_int_equal(x.dmabuf, rows[i].dmabuf);
		assert_int_equal(x.va, rows[i].va);
		assert_int_equal(x.fn, rows[i].fn);
		assert_int_equal(x.tags, rows[i].tags);
		assert_int_equal(x.open, MATCH_YES);
		if (x.fn == MATCH_SYSTEM)
			assert_int_equal(x.node, 1);
	}
}

static void a_multipath_nic_offers_two_functions(void **state)
{
	struct topo *t = machine("data-direct");
	struct match_importer imp[OFFERS_IMPORTERS];
	int nic = find(t, "mlx5_0"), direct = topo_data_direct(t, nic);

	(void)state;
	assert_true(direct >= 0);
	assert_int_equal(offers_importers(t, nic, "mlx5_core", direct, imp), 3);
	assert_int_equal(imp[0].interconnect, INTERCONNECT_MAIN);
	assert_int_equal(imp[0].fn, nic);
	assert_int_equal(imp[1].interconnect, INTERCONNECT_DATA_DIRECT);
	assert_int_equal(imp[1].fn, direct);
	assert_int_equal(imp[1].node, topo_fn(t, (size_t)direct)->numa_node);
	assert_int_equal(imp[2].interconnect, INTERCONNECT_BOUNCE);
	assert_int_equal(imp[2].fn, nic);
	topo_close(t);
}

static void other_nics_offer_one_and_the_bounce(void **state)
{
	struct topo *t = machine("pix");
	struct match_importer imp[OFFERS_IMPORTERS];

	(void)state;
	assert_int_equal(offers_importers(t, find(t, "mlx5_0"), "mlx5_core", -1, imp), 2);
	assert_int_equal(imp[1].interconnect, INTERCONNECT_BOUNCE);
	assert_int_equal(offers_importers(t, -1, "software", -1, imp), 2);
	assert_true(imp[0].software && imp[1].software);
	assert_int_equal(imp[0].fn, -1);
	assert_int_equal(offers_importers(NULL, 3, "", 4, imp), 2);
	assert_int_equal(imp[0].fn, -1);
	topo_close(t);
}

/* Target and NIC behind a switch without ACS: one group, which the NIC's driver holds. */
static void a_group_in_use_is_told_with_its_user(void **state)
{
	struct topo *t = machine("group");
	char why[MATCH_WHY];

	(void)state;
	assert_int_equal(offers_vfio(t, find(t, "19:00.0"), ACCESS_AUTO, why), MATCH_NO);
	assert_says(why, "IOMMU group 9 also holds 0000:18:00.0, which mlx5_core uses");
	assert_says(why, "EPERM");
	assert_int_equal(offers_vfio(t, find(t, "1a:00.0"), ACCESS_AUTO, why), MATCH_YES);
	assert_string_equal(why, "");
	topo_close(t);
}

static void what_is_not_bound_is_told_with_the_command(void **state)
{
	struct topo *t = machine("pix");
	char why[MATCH_WHY];

	(void)state;
	assert_int_equal(offers_vfio(t, find(t, "1b:00.0"), ACCESS_AUTO, why), MATCH_NO);
	assert_says(why, "bound to nvme, not vfio-pci: `scripts/vfio-bind bind 0000:1b:00.0 --apply`");
	assert_int_equal(offers_vfio(t, find(t, "16:00.0"), ACCESS_AUTO, why), MATCH_NO);
	assert_says(why, "a bridge");
	assert_int_equal(offers_vfio(t, find(t, "19:00.0"), ACCESS_AUTO, why), MATCH_NO);
	assert_says(why, "access: noiommu");
	assert_int_equal(offers_vfio(t, find(t, "19:00.0"), ACCESS_NOIOMMU, why), MATCH_YES);
	topo_close(t);
}

static void bars_that_cannot_be_exported_say_why(void **state)
{
	struct topo_fn f = {.cfg.bytes = 4096};
	char why[MATCH_WHY];

	(void)state;
	f.bar[0] = (struct topo_bar){.bytes = 2048};
	f.bar[1] = (struct topo_bar){.io = true};
	f.bar[2] = (struct topo_bar){.bytes = 1 << 20};
	f.cfg.msix.has = true;
	f.cfg.msix.vectors = 300;
	f.cfg.msix.table_bar = f.cfg.msix.pba_bar = 2;
	f.cfg.msix.table = 0x2000;
	f.cfg.msix.pba = 0x8010;
	assert_int_equal(offers_bar(&f, 0, why), MATCH_NO);
	assert_says(why, "smaller than a page");
	assert_int_equal(offers_bar(&f, 1, why), MATCH_NO);
	assert_says(why, "I/O");
	assert_int_equal(offers_bar(&f, 2, why), MATCH_YES);
	assert_says(why, "but for the MSI-X table at 0x2000..0x4000 and the MSI-X pending bits at "
			 "0x8000..0x9000");
	assert_int_equal(offers_bar(&f, 3, why), MATCH_NO);
	assert_says(why, "absent");
	f.cfg.bytes = 64;
	f.cfg.msix.has = false;
	assert_int_equal(offers_bar(&f, 2, why), MATCH_YES);
	assert_says(why, "run as root");
	f.cfg.bytes = 0;
	assert_int_equal(offers_bar(&f, 3, why), MATCH_UNKNOWN);
}

/* Where the tables lie is in config space: a capability list of one. */
static void msix_tables_are_read_from_config_space(void **state)
{
	uint8_t cfg[256] = {[0] = 0x34, [1] = 0x12, [0x06] = 0x10, [0x34] = 0x50};
	struct config_space c;

	(void)state;
	memcpy(&cfg[0x50], (uint8_t[]){0x11, 0, 0x2b, 0x81, 0x02, 0x20, 0, 0, 0x04, 0x80, 0x01, 0}, 12);
	c = config_space_parse(cfg, sizeof(cfg));
	assert_true(c.msix.has);
	assert_int_equal(c.msix.vectors, 0x12c); /* 0x12b + 1; the enable bit is none of it */
	assert_int_equal(c.msix.table_bar, 2);
	assert_int_equal(c.msix.table, 0x2000);
	assert_int_equal(c.msix.pba_bar, 4);
	assert_int_equal(c.msix.pba, 0x18000);
	assert_false(config_space_parse(cfg, 0x5a).msix.has); /* cut off */
	cfg[0x06] = 0;
	assert_false(config_space_parse(cfg, sizeof(cfg)).msix.has);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_listed_driver_has_its_answer),
		cmocka_unit_test(data_direct_takes_system_memory_only),
		cmocka_unit_test(a_received_descriptor_is_whatever_it_is),
		cmocka_unit_test(a_bounce_is_for_what_host_memory_is_not),
		cmocka_unit_test(vfio_memory_is_a_function_of_the_machine),
		cmocka_unit_test(other_memory_is_system_memory_or_elsewhere),
		cmocka_unit_test(a_multipath_nic_offers_two_functions),
		cmocka_unit_test(other_nics_offer_one_and_the_bounce),
		cmocka_unit_test(a_group_in_use_is_told_with_its_user),
		cmocka_unit_test(what_is_not_bound_is_told_with_the_command),
		cmocka_unit_test(bars_that_cannot_be_exported_say_why),
		cmocka_unit_test(msix_tables_are_read_from_config_space),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
