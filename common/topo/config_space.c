// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "topo/config_space.h"

#include <linux/pci_regs.h>

/* Younger than the headers of Debian 12 (include/uapi/linux/pci_regs.h, 6.14). */
#define LNKSTA2_FLIT	 0x0400
#define EXT_CAP_ID_DEV3	 0x2f
#define DEV3_STA	 0x0c
#define DEV3_STA_SEGMENT 0x8
#define DEVCAP2_PREFIX	 0x00200000
#define DEVCTL2_TAG10	 0x1000

enum {
	HEADER = 0x40,
	STANDARD = 0x100,
	CAPS_MAX = 48,	    /* (256 - 64) / 4 */
	EXT_CAPS_MAX = 480, /* (4096 - 256) / 8 */
	ALL_ONES = 0xffff,  /* what a function that is gone answers */
};

struct bytes {
	const uint8_t *data;
	size_t len;
};

static uint32_t get(const struct bytes *b, size_t at, size_t n)
{
	uint32_t v = 0;

	for (size_t i = 0; at + n <= b->len && i < n; i++)
		v |= (uint32_t)b->data[at + i] << 8 * i;
	return v;
}

static bool within(const struct bytes *b, size_t at, size_t n)
{
	return at + n <= b->len;
}

/* Offset of capability @id, 0 = not there. */
static size_t find_cap(const struct bytes *b, uint8_t id, bool *broken)
{
	size_t at;

	if (!(get(b, PCI_STATUS, 2) & PCI_STATUS_CAP_LIST))
		return 0;
	at = get(b, PCI_CAPABILITY_LIST, 1) & ~3u;
	for (int i = 0; at; i++) {
		if (at < HEADER || i == CAPS_MAX) {
			*broken = true;
			return 0;
		}
		if (!within(b, at, 2)) /* not readable is not broken */
			return 0;
		if (get(b, at, 1) == id)
			return at;
		at = get(b, at + PCI_CAP_LIST_NEXT, 1) & ~3u;
	}
	return 0;
}

static size_t find_ext(const struct bytes *b, uint16_t id, bool *broken)
{
	size_t at = STANDARD;

	for (int i = 0; at && within(b, at, 4); i++) {
		uint32_t head = get(b, at, 4);

		if (!head || head == UINT32_MAX)
			return 0;
		if (i == EXT_CAPS_MAX) {
			*broken = true;
			return 0;
		}
		if (PCI_EXT_CAP_ID(head) == id)
			return at;
		at = PCI_EXT_CAP_NEXT(head);
		if (at && at < STANDARD) {
			*broken = true;
			return 0;
		}
	}
	return 0;
}

static void parse_link(const struct bytes *b, size_t at, struct config_space *c)
{
	uint32_t cap = get(b, at + PCI_EXP_LNKCAP, 4), sta = get(b, at + PCI_EXP_LNKSTA, 2);

	c->exp.gen_max = cap & PCI_EXP_LNKCAP_SLS;
	c->exp.width_max = (cap & PCI_EXP_LNKCAP_MLW) >> 4;
	c->exp.gen = sta & PCI_EXP_LNKSTA_CLS;
	c->exp.width = (sta & PCI_EXP_LNKSTA_NLW) >> PCI_EXP_LNKSTA_NLW_SHIFT;
	c->exp.rcb = get(b, at + PCI_EXP_LNKCTL, 2) & PCI_EXP_LNKCTL_RCB ? 128 : 64;
}

static void parse_express(const struct bytes *b, struct config_space *c)
{
	enum { CAP_V2_BYTES = 0x3c };
	size_t at = find_cap(b, PCI_CAP_ID_EXP, &c->broken);
	uint32_t flags, ctl, cap2, ctl2;

	if (!at || !within(b, at, PCI_EXP_LNKSTA + 2))
		return;
	flags = get(b, at + PCI_EXP_FLAGS, 2);
	ctl = get(b, at + PCI_EXP_DEVCTL, 2);
	c->exp.has = true;
	c->exp.type = (int)((flags & PCI_EXP_FLAGS_TYPE) >> 4);
	c->exp.mps_max = 128u << (get(b, at + PCI_EXP_DEVCAP, 4) & PCI_EXP_DEVCAP_PAYLOAD);
	c->exp.mps = 128u << ((ctl & PCI_EXP_DEVCTL_PAYLOAD) >> 5);
	c->exp.mrrs = 128u << ((ctl & PCI_EXP_DEVCTL_READRQ) >> 12);
	c->exp.relaxed_ordering = ctl & PCI_EXP_DEVCTL_RELAX_EN;
	c->exp.ext_tag = ctl & PCI_EXP_DEVCTL_EXT_TAG;
	c->exp.devsta = get(b, at + PCI_EXP_DEVSTA, 2);
	parse_link(b, at, c);
	if ((flags & PCI_EXP_FLAGS_VERS) < 2 || !within(b, at, CAP_V2_BYTES))
		return;
	cap2 = get(b, at + PCI_EXP_DEVCAP2, 4);
	ctl2 = get(b, at + PCI_EXP_DEVCTL2, 2);
	c->exp.tph_completer = cap2 >> 12 & 1 ? (int)(cap2 >> 12 & 3) : 0; /* 2 is reserved */
	c->exp.prefix = cap2 & DEVCAP2_PREFIX;
	c->exp.ido_request = ctl2 & PCI_EXP_DEVCTL2_IDO_REQ_EN;
	c->exp.ido_completion = ctl2 & PCI_EXP_DEVCTL2_IDO_CMP_EN;
	c->exp.tag10 = ctl2 & DEVCTL2_TAG10;
	c->exp.flit = get(b, at + PCI_EXP_LNKSTA2, 2) & LNKSTA2_FLIT;
}

