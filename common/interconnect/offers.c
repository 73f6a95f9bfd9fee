// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "interconnect/offers.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"

enum { PAGE = 4096, CONFIG_UNPRIVILEGED = 64 };

/* A function of the group of @fn that a kernel driver uses for DMA, -1 = none. */
static int hinders(const struct topo *t, int fn)
{
	int group = topo_fn(t, (size_t)fn)->iommu_group;

	for (size_t i = 0; i < topo_len(t); i++)
		if ((int)i != fn && topo_fn(t, i)->iommu_group == group && !topo_spares_group(topo_fn(t, i)))
			return (int)i;
	return -1;
}

static void say_unbound(const struct topo_fn *f, char *why)
{
	char addr[TOPO_ADDR];

	topo_addr_text(addr, f->addr);
	snprintf(why, MATCH_WHY,
		 "%s%s, not vfio-pci: `scripts/vfio-bind bind %s --apply`, or `driverctl "
		 "set-override %s vfio-pci`",
		 f->driver[0] ? "bound to " : "bound to no driver", f->driver, addr, addr);
}

static void say_group(const struct topo *t, int fn, int other, char *why)
{
	const struct topo_fn *f = topo_fn(t, (size_t)fn), *o = topo_fn(t, (size_t)other);
	char addr[TOPO_ADDR];

	snprintf(why, MATCH_WHY,
		 "IOMMU group %d also holds %s, which %s uses: VFIO refuses the group (EPERM) until that is "
		 "unbound, or the groups are apart (ACS at boot: docs/tph.md)",
		 f->iommu_group, topo_addr_text(addr, o->addr), o->driver);
}

enum match_answer offers_vfio(const struct topo *t, int fn, int64_t access, char why[MATCH_WHY])
{
	const struct topo_fn *f = topo_fn(t, (size_t)fn);
	int other;

	why[0] = '\0';
	if (f->cfg.bridge) {
		snprintf(why, MATCH_WHY, "a bridge: VFIO gives out endpoints only");
		return MATCH_NO;
	}
	if (!f->cfg.bytes) {
		snprintf(why, MATCH_WHY, "driver and IOMMU group are not known of this machine");
		return MATCH_UNKNOWN;
	}
	if (!strstr(f->driver, "vfio")) {
		say_unbound(f, why);
		return MATCH_NO;
	}
	if (f->iommu_group < 0 && access == ACCESS_NOIOMMU)
		return MATCH_YES;
	if (f->iommu_group < 0) {
		snprintf(why, MATCH_WHY,
			 "no IOMMU group: the IOMMU is off; VFIO then has its no-IOMMU mode only (access: "
			 "noiommu)");
		return MATCH_NO;
	}
	other = hinders(t, fn);
	if (other < 0)
		return MATCH_YES;
	say_group(t, fn, other, why);
	return MATCH_NO;
}

/* First and last page of @n bytes at @at. */
static void add_pages(char *why, const char *what, uint64_t at, uint64_t n)
{
	uint64_t first = at / PAGE * PAGE, end = (at + n + PAGE - 1) / PAGE * PAGE;
	size_t len = strlen(why);

	snprintf(why + len, MATCH_WHY - len, "%s the MSI-X %s at 0x%" PRIx64 "..0x%" PRIx64,
		 len ? " and" : "but for", what, first, end);
}

enum match_answer offers_bar(const struct topo_fn *f, int bar, char why[MATCH_WHY])
{
	const struct topo_bar *b = &f->bar[bar];

	why[0] = '\0';
	if (b->io) {
		snprintf(why, MATCH_WHY, "an I/O BAR; only memory can be exported");
		return MATCH_NO;
	}
	if (!b->bytes) {
		snprintf(why, MATCH_WHY, "%s", f->cfg.bytes ? "absent" : "not known of this machine");
		return f->cfg.bytes ? MATCH_NO : MATCH_UNKNOWN;
	}
	if (b->bytes < PAGE) {
		snprintf(why, MATCH_WHY, "smaller than a page (%d bytes)", PAGE);
		return MATCH_NO;
	}
	if (f->cfg.msix.has && f->cfg.msix.table_bar == bar)
		add_pages(why, "table", f->cfg.msix.table, f->cfg.msix.vectors * 16ull);
	if (f->cfg.msix.has && f->cfg.msix.pba_bar == bar)
		add_pages(why, "pending bits", f->cfg.msix.pba, (f->cfg.msix.vectors + 63ull) / 64 * 8);
	if (f->cfg.bytes <= CONFIG_UNPRIVILEGED)
		snprintf(why, MATCH_WHY, "where the MSI-X table is, is unknown (run as root)");
	return MATCH_YES;
}

