/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef P2P_TOPO_CONFIG_SPACE_H
#define P2P_TOPO_CONFIG_SPACE_H

/*
 * Facts out of the bytes of a PCI function's config space (offsets: <linux/pci_regs.h>). Pure; any bytes are
 * accepted: capability lists may loop, be cut off or point nowhere. Fuzzed.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/**
 * struct config_space - what was found; a capability that is not there, or not within @bytes, has its `has`
 * false
 * @bytes: how much was readable: 64 for users without root, 256 or 4096 for root
 * @broken: a list looped or pointed outside; what stands before that is still meant
 */
struct config_space {
	unsigned int bytes;
	bool broken;
	bool bridge; /* header type 1 */
	bool memory; /* memory space enabled: BARs answer */
	struct {
		bool has;
		int type;			 /* PCI_EXP_TYPE_* */
		unsigned int mps, mps_max, mrrs; /* bytes */
		unsigned int rcb;		 /* bytes: 64 or 128 */
		unsigned int devsta;		 /* Device Status, PCI_EXP_DEVSTA_* */
		bool relaxed_ordering, ext_tag, flit;
		unsigned int gen, width; /* current, 0 = link down or none */
		unsigned int gen_max, width_max;
		bool tag10, ido_request, ido_completion;
		int tph_completer; /* 0 none (or reserved), 1 TPH, 3 TPH and extended TPH (16-bit tags) */
		bool prefix;	   /* end-end TLP prefixes supported */
	} exp;
	struct {
		bool has;
		unsigned int cap, ctrl; /* PCI_ACS_* */
	} acs;
	struct {
		bool has, enabled;
	} ats;
	/* TPH requester. */
	struct {
		bool has;
		bool no_st, interrupt_vector, device_specific, extended; /* modes it can */
		int table;	      /* 0 none, 1 in the capability, 2 in the MSI-X table */
		unsigned int entries; /* of that table */
		int mode;	      /* 0 no ST, 1 interrupt vector, 2 device specific */
		int enable;	      /* 0 off, 1 8-bit tags, 3 16-bit tags too */
	} tph;
	struct {
		bool has;
		bool ecrc; /* ECRC generation enabled */
		uint32_t correctable, uncorrectable;
	} aer;
	/* MSI-X: where its table and its pending bits lie. */
	struct {
		bool has;
		int table_bar, pba_bar;
		uint32_t table, pba;  /* offsets in those BARs */
		unsigned int vectors; /* table entries of 16 bytes, a pending bit each */
	} msix;
	struct {
		bool has;
		bool flit_segment; /* flit mode end to end below this port */
	} dev3;
};

/* @len: 0 .. 4096 bytes of config space from offset 0. */
struct config_space config_space_parse(const uint8_t *data, size_t len);

#endif