static void parse_acs(const struct bytes *b, struct config_space *c)
{
	size_t at = find_ext(b, PCI_EXT_CAP_ID_ACS, &c->broken);

	if (!at || !within(b, at, PCI_ACS_CTRL + 2))
		return;
	c->acs.has = true;
	c->acs.cap = get(b, at + PCI_ACS_CAP, 2);
	c->acs.ctrl = get(b, at + PCI_ACS_CTRL, 2);
}

static void parse_ats(const struct bytes *b, struct config_space *c)
{
	size_t at = find_ext(b, PCI_EXT_CAP_ID_ATS, &c->broken);

	if (!at || !within(b, at, PCI_ATS_CTRL + 2))
		return;
	c->ats.has = true;
	c->ats.enabled = get(b, at + PCI_ATS_CTRL, 2) & PCI_ATS_CTRL_ENABLE;
}

static void parse_tph(const struct bytes *b, struct config_space *c)
{
	size_t at = find_ext(b, PCI_EXT_CAP_ID_TPH, &c->broken);
	uint32_t cap, ctrl;

	if (!at || !within(b, at, 12))
		return;
	cap = get(b, at + 4, 4);
	ctrl = get(b, at + 8, 4);
	c->tph.has = true;
	c->tph.no_st = cap & 1;
	c->tph.interrupt_vector = cap & 2;
	c->tph.device_specific = cap & 4;
	c->tph.extended = cap & 0x100;
	c->tph.table = (int)(cap >> 9 & 3);
	c->tph.entries = c->tph.table ? (cap >> 16 & 0x7ff) + 1 : 0;
	c->tph.mode = (int)(ctrl & 7);
	c->tph.enable = (int)(ctrl >> 8 & 3);
}

static void parse_msix(const struct bytes *b, struct config_space *c)
{
	size_t at = find_cap(b, PCI_CAP_ID_MSIX, &c->broken);
	uint32_t table, pba;

	if (!at || !within(b, at, PCI_CAP_MSIX_SIZEOF))
		return;
	table = get(b, at + PCI_MSIX_TABLE, 4);
	pba = get(b, at + PCI_MSIX_PBA, 4);
	c->msix.has = true;
	c->msix.vectors = (get(b, at + PCI_MSIX_FLAGS, 2) & PCI_MSIX_FLAGS_QSIZE) + 1;
	c->msix.table_bar = (int)(table & PCI_MSIX_TABLE_BIR);
	c->msix.table = table & PCI_MSIX_TABLE_OFFSET;
	c->msix.pba_bar = (int)(pba & PCI_MSIX_PBA_BIR);
	c->msix.pba = pba & PCI_MSIX_PBA_OFFSET;
}

static void parse_rest(const struct bytes *b, struct config_space *c)
{
	size_t aer = find_ext(b, PCI_EXT_CAP_ID_ERR, &c->broken);
	size_t dev3 = find_ext(b, EXT_CAP_ID_DEV3, &c->broken);

	if (aer && within(b, aer, PCI_ERR_CAP + 4)) {
		c->aer.has = true;
		c->aer.ecrc = get(b, aer + PCI_ERR_CAP, 4) & PCI_ERR_CAP_ECRC_GENE;
		c->aer.correctable = get(b, aer + PCI_ERR_COR_STATUS, 4);
		c->aer.uncorrectable = get(b, aer + PCI_ERR_UNCOR_STATUS, 4);
	}
	if (dev3 && within(b, dev3, DEV3_STA + 4)) {
		c->dev3.has = true;
		c->dev3.flit_segment = get(b, dev3 + DEV3_STA, 4) & DEV3_STA_SEGMENT;
	}
}

struct config_space config_space_parse(const uint8_t *data, size_t len)
{
	struct bytes b = {.data = data, .len = len};
	struct config_space c = {.bytes = (unsigned int)len};

	if (len < HEADER || get(&b, PCI_VENDOR_ID, 2) == ALL_ONES) {
		c.broken = true;
		return c;
	}
	c.bridge = (get(&b, PCI_HEADER_TYPE, 1) & 0x7f) == PCI_HEADER_TYPE_BRIDGE;
	c.memory = get(&b, PCI_COMMAND, 2) & PCI_COMMAND_MEMORY;
	if (len <= HEADER)
		return c;
	parse_express(&b, &c);
	parse_msix(&b, &c);
	if (len <= STANDARD)
		return c;
	parse_acs(&b, &c);
	parse_ats(&b, &c);
	parse_tph(&b, &c);
	parse_rest(&b, &c);
	return c;
}
