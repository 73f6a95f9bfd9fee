// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "tlp.h"

#include <stdio.h>

#include "config/keys.h"

enum { DW = 4, FMT_DATA = 0x40, FMT_4DW = 0x20 };

unsigned int tlp_requester(struct topo_addr a)
{
	return (unsigned int)a.bus << 8 | (unsigned int)a.dev << 3 | a.fn;
}

static void name_type(const struct tlp_ask *a, struct tlp *out)
{
	snprintf(out->name, sizeof(out->name), "%s%s", a->write ? "MWr" : "MRd",
		 a->addr_bits == 64   ? "64"
		 : a->addr_bits == 32 ? "32"
				      : "");
	out->code = !a->addr_bits || a->flit ? -1
					     : (a->write ? FMT_DATA : 0) | (a->addr_bits == 64 ? FMT_4DW : 0);
}

static unsigned int dwords(uint64_t bytes)
{
	return (unsigned int)((bytes + DW - 1) / DW);
}

/* Of a message that begins on a boundary of the largest payload. */
static void cut_message(const struct tlp_ask *a, struct tlp *out)
{
	uint64_t most = a->cut && a->cut < a->most ? a->cut : a->most;

	if (!most)
		return;
	out->full = a->bytes / most;
	out->full_dw = out->full ? dwords(most) : 0;
	out->rest_dw = dwords(a->bytes % most);
}

static const struct {
	const char *name, *about;
} carriers[TLP_CARRIERS] = {
	[TLP_NO_HINT] = {"-", "no hint was asked: TH=0"},
	[TLP_NOT_SET] = {"not set", "VFIO refuses to set it, and the run skips it: the target takes no tags "
				    "of that width (DevCap2)"},
	[TLP_NOT_ASKED] = {"not asked", "TH=0: the NIC asks the exporter for tags of the other width"},
	[TLP_NOT_SENT] = {"not sent", "TH=0: this NIC sends no tags"},
	[TLP_TAG] = {"Tag", "ST in the Tag field, PH in bits 1:0 of the address"},
	[TLP_ENABLES] = {"BE", "ST in the byte enables, PH in bits 1:0 of the address"},
	[TLP_PREFIX_TAG] = {"prefix+Tag",
			    "ST[15:8] in the TPH prefix (first byte 0x90), ST[7:0] in the Tag field, PH in "
			    "bits 1:0 of the address"},
	[TLP_PREFIX_ENABLES] = {"prefix+BE",
				"ST[15:8] in the TPH prefix (first byte 0x90), ST[7:0] in the byte enables, "
				"PH in bits 1:0 of the address"},
	[TLP_OHC_B] = {"OHC-B", "flit mode: ST, PH and HV in the header content OHC-B, one DW more"},
};

const char *tlp_carrier_name(enum tlp_carrier c)
{
	return carriers[c].name;
}

const char *tlp_carrier_about(enum tlp_carrier c)
{
	return carriers[c].about;
}

static void no_hint(struct tlp *out, enum tlp_carrier why)
{
	out->th = 0;
	out->ph = out->st = -1;
	out->carrier = why;
}

static void place_hint(const struct tlp_ask *a, struct tlp *out)
{
	out->th = 1;
	if (a->flit)
		out->carrier = TLP_OHC_B;
	else if (out->wide)
		out->carrier = a->write ? TLP_PREFIX_TAG : TLP_PREFIX_ENABLES;
	else
		out->carrier = a->write ? TLP_TAG : TLP_ENABLES;
}

/* The importer asks for one namespace, the one that is on; without a tag in it nothing is sent. */
static void hint_of_exporter(const struct tlp_ask *a, struct tlp *out)
{
	enum tags_width on = tags_namespace(&a->tags);

	if (on == TAGS_UNKNOWN)
		on = a->st_ext == AXIS_EMPTY ? TAGS_8 : TAGS_16;
	out->wide = on == TAGS_16;
	out->ph = a->ph == AXIS_EMPTY ? 0 : (int)a->ph;
	if (a->target == TAGS_OFF || (a->target == TAGS_8 && a->st_ext != AXIS_EMPTY)) {
		no_hint(out, TLP_NOT_SET);
	} else if (on == TAGS_OFF) {
		no_hint(out, TLP_NOT_SENT);
	} else if ((out->wide ? a->st_ext : a->st) == AXIS_EMPTY) {
		no_hint(out, TLP_NOT_ASKED);
	} else {
		out->st = (int)(out->wide ? a->st_ext : a->st);
		/* What does not fit is cut (mlx5 in direct mode). */
		if (a->tags.most && (unsigned int)out->st > a->tags.most)
			out->st &= (int)a->tags.most;
		place_hint(a, out);
	}
}

/* The firmware of the NIC's root complex knows the tag of a CPU. */
static void hint_of_cpu(const struct tlp_ask *a, struct tlp *out)
{
	if (tags_namespace(&a->tags) == TAGS_OFF) {
		no_hint(out, TLP_NOT_SENT);
		return;
	}
	out->wide = tags_namespace(&a->tags) == TAGS_16;
	out->ph = a->ph == AXIS_EMPTY ? 0 : (int)a->ph;
	out->st = a->tph_cpu == AXIS_EMPTY ? 0 : -1;
	place_hint(a, out);
}

struct tlp tlp_expect(const struct tlp_ask *a)
{
	struct tlp out = {.th = -1, .ph = -1, .st = -1};

	name_type(a, &out);
	cut_message(a, &out);
	if (a->tph == TPH_EXPORTER)
		hint_of_exporter(a, &out);
	else if (a->tph == TPH_DMAH)
		hint_of_cpu(a, &out);
	else
		no_hint(&out, TLP_NO_HINT);
	return out;
}