/* An index is what a user vouches for; whether the kernel has the feature there is found when it is opened.
 */
static void vfio_tags(const struct topo_fn *f, const struct config_memory *m, struct match_exporter *out)
{
	if (f && f->cfg.bytes > CONFIG_UNPRIVILEGED && !f->cfg.exp.tph_completer) {
		out->tags = MATCH_NO;
		out->tags_why = "the target is no TPH completer (DevCap2)";
	} else if (m->tph.index < 0) {
		out->tags = MATCH_UNKNOWN;
		out->tags_why = "no tph_feature in the config: only a build whose kernel headers name the "
				"feature can set tags";
	} else {
		out->tags = MATCH_YES;
		out->tags_why = "";
	}
}

static void offer_vfio(const struct topo *t, const struct config_memory *m, struct match_exporter *out)
{
	int fn = t && m->device ? topo_find(t, m->device) : -1;
	const struct topo_fn *f = fn < 0 ? NULL : topo_fn(t, (size_t)fn);
	char why[MATCH_WHY];

	out->fn = f ? fn : MATCH_ELSEWHERE;
	out->node = f ? f->numa_node : -1;
	vfio_tags(f, m, out);
	if (!f) {
		out->open = t ? MATCH_NO : MATCH_UNKNOWN;
		snprintf(out->open_why, sizeof(out->open_why),
			 t ? "no PCI function %.60s on %.100s" : "nothing is known of the machine of %.60s",
			 m->device ? m->device : "", t ? topo_source(t) : "");
		return;
	}
	out->open = offers_vfio(t, fn, m->access, out->open_why);
	if (out->open == MATCH_YES && m->bar >= 0 && m->bar < TOPO_BARS &&
	    offers_bar(f, (int)m->bar, why) == MATCH_NO) {
		out->open = MATCH_NO;
		snprintf(out->open_why, sizeof(out->open_why), "BAR %d: %.200s", (int)m->bar, why);
	}
}

void offers_exporter(const struct topo *t, const struct config_memory *m, struct match_exporter *out)
{
	*out = (struct match_exporter){
		.name = m->name,
		.kind = m->kind,
		.fn = MATCH_SYSTEM,
		.node = m->numa >= 0 ? (int)m->numa : -1,
		.dmabuf = m->kind != MEM_HOST,
		.va = m->kind != MEM_VFIO && m->kind != MEM_FD,
		.open = MATCH_YES,
		.tags = MATCH_NO,
		.tags_why = "exporters of system memory set no steering tags",
	};
	switch (m->kind) {
	case MEM_HOST:
		out->tags_why = "host memory by address has no exporter that could set a tag";
		break;
	case MEM_MEMFD:
		out->tags = MATCH_YES;
		out->tags_why = "";
		break;
	case MEM_FD:
		out->fn = MATCH_ELSEWHERE;
		out->tags_why = "tags are set by who owns the device: it sent the descriptor";
		break;
	case MEM_VFIO:
		offer_vfio(t, m, out);
		break;
	default:
		break;
	}
}

size_t offers_importers(const struct topo *t, int nic_fn, const char *driver, int data_direct,
			struct match_importer out[OFFERS_IMPORTERS])
{
	struct match_importer main = {
		.interconnect = INTERCONNECT_MAIN,
		.driver = driver,
		.fn = t ? nic_fn : -1,
		.node = t && nic_fn >= 0 ? topo_fn(t, (size_t)nic_fn)->numa_node : -1,
		.software = !strcmp(driver, "software"),
	};
	size_t n = 0;

	out[n++] = main;
	if (t && !main.software &&
	    (data_direct >= 0 || (nic_fn >= 0 && topo_data_direct_unknown(t, nic_fn)))) {
		out[n] = main;
		out[n].interconnect = INTERCONNECT_DATA_DIRECT;
		out[n].fn = data_direct;
		out[n].node = data_direct >= 0 ? topo_fn(t, (size_t)data_direct)->numa_node : -1;
		n++;
	}
	out[n] = main;
	out[n++].interconnect = INTERCONNECT_BOUNCE;
	return n;
}
