/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef P2P_BENCH_TLP_H
#define P2P_BENCH_TLP_H

/*
 * What a PCIe analyzer should show of one message: PCI Express Base Specification 2.2 (headers), 2.2.7.1
 * (TPH), in flit mode 2.2 (OHC-B). Pure. Nothing here has seen an analyzer; the one capture that was
 * published (v7 cover letter of the TPH series, 2026-06-11) agrees with the flit mode case.
 */

#include <stdbool.h>
#include <stdint.h>

#include "topo/tags.h"

/**
 * struct tlp_ask - one message and who sends it
 * @write: else a read request
 * @bytes: of the message; @most: Max_Payload_Size, of reads Max_Read_Request_Size, 0 unknown
 * @cut: path MTU, at which the message is cut first, 0 = not
 * @addr_bits: 64 when the address is above 4 GiB, 32 below, 0 unknown
 * @flit: the NIC's link runs in flit mode
 * @tags: what the NIC can send; @target: widest tags that the target takes
 * @tph, @st, @st_ext, @ph, @tph_cpu: as the axes
 */
struct tlp_ask {
	bool write, flit;
	uint64_t bytes;
	unsigned int most, cut, addr_bits;
	struct topo_tags tags;
	enum tags_width target;
	int64_t tph, st, st_ext, ph, tph_cpu;
};

/* Where in a TLP its hint is, or why there is none. */
enum tlp_carrier {
	TLP_NO_HINT,
	TLP_NOT_SET,	/* VFIO refuses the tag: the target takes none of its width */
	TLP_NOT_ASKED,	/* the tag is of the namespace that the NIC does not ask for */
	TLP_NOT_SENT,	/* the NIC sends no tags: tlp_ask.tags.why */
	TLP_TAG,	/* of writes */
	TLP_ENABLES,	/* of reads */
	TLP_PREFIX_TAG, /* 16-bit tags */
	TLP_PREFIX_ENABLES,
	TLP_OHC_B, /* flit mode */
	TLP_CARRIERS
};

/* "Tag", "prefix+Tag", ...; and the whole sentence. */
const char *tlp_carrier_name(enum tlp_carrier c);
const char *tlp_carrier_about(enum tlp_carrier c);

/**
 * struct tlp - its TLPs
 * @name: "MWr64"; @code: Fmt and Type of the first byte, -1 = width unknown, or flit mode
 * @full, @full_dw: TLPs of the largest payload and their Length in DW; @rest_dw: Length of a last one, 0 =
 *	none; full_dw and rest_dw 0 = unknown
 * @th: TH bit: 0, 1, -1 unknown
 * @ph: 0..3, -1 = none; @st: the tag as sent, -1 = none or unknown; @wide: it has 16 bits
 */
struct tlp {
	char name[8];
	int code;
	uint64_t full;
	unsigned int full_dw, rest_dw;
	int th, ph, st;
	bool wide;
	enum tlp_carrier carrier;
};

struct tlp tlp_expect(const struct tlp_ask *a);

/* Requester ID field: bus, device and function. */
unsigned int tlp_requester(struct topo_addr a);

#endif
