// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * What of a BAR may be exported. The kernel lets the MSI-X table out with the rest; a NIC that writes there
 * turns its data into interrupts, so pages of the table and of the pending bits are refused here.
 */
#include "mem/vfio/device.h"

#include <errno.h>
#include <linux/pci_regs.h>
#include <stdio.h>
#include <unistd.h>

#include "base/err.h"
#include "base/units.h"
#include "topo/config_space.h"
#include "topo/topo.h"

struct span {
	uint64_t from, to;
};

/* What of the BAR is taken, in whole pages and ascending; at most two pieces. */
struct taken {
	struct span span[2];
	size_t n;
};

static void take(struct taken *t, uint64_t from, uint64_t bytes, uint64_t page)
{
	struct span s = {from / page * page, (from + bytes + page - 1) / page * page};

	if (t->n == 1 && t->span[0].from > s.from) {
		t->span[1] = t->span[0];
		t->span[0] = s;
	} else {
		t->span[t->n] = s;
	}
	t->n++;
}

static int read_taken(struct vfio_device *d, int64_t bar, uint64_t page, struct taken *t, struct err *e)
{
	uint8_t config[PCI_CFG_SPACE_SIZE];
	struct config_space cs;
	int rc = vfio_config_read(d, 0, config, sizeof(config), e);

	*t = (struct taken){0};
	if (rc)
		return rc;
	cs = config_space_parse(config, sizeof(config));
	if (cs.msix.has && cs.msix.table_bar == bar)
		take(t, cs.msix.table, cs.msix.vectors * (uint64_t)PCI_MSIX_ENTRY_SIZE, page);
	if (cs.msix.has && cs.msix.pba_bar == bar)
		take(t, cs.msix.pba, ((uint64_t)cs.msix.vectors + 63) / 64 * 8, page);
	return 0;
}

static size_t add_free(char *out, size_t len, size_t at, uint64_t from, uint64_t to)
{
	char a[UNITS_TEXT], b[UNITS_TEXT];

	if (from >= to || at >= len)
		return at;
	return at + (size_t)snprintf(out + at, len - at, "%s{offset: %s, length: %s}", at ? ", " : "",
				     units_size_text(a, (int64_t)from),
				     units_size_text(b, (int64_t)(to - from)));
}

/* What could be asked for instead, as it is written in a config. */
static int hint_free(const struct vfio_region *bar, const struct taken *t, uint64_t page, int rc,
		     struct err *e)
{
	uint64_t at = 0, end = bar->size / page * page;
	char text[256] = "";
	size_t len = 0;

	for (size_t i = 0; i < t->n; i++) {
		len = add_free(text, sizeof(text), len, at, t->span[i].from < end ? t->span[i].from : end);
		at = t->span[i].to > at ? t->span[i].to : at;
	}
	add_free(text, sizeof(text), len, at, end);
	if (!text[0])
		return err_hint(e, rc, "nothing of this BAR can be exported; another one? lspci -v");
	return err_hint(e, rc, "what there is: ranges: [%s]%s", text,
			t->n ? "; the rest holds the MSI-X table or its pending bits" : "");
}

static int check_range(const struct vfio_region *bar, const struct taken *t, const struct config_range *r,
		       uint64_t page, const char **why)
{
	uint64_t from = (uint64_t)r->offset, bytes = (uint64_t)r->length;

	if (r->offset < 0 || r->length <= 0 || from % page || bytes % page)
		*why = "offset and length have to be multiples of a page, the length not 0";
	else if (from > bar->size || bytes > bar->size - from)
		*why = "it does not end within the BAR";
	for (size_t i = 0; i < t->n && !*why; i++)
		if (from < t->span[i].to && t->span[i].from < from + bytes)
			*why = "it has the MSI-X table or its pending bits in it";
	return *why ? -EINVAL : 0;
}

static int check_bar(struct vfio_device *d, int64_t bar, uint64_t page, struct err *e)
{
	char addr[TOPO_ADDR], size[UNITS_TEXT];
	uint8_t raw[4];
	int rc;

	topo_addr_text(addr, d->fn->addr);
	if (bar < 0 || bar >= VFIO_BARS || !d->bar[bar].size) {
		err_set(e, -EINVAL, "pci/%s: it has no BAR %lld", addr, (long long)bar);
		return err_hint(e, -EINVAL, "those it has: lspci -v -s %s; a 64-bit BAR has the lower number",
				addr);
	}
	rc = vfio_config_read(d, PCI_BASE_ADDRESS_0 + 4 * (uint64_t)bar, raw, sizeof(raw), e);
	if (rc)
		return rc;
	if (raw[0] & PCI_BASE_ADDRESS_SPACE_IO)
		return err_set(e, -EINVAL, "pci/%s: BAR %lld is I/O space, which cannot be exported", addr,
			       (long long)bar);
	if (d->bar[bar].size < page)
		return err_set(e, -EINVAL, "pci/%s: BAR %lld has %s, less than a page: it cannot be exported",
			       addr, (long long)bar, units_size_text(size, (int64_t)d->bar[bar].size));
	return 0;
}

int vfio_bar_check(struct vfio_device *d, int64_t bar, const struct config_range *range, size_t n,
		   struct err *e)
{
	uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE);
	char addr[TOPO_ADDR], size[UNITS_TEXT];
	const char *why = NULL;
	uint64_t total = 0;
	struct taken taken;
	int rc = vfio_dead(d) ? vfio_closed(d, e) : check_bar(d, bar, page, e);

	if (!rc)
		rc = read_taken(d, bar, page, &taken, e);
	if (rc)
		return rc;
	topo_addr_text(addr, d->fn->addr);
	if (!n) {
		err_set(e, -EINVAL, "pci/%s: no range of BAR %lld is asked for", addr, (long long)bar);
		return hint_free(&d->bar[bar], &taken, page, -EINVAL, e);
	}
	for (size_t i = 0; i < n; i++) {
		if (!check_range(&d->bar[bar], &taken, &range[i], page, &why)) {
			total += (uint64_t)range[i].length;
			if (total <= INT64_MAX)
				continue;
			why = "all ranges together are too long";
		}
		err_set(e, -EINVAL, "pci/%s: range 0x%llx + 0x%llx of BAR %lld (%s): %s", addr,
			(long long)range[i].offset, (long long)range[i].length, (long long)bar,
			units_size_text(size, (int64_t)d->bar[bar].size), why);
		return hint_free(&d->bar[bar], &taken, page, -EINVAL, e);
	}
	return 0;
}
