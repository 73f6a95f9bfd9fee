/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef P2P_MEM_TPH_INDEX_H
#define P2P_MEM_TPH_INDEX_H

/* Which number to try, if any. Pure; private to tph/. */

#include "mem/mem.h"

/* The last feature that is known to act on some SETs without a payload (low power, logging, ...). */
enum { TPH_INDEX_NEVER = 12 };

/* What <linux/vfio.h> of the build calls a number. */
struct tph_name {
	int index;
	const char *name;
};

/**
 * struct tph_header - the build's header
 * @tph: its number for DMA_BUF_TPH, -1 = it has none
 * @other: names of other features above TPH_INDEX_NEVER
 */
struct tph_header {
	int tph;
	const struct tph_name *other;
	size_t n;
};

extern const struct tph_header tph_header;

/**
 * tph_index() - from the config, else from the header; sets @out->index and @out->source
 *
 * Return: true: it may be probed. False: @out->why.
 */
bool tph_index(const struct config_tph *asked, const struct tph_header *h, struct mem_tph *out);

#endif
