// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "mem/tph/index.h"

#include <stdio.h>

#include <linux/vfio.h>

#include "base/cleanup.h"

/* ZPCI_ERROR is merged (Linux 7.3); the others are proposals, and have a line for headers that know them. */
static const struct tph_name other[] = {
	{13, "ZPCI_ERROR"},
#ifdef VFIO_DEVICE_FEATURE_DMA_BUF_REVOKE
	{VFIO_DEVICE_FEATURE_DMA_BUF_REVOKE, "DMA_BUF_REVOKE"},
#endif
#ifdef VFIO_DEVICE_FEATURE_DMA_BUF_MEMATTR
	{VFIO_DEVICE_FEATURE_DMA_BUF_MEMATTR, "DMA_BUF_MEMATTR"},
#endif
#ifdef VFIO_DEVICE_FEATURE_TPH_ST
	{VFIO_DEVICE_FEATURE_TPH_ST, "TPH_ST"},
#endif
#ifdef VFIO_DEVICE_FEATURE_TPH_CPU_ST
	{VFIO_DEVICE_FEATURE_TPH_CPU_ST, "TPH_CPU_ST"},
#endif
#ifdef VFIO_DEVICE_FEATURE_ZPCI_FMB
	{VFIO_DEVICE_FEATURE_ZPCI_FMB, "ZPCI_FMB"},
#endif
};

const struct tph_header tph_header = {
#ifdef VFIO_DEVICE_FEATURE_DMA_BUF_TPH
	.tph = VFIO_DEVICE_FEATURE_DMA_BUF_TPH,
#else
	.tph = -1,
#endif
	.other = other,
	.n = ARRAY_LEN(other),
};

static bool refused(struct mem_tph *out, const struct config_tph *asked, const struct tph_header *h)
{
	if (out->index <= TPH_INDEX_NEVER) {
		snprintf(out->why, sizeof(out->why),
			 "feature index %d is one of VFIO's own (0 to %d) and never DMA_BUF_TPH", out->index,
			 TPH_INDEX_NEVER);
		return true;
	}
	for (size_t i = 0; i < h->n && out->index != h->tph; i++) {
		if (h->other[i].index != out->index || asked->force)
			continue;
		snprintf(out->why, sizeof(out->why),
			 "feature index %d is %s in <linux/vfio.h>; if this kernel differs, say so with "
			 "`tph_feature: {index: %d, layout: v6, force: true}`",
			 out->index, h->other[i].name, out->index);
		return true;
	}
	return false;
}

bool tph_index(const struct config_tph *asked, const struct tph_header *h, struct mem_tph *out)
{
	bool given = asked->index >= 0;

	out->index = given ? (int)asked->index : h->tph;
	out->source = given ? "config" : h->tph >= 0 ? "header" : "";
	if (out->index < 0) {
		snprintf(
			out->why, sizeof(out->why),
			"steering tags need a feature of vfio-pci that is not merged and whose number is not "
			"fixed: `tph_feature: {index: N, layout: v6}` of the memory names it (docs/tph.md)");
		return false;
	}
	return !refused(out, asked, h);
}
