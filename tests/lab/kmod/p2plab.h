/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the importer (p2plab_rxe) asks the exporter (p2plab_vfio): the TPH data of a
 * dma-buf. Upstream this is a callback of the dma-buf; a stock kernel has no room for
 * it, so here it is a symbol that the importer looks up when it is there.
 */
#ifndef P2PLAB_H
#define P2PLAB_H

#include <linux/types.h>

struct dma_buf;

/* One state of a dma-buf; ph is common to both kinds of tag. */
struct p2plab_tph {
	bool st_valid;
	bool st_ext_valid;
	u16 st_ext;
	u8 st;
	u8 ph;
};

/*
 * Fills in *tph and returns 0 when the dma-buf is a live export of p2plab_vfio with a
 * tag of either kind, else -EOPNOTSUPP.
 */
int p2plab_get_tph(struct dma_buf *dmabuf, struct p2plab_tph *tph);

#endif
